"""All that a unit's card shows, as far as the caller may see it."""

from datetime import timedelta
from typing import Any

from kit import db
from kit.graphql.paging import Window
from kit.identity import Caller
from org.channels import reading as channels
from org.headcounts import service as headcounts
from org.people import service as people
from org.units import service as units
from org.vocabularies import service as vocabularies
from org.web.changes import may, open_kinds
from org.web.days import Shown
from org.web.pyramid import pyramid

MOST_SHOWN = 100
LABELLED = (
    "level", "unit_kind", "region", "age_band", "gender", "post", "channel_kind", "department_kind",
)  # fmt: skip


async def read_card(caller: Caller, unit: db.Record, shown: Shown, asked: Window) -> dict[str, Any]:
    """Return what the template of a card needs of a unit, as of the day shown."""
    day = shown.day
    governed = unit if shown.on is None else await units.find_unit(unit["id"])
    is_there = unit["created_on"] <= day and (unit["closed_on"] is None or day < unit["closed_on"])
    children = await units.children_of([unit["id"]], asked.limit, asked.after, day) if is_there else []
    return {
        "unit": unit,
        "is_there": is_there,
        "last_day": unit["closed_on"] and unit["closed_on"] - timedelta(days=1),
        "above": await _above(unit, shown) if is_there else [],
        "children": children,
        "counts": await counts([unit, *children], shown),
        "history": await units.history_of(unit["id"]),
        "labels": await vocabularies.labels_by_code(*LABELLED),
        "channels": await channels.channels_of(caller, [unit["id"]], day, None, MOST_SHOWN, None),
        "departments": await people.departments_of(caller, [unit["id"]], MOST_SHOWN, None, day),
        "officers": await people.officers_of(caller, [unit["id"]], MOST_SHOWN, None, day),
        "posts": await people.posts_of(caller, [unit["id"]], MOST_SHOWN, None, day),
        "actions": actions(caller, governed),
        **await _headcount(caller, governed["path"], unit, shown, is_there=is_there),
    }


def actions(caller: Caller, unit: db.Record) -> list[str]:
    """Return what somebody may go on to from a unit's card, as it is governed today."""
    offered = {
        "change": bool(open_kinds(caller, unit)),
        "headcounts": may(caller, "headcount.publish", unit) or may(caller, "headcount.see", unit),
        "people": may(caller, "officers.see", unit),
        "exchange": may(caller, "headcount.publish", unit) or may(caller, "headcount.see", unit),
    }
    return [name for name, is_offered in offered.items() if is_offered]


async def _above(unit: db.Record, shown: Shown) -> list[db.Record]:
    numbers = units.ancestor_numbers(unit["path"])
    found = {row["number"]: row for row in await units.units_by_number(numbers, shown.day)}
    return [found[number] for number in numbers if number in found]


async def counts(rows: list[db.Record], shown: Shown) -> dict[str, int]:
    """Return how many units are below each of these on the day shown, by path."""
    found = await units.subtree_counts([row["path"] for row in rows], shown.day)
    return {row["path"]: row["units"] for row in found}


async def _headcount(
    caller: Caller, governed_path: str, unit: db.Record, shown: Shown, *, is_there: bool
) -> dict[str, Any]:
    may_see = headcounts.may_see(caller, governed_path)
    if not (may_see and is_there):
        return {"may_see_headcount": may_see, "headcount": None, "sources": [], "pyramid": None}
    [total] = await headcounts.subtree_sum([unit["path"]], shown.day, ("age_band", "gender"))
    bands = [row["code"] for row in await vocabularies.terms_of(["age_band"], MOST_SHOWN, shown.day, None)]
    cells = {(str(cell.age_band), str(cell.gender)): (cell.members, cell.workers) for cell in total.cells}
    return {
        "may_see_headcount": True,
        "headcount": total if total.units_counted else None,
        "sources": (await headcounts.sources_of([unit["path"]], shown.day))[unit["path"]],
        "pyramid": pyramid(bands, cells),
    }

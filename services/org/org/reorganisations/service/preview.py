"""What a change would do, found by doing it and taking it back: a preview can't differ from the change itself."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import orjson

from kit import db
from kit.identity import Caller
from org.headcounts.service import may_see
from org.headcounts.service.carry import cells_on
from org.headcounts.service.history import Publication
from org.reorganisations.service.counts import carry_counts
from org.reorganisations.service.effects import (
    AlongEffect,
    CellEffect,
    CutEffect,
    Effects,
    HeadcountEffect,
    UnitEffect,
)
from org.units.service import ancestor_numbers, current_tree_version, units_by_id, units_by_number
from org.units.service.rules import lock_tree

_NAMES = ("name_vi", "name_en", "short_name")
_FACTS = ("code", "level", "kind", "region", "province", "commune", "address", "phone", "email", "website")
_CUT_LISTS = {"appointment": "officers", "role_grant": "grants", "training_class": "classes"}
# What is told of each: the column that says what it is.
_CUT_NAMES = {"appointment": "post", "role_grant": "role", "training_class": "name"}


class _TakenBack(Exception):
    """Raised to roll back what was tried, with what was seen of it."""

    def __init__(self, found: "Noted | None") -> None:
        self.found = found
        super().__init__()


@dataclass(slots=True)
class Noted:
    """What is seen while a change stands."""

    on: date
    undoes: int | None
    touched: list[UUID]
    after: dict[UUID, db.Record]
    places: dict[UUID, list[str]]
    along: list[AlongEffect]
    counted: dict[UUID, Publication]
    cuts: list[db.Record]


async def previewed(caller: Caller, change: Callable[[], Awaitable[object]]) -> Effects | None:
    """Do a change, note what it did, and take it back; None when it would change nothing.

    It raises what the change raises. Meanwhile nobody else changes the tree, so that nothing else is in the notes.
    """
    async with db.transaction():
        await lock_tree()
        former = await current_tree_version()
        try:
            async with db.transaction():
                await change()
                await _take_back(caller, former)
        except _TakenBack as taken:
            return await compared(caller, taken.found) if taken.found else None
    raise AssertionError("a preview is always taken back")


async def _take_back(caller: Caller, former: int) -> None:
    version = await current_tree_version()
    raise _TakenBack(await note(caller, version) if version != former else None)


async def note(caller: Caller, version: int) -> Noted:
    """Return what the change of a version has done, to be compared with how it was once that is taken back."""
    made = await db.row("SELECT effective_on, undoes, is_announced FROM reorganisation WHERE version = $1", version)
    assert made is not None
    on: date = made["effective_on"]
    if not made["is_announced"]:
        # On its day people will be carried over; this is how it would be if nobody were counted until then.
        await carry_counts(caller, version, on)
    touched = [
        row["unit_id"]
        for row in await db.rows(
            """SELECT unit_id FROM unit_version WHERE made_in = $1
               UNION SELECT unit_id FROM unit_version_was WHERE replaced_in = $1
               UNION SELECT unit_id FROM unit_version_was WHERE replaced_in = $2
               UNION SELECT successor_id FROM succession WHERE version = $1
               UNION SELECT unit_id FROM headcount_publication WHERE tree_version IN ($1, $2)""",
            version,
            made["undoes"],
        )
    ]
    after, places = await _standing(touched, on)
    counted = await cells_on(list(after), on)
    return Noted(
        on,
        made["undoes"],
        touched,
        after,
        places,
        await _along(touched, on),
        counted,
        await _cuts(version, undone=False),
    )


async def _along(touched: list[UUID], on: date) -> list[AlongEffect]:
    rows = await db.rows(
        """SELECT unit.id, unit.path, unit.code, unit.name_vi FROM units_on($2) AS unit
           WHERE unit.id <> ALL($1) AND unit.id IN (
             SELECT below.unit_id FROM unnest($1::uuid[]) AS asked (id)
             JOIN unit_path AS own ON own.unit_id = asked.id AND own.open AND own.since = $2
             JOIN unit_path AS below ON below.path > own.path AND below.path < own.path || '~' AND below.open
               AND below.since <= $2 AND below.until > $2)
           ORDER BY unit.number""",
        touched,
        on,
    )
    return [AlongEffect(row["id"], row["path"], row["code"], row["name_vi"]) for row in rows]


async def _cuts(version: int, *, undone: bool) -> list[db.Record]:
    """Return what a change ended, took away or gave, or what comes of that when it is undone, in a lasting order."""
    return await db.rows(
        """SELECT cut.kind, cut.unit_id, cut.was, cut.subject,
                  CASE WHEN NOT $2 THEN cut.what WHEN cut.what = 'given' THEN 'removed' ELSE 'restored' END AS what
           FROM reorganisation_cut AS cut JOIN unit ON unit.id = cut.unit_id WHERE cut.version = $1
           ORDER BY unit.number, 5, cut.was->>'post', cut.was->>'role', cut.subject, cut.was->>'valid',
                    cut.was->>'id'""",
        version,
        undone,
    )


async def compared(caller: Caller, noted: Noted) -> Effects:
    """Return what was noted of a change, beside how things are without it, once it is taken back."""
    before, places = await _standing(noted.touched, noted.on)
    cuts = await _cuts(noted.undoes, undone=True) if noted.undoes else noted.cuts
    headcounts = _headcounts(before, noted, await cells_on(list(before), noted.on))
    lists = {
        "units": _units(noted, before, places),
        "along": noted.along,
        "headcounts": [effect for effect in headcounts if may_see(caller, effect.path)],
        **await _cut_effects(cuts, noted.after),
    }
    others = dict[str, int]()
    for cut in cuts:
        if cut["kind"] not in _CUT_LISTS:
            others[cut["kind"]] = others.get(cut["kind"], 0) + 1
    totals = {name: len(effects) for name, effects in lists.items()} | {"headcounts": len(headcounts)}
    return Effects(noted.on, lists, totals, others)


def _units(noted: Noted, before: dict[UUID, db.Record], places: dict[UUID, list[str]]) -> list[UnitEffect]:
    """Return the units that the change creates, closes or changes, those that close first."""
    found = list[tuple[tuple[int, int], UnitEffect]]()
    for unit_id in noted.touched:
        was, will = before.get(unit_id), noted.after.get(unit_id)
        known = was or will
        if known is None or not (what := _what(was, will)):
            continue
        effect = UnitEffect(
            unit_id,
            known["path"],
            what,
            was["code"] if was else None,
            will["code"] if will else None,
            was["name_vi"] if was else None,
            will["name_vi"] if will else None,
            places.get(unit_id, []),
            noted.places.get(unit_id, []),
        )
        order = ("closed", "created", "moved", "renamed", "changed").index(what[0])
        found.append(((order, known["number"]), effect))
    return [effect for _, effect in sorted(found, key=lambda one: one[0])]


def _what(before: db.Record | None, after: db.Record | None) -> list[str]:
    if before is None or after is None:
        return ["created"] if after else ["closed"] if before else []
    kinds = {"renamed": _NAMES, "moved": ("parent_id",), "changed": _FACTS}
    # A unit that moves is listed as that, whatever else becomes of it.
    return [kind for kind, columns in kinds.items() if any(before[name] != after[name] for name in columns)]


async def _standing(ids: list[UUID], on: date) -> tuple[dict[UUID, db.Record], dict[UUID, list[str]]]:
    """Return units on a day, those that begin later on the day on which they begin, and the names of what is above."""
    later = await db.rows(
        """SELECT created_on AS day, array_agg(id) AS ids FROM unit WHERE id = ANY($1) AND created_on > $2
           GROUP BY created_on""",
        ids,
        on,
    )
    units, places = dict[UUID, db.Record](), dict[UUID, list[str]]()
    for day, asked in [(on, ids), *((row["day"], row["ids"]) for row in later)]:
        there = await units_by_id(asked, day)
        units.update((unit["id"], unit) for unit in there)
        places.update(await _places(there, day))
    return units, places


async def _places(units: Iterable[db.Record], on: date) -> dict[UUID, list[str]]:
    above = {unit["id"]: ancestor_numbers(unit["path"]) for unit in units}
    numbers = {number for path in above.values() for number in path}
    names = {unit["number"]: unit["name_vi"] for unit in await units_by_number(list(numbers), on)}
    return {unit_id: [names.get(number, "") for number in path] for unit_id, path in above.items()}


def _headcounts(before: dict[UUID, db.Record], noted: Noted, counted: dict[UUID, Publication]) -> list[HeadcountEffect]:
    effects = list[HeadcountEffect]()
    for unit_id, unit in {**noted.after, **before}.items():
        # A unit that is not there that day counts nobody, whatever it published before.
        was = counted.get(unit_id) if unit_id in before else None
        will = noted.counted.get(unit_id) if unit_id in noted.after else None
        if (was.cells if was else None) != (will.cells if will else None):
            is_assumed = bool(will and will.is_assumed)
            named = noted.after.get(unit_id) or unit
            effects.append(
                HeadcountEffect(unit_id, unit["path"], named["code"], named["name_vi"], is_assumed, _cells(was, will))
            )
    return sorted(effects, key=lambda effect: effect.path)


def _cells(was: Publication | None, will: Publication | None) -> list[CellEffect]:
    before = {cell.key: cell for cell in was.cells} if was else {}
    after = {cell.key: cell for cell in will.cells} if will else {}
    return [
        CellEffect(
            *key,
            before[key].members if key in before else None,
            after[key].members if key in after else None,
            before[key].workers if key in before else None,
            after[key].workers if key in after else None,
        )
        for key in {**before, **after}
    ]


async def _cut_effects(cuts: Iterable[db.Record], after: dict[UUID, db.Record]) -> dict[str, list[CutEffect]]:
    found: dict[str, list[CutEffect]] = {"officers": [], "grants": [], "classes": []}
    listed = [cut for cut in cuts if cut["kind"] in _CUT_LISTS]
    known = {unit["id"]: unit for unit in await units_by_id(list({cut["unit_id"] for cut in listed}))}
    for cut in listed:
        was = orjson.loads(cut["was"])
        unit = known.get(cut["unit_id"])
        named = unit or after[cut["unit_id"]]
        found[_CUT_LISTS[cut["kind"]]].append(
            CutEffect(
                cut["unit_id"],
                # One that the change would create stands nowhere yet: only who may do all knows whose role it is.
                unit["path"] if unit else "",
                named["code"],
                named["name_vi"],
                cut["what"],
                was[_CUT_NAMES[cut["kind"]]],
                UUID(was["id"]),
                UUID(was["person_id"]) if cut["kind"] == "appointment" else None,
                cut["subject"],
            )
        )
    return found

"""What a change would do, found by doing it and taking it back: a preview can't differ from the change itself."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from kit import db
from kit.identity import Caller
from org.headcounts.service import may_see
from org.headcounts.service.carry import cells_on
from org.headcounts.service.history import Publication
from org.reorganisations.service.counts import carry_counts
from org.units.service import ancestor_numbers, current_tree_version, units_by_id, units_by_number
from org.units.service.rules import lock_tree

MOST_SHOWN = 100
_FACTS = ("code", "level", "kind", "region", "province", "commune", "address", "phone", "email", "website")
_NAMES = ("name_vi", "name_en", "short_name")


@dataclass(frozen=True, slots=True)
class UnitEffect:
    """A unit as it is without the change and with it, on the day of the change, or, when it begins later, on the day
    on which it begins; None where it does not exist.

    `place_*` are the names of the units above, the top first.
    """

    unit_id: UUID
    before: db.Record | None
    after: db.Record | None
    place_before: tuple[str, ...]
    place_after: tuple[str, ...]

    @property
    def what(self) -> tuple[str, ...]:
        """What happens to it."""
        before, after = self.before, self.after
        if before is None or after is None:
            return ("created",) if after else ("closed",) if before else ()
        kinds = {"renamed": _NAMES, "moved": ("parent_id",), "changed": _FACTS}
        return tuple(kind for kind, columns in kinds.items() if any(before[name] != after[name] for name in columns))


@dataclass(frozen=True, slots=True)
class HeadcountEffect:
    """What counts for a unit itself on the day, without the change and with it; None where nothing does."""

    unit_id: UUID
    path: str
    before: Publication | None
    after: Publication | None


@dataclass(frozen=True, slots=True)
class CutEffect:
    """Something that hangs on a unit and `ended`, is `removed`, `given` or (by an undoing) `restored`.

    `named` is whose it is, None where the caller may not know.
    """

    unit_id: UUID
    what: str
    code: str
    named: str | None


@dataclass(frozen=True, slots=True)
class Listed:
    """The first of many, and how many there are."""

    total: int
    first: list[Any]


@dataclass(frozen=True, slots=True)
class Effects:
    """Everything that a change would do."""

    on: date
    units: Listed
    along: int
    headcounts: Listed
    officers: Listed
    grants: Listed
    others: dict[str, int]


class _TakenBack(Exception):
    """Raised to roll back what was tried, with what was seen of it."""

    def __init__(self, found: "_Found | None") -> None:
        self.found = found
        super().__init__()


@dataclass(slots=True)
class _Found:
    """What is seen while the change stands."""

    on: date
    undoes: int | None
    touched: list[UUID]
    after: dict[UUID, db.Record]
    places: dict[UUID, tuple[str, ...]]
    along: int
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
            return await _compared(caller, taken.found) if taken.found else None
    raise AssertionError("a preview is always taken back")


async def _take_back(caller: Caller, former: int) -> None:
    version = await current_tree_version()
    raise _TakenBack(await _found(caller, version) if version != former else None)


async def _found(caller: Caller, version: int) -> _Found:
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
    moved = await db.value(
        """SELECT count(DISTINCT below.unit_id) FROM unnest($1::uuid[]) AS asked (id)
           JOIN unit_path AS own ON own.unit_id = asked.id AND own.open AND own.since = $2
           JOIN unit_path AS below ON below.path > own.path AND below.path < own.path || '~' AND below.open
             AND below.since <= $2 AND below.until > $2
           WHERE below.unit_id <> ALL($1)""",
        touched,
        on,
    )
    cuts = await db.rows("SELECT kind, unit_id, what, was, subject FROM reorganisation_cut WHERE version = $1", version)
    counted = await cells_on(list(after), on)
    return _Found(on, made["undoes"], touched, after, places, moved, counted, cuts)


async def _compared(caller: Caller, found: _Found) -> Effects:
    before, places = await _standing(found.touched, found.on)
    units = [
        UnitEffect(
            unit_id,
            before.get(unit_id),
            found.after.get(unit_id),
            places.get(unit_id, ()),
            found.places.get(unit_id, ()),
        )
        for unit_id in found.touched
    ]
    units = sorted((unit for unit in units if unit.what), key=_closing_first)
    cuts = found.cuts
    if found.undoes:
        cuts = await db.rows(
            """SELECT kind, unit_id, CASE what WHEN 'given' THEN 'removed' ELSE 'restored' END AS what, was, subject
               FROM reorganisation_cut WHERE version = $1""",
            found.undoes,
        )
    paths = {unit["id"]: unit["path"] for unit in await units_by_id(list({cut["unit_id"] for cut in cuts}))}
    others: dict[str, int] = {}
    for cut in cuts:
        if cut["kind"] not in ("appointment", "role_grant"):
            others[cut["kind"]] = others.get(cut["kind"], 0) + 1
    return Effects(
        on=found.on,
        units=Listed(len(units), units[:MOST_SHOWN]),
        along=found.along,
        headcounts=_headcounts(caller, before, found, await cells_on(list(before), found.on)),
        officers=await _officers(caller, [cut for cut in cuts if cut["kind"] == "appointment"], paths),
        grants=_grants(caller, [cut for cut in cuts if cut["kind"] == "role_grant"], paths),
        others=others,
    )


def _closing_first(effect: UnitEffect) -> tuple[int, int]:
    unit = effect.before or effect.after
    assert unit is not None
    order = ("closed", "created", "moved", "renamed", "changed")
    return order.index(effect.what[0]), unit["number"]


async def _standing(ids: list[UUID], on: date) -> tuple[dict[UUID, db.Record], dict[UUID, tuple[str, ...]]]:
    """Return units on a day, those that begin later on the day on which they begin, and the names of what is above."""
    later = await db.rows(
        """SELECT created_on AS day, array_agg(id) AS ids FROM unit WHERE id = ANY($1) AND created_on > $2
           GROUP BY created_on""",
        ids,
        on,
    )
    units, places = dict[UUID, db.Record](), dict[UUID, tuple[str, ...]]()
    for day, asked in [(on, ids), *((row["day"], row["ids"]) for row in later)]:
        there = await units_by_id(asked, day)
        units.update((unit["id"], unit) for unit in there)
        places.update(await _places(there, day))
    return units, places


async def _places(units: Iterable[db.Record], on: date) -> dict[UUID, tuple[str, ...]]:
    shown = list(units)[: 4 * MOST_SHOWN]
    numbers = {number for unit in shown for number in ancestor_numbers(unit["path"])}
    names = {unit["number"]: unit["name_vi"] for unit in await units_by_number(list(numbers), on)}
    return {unit["id"]: tuple(names.get(number, "") for number in ancestor_numbers(unit["path"])) for unit in shown}


def _headcounts(
    caller: Caller, before: dict[UUID, db.Record], found: _Found, counted: dict[UUID, Publication]
) -> Listed:
    effects = list[HeadcountEffect]()
    for unit_id, unit in {**found.after, **before}.items():
        # A unit that is not there that day counts nobody, whatever it published before.
        was = counted.get(unit_id) if unit_id in before else None
        will = found.counted.get(unit_id) if unit_id in found.after else None
        if (was.cells if was else None) != (will.cells if will else None):
            effects.append(HeadcountEffect(unit_id, unit["path"], was, will))
    effects.sort(key=lambda effect: effect.path)
    return Listed(len(effects), [effect for effect in effects if may_see(caller, effect.path)][:MOST_SHOWN])


async def _officers(caller: Caller, cuts: list[db.Record], paths: dict[UUID, str]) -> Listed:
    shown = cuts[:MOST_SHOWN]
    rows = await db.rows(
        """SELECT cut.id AS appointment_id, cut.post, person.display_name FROM jsonb_to_recordset($1::jsonb)
             AS cut (id uuid, post text, person_id uuid) LEFT JOIN person ON person.id = cut.person_id""",
        "[" + ",".join(cut["was"] for cut in shown) + "]",
    )
    return Listed(
        len(cuts),
        [
            CutEffect(
                cut["unit_id"],
                cut["what"],
                row["post"],
                row["display_name"] if caller.may("worker", paths[cut["unit_id"]]) else None,
            )
            for cut, row in zip(shown, rows, strict=True)
        ],
    )


def _grants(caller: Caller, cuts: list[db.Record], paths: dict[UUID, str]) -> Listed:
    return Listed(
        len(cuts),
        [
            CutEffect(
                cut["unit_id"],
                cut["what"],
                _role(cut["was"]),
                cut["subject"] if caller.may("admin", paths.get(cut["unit_id"], "")) else None,
            )
            for cut in cuts[:MOST_SHOWN]
        ],
    )


def _role(was: str) -> str:
    return str(orjson.loads(was)["role"])

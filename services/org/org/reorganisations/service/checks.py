"""The rules of the tree, asked of all that a reorganisation has written, set by set: what breaks which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.errors import DomainError, InvalidInput, UnknownCode
from org.places.service import is_listed, unknown_place
from org.reorganisations.service.plan import Plan, UnitHasChildren
from org.units.service import (
    UnitClosed,
    UnitCodeTaken,
    UnitCycle,
    UnitDateBackwards,
    UnitLevelNotAllowed,
    UnitNameTaken,
    UnitParentNotThere,
)
from org.units.service.rules import require_level
from org.units.service.versions import Version
from org.vocabularies.service import codes_on, vocabulary_names

MOST = 1000
"""How many violations of one rule are looked for: more rows than anybody corrects before trying again."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a unit would break."""

    unit_id: UUID
    error: DomainError
    column: str | None = None

    @property
    def is_of_a_cell(self) -> bool:
        """Whether it is one value that is wrong: the plan can be written all the same, to see what else is."""
        return self.column in ("level", "kind", "region", "province", "commune")


async def before_writing(plan: Plan) -> list[Violation]:
    """Return what is wrong with the days and codes of a plan, seen before anything is written."""
    return [
        *await _days(plan),
        *await _counted_later(plan),
        *await _taught_later(plan),
        *await _succeeded_later(plan),
        *await _terms(plan),
        *await _places(plan),
    ]


def under_themselves(plan: Plan, after: Mapping[UUID, Sequence[Version]]) -> list[Violation]:
    """Return units that would stand under themselves: the table can't even hold these to be checked with the others."""
    names = {beginning.id: beginning.names.vi for beginning in plan.begins if beginning.parent_id == beginning.id}
    for unit_id, versions in after.items():
        names.update((unit_id, version["name_vi"]) for version in versions if version["parent_id"] == unit_id)
    return [Violation(unit_id, UnitCycle(parent=name, unit=name), "parent_id") for unit_id, name in names.items()]


async def after_writing(plan: Plan, touched: Sequence[UUID]) -> list[Violation]:
    """Return what is wrong with the tree as it is written, before paths are derived from it."""
    # The planner must know of what has just been written, or it joins ten thousand rows one by one.
    if len(touched) > MOST:
        await db.execute("ANALYZE unit_version")
    found = await _standing(touched, plan.on, list(plan.closes))
    if any(violation.column != "code" and violation.column != "name_vi" for violation in found):
        # Of a unit whose parent is not there nobody can say whether the levels fit.
        return found
    return found + await _levels(plan, touched)


def together(first: Sequence[Violation], then: Sequence[Violation]) -> list[Violation]:
    """Return all violations; what is wrong with a cell is not told again as what follows from it."""
    told = {(violation.unit_id, violation.column) for violation in first}
    return [*first, *(violation for violation in then if (violation.unit_id, violation.column) not in told)]


async def after_undoing(touched: Sequence[UUID], on: date) -> list[Violation]:
    """Return what has changed elsewhere since, so that what was can't be again. Levels were allowed when they began."""
    return await _standing(touched, on, [])


async def _standing(touched: Sequence[UUID], on: date, closed: Sequence[UUID]) -> list[Violation]:
    units = list(touched)
    return [
        *await _codes(units, on),
        *await _names(units, on),
        *await _parents(units, on, list(closed)),
        *await _rings(units, on),
    ]


async def _days(plan: Plan) -> list[Violation]:
    rows = await db.rows(
        """SELECT unit.id, unit.created_on, unit.closed_on, unit.id = ANY($2) AS closes,
                  (SELECT name_vi FROM unit_version WHERE unit_id = unit.id ORDER BY since DESC LIMIT 1) AS name_vi
           FROM unit WHERE unit.id = ANY($1)
             AND (unit.created_on > $3 OR unit.closed_on <= $3
                  OR unit.id = ANY($2) AND (unit.created_on = $3 OR unit.closed_on IS NOT NULL))
           ORDER BY unit.number LIMIT $4""",
        [*plan.changes, *plan.closes],
        list(plan.closes),
        plan.on,
        MOST,
    )
    return [Violation(row["id"], _wrong_day(row, plan.on)) for row in rows]


def _wrong_day(row: db.Record, on: date) -> DomainError:
    if row["closed_on"]:
        return UnitClosed(unit=row["name_vi"], closed_on=row["closed_on"])
    # A unit exists for at least one day.
    first = _next(row["created_on"]) if row["closes"] else row["created_on"]
    return UnitDateBackwards(day=on, earliest=first)


async def _counted_later(plan: Plan) -> list[Violation]:
    """Return units of which people were counted on days on which they are not to exist any more."""
    rows = await db.rows(
        """SELECT unit_id, max(day) AS day FROM headcount_publication
           WHERE unit_id = ANY($1) AND day >= $2 AND replaced_at IS NULL GROUP BY unit_id LIMIT $3""",
        list(plan.closes),
        plan.on,
        MOST,
    )
    return [Violation(row["unit_id"], UnitDateBackwards(day=plan.on, earliest=_next(row["day"]))) for row in rows]


async def _taught_later(plan: Plan) -> list[Violation]:
    """Return units that close before a class that was held: begun by today, or with somebody who attended.

    Those that are only planned are called off with the unit.
    """
    rows = await db.rows(
        """SELECT unit_id, lower(held) AS day FROM training_class AS class
           WHERE unit_id = ANY($1) AND lower(held) >= $2
             AND (lower(held) <= $3 OR EXISTS (SELECT FROM training_attendance WHERE class_id = class.id))
           ORDER BY lower(held) DESC LIMIT $4""",
        list(plan.closes),
        plan.on,
        today(),
        MOST,
    )
    latest = {row["unit_id"]: row["day"] for row in reversed(rows)}
    return [Violation(unit, UnitDateBackwards(day=plan.on, earliest=_next(day))) for unit, day in latest.items()]


async def _succeeded_later(plan: Plan) -> list[Violation]:
    """Return units whose people another reorganisation counts on later, or on the same day.

    What closes can't give or receive on that day or after it. Of what goes on nobody may have been carried away since:
    who comes to it now would have had to go along.
    """
    concerned = {transfer.source_id for transfer in plan.transfers} | {one.successor_id for one in plan.transfers}
    rows = await db.rows(
        """SELECT unit.id, max(later.effective_on) AS day FROM unnest($1::uuid[]) AS unit (id)
           JOIN succession AS later ON later.predecessor_id = unit.id OR later.successor_id = unit.id
           JOIN reorganisation AS made USING (version)
           WHERE CASE WHEN unit.id = ANY($2) THEN later.effective_on >= $3
                 ELSE later.predecessor_id = unit.id AND later.effective_on > $3 AND made.is_announced END
           GROUP BY unit.id LIMIT $4""",
        list({*concerned, *plan.closes} - plan.begun),
        list(plan.closes),
        plan.on,
        MOST,
    )
    return [Violation(row["id"], UnitDateBackwards(day=plan.on, earliest=_next(row["day"]))) for row in rows]


def _next(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


async def _terms(plan: Plan) -> list[Violation]:
    columns = {"level": "level", "kind": "unit_kind", "region": "region"}
    written = [(beginning.id, beginning.columns()) for beginning in plan.begins] + list(plan.changes.items())
    known = {column: await codes_on(vocabulary, plan.on) for column, vocabulary in columns.items()}
    called = await vocabulary_names()
    return [
        Violation(
            unit_id, UnknownCode(column, vocabulary, str(values[column]), plan.on, called.get(vocabulary)), column
        )
        for unit_id, values in written
        for column, vocabulary in columns.items()
        if values.get(column) is not None and values[column] not in known[column]
    ][:MOST]


async def _places(plan: Plan) -> list[Violation]:
    """Return units at places that the statistics office does not list that day; communes where it lists any.

    Of a unit that goes on, what is not changed counts as well: a commune stays only where the province does.
    """
    places = [(one.id, one.facts.province, one.facts.commune, False) for one in plan.begins]
    places += await _changed_places(plan)
    rows = await db.rows(
        """SELECT kind, code, name_vi, province_code FROM place WHERE valid @> $1::date
           AND (kind = 'province' OR kind = 'commune' AND code = ANY($2))""",
        plan.on,
        list({commune for _, _, commune, _ in places if commune}),
    )
    listed = {(row["kind"], row["code"]): row for row in rows}
    has_communes = await is_listed("commune", plan.on)
    found = list[Violation]()
    for unit_id, province, commune, is_kept in places:
        known = listed.get(("commune", commune or ""))
        if province and ("province", province) not in listed:
            found.append(Violation(unit_id, unknown_place("province", "province", province, plan.on), "province"))
        elif commune and known is None and has_communes:
            found.append(Violation(unit_id, unknown_place("commune", "commune", commune, plan.on), "commune"))
        elif province and known and known["province_code"] != province:
            is_in = listed.get(("province", known["province_code"]), known)
            found.append(Violation(unit_id, _elsewhere(known, is_in, listed["province", province], is_kept), "commune"))
    return found[:MOST]


async def _changed_places(plan: Plan) -> list[tuple[UUID, str | None, str | None, bool]]:
    """Return (unit, province, commune, whether the commune stays) of units that change one of the two."""
    changed = {unit_id: new for unit_id, new in plan.changes.items() if new.keys() & {"province", "commune"}}
    rows = await db.rows("SELECT id, province, commune FROM units_on($1) WHERE id = ANY($2)", plan.on, list(changed))
    places = list[tuple[UUID, str | None, str | None, bool]]()
    for row in rows:
        new = changed[row["id"]]
        province, commune = (new.get(name, row[name]) for name in ("province", "commune"))
        if (province, commune) != (row["province"], row["commune"]):
            places.append((row["id"], _text(province), _text(commune), "commune" not in new))
    return places


def _text(value: object) -> str | None:
    return str(value) if value is not None else None


def _elsewhere(commune: db.Record, is_in: db.Record, asked: db.Record, is_kept: bool) -> InvalidInput:
    it, home, other = (f"“{place['name_vi']}” ({place['code']})" for place in (commune, is_in, asked))
    hint_vi, hint_en = ("; hãy đổi cả xã", "; change the commune as well") if is_kept else ("", "")
    return InvalidInput(
        "commune",
        f"{it} thuộc {home}, không thuộc {other}{hint_vi}.",
        f"{it} is in {home}, not in {other}{hint_en}.",
    )


async def _codes(units: list[UUID], on: date) -> list[Violation]:
    rows = await db.rows(
        """SELECT DISTINCT ON (new.code, new.unit_id) new.unit_id, new.code, other.name_vi, other.name_en
           FROM unit_version AS new JOIN unit_version AS other
             ON other.code = new.code AND other.unit_id <> new.unit_id
             AND other.since < new.until AND other.until > new.since
           WHERE new.unit_id = ANY($1) AND new.until > $2 ORDER BY new.code, new.unit_id LIMIT $3""",
        units,
        on,
        MOST,
    )
    return [Violation(row["unit_id"], UnitCodeTaken(row["code"], row), "code") for row in rows]


async def _names(units: list[UUID], on: date) -> list[Violation]:
    rows = await db.rows(
        """SELECT DISTINCT ON (new.name_vi, new.unit_id) new.unit_id, new.name_vi, new.code,
                  other.unit_id AS other_id, other.code AS other_code
           FROM unit_version AS new JOIN unit_version AS other
             ON coalesce(other.parent_id, $4) = coalesce(new.parent_id, $4)
             AND lower(other.name_vi) = lower(new.name_vi)
             AND other.unit_id <> new.unit_id AND other.since < new.until AND other.until > new.since
           WHERE new.unit_id = ANY($1) AND new.until > $2 ORDER BY new.name_vi, new.unit_id LIMIT $3""",
        units,
        on,
        MOST,
        UUID(int=0),
    )
    if not rows:
        return []
    above = await _places_before([unit for row in rows for unit in (row["unit_id"], row["other_id"])], on)

    def told(unit_id: UUID, code: str) -> str:
        return f"{code} ({above[unit_id]})" if unit_id in above else code

    return [
        Violation(
            row["unit_id"],
            UnitNameTaken(
                row["name_vi"], [told(row["unit_id"], row["code"]), told(row["other_id"], row["other_code"])]
            ),
            "name_vi",
        )
        for row in rows
    ]


async def _places_before(units: list[UUID], on: date) -> dict[UUID, str]:
    """Return the name of what was directly above units on the day before, where there was anything."""
    rows = await db.rows(
        """SELECT version.unit_id, above.name_vi FROM unit_version AS version
           JOIN unit_version AS above ON above.unit_id = version.parent_id AND above.since < $2 AND above.until >= $2
           WHERE version.unit_id = ANY($1) AND version.since < $2 AND version.until >= $2""",
        units,
        on,
    )
    return {row["unit_id"]: row["name_vi"] for row in rows}


async def _parents(units: list[UUID], on: date, closed: list[UUID]) -> list[Violation]:
    """Return units whose parent is not there on all their days; those below one that closes as its own."""
    rows = await db.rows(
        """WITH standing AS (
             SELECT unit_id, parent_id, since, until FROM unit_version
             WHERE unit_id = ANY($1) AND until > $3 AND parent_id IS NOT NULL
             UNION SELECT unit_id, parent_id, since, until FROM unit_version WHERE parent_id = ANY($2) AND until > $3
           ), lives AS (
             SELECT above.unit_id, above.days, last.name_vi
             FROM (SELECT unit_id, range_agg(daterange(since, until)) AS days FROM unit_version
                   WHERE unit_id IN (SELECT parent_id FROM standing) GROUP BY unit_id) AS above
             CROSS JOIN LATERAL (SELECT name_vi FROM unit_version WHERE unit_id = above.unit_id
                                 ORDER BY since DESC LIMIT 1) AS last)
           SELECT standing.unit_id, standing.parent_id, standing.since, lives.name_vi, lower(lives.days) AS began,
                  upper(lives.days) AS ended, standing.parent_id = ANY($2) AS closes
           FROM standing LEFT JOIN lives ON lives.unit_id = standing.parent_id
           WHERE NOT coalesce(daterange(standing.since, standing.until) <@ lives.days, false)""",
        units,
        closed,
        on,
    )
    left = dict[UUID, set[UUID]]()
    names = dict[UUID, str]()
    for row in rows:
        if row["closes"]:
            left.setdefault(row["parent_id"], set()).add(row["unit_id"])
            names[row["parent_id"]] = row["name_vi"]
    refusals = [Violation(unit, UnitHasChildren(unit=names[unit], count=len(below))) for unit, below in left.items()]
    return refusals + [Violation(row["unit_id"], _not_there(row), "parent_id") for row in rows if not row["closes"]]


def _not_there(row: db.Record) -> DomainError:
    return UnitParentNotThere(
        parent=row["name_vi"] or "?", since=row["began"], until=row["ended"] or "…", day=row["since"]
    )


async def _rings(units: list[UUID], on: date) -> list[Violation]:
    rows = await db.rows(
        """WITH RECURSIVE above AS (
             SELECT unit_id, parent_id, since, until, 1 AS steps FROM unit_version
             WHERE unit_id = ANY($1) AND until > $2 AND parent_id IS NOT NULL
             UNION ALL
             SELECT above.unit_id, next.parent_id, greatest(above.since, next.since), least(above.until, next.until),
                    steps + 1
             FROM above JOIN unit_version AS next ON next.unit_id = above.parent_id
               AND next.since < above.until AND next.until > above.since
             WHERE above.parent_id <> above.unit_id AND next.parent_id IS NOT NULL AND steps < 20)
           SELECT DISTINCT ON (unit_id) above.unit_id, own.name_vi, parent.name_vi AS parent_vi
           FROM above
           JOIN unit_version AS own ON own.unit_id = above.unit_id
             AND own.since <= above.since AND own.until > above.since
           JOIN unit_version AS parent ON parent.unit_id = own.parent_id
             AND parent.since <= above.since AND parent.until > above.since
           WHERE above.unit_id = above.parent_id LIMIT $3""",
        units,
        on,
        MOST,
    )
    return [
        Violation(row["unit_id"], UnitCycle(parent=row["parent_vi"], unit=row["name_vi"]), "parent_id") for row in rows
    ]


async def _levels(plan: Plan, touched: Sequence[UUID]) -> list[Violation]:
    """Return units that come under a level that may not be above theirs, on the day on which they do."""
    rows = await db.rows(
        """WITH standing AS (
             SELECT child.unit_id, child.level AS child_level, above.unit_id AS parent_id, above.level AS parent_level,
                    greatest(child.since, above.since) AS day
             FROM unit_version AS child LEFT JOIN unit_version AS above
               ON above.unit_id = child.parent_id AND above.since < child.until AND above.until > child.since
             WHERE child.unit_id = ANY($1) OR child.parent_id = ANY($3)
           ), begun AS (
             SELECT *, lag((child_level, parent_id, parent_level)) OVER (PARTITION BY unit_id ORDER BY day)
                       IS DISTINCT FROM (child_level, parent_id, parent_level) AS is_new
             FROM standing)
           SELECT unit_id, parent_level, child_level, day FROM begun
           WHERE is_new AND day >= $2 AND NOT EXISTS (
             SELECT FROM level_rule AS rule WHERE rule.child_level = begun.child_level
               AND rule.parent_level IS NOT DISTINCT FROM begun.parent_level AND rule.valid @> begun.day)
           LIMIT $4""",
        list(touched),
        plan.on,
        [unit_id for unit_id, columns in plan.changes.items() if "level" in columns],
        MOST,
    )
    return [
        Violation(row["unit_id"], error, "level")
        for row in rows
        if (error := await _level_error(row["parent_level"], row["child_level"], row["day"]))
    ]


async def _level_error(parent_level: str | None, child_level: str, day: date) -> UnitLevelNotAllowed | None:
    try:
        await require_level(parent_level, child_level, day)
    except UnitLevelNotAllowed as error:
        return error
    return None

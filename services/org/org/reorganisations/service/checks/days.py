"""The day of a plan: units exist on it, and nobody was counted, taught or carried over on days that it takes away."""

from datetime import date

from kit import db
from kit.calendar import today
from kit.errors import DomainError, Name
from org.reorganisations.service.checks.violations import MOST, Violation
from org.reorganisations.service.plan import Plan
from org.units.service import UnitClosed, UnitDateBackwards


async def outside_their_days(plan: Plan) -> list[Violation]:
    """Return units that do not exist on the day on which they would change or close."""
    rows = await db.rows(
        """SELECT unit.id, unit.created_on, unit.closed_on, unit.id = ANY($2) AS closes,
                  named.name_vi, named.name_en
           FROM unit CROSS JOIN LATERAL (
             SELECT name_vi, name_en FROM unit_version WHERE unit_id = unit.id ORDER BY since DESC LIMIT 1) AS named
           WHERE unit.id = ANY($1)
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
        return UnitClosed(unit=Name(row["name_vi"], row["name_en"]), closed_on=row["closed_on"])
    # A unit exists for at least one day.
    first = _next(row["created_on"]) if row["closes"] else row["created_on"]
    return UnitDateBackwards(day=on, earliest=first)


async def counted_later(plan: Plan) -> list[Violation]:
    """Return units of which people were counted on days on which they are not to exist any more."""
    rows = await db.rows(
        """SELECT unit_id, max(day) AS day FROM headcount_publication
           WHERE unit_id = ANY($1) AND day >= $2 AND replaced_at IS NULL GROUP BY unit_id LIMIT $3""",
        list(plan.closes),
        plan.on,
        MOST,
    )
    return [Violation(row["unit_id"], UnitDateBackwards(day=plan.on, earliest=_next(row["day"]))) for row in rows]


async def taught_later(plan: Plan) -> list[Violation]:
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


async def succeeded_later(plan: Plan) -> list[Violation]:
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

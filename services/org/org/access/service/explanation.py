"""Why somebody may do something, or what is missing; found by asking the code that judges, grant by grant."""

from dataclasses import dataclass, replace
from uuid import UUID

from kit import db
from kit.identity import IMPLIES, ROLES, Caller, Grant, Role
from kit.paths import WIDTH, depth, parents
from org.access.service.actions import Action, find_action
from org.access.service.grants import check_subject
from org.access.service.moments import Moment, moment
from org.access.service.reading import caller_of, units_with_admins
from org.units.service import find_unit, units_by_id


@dataclass(frozen=True, slots=True)
class Way:
    """A grant that gives what was asked about, and the units from its own down to the one judged."""

    grant: Grant
    units: tuple[db.Record, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was asked, whether it is allowed, and the grants that allow it, or the units whose admins could."""

    subject: str
    action: Action
    unit: db.Record
    when: Moment
    allowed: bool
    needed_on: db.Record | None
    """The unit on which, or above which, the role is needed; None above the top, where nobody holds any."""
    ways: tuple[Way, ...]
    admins_on: tuple[db.Record, ...]
    """Where something is missing: the units whose admins, of whom there are some, could give it; the nearest first."""

    @property
    def sufficient_roles(self) -> tuple[Role, ...]:
        """The roles that have the rights of a needed one, those first."""
        needed = self.action.roles
        return (*needed, *(role for role in ROLES if role not in needed and IMPLIES[role] & set(needed)))


async def explain(
    caller: Caller, action_code: str, unit_id: UUID, subject: str | None = None, when: Moment | None = None
) -> Explanation:
    """Tell whether a subject (None: the caller) may do something with a unit at a moment (None: now), and why.

    About another subject only the admins of the unit may ask.
    """
    caller.require_someone()
    subject = check_subject(subject or str(caller.subject))
    unit = await find_unit(unit_id)
    if subject != caller.subject:
        caller.require("admin", unit["path"])
    action, when = find_action(action_code), when or await moment()
    if when.other_day is not None:
        unit = await find_unit(unit_id, when.other_day)
    asked = await caller_of(subject, when)
    allowed = action.is_open_to(asked, unit["path"])
    # Each grant alone, judged by the same code: those that suffice are the reason.
    giving = [one for one in asked.grants if action.is_open_to(replace(asked, grants=(one,)), unit["path"])]
    path = action.judged_at(unit["path"])
    units = await _units_on(path, when)
    return Explanation(
        subject,
        action,
        unit,
        when,
        allowed,
        needed_on=units[-1] if units else None,
        ways=tuple(Way(grant, tuple(units[depth(grant.path) - 1 :])) for grant in giving),
        admins_on=() if allowed else await _with_admins(units, path),
    )


async def _units_on(path: str, when: Moment) -> list[db.Record]:
    """Return the units of a path, the top first; those that have closed as they were last."""
    labels = [one[-WIDTH:] for one in (*parents(path), path) if one]
    ids = {row["label"]: row["id"] for row in await db.rows("SELECT label, id FROM unit WHERE label = ANY($1)", labels)}
    found = {row["id"]: row for row in await units_by_id(list(ids.values()), when.other_day)}
    return [found[ids[label]] for label in labels]


async def _with_admins(units: list[db.Record], path: str) -> tuple[db.Record, ...]:
    administered = set(await units_with_admins([*parents(path), path]))
    return tuple(unit for unit in reversed(units) if unit["id"] in administered)

"""A plan carried out: versions, paths, successions, and what hangs on units that close, in one transaction."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from kit import db
from kit.errors import NotFound
from kit.identity import Caller
from kit.paths import WIDTH
from org.audit.service import Entry, record_all
from org.places.service import region_of
from org.reorganisations.service import checks, cuts, drafts
from org.reorganisations.service.allocate import as_share
from org.reorganisations.service.checks import Violation
from org.reorganisations.service.counts import carry_counts
from org.reorganisations.service.plan import Plan
from org.units.service import announce_rewritten, derive_paths, units_by_id
from org.units.service.change import Change, Decision, begin
from org.units.service.rules import lock_tree, require_not_too_far

Step = Callable[[str], Awaitable[None]]


class PlanRefused(Exception):
    """A plan breaks rules; nothing of it may be committed."""

    def __init__(self, violations: list[Violation], rerouted: dict[UUID, UUID] | None = None) -> None:
        self.violations = violations
        # Units that would go along with one that closes, each with that one.
        self.rerouted = rerouted or {}
        super().__init__(f"{len(violations)} violations")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What carrying out a plan came to: its change, units that went along with one that closed, by that one, and how
    many units it concerned.
    """

    change: Change
    rerouted: dict[UUID, UUID]
    units: int


async def quietly(step: str) -> None:
    """Tell nobody how far a small plan is."""
    del step


async def carry_out(caller: Caller, plan: Plan, decision: Decision | None, tell: Step = quietly) -> Outcome:
    """Do all that a plan says, within a transaction in which the tree is locked and whose caller was asked for rights.

    PlanRefused when a rule would be broken, with everything that is wrong, as far as can be seen at once.
    """
    require_not_too_far(plan.on)
    await _follow_regions(plan)
    wrong = await checks.before_writing(plan)
    if not all(violation.is_of_a_cell for violation in wrong):
        raise PlanRefused(wrong)
    await tell("writing")
    change = await begin(caller, plan.kind, plan.on, decision)
    # Names and codes pass from units that close to units that begin: both have them until all is written.
    await db.execute("SET CONSTRAINTS unit_version_code_once_a_day, unit_version_name_once_among_siblings DEFERRED")
    rerouted, touched = await _write(plan, change)
    await tell("checking")
    _refuse(checks.together(wrong, await checks.after_writing(plan, touched)), rerouted)
    await tell("deriving")
    rewritten = await derive_paths(touched)
    await cuts.cut(change, list(plan.closes))
    if plan.gives_grants:
        await cuts.give_grants(change, plan)
    await tell("carrying")
    await record_all(caller, _entries(plan, change))
    if change.is_in_force:
        await announce_rewritten(change.version, list({*touched, *rewritten}))
        await carry_counts(caller, change.version, change.on)
    await tell("telling")
    await db.execute("SET CONSTRAINTS unit_version_code_once_a_day, unit_version_name_once_among_siblings IMMEDIATE")
    return Outcome(change, rerouted, len(touched))


def _refuse(violations: list[Violation], rerouted: dict[UUID, UUID] | None = None) -> None:
    if violations:
        raise PlanRefused(violations, rerouted)


async def _follow_regions(plan: Plan) -> None:
    """Give units the region in which their new province lies, where none is named."""
    regions = dict[str, str | None]()
    for number, beginning in enumerate(plan.begins):
        province = beginning.facts.province
        if province and beginning.region is None:
            plan.begins[number] = replace(beginning, region=await _region(regions, province, plan.on))
    for columns in plan.changes.values():
        if columns.get("province") and "region" not in columns:
            columns["region"] = await _region(regions, str(columns["province"]), plan.on)


async def _region(known: dict[str, str | None], province: str, on: date) -> str | None:
    if province not in known:
        known[province] = await region_of(province, on)
    return known[province]


async def _write(plan: Plan, change: Change) -> tuple[dict[UUID, UUID], list[UUID]]:
    found = await drafts.Drafts.read(plan)
    for unit_id, columns in plan.changes.items():
        found.change(unit_id, columns)
    rerouted = found.reroute(plan.closes)
    for unit_id in plan.closes:
        found.close(unit_id)
    _refuse(checks.under_themselves(plan, found.after), rerouted)
    await drafts.begin_units(plan, change.version)
    touched = await found.write(change.version)
    heirs = plan.heirs()
    await db.execute(
        """UPDATE unit SET heir_id = new.heir_id FROM unnest($1::uuid[], $2::uuid[]) AS new (id, heir_id)
           WHERE unit.id = new.id""",
        list(heirs.keys()),
        list(heirs.values()),
    )
    await db.execute(
        """INSERT INTO succession (predecessor_id, successor_id, share, is_assumed, effective_on, version)
           SELECT new.*, $5, $6 FROM unnest($1::uuid[], $2::uuid[], $3::numeric[], $4::boolean[]) AS new""",
        [transfer.source_id for transfer in plan.transfers],
        [transfer.successor_id for transfer in plan.transfers],
        [as_share(transfer.units) for transfer in plan.transfers],
        [transfer.is_assumed for transfer in plan.transfers],
        plan.on,
        change.version,
    )
    return rerouted, [*touched, *plan.begun]


def _entries(plan: Plan, change: Change) -> list[Entry]:
    told = {"on": plan.on.isoformat(), "version": change.version}
    successors = dict[UUID, list[str]]()
    for transfer in plan.transfers:
        successors.setdefault(transfer.source_id, []).append(str(transfer.successor_id))
    created = [("unit.created", one.id, {"code": one.code, "level": one.level}) for one in plan.begins]
    changed = [
        ("unit.changed", unit_id, {"columns": sorted(columns)}) for unit_id, columns in plan.changes.items() if columns
    ]
    closed = [
        (
            "unit.closed" if unit_id in plan.closes else "unit.split",
            unit_id,
            {"successors": successors.get(unit_id, [])},
        )
        for unit_id in {**plan.closes, **successors}
    ]
    return [
        Entry(action, unit_id, "unit", str(unit_id), after={**what, **told})
        for action, unit_id, what in [*created, *changed, *closed]
    ]


async def require_admin_above(caller: Caller, units: Iterable[UUID]) -> list[db.Record]:
    """Return units as they are today; the caller must be an admin of what is directly above each of them.

    NotFound for an id that nobody has.
    """
    asked = list(dict.fromkeys(units))
    found = await units_by_id(asked)
    for unknown in set(asked) - {unit["id"] for unit in found}:
        raise NotFound("unit", unknown)
    for unit in found:
        caller.require("admin", unit["path"][:-WIDTH])
    return found


@asynccontextmanager
async def reorganising() -> AsyncIterator[None]:
    """Run a block in a transaction in which nobody else changes the tree; say why first when its plan is refused."""
    try:
        async with db.transaction():
            await lock_tree()
            yield
    except PlanRefused as refused:
        raise refused.violations[0].error from refused

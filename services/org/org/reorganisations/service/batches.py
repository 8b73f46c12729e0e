"""Batches: one decision about thousands of units, as a file that is checked and carried out in the background."""

from collections.abc import Awaitable, Callable
from datetime import date
from uuid import UUID

from kit import db
from kit.errors import Forbidden
from kit.identity import SYSTEM, Caller
from kit.paths import WIDTH
from org.exchange.outcome import Done, RowsRefused, wrong
from org.exchange.reading import Remark, Row
from org.exchange.runs import Order, Progress, Purpose, register, submit_import
from org.exchange.sheets import REORGANISATION
from org.reorganisations.service.batch_rows import COLUMN_OF, HEADINGS, BatchPlan, plan_rows
from org.reorganisations.service.carrying_out import Outcome, PlanRefused, carry_out
from org.reorganisations.service.checks import before_writing
from org.reorganisations.service.kept_effects import keep_effects
from org.reorganisations.service.preview import compared, note
from org.units.service import units_by_id
from org.units.service.change import Decision
from org.units.service.rules import lock_tree

NAME = "reorganisation"


async def submit_batch(
    caller: Caller,
    content: bytes,
    name: str,
    on: date | None = None,
    decision: Decision | None = None,
    *,
    applies: bool = False,
) -> UUID:
    """Keep a file of rows to be checked in the background, and applied as well when `applies`; return the run's id."""
    return await submit_import(caller, NAME, content, name, on, decision, applies=applies)


async def reorganise(caller: Caller, order: Order, progress: Progress) -> Done:
    """Carry out the rows of a batch, all of them or none, in the caller's transaction: RowsRefused otherwise.

    The caller is an admin of what is above each unit that closes, moves or gets new names, and of each that receives.
    """
    caller.require_someone()
    await lock_tree()
    made = await plan_rows(order.table.rows, order.on)
    made.remarks += await _missing_rights(caller, made)
    if made.is_refused:
        raise RowsRefused([*made.remarks, *await _wrong_cells(made)])
    try:
        outcome = await carry_out(caller, made.plan, order.decision, progress.step)
    except PlanRefused as refused:
        raise RowsRefused(_as_remarks(made, refused)) from refused
    version = outcome.change.version
    keep = await keeping(caller, version) if order.is_check else None
    return Done(await _counts(made, outcome), version, await _notices(made, outcome), keep)


async def keeping(caller: Caller, version: int) -> Callable[[UUID], Awaitable[None]]:
    """Note what a change has done; return what keeps it beside a run, once the change was taken back."""
    noted = await note(caller, version)

    async def keep(run_id: UUID) -> None:
        # Who may see which headcount is asked when they are read.
        await keep_effects(run_id, await compared(SYSTEM, noted))

    return keep


register(
    Purpose(
        NAME,
        REORGANISATION.called,
        {**REORGANISATION.headings, **HEADINGS},
        REORGANISATION.required,
        "admin",
        reorganise,
        REORGANISATION.example,
        changes_tree=True,
    )
)


async def _missing_rights(caller: Caller, made: BatchPlan) -> list[Remark]:
    wanted = {**dict.fromkeys(made.governed, WIDTH), **dict.fromkeys(made.receiving, 0)}
    units = {unit["id"]: unit for unit in await units_by_id(list(wanted))}
    remarks = list[Remark]()
    for asked, above in ((made.governed, WIDTH), (made.receiving, 0)):
        for unit_id, row in asked.items():
            path: str = units[unit_id]["path"]
            if not caller.may("admin", path[: len(path) - above]):
                remarks.append(wrong(Row(row, {}), None, Forbidden()))
    return remarks


def _as_remarks(made: BatchPlan, refused: PlanRefused) -> list[Remark]:
    def row_of(unit_id: UUID) -> Row:
        number = made.rows.get(unit_id) or made.rows.get(refused.rerouted.get(unit_id, unit_id))
        return Row(number or 0, {})

    return [wrong(row_of(one.unit_id), one.column, one.error, COLUMN_OF) for one in refused.violations]


async def _wrong_cells(made: BatchPlan) -> list[Remark]:
    """Return what else can be told of a file whose rows do not make a plan yet: wrong days, codes and places."""
    told = {(remark.row, remark.column) for remark in made.remarks}
    found = _as_remarks(made, PlanRefused(await before_writing(made.plan)))
    return [remark for remark in found if (remark.row, remark.column) not in told]


async def _notices(made: BatchPlan, outcome: Outcome) -> list[Remark]:
    """Return what the file did not say but brings about: units that go along with one that ends."""
    silent = {unit: above for unit, above in outcome.rerouted.items() if unit not in made.rows}
    units = {unit["id"]: unit for unit in await units_by_id(list({*silent, *silent.values()}))}
    return [
        Remark(
            made.rows.get(above),
            "old_code",
            "GOES_ALONG",
            f"Tệp không nhắc đến “{units[unit]['name_vi']}” ({units[unit]['code']}); đơn vị này chuyển cùng "
            f"“{units[above]['name_vi']}”.",
            f"The file does not mention “{units[unit]['name_vi']}” ({units[unit]['code']}); it goes along with "
            f"“{units[above]['name_vi']}”.",
            is_problem=False,
        )
        for unit, above in silent.items()
    ]


async def _counts(made: BatchPlan, outcome: Outcome) -> dict[str, int]:
    version = outcome.change.version
    carried = await db.value("SELECT count(*) FROM headcount_publication WHERE tree_version = $1", version)
    cut = await db.rows("SELECT kind, count(*) FROM reorganisation_cut WHERE version = $1 GROUP BY kind", version)
    return {
        "created": len(made.plan.begins),
        "closed": len(made.plan.closes),
        "changed": sum(bool(columns) for columns in made.plan.changes.values()),
        "along": len(outcome.rerouted.keys() - made.rows.keys()),
        "transfers": len(made.plan.transfers),
        "assumed": sum(transfer.is_assumed for transfer in made.plan.transfers),
        "headcounts": carried,
        **{row["kind"]: row["count"] for row in cut},
    }

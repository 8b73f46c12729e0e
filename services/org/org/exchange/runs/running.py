"""Working off files: checked first and rolled back, applied whole or not at all, by whichever worker is alive."""

import asyncio
import logging
from uuid import UUID

from kit import db
from kit.errors import DomainError
from kit.identity import SYSTEM
from kit.jobs import enqueue, job
from org.access.service import caller_of, moment
from org.audit.service import record
from org.exchange.outcome import Done, RowsRefused, wrong
from org.exchange.reading import Remark, Row, SheetUnreadable, Table, read_table
from org.exchange.runs import keeping
from org.exchange.runs.progress import Progress, telling
from org.exchange.runs.purposes import Order, purpose_named
from org.units.service.change import Decision
from org.units.service.rules import lock_tree

log = logging.getLogger("org.exchange")

# A file that ends its worker each time must not do so for ever.
MOST_ATTEMPTS = 3
KEPT_DAYS = 7


class _OnlyChecked(Exception):
    """Raised to roll a check back, with what it found."""

    def __init__(self, done: Done) -> None:
        self.done = done
        super().__init__()


@job("org.import", timeout=600, tries=3)
async def run_import(run_id: str) -> None:
    """Check a file, or carry it out: all of it, or nothing."""
    run = await keeping.claim(UUID(run_id))
    if run is None:
        return
    try:
        await _work_off(run)
    except keeping.Overtaken:
        log.warning("import %s was taken up by another worker", run_id)
    except Exception:
        # The queue tries again: let it.
        await keeping.release(run)
        raise


async def _work_off(run: db.Record) -> None:
    if run["attempts"] > MOST_ATTEMPTS:
        await keeping.finish(run, "refused", [_GAVE_UP])
        return
    async with telling(run) as progress:
        try:
            table = await _table(run)
        except SheetUnreadable as refused:
            await keeping.finish(run, "refused", refused.remarks)
            return
        try:
            await _try(run, table, progress)
        except RowsRefused as refused:
            await keeping.finish(run, "refused", table.with_remarks(refused.remarks))


async def _table(run: db.Record) -> Table:
    """Return what is in the run's file; nothing where it is none of a file."""
    purpose = purpose_named(run["purpose"])
    if run["content"] is None:
        return Table((), [])
    # Reading a large workbook takes seconds; others go on meanwhile.
    table = await asyncio.to_thread(read_table, run["content"], purpose.headings, purpose.required)
    await db.execute("UPDATE import_run SET rows = $2 WHERE id = $1", run["id"], len(table.rows))
    return table.without_example(purpose.example)


async def _try(run: db.Record, table: Table, progress: Progress) -> None:
    if run["content"] is not None and not table.rows:
        raise RowsRefused([_NO_ROWS])
    async with db.transaction():
        if purpose_named(run["purpose"]).changes_tree:
            # Held also after a check is rolled back, so that it is compared with what it was tried on.
            await lock_tree()
        try:
            async with db.transaction():
                await _take(run, table, progress)
        except _OnlyChecked as checked:
            if checked.done.keep:
                await checked.done.keep(run["id"])
            await keeping.finish(run, "ready", table.with_remarks(checked.done.notices), checked.done)


async def _take(run: db.Record, table: Table, progress: Progress) -> None:
    await progress.step("planning")
    # Rights are those that the submitter has now, not when the file was brought.
    caller = SYSTEM if run["is_system"] else await caller_of(run["submitted_by"], await moment())
    try:
        done = await purpose_named(run["purpose"]).take(caller, _order(run, table), progress)
    except DomainError as error:
        raise RowsRefused([wrong(Row(0, {}), None, error)]) from error
    if any(remark.is_problem for remark in table.remarks):
        # The rest of the file is right: only what was seen when it was read stands in its way.
        raise RowsRefused([])
    # What the database checks when a transaction ends must be right now, also where it is rolled back.
    await db.execute("SET CONSTRAINTS ALL IMMEDIATE")
    if run["state"] == "to_check":
        raise _OnlyChecked(done)
    # In the same transaction: a file that was applied says so, and one that says so was applied.
    after = {"purpose": run["purpose"], "version": done.version, **done.counts}
    await record(caller, "import.applied", None, "import", str(run["id"]), None, after)
    await keeping.finish(run, "applied", table.with_remarks(done.notices), done)


def _order(run: db.Record, table: Table) -> Order:
    return Order(
        table,
        run["file_name"],
        run["effective_on"],
        Decision(run["decision_number"], run["decision_file"], run["note"]),
        run["source"],
        run["undoes"],
        is_check=run["state"] == "to_check",
    )


_NO_ROWS = Remark(
    None, None, "NO_ROWS", "Tệp không có dòng nào dưới dòng tiêu đề.", "There are no rows below the headings."
)
_GAVE_UP = Remark(
    None,
    None,
    "GAVE_UP",
    "Hệ thống không xử lý được tệp này; hãy báo cho người quản trị hệ thống.",
    "The system can't work this file off; tell those who operate it.",
)


@job("org.imports_left")
async def find_imports() -> None:
    """Take up files that nobody works on: the queue had lost them, or a worker died."""
    for run_id in await keeping.left_alone(20):
        await enqueue(run_import, str(run_id))


@job("org.imports_forgotten")
async def forget_imports() -> None:
    """Drop files that nobody applied for a week, and what was said about rows of people after the same time."""
    async with db.transaction():
        await db.execute(
            """DELETE FROM import_effect USING import_run AS run WHERE run.id = run_id
               AND run.submitted_at < clock_timestamp() - make_interval(days => $1)""",
            KEPT_DAYS,
        )
        await db.execute(
            """UPDATE import_run SET state = 'expired', step = 'finished', content = NULL, effects = NULL,
                 finished_at = clock_timestamp(), attempts = attempts + 1
               WHERE state IN ('to_check', 'ready', 'to_apply')
                 AND submitted_at < clock_timestamp() - make_interval(days => $1)""",
            KEPT_DAYS,
        )
        await db.execute(
            """DELETE FROM import_remark USING import_run AS run WHERE run.id = run_id AND run.purpose = 'people'
               AND run.submitted_at < clock_timestamp() - make_interval(days => $1)""",
            KEPT_DAYS,
        )

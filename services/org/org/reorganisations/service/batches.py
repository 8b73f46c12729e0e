"""Batches: one decision about thousands of units, as a file that is checked and carried out in the background."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

import orjson

from kit import db
from kit.calendar import today
from kit.errors import DomainError, Forbidden, InvalidInput, NotFound
from kit.identity import SYSTEM, Caller
from kit.jobs import enqueue, job
from kit.paths import WIDTH
from org.access.service import caller_of, moment
from org.reorganisations.service.batch_rows import HEADINGS, REQUIRED, BatchPlan, plan_rows
from org.reorganisations.service.carrying_out import Outcome, PlanRefused, carry_out
from org.reorganisations.service.sheet import MOST_BYTES, Remark, Row, SheetUnreadable, read_sheet
from org.units.service import units_by_id
from org.units.service.change import Decision
from org.units.service.rules import lock_tree, require_not_too_far
from org.vietnamese import clean

MOST_REMARKS = 5000
# A worker that was killed lets go of its batch after this long; carrying out ten thousand rows takes half a minute.
STALE_MINUTES = 15


class BatchNotReady(DomainError):
    """The batch is not one that has been checked and waits to be applied."""

    code = "BATCH_NOT_READY"
    vi = "Đợt sắp xếp này chưa sẵn sàng hoặc đã được thực hiện."
    en = "This batch is not ready, or has been applied already."


class _OnlyChecked(Exception):
    """Raised to roll a check back, with what it found."""

    def __init__(self, counts: dict[str, int], remarks: list[Remark]) -> None:
        self.counts = counts
        self.remarks = remarks
        super().__init__()


async def submit_batch(
    caller: Caller,
    content: bytes,
    name: str,
    on: date | None = None,
    decision: Decision | None = None,
    *,
    applies: bool = False,
) -> UUID:
    """Keep a file of rows to be checked in the background, and applied as well when `applies`; return the batch's id.

    The caller is an admin of something; whether of all units concerned is judged when the rows are.
    """
    caller.require_someone()
    if not caller.scopes("admin"):
        raise Forbidden()
    if not 0 < len(content) <= MOST_BYTES:
        raise InvalidInput("file", "phải có nội dung và không quá 20 MB.", "must not be empty nor larger than 20 MB.")
    on = on or today()
    require_not_too_far(on)
    batch_id, decision = uuid4(), decision or Decision()
    async with db.transaction():
        await db.execute(
            """INSERT INTO reorganisation_batch (id, file_name, content, effective_on, decision_number, decision_file,
                                                 note, submitted_by, is_system, state, step)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'waiting')""",
            batch_id,
            clean(name)[:200] or "batch",
            content,
            on,
            decision.number,
            decision.file,
            decision.note,
            caller.subject,
            caller == SYSTEM,
            "to_apply" if applies else "to_check",
        )
        await enqueue(run_batch, str(batch_id))
    return batch_id


async def apply_batch(caller: Caller, batch_id: UUID) -> db.Record:
    """Have a batch that was checked applied in the background; BatchNotReady for any other."""
    await batch_state(caller, batch_id)
    async with db.transaction():
        ready = await db.value(
            """UPDATE reorganisation_batch SET state = 'to_apply', step = 'waiting', done = 0, claimed_at = NULL,
                 finished_at = NULL WHERE id = $1 AND state = 'ready' RETURNING true""",
            batch_id,
        )
        if not ready:
            raise BatchNotReady()
        await enqueue(run_batch, str(batch_id))
    return await batch_state(caller, batch_id)


BATCH = """id, file_name, effective_on, decision_number, decision_file, note, submitted_by, submitted_at, state, step,
           rows, done, finished_at, counts, version,
           (SELECT count(*) FROM reorganisation_batch_remark WHERE batch_id = id AND is_problem)::int AS problems,
           (SELECT count(*) FROM reorganisation_batch_remark WHERE batch_id = id AND NOT is_problem)::int AS notices"""


async def batch_state(caller: Caller, batch_id: UUID) -> db.Record:
    """Return how far a batch is: for who submitted it, and for admins of the whole tree; NotFound for others."""
    found = await db.row(
        f"SELECT {BATCH} FROM reorganisation_batch WHERE id = $1 AND (submitted_by = $2 OR $3)",
        batch_id,
        caller.subject,
        await _sees_all(caller),
    )
    if found is None:
        raise NotFound("batch", batch_id)
    return found


async def batches(caller: Caller, limit: int, after: tuple[str, str] | None) -> list[db.Record]:
    """Return up to `limit` batches that the caller may see, the newest first, after (moment, id)."""
    try:
        at, batch_id = (datetime.fromisoformat(after[0]), UUID(after[1])) if after else (None, None)
    except ValueError as error:
        raise InvalidInput("after", "không phải con trỏ của danh sách này.", "is not a cursor of this list.") from error
    return await db.rows(
        f"""SELECT {BATCH} FROM reorganisation_batch
            WHERE (submitted_by = $1 OR $2) AND ($3::timestamptz IS NULL OR (submitted_at, id) < ($3, $4::uuid))
            ORDER BY submitted_at DESC, id DESC LIMIT $5""",
        caller.subject,
        await _sees_all(caller),
        at,
        batch_id,
        limit,
    )


async def _sees_all(caller: Caller) -> bool:
    tops = await db.rows("SELECT path FROM units_on($1) WHERE parent_id IS NULL", today())
    return caller.may("admin", "") or (bool(tops) and all(caller.may("admin", top["path"]) for top in tops))


async def remarks_of(batches: Sequence[UUID], limit: int, after: tuple[int] | None) -> list[db.Record]:
    """Return up to `limit` remarks about each batch, problems first, after a position; who may see is asked before."""
    return await db.rows(
        """SELECT found.* FROM unnest($1::uuid[]) AS asked (id) CROSS JOIN LATERAL (
             SELECT batch_id, position, is_problem, row, column_name, code, vi, en FROM reorganisation_batch_remark
             WHERE batch_id = asked.id AND position > $2 ORDER BY position LIMIT $3) AS found""",
        list(batches),
        after[0] if after else 0,
        limit,
    )


@job("org.reorganisation_batch", timeout=600, tries=3)
async def run_batch(batch_id: str) -> None:
    """Check a batch, or carry it out: all of it, or nothing."""
    batch = await _claimed(UUID(batch_id))
    if batch is None:
        return
    async with _progress(batch["id"]) as progress:
        try:
            rows = read_sheet(batch["content"], HEADINGS, REQUIRED)
            await db.execute("UPDATE reorganisation_batch SET rows = $2 WHERE id = $1", batch["id"], len(rows))
            await _try(batch, rows, progress)
        except SheetUnreadable as unreadable:
            await _finish(batch["id"], "refused", unreadable.remarks)
        except _Refused as refused:
            await _finish(batch["id"], "refused", refused.remarks)
        except _OnlyChecked as checked:
            await _finish(batch["id"], "ready", checked.remarks, checked.counts)


@job("org.reorganisation_batches_left")
async def find_batches() -> None:
    """Take up batches that nobody works on: the queue had lost them, or a worker died."""
    left = await db.rows(
        f"""SELECT id FROM reorganisation_batch WHERE state IN ('to_check', 'to_apply')
            AND submitted_at < now() - interval '1 minute'
            AND (claimed_at IS NULL OR claimed_at < now() - interval '{STALE_MINUTES} minutes')
            ORDER BY submitted_at LIMIT 20"""
    )
    for row in left:
        await enqueue(run_batch, str(row["id"]))


class _Refused(Exception):
    def __init__(self, remarks: list[Remark]) -> None:
        self.remarks = remarks
        super().__init__()


async def _claimed(batch_id: UUID) -> db.Record | None:
    return await db.row(
        f"""UPDATE reorganisation_batch SET claimed_at = now(), step = 'reading', done = 0
            WHERE id = $1 AND state IN ('to_check', 'to_apply')
              AND (claimed_at IS NULL OR claimed_at < now() - interval '{STALE_MINUTES} minutes')
            RETURNING id, content, effective_on, decision_number, decision_file, note, submitted_by, is_system, state""",
        batch_id,
    )


async def _try(batch: db.Record, rows: Sequence[Row], progress: "_Progress") -> None:
    async with db.transaction():
        await lock_tree()
        await progress.step("planning")
        made = await plan_rows(rows, batch["effective_on"])
        caller = SYSTEM if batch["is_system"] else await caller_of(batch["submitted_by"], await moment())
        made.remarks += await _missing_rights(caller, made)
        if made.is_refused:
            raise _Refused(made.remarks)
        decision = Decision(batch["decision_number"], batch["decision_file"], batch["note"])
        try:
            outcome = await carry_out(caller, made.plan, decision, progress.step)
        except PlanRefused as refused:
            raise _Refused(_as_remarks(made, refused)) from refused
        notices = await _notices(made, outcome)
        counts = await _counts(made, outcome)
        if batch["state"] == "to_check":
            raise _OnlyChecked(counts, notices)
        # In the same transaction: a batch that was applied says so, and one that says so was applied.
        await _finish(batch["id"], "applied", notices, counts, outcome.change.version)


async def _missing_rights(caller: Caller, made: BatchPlan) -> list[Remark]:
    wanted = {**dict.fromkeys(made.governed, WIDTH), **dict.fromkeys(made.receiving, 0)}
    units = {unit["id"]: unit for unit in await units_by_id(list(wanted))}
    remarks = list[Remark]()
    for asked, above in ((made.governed, WIDTH), (made.receiving, 0)):
        for unit_id, row in asked.items():
            path: str = units[unit_id]["path"]
            if not caller.may("admin", path[: len(path) - above]):
                error = Forbidden()
                remarks.append(Remark(row, None, error.code, error.message("vi"), error.message("en")))
    return remarks


def _as_remarks(made: BatchPlan, refused: PlanRefused) -> list[Remark]:
    return [
        Remark(
            made.rows.get(violation.unit_id)
            or made.rows.get(refused.rerouted.get(violation.unit_id, violation.unit_id)),
            violation.column,
            violation.error.code,
            violation.error.message("vi"),
            violation.error.message("en"),
        )
        for violation in refused.violations
    ]


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


async def _finish(
    batch_id: UUID,
    state: str,
    remarks: Sequence[Remark],
    counts: dict[str, int] | None = None,
    version: int | None = None,
) -> None:
    told = sorted(remarks, key=lambda remark: (not remark.is_problem, remark.row or 0))
    if len(told) > MOST_REMARKS:
        left = len(told) - MOST_REMARKS + 1
        told = told[: MOST_REMARKS - 1]
        told.append(
            Remark(
                None, None, "MORE", f"Còn {left} ghi chú nữa.", f"There are {left} more remarks.", told[-1].is_problem
            )
        )
    async with db.transaction():
        await db.execute("DELETE FROM reorganisation_batch_remark WHERE batch_id = $1", batch_id)
        await db.execute(
            """INSERT INTO reorganisation_batch_remark (batch_id, position, row, column_name, code, vi, en, is_problem)
               SELECT $1, told.position, told.row, told.column_name, told.code, told.vi, told.en, told.is_problem
               FROM unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[])
                 WITH ORDINALITY AS told (row, column_name, code, vi, en, is_problem, position)""",
            batch_id,
            [remark.row for remark in told],
            [remark.column for remark in told],
            [remark.code for remark in told],
            [remark.vi for remark in told],
            [remark.en for remark in told],
            [remark.is_problem for remark in told],
        )
        await db.execute(
            """UPDATE reorganisation_batch SET state = $2, step = 'finished', counts = $3::jsonb, version = $4,
                 finished_at = clock_timestamp(), done = coalesce(rows, 0) WHERE id = $1""",
            batch_id,
            state,
            orjson.dumps(counts).decode() if counts is not None else None,
            version,
        )


# How much of the work is behind when a step begins, measured on the replay of July 2025.
_BEHIND = {"reading": 0, "planning": 5, "writing": 10, "checking": 45, "deriving": 55, "carrying": 60, "telling": 90}


@dataclass(slots=True)
class _Progress:
    """How far a batch is, told from outside its transaction, so that people see it."""

    changed: asyncio.Event
    name: str = "reading"

    async def step(self, name: str) -> None:
        """Say what begins now."""
        self.name = name
        self.changed.set()
        # Let it be told before the next long statement.
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def _progress(batch_id: UUID) -> AsyncIterator[_Progress]:
    progress = _Progress(asyncio.Event())
    # Begun before the transaction, it has a connection of its own.
    telling = asyncio.create_task(_tell(batch_id, progress))
    try:
        yield progress
    finally:
        telling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await telling


async def _tell(batch_id: UUID, progress: _Progress) -> None:
    while True:
        await progress.changed.wait()
        progress.changed.clear()
        await db.execute(
            """UPDATE reorganisation_batch SET step = $2, done = coalesce(rows, 0) * $3::int / 100
               WHERE id = $1 AND state IN ('to_check', 'to_apply')""",
            batch_id,
            progress.name,
            _BEHIND[progress.name],
        )

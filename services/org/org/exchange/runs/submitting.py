"""Bringing a file, and saying that what was checked shall be done."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from kit import db
from kit.calendar import today
from kit.errors import Forbidden, InvalidInput
from kit.identity import SYSTEM, Caller
from kit.jobs import enqueue
from org.audit.service import record
from org.exchange.reading import MOST_BYTES
from org.exchange.runs.keeping import ImportNotReady, checked_source, import_state, require_room
from org.exchange.runs.purposes import purpose_of_file
from org.exchange.runs.running import run_import
from org.units.service.change import Decision
from org.units.service.rules import require_not_too_far
from org.vietnamese import clean


async def submit_import(
    caller: Caller,
    purpose: str,
    content: bytes,
    name: str,
    on: date | None = None,
    decision: Decision | None = None,
    source: str | None = None,
    *,
    applies: bool = False,
) -> UUID:
    """Keep a file to be checked in the background, and applied as well when `applies`; return the run's id.

    The caller holds the purpose's role on some unit; whether on all units concerned is judged when the rows are.
    """
    caller.require_someone()
    wanted = purpose_of_file(purpose)
    if not caller.scopes(wanted.role):
        raise Forbidden()
    if not 0 < len(content) <= MOST_BYTES:
        raise InvalidInput("file", "phải có nội dung và không quá 20 MB.", "must not be empty nor larger than 20 MB.")
    on = on or today()
    require_not_too_far(on)
    async with db.transaction():
        await require_room(caller)
        run = NewRun(purpose, clean(name)[:200] or purpose, on, content, checked_source(source))
        return await put_run(caller, run, decision or Decision(), applies=applies)


@dataclass(frozen=True, slots=True)
class NewRun:
    """Something to be worked off: a file's content, or the change that is to be undone and how much hangs on it."""

    purpose: str
    name: str
    on: date
    content: bytes | None = None
    source: str | None = None
    undoes: UUID | None = None
    rows: int | None = None


async def put_run(caller: Caller, run: NewRun, decision: Decision, *, applies: bool) -> UUID:
    """Write a run down, in the caller's transaction after which it is worked off; return its id.

    Rights are asked before, and again when it is worked off.
    """
    run_id = uuid4()
    await db.execute(
        """INSERT INTO import_run (id, purpose, file_name, content, effective_on, decision_number, decision_file,
                                   note, source, undoes, rows, submitted_by, is_system, state, step)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'waiting')""",
        run_id,
        run.purpose,
        run.name,
        run.content,
        run.on,
        decision.number,
        decision.file,
        decision.note,
        run.source,
        run.undoes,
        run.rows,
        caller.subject,
        caller == SYSTEM,
        "to_apply" if applies else "to_check",
    )
    after = {"purpose": run.purpose, "on": run.on, "applies": applies}
    after |= {"undoes": run.undoes} if run.undoes else {"bytes": len(run.content or b"")}
    await record(caller, "import.submitted", None, "import", str(run_id), None, after)
    await enqueue(run_import, str(run_id))
    return run_id


async def apply_import(caller: Caller, run_id: UUID) -> db.Record:
    """Have a file that was checked applied in the background; ImportNotReady for any other."""
    caller.require_someone()
    await import_state(caller, run_id)
    async with db.transaction():
        ready = await db.value(
            """UPDATE import_run SET state = 'to_apply', step = 'waiting', done = 0, claimed_at = NULL,
                 finished_at = NULL, attempts = 0 WHERE id = $1 AND state = 'ready' RETURNING true""",
            run_id,
        )
        if not ready:
            raise ImportNotReady()
        await record(caller, "import.confirmed", None, "import", str(run_id))
        await enqueue(run_import, str(run_id))
    return await import_state(caller, run_id)

"""Undoing a large change takes longer than people wait for an answer: it is worked off as files are."""

from uuid import UUID

from kit import db
from kit.errors import DomainError
from kit.identity import Caller
from org.exchange.outcome import Done
from org.exchange.runs import NewRun, Order, Progress, Purpose, put_run, register
from org.reorganisations.service.batches import keeping
from org.reorganisations.service.carrying_out import Outcome
from org.reorganisations.service.undo import require_rights_to_undo, undo_reorganisation, undoable
from org.units.service.change import Decision

NAME = "undo"
# Rows that an undoing takes back or writes. That of July 2025 has 27,000, which take six seconds and more where others
# work, too; the gateway waits for ten.
MOST_AT_ONCE = 1_000


class ReorganisationBeingUndone(DomainError):
    """Somebody else has begun to undo the change, which goes on in the background."""

    code = "REORGANISATION_BEING_UNDONE"
    vi = "Thay đổi này đang được hoàn tác."
    en = "This change is being undone."


async def undo_now_or_later(
    caller: Caller, reorganisation_id: UUID, decision: Decision | None = None
) -> Outcome | UUID:
    """Undo a change at once when it is small, else in the background; return what came of it, or the run's id."""
    caller.require_someone()
    if await is_large(reorganisation_id):
        return await submit_undo(caller, reorganisation_id, decision, applies=True)
    return await undo_reorganisation(caller, reorganisation_id, decision)


async def is_large(reorganisation_id: UUID) -> bool:
    """Whether undoing a change takes back or writes more than is done while somebody waits."""
    return await _size(reorganisation_id) > MOST_AT_ONCE


async def _size(reorganisation_id: UUID) -> int:
    """Return how many rows hang on a change: versions, paths of units below them, headcounts, what it ended or gave."""
    return await db.value(
        """WITH made AS (SELECT version FROM reorganisation WHERE id = $1),
           touched AS (
             SELECT unit_id FROM unit_version WHERE made_in = (SELECT version FROM made)
             UNION SELECT unit_id FROM unit_version_was WHERE replaced_in = (SELECT version FROM made))
           SELECT count(DISTINCT below.unit_id)
             + (SELECT count(*) FROM unit_version_was WHERE replaced_in = (SELECT version FROM made))
             + (SELECT count(*) FROM headcount_publication WHERE tree_version = (SELECT version FROM made))
             + (SELECT count(*) FROM reorganisation_cut WHERE version = (SELECT version FROM made))
           FROM touched JOIN unit_path AS own ON own.unit_id = touched.unit_id
           JOIN unit_path AS below ON below.path >= own.path AND below.path < own.path || '~'""",
        reorganisation_id,
    )


async def submit_undo(
    caller: Caller, reorganisation_id: UUID, decision: Decision | None = None, *, applies: bool
) -> UUID:
    """Have a change undone in the background, or only checked unless `applies`; return the run's id.

    The caller is an admin above every unit that the change touched, now and when it is worked off. Who asks again
    gets the run that is under way; ReorganisationBeingUndone for anybody else meanwhile.
    """
    caller.require_someone()
    made = await undoable(reorganisation_id)
    await require_rights_to_undo(caller, made["version"])
    day: str = made["effective_on"].isoformat()
    run = NewRun(
        NAME,
        f"{made['decision_number'] or '#' + str(made['version'])} · {day}",
        made["effective_on"],
        undoes=reorganisation_id,
        rows=await _size(reorganisation_id),
    )
    async with db.transaction():
        # Two who ask at once must not both begin.
        await db.execute("SELECT pg_advisory_xact_lock(hashtextextended('undo:' || $1, 0))", str(reorganisation_id))
        under_way = await db.row(
            "SELECT id, submitted_by FROM import_run WHERE undoes = $1 AND state = 'to_apply'", reorganisation_id
        )
        if under_way is None:
            return await put_run(caller, run, decision or Decision(), applies=applies)
        if under_way["submitted_by"] != caller.subject:
            raise ReorganisationBeingUndone()
        return under_way["id"]


async def _take(caller: Caller, order: Order, progress: Progress) -> Done:
    """Undo the change, within the run's transaction."""
    assert order.undoes is not None
    outcome = await undo_reorganisation(caller, order.undoes, order.decision, progress.step)
    version = outcome.change.version
    keep = await keeping(caller, version) if order.is_check else None
    return Done({"restored": outcome.units}, version, keep=keep)


register(
    Purpose(
        NAME, ("Hoàn tác một lần sắp xếp lớn", "Undoing of a large change"), {}, {}, "admin", _take, changes_tree=True
    )
)

"""Files that were brought: kept until they are done with, and what is known about each."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import orjson

from kit import db
from kit.calendar import today
from kit.errors import DomainError, InvalidInput, NotFound
from kit.identity import Caller
from org.exchange.outcome import Done
from org.exchange.reading import Remark
from org.vietnamese import clean

MOST_REMARKS = 5000
# Files that one person has waiting; each is kept whole until it is applied or refused.
MOST_WAITING = 20
LONGEST_SOURCE = 200
# A worker says that it is alive so often; one that was not heard of for so long has died, and another takes its run up.
BEAT_SECONDS = 15
STALE_SECONDS = 60


class ImportNotReady(DomainError):
    """The file is not one that has been checked and waits to be applied."""

    code = "IMPORT_NOT_READY"
    vi = "Tệp này chưa kiểm tra xong, không dùng được hoặc đã được thực hiện."
    en = "This file has not been checked, can't be used, or has been applied already."


class ImportLimitReached(DomainError):
    """The caller has too many files waiting."""

    code = "IMPORT_LIMIT_REACHED"
    vi = "Anh/chị đang có {most} tệp chờ; hãy thực hiện, hoặc đợi các tệp đó hết hạn."
    en = "You have {most} files waiting; apply them, or wait until they expire."


class Overtaken(Exception):
    """Somebody else has taken up the run since; what was done here must not be committed."""


def checked_source(text: str | None) -> str | None:
    """Return where numbers come from, cleaned; InvalidInput when that is too long."""
    source = clean(text or "")
    if len(source) > LONGEST_SOURCE:
        raise InvalidInput("source", f"dài hơn {LONGEST_SOURCE} ký tự.", f"is longer than {LONGEST_SOURCE} characters.")
    return source or None


async def require_room(caller: Caller) -> None:
    """Refuse one file too many, in the transaction that adds it."""
    # Two files at once must not both find the last place.
    await db.execute("SELECT pg_advisory_xact_lock(hashtextextended('import_run:' || $1, 0))", caller.subject)
    waiting = await db.value(
        "SELECT count(*) FROM import_run WHERE submitted_by = $1 AND content IS NOT NULL", caller.subject
    )
    if waiting >= MOST_WAITING:
        raise ImportLimitReached(most=MOST_WAITING)


RUN = """id, purpose, file_name, effective_on, decision_number, decision_file, note, source, submitted_by, submitted_at,
         state, step, rows, done, finished_at, counts, version, effects,
         (SELECT made.version FROM reorganisation AS made WHERE made.id = import_run.undoes) AS undoes_version,
         (SELECT count(*) FROM import_remark WHERE run_id = id AND is_problem)::int AS problems,
         (SELECT count(*) FROM import_remark WHERE run_id = id AND NOT is_problem)::int AS notices"""


async def import_state(caller: Caller, run_id: UUID) -> db.Record:
    """Return how far a file is: for who submitted it, and for admins of the whole tree; NotFound for others."""
    found = await db.row(
        f"SELECT {RUN} FROM import_run WHERE id = $1 AND (submitted_by = $2 OR $3)",
        run_id,
        caller.subject,
        await _sees_all(caller),
    )
    if found is None:
        raise NotFound("import", run_id)
    return found


async def imports(
    caller: Caller, limit: int, after: tuple[str, str] | None = None, purpose: str | None = None
) -> list[db.Record]:
    """Return up to `limit` files that the caller may see, the newest first, after (moment, id)."""
    try:
        at, run_id = (datetime.fromisoformat(after[0]), UUID(after[1])) if after else (None, None)
    except ValueError as error:
        raise InvalidInput("after", "không phải con trỏ của danh sách này.", "is not a cursor of this list.") from error
    return await db.rows(
        f"""SELECT {RUN} FROM import_run
            WHERE (submitted_by = $1 OR $2) AND ($3::timestamptz IS NULL OR (submitted_at, id) < ($3, $4::uuid))
              AND ($6::text IS NULL OR purpose = $6)
            ORDER BY submitted_at DESC, id DESC LIMIT $5""",
        caller.subject,
        await _sees_all(caller),
        at,
        run_id,
        limit,
        purpose,
    )


async def _sees_all(caller: Caller) -> bool:
    tops = await db.rows("SELECT path FROM units_on($1) WHERE parent_id IS NULL", today())
    return caller.may("admin", "") or (bool(tops) and all(caller.may("admin", top["path"]) for top in tops))


async def remarks_of(runs: Sequence[UUID], limit: int, after: tuple[int] | None = None) -> list[db.Record]:
    """Return up to `limit` remarks about each file, problems first, after a position; who may see is asked before."""
    return await db.rows(
        """SELECT found.* FROM unnest($1::uuid[]) AS asked (id) CROSS JOIN LATERAL (
             SELECT run_id, position, is_problem, row, column_name, code, vi, en FROM import_remark
             WHERE run_id = asked.id AND position > $2 ORDER BY position LIMIT $3) AS found""",
        list(runs),
        after[0] if after else 0,
        limit,
    )


async def claim(run_id: UUID) -> db.Record | None:
    """Take up a run that waits, or whose worker was not heard of for too long; None when there is nothing to do."""
    return await db.row(
        """UPDATE import_run SET claimed_at = clock_timestamp(), step = 'reading', done = 0, attempts = attempts + 1
           WHERE id = $1 AND state IN ('to_check', 'to_apply')
             AND (claimed_at IS NULL OR claimed_at < clock_timestamp() - make_interval(secs => $2))
           RETURNING id, purpose, file_name, content, effective_on, decision_number, decision_file, note, source,
             undoes, rows, submitted_by, is_system, state, attempts""",
        run_id,
        STALE_SECONDS,
    )


async def left_alone(limit: int) -> list[UUID]:
    """Return runs on which nobody works: the queue had lost them, or their worker was not heard of for too long."""
    rows = await db.rows(
        """SELECT id FROM import_run WHERE state IN ('to_check', 'to_apply')
           AND submitted_at < clock_timestamp() - make_interval(secs => $1)
           AND (claimed_at IS NULL OR claimed_at < clock_timestamp() - make_interval(secs => $1))
           ORDER BY submitted_at LIMIT $2""",
        STALE_SECONDS,
        limit,
    )
    return [row["id"] for row in rows]


async def hold(run: db.Record) -> None:
    """Say that the worker of a run is alive."""
    await db.execute(
        """UPDATE import_run SET claimed_at = clock_timestamp()
           WHERE id = $1 AND attempts = $2 AND claimed_at IS NOT NULL""",
        run["id"],
        run["attempts"],
    )


async def release(run: db.Record) -> None:
    """Let go of a file that could not be worked off."""
    await db.execute(
        "UPDATE import_run SET claimed_at = NULL WHERE id = $1 AND attempts = $2", run["id"], run["attempts"]
    )


async def finish(run: db.Record, state: str, remarks: Sequence[Remark], done: Done | None = None) -> None:
    """Write down what came of a file; its content is kept only while it can still be applied.

    Overtaken when another worker has taken it up since.
    """
    async with db.transaction():
        is_ours = await db.value(
            """UPDATE import_run SET state = $2, step = 'finished', counts = $3::jsonb, version = $4,
                 finished_at = clock_timestamp(), done = coalesce(rows, 0),
                 content = CASE WHEN $2 = 'ready' THEN content END,
                 effects = CASE WHEN $2 = 'ready' THEN effects END
               WHERE id = $1 AND state = $5 AND attempts = $6 RETURNING true""",
            run["id"],
            state,
            orjson.dumps(done.counts).decode() if done else None,
            done.version if done and state == "applied" else None,
            run["state"],
            run["attempts"],
        )
        if not is_ours:
            raise Overtaken()
        if state != "ready":
            await db.execute("DELETE FROM import_effect WHERE run_id = $1", run["id"])
        await _replace_remarks(run["id"], _bounded(remarks))


def _bounded(remarks: Sequence[Remark]) -> list[Remark]:
    told = sorted(remarks, key=lambda remark: (not remark.is_problem, remark.row or 0))
    if len(told) <= MOST_REMARKS:
        return told
    left = len(told) - MOST_REMARKS + 1
    texts = (f"Còn {left} ghi chú nữa.", f"There are {left} more remarks.")
    last = told[MOST_REMARKS - 2]
    return [*told[: MOST_REMARKS - 1], Remark(None, None, "MORE", *texts, is_problem=last.is_problem)]


async def _replace_remarks(run_id: UUID, remarks: Sequence[Remark]) -> None:
    await db.execute("DELETE FROM import_remark WHERE run_id = $1", run_id)
    await db.execute(
        """INSERT INTO import_remark (run_id, position, row, column_name, code, vi, en, is_problem)
           SELECT $1, told.position, told.row, told.column_name, told.code, told.vi, told.en, told.is_problem
           FROM unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[])
             WITH ORDINALITY AS told (row, column_name, code, vi, en, is_problem, position)""",
        run_id,
        [remark.row for remark in remarks],
        [remark.column for remark in remarks],
        [remark.code for remark in remarks],
        [remark.vi for remark in remarks],
        [remark.en for remark in remarks],
        [remark.is_problem for remark in remarks],
    )

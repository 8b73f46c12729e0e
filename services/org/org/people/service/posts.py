"""Posts and their seats, and which seats nobody holds."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.errors import DomainError, InvalidInput, NotFound
from kit.identity import Caller
from org.audit.service import record
from org.people.service.rules import check_decision, check_span, require_not_before, require_open, scope
from org.units.service import find_unit
from org.vocabularies.service import labels, require_term

MOST_SEATS = 1000


class PostFull(DomainError):
    """On some day the post would have more holders than seats."""

    code = "POST_FULL"
    vi = "Chức danh “{post_vi}” sẽ có nhiều người giữ hơn số lượng được bố trí."
    en = "The post “{post_en}” would have more holders than seats."


class DepartmentNotThere(DomainError):
    """The unit's department does not exist on all of the days concerned."""

    code = "DEPARTMENT_NOT_THERE"
    vi = "Ban, bộ phận này không hoạt động suốt thời gian đó."
    en = "The department does not exist on all of these days."


async def set_seats(
    caller: Caller,
    unit_id: UUID,
    post: str,
    seats: int,
    on: date,
    department_id: UUID | None = None,
    decision: str | None = None,
) -> None:
    """Say how many seats a post of a unit, or of its department, has from a day on; with 0 it is no longer set.

    A second number for one day replaces the first; the days before keep theirs. PostFull when more people hold it.
    """
    caller.require_someone()
    async with db.transaction():
        # Before any seats are locked, as the database does when they are written: whoever is appointed meanwhile
        # waits, or is waited for.
        await db.execute("SELECT FROM unit WHERE id = $1 FOR UPDATE", unit_id)
        unit = await find_unit(unit_id)
        caller.require("editor", unit["path"])
        check_span(on, None)
        require_open(unit, on)
        await require_term("post", "post", post, on)
        if not 0 <= seats <= MOST_SEATS:
            raise InvalidInput("seats", f"phải từ 0 đến {MOST_SEATS}.", f"must be between 0 and {MOST_SEATS}.")
        until = await _end_of(unit_id, department_id) if department_id else None
        if until is not None and until <= on:
            raise DepartmentNotThere()
        last = await _last(unit_id, department_id, post)
        if last:
            require_not_before(on, last["since"])
        await _replace(unit_id, department_id, post, seats, on, until, check_decision(decision))
        before = {"seats": last["seats"]} if last else None
        after = {"post": post, "department_id": department_id, "seats": seats, "since": on.isoformat()}
        await record(caller, "post.seats_set", unit_id, "post", f"{unit_id}/{post}", before, after)


async def _end_of(unit_id: UUID, department_id: UUID) -> date | None:
    """Return the day on which a department of the unit closes, None when none is known; locked, so that it stays so."""
    if not await db.value(
        "SELECT true FROM department WHERE id = $1 AND unit_id = $2 FOR SHARE", department_id, unit_id
    ):
        raise NotFound("department", department_id)
    return await db.value(
        "SELECT upper(range_merge(range_agg(valid))) FROM department_version WHERE department_id = $1", department_id
    )


async def _last(unit_id: UUID, department_id: UUID | None, post: str) -> db.Record | None:
    return await db.row(
        """SELECT lower(valid) AS since, seats FROM post
           WHERE unit_id = $1 AND department_id IS NOT DISTINCT FROM $2 AND code = $3
           ORDER BY lower(valid) DESC LIMIT 1""",
        unit_id,
        department_id,
        post,
    )


async def _replace(
    unit_id: UUID,
    department_id: UUID | None,
    post: str,
    seats: int,
    on: date,
    until: date | None,
    decision: str | None,
) -> None:
    of_post = "unit_id = $1 AND department_id IS NOT DISTINCT FROM $2 AND code = $3"
    key = (unit_id, department_id, post, on)
    await db.execute(f"DELETE FROM post WHERE {of_post} AND lower(valid) = $4", *key)
    await db.execute(f"UPDATE post SET valid = daterange(lower(valid), $4) WHERE {of_post} AND valid @> $4::date", *key)
    if seats:
        post_vi, post_en = await labels("post", post, on)
        full = PostFull(post_vi=post_vi, post_en=post_en)
        async with db.refusing({"post_within_seats": full, "department_there": DepartmentNotThere()}):
            await db.execute(
                """INSERT INTO post (unit_id, department_id, code, seats, valid, decision_number)
                   VALUES ($1, $2, $3, $5, daterange($4, $6), $7)""",
                *key,
                seats,
                until,
                decision,
            )


# How many people hold a post on the day in $3.
_HOLDERS = """CROSS JOIN LATERAL (
                SELECT count(*)::int AS holders FROM appointment AS held
                WHERE held.unit_id = post.unit_id AND held.post = post.code
                  AND held.department_id IS NOT DISTINCT FROM post.department_id AND held.valid @> $3::date) AS held"""
_COLUMNS = """post.id::text, post.unit_id, post.department_id, post.code, post.seats, held.holders,
              post.seats - held.holders AS vacant, lower(post.valid) AS since, upper(post.valid) AS until"""


async def posts_of(
    caller: Caller, units: Sequence[UUID], limit: int, after: tuple[int, str] | None, on: date | None = None
) -> list[db.Record]:
    """Return up to `limit` posts with seats of each unit on a day (None: today), by rank, after (rank, id)."""
    seen, scopes = scope(caller, ["worker"], "stands.path", first_parameter=7)
    rank, post = after or (None, None)
    return await db.rows(
        f"""SELECT found.*
            FROM unnest($1::uuid[]) AS asked (id)
            JOIN unit_path AS stands ON stands.unit_id = asked.id
              AND stands.since <= $4 AND stands.until > $4 AND {seen}
            CROSS JOIN LATERAL (
              SELECT * FROM (
                SELECT {_COLUMNS}, coalesce(term.position, 0) AS rank
                FROM post {_HOLDERS}
                LEFT JOIN term ON term.vocabulary = 'post' AND term.code = post.code AND term.valid @> $3::date
                WHERE post.unit_id = asked.id AND post.valid @> $3::date) AS ranked
              WHERE $5::bigint IS NULL OR (rank, id) > ($5, $6::text)
              ORDER BY rank, id LIMIT $2) AS found""",
        list(units),
        limit,
        on or today(),
        today(),
        rank,
        post,
        *scopes,
    )


async def vacancies_below(
    caller: Caller,
    paths: Sequence[str],
    limit: int,
    after: tuple[str, str, str] | None,
    on: date,
    post: str | None = None,
) -> list[db.Record]:
    """Return up to `limit` posts with free seats in each subtree on a day, in the tree's order, after (path, code, id).

    `root` names the path that was asked for, in the tree of that day. Only units of today's scope are looked at.
    """
    seen, scopes = scope(caller, ["worker"], "stands.path", first_parameter=9)
    place, code, row_id = after or (None, None, None)
    return await db.rows(
        f"""SELECT asked.path AS root, found.*
            FROM unnest($1::text[]) AS asked (path) CROSS JOIN LATERAL (
              SELECT place.path, {_COLUMNS}
              FROM unit_path AS place
              JOIN unit_path AS stands ON stands.unit_id = place.unit_id
                AND stands.since <= $4 AND stands.until > $4 AND {seen}
              JOIN post ON post.unit_id = place.unit_id AND post.valid @> $3::date {_HOLDERS}
              WHERE place.path >= asked.path AND place.path < asked.path || '~'
                AND place.since <= $3 AND place.until > $3 AND place.open
                AND held.holders < post.seats AND ($5::text IS NULL OR post.code = $5)
                AND ($6::text IS NULL OR (place.path, post.code, post.id::text) > ($6, $7::text, $8::text))
              ORDER BY place.path, post.code, post.id::text LIMIT $2) AS found""",
        list(paths),
        limit,
        on,
        today(),
        post,
        place,
        code,
        row_id,
        *scopes,
    )

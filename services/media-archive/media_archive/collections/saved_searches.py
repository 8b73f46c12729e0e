"""Questions that a person wants to ask again, and how much is new since they last looked.

What is new is counted when its owner asks, with what they may see at that moment; meanwhile notices tell of it (`jobs`,
`notices`). Like favourites, these are nobody else's business, and no trail tells them.
"""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import parse_qsl, urlencode
from uuid import UUID, uuid4

from kit import db
from kit.db import Record
from kit.errors import DomainError, InvalidInput, NotFound
from kit.identity import Caller
from media_archive.assets.visibility import sight_of, visible_to
from media_archive.collections.questions import understood
from media_archive.collections.standing import note_standing
from media_archive.search.asking import Order
from media_archive.search.follow import current_follower
from media_archive.units import service as units

MOST = 50
_LONGEST_NAME = 100
_LONGEST_QUESTION = 2_000
# What says where on the page one is, and how it looks: no part of the question.
_NOT_ASKED = frozenset({"after", "lang", "sort", "view"})
_MOST_NEW = 100


class TooManySavedSearches(DomainError):
    """A person keeps no more searches than so many."""

    code = "TOO_MANY_SAVED_SEARCHES"
    vi = "Mỗi người lưu tối đa {most} câu tìm kiếm."
    en = "You can save at most {most} searches."
    extra = {"most": int}


async def save_search(caller: Caller, name: str, question: str) -> Record:
    """Keep a question of the search page's address for the caller; TooManySavedSearches beyond 50."""
    caller.require_someone()
    clean, asked = _checked_name(name), checked_question(question)
    async with db.transaction():
        await db.execute("SELECT pg_advisory_xact_lock(hashtextextended('saved_search:' || $1, 0))", caller.subject)
        place = await db.value(
            """SELECT min(free) FROM generate_series(1, $2::integer) AS free
               WHERE free NOT IN (SELECT place FROM saved_search WHERE subject = $1)""",
            caller.subject,
            MOST,
        )
        if place is None:
            raise TooManySavedSearches(most=MOST)
        search_id = uuid4()
        await db.execute(
            "INSERT INTO saved_search (id, subject, place, name, question) VALUES ($1, $2, $3, $4, $5)",
            search_id,
            caller.subject,
            place,
            clean,
            asked,
        )
        await note_standing(caller)
    return await _own(caller, search_id)


def _checked_name(name: str) -> str:
    clean = " ".join(name.replace("\0", "").split())
    if not 1 <= len(clean) <= _LONGEST_NAME:
        raise InvalidInput("name", f"cần từ 1 đến {_LONGEST_NAME} ký tự", f"needs 1 to {_LONGEST_NAME} characters")
    return clean


def checked_question(question: str) -> str:
    """Return a question without what is no part of it; InvalidInput for an empty or an overlong one."""
    parts = parse_qsl(question.removeprefix("?").replace("\0", ""))
    asked = urlencode([(name, text) for name, text in parts if name not in _NOT_ASKED and text])
    if not asked or len(asked) > _LONGEST_QUESTION:
        raise InvalidInput("question", "cần một câu tìm kiếm", "needs a question of the search page")
    return asked


async def saved_searches(caller: Caller) -> list[Record]:
    """Return the caller's searches, at most 50, in the order in which they were saved."""
    caller.require_someone()
    await note_standing(caller)
    return await db.rows(
        "SELECT id, name, question, seen_at FROM saved_search WHERE subject = $1 ORDER BY place", caller.subject
    )


async def see_search(caller: Caller, search_id: UUID) -> Record:
    """Note that the caller has looked: from now on other things are new, and its notice is seen. Return the search."""
    caller.require_someone()
    async with db.transaction():
        own = await db.value(
            "UPDATE saved_search SET seen_at = clock_timestamp() WHERE id = $1 AND subject = $2 RETURNING id",
            search_id,
            caller.subject,
        )
        await db.execute(
            "UPDATE search_notice SET seen_at = clock_timestamp() WHERE search_id = $1 AND seen_at IS NULL", own
        )
    return await _own(caller, search_id)


async def forget_search(caller: Caller, search_id: UUID) -> None:
    """Forget one of the caller's searches."""
    caller.require_someone()
    await _own(caller, search_id)
    await db.execute("DELETE FROM saved_search WHERE id = $1 AND subject = $2", search_id, caller.subject)


async def _own(caller: Caller, search_id: UUID) -> Record:
    found = await db.row(
        "SELECT id, name, question, seen_at FROM saved_search WHERE id = $1 AND subject = $2", search_id, caller.subject
    )
    if found is None:
        raise NotFound("saved_search", search_id)
    return found


async def count_news(caller: Caller, looked: Sequence[tuple[str, datetime]]) -> list[int | None]:
    """Return for each question, and the moment it was last looked at, how much of what it finds came in since.

    At most 100 are counted. None where the search is not ready, or the question names what is no more. PostgreSQL has
    the last word on what the caller sees: one statement, however many questions.
    """
    found = [await _newest(caller, question) for question, _ in looked]
    answers = [
        (place, one, looked[place][1]) for place, some in enumerate(found) for one in (some if some is not None else [])
    ]
    if not answers:
        return [None if some is None else 0 for some in found]
    visible, arguments = visible_to(caller, 4)
    counted = await db.rows(
        f"""SELECT answer.place, count(*) AS number
            FROM unnest($1::integer[], $2::uuid[], $3::timestamptz[]) AS answer (place, id, since)
                 JOIN asset ON asset.id = answer.id AND asset.added_at > answer.since
            WHERE {visible} GROUP BY answer.place""",
        *(list(column) for column in zip(*answers, strict=True)),
        *arguments,
    )
    numbers = {row["place"]: row["number"] for row in counted}
    return [None if some is None else numbers.get(place, 0) for place, some in enumerate(found)]


async def _newest(caller: Caller, question: str) -> list[UUID] | None:
    """Return what a question finds, those added last first; None when it can't be asked now."""
    asked = understood(question)
    if asked is None:
        return None
    try:
        path = (await units.find_unit(asked.unit_id)).path if asked.unit_id else None
        follower = current_follower()
    except DomainError:
        return None
    put = asked.asked(sight_of(caller), path)
    found = await follower.ask(follower.index.search, put, limit=_MOST_NEW, order=Order.ADDED, after=None)
    return [UUID(one) for one in found.ids]

"""What saved searches told their owner: read with what the owner may see now, not with what they might then."""

from collections.abc import Sequence
from uuid import UUID

from kit import db
from kit.db import Record
from kit.errors import InvalidInput, NotFound
from kit.graphql import Window
from kit.identity import Caller
from media_archive.assets.visibility import visible_to
from media_archive.collections.standing import note_standing

MOST_AT_ONCE = 100
SHOWN = 5
"""Materials that a notice shows by themselves."""

_NOTICES = """
SELECT notice.id, notice.number, notice.made_at, notice.seen_at, saved_search.id AS search_id, saved_search.name,
    saved_search.question, saved_search.seen_at AS looked_at, shown.ids, cardinality(shown.ids) AS asset_count
FROM search_notice AS notice JOIN saved_search ON saved_search.id = notice.search_id
     CROSS JOIN LATERAL (
         SELECT array_agg(asset.id ORDER BY asset.added_at DESC, asset.id DESC) AS ids FROM asset
         WHERE asset.id = ANY(notice.asset_ids) AND {visible}) AS shown
WHERE saved_search.subject = $1 AND shown.ids IS NOT NULL AND {wanted}
ORDER BY notice.number DESC LIMIT $2
"""


async def notices(caller: Caller, window: Window, *, unseen_only: bool = False) -> list[Record]:
    """Return up to `window.limit` of the caller's notices, the newest first, with what of each they may see now.

    `ids` are the materials, those added last first, at most 100. A notice of which nothing may be seen any more is
    not there.
    """
    caller.require_someone()
    await note_standing(caller)
    wanted = ["notice.seen_at IS NULL"] if unseen_only else ["TRUE"]
    arguments: list[object] = [caller.subject, window.limit]
    if window.after is not None:
        wanted.append("notice.number < $3")
        arguments.append(window.after[0])
    visible, scopes = visible_to(caller, len(arguments) + 1)
    return await db.rows(_NOTICES.format(visible=visible, wanted=" AND ".join(wanted)), *arguments, *scopes)


async def see_notices(caller: Caller, ids: Sequence[UUID]) -> list[Record]:
    """Mark notices as seen; return those of them that still tell something. Again changes nothing.

    NotFound when one is not the caller's: then none is marked. InvalidInput for none or more than 100.
    """
    caller.require_someone()
    wanted = set(ids)
    if not 1 <= len(wanted) <= MOST_AT_ONCE:
        raise InvalidInput("ids", f"cần từ 1 đến {MOST_AT_ONCE} thông báo", f"needs 1 to {MOST_AT_ONCE} notices")
    async with db.transaction():
        # The searches first, in their order, as the job that makes notices takes them.
        own = await db.rows(
            """SELECT notice.id FROM saved_search JOIN search_notice AS notice ON notice.search_id = saved_search.id
               WHERE saved_search.subject = $1 AND notice.id = ANY($2::uuid[])
               ORDER BY saved_search.id FOR UPDATE OF saved_search""",
            caller.subject,
            list(wanted),
        )
        unknown = wanted - {row["id"] for row in own}
        if unknown:
            raise NotFound("search_notice", min(unknown))
        await db.execute(
            "UPDATE search_notice SET seen_at = clock_timestamp() WHERE id = ANY($1::uuid[]) AND seen_at IS NULL",
            list(wanted),
        )
    visible, scopes = visible_to(caller, 4)
    statement = _NOTICES.format(visible=visible, wanted="notice.id = ANY($3::uuid[])")
    return await db.rows(statement, caller.subject, len(wanted), list(wanted), *scopes)


async def count_unseen(caller: Caller) -> int:
    """Return how many of the caller's saved searches have told of something they did not see yet, at most 50."""
    caller.require_someone()
    visible, scopes = visible_to(caller, 2)
    return await db.value(
        f"""SELECT count(*) FROM search_notice AS notice JOIN saved_search ON saved_search.id = notice.search_id
            WHERE saved_search.subject = $1 AND notice.seen_at IS NULL
              AND EXISTS (SELECT FROM asset WHERE asset.id = ANY(notice.asset_ids) AND {visible})""",
        caller.subject,
        *scopes,
    )

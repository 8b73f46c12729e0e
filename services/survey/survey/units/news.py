"""Whether org's news of its tree are all in, so that a wave may freeze it.

Org tells of a change once its day has begun, by a job that runs every minute, and of a large one in several events of
up to 200 units; each is applied here in a transaction of its own. A wave that opened at 00:00 of a reorganisation's
day would freeze yesterday's tree, one that opened some seconds later a mixture. So a wave opens only

- from 00:05 on (`survey.programmes.service.waves`): by then org has long told of the day, also when its first try
  failed;
- when the last event of org's stream has been applied: also after this service was down over night;
- when that last event is not a `units.rewritten` of this minute. Only these come in several for one change. They are
  written in one transaction, follow each other without others in between and are relayed within seconds, so that in
  the midst of them the last one in the stream is always one of them and young.

While a wave freezes its frame, further news wait: the position in the stream is locked and compared again.

What remains: when org or its relay is down from midnight on, or dies in the midst of relaying and stays away for more
than a minute, nothing here tells, and the wave opens on the tree as it was told; `treeVersion` says which that is.
"""

from datetime import datetime, timedelta

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from kit import db, settings
from kit.errors import DomainError
from kit.events import stream_of
from survey.calendar import now

RELAYED_WITHIN = timedelta(minutes=1)
_STREAM = stream_of("org")


class SurveyTreeUnsettled(DomainError):
    """News of the union's tree are still on their way, or it is before 00:05; the wave opens when they are in."""

    code = "SURVEY_TREE_UNSETTLED"
    vi = "Thay đổi về cây tổ chức đang được cập nhật; đợt khảo sát chỉ mở được khi cập nhật xong."
    en = "Changes of the union's tree are still coming in; the wave can open when they are."


async def current_position() -> int | None:
    """Return what `settled_position` does; None also when there is no way to look at org's stream."""
    try:
        async with Redis.from_url(settings.current().redis_url) as redis:
            return await settled_position(redis)
    except (RedisConnectionError, RedisTimeoutError):
        return None


async def settled_position(redis: Redis) -> int | None:
    """Return the position in org's stream up to which all is applied; None while more is on its way."""
    newest = await redis.xrevrange(_STREAM, count=1)
    position = await db.value("SELECT position FROM consumed WHERE stream = $1", _STREAM) or 0
    if not newest:
        return None if position else 0
    entry_id, fields = newest[0]
    if int(entry_id.split(b"-")[0]) != position:
        return None
    told_at = datetime.fromisoformat(fields[b"at"].decode())
    if fields[b"type"] == b"units.rewritten" and now() - told_at < RELAYED_WITHIN:
        return None
    return position


async def hold(position: int | None) -> None:
    """Let no news be applied until the end of the transaction; SurveyTreeUnsettled if some came since `position`."""
    held = await db.value("SELECT position FROM consumed WHERE stream = $1 FOR SHARE", _STREAM) or 0
    if held != position:
        raise SurveyTreeUnsettled()

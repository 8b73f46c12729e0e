"""Leaving a trace of each use, by hand or by itself."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from kit import db
from kit.db import Record
from kit.errors import InvalidInput, none_of
from kit.identity import Caller
from media_archive.assets import service as assets
from media_archive.audit.service import tell_of_asset
from media_archive.reuse.kinds import CALLED, KINDS, Kind
from media_archive.units.service import find_unit

COLUMNS = """reuse.id, reuse.asset_id, reuse.version, reuse.unit_id, reuse.subject, reuse.kind, reuse.channel_id,
    reuse.campaign, reuse.link, reuse.at, reuse.recorded_at"""
_CHANNEL = re.compile(r"[0-9A-Za-z_-]{1,64}")
_LONGEST_CAMPAIGN = 200
_LONGEST_LINK = 2_000
_EARLIEST = datetime(1929, 7, 28, tzinfo=UTC)  # the union's founding day
_CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class NewReuse:
    """A use that somebody tells of. `at` is when it was used, by default now; `link` where it was published."""

    asset_id: UUID
    unit_id: UUID
    kind: str
    channel_id: str = ""
    campaign: str = ""
    link: str = ""
    at: datetime | None = None


async def record_reuse(caller: Caller, new: NewReuse) -> Record:
    """Tell that a unit used a material; return the entry. Contributors of the unit who may see the material may."""
    caller.require_someone()
    unit = await find_unit(new.unit_id)
    caller.require("contributor", unit.path)
    if new.kind not in KINDS:
        raise none_of("kind", CALLED)
    channel_id, campaign, link, at = (
        _checked_channel(new.channel_id),
        _checked_campaign(new.campaign),
        _checked_link(new.link),
        _checked_moment(new.at),
    )
    async with db.transaction():
        await assets.asset(caller, new.asset_id)
        added = await db.row(
            f"""INSERT INTO reuse (asset_id, version, unit_id, subject, kind, channel_id, campaign, link, at)
                SELECT id, version, $2, $3, $4, $5, $6, $7, $8 FROM asset WHERE id = $1
                RETURNING {COLUMNS}""",
            new.asset_id,
            unit.id,
            caller.subject,
            new.kind,
            channel_id,
            campaign,
            link,
            at,
        )
        assert added is not None
        told = {"kind": new.kind, "unit": unit.id, "version": added["version"], "reuse": added["id"]}
        await tell_of_asset(caller, "asset.reused", new.asset_id, None, told)
    return added


async def note_reuse(
    asset_id: UUID, kind: Kind, unit_id: UUID | None, *, channel_id: str = "", campaign: str = ""
) -> None:
    """Leave a trace of a use that the product itself saw, for a caller whose right to it was judged already.

    Once for each material, version, unit, kind and day, so that a player's range requests are one use. `unit_id` is
    None when a link or an embed brought somebody of no known unit. No account is kept: that the unit used it is enough.
    """
    await db.execute(
        """INSERT INTO reuse (asset_id, version, unit_id, kind, channel_id, campaign, is_trace)
           SELECT id, version, $2, $3, $4, $5, TRUE FROM asset WHERE id = $1
           ON CONFLICT DO NOTHING""",
        asset_id,
        unit_id,
        kind,
        channel_id,
        campaign,
    )


async def note_download(caller: Caller, asset_id: UUID) -> None:
    """Leave a trace when somebody who works with materials takes an original; readers leave none."""
    if (unit_id := using_unit(caller)) is not None:
        await note_reuse(asset_id, "download", unit_id)


def using_unit(caller: Caller) -> UUID | None:
    """Return the unit for which a caller uses materials: of those where they contribute, the one furthest down."""
    grants = [grant for grant in caller.grants if grant.unit_id and caller.may("contributor", grant.path)]
    if not grants:
        return None
    return UUID(min(grants, key=lambda grant: (-len(grant.path), grant.path)).unit_id)


def _checked_channel(channel_id: str) -> str:
    if channel_id and not _CHANNEL.fullmatch(channel_id):
        raise InvalidInput("channelId", "không phải mã kênh của tổ chức", "is no id of one of org's channels")
    return channel_id


def _checked_campaign(campaign: str) -> str:
    clean = " ".join("".join(letter for letter in campaign if letter.isprintable() or letter == " ").split())
    if len(clean) > _LONGEST_CAMPAIGN:
        raise InvalidInput(
            "campaign", f"nhiều nhất {_LONGEST_CAMPAIGN} ký tự", f"at most {_LONGEST_CAMPAIGN} characters"
        )
    return clean


def _checked_link(link: str) -> str:
    link = link.strip()
    if not link:
        return ""
    refusal = InvalidInput("link", "cần địa chỉ http hoặc https", "needs an http or https address")
    if len(link) > _LONGEST_LINK or not link.isprintable() or " " in link:
        raise refusal
    try:
        parts = urlsplit(link)
    except ValueError as error:
        raise refusal from error
    # An address with a name and a password in it would show them to all who read the entry.
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise refusal
    return link


def _checked_moment(at: datetime | None) -> datetime:
    now = datetime.now(UTC)
    if at is None:
        return now
    moment = at if at.tzinfo else at.replace(tzinfo=UTC)
    if not _EARLIEST <= moment <= now + _CLOCKS_DIFFER:
        raise InvalidInput("at", "phải là một thời điểm đã qua", "must be a moment that has passed")
    return moment

"""Share links: a way in for whoever was handed one, for a time, counted, and ended by its makers or by what happens to
the material.

The secret in the address is random (192 bits) and kept only as its hash. A use is a browser that loads something
through the link: `visit` is what such a browser keeps for half a day, so that its further requests are no new uses.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from kit import db
from kit.calendar import today
from kit.db import Record
from kit.errors import DomainError, InvalidInput, NotFound
from kit.graphql import Window
from kit.identity import Caller
from kit.jobs import job
from media_archive.assets.service import COLUMNS as ASSET_COLUMNS
from media_archive.audit.service import tell_of_asset
from media_archive.reuse.service import note_reuse
from media_archive.rights.holding import asset_of_editor, held_asset
from media_archive.rights.reach import OUTSIDE, require_scopes
from media_archive.rights.service import checked_line
from media_archive.sharing import passwords

COLUMNS = """share_link.id, share_link.number, share_link.asset_id, share_link.label, share_link.with_original,
    share_link.origins, share_link.password_salt, share_link.password_hash, share_link.created_at,
    share_link.expires_at, share_link.most_uses, share_link.uses, share_link.revoked_at"""
LONGEST = timedelta(days=366)
_SECRET = re.compile(r"[A-Za-z0-9_-]{32}")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")
_MOST_LINKS = 100
_MOST_ORIGINS = 10
_MOST_USES = 1_000_000

SHOWN = """asset.state = 'kept' AND asset.hidden IS NULL
    AND coalesce(asset.embargo_until <= ${day}, TRUE) AND coalesce(asset.lease_until > ${day}, TRUE)
    AND NOT EXISTS (SELECT FROM consent WHERE consent.asset_id = asset.id AND consent.settled_at IS NULL
                    AND NOT consent.scope = ANY('{{public,named}}'))"""
"""Of the material: what ends it for everybody ends it for links, too. `day` is the number of today's parameter."""


class ShareLinkOver(DomainError):
    """The link was ended, has expired, or was used as often as it may be."""

    code = "SHARE_LINK_OVER"
    vi = "Đường dẫn chia sẻ này không còn dùng được. Hãy hỏi người đã gửi."
    en = "This link can no longer be used. Ask whoever sent it to you."


class TooManyShareLinks(DomainError):
    """An asset has as many links that work as it can have."""

    code = "TOO_MANY_SHARE_LINKS"
    vi = "Một tài liệu có nhiều nhất {most} đường dẫn còn hiệu lực."
    en = "A material has at most {most} links that work."
    extra = {"most": int}


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link to make: until when, how often, with a password or none, with the original or its renditions alone.

    `origins` are websites whose pages may show it; such a link has neither a password nor a bound of uses.
    """

    asset_id: UUID
    expires_at: datetime
    label: str = ""
    with_original: bool = True
    password: str | None = None
    most_uses: int | None = None
    origins: tuple[str, ...] = ()


def hash_of(secret: str) -> bytes:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


async def make_link(caller: Caller, new: NewLink) -> tuple[Record, str]:
    """Make a link; return it and its secret, which nobody is told again.

    Needs an editor of the asset's unit. ConsentDoesNotReach when somebody who is shown agreed to the union or less;
    TooManyShareLinks beyond 100 that work.
    """
    origins = _checked(new)
    async with db.transaction():
        held = await held_asset(caller, new.asset_id)
        label = checked_line("label", new.label, 200)
        await require_scopes(held["id"], OUTSIDE)
        await _check_number(held["id"])
    # Slow, so not inside a transaction that holds the asset.
    salt, password = await passwords.hashed(new.password) if new.password is not None else (None, None)
    async with db.transaction():
        await held_asset(caller, new.asset_id)
        await require_scopes(new.asset_id, OUTSIDE)
        await _check_number(new.asset_id)
        link_id, secret = uuid4(), secrets.token_urlsafe(24)
        await db.execute(
            """INSERT INTO share_link (id, asset_id, secret_hash, label, made_by, with_original, origins, password_salt,
                                       password_hash, expires_at, most_uses)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)""",
            link_id,
            new.asset_id,
            hash_of(secret),
            label,
            caller.subject,
            new.with_original,
            origins,
            salt,
            password,
            new.expires_at,
            new.most_uses,
        )
        await note_reuse(new.asset_id, "share", held["unit_id"])
        await tell_of_asset(caller, "share_link.made", new.asset_id, None, {**_told(new), "link": str(link_id)})
        return await _link(link_id), secret


def _told(new: NewLink) -> dict[str, object]:
    return {
        "expires_at": new.expires_at.isoformat(),
        "with_original": new.with_original,
        "has_password": new.password is not None,
        "most_uses": new.most_uses,
        "origins": list(new.origins),
    }


def _checked(new: NewLink) -> list[str]:
    now = datetime.now(UTC)
    if new.expires_at.tzinfo is None or not now < new.expires_at <= now + LONGEST:
        raise InvalidInput("expiresAt", "cần một lúc trong vòng 366 ngày tới", "needs a moment in the next 366 days")
    if new.most_uses is not None and not 1 <= new.most_uses <= _MOST_USES:
        raise InvalidInput("mostUses", f"cần từ 1 đến {_MOST_USES}", f"needs 1 to {_MOST_USES}")
    origins = list(dict.fromkeys(checked_origin(one) for one in new.origins))
    if len(origins) > _MOST_ORIGINS:
        raise InvalidInput("origins", f"nhiều nhất {_MOST_ORIGINS} trang web", f"at most {_MOST_ORIGINS} websites")
    if origins and (new.password is not None or new.most_uses is not None):
        raise InvalidInput(
            "origins",
            "đường dẫn nhúng vào trang web không có mật khẩu hay số lần mở",
            "a link for websites has neither a password nor a bound of uses",
        )
    return origins


def checked_origin(text: str) -> str:
    """Return a website's origin such as `https://congdoan.example`; InvalidInput for anything else."""
    origin = text.strip().lower().rstrip("/")
    if not _ORIGIN.fullmatch(origin) or len(origin) > 200:
        raise InvalidInput("origins", "cần địa chỉ dạng https://trang.vn", "needs addresses such as https://page.vn")
    return origin


async def _check_number(asset_id: UUID) -> None:
    working = await db.value(
        "SELECT count(*) FROM share_link WHERE asset_id = $1 AND revoked_at IS NULL AND expires_at > now()", asset_id
    )
    if working >= _MOST_LINKS:
        raise TooManyShareLinks(most=_MOST_LINKS)


async def revoke_link(caller: Caller, link_id: UUID) -> Record:
    """End a link for good, also for whoever is loading something through it; needs an editor of the asset's unit."""
    caller.require_someone()
    async with db.transaction():
        link = await _link(link_id)
        try:
            await held_asset(caller, link["asset_id"])
        except NotFound as error:
            raise NotFound("link", link_id) from error
        ended = await db.value(
            "UPDATE share_link SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL RETURNING true", link_id
        )
        if ended:
            await tell_of_asset(caller, "share_link.revoked", link["asset_id"], None, {"link": str(link_id)})
        return await _link(link_id)


async def links_of(caller: Caller, asset_id: UUID, window: Window) -> list[Record]:
    """Return up to `window.limit` links of an asset, the newest first; needs an editor of its unit."""
    await asset_of_editor(caller, asset_id)
    return await db.rows(
        f"""SELECT {COLUMNS} FROM share_link WHERE asset_id = $1 AND ($3::bigint IS NULL OR number < $3)
            ORDER BY number DESC LIMIT $2""",
        asset_id,
        window.limit,
        window.after[0] if window.after else None,
    )


async def opened(secret: str, visit: UUID | None) -> Record:
    """Return the link of a secret with its asset (`asset_…` and the asset's own names).

    NotFound for a secret that is none, and when the material is not to be seen; ShareLinkOver when the link ended, or
    was used up by others than `visit`.
    """
    if not _SECRET.fullmatch(secret):
        raise NotFound("link", "…")
    found = await db.row(
        f"""SELECT {ASSET_COLUMNS}, share_link.id AS link_id, share_link.label, share_link.with_original,
                share_link.origins, share_link.password_salt, share_link.password_hash, share_link.expires_at,
                share_link.revoked_at, share_link.expires_at <= now() AS is_over,
                share_link.uses >= share_link.most_uses AND NOT EXISTS (
                    SELECT FROM share_visit WHERE share_visit.link_id = share_link.id AND share_visit.visit = $3)
                    AS is_used_up
            FROM share_link JOIN asset ON asset.id = share_link.asset_id
            JOIN stored_file ON stored_file.sha256 = asset.sha256
            WHERE share_link.secret_hash = $1 AND {SHOWN.format(day=2)}""",
        hash_of(secret),
        today(),
        visit,
    )
    if found is None:
        raise NotFound("link", "…")
    if found["revoked_at"] is not None or found["is_over"] or found["is_used_up"]:
        raise ShareLinkOver()
    return found


async def count_use(link_id: UUID, visit: UUID) -> None:
    """Count a visit the first time that it loads something; ShareLinkOver when the link is used up."""
    async with db.transaction():
        is_new = await db.value(
            "INSERT INTO share_visit (link_id, visit) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING true",
            link_id,
            visit,
        )
        if is_new and not await db.value(
            """UPDATE share_link SET uses = uses + 1 WHERE id = $1 AND (most_uses IS NULL OR uses < most_uses)
               RETURNING true""",
            link_id,
        ):
            raise ShareLinkOver()


async def _link(link_id: UUID) -> Record:
    found = await db.row(f"SELECT {COLUMNS} FROM share_link WHERE id = $1", link_id)
    if found is None:
        raise NotFound("link", link_id)
    return found


@job("media_archive.forget_visits", timeout=60)
async def forget_visits() -> None:
    """Forget visits when no address that was given out for them works any more, and links a year after their end."""
    await db.execute("DELETE FROM share_visit WHERE at < now() - interval '9 days'")
    await db.execute(
        "DELETE FROM share_link WHERE least(expires_at, coalesce(revoked_at, expires_at)) < now() - interval '1 year'"
    )

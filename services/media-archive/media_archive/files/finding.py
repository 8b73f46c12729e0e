"""Which file somebody is sent: the database has the last word, on every request.

Who makes materials for the asset's unit is sent the original. Everybody else is sent its public copy, which tells no
place, no device and nobody's name; while there is none, nothing is sent.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from kit import db
from kit.db import Record
from kit.errors import DomainError, NotFound
from kit.identity import Caller
from kit.storage import storage
from media_archive.assets.visibility import visible_to
from media_archive.files.addresses import ORIGINAL, file_path
from media_archive.keeping.versions import version_file
from media_archive.renditions.plans import HLS, HLS_MEDIA, PUBLIC
from media_archive.uploads.keeping import key_of
from media_archive.uploads.media_types import TEXT

_PAGE = re.compile(r"page-([1-9]\d{0,3})")
_VERSION = re.compile(r"v([1-9]\d{0,8})")
_TRACK = re.compile(r"(captions|transcript)-([a-z]{2,3})")


class FileBeingPrepared(DomainError):
    """The copy for people outside of the unit is still to be made."""

    code = "FILE_BEING_PREPARED"
    vi = "Bản dành cho người ngoài đơn vị đang được tạo. Hãy thử lại sau ít phút."
    en = "The copy for people outside of the unit is being made. Try again in a few minutes."


class FileHasNoPublicCopy(DomainError):
    """What the original tells of its makers could not be taken out, so only those who made it are sent it."""

    code = "FILE_HAS_NO_PUBLIC_COPY"
    vi = "Không tách được thông tin riêng khỏi tệp này, nên chỉ đơn vị sở hữu tải được bản gốc."
    en = "What the file tells of its makers could not be taken out, so only its unit can load the original."


class FileDamaged(DomainError):
    """The file was read again and is not what was kept; it is sent to nobody until the same bytes put it right."""

    code = "FILE_DAMAGED"
    vi = "Tệp này bị hỏng trong kho nên tạm thời không tải được. Đơn vị sở hữu đã được báo để đưa lại bản đúng."
    en = "The file was damaged in the archive, so it can't be loaded for now. Its unit was told to bring it again."


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it lies in the store, or, with `content`, as it was put together just now."""

    sha256: bytes
    size: int
    media_type: str
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """How somebody comes to a file.

    `caller` is who they are, None for whoever has a link alone. `open` gives SQL over `asset`, and its arguments
    numbered from a first one, that holds for what is open to them; `is_maker` tells of a unit's path whether they are
    sent originals as they are; `address` gives an address of another file of the same asset, for them.
    """

    caller: Caller | None
    open: Callable[[int], tuple[str, list[object]]]
    is_maker: Callable[[str], bool]
    address: Callable[[UUID, str, str], str]


def way_of(caller: Caller, led: Callable[[str], str] = str, by_grant: UUID | None = None) -> Way:
    """Return the way of somebody with their passport, or led here by a grant to a person.

    `led` gives the path by which they reach a file's path.
    """
    return Way(
        caller,
        lambda first: visible_to(caller, first, by_grant=by_grant),
        lambda path: caller.may("contributor", path),
        lambda asset_id, variant, name: led(file_path(asset_id, variant, name)),
    )


def is_track(variant: str) -> bool:
    """Whether this is a text put together by the archive, which players load from the page's own origin alone."""
    return _TRACK.fullmatch(variant) is not None


async def unit_path_of(asset_id: UUID) -> str:
    """Return where the unit of an asset stands that is open to whoever asks."""
    return await db.value("SELECT unit_path FROM asset WHERE id = $1", asset_id)


async def find_file(way: Way, asset_id: UUID, variant: str) -> Sent:
    """Return what somebody is sent: `original`, a rendition's name, `page-3`, `captions-vi` or `transcript-vi`.

    NotFound when there is no such file or the asset is not open to them; FileBeingPrepared and FileHasNoPublicCopy
    of an original that is not to leave its unit as it is; FileDamaged of what is not what was kept.
    """
    found = await _look_up(variant)(way, asset_id, variant)
    if found is None:
        raise NotFound("file", f"{asset_id}/{variant}")
    return found


def _look_up(variant: str) -> Callable[[Way, UUID, str], Awaitable[Sent | None]]:
    if variant == ORIGINAL:
        return _original
    if _PAGE.fullmatch(variant):
        return _page
    if _TRACK.fullmatch(variant):
        return _track
    if _VERSION.fullmatch(variant):
        return _version
    return _playlist if variant == HLS else _rendition


async def _original(way: Way, asset_id: UUID, _: str) -> Sent | None:
    visible, arguments = way.open(3)
    found = await db.row(
        f"""SELECT asset.unit_path, original.sha256, original.size, original.media_type, original.damage,
                   rendition.state, copy.sha256 AS copy_sha256, copy.size AS copy_size,
                   copy.media_type AS copy_media_type, copy.damage AS copy_damage
            FROM asset JOIN stored_file AS original ON original.sha256 = asset.sha256
            LEFT JOIN rendition ON rendition.asset_id = asset.id AND rendition.name = $2
            LEFT JOIN stored_file AS copy ON copy.sha256 = rendition.sha256
            WHERE asset.id = $1 AND {visible}""",
        asset_id,
        PUBLIC,
        *arguments,
    )
    if found is None:
        return None
    # A plain text has no place for what its words do not say.
    if found["media_type"] == TEXT.name or way.is_maker(found["unit_path"]):
        return _sent(found)
    if found["state"] in ("waiting", "running"):
        raise FileBeingPrepared()
    if found["copy_sha256"] is None:
        raise FileHasNoPublicCopy()
    return _sent(found, "copy_")


def _sent(found: Record, which: str = "") -> Sent:
    if found[f"{which}damage"] is not None:
        raise FileDamaged()
    return Sent(found[f"{which}sha256"], found[f"{which}size"], found[f"{which}media_type"])


async def _rendition(way: Way, asset_id: UUID, name: str) -> Sent | None:
    visible, arguments = way.open(3)
    found = await db.row(
        f"""SELECT stored_file.sha256, stored_file.size, stored_file.media_type, stored_file.damage
            FROM asset
            JOIN rendition ON rendition.asset_id = asset.id AND rendition.name = $2 AND rendition.state = 'done'
            JOIN stored_file ON stored_file.sha256 = rendition.sha256
            WHERE asset.id = $1 AND {visible}""",
        asset_id,
        name,
        *arguments,
    )
    return _sent(found) if found else None


async def _page(way: Way, asset_id: UUID, variant: str) -> Sent | None:
    visible, arguments = way.open(3)
    found = await db.row(
        f"""SELECT stored_file.sha256, stored_file.size, stored_file.media_type, stored_file.damage
            FROM asset
            JOIN asset_page ON asset_page.asset_id = asset.id AND asset_page.number = $2
            JOIN stored_file ON stored_file.sha256 = asset_page.sha256
            WHERE asset.id = $1 AND {visible}""",
        asset_id,
        int(variant.removeprefix("page-")),
        *arguments,
    )
    return _sent(found) if found else None


async def _version(way: Way, asset_id: UUID, variant: str) -> Sent | None:
    found = await version_file(way.caller, asset_id, int(variant.removeprefix("v"))) if way.caller else None
    return _sent(found) if found else None


async def _playlist(way: Way, asset_id: UUID, name: str) -> Sent | None:
    """A film's playlist, in which the film's pieces are named by an address that works as long as this one does."""
    kept = await _rendition(way, asset_id, name)
    if kept is None:
        return None
    written = (await storage().get(key_of(kept.sha256))).decode()
    signed = way.address(asset_id, HLS_MEDIA, f"{HLS_MEDIA}.mp4")
    return _put_together(written.replace(f"{HLS_MEDIA}.mp4", signed), kept.media_type)


async def _track(way: Way, asset_id: UUID, variant: str) -> Sent | None:
    visible, arguments = way.open(4)
    kind, language = variant.split("-")
    content = await db.value(
        f"""SELECT caption_track.content FROM asset JOIN caption_track ON caption_track.asset_id = asset.id
            WHERE asset.id = $1 AND caption_track.kind = $2 AND caption_track.language = $3 AND {visible}""",
        asset_id,
        kind,
        language,
        *arguments,
    )
    return _put_together(content, "text/vtt") if content else None


def _put_together(text: str, media_type: str) -> Sent:
    content = text.encode()
    return Sent(hashlib.sha256(content).digest(), len(content), media_type, content)

"""Addresses of files: signed, for a while, and worth nothing to somebody who may not see the asset."""

import base64
import hashlib
import hmac
import re
import time
from urllib.parse import quote
from uuid import UUID

from kit.db import Record
from kit.errors import DomainError
from media_archive.settings import current
from media_archive.uploads.media_types import ALL

ORIGINAL = "original"
ENDINGS = {
    **{one.name: one.ending for one in ALL},
    "application/vnd.apple.mpegurl": "m3u8",
    "audio/webm": "webm",
}
"""The usual ending of a file's name, by its type."""

_HOUR = 3_600
_MOMENT = re.compile(r"[0-9]{1,12}")


class FileLinkInvalid(DomainError):
    """The address of the file was not given out by the archive."""

    code = "FILE_LINK_INVALID"
    vi = "Đường dẫn tới tệp không hợp lệ."
    en = "The link to the file is not valid."


class FileLinkExpired(DomainError):
    """The address of the file worked for some hours, which are over."""

    code = "FILE_LINK_EXPIRED"
    vi = "Đường dẫn tới tệp đã hết hạn. Hãy mở lại trang của tài liệu."
    en = "The link to the file has expired. Open the page of the material again."


def file_path(asset_id: UUID, variant: str, file_name: str, *, now: float | None = None) -> str:
    """Return the path of a file on our origin: `original` or the name of a rendition.

    It ends on a full hour, so that within an hour the same address is given out and browsers can reuse what they hold.
    """
    expires = (int(time.time() if now is None else now) // _HOUR + 1 + current().file_url_hours) * _HOUR
    return f"/files/{asset_id}/{variant}/{expires}/{_signature(asset_id, variant, expires)}/{quote(file_name, safe='')}"


def rendition_path(row: Record, *, now: float | None = None) -> str:
    """Return the path of a rendition that is done; `row` has asset_id, name and media_type."""
    return file_path(row["asset_id"], row["name"], f"{row['name']}.{ENDINGS.get(row['media_type'], 'bin')}", now=now)


def shared_path(link_id: UUID, visit: UUID, variant: str, file_name: str, expires: int) -> str:
    """Return the path of a file for one visit through a share link, which works until `expires` (seconds)."""
    signature = _sign(f"shared/{link_id}/{visit}/{variant}/{expires}")
    return f"/files/s/{link_id}/{visit}/{variant}/{expires}/{signature}/{quote(file_name, safe='')}"


def check_shared(link_id: UUID, visit: UUID, variant: str, expires: int, signature: str) -> None:
    """Raise FileLinkInvalid or FileLinkExpired unless we gave this address out for a visit and it still holds."""
    if not hmac.compare_digest(signature.encode(), _sign(f"shared/{link_id}/{visit}/{variant}/{expires}").encode()):
        raise FileLinkInvalid()
    if expires < time.time():
        raise FileLinkExpired()


def moment_of(text: str) -> int:
    """Return the seconds since 1970 that are written in an address; FileLinkInvalid for what we never wrote there."""
    if not _MOMENT.fullmatch(text):
        raise FileLinkInvalid()
    return int(text)


def check_address(asset_id: UUID, variant: str, expires: int, signature: str, *, now: float | None = None) -> None:
    """Raise FileLinkInvalid or FileLinkExpired unless we gave this address out and it still holds."""
    if not hmac.compare_digest(signature.encode(), _signature(asset_id, variant, expires).encode()):
        raise FileLinkInvalid()
    if expires < (time.time() if now is None else now):
        raise FileLinkExpired()


def _signature(asset_id: UUID, variant: str, expires: int) -> str:
    return _sign(f"{asset_id}/{variant}/{expires}")


def _sign(said: str) -> str:
    digest = hmac.digest(current().file_url_key.get_secret_value().encode(), said.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:18]).decode()

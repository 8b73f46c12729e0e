"""What a browser keeps that has opened a share link: which visit it is, for which link, until when, signed.

It holds for the password as it was: a link of another password asks again.
"""

import base64
import hashlib
import hmac
import time
from dataclasses import dataclass
from uuid import UUID, uuid4

from kit.db import Record
from media_archive.settings import current

SECONDS = 12 * 3_600
"""For how long a visit lasts: a working day."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One browser's opening of a link; `expires` in seconds since 1970."""

    id: UUID
    expires: int


def new_visit() -> Visit:
    """Begin a visit."""
    return Visit(uuid4(), int(time.time()) + SECONDS)


def cookie_of(visit: Visit, link: Record) -> str:
    """Return what the browser keeps."""
    return f"{visit.id}.{visit.expires}.{_signature(visit, link)}"


def claimed(cookie: str | None) -> Visit | None:
    """Return the visit that a cookie says to be, unproved; None when it says nothing."""
    parts = (cookie or "").split(".")
    if len(parts) != 3 or not parts[1].isascii() or not parts[1].isdigit() or len(parts[1]) > 12:
        return None
    try:
        return Visit(UUID(parts[0]), int(parts[1]))
    except ValueError:
        return None


def is_proved(visit: Visit, cookie: str, link: Record) -> bool:
    """Whether we gave this cookie out for this link as it is, and it still holds."""
    given = cookie.rpartition(".")[2].encode("utf-8", "replace")
    return hmac.compare_digest(given, _signature(visit, link).encode()) and visit.expires > time.time()


def _signature(visit: Visit, link: Record) -> str:
    password = (link["password_hash"] or b"").hex()
    said = f"visit/{link['link_id']}/{visit.id}/{visit.expires}/{password}".encode()
    digest = hmac.digest(current().file_url_key.get_secret_value().encode(), said, hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")

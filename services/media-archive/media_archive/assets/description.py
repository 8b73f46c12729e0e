"""What may be said about an asset, checked in one place for uploads and for later changes."""

import re
import unicodedata
from collections.abc import Sequence

from kit import db
from kit.calendar import today
from kit.errors import InvalidInput, UnknownCode
from kit.identity import Role
from kit.texts import nfc
from media_archive.assets.visibility import VISIBILITIES
from media_archive.units import service as units

_LANGUAGE = re.compile(r"[a-z]{2,3}")
_LONGEST_TITLE = 300
_LONGEST_DESCRIPTION = 10_000
_MOST_TOPICS = 10


def role_for(visibility: str) -> Role:
    """Return the role it takes to let an asset be seen that far: the public is an editor's decision."""
    return "editor" if visibility == "public" else "contributor"


def checked_title(title: str) -> str:
    """Return the title in NFC on one line; InvalidInput when empty or longer than 300 characters."""
    clean = " ".join(cleaned(title).split())
    if not 1 <= len(clean) <= _LONGEST_TITLE:
        raise InvalidInput("title", f"cần từ 1 đến {_LONGEST_TITLE} ký tự", f"needs 1 to {_LONGEST_TITLE} characters")
    return clean


def checked_description(text: str) -> str:
    """Return a description in NFC; InvalidInput beyond 10,000 characters."""
    clean = cleaned(text).strip()
    if len(clean) > _LONGEST_DESCRIPTION:
        raise InvalidInput(
            "description", f"nhiều nhất {_LONGEST_DESCRIPTION} ký tự", f"at most {_LONGEST_DESCRIPTION} characters"
        )
    return clean


def checked_language(code: str) -> str:
    """Return an ISO 639 code of two or three letters."""
    if not _LANGUAGE.fullmatch(code):
        raise InvalidInput("language", "cần mã ISO 639, ví dụ vi", "needs an ISO 639 code such as vi")
    return code


def checked_visibility(code: str) -> str:
    """Return one of `private`, `unit`, `subtree`, `union` and `public`."""
    if code not in VISIBILITIES:
        among = ", ".join(VISIBILITIES)
        raise InvalidInput("visibility", f"chọn một trong: {among}", f"must be one of {among}")
    return code


async def checked_kind(code: str) -> str:
    """Return a kind that the archive knows."""
    # As it is: looked up cleaned, a code with a letter that nobody sees would pass here and nowhere else.
    is_written = code.isascii() and code.isprintable()
    if not is_written or not await db.value("SELECT true FROM asset_kind WHERE code = $1", code):
        raise InvalidInput("kind", "không có loại tài liệu này", "is not a kind of material")
    return code


async def checked_topics(codes: Sequence[str]) -> tuple[str, ...]:
    """Return topics without repetitions; UnknownCode for one that is not among org's today."""
    if len(codes) > _MOST_TOPICS:
        raise InvalidInput("topics", f"nhiều nhất {_MOST_TOPICS} chủ đề", f"at most {_MOST_TOPICS} topics")
    known = {topic.code for topic in await units.topics()} if codes else set[str]()
    if unknown := [code for code in codes if code not in known]:
        raise UnknownCode("topics", "topic", unknown[0], today())
    return tuple(dict.fromkeys(codes))


def cleaned(text: str) -> str:
    """Return a text in NFC without controls, which have no business in a text for people."""
    # PostgreSQL keeps no NUL.
    composed = nfc(text)
    return "".join(
        letter for letter in composed if letter in "\n\t" or not unicodedata.category(letter).startswith("C")
    )

"""Refuses paths that one server could read differently from another, so that no rule can be walked around."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

LONGEST_PATH = 2048
LONGEST_QUERY = 8192

_PLAIN = re.compile(rb"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~@:=,+-]*)+/?|/")
_ENCODED = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*")
_ENCODED_TWICE = re.compile(r"%(?:2e|2f|5c|25|00)", re.IGNORECASE)


def clean_segments(raw_path: bytes) -> list[str] | None:
    """Return the path's decoded segments, or None for a path that is refused.

    Refused are dot segments, empty segments, encoded slashes and backslashes, control characters, anything encoded
    twice, and bytes that are not UTF-8; plain or percent-encoded alike.
    """
    if _PLAIN.fullmatch(raw_path):
        return raw_path.decode().split("/")[1:]
    first, *segments = raw_path.split(b"/")
    # What names the service is written plainly: an Ingress that doesn't decode must decide alike.
    if first or not segments or b"" in segments[:-1] or b"%" in segments[0]:
        return None
    decoded = [_clean(segment) for segment in segments]
    return None if None in decoded else [segment for segment in decoded if segment is not None]


def _clean(segment: bytes) -> str | None:
    if not _ENCODED.fullmatch(segment):
        return None
    try:
        text = unquote_to_bytes(segment).decode()
    except UnicodeDecodeError:
        return None
    is_dots = text.split(";")[0] in (".", "..")
    if is_dots or "/" in text or "\\" in text or not text.isprintable() or _ENCODED_TWICE.search(text):
        return None
    return text

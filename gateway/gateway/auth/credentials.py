"""What a request brings along to say who is asking, read once and judged elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request

from gateway.auth.errors import CrossSiteRequest, Language, TokenInvalid
from gateway.auth.settings import AuthSettings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Credentials:
    """A bearer token or a session id, or neither."""

    bearer: str | None
    session_id: str | None


def session_cookie(settings: AuthSettings) -> str:
    """Return the session cookie's name; `__Host-` makes browsers refuse it from a sibling domain or without TLS."""
    return "__Host-loa" if settings.is_https else "loa"


def credentials_of(request: Request, settings: AuthSettings) -> Credentials:
    """Read the request's credentials. Raises TokenInvalid for an Authorization header that is no bearer token."""
    bearer = _bearer(request.headers.getlist("authorization"))
    if bearer is not None:
        return Credentials(bearer=bearer, session_id=None)
    return Credentials(bearer=None, session_id=_cookie(request, session_cookie(settings)))


def _bearer(headers: list[str]) -> str | None:
    if not headers:
        return None
    scheme, _, token = headers[0].partition(" ")
    if len(headers) > 1 or scheme.lower() != "bearer" or not token.strip():
        raise TokenInvalid()
    return token.strip()


def _cookie(request: Request, name: str) -> str | None:
    # A cookie that is there twice was not set by us alone: neither is believed.
    pairs = [pair.strip().partition("=") for header in request.headers.getlist("cookie") for pair in header.split(";")]
    values = {value for key, _, value in pairs if key == name}
    return values.pop().strip('"') if len(values) == 1 else ("" if values else None)


def language_of(headers: Mapping[str, str]) -> Language:
    """Return the first of our two languages that `Accept-Language` names; Vietnamese when it names neither."""
    for part in headers.get("accept-language", "").lower().split(",")[:10]:
        if (tag := part.strip()[:2]) in ("vi", "en"):
            return "en" if tag == "en" else "vi"
    return "vi"


def require_same_origin(headers: Mapping[str, str], method: str, settings: AuthSettings) -> None:
    """Raise CrossSiteRequest unless a browser says that one of our own pages sends this changing request.

    Browsers send `Sec-Fetch-Site` to trustworthy origins and `Origin` with every POST; one of them must vouch.
    """
    if method in SAFE_METHODS:
        return
    site = headers.get("sec-fetch-site")
    vouched_for = site in ("same-origin", "none") if site else headers.get("origin") == settings.public_origin
    if not vouched_for:
        raise CrossSiteRequest()

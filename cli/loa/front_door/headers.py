"""What is said to a service on behalf of a caller, and to a caller on behalf of a service."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address, ip_network

from loa.front_door.doors import Rule

Headers = list[tuple[bytes, bytes]]

HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)

_SAID_BY_US = frozenset({b"host", b"forwarded", b"x-real-ip", b"x-request-id", b"content-length", b"expect"})
_OURS_INSIDE = (b"x-forwarded-", b"x-original-", b"x-loa-", b"loa-")

# A form needs no more than this, so nothing else comes near the answers: no cookie, no address, no browser's name.
# Besides, `network` of the address is said, of which the service keeps count for minutes.
ALLOWED_ANONYMOUS = frozenset(
    {
        b"accept",
        b"accept-encoding",
        b"accept-language",
        b"cache-control",
        b"content-encoding",
        b"content-type",
        b"if-modified-since",
        b"if-none-match",
        b"origin",
        b"range",
        b"if-range",
        b"sec-fetch-dest",
        b"sec-fetch-mode",
        b"sec-fetch-site",
        b"sec-fetch-user",
    }
)

_RESPONSE_DROPPED = HOP_BY_HOP | {b"server", b"date", b"x-request-id"}


@dataclass(frozen=True, slots=True)
class Onward:
    """What the front door itself adds to a request."""

    host: bytes
    scheme: bytes
    request_id: bytes
    address: bytes | None
    passport: bytes | None


def request_head(
    method: bytes, target: bytes, headers: Headers, *, rule: Rule, session_cookie: bytes, onward: Onward
) -> bytes:
    """Return the head of the request as the service gets it, up to and including the empty line.

    Hop-by-hop headers, everything that only the inside may say, and names with an underscore (which some servers can't
    tell from a hyphen) are left out.
    """
    lines = [b"%s %s HTTP/1.1\r\nhost: %s\r\n" % (method, target, onward.host)]
    named = _named_by_connection(headers)
    for name, value in headers:
        if name in named or not _passes(name, rule):
            continue
        if name == b"cookie" and rule == "passport":
            value = without_cookie(value, session_cookie)
            if not value:
                continue
        lines.append(b"%s: %s\r\n" % (name, value))
    lines.append(_framing(headers))
    lines.append(_ours(onward))
    return b"".join(lines)


def has_body(headers: Headers) -> bool:
    """Whether the request has a body to be waited for."""
    return any(name == b"transfer-encoding" or (name == b"content-length" and value != b"0") for name, value in headers)


def is_chunked(headers: Headers) -> bool:
    return any(name == b"transfer-encoding" for name, _ in headers)


def response_headers(headers: Headers, *, rule: Rule, request_id: bytes, close: bool) -> Headers:
    """Return the service's headers as the caller gets them: no passports, and no cookies from the forms."""
    named = _named_by_connection(headers)
    kept = [(name, value) for name, value in headers if name not in named and _returns(name, rule)]
    kept.append((b"x-request-id", request_id))
    if close:
        kept.append((b"connection", b"close"))
    return kept


def without_cookie(value: bytes, name: bytes) -> bytes:
    """Return a Cookie header's value without the cookie of that name."""
    pairs = [pair.strip() for pair in value.split(b";")]
    return b"; ".join(pair for pair in pairs if pair and pair.partition(b"=")[0].strip() != name)


def cookie_values(headers: Headers, name: bytes) -> list[bytes]:
    """Return every value that the request gives for a cookie."""
    pairs = [
        pair.strip().partition(b"=") for header, value in headers if header == b"cookie" for pair in value.split(b";")
    ]
    return [value for key, _, value in pairs if key.strip() == name]


def network(address: str) -> str | None:
    """Return an address without what tells machines of one network apart: of IPv4 the first 24 bits, of IPv6 48."""
    try:
        bits = 24 if ip_address(address).version == 4 else 48
        return str(ip_network(f"{address.partition('%')[0]}/{bits}", strict=False).network_address)
    except ValueError:
        return None


def first(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    """Return the first value of a header."""
    return next((value for key, value in headers if key == name), None)


# The same few names come with every request; the bound keeps strangers from filling memory with others.
@lru_cache(maxsize=1024)
def _passes(name: bytes, rule: Rule) -> bool:
    if rule == "anonymous":
        return name in ALLOWED_ANONYMOUS
    if name in HOP_BY_HOP or name in _SAID_BY_US or name.startswith(_OURS_INSIDE) or b"_" in name:
        return False
    return not (name == b"authorization" and rule == "passport")


@lru_cache(maxsize=1024)
def _returns(name: bytes, rule: Rule) -> bool:
    is_ours = name in _RESPONSE_DROPPED or name.startswith(b"loa-")
    return not is_ours and not (name == b"set-cookie" and rule == "anonymous")


def _named_by_connection(headers: Headers) -> frozenset[bytes]:
    value = first(headers, b"connection")
    if value is None or value in (b"keep-alive", b"close"):
        return frozenset()
    return frozenset(token.strip() for token in value.lower().split(b","))


def _framing(headers: Headers) -> bytes:
    if is_chunked(headers):
        return b"transfer-encoding: chunked\r\n"
    length = first(headers, b"content-length")
    return b"content-length: %s\r\n" % length if length is not None else b""


def _ours(onward: Onward) -> bytes:
    lines = b"x-forwarded-host: %s\r\nx-forwarded-proto: %s\r\nx-request-id: %s\r\n" % (
        onward.host,
        onward.scheme,
        onward.request_id,
    )
    if onward.address is not None:
        lines += b"x-forwarded-for: %s\r\n" % onward.address
    if onward.passport is not None:
        lines += b"loa-passport: %s\r\n" % onward.passport
    return lines + b"\r\n"

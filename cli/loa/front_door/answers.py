"""What the front door says itself: the start page, and refusals as a page or as JSON, in Vietnamese and English."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

import orjson
from jinja2 import Environment, PackageLoader

from loa.front_door.headers import Headers, first

_templates = Environment(loader=PackageLoader("loa.front_door", "templates"), autoescape=True)
_style = _templates.get_template("style.css").render()
_style_hash = base64.b64encode(hashlib.sha256(_style.encode()).digest()).decode()

_PAGE_HEADERS: Headers = [
    (b"content-type", b"text/html; charset=utf-8"),
    (
        b"content-security-policy",
        f"default-src 'none'; style-src 'sha256-{_style_hash}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'".encode(),
    ),
    (b"referrer-policy", b"same-origin"),
]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A refusal with a stable code and both texts, none of which names anything inside."""

    status: int
    code: str
    vi: str
    en: str
    retry_after: int | None = None


BAD_PATH = Trouble(400, "BAD_PATH", "Địa chỉ không hợp lệ.", "The address is not valid.")
BAD_REQUEST = Trouble(400, "BAD_REQUEST", "Yêu cầu không hợp lệ.", "The request is not valid.")
NOT_FOUND = Trouble(404, "NOT_FOUND", "Không có trang này.", "There is no such page.")
BAD_METHOD = Trouble(405, "METHOD_NOT_ALLOWED", "Phương thức không được phép.", "The method is not allowed.")
TOO_SLOW = Trouble(
    408, "REQUEST_TIMEOUT", "Kết nối quá chậm. Hãy thử lại.", "The connection was too slow. Please try again."
)
TOO_LONG = Trouble(414, "ADDRESS_TOO_LONG", "Địa chỉ quá dài.", "The address is too long.")
NO_UPGRADE = Trouble(
    400, "UPGRADE_NOT_SUPPORTED", "Không hỗ trợ giao thức này.", "Upgrading to another protocol is not supported."
)
TOKEN_INVALID = Trouble(401, "TOKEN_INVALID", "Mã truy cập không hợp lệ.", "The access token is not valid.")
BAD_ANSWER = Trouble(
    502,
    "BAD_GATEWAY",
    "Hệ thống gặp trục trặc. Hãy thử lại sau ít phút.",
    "Something went wrong on our side. Please try again in a few minutes.",
)
UNAVAILABLE = Trouble(
    503,
    "SERVICE_UNAVAILABLE",
    "Hệ thống tạm thời chưa sẵn sàng. Hãy thử lại sau ít phút.",
    "This part of the system is not ready. Please try again in a few minutes.",
    retry_after=5,
)
IDENTITY_UNAVAILABLE = Trouble(
    503,
    "IDENTITY_UNAVAILABLE",
    "Hiện chưa kiểm tra được danh tính. Hãy thử lại sau ít phút.",
    "Identity can't be checked right now. Please try again in a few minutes.",
    retry_after=5,
)
NO_ANSWER = Trouble(
    504, "GATEWAY_TIMEOUT", "Hệ thống phản hồi quá chậm. Hãy thử lại.", "The answer took too long. Please try again."
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete response of the front door's own."""

    status: int
    headers: Headers
    body: bytes = b""


def trouble(kind: Trouble, headers: Headers, *, close: bool = False) -> Answer:
    """Return the refusal as the caller wants it: a page for a browser, JSON for a program."""
    extra: Headers = [(b"retry-after", b"%d" % kind.retry_after)] if kind.retry_after else []
    if close:
        extra.append((b"connection", b"close"))
    if wants_page(headers):
        page = _templates.get_template("trouble.html").render(style=_style, trouble=kind)
        return _complete(kind.status, [*_PAGE_HEADERS, *extra], page.encode())
    message = kind.en if _speaks_english(headers) else kind.vi
    return said(kind.status, kind.code, message, extra)


def said(status: int, code: str, message: str, extra: Headers | None = None) -> Answer:
    """Return a refusal as JSON."""
    body = orjson.dumps({"code": code, "message": message})
    return _complete(status, [(b"content-type", b"application/json"), *(extra or [])], body)


def start_page(*, signed_in: bool) -> Answer:
    """Return the page at `/`."""
    page = _templates.get_template("start.html").render(style=_style, signed_in=signed_in)
    return _complete(200, _PAGE_HEADERS, page.encode())


def readiness(ready: dict[str, bool]) -> Answer:
    """Tell which parts are ready: 200 when all are, else 503."""
    everything = all(ready.values())
    body = orjson.dumps(
        {"ready": everything, "services": {name: "ready" if ok else "unready" for name, ok in ready.items()}}
    )
    return _complete(200 if everything else 503, [(b"content-type", b"application/json")], body)


def see_other(address: str) -> Answer:
    """Send the browser to another address."""
    return _complete(303, [(b"location", address.encode())], b"")


def wants_page(headers: Headers) -> bool:
    """Whether a person's browser asks, to whom a page is shown instead of JSON."""
    return b"text/html" in (first(headers, b"accept") or b"")


def _speaks_english(headers: Headers) -> bool:
    for part in (first(headers, b"accept-language") or b"").lower().split(b",")[:10]:
        if (tag := part.strip()[:2]) in (b"vi", b"en"):
            return tag == b"en"
    return False


def _complete(status: int, headers: Headers, body: bytes) -> Answer:
    common: Headers = [
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    return Answer(status, [*headers, *common], body)

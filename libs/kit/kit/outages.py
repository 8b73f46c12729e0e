"""What is answered while PostgreSQL is away: one refusal, for people and for programs, that says to come back soon."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from kit.errors import DomainError, language_of

RETRY_SECONDS = 5
"""What `Retry-After` says: about as long as PostgreSQL takes to restart."""


class ServiceUnavailable(DomainError):
    """Nothing can be read or stored at this moment, through no fault of what was asked; the same may be asked again."""

    code = "SERVICE_UNAVAILABLE"
    vi = "Hệ thống tạm thời chưa sẵn sàng. Hãy thử lại sau ít phút."
    en = "This part of the system is not ready. Please try again in a few minutes."


# In both languages and without a stylesheet: of which service it is, this page does not know.
_PAGE = f"""<!doctype html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{ServiceUnavailable.vi} – Loa</title>
<link rel="icon" href="data:,">
</head>
<body>
<main>
<h1>{ServiceUnavailable.vi}</h1>
<p>{{advice_vi}}</p>
<div lang="en">
<p><strong>{ServiceUnavailable.en}</strong></p>
<p>{{advice_en}}</p>
</div>
</main>
</body>
</html>
"""
_OPEN_AGAIN = {"advice_vi": "Mở lại trang này sau ít phút.", "advice_en": "Open this page again in a few minutes."}
_SEND_AGAIN = {
    "advice_vi": "Những gì anh/chị vừa gửi có thể chưa được lưu. Hãy quay lại trang trước và gửi lại sau ít phút.",
    "advice_en": "What you just sent may not have been stored. Go back and send it again in a few minutes.",
}
_PAGE_HEADERS = {
    "content-security-policy": "default-src 'none'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
    "referrer-policy": "same-origin",
}


def unavailable(request: Request, headers: dict[str, str] | None = None) -> Response:
    """Return 503 with `Retry-After`: a page for a browser, JSON with `code` and `message` for a program."""
    told = {
        **(headers or {}),
        "retry-after": str(RETRY_SECONDS),
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    if "text/html" in request.headers.get("accept", ""):
        advice = _OPEN_AGAIN if request.method in ("GET", "HEAD") else _SEND_AGAIN
        return Response(_PAGE.format(**advice), 503, told | _PAGE_HEADERS, media_type="text/html")
    message = ServiceUnavailable().message(language_of(request.headers.get("accept-language")))
    body = orjson.dumps({"code": ServiceUnavailable.code, "message": message})
    return Response(body, 503, told, media_type="application/json")

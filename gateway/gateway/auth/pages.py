"""The one page that signing in needs of its own: that it did not work, in both languages."""

from __future__ import annotations

import base64
import hashlib

from starlette.responses import HTMLResponse

from gateway.auth.errors import AuthError

STYLE = (
    "body{font:1.125rem/1.6 system-ui,sans-serif;max-width:36rem;margin:3rem auto;padding:0 1rem}"
    "body{color:#1b1b1b;background:#fff}"
    "a{color:#0b4f8a;display:inline-block;padding:.5rem 0}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
PAGE = """<!doctype html>
<html lang="vi">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Đăng nhập – Loa</title><style>{style}</style></head>
<body><main>
<h1>Chưa đăng nhập được</h1>
<p>{vi}</p>
<p lang="en">{en}</p>
<p><a href="/auth/login">Đăng nhập lại · <span lang="en">Sign in again</span></a></p>
<p><a href="/">Trang đầu · <span lang="en">Start page</span></a></p>
</main></body></html>
"""


def sign_in_failed(error: AuthError) -> HTMLResponse:
    """Say what happened and how to try again; the page names the error's texts and nothing of the request."""
    return HTMLResponse(
        PAGE.format(style=STYLE, vi=error.vi, en=error.en),
        status_code=error.status,
        headers=HEADERS | error.headers,
    )

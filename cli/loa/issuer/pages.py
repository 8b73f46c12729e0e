"""The issuer's pages: choose a demo person, or read why that is not possible now."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader
from starlette.responses import HTMLResponse

from loa.issuer.people import Person

ROLES = {
    "worker": ("Người lao động", "Worker"),
    "contributor": ("Cộng tác viên", "Contributor"),
    "editor": ("Cán bộ tuyên giáo", "Editor"),
    "analyst": ("Cán bộ phân tích", "Analyst"),
    "admin": ("Quản trị", "Administrator"),
}

_templates = Environment(loader=PackageLoader("loa.issuer", "templates"), autoescape=True)
_style = _templates.get_template("style.css").render()
_style_hash = base64.b64encode(hashlib.sha256(_style.encode()).digest()).decode()


def choose_person(people: Sequence[Person], question: Mapping[str, str], redirect_uri: str) -> HTMLResponse:
    """Show a button for each person; the form carries the client's question along."""
    page = _templates.get_template("choose_person.html")
    html = page.render(style=_style, people=people, question=question, roles=ROLES)
    return HTMLResponse(html, headers=_headers(redirect_uri))


def notice(status: int, vi: str, en: str) -> HTMLResponse:
    """Say why nobody can be signed in."""
    html = _templates.get_template("notice.html").render(style=_style, vi=vi, en=en)
    return HTMLResponse(html, status_code=status, headers=_headers(None))


def _headers(redirect_uri: str | None) -> dict[str, str]:
    # Browsers apply `form-action` to the redirect that answers the form, too.
    parts = urlsplit(redirect_uri or "")
    forms = f"'self' {parts.scheme}://{parts.netloc}" if redirect_uri else "'none'"
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{_style_hash}'; form-action {forms}; base-uri 'none'; "
            "frame-ancestors 'none'"
        ),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }

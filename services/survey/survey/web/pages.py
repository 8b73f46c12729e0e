"""How the form's pages are written: bilingual, strict about what they load, small, kept by no cache on the way."""

import gzip
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from kit.calendar import VIETNAM
from kit.errors import Language
from kit.web import SECURITY_HEADERS
from survey.calendar import end_in_words
from survey.questionnaires.definition import FurtherLanguage
from survey.web import assets
from survey.web.phone_texts import phone_texts, phone_texts_in

# What an address may say besides its code; the server needs only the language, a page's script the rest.
_KEPT_IN_LINKS = ("shared", "batch")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A language besides Vietnamese and English in which a page is shown."""

    code: str
    language: FurtherLanguage


def page(
    request: Request, template: str, status: int = 200, *, spoken: Spoken | None = None, **values: Any
) -> Response:
    """Render one of `templates`, with `language`, `t(vi, en)`, `query` and `moment` besides the values given."""
    shown_in = language_of(request)

    def t(vi: str, en: str) -> str:
        return spoken.language.word(vi) if spoken else vi if shown_in == "vi" else en

    html = (
        _environment()
        .get_template(template)
        .render(
            language=spoken.code if spoken else shown_in,
            t=t,
            query=query_of(request, spoken.code if spoken else shown_in),
            other_query=query_of(request, "en" if shown_in == "vi" and not spoken else "vi"),
            moment=_moment,
            end=end_in_words,
            script=assets.address("form.js"),
            more=assets.address("more.js"),
            style=assets.style(),
            texts=phone_texts_in((spoken.code, spoken.language)) if spoken else phone_texts(shown_in),
            **values,
        )
    )
    return compressed(
        request, HTMLResponse(html, status, {**headers(), "content-language": spoken.code if spoken else shown_in})
    )


def headers() -> dict[str, str]:
    """Return what every page and answer says about itself."""
    policy = SECURITY_HEADERS["content-security-policy"].replace(
        "style-src 'self'", f"style-src {assets.style_source()}"
    )
    return {
        **SECURITY_HEADERS,
        "content-security-policy": policy,
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
        "vary": "accept, accept-encoding",
    }


def language_of(request: Request) -> Language:
    """Return the page's language: Vietnamese, unless English is asked for in the address."""
    return "en" if request.query_params.get("lang") == "en" else "vi"


def query_of(request: Request, language: str) -> str:
    """Return the query of a link to the same kind of page in a language; empty, or with its question mark."""
    said = [] if language == "vi" else [f"lang={language}"]
    said += [f"{name}=1" for name in _KEPT_IN_LINKS if request.query_params.get(name) == "1"]
    return "?" + "&".join(said) if said else ""


def compressed(request: Request, response: Response) -> Response:
    """Return the response as small as the caller can read it."""
    if "gzip" in request.headers.get("accept-encoding", ""):
        response.body = gzip.compress(bytes(response.body), 9)
        response.headers["content-encoding"] = "gzip"
        response.headers["content-length"] = str(len(response.body))
    return response


def _moment(moment: datetime) -> str:
    return moment.astimezone(VIETNAM).strftime("%H:%M, %d/%m/%Y")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

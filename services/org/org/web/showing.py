"""How the pages of this service are rendered, and how a refusal looks."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kit import db
from kit.calendar import VIETNAM
from kit.errors import DomainError, Forbidden, NotFound, SignInRequired
from kit.web import language, page
from org.web.words import FIELDS

HERE = Path(__file__).parent
_STATUS: dict[type[DomainError], int] = {SignInRequired: 401, Forbidden: 403, NotFound: 404}

Answer = Callable[[Request], Awaitable[Response]]


def show(request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
    """Render a page with numbers, days and terms in the reader's language."""
    english = language(request) == "en"

    def number(count: int) -> str:
        return f"{count:,}" if english else f"{count:,}".replace(",", ".")

    def label(terms: dict[tuple[str, str], db.Record], vocabulary: str, code: str) -> str:
        term = terms.get((vocabulary, code))
        return term["label_en" if english else "label_vi"] if term else code

    def day(value: date) -> str:
        return value.isoformat() if english else value.strftime("%d/%m/%Y")

    def moment(value: datetime) -> str:
        return value.astimezone(VIETNAM).strftime("%Y-%m-%d %H:%M" if english else "%H:%M %d/%m/%Y")

    return page(
        request,
        template,
        status=status,
        folder=HERE / "templates",
        static_prefix="/org",
        number=number,
        label=label,
        day=day,
        moment=moment,
        field_names=FIELDS,
        **values,
    )


def with_refusals(answer: Answer) -> Answer:
    """Show a refusal as a page that says what is wrong; who is not signed in is led to where that can be done."""

    async def guarded(request: Request) -> Response:
        try:
            return await answer(request)
        except SignInRequired as error:
            if request.method in ("GET", "HEAD"):
                asked = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
                return RedirectResponse(f"/auth/login?next={quote(asked)}", 303)
            return _refusal(request, error)
        except DomainError as error:
            return _refusal(request, error)

    return guarded


def _refusal(request: Request, error: DomainError) -> Response:
    message = error.message(language(request))
    return show(request, "refusal.html", status=_STATUS.get(type(error), 400), message=message)

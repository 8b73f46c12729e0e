"""What the archive's pages share: the frame they are shown in, and how they say what went wrong."""

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from kit.errors import DomainError, Forbidden, InvalidInput, Language, NotFound, SignInRequired, UnknownCode
from kit.web import language, page
from media_archive.assets import service as assets
from media_archive.files.origin import widened

FOLDER = Path(__file__).parent
STATUS: dict[type[DomainError], int] = {SignInRequired: 401, Forbidden: 403, NotFound: 404}


def show(request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
    """Render one of the archive's templates."""
    reply = page(request, template, status=status, folder=FOLDER / "templates", static_prefix="/archive", **values)
    return widened(reply)


def problem_page(request: Request, error: DomainError) -> Response:
    """Show a refusal as a page of its own."""
    status = STATUS.get(type(error), 400)
    return show(request, "problem.html", status=status, code=error.code, problem=said(error, language(request)))


def said(error: DomainError, shown_in: Language) -> str:
    """Say a refusal to people; of a wrong input, what is wrong with it."""
    if isinstance(error, InvalidInput) and not isinstance(error, UnknownCode):
        return str(error.details["reason_vi" if shown_in == "vi" else "reason_en"])
    return error.message(shown_in)


async def kinds_in(shown_in: Language) -> dict[str, str]:
    """Return what the kinds of material are called, by code, in their order."""
    return {row["code"]: row[shown_in] for row in await assets.kinds()}

"""What the archive's pages share: the frame they are shown in, and how they say what went wrong."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from functools import partial, wraps
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from kit import app
from kit.calendar import VIETNAM
from kit.errors import DomainError, Forbidden, InvalidInput, Language, NotFound, SignInRequired, UnknownCode
from kit.identity import Caller
from kit.web import language, page
from media_archive.assets import service as assets
from media_archive.assets.languages import LANGUAGES
from media_archive.files.origin import widened

FOLDER = Path(__file__).parent
STATUS: dict[type[DomainError], int] = {SignInRequired: 401, Forbidden: 403, NotFound: 404}
_UNITS = ("kB", "MB", "GB", "TB")

Answer = Callable[[Request], Awaitable[Response]]


def show(request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
    """Render one of the archive's templates; `day`, `moment` and `size` say values as the reader's language does."""
    shown_in = language(request)
    values |= {
        "menu": _menu(app.caller(request)),
        "day": partial(day_told, shown_in=shown_in),
        "moment": partial(moment_told, shown_in=shown_in),
        "size": partial(size_told, shown_in=shown_in),
    }
    reply = page(request, template, status=status, folder=FOLDER / "templates", static_prefix="/archive", **values)
    return widened(reply)


def _menu(caller: Caller) -> list[tuple[str, str, str]]:
    """Return path and names of what the reader can open everywhere."""
    menu = [("/archive/", "Tìm", "Search"), ("/archive/collections", "Bộ sưu tập", "Collections")]
    if caller.subject is not None:
        menu.append(("/archive/mine", "Của tôi", "Mine"))
    if caller.scopes("contributor"):
        menu.append(("/archive/upload", "Tải lên", "Upload"))
    if caller.scopes("contributor") or caller.scopes("analyst"):
        menu.append(("/archive/work", "Việc của đơn vị", "The unit's work"))
    return menu


def with_refusals(answer: Answer) -> Answer:
    """Show a refusal that a page raises as a page of its own."""

    @wraps(answer)
    async def guarded(request: Request) -> Response:
        try:
            return await answer(request)
        except DomainError as error:
            return problem_page(request, error)

    return guarded


def problem_page(request: Request, error: DomainError) -> Response:
    """Show a refusal as a page of its own."""
    status = STATUS.get(type(error), 400)
    # An address tells nobody anything; who types a code into a form is told which one it was.
    nothing = picked(
        language(request), "Không có gì ở đây mà anh/chị được xem.", "There is nothing here that you may see."
    )
    problem = nothing if isinstance(error, NotFound) else said(error, language(request))
    return show(request, "problem.html", status=status, code=error.code, problem=problem)


def outcome(error: DomainError | None, shown_in: Language) -> dict[str, Any]:
    """Return the status and the problem of a page that a form came back to; without an error all is well."""
    if error is None:
        return {"status": 200, "problem": None}
    return {"status": STATUS.get(type(error), 422), "problem": said(error, shown_in)}


def said(error: DomainError, shown_in: Language) -> str:
    """Say a refusal to people; of a wrong input, what is wrong with it."""
    if isinstance(error, InvalidInput) and not isinstance(error, UnknownCode):
        return picked(shown_in, error.details["reason_vi"], error.details["reason_en"])
    return error.message(shown_in)


def picked(shown_in: Language, vi: str, en: str) -> str:
    """Return the text of a language."""
    return vi if shown_in == "vi" else en


def moment_told(moment: datetime, shown_in: Language) -> str:
    """Return a moment as people in Viet Nam say it."""
    return moment.astimezone(VIETNAM).strftime(picked(shown_in, "%H:%M %d/%m/%Y", "%Y-%m-%d %H:%M"))


def day_told(value: date | None, shown_in: Language) -> str:
    """Return a day as people say it, nothing for none; of a moment, the day that it is in Viet Nam."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(VIETNAM)
    return value.strftime(picked(shown_in, "%d/%m/%Y", "%Y-%m-%d"))


def size_told(size: int, shown_in: Language) -> str:
    """Return a number of bytes as people say it, such as `1,2 MB`; a unit is a thousand of the one before."""
    if size < 1_000:
        return f"{size} byte" if size == 1 or shown_in == "vi" else f"{size} bytes"
    place = next((place for place in range(1, len(_UNITS)) if size < 999.5 * 1_000**place), len(_UNITS))
    amount = size / 1_000**place
    said = f"{amount:.0f}" if amount >= 9.95 else f"{amount:.1f}"
    return f"{said.replace('.', picked(shown_in, ',', '.'))} {_UNITS[place - 1]}"


def languages_in(shown_in: Language, given: str = "") -> dict[str, str]:
    """Return what languages are called, by code; one that is `given` and has no name here is called by its code."""
    named = {code: picked(shown_in, *names) for code, names in LANGUAGES.items()}
    return named | {given: named.get(given, given)} if given else named


async def kinds_in(shown_in: Language) -> dict[str, str]:
    """Return what the kinds of material are called, by code, in their order."""
    return {row["code"]: row[shown_in] for row in await assets.kinds()}

"""Results pages: which surveys have results, who took part, and each question's result as table and chart."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kit.app import caller
from kit.calendar import VIETNAM
from kit.errors import DomainError, InvalidInput, Language, NotFound
from kit.web import language, page, static
from survey.questionnaires.definition import SEGMENTS
from survey.results import reading
from survey.results.reading import CellResult, Release
from survey.web.results_chart import chart

HERE = Path(__file__).parent
PREFIX = "/results"
# Up to so many segments each have their own chart and table; more are rows of one table.
MOST_CHARTS = 8


async def list_page(request: Request) -> Response:
    """Show the newest public release of each wave."""
    return page(
        request,
        "results_list.html",
        static_prefix=PREFIX,
        releases=await reading.public_releases(),
        formats=Formats(language(request)),
        may_edit=bool(caller(request).scopes("editor")),
        may_ask=bool(caller(request).scopes("contributor")),
    )


async def wave_page(request: Request) -> Response:
    """Show one wave's newest release: participation, and a question by segments."""
    try:
        return await _wave_page(request)
    except (NotFound, InvalidInput) as error:
        return _problem(request, error)


async def _wave_page(request: Request) -> Response:
    release = await _release(request)
    questions = await reading.questions_of(release)
    asked = request.query_params.get("question") or questions[0].code
    by = [name for name in request.query_params.getlist("by") if name]
    result = await reading.question_result(release, asked, by, {})
    cells = list(result.cells)
    shown_in = language(request)
    return page(
        request,
        "results_wave.html",
        static_prefix=PREFIX,
        release=release,
        participation=[(name, (await reading.participation(release, [name], {})).cells) for name in SEGMENTS],
        questions=questions,
        question=result.question,
        by=by,
        segments=SEGMENTS,
        cells=cells,
        apart=len(cells) <= MOST_CHARTS,
        columns=_columns(cells),
        chart=chart,
        formats=Formats(shown_in),
    )


async def _release(request: Request) -> Release:
    programme, number = request.path_params["programme"], request.path_params["number"]
    if number > 32_767:
        raise NotFound("release", f"{programme}/{number}")
    try:
        wave_id = UUID(programme)
    except ValueError:
        return await reading.find_release(caller(request), programme, number)
    release = await reading.latest_release(caller(request), wave_id)
    if release is None or release.wave_number != number:
        raise NotFound("release", f"{programme}/{number}")
    return release


def _columns(cells: Sequence[CellResult]) -> Sequence[reading.ChoiceResult]:
    return next((cell.choices for cell in cells if cell.base is not None), ())


def _problem(request: Request, error: DomainError) -> Response:
    status = 404 if isinstance(error, NotFound) else 400
    return page(
        request,
        "results_problem.html",
        status=status,
        static_prefix=PREFIX,
        is_missing=status == 404,
        message=error.message(language(request)),
    )


class Formats:
    """Numbers and days as people of a language write them."""

    def __init__(self, shown_in: Language) -> None:
        self._vietnamese = shown_in == "vi"

    def number(self, value: int) -> str:
        """Return 1234 as 1.234 or 1,234."""
        text = f"{value:,}"
        return text.replace(",", ".") if self._vietnamese else text

    def percent(self, share: float) -> str:
        """Return 0.3152 as 31,5% or 31.5%."""
        text = f"{share * 100:.1f}%"
        return text.replace(".", ",") if self._vietnamese else text

    def day(self, moment: datetime) -> str:
        """Return the day in Viet Nam as 5/7/2026, or 5 July 2026."""
        there = moment.astimezone(VIETNAM)
        return f"{there.day}/{there.month}/{there.year}" if self._vietnamese else f"{there:%-d %B %Y}"


routes = [
    Route(f"{PREFIX}/", list_page),
    static(PREFIX, HERE / "static"),
    Route(f"{PREFIX}/{{programme}}/{{number:int}}", wave_page),
]

"""Results pages: which surveys have results, a wave at one sight, and each question by segment, unit and wave."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from kit.app import caller
from kit.errors import DomainError, InvalidInput, NotFound
from kit.web import language, page, static
from survey.downloads.service import is_owner
from survey.questionnaires.definition import SEGMENTS
from survey.questionnaires.service import published_definition
from survey.results import reading
from survey.results.formats import Formats
from survey.results.reading import Release
from survey.results.surroundings import Surroundings, surroundings_of
from survey.results.unit_tables import Place
from survey.web.pages import compressed
from survey.web.results_asked import Asked
from survey.web.results_overview import Topic, overview, topics_of
from survey.web.results_pictures import Pictures, mean_interval
from survey.web.results_question import beside, entry_of, matrix_page, question_page
from survey.web.results_trend import change_of

HERE = Path(__file__).parent
PREFIX = "/results"
# Waves are numbered by small integers.
MOST_NUMBER = 32_767


async def list_page(request: Request) -> Response:
    """Show the newest release of each wave that the viewer may see."""
    return page(
        request,
        "results_list.html",
        static_prefix=PREFIX,
        releases=await reading.visible_releases(caller(request)),
        formats=Formats(language(request)),
        may_edit=bool(caller(request).scopes("editor")),
        may_ask=bool(caller(request).scopes("contributor")),
    )


async def programme_page(request: Request) -> Response:
    """Lead from a programme's address to its newest wave that the viewer may see results of."""
    code = request.path_params["programme"]
    for release in await reading.visible_releases(caller(request)):
        if release.programme_code == code:
            return RedirectResponse(f"{PREFIX}/{code}/{release.wave_number}", 302)
    return _problem(request, NotFound("programme", code))


async def wave_page(request: Request) -> Response:
    """Show one wave's newest release: the overview, or a question."""
    try:
        return await _wave_page(request)
    except (NotFound, InvalidInput) as error:
        return _problem(request, error)


async def _wave_page(request: Request) -> Response:
    release, asked = await _release(request), Asked.of(request)
    place = await reading.place_of(caller(request), release, asked.unit_id)
    definition = await published_definition(release.version_id)
    topics = topics_of(definition, await reading.questions_of(release))
    around = place, await surroundings_of(caller(request), release, place, asked.page)
    shared = {
        "release": release,
        "asked": asked,
        "topics": topics,
        "places": around[1],
        "is_owner": is_owner(caller(request), release),
    }
    if asked.question is None:
        return _show(request, "overview", {**shared, "found": await overview(release, topics, place)})
    return await _question(request, release, asked, topics, around, shared)


async def _question(
    request: Request,
    release: Release,
    asked: Asked,
    topics: Sequence[Topic],
    around: tuple[Place, Surroundings],
    shared: Mapping[str, Any],
) -> Response:
    entry = entry_of(topics, asked.question or "")
    before, after = beside(topics, entry)
    values = {**shared, "entry": entry, "before": before, "after": after}
    if entry.is_matrix and asked.question == entry.code:
        return _show(request, "matrix", {**values, "found": await matrix_page(release, entry, around[0])})
    found = await question_page(caller(request), release, entry, asked, around)
    return _show(request, "question", {**values, "found": found})


def _show(request: Request, name: str, values: Mapping[str, Any]) -> Response:
    shown_in = language(request)
    shown = page(
        request,
        f"results_{name}.html",
        folder=HERE / "templates",
        static_prefix=PREFIX,
        segments=SEGMENTS,
        formats=Formats(shown_in),
        draw=Pictures(shown_in),
        mean_interval=mean_interval,
        change_of=change_of,
        **values,
    )
    shown.headers["vary"] = "accept-encoding"
    # Charts are drawn in words that repeat: a sixth of them is left.
    return compressed(request, shown)


async def _release(request: Request) -> Release:
    programme, number = request.path_params["programme"], _number(request.path_params["number"])
    try:
        wave_id = UUID(programme)
    except ValueError:
        return await reading.find_release(caller(request), programme, number)
    release = await reading.latest_release(caller(request), wave_id)
    if release is None or release.wave_number != number:
        raise NotFound("release", f"{programme}/{number}")
    return release


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 5 or int(text) > MOST_NUMBER:
        raise NotFound("release", text)
    return int(text)


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


routes = [
    Route(f"{PREFIX}/", list_page),
    static(PREFIX, HERE / "static"),
    Route(f"{PREFIX}/{{programme}}", programme_page),
    Route(f"{PREFIX}/{{programme}}/{{number}}", wave_page),
]

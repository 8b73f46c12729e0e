"""Pages on which somebody asks for files of a release and fetches them, and reads what people wrote in their words."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from kit.app import caller
from kit.calendar import VIETNAM
from kit.errors import DomainError, Forbidden, InvalidInput, NotFound, SignInRequired
from kit.graphql import decode_cursor, encode_cursor, parse_id
from kit.jobs import enqueue
from kit.web import SECURITY_HEADERS, form, language, page, require_same_origin
from survey.downloads import service
from survey.downloads.jobs import download_requested
from survey.downloads.kinds import FORMATS, MEDIA_TYPES, ending
from survey.downloads.open_answers import service as open_answers
from survey.downloads.open_answers.service import CountedQuestion
from survey.downloads.service import DownloadLimitReached, WaveNotOver
from survey.downloads.tables.rows import unit_of
from survey.results import reading
from survey.results.formats import Formats

PREFIX = "/results/downloads"
TEMPLATES = Path(__file__).parent / "templates"
PAGE_SIZE = 20
TEXTS_ON_A_PAGE = 50
# What most people want first.
_FIRST = ("report.pdf", "tables.xlsx")
_OFFERED = sorted(
    (f"{kind}.{one}" for kind, formats in FORMATS.items() for one in formats), key=lambda file: file not in _FIRST
)
_STATUS: Mapping[type[DomainError], int] = {SignInRequired: 401, Forbidden: 403, NotFound: 404, InvalidInput: 422}


async def show_downloads(request: Request) -> Response:
    """`/results/downloads`: one's own files, and how far they are."""
    try:
        who = caller(request)
        who.require_someone()
        after = _cursor(request, str, str)
        found = await service.downloads(who, PAGE_SIZE + 1, after)
    except DomainError as error:
        return _problem(request, error)
    shown = found[:PAGE_SIZE]
    last = shown[-1] if len(found) > PAGE_SIZE else None
    return _page(
        request,
        "downloads_list.html",
        downloads=shown,
        is_waiting=any(each.state == "waiting" for each in shown),
        subjects=await service.subjects_of(shown),
        following=encode_cursor((last.asked_at.isoformat(), str(last.id))) if last else None,
        moment=_moment,
        size=Formats(language(request)).size,
    )


async def show_release(request: Request) -> Response:
    """`/results/downloads/of/<release>`: what can be taken out of a release."""
    try:
        return await _show(request, request.query_params.get("unit", ""))
    except DomainError as error:
        return _problem(request, error)


async def ask(request: Request) -> Response:
    """Ask for a file, then show how far it is."""
    require_same_origin(request)
    posted = await form(request, max_bytes=10_000)
    try:
        return await _ask(request, {name: str(value).strip() for name, value in posted.items()})
    except DomainError as error:
        return _problem(request, error)


async def _ask(request: Request, posted: Mapping[str, str]) -> Response:
    kind, _, file_format = posted.get("file", "").partition(".")
    unit = posted.get("unit", "")
    try:
        found = await service.ask_download(
            caller(request),
            _release_id(request),
            kind=kind,
            format=file_format,
            language=posted.get("language", language(request)),
            unit_id=parse_id(unit, "unit") if unit else None,
        )
    except (InvalidInput, DownloadLimitReached, WaveNotOver) as error:
        return await _show(request, unit, error)
    await enqueue(download_requested, str(found.id))
    return RedirectResponse(PREFIX, 303)


async def fetch(request: Request) -> Response:
    """`/results/downloads/<id>/file`: the file, for who asked for it."""
    try:
        name, found, content = await service.fetch(caller(request), parse_id(request.path_params["id"], "download"))
    except DomainError as error:
        return _problem(request, error)
    headers = {
        **SECURITY_HEADERS,
        "content-disposition": f'attachment; filename="{name}"',
        "content-length": str(found.bytes),
        "cache-control": "private, no-store",
    }
    return StreamingResponse(content, media_type=MEDIA_TYPES[ending(found.kind, found.format)], headers=headers)


async def show_open_answers(request: Request) -> Response:
    """`/results/downloads/of/<release>/texts`: what people wrote, question by question."""
    who = caller(request)
    try:
        release_id = _release_id(request)
        questions = await open_answers.open_questions(who, release_id)
        release = await reading.release_of(who, release_id)
        asked = request.query_params.get("question")
        chosen = _chosen(questions, asked)
        begin = _cursor(request, int)
        texts = (
            await open_answers.texts_of(who, release_id, chosen.code, TEXTS_ON_A_PAGE + 1, begin[0] if begin else 0)
            if chosen
            else []
        )
    except DomainError as error:
        return _problem(request, error)
    shown = texts[:TEXTS_ON_A_PAGE]
    return _page(
        request,
        "downloads_texts.html",
        release=release,
        questions=questions,
        chosen=chosen,
        texts=[text for _, text in shown],
        following=encode_cursor((shown[-1][0],)) if len(texts) > TEXTS_ON_A_PAGE else None,
    )


async def _show(request: Request, unit: str, error: DomainError | None = None) -> Response:
    who = caller(request)
    who.require_someone()
    release = await reading.release_of(who, _release_id(request))
    place = await reading.place_of(who, release, parse_id(unit, "unit") if unit else None)
    is_whole = place.unit_id == release.target_id
    is_owner = service.is_owner(who, release)
    is_over = is_owner and is_whole and await service.is_extractable(release)
    return _page(
        request,
        "downloads_release.html",
        status=200 if error is None else _STATUS.get(type(error), 409),
        release=release,
        files=[file for file in _OFFERED if is_over or not file.startswith("extract.")],
        is_owner=is_owner and is_whole,
        is_over=is_over,
        unit=None if is_whole else place.unit_id,
        unit_name=(await unit_of(place.unit_id)).name,
        day=Formats(language(request)).day,
        problem=error.message(language(request)) if error else None,
    )


def _chosen(questions: Sequence[CountedQuestion], code: str | None) -> CountedQuestion | None:
    """Return the question that was asked for, or the first one that has something to read."""
    named = [each for each in questions if each.code == code]
    told = [each for each in questions if each.texts is not None]
    return next(iter([*named, *told, *questions]), None)


def _release_id(request: Request) -> UUID:
    return parse_id(request.path_params["release"], "release")


def _cursor(request: Request, *types: type) -> Any:
    after = request.query_params.get("after")
    return decode_cursor(after, *types) if after else None


def _page(request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
    return page(request, template, folder=TEMPLATES, status=status, static_prefix="/results", prefix=PREFIX, **values)


def _problem(request: Request, error: DomainError) -> Response:
    status = _STATUS.get(type(error), 409)
    return _page(
        request,
        "downloads_problem.html",
        status=status,
        message=error.message(language(request)),
        status_code=status,
    )


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%H:%M %d/%m/%Y}"


routes: list[BaseRoute] = [
    Route(PREFIX, show_downloads),
    Route(f"{PREFIX}/of/{{release}}", show_release),
    Route(f"{PREFIX}/of/{{release}}", ask, methods=["POST"]),
    Route(f"{PREFIX}/of/{{release}}/texts", show_open_answers),
    Route(f"{PREFIX}/{{id}}/file", fetch),
]

"""Pages on which a union office gets the wave kit of its unit: all in one click, or each part alone."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kit.app import caller
from kit.calendar import VIETNAM
from kit.errors import DomainError, Forbidden, NotFound, SignInRequired
from kit.web import SECURITY_HEADERS, language, page
from survey.calendar import last_day
from survey.collection.slips.printing import own_unit_codes, unit_by_code
from survey.wave_kit import texts
from survey.wave_kit.parts import ARCHIVE, PARTS, archive
from survey.wave_kit.service import Occasion, occasion, waves_to_announce
from survey.web.faults import said

# Behind the door that lets only those in who are known; no programme's results are called so.
PREFIX = "/results"
TEMPLATES = Path(__file__).parent / "templates"
_STATUS: Mapping[type[DomainError], int] = {SignInRequired: 401, Forbidden: 403, NotFound: 404}
_TEXTS = (("zalo", texts.zalo), ("facebook", texts.facebook), ("loudspeaker", texts.loudspeaker))


async def show_waves(request: Request) -> Response:
    """`/results/kit`: the waves to which somebody may call people."""
    if caller(request).subject is None:
        return _problem(request, SignInRequired())
    return page(
        request,
        "kit_waves.html",
        folder=TEMPLATES,
        static_prefix=PREFIX,
        waves=await waves_to_announce(caller(request)),
        day=_day,
        last_day=last_day,
    )


async def show_kit(request: Request) -> Response:
    """`/results/kit/<wave>?unit=<code or id>`: the kit of a unit, by default the caller's own."""
    try:
        caller(request).require_someone()
        unit = await _unit_asked(request)
        about = await _occasion(request, unit)
    except SignInRequired as error:
        return _problem(request, error)
    except DomainError as error:
        return await _kit(request, None, error)
    return await _kit(request, about, None)


async def send_part(request: Request) -> Response:
    """Answer with one file of the kit, or with all in an archive."""
    name: str = request.path_params["part"]
    try:
        caller(request).require_someone()
        if name != ARCHIVE and name not in PARTS:
            raise NotFound("file", name)
        about = await _occasion(request, await _unit_asked(request))
    except DomainError as error:
        return _problem(request, error)
    make = archive if name == ARCHIVE else PARTS[name].make
    # Drawing takes a tenth of a second.
    content = await asyncio.to_thread(make, about)
    how = "inline" if request.query_params.get("show") == "1" else "attachment"
    headers = {
        **SECURITY_HEADERS,
        "content-disposition": f'{how}; filename="{_file_name(about.unit_code)}-{name}"',
        "cache-control": "no-store",
    }
    return Response(content, 200, headers, "application/zip" if name == ARCHIVE else PARTS[name].kind)


routes: list[BaseRoute] = [
    Route(f"{PREFIX}/kit", show_waves, methods=["GET"]),
    Route(f"{PREFIX}/kit/{{wave:uuid}}", show_kit, methods=["GET"]),
    Route(f"{PREFIX}/kit/{{wave:uuid}}/{{part}}", send_part, methods=["GET"]),
]


async def _unit_asked(request: Request) -> str:
    """Return the unit that is asked for, as it is written; the caller's own where none is."""
    asked = request.query_params.get("unit", "").strip()[:100]
    return asked or next(iter(await own_unit_codes(caller(request))), "")


async def _occasion(request: Request, unit: str) -> Occasion:
    try:
        unit_id = UUID(unit)
    except ValueError:
        unit_id = await unit_by_code(caller(request), unit)
    return await occasion(caller(request), request.path_params["wave"], unit_id)


async def _kit(request: Request, about: Occasion | None, error: DomainError | None) -> Response:
    wave_id: UUID = request.path_params["wave"]
    return page(
        request,
        "kit_wave.html",
        folder=TEMPLATES,
        status=_STATUS.get(type(error), 409) if error else 200,
        static_prefix=PREFIX,
        about=about,
        wave_id=wave_id,
        unit=about.unit_code if about else request.query_params.get("unit", "")[:100],
        units=await own_unit_codes(caller(request)),
        problem=said(error, language(request)) if error else None,
        parts=PARTS,
        archive=ARCHIVE,
        written=[(name, say(about)) for name, say in _TEXTS] if about else [],
        until=texts.until(about) if about else None,
    )


def _problem(request: Request, error: DomainError) -> Response:
    status = _STATUS.get(type(error), 409)
    return page(
        request,
        "slip_problem.html",
        folder=TEMPLATES,
        status=status,
        static_prefix=PREFIX,
        message=error.message(language(request)),
        status_code=status,
    )


def _file_name(code: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in code)[:40] or "unit"


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%d/%m/%Y}"

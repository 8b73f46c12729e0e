"""Pages on which a union office prints slips and forms on paper for its people, and makes slips void."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kit import db
from kit.app import caller
from kit.calendar import VIETNAM
from kit.errors import DomainError, Forbidden, InvalidInput, NotFound, SignInRequired
from kit.graphql import encode_cursor, parse_id
from kit.numbers import written_number
from kit.web import form, language, page, require_same_origin
from survey.calendar import last_day
from survey.collection.printing.form_pages import MOST_COPIES
from survey.collection.slips.printing import (
    Printed,
    own_unit_codes,
    print_forms,
    print_slips,
    unit_by_code,
    waves_with_slips,
)
from survey.collection.slips.service import (
    SurveyUnitNotAsked,
    SurveyUnitNotCounted,
    TooManySlips,
    revoke_slips,
    slip_batches,
)
from survey.collection.slips.types import batch_window
from survey.web.faults import said

# Behind the door that lets only those in who are known, where asked for; no programme's results are called so.
PREFIX = "/results"
TEMPLATES = Path(__file__).parent / "templates"
PAGE_SIZE = 20
_LARGEST_NUMBER = 999_999
_STATUS: Mapping[type[DomainError], int] = {SignInRequired: 401, Forbidden: 403, NotFound: 404, InvalidInput: 422}


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody typed into the form, as it was typed."""

    unit: str = ""
    amount: str = ""
    kind: str = "slip"
    language: str = "vi"
    replaces: str = ""

    @classmethod
    def of(cls, posted: FormData) -> "Wish":
        """Read a posted form."""
        return cls(**{name: str(posted.get(name, "")).strip() for name in cls.__dataclass_fields__})

    @property
    def number(self) -> int:
        """How many are wanted; InvalidInput for what is not a number."""
        number = written_number(self.amount)
        if number is None or number > _LARGEST_NUMBER:
            raise InvalidInput("amount", "hãy nhập một số, ví dụ 120", "please enter a number, such as 120")
        return number


async def show_waves(request: Request) -> Response:
    """`/results/slips`: the waves for which slips or forms can be printed."""
    who = caller(request)
    if who.subject is None:
        return _problem(request, SignInRequired())
    waves = await waves_with_slips(who)
    return page(
        request,
        "slip_waves.html",
        folder=TEMPLATES,
        static_prefix=PREFIX,
        waves=waves,
        day=_day,
        last_day=last_day,
        prefix=PREFIX,
    )


async def show_wave(request: Request) -> Response:
    """`/results/slips/<wave>`: print for a unit, and what was printed before."""
    try:
        return await _show(request, Wish(unit=await _first_unit(request)), None)
    except DomainError as error:
        return _problem(request, error)


async def print_for_unit(request: Request) -> Response:
    """Make slips, or forms with slips, and answer with the PDF: the only copy there is."""
    require_same_origin(request)
    wish = Wish.of(await form(request, max_bytes=20_000))
    try:
        printed = await _print(request, wish)
    except (SignInRequired, NotFound) as error:
        # Of the unit the form tells; of the wave there is no form to show.
        return await _again(request, wish, error) if caller(request).subject else _problem(request, error)
    except DomainError as error:
        return await _again(request, wish, error)
    name = f"{'phieu-ma' if wish.kind != 'paper' else 'phieu-giay'}-{_file_name(wish.unit)}.pdf"
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    return Response(printed.pdf, 200, headers, "application/pdf")


async def revoke(request: Request) -> Response:
    """Make a batch void that was printed before, as far as it is not used."""
    require_same_origin(request)
    posted = await form(request, max_bytes=20_000)
    try:
        await revoke_slips(caller(request), parse_id(str(posted.get("batch", "")), "slip batch"))
    except DomainError as error:
        return _problem(request, error)
    return RedirectResponse(f"{PREFIX}/slips/{_wave_id(request)}", 303, {"cache-control": "no-store"})


routes: list[BaseRoute] = [
    Route(f"{PREFIX}/slips", show_waves, methods=["GET"]),
    Route(f"{PREFIX}/slips/{{wave:uuid}}", show_wave, methods=["GET"]),
    Route(f"{PREFIX}/slips/{{wave:uuid}}", print_for_unit, methods=["POST"]),
    Route(f"{PREFIX}/slips/{{wave:uuid}}/revoke", revoke, methods=["POST"]),
]


async def _print(request: Request, wish: Wish) -> Printed:
    who, wave_id, amount = caller(request), _wave_id(request), wish.number
    unit_id = await unit_by_code(who, wish.unit)
    replaces = parse_id(wish.replaces, "slip batch") if wish.replaces else None
    if wish.kind == "paper":
        shown_in = "en" if wish.language == "en" else "vi"
        return await print_forms(
            who, wave_id=wave_id, unit_id=unit_id, amount=amount, language=shown_in, replaces=replaces
        )
    return await print_slips(who, wave_id=wave_id, unit_id=unit_id, amount=amount, replaces=replaces)


async def _again(request: Request, wish: Wish, error: DomainError) -> Response:
    """Show the form with what was typed and what is wrong; the problem alone where there is no form to show."""
    try:
        return await _show(request, wish, error)
    except DomainError as other:
        return _problem(request, other)


async def _show(request: Request, wish: Wish, error: DomainError | None) -> Response:
    who, wave_id = caller(request), _wave_id(request)
    who.require_someone()
    [*found] = [wave for wave in await waves_with_slips(who) if wave["id"] == wave_id]
    if not found:
        raise NotFound("survey wave", wave_id)
    wave = found[0]
    asked = batch_window(PAGE_SIZE, request.query_params.get("after"))
    batches = await slip_batches(who, wave_id, asked)
    return page(
        request,
        "slip_wave.html",
        folder=TEMPLATES,
        status=200 if error is None else _STATUS.get(type(error), 409),
        static_prefix=PREFIX,
        prefix=PREFIX,
        wave=wave,
        wish=wish if wish.kind in wave["ways"] else Wish(wish.unit, wish.amount, wave["ways"][0], wish.language),
        units=await own_unit_codes(who),
        batches=batches[: asked.first],
        following=_cursor(batches, asked.first),
        problem=said(error, language(request)) if error else None,
        faulty=_faulty(error),
        most_copies=MOST_COPIES,
        day=_day,
        last_day=last_day,
        moment=_moment,
    )


def _faulty(error: DomainError | None) -> str | None:
    """Return the field that an error is about."""
    if isinstance(error, InvalidInput):
        return str(error.details["field"])
    if isinstance(error, NotFound | Forbidden | SurveyUnitNotAsked | SurveyUnitNotCounted):
        return "unit"
    return "amount" if isinstance(error, TooManySlips) else None


def _cursor(batches: Sequence[db.Record], shown: int) -> str | None:
    if len(batches) <= shown:
        return None
    last = batches[shown - 1]
    return encode_cursor((last["made_at"].isoformat(), str(last["id"])))


async def _first_unit(request: Request) -> str:
    codes = await own_unit_codes(caller(request))
    return codes[0] if codes else ""


def _wave_id(request: Request) -> UUID:
    return request.path_params["wave"]


def _file_name(code: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in code)[:40] or "unit"


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


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%d/%m/%Y}"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%H:%M %d/%m/%Y}"

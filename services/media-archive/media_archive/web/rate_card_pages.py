"""A unit's rate card as a table: taken out, filled in, looked through, and only then brought in."""

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kit import app
from kit.calendar import today
from kit.errors import DomainError, InvalidInput, Language
from kit.web import form, language, require_same_origin
from media_archive.royalties import cards
from media_archive.royalties.rates import shown_coefficient
from media_archive.tables import CSV, XLSX, Sheet, as_csv, as_xlsx
from media_archive.units.service import KnownUnit
from media_archive.web.cards import unit_name
from media_archive.web.downloads import file_of
from media_archive.web.forms import day_in, number_in, text_in
from media_archive.web.places import chosen_unit
from media_archive.web.showing import kinds_in, outcome, picked, said, show, with_refusals

_PLACE = "/archive/royalties/card"
_MOST_BYTES = 1_000_000


async def card_page(request: Request) -> Response:
    """`/archive/royalties/card?unit=`, for admins of the unit."""
    return await _shown(request, await _unit(request, request.query_params.get("unit", "")))


async def card_download(request: Request) -> Response:
    """`/archive/royalties/card.xlsx?unit=` and `.csv`: the rates by which the unit pays today, to be filled in."""
    shown_in = language(request)
    unit = await _unit(request, request.query_params.get("unit", ""))
    kinds = await kinds_in(shown_in)
    columns = [picked(shown_in, *names) for names in cards.COLUMNS.values()]
    rows = [
        (
            kinds.get(row["kind"], row["kind"]),
            row["valid_from"].isoformat(),
            shown_coefficient(row["coefficient"], picked(shown_in, ",", ".")),
            row["unit_value"],
            row["basis"],
        )
        for row in await cards.card_on(app.caller(request), unit.id, today())
    ]
    name = f"bieu-nhuan-but-{today().isoformat()}"
    if request.url.path.endswith(".csv"):
        return file_of(as_csv(columns, rows), CSV, f"{name}.csv")
    return file_of(
        as_xlsx([Sheet(picked(shown_in, "Biểu nhuận bút", "Rate card"), columns, rows)]), XLSX, f"{name}.xlsx"
    )


async def card_post(request: Request) -> Response:
    """`POST` with `unit` and `do`: `look` with a `file`, `bring` with the `rows` looked through, or `copy`."""
    require_same_origin(request)
    given = await form(request, max_bytes=_MOST_BYTES, max_files=1, max_fields=10)
    file = given.get("file")
    content = await file.read() if isinstance(file, UploadFile) else b""
    await given.close()
    caller, unit = app.caller(request), await _unit(request, text_in(given, "unit"))
    try:
        match text_in(given, "do"):
            case "look":
                return await _shown(request, unit, await cards.look_through(caller, unit.id, content))
            case "bring":
                await cards.bring_in(caller, unit.id, text_in(given, "rows").encode())
            case "copy":
                await cards.copy_card(
                    caller,
                    unit.id,
                    day_in(given, "on") or today(),
                    day_in(given, "valid_from") or today(),
                    number_in(given, "unit_value", field="unitValue", digits=15)
                    if text_in(given, "unit_value")
                    else None,
                    text_in(given, "basis") or None,
                )
            case _:
                raise InvalidInput("do", "không có việc này", "there is no such action")
    except DomainError as error:
        return await _shown(request, unit, error=error)
    return RedirectResponse(f"/archive/royalties?unit={unit.id}", 303)


async def _unit(request: Request, asked: str) -> KnownUnit:
    return await chosen_unit(app.caller(request), "admin", asked)


async def _shown(
    request: Request, unit: KnownUnit, lines: list[cards.Line] | None = None, error: DomainError | None = None
) -> Response:
    shown_in = language(request)
    return show(
        request,
        "rate_card.html",
        **outcome(error, shown_in),
        unit=unit,
        unit_name=unit_name(unit, shown_in),
        columns=[picked(shown_in, *names) for names in cards.COLUMNS.values()],
        lines=[(line.number, list(line.cells.values()), _problem(line, shown_in)) for line in lines or []],
        is_looked_through=lines is not None,
        rows=_as_text(lines) if lines and all(line.problem is None for line in lines) else "",
        today=today(),
        last_year=today().year - 1,
    )


def _problem(line: cards.Line, shown_in: Language) -> str:
    return "" if line.problem is None else said(line.problem, shown_in)


def _as_text(lines: list[cards.Line]) -> str:
    """What was looked through, to be sent again by whoever agrees to it."""
    return as_csv(list(cards.COLUMNS), [list(line.cells.values()) for line in lines]).decode("utf-8-sig")


routes: list[BaseRoute] = [
    Route(_PLACE, with_refusals(card_page), methods=["GET"]),
    Route(_PLACE, with_refusals(card_post), methods=["POST"]),
    Route(f"{_PLACE}.xlsx", with_refusals(card_download)),
    Route(f"{_PLACE}.csv", with_refusals(card_download)),
]

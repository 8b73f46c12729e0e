"""Royalties for a unit's admins: rate cards, authors, publications to pay for, statements to take away."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kit import app
from kit.calendar import VIETNAM, today
from kit.errors import DomainError, InvalidInput
from kit.graphql import parse_id
from kit.identity import Caller
from kit.web import form, language, require_same_origin
from media_archive.assets import service as assets
from media_archive.royalties import authors, charges, rates, statements
from media_archive.royalties.rates import coefficient_of, shown_coefficient
from media_archive.royalties.workbook import statement_file
from media_archive.tables import XLSX
from media_archive.units import service as units
from media_archive.web.cards import unit_name
from media_archive.web.downloads import file_of
from media_archive.web.forms import day_in, number_in, texts_in
from media_archive.web.places import chosen_unit, places
from media_archive.web.showing import kinds_in, outcome, picked, show, with_refusals

_PLACE = "/archive/royalties"
_MOST_CARDS = 100
_LINES = 5
_MOST_UNITS = 20_000

Given = dict[str, str]


async def royalty_page(request: Request) -> Response:
    """`/archive/royalties?unit=`, for admins of the unit."""
    return await _shown(request, await chosen_unit(app.caller(request), "admin", request.query_params.get("unit", "")))


async def royalty_post(request: Request) -> Response:
    """`POST` with `unit` and `action`: `rate`, `author`, `erase`, `charge` or `reverse`."""
    require_same_origin(request)
    given = texts_in(await form(request, max_bytes=20_000))
    caller = app.caller(request)
    unit = await chosen_unit(caller, "admin", given.get("unit", ""))
    try:
        action = _ACTIONS.get(given.get("action", ""))
        if action is None:
            raise InvalidInput("action", "không có việc này", "there is no such action")
        await action(caller, unit.id, given)
    except DomainError as error:
        return await _shown(request, unit, error, given)
    return RedirectResponse(f"{_PLACE}?unit={unit.id}", 303)


async def statement_download(request: Request) -> Response:
    """`/archive/royalties/statement.xlsx?unit=&year=&half=&as_of=&author=`."""
    asked = request.query_params
    caller, shown_in = app.caller(request), language(request)
    unit = await chosen_unit(caller, "admin", asked.get("unit", ""))
    period = statements.period(number_in(asked, "year"), number_in(asked, "half"), day_in(asked, "as_of"))
    author = parse_id(asked["author"], "author") if asked.get("author") else None
    lines = await statements.lines(caller, unit.id, period, author)
    below = [] if author else await statements.totals_by_unit(caller, unit.id, period, _MOST_UNITS)
    content = statement_file(unit, period, lines, await kinds_in(shown_in), shown_in, below)
    return file_of(content, XLSX, f"nhuan-but-{period.year}-{period.half}-{period.as_of.isoformat()}.xlsx")


async def shares_page(request: Request) -> Response:
    """`/archive/items/{id}/authors`: who made a material, for admins of its unit."""
    return await _shares(request)


async def shares_post(request: Request) -> Response:
    """The form was sent: who made it, and with which shares."""
    require_same_origin(request)
    given = texts_in(await form(request, max_bytes=20_000))
    try:
        asset_id = parse_id(request.path_params["id"], "asset")
        wanted: dict[UUID, int] = {}
        for line in range(_LINES):
            if given.get(f"author{line}"):
                author_id = parse_id(given[f"author{line}"], "author")
                wanted[author_id] = wanted.get(author_id, 0) + coefficient_of(given.get(f"percent{line}", ""))
        await authors.set_asset_authors(app.caller(request), asset_id, wanted)
    except DomainError as error:
        return await _shares(request, error, given)
    return RedirectResponse(f"/archive/items/{asset_id}/authors", 303)


async def _shares(request: Request, error: DomainError | None = None, typed: Given | None = None) -> Response:
    caller, shown_in = app.caller(request), language(request)
    row = await assets.asset(caller, parse_id(request.path_params["id"], "asset"))
    named = await authors.asset_authors(caller, row["id"])
    separator = picked(shown_in, ",", ".")
    lines = dict(typed or {})
    if typed is None:
        for place, one in enumerate(named[:_LINES]):
            lines[f"author{place}"] = str(one["id"])
            lines[f"percent{place}"] = shown_coefficient(one["share"], separator)
    return show(
        request,
        "royalty_shares.html",
        **outcome(error, shown_in),
        asset=row,
        typed=defaultdict(str, lines),
        lines=range(_LINES),
        choices=await authors.authors_to_choose(caller, row["unit_path"]),
        too_many=len(named) > _LINES,
    )


async def _shown(
    request: Request, unit: units.KnownUnit, error: DomainError | None = None, typed: Given | None = None
) -> Response:
    caller, shown_in = app.caller(request), language(request)
    separator = picked(shown_in, ",", ".")
    cards = await rates.rates_of(caller, unit.id, _MOST_CARDS, None)
    published = await statements.publications(caller, unit.id)
    return show(
        request,
        "royalties.html",
        **outcome(error, shown_in),
        typed=defaultdict(str, typed or {}),
        unit=unit,
        unit_name=unit_name(unit, shown_in),
        places=await places(caller, "admin", str(unit.id), shown_in),
        kinds=await kinds_in(shown_in),
        cards=[{**dict(one), "coefficient": shown_coefficient(one["coefficient"], separator)} for one in cards],
        authors=await authors.authors_of(caller, unit.id, 100, None),
        publications=[
            {
                **dict(one),
                "day": one["at"].astimezone(VIETNAM).date(),
                "names_authors": caller.may("admin", one["unit_path"]),
            }
            for one in published
        ],
        halves=_halves(),
        today=today(),
    )


def _halves() -> list[tuple[int, int]]:
    """Return this half-year and the five before it."""
    number = today().year * 2 + (today().month > 6)
    return [(one // 2, one % 2 + 1) for one in range(number, number - 6, -1)]


async def _set_rate(caller: Caller, unit_id: UUID, given: Given) -> None:
    new = rates.NewRate(
        unit_id=unit_id,
        kind=given.get("kind", ""),
        valid_from=day_in(given, "valid_from") or today(),
        coefficient=coefficient_of(given.get("coefficient", "")),
        unit_value=number_in(given, "unit_value", field="unitValue", digits=15),
        basis=given.get("basis", ""),
    )
    await rates.set_rate(caller, new)


async def _add_author(caller: Caller, unit_id: UUID, given: Given) -> None:
    await authors.add_author(caller, unit_id, given.get("name", ""))


async def _erase_author(caller: Caller, _: UUID, given: Given) -> None:
    await authors.erase_author(caller, parse_id(given.get("author", ""), "author"))


async def _charge(caller: Caller, _: UUID, given: Given) -> None:
    coefficient = coefficient_of(given["coefficient"]) if given.get("coefficient", "").strip() else None
    await charges.charge(caller, number_in(given, "publication", digits=15), coefficient)


async def _reverse(caller: Caller, _: UUID, given: Given) -> None:
    await charges.reverse(caller, number_in(given, "publication", digits=15), given.get("note", ""))


_ACTIONS: dict[str, Callable[[Caller, UUID, Given], Awaitable[None]]] = {
    "rate": _set_rate,
    "author": _add_author,
    "erase": _erase_author,
    "charge": _charge,
    "reverse": _reverse,
}


routes: list[BaseRoute] = [
    Route(_PLACE, with_refusals(royalty_page), methods=["GET"]),
    Route(_PLACE, with_refusals(royalty_post), methods=["POST"]),
    Route(f"{_PLACE}/statement.xlsx", with_refusals(statement_download)),
    Route("/archive/items/{id}/authors", with_refusals(shares_page), methods=["GET"]),
    Route("/archive/items/{id}/authors", with_refusals(shares_post), methods=["POST"]),
]

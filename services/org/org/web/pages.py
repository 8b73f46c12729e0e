"""Pages on which people find a unit, see where it stands, and walk from unit to unit; they need no JavaScript."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from kit import db
from kit.app import caller
from kit.errors import DomainError, NotFound
from kit.graphql import encode_cursor, window
from kit.graphql.paging import Window
from kit.web import language, page, static
from org.headcounts import service as headcounts
from org.people import service as people
from org.units import service as units
from org.vocabularies import service as vocabularies

HERE = Path(__file__).parent
PAGE_SIZE = 50
MOST_PEOPLE_SHOWN = 100

Answer = Callable[[Request], Awaitable[Response]]


def to_overview(_: Request) -> Response:
    """`/org` leads to `/org/`."""
    return RedirectResponse("/org/", 308)


async def overview(request: Request) -> Response:
    """`/org/`: what a search found (`?q=`), or the top of the tree."""
    query = request.query_params.get("q", "").strip()
    if query:
        return await _search(request, query)
    top = await units.top_units(PAGE_SIZE)
    if len(top) == 1:
        return await _card(request, top[0])
    return _page(request, "overview.html", units=top, counts=await _counts(top))


async def unit_card(request: Request) -> Response:
    """`/org/units/<code>`: one unit, what is above it and what is directly below it."""
    code = request.path_params["code"]
    unit = await units.find_unit_by_code(code)
    if unit["code"] != code:
        return RedirectResponse(f"/org/units/{unit['code']}", 308)
    return await _card(request, unit)


async def _search(request: Request, query: str) -> Response:
    asked = window(PAGE_SIZE, request.query_params.get("after"), int, str, int)
    found = await units.search_units(units.UnitSearch(query=query), asked.limit, asked.after)
    shown, following = _cut(found, asked, lambda row: (row["rank"], row["sort_key"], row["number"]))
    above = await units.units_by_number([number for row in shown for number in row["ancestors"][-1:]])
    parents = {row["id"]: row for row in above}
    return _page(request, "search.html", query=query, units=shown, parents=parents, following=following)


async def _card(request: Request, unit: db.Record) -> Response:
    asked = window(PAGE_SIZE, request.query_params.get("after"), str, int)
    who, path = caller(request), unit["path"]
    found = await units.children_of([unit["id"]], asked.limit, asked.after)
    children, following = _cut(found, asked, lambda row: (row["sort_key"], row["number"]))
    above = {row["number"]: row for row in await units.units_by_number(unit["ancestors"])}
    may_see = headcounts.may_see(who, path)
    coverage = await headcounts.subtree_coverage([path]) if may_see else []
    return _page(
        request,
        "unit.html",
        unit=unit,
        above=[above[number] for number in unit["ancestors"]],
        children=children,
        following=following,
        counts=await _counts([unit, *children]),
        labels=await vocabularies.labels_by_code("level", "unit_kind", "region", "age_band", "gender", "post"),
        may_see_headcount=may_see,
        coverage=coverage[0] if coverage else None,
        cells=await headcounts.subtree_cells([path]) if coverage else [],
        departments=await people.departments_of(who, [unit["id"]], MOST_PEOPLE_SHOWN, None),
        officers=await people.officers_of(who, [unit["id"]], MOST_PEOPLE_SHOWN, None),
    )


def _cut(
    rows: list[db.Record], asked: Window, key: Callable[[db.Record], tuple[Any, ...]]
) -> tuple[list[db.Record], str | None]:
    """Return the rows of a page and the cursor of the next one, None on the last."""
    shown = rows[: asked.first]
    return shown, encode_cursor(key(shown[-1])) if len(rows) > asked.first else None


async def _counts(rows: list[db.Record]) -> dict[str, int]:
    return {row["path"]: row["units"] for row in await units.subtree_counts([row["path"] for row in rows])}


def _page(request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
    english = language(request) == "en"

    def number(count: int) -> str:
        return f"{count:,}" if english else f"{count:,}".replace(",", ".")

    def label(terms: dict[tuple[str, str], db.Record], vocabulary: str, code: str) -> str:
        term = terms.get((vocabulary, code))
        return term["label_en" if english else "label_vi"] if term else code

    return page(
        request,
        template,
        status=status,
        folder=HERE / "templates",
        static_prefix="/org",
        number=number,
        label=label,
        **values,
    )


def _with_refusals(answer: Answer) -> Answer:
    """Show a refusal as a page that says what is wrong."""

    async def guarded(request: Request) -> Response:
        try:
            return await answer(request)
        except DomainError as error:
            status = 404 if isinstance(error, NotFound) else 400
            return _page(request, "refusal.html", status=status, message=error.message(language(request)))

    return guarded


routes = [
    Route("/org", to_overview),
    Route("/org/", _with_refusals(overview)),
    Route("/org/units/{code}", _with_refusals(unit_card)),
    static("/org", HERE / "static"),
]

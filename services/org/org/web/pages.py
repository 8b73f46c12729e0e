"""Pages on which people unfold the tree as of any day, find a unit, and read all that is known of it."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from kit import db
from kit.app import caller
from kit.errors import NotFound
from kit.graphql import encode_cursor, window
from kit.graphql.paging import Window
from kit.web import static
from org.units import service as units
from org.web.card import counts, read_card
from org.web.days import Shown, shown_day
from org.web.showing import HERE, show, with_refusals

PAGE_SIZE = 50


def to_overview(_: Request) -> Response:
    """`/org` leads to `/org/`."""
    return RedirectResponse("/org/", 308)


async def overview(request: Request) -> Response:
    """`/org/`: the tree to unfold, from its top, or what a search found (`?q=`)."""
    shown = await shown_day(request)
    query = request.query_params.get("q", "").strip()
    if query:
        return await _search(request, query, shown)
    top = await units.top_units(PAGE_SIZE, shown.day)
    first = await _branch(request, top[0], shown) if len(top) == 1 else {}
    exchanges = any(caller(request).scopes(role) for role in ("analyst", "editor"))
    values = {"top": top, "top_counts": await counts(top, shown), "exchanges": exchanges}
    return show(request, "overview.html", shown=shown, **values, **first)


async def branch(request: Request) -> Response:
    """`/org/units/<code>/below`: the children as a piece of the tree, put where it was unfolded."""
    shown = await shown_day(request)
    unit = await units.find_unit_by_code(request.path_params["code"], shown.on)
    return show(request, "branch.html", shown=shown, **await _branch(request, unit, shown))


async def _branch(request: Request, unit: db.Record, shown: Shown) -> dict[str, Any]:
    asked = window(PAGE_SIZE, request.query_params.get("after"), str, int)
    found = await units.children_of([unit["id"]], asked.limit, asked.after, shown.day)
    children, following = _cut(found, asked, _by_name)
    return {
        "unit": unit,
        "children": children,
        "following": following,
        "counts": await counts(children, shown),
    }


async def unit_card(request: Request) -> Response:
    """`/org/units/<code>`: one unit as of a day, and its whole history."""
    shown, code = await shown_day(request), request.path_params["code"]
    unit = await _unit_of(code, shown)
    if unit["code"] != code and unit["code"] == code.upper():
        return RedirectResponse(shown.link(f"/org/units/{unit['code']}"), 308)
    asked = window(PAGE_SIZE, request.query_params.get("after"), str, int)
    values = await read_card(caller(request), unit, shown, asked)
    values["children"], following = _cut(values["children"], asked, _by_name)
    return show(request, "unit.html", shown=shown, following=following, **values)


async def _unit_of(code: str, shown: Shown) -> db.Record:
    """Return the unit that has the code on the day shown; where none has it, today's, as it was that day if it was."""
    try:
        return await units.find_unit_by_code(code, shown.on)
    except NotFound:
        known = await units.find_unit_by_code(code)
    try:
        return await units.find_unit(known["id"], shown.on)
    except units.UnitNotOnDay:
        return known


async def _search(request: Request, query: str, shown: Shown) -> Response:
    asked = window(PAGE_SIZE, request.query_params.get("after"), int, str, int)
    found = await units.search_units(units.UnitSearch(query=query, on=shown.on), asked.limit, asked.after)
    rows, following = _cut(found, asked, lambda row: (row["rank"], row["sort_key"], row["number"]))
    above = await units.units_by_id([row["parent_id"] for row in rows if row["parent_id"]], shown.day)
    parents = {row["id"]: row for row in above}
    return show(request, "search.html", shown=shown, query=query, units=rows, parents=parents, following=following)


def _by_name(row: db.Record) -> tuple[str, int]:
    return row["sort_key"], row["number"]


def _cut(
    rows: list[db.Record], asked: Window, key: Callable[[db.Record], tuple[Any, ...]]
) -> tuple[list[db.Record], str | None]:
    """Return the rows of a page and the cursor of the next one, None on the last."""
    shown = rows[: asked.first]
    return shown, encode_cursor(key(shown[-1])) if len(rows) > asked.first else None


routes = [
    Route("/org", to_overview),
    Route("/org/", with_refusals(overview)),
    Route("/org/units/{code}", with_refusals(unit_card)),
    Route("/org/units/{code}/below", with_refusals(branch)),
    static("/org", HERE / "static"),
]

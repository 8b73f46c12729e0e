"""Who used a material, and what one's units used: pages with figures, the entries, and tables to take away."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kit import app
from kit.calendar import VIETNAM, today
from kit.db import Record
from kit.errors import DomainError, Forbidden, InvalidInput, Language
from kit.graphql import encode_cursor, parse_id, window
from kit.identity import Caller
from kit.web import form, language, require_same_origin
from media_archive.assets import service as assets
from media_archive.reuse import derivations, reading
from media_archive.reuse.kinds import CALLED
from media_archive.reuse.loaders import first_month
from media_archive.reuse.service import NewReuse, record_reuse
from media_archive.tables import CSV, XLSX, Cell, Sheet, as_csv, as_xlsx
from media_archive.units import service as units
from media_archive.web.cards import unit_name
from media_archive.web.showing import STATUS, problem_page, said, show

_PAGE = 50
_MOST_ROWS = 20_000
_AT_ONCE = 1_000


async def item_reuse_page(request: Request) -> Response:
    """`/archive/items/{id}/reuse`: who used a material, and a form to tell of a use."""
    try:
        return await _of_item(request)
    except DomainError as error:
        return problem_page(request, error)


async def item_reuse_post(request: Request) -> Response:
    """The form was sent: back to the page, or with what is wrong."""
    require_same_origin(request)
    given = {name: str(value) for name, value in (await form(request, max_bytes=20_000)).items()}
    try:
        asset_id = parse_id(request.path_params["id"], "asset")
        await record_reuse(app.caller(request), _told(asset_id, given))
    except DomainError as error:
        try:
            return await _of_item(request, error, given)
        except DomainError as refusal:
            return problem_page(request, refusal)
    return RedirectResponse(f"/archive/items/{asset_id}/reuse", 303)


def _told(asset_id: UUID, given: dict[str, str]) -> NewReuse:
    return NewReuse(
        asset_id,
        parse_id(given.get("unit", ""), "unit"),
        given.get("kind", ""),
        campaign=given.get("campaign", ""),
        link=given.get("link", ""),
        at=_moment(given.get("day", "")),
    )


def _moment(day: str) -> datetime | None:
    """Return noon of a day that was typed: the hour of a use is nothing that people know."""
    if not day:
        return None
    try:
        noon = datetime.fromisoformat(day).replace(hour=12, tzinfo=VIETNAM)
    except ValueError as error:
        raise InvalidInput("day", "không phải một ngày hợp lệ", "is no day") from error
    return min(noon, datetime.now(UTC)) if noon.date() == today() else noon


async def _of_item(request: Request, error: DomainError | None = None, typed: dict[str, str] | None = None) -> Response:
    caller, shown_in = app.caller(request), language(request)
    row = await assets.asset(caller, parse_id(request.path_params["id"], "asset"))
    caller.require_someone()
    if not caller.scopes("contributor"):
        raise Forbidden()
    asked = window(_PAGE, request.query_params.get("after") or None, int, int)
    after = reading.position_of(asked.after)
    found = (await reading.reuses_of_assets(caller, [row["id"]], asked.limit, after))[row["id"]]
    by_unit = await reading.units_of_asset(caller, row["id"])
    months = await reading.months_of_asset(caller, row["id"], first_month(today()))
    names = await units.names_of(_units([*found, *by_unit]))
    return show(
        request,
        "reuse_item.html",
        status=200 if error is None else STATUS.get(type(error), 422),
        problem=said(error, shown_in) if error else None,
        typed=defaultdict(str, typed or {}),
        asset=row,
        total=(await reading.counts_of_assets(caller, [row["id"]])).get(row["id"], 0),
        by_unit=[{**dict(one), "unit": _name(one["unit_id"], names, shown_in)} for one in by_unit],
        months=_months(months),
        entries=[_entry(one, names, shown_in) for one in found[:_PAGE]],
        called=_called(shown_in),
        sources=(await derivations.sources_of(caller, [row["id"]]))[row["id"]],
        adaptations=(await derivations.adaptations_of(caller, [row["id"]]))[row["id"]],
        places=await _places(caller, (typed or {}).get("unit", ""), shown_in),
        next_url=_next(request, found),
    )


async def units_reuse_page(request: Request) -> Response:
    """`/archive/reuse?unit=`: what a unit and all below it used."""
    try:
        return await _of_unit(request)
    except DomainError as error:
        return problem_page(request, error)


async def _of_unit(request: Request) -> Response:
    caller, shown_in = app.caller(request), language(request)
    unit = await _unit(caller, request.query_params.get("unit", ""))
    asked = window(_PAGE, request.query_params.get("after") or None, int, int)
    found = await reading.reuses_in_subtree(unit.path, asked.limit, reading.position_of(asked.after))
    since = first_month(today())
    by_unit = await reading.units_in_subtree(unit.path, today().replace(year=today().year - 1, day=1))
    names = await units.names_of(_units([*found, *by_unit]))
    titles = await assets.assets_by_id(caller, [one["asset_id"] for one in found])
    return show(
        request,
        "reuse_units.html",
        unit=unit,
        unit_name=unit_name(unit, shown_in),
        places=await _places(caller, str(unit.id), shown_in),
        by_unit=[{**dict(one), "unit": _name(one["unit_id"], names, shown_in)} for one in by_unit],
        months=_months((await reading.months_in_subtrees([unit.path], since))[unit.path]),
        entries=[
            {**_entry(one, names, shown_in), "title": _title(titles.get(one["asset_id"]), shown_in)}
            for one in found[:_PAGE]
        ],
        called=_called(shown_in),
        next_url=_next(request, found, unit=str(unit.id)),
    )


async def units_reuse_file(request: Request) -> Response:
    """`/archive/reuse.csv` and `.xlsx`, `?unit=`: the newest 20,000 entries."""
    try:
        caller, shown_in = app.caller(request), language(request)
        unit = await _unit(caller, request.query_params.get("unit", ""))
        rows = await _rows(caller, unit.path, shown_in)
    except DomainError as error:
        return problem_page(request, error)
    columns = _COLUMNS[shown_in]
    if request.url.path.endswith(".csv"):
        content, media_type, ending = as_csv(columns, rows), CSV, "csv"
    else:
        content, media_type, ending = as_xlsx([Sheet("Loa", columns, rows)]), XLSX, "xlsx"
    return file_of(content, media_type, f"su-dung-tu-lieu-{today().isoformat()}.{ending}")


def file_of(content: bytes, media_type: str, name: str) -> Response:
    """Return a file that the browser keeps."""
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    return Response(content, media_type=media_type, headers=headers)


_COLUMNS: dict[Language, list[str]] = {
    "vi": ["Ngày", "Đơn vị", "Cách dùng", "Tài liệu", "Mã tài liệu", "Bản", "Chiến dịch", "Địa chỉ đăng"],
    "en": ["Day", "Unit", "Use", "Material", "Id of the material", "Version", "Campaign", "Address"],
}


async def _rows(caller: Caller, path: str, shown_in: Language) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    after: reading.Position = None
    called = _called(shown_in)
    while len(rows) < _MOST_ROWS:
        found = await reading.reuses_in_subtree(path, _AT_ONCE, after)
        names = await units.names_of(_units(found))
        titles = await assets.assets_by_id(caller, [one["asset_id"] for one in found])
        for one in found:
            day = one["at"].astimezone(VIETNAM).date()
            title = _title(titles.get(one["asset_id"]), shown_in)
            unit = _name(one["unit_id"], names, shown_in)
            how = called[one["kind"]]
            rows.append([day, unit, how, title, str(one["asset_id"]), one["version"], one["campaign"], one["link"]])
        if len(found) < _AT_ONCE:
            break
        after = (found[-1]["at"], found[-1]["id"])
    return rows


async def _unit(caller: Caller, asked: str) -> units.KnownUnit:
    """Return the unit that is asked for, or else the first one where the caller contributes."""
    caller.require_someone()
    if not caller.scopes("contributor"):
        raise Forbidden()
    if asked:
        unit = await units.find_unit(parse_id(asked, "unit"))
    else:
        unit = (await units.units_to_choose(caller.scopes("contributor"), None, 1))[0]
    caller.require("contributor", unit.path)
    return unit


async def _places(caller: Caller, chosen: str, shown_in: Language) -> list[dict[str, Any]]:
    try:
        chosen_id = parse_id(chosen, "unit") if chosen else None
    except DomainError:
        chosen_id = None
    found = await units.units_to_choose(caller.scopes("contributor"), chosen_id)
    return [{"id": str(unit.id), "name": unit_name(unit, shown_in)} for unit in found]


def _units(rows: Sequence[Record]) -> list[UUID]:
    return [row["unit_id"] for row in rows if row["unit_id"] is not None]


def _name(unit_id: UUID | None, names: dict[UUID, units.KnownUnit], shown_in: Language) -> str:
    if unit_id is None:
        return "Người ngoài, qua liên kết" if shown_in == "vi" else "Somebody outside, by a link"
    return unit_name(names.get(unit_id), shown_in)


def _title(row: Record | None, shown_in: Language) -> str:
    if row is not None:
        return row["title"]
    return "(không còn hoặc không được xem)" if shown_in == "vi" else "(gone, or not for you to see)"


def _entry(row: Record, names: dict[UUID, units.KnownUnit], shown_in: Language) -> dict[str, Any]:
    day = row["at"].astimezone(VIETNAM).date()
    return {
        **dict(row),
        "day": day.strftime("%d/%m/%Y") if shown_in == "vi" else day.isoformat(),
        "unit": _name(row["unit_id"], names, shown_in),
    }


def _months(rows: Sequence[Record]) -> list[dict[str, Any]]:
    """Return the last twelve months with what was used in each, by kind and all together, the newest first."""
    sums: dict[date, Counter[str]] = {}
    for row in rows:
        sums.setdefault(row["month"], Counter())[row["kind"]] += row["number"]
    month, months = today().replace(day=1), list[dict[str, Any]]()
    for _ in range(12):
        told = sums.get(month, Counter())
        months.append({"month": f"{month:%m/%Y}", "kinds": told, "total": sum(told.values())})
        month = (month - timedelta(days=1)).replace(day=1)
    return months


def _called(shown_in: Language) -> dict[str, str]:
    return {code: names[0 if shown_in == "vi" else 1] for code, names in CALLED.items()}


def _next(request: Request, found: Sequence[Record], **more: str) -> str | None:
    if len(found) <= _PAGE:
        return None
    after = encode_cursor(reading.cursor_of(found[_PAGE - 1]))
    query = "&".join(f"{name}={value}" for name, value in {**more, "after": after}.items())
    return f"{request.url.path}?{query}"


routes: list[BaseRoute] = [
    Route("/archive/items/{id}/reuse", item_reuse_page, methods=["GET"]),
    Route("/archive/items/{id}/reuse", item_reuse_post, methods=["POST"]),
    Route("/archive/reuse", units_reuse_page),
    Route("/archive/reuse.csv", units_reuse_file),
    Route("/archive/reuse.xlsx", units_reuse_file),
]

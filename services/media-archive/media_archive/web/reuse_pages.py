"""Who used a material, and what one's units used: pages with figures, the entries, and tables to take away."""

import re
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
from media_archive.channels.service import KnownChannel, channels_called, channels_to_choose
from media_archive.reuse import derivations, reading
from media_archive.reuse.kinds import CALLED
from media_archive.reuse.loaders import first_month
from media_archive.reuse.service import NewReuse, record_reuse
from media_archive.tables import CSV, XLSX, Cell, Sheet, as_csv, as_xlsx
from media_archive.units import service as units
from media_archive.web.cards import unit_name
from media_archive.web.downloads import file_of
from media_archive.web.forms import texts_in
from media_archive.web.places import chosen_unit, places
from media_archive.web.showing import outcome, picked, show, with_refusals

_PAGE = 50
_MOST_ROWS = 20_000
_AT_ONCE = 1_000
_BARE = re.compile(r"[\w-]+(?:\.[\w-]+)+(?:/\S*)?")


async def item_reuse_page(request: Request) -> Response:
    """`/archive/items/{id}/reuse`: who used a material, and a form to tell of a use."""
    return await _of_item(request)


async def item_reuse_post(request: Request) -> Response:
    """The form was sent: back to the page, or with what is wrong."""
    require_same_origin(request)
    given = texts_in(await form(request, max_bytes=20_000))
    try:
        asset_id = parse_id(request.path_params["id"], "asset")
        await record_reuse(app.caller(request), _told(asset_id, given))
    except DomainError as error:
        return await _of_item(request, error, given)
    return RedirectResponse(f"/archive/items/{asset_id}/reuse?done=", 303)


def _told(asset_id: UUID, given: dict[str, str]) -> NewReuse:
    return NewReuse(
        asset_id,
        parse_id(given.get("unit", ""), "unit"),
        given.get("kind", ""),
        channel_id=given.get("channel", ""),
        campaign=given.get("campaign", ""),
        link=_with_scheme(given.get("link", "").strip()),
        at=_moment(given.get("day", "")),
    )


def _with_scheme(link: str) -> str:
    """Return an address as browsers know it: people copy `congdoan.vn/tin` from a poster."""
    return f"https://{link}" if _BARE.fullmatch(link) else link


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
    accounts = await reading.accounts_told(caller, [(one["unit_id"], one["subject"]) for one in found[:_PAGE]])
    by_unit = await reading.units_of_asset(caller, row["id"])
    months = await reading.months_of_asset(caller, row["id"], first_month(today()))
    offered = await places(caller, "contributor", (typed or {}).get("unit", ""), shown_in)
    channels = await channels_to_choose(caller, [UUID(one["id"]) for one in offered])
    names = await units.names_of(_units([*found, *by_unit]))
    seen = await channels_called(caller, [one["channel_id"] for one in found])
    return show(
        request,
        "reuse_item.html",
        **outcome(error, shown_in),
        typed=defaultdict(str, typed or {}),
        asset=row,
        total=(await reading.counts_of_assets(caller, [row["id"]])).get(row["id"], 0),
        by_unit=[{**dict(one), "unit": _name(one["unit_id"], names, shown_in)} for one in by_unit],
        months=_months(months),
        entries=[
            {**_entry(one, names, seen, shown_in), "account": account}
            for one, account in zip(found[:_PAGE], accounts, strict=True)
        ],
        called=_called(shown_in),
        sources=(await derivations.sources_of(caller, [row["id"]]))[row["id"]],
        adaptations=(await derivations.adaptations_of(caller, [row["id"]]))[row["id"]],
        places=offered,
        channels=_by_unit(channels, offered, shown_in),
        next_url=_next(request, found),
    )


def _by_unit(
    channels: Sequence[KnownChannel], offered: Sequence[dict[str, Any]], shown_in: Language
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return of each unit that has channels its name and theirs, with their ids."""
    of_unit: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for one in channels:
        of_unit[str(one.unit_id)].append((str(one.id), _channel(one, shown_in)))
    return [(unit["name"], of_unit[unit["id"]]) for unit in offered if unit["id"] in of_unit]


def _channel(one: KnownChannel, shown_in: Language) -> str:
    return f"{picked(shown_in, one.kind_vi, one.kind_en)}: {one.name}"


async def units_reuse_page(request: Request) -> Response:
    """`/archive/reuse?unit=`: what a unit and all below it used."""
    caller, shown_in = app.caller(request), language(request)
    unit = await chosen_unit(caller, "contributor", request.query_params.get("unit", ""))
    asked = window(_PAGE, request.query_params.get("after") or None, int, int)
    found = await reading.reuses_in_subtree(unit.path, asked.limit, reading.position_of(asked.after))
    since = first_month(today())
    by_unit = await reading.units_in_subtree(unit.path, today().replace(year=today().year - 1, day=1))
    names = await units.names_of(_units([*found, *by_unit]))
    titles = await assets.assets_by_id(caller, [one["asset_id"] for one in found])
    seen = await channels_called(caller, [one["channel_id"] for one in found])
    return show(
        request,
        "reuse_units.html",
        unit=unit,
        unit_name=unit_name(unit, shown_in),
        places=await places(caller, "contributor", str(unit.id), shown_in),
        by_unit=[{**dict(one), "unit": _name(one["unit_id"], names, shown_in)} for one in by_unit],
        months=_months((await reading.months_in_subtrees([unit.path], since))[unit.path]),
        entries=[
            {**_entry(one, names, seen, shown_in), "title": _title(titles.get(one["asset_id"]), shown_in)}
            for one in found[:_PAGE]
        ],
        called=_called(shown_in),
        next_url=_next(request, found, unit=str(unit.id)),
    )


async def units_reuse_file(request: Request) -> Response:
    """`/archive/reuse.csv` and `.xlsx`, `?unit=`: the newest 20,000 entries."""
    caller, shown_in = app.caller(request), language(request)
    unit = await chosen_unit(caller, "contributor", request.query_params.get("unit", ""))
    rows = await _rows(caller, unit.path, shown_in)
    columns = _COLUMNS[shown_in]
    if request.url.path.endswith(".csv"):
        content, media_type, ending = as_csv(columns, rows), CSV, "csv"
    else:
        content, media_type, ending = as_xlsx([Sheet("Loa", columns, rows)]), XLSX, "xlsx"
    return file_of(content, media_type, f"su-dung-tu-lieu-{today().isoformat()}.{ending}")


_COLUMNS: dict[Language, list[str]] = {
    "vi": ["Ngày", "Đơn vị", "Cách dùng", "Tài liệu", "Mã tài liệu", "Bản", "Kênh", "Chiến dịch", "Địa chỉ đăng"],
    "en": ["Day", "Unit", "Use", "Material", "Id of the material", "Version", "Channel", "Campaign", "Address"],
}


async def _rows(caller: Caller, path: str, shown_in: Language) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    after: reading.Position = None
    called = _called(shown_in)
    while len(rows) < _MOST_ROWS:
        found = await reading.reuses_in_subtree(path, _AT_ONCE, after)
        names = await units.names_of(_units(found))
        titles = await assets.assets_by_id(caller, [one["asset_id"] for one in found])
        seen = await channels_called(caller, [one["channel_id"] for one in found])
        for one in found:
            day = one["at"].astimezone(VIETNAM).date()
            title = _title(titles.get(one["asset_id"]), shown_in)
            unit = _name(one["unit_id"], names, shown_in)
            how = called[one["kind"]]
            told = (one["version"], _channel_of(one, seen, shown_in), one["campaign"], one["link"])
            rows.append([day, unit, how, title, str(one["asset_id"]), *told])
        if len(found) < _AT_ONCE:
            break
        after = (found[-1]["at"], found[-1]["id"])
    return rows


def _units(rows: Sequence[Record]) -> list[UUID]:
    return [row["unit_id"] for row in rows if row["unit_id"] is not None]


def _name(unit_id: UUID | None, names: dict[UUID, units.KnownUnit], shown_in: Language) -> str:
    if unit_id is None:
        return picked(shown_in, "Người ngoài, qua liên kết", "Somebody outside, by a link")
    return unit_name(names.get(unit_id), shown_in)


def _title(row: Record | None, shown_in: Language) -> str:
    if row is not None:
        return row["title"]
    return picked(shown_in, "(không còn hoặc không được xem)", "(gone, or not for you to see)")


def _channel_of(row: Record, seen: dict[str, KnownChannel], shown_in: Language) -> str:
    """Return what the channel of a use is called; nothing where none was told, or none that the reader may see."""
    channel = seen.get(row["channel_id"].lower())
    return _channel(channel, shown_in) if channel else ""


def _entry(
    row: Record, names: dict[UUID, units.KnownUnit], seen: dict[str, KnownChannel], shown_in: Language
) -> dict[str, Any]:
    day = row["at"].astimezone(VIETNAM).date()
    return {
        **dict(row),
        "day": day.strftime("%d/%m/%Y") if shown_in == "vi" else day.isoformat(),
        "unit": _name(row["unit_id"], names, shown_in),
        "channel": _channel_of(row, seen, shown_in),
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
    return {code: picked(shown_in, *names) for code, names in CALLED.items()}


def _next(request: Request, found: Sequence[Record], **more: str) -> str | None:
    if len(found) <= _PAGE:
        return None
    after = encode_cursor(reading.cursor_of(found[_PAGE - 1]))
    query = "&".join(f"{name}={value}" for name, value in {**more, "after": after}.items())
    return f"{request.url.path}?{query}"


routes: list[BaseRoute] = [
    Route("/archive/items/{id}/reuse", with_refusals(item_reuse_page), methods=["GET"]),
    Route("/archive/items/{id}/reuse", with_refusals(item_reuse_post), methods=["POST"]),
    Route("/archive/reuse", with_refusals(units_reuse_page)),
    Route("/archive/reuse.csv", with_refusals(units_reuse_file)),
    Route("/archive/reuse.xlsx", with_refusals(units_reuse_file)),
]

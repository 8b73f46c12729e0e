"""How far a unit is with the programme's targets for materials, with bars, a table of the units below, and a form."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kit import app
from kit.calendar import VIETNAM, today
from kit.errors import DomainError, Forbidden, Language
from kit.graphql import parse_id
from kit.identity import Caller
from kit.web import form, language, require_same_origin
from media_archive.coverage import service
from media_archive.coverage.service import SHARES, TARGET_YEAR, TARGETS, Coverage
from media_archive.tables import CSV, Cell, as_csv
from media_archive.units import service as units
from media_archive.web.cards import unit_name
from media_archive.web.downloads import file_of
from media_archive.web.forms import number_in, texts_in
from media_archive.web.places import first_unit
from media_archive.web.showing import kinds_in, outcome, picked, show, with_refusals

_YEARS = 10
_CALLED: dict[str, tuple[str, str]] = {
    "digitised": ("Đã số hóa", "Digitised"),
    "described": ("Đã mô tả", "Described"),
    "shared": ("Dùng chung", "Shared"),
    "reused": ("Được đơn vị khác dùng lại", "Reused by other units"),
    "digital_products": ("Sản phẩm số", "Digital products"),
}
_BASES = {"digitised": "materials", "shared": "materials", "digital_products": "products"}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the page is about."""

    caller: Caller
    unit: units.KnownUnit
    year: int
    shown_in: Language


async def coverage_page(request: Request) -> Response:
    """`/archive/coverage?unit=&year=`."""
    return await _shown(request, await _asked(request, request.query_params))


async def coverage_post(request: Request) -> Response:
    """The form was sent: what a unit has that is not in the archive."""
    require_same_origin(request)
    given = texts_in(await form(request, max_bytes=20_000))
    asked = await _asked(request, given)
    try:
        await service.set_material_count(
            asked.caller,
            asked.unit.id,
            asked.year,
            given.get("kind", ""),
            number_in(given, "number"),
            is_digital=given.get("form") == "digital",
        )
    except DomainError as error:
        return await _shown(request, asked, error, given)
    return RedirectResponse(f"/archive/coverage?unit={asked.unit.id}&year={asked.year}", 303)


async def coverage_file(request: Request) -> Response:
    """`/archive/coverage.csv?unit=&year=`: the unit and those right below it."""
    asked = await _asked(request, request.query_params)
    vi = asked.shown_in == "vi"
    head = ["Đơn vị", "Năm", "Tài liệu", "Trong kho"] if vi else ["Unit", "Year", "Materials", "In the archive"]
    names = [picked(asked.shown_in, *_CALLED[name]) for name in SHARES]
    rows = [_line(unit_name(unit, asked.shown_in), coverage) for unit, coverage in await _table(asked)]
    content = as_csv([*head, *names, *(f"{name} (%)" for name in names)], rows)
    return file_of(content, CSV, f"so-hoa-{asked.year}.csv")


def _line(name: str, coverage: Coverage) -> list[Cell]:
    shares = [coverage.share(one) for one in SHARES]
    return [
        name,
        str(coverage.year),
        coverage.materials,
        coverage.items,
        *(int(getattr(coverage, one)) for one in SHARES),
        *(None if share is None else f"{share:.1f}" for share in shares),
    ]


async def _asked(request: Request, given: Any) -> _Asked:
    caller = app.caller(request)
    caller.require_someone()
    year = service.checked_year(number_in(given, "year") if given.get("year") else today().year)
    if given.get("unit"):
        unit = await units.find_unit(parse_id(given["unit"], "unit"))
    else:
        unit = await first_unit(caller.scopes("contributor") or caller.scopes("analyst"))
    if not service.may_read(caller, unit.path):
        raise Forbidden()
    return _Asked(caller, unit, year, language(request))


async def _shown(
    request: Request, asked: _Asked, error: DomainError | None = None, typed: dict[str, str] | None = None
) -> Response:
    table = await _table(asked)
    years = range(max(service.FIRST_YEAR, today().year - _YEARS + 1), today().year + 1)
    over_years = await service.coverage_of([asked.unit.path], list(years))
    kinds = await kinds_in(asked.shown_in)
    above = await service.parent_of(asked.unit.path)
    told = table[0][1].counted_at
    return show(
        request,
        "coverage.html",
        **outcome(error, asked.shown_in),
        typed=defaultdict(str, typed or {}),
        asked=asked,
        unit_name=unit_name(asked.unit, asked.shown_in),
        above=above if above and service.may_read(asked.caller, above.path) else None,
        bars=_bars(table[0][1], asked.shown_in),
        coverage=table[0][1],
        years=_told_of({year: over_years[asked.unit.path, year] for year in reversed(years)}, asked.year),
        children=[
            {"id": unit.id, "name": unit_name(unit, asked.shown_in), "coverage": coverage}
            for unit, coverage in table[1:]
        ],
        called={name: picked(asked.shown_in, *names) for name, names in _CALLED.items()},
        kinds=kinds,
        told=await service.material_counts_of([asked.unit.id], [asked.year]),
        may_tell=asked.caller.may("contributor", asked.unit.path),
        counted_at=told.astimezone(VIETNAM) if told else None,
        target_year=TARGET_YEAR,
    )


def _told_of(years: dict[int, Coverage], chosen: int) -> list[tuple[int, Coverage]]:
    """The years of which something is known, and the one that was asked for."""
    return [(year, one) for year, one in years.items() if one.materials or year == chosen]


def _bars(coverage: Coverage, shown_in: Language) -> list[dict[str, Any]]:
    return [
        {
            "name": picked(shown_in, *_CALLED[name]),
            "number": getattr(coverage, name),
            "of": getattr(coverage, _BASES.get(name, "items")),
            "share": coverage.share(name),
            "target": TARGETS.get(name),
        }
        for name in SHARES
    ]


async def _table(asked: _Asked) -> list[tuple[units.KnownUnit, Coverage]]:
    """Return the unit and those right below it."""
    listed = [asked.unit, *await service.children_of(asked.unit.path)]
    found = await service.coverage_of([unit.path for unit in listed], [asked.year])
    return [(unit, found[unit.path, asked.year]) for unit in listed]


routes: list[BaseRoute] = [
    Route("/archive/coverage", with_refusals(coverage_page), methods=["GET"]),
    Route("/archive/coverage", with_refusals(coverage_post), methods=["POST"]),
    Route("/archive/coverage.csv", with_refusals(coverage_file)),
]

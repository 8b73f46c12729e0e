"""The search page: an address is a question, and every way to narrow, sort or page it is a link or a plain form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from kit import app
from kit.db import Record
from kit.errors import DomainError, InvalidInput, Language, NotFound
from kit.graphql import parse_id, window
from kit.identity import Caller
from kit.paths import parents
from kit.web import language
from media_archive.assets import service as assets
from media_archive.assets.description import role_for
from media_archive.collections.service import collections_to_choose
from media_archive.description.about import about_of
from media_archive.places.service import places_of
from media_archive.search import counting, relief, service, suggesting, vietnamese
from media_archive.search.asking import Facet, Order
from media_archive.search.follow import SearchNotReady
from media_archive.units import service as units
from media_archive.web.cards import cards, unit_name
from media_archive.web.meant import FEW, Meant, meant
from media_archive.web.showing import STATUS, kinds_in, picked, said, show

_PLACE = "/archive/"
_PAGE = 24
_STATUS: dict[type[DomainError], int] = {**STATUS, SearchNotReady: 503}
# The unit is no list to choose several of: one goes down the tree, and up again.
_LISTS = (Facet.KIND, Facet.TOPIC, Facet.YEAR, Facet.LANGUAGE, Facet.RIGHTS)
_NAMES = {
    Facet.KIND: ("Loại tài liệu", "Kind of material"),
    Facet.UNIT: ("Đơn vị", "Unit"),
    Facet.TOPIC: ("Chủ đề", "Topic"),
    Facet.YEAR: ("Năm", "Year"),
    Facet.LANGUAGE: ("Ngôn ngữ", "Language"),
    Facet.RIGHTS: ("Quyền sử dụng", "Rights of use"),
}
_SORTS = {
    Order.RELEVANCE: ("Phù hợp nhất", "Best match"),
    Order.ADDED: ("Mới thêm", "Added last"),
    Order.NEWEST: ("Mới nhất", "Newest"),
    Order.OLDEST: ("Cũ nhất", "Oldest"),
    Order.TITLE: ("Tiêu đề A–Y", "Title A–Y"),
}


def _usual(q: str) -> Order:
    return Order.RELEVANCE if q else Order.ADDED


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as an address has it."""

    q: str
    unit: str
    chosen: dict[Facet, tuple[str, ...]]
    sort: Order
    view: Literal["grid", "list"]
    after: str = ""

    @classmethod
    def of(cls, request: Request) -> "Asked":
        """Read an address; what it says of sorting and showing that there is not is the usual."""
        given = request.query_params
        q = given.get("q", "").strip()
        usual = _usual(q)
        sort, sorts = given.get("sort", ""), [order.value for order in Order if q or order is not Order.RELEVANCE]
        return cls(
            q=q,
            unit=given.get("unit", "").strip(),
            chosen={facet: tuple(dict.fromkeys(text for text in given.getlist(facet) if text)) for facet in _LISTS},
            sort=Order(sort) if sort in sorts else usual,
            view="list" if given.get("view") == "list" else "grid",
            after=given.get("after", "").strip(),
        )

    def address(self, **changed: Any) -> str:
        """Return the address of this question with something changed; from its first page unless told otherwise."""
        asked = replace(self, **({"after": ""} | changed))
        pairs = [("q", asked.q), ("unit", asked.unit)]
        pairs += [(facet.value, value) for facet, values in asked.chosen.items() for value in values]
        pairs += [("sort", asked.sort.value if asked.sort is not asked.usual else "")]
        pairs += [("view", asked.view if asked.view == "list" else ""), ("after", asked.after)]
        said = urlencode([(name, text) for name, text in pairs if text])
        return f"{_PLACE}?{said}" if said else _PLACE

    def without(self, facet: Facet, value: str) -> str:
        """Return the address of this question with a value of a facet not chosen."""
        left = tuple(one for one in self.chosen[facet] if one != value)
        return self.address(chosen={**self.chosen, facet: left})

    @property
    def usual(self) -> Order:
        """The order of whoever asks for none."""
        return _usual(self.q)

    @property
    def is_narrowed(self) -> bool:
        """Whether any value of a facet is chosen."""
        return any(self.chosen.values())


async def search_page(request: Request) -> Response:
    """`/archive/`: what was asked for, or else what was added last."""
    asked, caller, shown_in = Asked.of(request), app.caller(request), language(request)
    values: dict[str, Any] = {
        "asked": asked,
        "kinds": await kinds_in(shown_in),
        "may_upload": bool(caller.scopes("contributor")),
        "may_collect": await collections_to_choose(caller) if caller.scopes("contributor") else [],
        "sorts": [(sort, picked(shown_in, *names)) for sort, names in _SORTS.items() if asked.q or sort != "relevance"],
    }
    try:
        return show(request, "search.html", problem=None, **values, **await _found(caller, asked, shown_in))
    except (InvalidInput, NotFound, SearchNotReady) as error:
        nothing: dict[str, Any] = dict.fromkeys(("total", "next_url", "within"))
        nothing |= {"cards": [], "named": {}, "to_describe": set(), "above": [], "facets": [], "help": [], "meant": []}
        if isinstance(error, SearchNotReady) and not (asked.q or asked.is_narrowed or asked.after):
            # The search starts up: what is new is shown all the same.
            newest = nothing | await _newest(caller, asked, shown_in)
            return show(request, "search.html", problem=None, **values, **newest)
        status = _STATUS.get(type(error), 400)
        problem = said(error, shown_in)
        return show(request, "search.html", status=status, problem=problem, **values, **nothing)


async def _found(caller: Caller, asked: Asked, shown_in: Language) -> dict[str, Any]:
    within = await units.find_unit(parse_id(asked.unit, "unit")) if asked.unit else None
    found = await service.search_assets(
        caller,
        asked.q,
        within_path=within.path if within else None,
        filters=asked.chosen,
        order=asked.sort,
        first=_PAGE,
        after=asked.after or None,
        with_facets=True,
    )
    return {
        "cards": await cards([(hit.asset, hit.pieces) for hit in found.hits], shown_in),
        "named": await _named(found.hits, asked.q, shown_in) if asked.q else {},
        "to_describe": {hit.asset["id"] for hit in found.hits if _may_describe(caller, hit.asset)},
        "total": found.total,
        "next_url": asked.address(after=found.end_cursor) if found.end_cursor else None,
        "within": unit_name(within, shown_in) if within else None,
        "above": await _above(within, asked, shown_in) if within else [],
        "facets": [_facet(facet, values, asked, shown_in) for facet, values in found.facets.items() if values],
        "help": await _help(found, asked, shown_in) if not found.total else [],
        "meant": await _meant(caller, found, asked, shown_in),
    }


async def _named(hits: Sequence[service.Hit], q: str, shown_in: Language) -> dict[UUID, list[str]]:
    """Return the people and places that answer, where no passage tells why a material was found."""
    silent = [hit.asset["id"] for hit in hits if not any(piece.is_match for piece in hit.pieces)]
    typed = set(vietnamese.syllables(vietnamese.fold(q)))
    on_record = await places_of(silent)
    return {
        asset_id: _answering([*_names(said), *(picked(shown_in, one.vi, one.en) for one in on_record[asset_id])], typed)
        for asset_id, said in (await about_of(silent)).items()
    }


def _names(said: Mapping[str, object]) -> list[str]:
    return [*cast("list[str]", said["people"]), *cast("list[str]", said["places"])]


def _answering(names: Sequence[str], typed: set[str]) -> list[str]:
    return [name for name in names if not typed.isdisjoint(vietnamese.syllables(vietnamese.fold(name)))]


def _may_describe(caller: Caller, row: Record) -> bool:
    return caller.may(role_for(row["visibility"]), row["unit_path"])


async def _newest(caller: Caller, asked: Asked, shown_in: Language) -> dict[str, Any]:
    within = await units.find_unit(parse_id(asked.unit, "unit")) if asked.unit else None
    wanted = assets.Filter(within_path=within.path if within else None)
    rows = await assets.list_assets(caller, wanted, window(_PAGE - 1, None))
    return {
        "cards": await cards([(row, []) for row in rows], shown_in),
        "to_describe": {row["id"] for row in rows if _may_describe(caller, row)},
        "within": unit_name(within, shown_in) if within else None,
    }


async def _above(within: units.KnownUnit, asked: Asked, shown_in: Language) -> list[tuple[str, str]]:
    """Return names and addresses of the units above, the top first: the way back up."""
    return [
        (unit_name(unit, shown_in), asked.address(unit=str(unit.id)))
        for unit in await units.units_at(parents(within.path))
    ]


def _facet(facet: Facet, values: Sequence[counting.FacetValue], asked: Asked, shown_in: Language) -> dict[str, Any]:
    return {
        "name": facet.value,
        "label": picked(shown_in, *_NAMES[facet]),
        "is_tree": facet is Facet.UNIT,
        "values": [
            {
                "value": one.value,
                "label": picked(shown_in, one.name_vi, one.name_en),
                "count": one.count,
                "is_chosen": one.is_chosen,
                "url": asked.address(unit=one.value) if facet is Facet.UNIT else asked.without(facet, one.value),
            }
            for one in values
        ],
    }


async def _help(found: service.Results, asked: Asked, shown_in: Language) -> list[dict[str, Any]]:
    """Return what would find something: the question with less in it, each with how much."""
    ways = await relief.ways_out(found.question, widest=bool(asked.unit))
    return [
        {
            "label": picked(shown_in, way.vi, way.en),
            "total": way.total,
            "url": asked.address(
                q=way.question.text,
                unit=asked.unit if way.question.within else "",
                chosen={facet: way.question.filters.get(facet, ()) for facet in _LISTS},
                sort=asked.sort if way.question.text else Order.ADDED,
            ),
        }
        for way in ways
    ]


async def _meant(caller: Caller, found: service.Results, asked: Asked, shown_in: Language) -> list[dict[str, Any]]:
    """Return where what was typed may have been meant to lead, when it finds nothing or little."""
    if not asked.q or asked.after or found.total >= FEW:
        return []
    return [
        {
            "label": f"{picked(shown_in, *_NAMES[one.facet])}: {one.label}" if one.facet else one.label,
            "total": one.count,
            "url": _leading_to(one, asked),
        }
        for one in await meant(caller, found.question, shown_in)
    ]


def _leading_to(one: Meant, asked: Asked) -> str:
    if one.facet is None:
        return asked.address(q=one.value)
    if one.facet is Facet.UNIT:
        return asked.address(q="", unit=one.value, chosen={}, sort=Order.ADDED)
    return asked.address(q="", chosen={one.facet: (one.value,)}, sort=Order.ADDED)


async def suggestions(request: Request) -> Response:
    """`/archive/api/suggestions?q=`: what somebody who typed this far may be looking for, as a list of texts."""
    try:
        found = await suggesting.suggest(app.caller(request), request.query_params.get("q", ""))
    except (InvalidInput, SearchNotReady):
        found = []
    return JSONResponse(
        [one.text for one in found], headers={"cache-control": "no-store", "x-content-type-options": "nosniff"}
    )


routes: list[BaseRoute] = [
    Route(_PLACE, search_page),
    Route("/archive/api/suggestions", suggestions),
]

"""From need to material: what people of a unit want to hear more about, beside what the archive holds on it."""

from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.errors import BadRequest, GatewayError, JsonObject
from gateway.pages.stored import Ask, document, in_language, page

SEGMENTS = ("AGE_BAND", "GENDER", "REGION")
ORDERS = ("gap", "wanted")
_PREFIX = "/needs"
_MOST_SEGMENTS = 3
_RESPECTS = ("ageBand", "gender", "region")
_DOCUMENT = document("needs.graphql")


@dataclass(frozen=True)
class Group:
    """A segment of the people that wants a topic, and what there is for it."""

    label: str
    wanted: JsonObject
    people: int | None
    """About how many of it want more."""
    stands_out: bool
    """It wants more clearly more often than all people together: its interval lies above their share."""
    made: int | None
    """How many recent materials are made for it in particular; None while the archive is silent."""


@dataclass(frozen=True)
class Row:
    """A topic: who wants more of it, and what there is."""

    topic: str
    name: str
    demand: JsonObject | None
    holding: JsonObject | None
    newest: list[JsonObject]
    made_for: list[JsonObject] | None

    @property
    def wanted(self) -> JsonObject | None:
        """The share of all people that wants more of it; None where it is hidden or was not asked."""
        return self.demand["everyone"]["wanted"] if self.demand else None

    @property
    def people(self) -> int | None:
        """About how many people want more of it."""
        return self.demand["everyone"]["peopleWanting"] if self.demand else None

    @property
    def groups(self) -> list[Group]:
        """The segments that want it most, of those whose share is told, with what there is for each."""
        if self.demand is None or self.wanted is None:
            return []
        told = [one for one in self.demand["segments"] if one["wanted"]]
        most = sorted(told, key=lambda one: -one["wanted"]["share"])[:_MOST_SEGMENTS]
        return [
            Group(
                label=one["label"],
                wanted=one["wanted"],
                people=one["peopleWanting"],
                stands_out=one["wanted"]["low"] > self.wanted["share"],
                made=self._made(one),
            )
            for one in most
        ]

    @property
    def for_everybody(self) -> int | None:
        """How many recent materials name no group; None while the archive is silent."""
        return None if self.made_for is None else self._made(dict.fromkeys(_RESPECTS))

    def _made(self, segment: JsonObject) -> int | None:
        if self.made_for is None:
            return None
        same = [one for one in self.made_for if all(one[name] == segment[name] for name in _RESPECTS)]
        return sum(one["recent"] for one in same)

    @property
    def per_recent(self) -> float:
        """How many people want more for each material of the last year; infinite where there is none."""
        if self.people is None or self.holding is None:
            return -1.0
        return self.people / self.holding["recent"] if self.holding["recent"] else inf

    @property
    def state(self) -> str:
        """`none`: nothing is held; `old`: nothing of the last year; `some`; `unknown` while the archive is silent."""
        if self.holding is None:
            return "unknown"
        if self.holding["total"] == 0:
            return "none"
        return "some" if self.holding["recent"] else "old"


async def needs_page(ask: Ask, request: Request) -> Response:
    """`/needs?unit=&by=&order=`: the gaps of a unit; of the caller's own, or the confederation, when none is named."""
    asked = {
        "unit": request.query_params.get("unit", ""),
        "by": _one_of(request, "by", SEGMENTS),
        "order": _one_of(request, "order", ORDERS),
    }
    signed_in = False
    try:
        places, errors = await ask(in_language(request), _DOCUMENT, "WhereFrom", {})
        signed_in = bool(places and places["me"])
        unit_id = asked["unit"] or _home(places)
        if unit_id is None:
            raise BadRequest("There is no unit.")
        found, errors = await ask(in_language(request), _DOCUMENT, "Needs", {"unit": unit_id, "by": [asked["by"]]})
    except GatewayError as error:
        return page(request, "problem.html", _PREFIX, signed_in=signed_in, status=error.status, code=error.code)
    if found is None or found["unit"] is None:
        code = errors[0]["extensions"]["code"] if errors else "NOT_FOUND"
        return page(request, "problem.html", _PREFIX, signed_in=signed_in, status=404, code=code)
    return page(
        request,
        "needs.html",
        _PREFIX,
        signed_in=signed_in,
        asked=asked | {"unit": unit_id},
        unit=found["unit"],
        mine=_own(places),
        rows=_rows(found["topicsInUnit"], asked["order"]),
        source=_source(found),
    )


def routes(ask: Ask) -> list[BaseRoute]:
    """Return the page's route."""
    return [Route(_PREFIX, partial(needs_page, ask), methods=["GET"])]


def _one_of(request: Request, name: str, known: tuple[str, ...]) -> str:
    given = request.query_params.get(name, "")
    return given if given in known else known[0]


def _own(places: JsonObject | None) -> list[JsonObject]:
    """The units on which the caller holds roles, each once."""
    grants: list[JsonObject] = places["me"]["grants"] if places and places["me"] else []
    return list({grant["unit"]["id"]: grant["unit"] for grant in grants if grant["unit"]}.values())


def _home(places: JsonObject | None) -> str | None:
    if own := _own(places):
        return own[0]["id"]
    tops: list[JsonObject] = places["units"]["nodes"] if places and places["units"] else []
    return tops[0]["id"] if tops else None


def _rows(topics: list[JsonObject] | None, order: str) -> list[Row] | None:
    """The topics in the order asked for; None when survey does not answer."""
    if topics is None:
        return None
    rows = [
        Row(
            topic=one["topic"],
            name=one["name"] or one["topic"],
            demand=one["demand"],
            holding=one["holding"],
            newest=one["newestAssets"] or [],
            made_for=one["madeFor"],
        )
        for one in topics
    ]
    # The service gives the most wanted first; the sort keeps that among equal gaps.
    return sorted(rows, key=lambda row: -row.per_recent) if order == "gap" else rows


def _source(found: JsonObject) -> dict[str, Any] | None:
    """Whose demand it is and when it was released: the same for all topics."""
    demand = next((one["demand"] for one in found["topicsInUnit"] or [] if one["demand"]), None)
    if demand is None:
        return None
    unit = found["unit"]
    names = {one["id"]: one["name"] for one in [unit, *(unit["ancestors"] or [])]}
    return {
        "is_own": demand["unitId"] == unit["id"],
        "of": names.get(demand["unitId"], ""),
        "published_at": demand["release"]["publishedAt"],
        "is_simulated": demand["release"]["isSimulated"],
        "base": demand["everyone"]["base"],
        "people": demand["everyone"]["people"],
    }

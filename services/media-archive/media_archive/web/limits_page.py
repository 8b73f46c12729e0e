"""What roles may upload to a unit and those below it: seen, set and cleared by its admins."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kit import app
from kit.errors import DomainError, InvalidInput, Language
from kit.graphql import encode_cursor, window
from kit.identity import Caller
from kit.web import form, language, require_same_origin
from media_archive.units.service import KnownUnit
from media_archive.uploads import limits_of_units
from media_archive.uploads.limits import Limits
from media_archive.uploads.limits_of_units import FAMILY_NAMES, ROLE_NAMES, RoleBounds
from media_archive.web.cards import unit_name
from media_archive.web.forms import number_in, text_in
from media_archive.web.places import chosen_unit, places
from media_archive.web.showing import outcome, picked, show, with_refusals

_PLACE = "/archive/limits"
_BELOW = 50
_NUMBERS = (("most_megabytes", "mostMegabytes"), ("most_open", "mostOpen"), ("most_a_day", "mostADay"))


async def limits_page(request: Request) -> Response:
    """`/archive/limits?unit=`, for admins of the unit."""
    return await _shown(request, await _unit(request, request.query_params.get("unit", "")))


async def limits_post(request: Request) -> Response:
    """`POST` with `unit`, `role` and `do`: `set` with the limits, or `clear`."""
    require_same_origin(request)
    given = await form(request, max_bytes=20_000)
    caller, unit = app.caller(request), await _unit(request, text_in(given, "unit"))
    try:
        await _done(caller, unit, given)
    except DomainError as error:
        return await _shown(request, unit, error, given)
    return RedirectResponse(f"{_PLACE}?unit={unit.id}", 303)


async def _done(caller: Caller, unit: KnownUnit, given: FormData) -> None:
    role = text_in(given, "role")
    match text_in(given, "do"):
        case "set":
            size, unfinished, files = (number_in(given, name, field=field) for name, field in _NUMBERS)
            limits = Limits(size, unfinished, files, _families(given))
            await limits_of_units.set_limits(caller, unit.id, role, limits)
        case "clear":
            await limits_of_units.clear_limits(caller, unit.id, role)
        case _:
            raise InvalidInput("do", "không có việc này", "there is no such action")


def _families(given: FormData) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in given.getlist("families") if isinstance(one, str)))


async def _unit(request: Request, asked: str) -> KnownUnit:
    return await chosen_unit(app.caller(request), "admin", asked)


async def _shown(
    request: Request, unit: KnownUnit, error: DomainError | None = None, typed: FormData | None = None
) -> Response:
    caller, shown_in = app.caller(request), language(request)
    asked = window(_BELOW, request.query_params.get("after") or None, str)
    below = await limits_of_units.units_with_own_limits(caller, unit.id, asked)
    after = encode_cursor((below[_BELOW - 1]["path"],)) if len(below) > _BELOW else None
    return show(
        request,
        "limits.html",
        **outcome(error, shown_in),
        unit=unit,
        unit_name=unit_name(unit, shown_in),
        places=await places(caller, "admin", str(unit.id), shown_in),
        roles=[_role(one, typed, shown_in) for one in reversed(await limits_of_units.bounds_at_unit(caller, unit.id))],
        below=[
            {
                "id": row["id"],
                "name": picked(shown_in, row["name_vi"], row["name_en"] or row["name_vi"]),
                "roles": ", ".join(picked(shown_in, *ROLE_NAMES[role]) for role in row["roles"]),
            }
            for row in below[:_BELOW]
        ],
        next_url=f"{_PLACE}?unit={unit.id}&after={after}" if after else None,
    )


def _role(one: RoleBounds, typed: FormData | None, shown_in: Language) -> dict[str, Any]:
    """Return what the page shows of a role; its form has what was typed, or else what holds."""
    was_typed = typed is not None and text_in(typed, "role") == one.role and text_in(typed, "do") == "set"
    if typed is not None and was_typed:
        fields = {name: text_in(typed, name) for name, _ in _NUMBERS}
        chosen: Sequence[str] = _families(typed)
    else:
        fields = {name: str(getattr(one.in_force, name)) for name, _ in _NUMBERS}
        chosen = one.in_force.families
    return {
        "code": one.role,
        "name": picked(shown_in, *ROLE_NAMES[one.role]),
        "in_force": one.in_force,
        "types": [
            picked(shown_in, *names) for family, names in FAMILY_NAMES.items() if family in one.in_force.families
        ],
        "is_own": one.own is not None,
        "is_cut": one.own is not None and one.own.bounded(one.allowed) != one.own,
        "allowed": one.allowed,
        "typed": defaultdict(str, fields),
        "was_typed": was_typed,
        "families": [
            (family, picked(shown_in, *names), family in chosen)
            for family, names in FAMILY_NAMES.items()
            if family in one.allowed.families
        ],
    }


routes: list[BaseRoute] = [
    Route(_PLACE, with_refusals(limits_page), methods=["GET"]),
    Route(_PLACE, with_refusals(limits_post), methods=["POST"]),
]

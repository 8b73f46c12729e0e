"""The units that a page lets one choose from, and the one that it is about."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from kit.errors import Forbidden, Language, NotFound
from kit.graphql import parse_id
from kit.identity import Caller, Role
from kit.paths import depth
from media_archive.units import service as units
from media_archive.web.cards import unit_name


async def places(caller: Caller, role: Role, chosen: str, shown_in: Language) -> list[dict[str, Any]]:
    """Return where the caller holds a role: the tops of subtrees, what is right below, and a unit chosen by a link."""
    found = await units.units_to_choose(caller.scopes(role), _id(chosen))
    return [{"id": str(unit.id), "name": unit_name(unit, shown_in), "depth": depth(unit.path)} for unit in found]


async def chosen_unit(caller: Caller, role: Role, asked: str) -> units.KnownUnit:
    """Return the unit that is asked for, or else the first one on which the caller holds the role.

    SignInRequired, Forbidden for whoever holds it nowhere or not there, NotFound for what is no unit.
    """
    caller.require_someone()
    if not asked:
        return await first_unit(caller.scopes(role))
    unit = await units.find_unit(parse_id(asked, "unit"))
    caller.require(role, unit.path)
    return unit


async def first_unit(scopes: Sequence[str]) -> units.KnownUnit:
    """Return the first unit that stands in one of the subtrees; Forbidden when there is none."""
    found = await units.units_to_choose(scopes, None, 1)
    if not found:
        raise Forbidden()
    return found[0]


async def granted_units(caller: Caller, role: Role, shown_in: Language) -> list[dict[str, str]]:
    """Return the very units on which the caller was given a role."""
    ids = [UUID(grant.unit_id) for grant in caller.grants if grant.unit_id and caller.may(role, grant.path)]
    names = await units.names_of(ids)
    return [{"id": str(one), "name": unit_name(names[one], shown_in)} for one in dict.fromkeys(ids) if one in names]


def _id(text: str) -> UUID | None:
    try:
        return parse_id(text, "unit") if text else None
    except NotFound:
        return None

"""What a change of the tree would do, made ready for a page: the first of each list, or one list as it goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kit.errors import InvalidInput
from kit.graphql import decode_cursor, encode_cursor
from kit.identity import Caller
from org.access.service import role_name
from org.reorganisations import service
from org.reorganisations.service.effects import EffectLists
from org.vocabularies import service as vocabularies

PAGE_SIZE = 50
LISTS = ("units", "along", "headcounts", "officers", "grants", "classes")
_NAMED = ("officers", "grants")


@dataclass(frozen=True, slots=True)
class Listed:
    """A part of a list: whose each thing is where that is told apart, and how the list goes on."""

    effects: Sequence[Any]
    names: Sequence[str | None]
    start: int
    total: int
    following: str | None


async def shown_effects(
    caller: Caller, effects: EffectLists | None, name: str, after: str | None, *, undoing: bool = False
) -> dict[str, Any]:
    """Return what the template of effects needs: the beginnings of all lists, or with a `name` that list only.

    When something is undone, units come back rather than begin. InvalidInput for a list that there is not, and for a
    cursor of a list that has become another.
    """
    if name and name not in LISTS:
        raise InvalidInput("list", "không có danh sách này.", "is not one of the lists.")
    lists = dict[str, Listed]()
    if effects is not None:
        wanted = [name] if name else [one for one in LISTS if effects.totals.get(one)]
        lists = {one: await _listed(caller, effects, one, after if name else None) for one in wanted}
    return {
        "effects": effects,
        "lists": lists,
        "only": name,
        "undoing": undoing,
        "role_name": role_name,
        "labels": await vocabularies.labels_by_code("level", "unit_kind", "region", "post"),
    }


async def _listed(caller: Caller, effects: EffectLists, name: str, after: str | None) -> Listed:
    position = decode_cursor(after, int, str) if after else None
    found = await effects.page(caller, name, PAGE_SIZE + 1, (position[0], position[1]) if position else None)
    shown, is_more = found.effects[:PAGE_SIZE], len(found.effects) > PAGE_SIZE
    names = await service.names_of(caller, name, shown) if name in _NAMED else [None] * len(shown)
    following = encode_cursor((found.positions[PAGE_SIZE - 1], found.mark)) if is_more else None
    start = found.positions[0] - 1 if shown else 0
    return Listed(shown, names, start, effects.totals.get(name, 0), following)

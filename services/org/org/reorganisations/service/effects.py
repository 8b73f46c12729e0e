"""What a change does to units, headcounts, posts and roles, thing by thing: plain values, to be listed and kept."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from hashlib import blake2b
from typing import Any, Protocol
from uuid import UUID

import orjson

from kit import db
from kit.errors import InvalidInput
from kit.identity import Caller


@dataclass(frozen=True, slots=True)
class UnitEffect:
    """A unit without the change and with it, on the day of the change, or, when it begins later, on its first day.

    What is None or empty before (after) is so because the unit does not exist then. `place_*` are the names of the
    units above, the top first.
    """

    unit_id: UUID
    path: str
    what: list[str]
    code_before: str | None
    code_after: str | None
    name_before: str | None
    name_after: str | None
    place_before: list[str]
    place_after: list[str]


@dataclass(frozen=True, slots=True)
class AlongEffect:
    """A unit of which nothing changes but that it stands below one that moves or is created."""

    unit_id: UUID
    path: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class CellEffect:
    """How many people of one kind a unit has without the change and with it; None when that is not known."""

    age_band: str
    gender: str
    education: str | None
    field: str | None
    members_before: int | None
    members_after: int | None
    workers_before: int | None
    workers_after: int | None


@dataclass(frozen=True, slots=True)
class HeadcountEffect:
    """What counts for a unit itself on the day; nothing is known before (after) where no cell has a number for it."""

    unit_id: UUID
    path: str
    code: str
    name: str
    is_assumed: bool
    cells: list[CellEffect]

    def total(self, column: str) -> int | None:
        """Return the sum of a column of the cells; None when nothing is known."""
        known = [number for cell in self.cells if (number := getattr(cell, column)) is not None]
        return sum(known) if known else None


@dataclass(frozen=True, slots=True)
class CutEffect:
    """Something that hangs on a unit and `ended`, is `removed`, `given` or (by an undoing) `restored`.

    `of` is the post, the role or the class's name, `thing_id` the appointment, the grant or the class, `person_id` or
    `subject` whose it is; see `names_of`.
    """

    unit_id: UUID
    path: str
    code: str
    name: str
    what: str
    of: str
    thing_id: UUID
    person_id: UUID | None = None
    subject: str | None = None


Effect = UnitEffect | AlongEffect | HeadcountEffect | CutEffect
LISTS: dict[str, type[Effect]] = {
    "units": UnitEffect,
    "along": AlongEffect,
    "headcounts": HeadcountEffect,
    "officers": CutEffect,
    "grants": CutEffect,
    "classes": CutEffect,
}


@dataclass(frozen=True, slots=True)
class EffectPage:
    """Some of a list, each with its position; `mark` is another one when the list has become another."""

    positions: Sequence[int]
    effects: Sequence[Any]
    mark: str


class EffectLists(Protocol):
    """Everything that a change would do, to be read a page at a time."""

    @property
    def on(self) -> date: ...
    @property
    def totals(self) -> dict[str, int]: ...
    @property
    def others(self) -> dict[str, int]: ...

    async def page(self, caller: Caller, name: str, limit: int, after: tuple[int, str] | None) -> EffectPage: ...


@dataclass(frozen=True, slots=True)
class Effects:
    """Everything that a change would do, as it was just found; `totals` also count headcounts that are not listed.

    Each list is in an order that is the same whenever the same change is tried on the same data.
    """

    on: date
    lists: dict[str, list[Any]]
    totals: dict[str, int] = field(default_factory=dict[str, int])
    others: dict[str, int] = field(default_factory=dict[str, int])

    async def page(self, caller: Caller, name: str, limit: int, after: tuple[int, str] | None) -> EffectPage:
        """Return up to `limit` of a list after (position, mark); InvalidInput when the list has become another."""
        del caller  # who asked for the preview sees it
        effects = self.lists[name]
        mark = _mark(effects)
        require_same(mark, after)
        start = max(after[0], 0) if after else 0
        shown = effects[start : start + limit]
        return EffectPage(range(start + 1, start + 1 + len(shown)), shown, mark)


def require_same(mark: str, after: tuple[int, str] | None) -> None:
    """Refuse to go on in a list that has become another: something would be missing from it, or be there twice."""
    if after and after[1] != mark:
        raise InvalidInput(
            "after",
            "danh sách đã thay đổi từ trang trước; hãy xem lại từ đầu.",
            "is of a list that has changed since the page before; begin again.",
        )


def _mark(effects: Sequence[Effect]) -> str:
    digest = blake2b(digest_size=8)
    for effect in effects:
        digest.update(told(effect))
        if isinstance(effect, CutEffect) and effect.what != "given":
            digest.update(effect.thing_id.bytes)
    return digest.hexdigest()


def told(effect: Effect) -> bytes:
    """Return an effect as JSON without the ids and accounts, which stand beside it or are new whenever it is tried."""
    left_out = {"unit_id", "path", "thing_id", "person_id", "subject"}
    return orjson.dumps({name: value for name, value in asdict(effect).items() if name not in left_out})


def untold(kind: type[Effect], unit_id: UUID, path: str, text: str, **ids: Any) -> Effect:
    """Return the effect of what `told` gave and the ids that stood beside it."""
    values: dict[str, Any] = orjson.loads(text)
    if kind is HeadcountEffect:
        values["cells"] = [CellEffect(**cell) for cell in values["cells"]]
    return kind(unit_id=unit_id, path=path, **values, **ids)


async def names_of(caller: Caller, name: str, cuts: Sequence[CutEffect]) -> list[str | None]:
    """Return whose posts (`officers`) or roles (`grants`) these are, None where the caller may not know; classes are
    nobody's.
    """
    if name == "classes":
        return [None] * len(cuts)
    if name == "officers":
        known = await db.rows(
            "SELECT id, display_name AS name FROM person WHERE id = ANY($1)", [cut.person_id for cut in cuts]
        )
    else:
        known = await db.rows(
            "SELECT id, subject AS name FROM role_grant WHERE id = ANY($1)", [cut.thing_id for cut in cuts]
        )
    names = {row["id"]: row["name"] for row in known}
    role = "worker" if name == "officers" else "admin"
    return [
        cut.subject or names.get(cut.person_id or cut.thing_id) if caller.may(role, cut.path) else None for cut in cuts
    ]

"""The changes of the tree that can be made by hand at a unit: what each form asks, and the change that it means."""

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.errors import DomainError, InvalidInput, NotFound
from kit.identity import Caller
from org.access.service.actions import find_action
from org.reorganisations import service
from org.units import service as units
from org.units.service import Decision, UnitFacts, UnitNames
from org.web.filled import Filled

MOST_PARTS = 10
MOST_CHILDREN = 50
MOST_OTHERS = 50
NAMES = ("name_vi", "name_en", "short_name")
STRUCTURAL = ("code", "level", "kind")
FACTS = ("province", "commune", "region", "address", "phone", "email", "website")
_NEW = (*NAMES, "code", "parent", "level", "kind", "region", "province", "commune")

Change = Callable[[], Awaitable[object]]


class TreeChangedMeanwhile(DomainError):
    """Somebody changed the tree after the preview, which may no longer be what the change would do."""

    code = "TREE_CHANGED_MEANWHILE"
    vi = "Cây tổ chức vừa có thay đổi khác. Dưới đây là bản xem trước mới; hãy xem lại rồi thực hiện."
    en = "The organisation has changed meanwhile. This is a new preview; look at it again before you go on."


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of change: the right that it takes, and what people call it."""

    name: str
    action: str
    vi: str
    en: str
    about_vi: str
    about_en: str


KINDS = {
    kind.name: kind
    for kind in (
        Kind("rename", "unit.rename", "Đổi tên", "Rename", "Tên cũ vẫn được lưu theo ngày.", "Former names stay."),
        Kind(
            "details",
            "unit.change",
            "Sửa thông tin",
            "Change details",
            "Địa bàn, địa chỉ, liên hệ; mã, cấp, loại hình.",
            "Place, address and contact; code, level and kind.",
        ),
        Kind(
            "create",
            "unit.create",
            "Lập đơn vị trực thuộc",
            "Create a unit below",
            "Đơn vị mới, ngay dưới đơn vị này.",
            "A new unit directly below this one.",
        ),
        Kind(
            "move",
            "unit.move",
            "Chuyển về đơn vị khác",
            "Move",
            "Đổi đơn vị cấp trên; các đơn vị bên dưới chuyển cùng.",
            "Under another unit, with all units below.",
        ),
        Kind(
            "merge",
            "unit.merge",
            "Sáp nhập",
            "Merge",
            "Nhập vào một đơn vị đang có, hoặc hợp nhất thành đơn vị mới.",
            "Into an existing unit, or with others into a new one.",
        ),
        Kind(
            "split",
            "unit.split",
            "Chia, tách",
            "Split",
            "Thành nhiều phần, theo tỷ lệ người.",
            "Into parts, by shares of the people.",
        ),
        Kind(
            "dissolve",
            "unit.dissolve",
            "Giải thể",
            "Dissolve",
            "Đơn vị kết thúc, không có đơn vị kế thừa.",
            "The unit ends without a successor.",
        ),
    )
}


def open_kinds(caller: Caller, unit: db.Record) -> list[Kind]:
    """Return the changes that a caller may make at a unit; none at one that has closed."""
    return [] if has_closed(unit) else [kind for kind in KINDS.values() if may(caller, kind.action, unit)]


def has_closed(unit: db.Record) -> bool:
    """Whether a unit exists no longer."""
    return unit["closed_on"] is not None and unit["closed_on"] <= today()


def may(caller: Caller, action: str, unit: db.Record) -> bool:
    """Whether a caller may do something with a unit, as it is governed today."""
    return find_action(action).is_open_to(caller, unit["path"])


def beginning(kind: str, unit: db.Record, above: db.Record | None) -> dict[str, str]:
    """Return what a form says before anybody has filled it in."""
    decision = {"on": today().isoformat(), "decision_number": "", "decision_file": "", "note": ""}
    own = {name: unit[name] or "" for name in (*NAMES, *STRUCTURAL, *FACTS)}
    parent = above["code"] if above else ""
    new = {"parent": parent, "level": unit["level"], "kind": unit["kind"], "region": unit["region"] or ""}
    match kind:
        case "rename":
            return decision | {name: own[name] for name in NAMES}
        case "details":
            return decision | {name: own[name] for name in (*STRUCTURAL, *FACTS)}
        case "create":
            return decision | _prefixed("new-", {**dict.fromkeys(_NEW, ""), "parent": unit["code"]})
        case "move":
            return decision | {"parent": ""}
        case "merge":
            merging = {"others": "", "into": "", "children_to": "", "how": "existing", "carry_grants": ""}
            return decision | merging | _prefixed("new-", {**dict.fromkeys(_NEW, ""), **new})
        case "split":
            return decision | {"parts": "2", "source_continues": "", "rest": "1", "shares": ""} | new_parts(1, 2, new)
        case _:
            return decision | {"children_to": ""}


def new_parts(first: int, last: int, new: dict[str, str]) -> dict[str, str]:
    """Return the fields of parts of a split that nobody has filled in."""
    texts = dict[str, str]()
    for number in range(first, last + 1):
        part = {**dict.fromkeys(_NEW, ""), **new, "into": "", "share": "", "how": "new"}
        texts |= _prefixed(f"p{number}-", part)
    return texts


def _prefixed(prefix: str, texts: dict[str, str]) -> dict[str, str]:
    return {prefix + name: text for name, text in texts.items()}


def parts_of(filled: Filled) -> int:
    """Return how many parts the form of a split has."""
    text = filled.text("parts")
    return max(1, min(int(text) if text.isdecimal() and len(text) < 4 else 2, MOST_PARTS))


async def change_of(caller: Caller, kind: str, unit: db.Record, filled: Filled) -> Change | None:
    """Return the change that a filled form means; None when something is wrong, which is noted in the form."""
    on = filled.day("on") or today()
    decision = Decision()
    with filled.noting():
        decision = Decision.checked(filled.text("decision_number"), filled.text("decision_file"), filled.text("note"))
    change = await _READERS[kind](caller, unit, filled, on, decision)
    return None if filled.problems else change


async def _rename(caller: Caller, unit: db.Record, filled: Filled, on: date, decision: Decision) -> Change | None:
    with filled.noting():
        names = _names(filled)
        return lambda: units.rename_unit(caller, unit["id"], names, on, decision)
    return None


def _names(filled: Filled, prefix: str = "") -> UnitNames:
    vi, en, short = (filled.text(prefix + name) for name in NAMES)
    return UnitNames.checked(vi, en or None, short or None)


async def _details(caller: Caller, unit: db.Record, filled: Filled, on: date, decision: Decision) -> Change | None:
    # Only what is other than that day's: a new province then brings its region, and an editor need not be an admin.
    known = {one["id"]: one for one in await units.units_by_id([unit["id"]], on)}.get(unit["id"], unit)
    said = {name: filled.optional(name) for name in (*STRUCTURAL, *FACTS) if name in filled.texts}
    new = {name: value for name, value in said.items() if value != known[name]}
    return lambda: units.change_unit(caller, unit["id"], new, on, decision)


async def _create(caller: Caller, unit: db.Record, filled: Filled, on: date, decision: Decision) -> Change | None:
    parent = await filled.unit("new-parent", required=True)
    with filled.noting(prefix="new-"):
        names, facts = _names(filled, "new-"), _place(filled, "new-")
        if parent is None:
            return None
        level, kind, region = (filled.text(f"new-{name}") for name in ("level", "kind", "region"))
        new = units.NewUnit(parent["id"], names, filled.text("new-code"), level, kind, region or None, on, facts=facts)
        return lambda: units.create_unit(caller, new, decision)
    return None


def _place(filled: Filled, prefix: str) -> UnitFacts:
    return UnitFacts.checked(province=filled.text(f"{prefix}province"), commune=filled.text(f"{prefix}commune"))


async def _move(caller: Caller, unit: db.Record, filled: Filled, on: date, decision: Decision) -> Change | None:
    parent = await filled.unit("parent", required=True)
    if parent is None:
        return None
    parent_id = parent["id"]
    return lambda: units.move_unit(caller, unit["id"], parent_id, on, decision)


async def _merge(caller: Caller, unit: db.Record, filled: Filled, on: date, decision: Decision) -> Change | None:
    others = await _others(filled)
    into = await _into(filled, "", "new-")
    children_to = await filled.unit("children_to")
    if into is None:
        return None
    return lambda: service.merge_units(
        caller,
        [unit["id"], *(other["id"] for other in others)],
        into,
        on,
        decision,
        children_to=children_to["id"] if children_to else None,
        gives_grants=bool(filled.text("carry_grants")),
    )


async def _others(filled: Filled) -> list[db.Record]:
    """Return the units that merge as well, by their codes, one in a line; every unknown one is told."""
    codes = [code for code in re.split(r"[\s,;]+", filled.text("others")) if code]
    if len(codes) > MOST_OTHERS:
        refusal = InvalidInput(
            "others",
            f"không quá {MOST_OTHERS} đơn vị; nhiều hơn thì nhập bằng tệp.",
            f"at most {MOST_OTHERS} units; for more bring a file.",
        )
        filled.problems.setdefault("others", refusal)
        return []
    lines = Filled({str(position): code for position, code in enumerate(codes)})
    found = [await lines.unit(name) for name in lines.texts]
    if lines.problems:
        unknown = ", ".join(lines.text(name)[:60] for name in lines.problems)
        filled.problems.setdefault(
            "others", InvalidInput("others", f"không có đơn vị nào mã: {unknown}.", f"there are no units: {unknown}.")
        )
    return [one for one in found if one]


async def _into(filled: Filled, prefix: str, new: str) -> service.Beginning | UUID | None:
    """Return the unit that takes in: an existing one, or one that begins, as the form says."""
    if filled.text(f"{prefix}how") != "new":
        found = await filled.unit(f"{prefix}into", required=True)
        return found["id"] if found else None
    parent = await filled.unit(f"{new}parent", required=True)
    with filled.noting(prefix=new):
        names, facts = _names(filled, new), _place(filled, new)
        level, kind, region = (filled.text(new + name) for name in ("level", "kind", "region"))
        if parent is None:
            return None
        code = filled.text(f"{new}code").upper()
        return service.Beginning(parent["id"], names, code, level, kind, region or None, facts)
    return None


async def _split(caller: Caller, unit: db.Record, filled: Filled, on: date, decision: Decision) -> Change | None:
    children = await units.children_of([unit["id"]], MOST_CHILDREN, None)
    parts = list[service.Part]()
    for number in range(1, parts_of(filled) + 1):
        prefix = f"p{number}-"
        into, share = await _into(filled, prefix, prefix), _share(filled, f"{prefix}share")
        going = [child["id"] for child in children if filled.text(f"child-{child['code']}") == str(number)]
        if into is not None:
            parts.append(service.Part(into, share, going, filled.text("rest") == str(number)))
    goes_on = bool(filled.text("source_continues"))
    return lambda: service.split_unit(caller, unit["id"], parts, on, decision, source_continues=goes_on)


def _share(filled: Filled, name: str) -> Decimal | None:
    """Return a share that is written in per cent, with a comma or a point."""
    text = filled.text(name).replace(",", ".").removesuffix("%").strip()
    if not text:
        return None
    try:
        share = Decimal(text) / 100
    except InvalidOperation:
        share = Decimal("NaN")
    if not share.is_finite() or not 0 <= share <= 1:
        refusal = InvalidInput(name, "phải là số từ 0 đến 100.", "must be a number from 0 to 100.")
        filled.problems.setdefault(name, refusal)
        return None
    return share


async def _dissolve(caller: Caller, unit: db.Record, filled: Filled, on: date, decision: Decision) -> Change | None:
    children_to = await filled.unit("children_to")
    going = children_to["id"] if children_to else None
    return lambda: service.dissolve_unit(caller, unit["id"], on, decision, children_to=going)


_Reader = Callable[[Caller, db.Record, Filled, date, Decision], Awaitable[Change | None]]
_READERS: dict[str, _Reader] = {
    "rename": _rename,
    "details": _details,
    "create": _create,
    "move": _move,
    "merge": _merge,
    "split": _split,
    "dissolve": _dissolve,
}


async def carry_out_as_seen(change: Change, seen: int) -> db.Record | None:
    """Make a change that was previewed in a version of the tree; return its record, None when it changes nothing.

    TreeChangedMeanwhile when the tree is another one by now, so that nobody gets what they have not seen.
    """
    async with db.transaction():
        await units.lock_tree()
        if await units.current_tree_version() != seen:
            raise TreeChangedMeanwhile()
        await change()
        version = await units.current_tree_version()
    made = await service.reorganisations_by_version([version])
    return made[0] if version != seen else None


async def made_already(unit: db.Record, kind: str, filled: Filled, seen: int) -> db.Record | None:
    """Return the change that a form made when it was sent before, now that it can't be made (again); None for none."""
    on, concerned = filled.day("on") or today(), unit
    if kind == "create":
        with suppress(NotFound):
            concerned = await units.find_unit_by_code(filled.text("new-code"))
    wanted = service.ReorganisationFilter(concerned["id"], "change" if kind == "details" else kind, on)
    found = [one for one in await service.reorganisations(wanted, 20, None) if one["effective_on"] == on]
    return next((one for one in found if one["version"] > seen and one["undone_in"] is None), None)

"""The rules that every change of the tree obeys, and the refusals that name the rule broken."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.errors import DomainError, InvalidInput
from org.vietnamese import clean
from org.vocabularies import service as vocabularies

LONGEST_NAME = 250
LONGEST_SHORT_NAME = 60
DEEPEST = 16


class UnitNameTaken(DomainError):
    """Another unit directly under the same parent has this Vietnamese name."""

    code = "UNIT_NAME_TAKEN"
    vi = "Đơn vị cấp trên đã có đơn vị trực thuộc tên “{name}”."
    en = "The unit above already has a unit named “{name}”."


class UnitLevelNotAllowed(DomainError):
    """On that day a unit of the child's level may not stand directly under one of the parent's level."""

    code = "LEVEL_NOT_ALLOWED"
    vi = "Ngày {day}, cấp “{child_vi}” không được trực thuộc cấp “{parent_vi}”."
    en = "On {day}, the level “{child_en}” may not stand directly under the level “{parent_en}”."
    extra = {"parent_level": str | None, "child_level": str}


class UnitDateBackwards(DomainError):
    """The date lies before something that the change builds on; `earliest` is the first date possible."""

    code = "DATE_BACKWARDS"
    vi = "Ngày hiệu lực {day} quá sớm: sớm nhất là {earliest}."
    en = "The effective date {day} is too early: the earliest possible is {earliest}."
    extra = {"earliest": date}


class UnitDateInFuture(DomainError):
    """The date lies after today; changes are recorded once they are in force."""

    code = "DATE_IN_FUTURE"
    vi = "Ngày hiệu lực {day} ở tương lai; chỉ ghi nhận thay đổi đã có hiệu lực."
    en = "The effective date {day} is in the future; only changes already in force are recorded."


@dataclass(frozen=True, slots=True)
class UnitNames:
    """The names of a unit, cleaned; only the Vietnamese one is necessary."""

    vi: str
    en: str | None = None
    short: str | None = None

    @classmethod
    def checked(cls, vi: str, en: str | None, short: str | None) -> "UnitNames":
        """Return cleaned names; InvalidInput when one is blank or too long."""
        return cls(
            vi=_name("nameVi", vi, LONGEST_NAME),
            en=None if en is None else _name("nameEn", en, LONGEST_NAME),
            short=None if short is None else _name("shortName", short, LONGEST_SHORT_NAME),
        )


def _name(field: str, text: str, longest: int) -> str:
    name = clean(text)
    if not name:
        raise InvalidInput(field, "không được để trống.", "must not be blank.")
    if len(name) > longest:
        raise InvalidInput(field, f"dài hơn {longest} ký tự.", f"is longer than {longest} characters.")
    return name


async def current_tree_version() -> int:
    """Return the version of the tree."""
    return await db.value("SELECT version FROM tree_version")


async def lock_tree() -> None:
    """Wait for other changes of the tree, and make them wait to the end of this transaction.

    What a change has checked under this lock still holds when it writes. Readers never wait.
    """
    await db.execute("SELECT version FROM tree_version FOR UPDATE")


async def next_tree_version() -> int:
    """Raise the version of the tree and return it."""
    return await db.value("UPDATE tree_version SET version = version + 1 RETURNING version")


def require_not_future(on: date) -> None:
    """Raise UnitDateInFuture for a day after today."""
    if on > today():
        raise UnitDateInFuture(day=on.isoformat())


def require_not_before(on: date, earliest: date) -> None:
    """Raise UnitDateBackwards for a day before `earliest`."""
    if on < earliest:
        raise UnitDateBackwards(day=on.isoformat(), earliest=earliest)


async def require_level(parent_level: str | None, child_level: str, on: date) -> None:
    """Raise UnitLevelNotAllowed unless the level rules of that day allow the child under the parent."""
    if await vocabularies.is_level_allowed(parent_level, child_level, on):
        return
    parent_vi, parent_en = await vocabularies.labels("level", parent_level, on) if parent_level else ("(gốc)", "(top)")
    child_vi, child_en = await vocabularies.labels("level", child_level, on)
    raise UnitLevelNotAllowed(
        day=on.isoformat(),
        parent_level=parent_level,
        child_level=child_level,
        parent_vi=parent_vi,
        parent_en=parent_en,
        child_vi=child_vi,
        child_en=child_en,
    )


async def require_free_name(parent_id: UUID | None, name_vi: str, unit_id: UUID | None = None) -> None:
    """Raise UnitNameTaken when another open unit under the parent has the name, whatever its case."""
    taken = await db.value(
        """SELECT EXISTS (SELECT FROM unit WHERE parent_id IS NOT DISTINCT FROM $1 AND lower(name_vi) = lower($2)
           AND closed_on IS NULL AND id IS DISTINCT FROM $3)""",
        parent_id,
        name_vi,
        unit_id,
    )
    if taken:
        raise UnitNameTaken(name=name_vi)


def require_depth(depth: int) -> None:
    """Raise InvalidInput when a unit would have that many units on its path, itself included."""
    if depth > DEEPEST:
        raise InvalidInput(
            "parentId", f"cây tổ chức không quá {DEEPEST} tầng.", f"the tree may not be deeper than {DEEPEST} units."
        )

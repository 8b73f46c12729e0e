"""The rules that every change of the tree obeys, and the refusals that name the rule broken."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.errors import DomainError, InvalidInput, Name
from org.vietnamese import clean, search_form, sort_key
from org.vocabularies import service as vocabularies

LONGEST_NAME = 250
LONGEST_SHORT_NAME = 60
DEEPEST = 16
FARTHEST_AHEAD = timedelta(days=5 * 366)


class UnitNameTaken(DomainError):
    """Another unit directly under the same parent has this Vietnamese name on some of the days."""

    code = "UNIT_NAME_TAKEN"
    vi = "Đơn vị cấp trên đã có đơn vị trực thuộc tên “{name}”{both_vi}."
    en = "The unit above already has a unit named “{name}”{both_en}."

    def __init__(self, name: str, both: Sequence[str] = ()) -> None:
        """`both` tells which two units would have the name, where that is not plain from what was asked for."""
        vi, en = (f": {word.join(both)}" if both else "" for word in (" và ", " and "))
        super().__init__(name=name, both_vi=vi, both_en=en)


class UnitLevelNotAllowed(DomainError):
    """On that day a unit of the child's level may not stand directly under one of the parent's level."""

    code = "LEVEL_NOT_ALLOWED"
    vi = "Ngày {day}, cấp “{child_vi}” không được trực thuộc cấp “{parent_vi}”."
    en = "On {day}, the level “{child_en}” may not stand directly under the level “{parent_en}”."
    extra = {"parent_level": str | None, "child_level": str}


class UnitCycle(DomainError):
    """The new parent is the unit itself or lies below it."""

    code = "CYCLE"
    vi = "“{parent}” nằm trong chính “{unit}”, không thể làm cấp trên."
    en = "“{parent}” lies within “{unit}” itself and can't be above it."


class UnitParentNotThere(DomainError):
    """The unit above does not exist on all the days on which the unit would stand under it."""

    code = "PARENT_NOT_THERE"
    vi = "“{parent}” chỉ hoạt động từ {since}{end_vi}, không thể làm cấp trên từ {day}."
    en = "“{parent}” exists from {since} {end_en} only; it can't be the unit above from {day} on."

    def __init__(self, parent: str, since: date, until: date | None, day: date) -> None:
        """`until`: the first day on which the parent is not there any more; None while that is not known."""
        end_vi, end_en = (f" đến trước {until:%d/%m/%Y}", f"to before {until.isoformat()}") if until else ("", "on")
        super().__init__(parent=parent, since=since, until=until, day=day, end_vi=end_vi, end_en=end_en)


class UnitDateBackwards(DomainError):
    """The date lies before something that the change builds on; `earliest` is the first date possible."""

    code = "DATE_BACKWARDS"
    vi = "Ngày hiệu lực {day} quá sớm: sớm nhất là {earliest}."
    en = "The effective date {day} is too early: the earliest possible is {earliest}."
    extra = {"earliest": date}


class UnitDateInFuture(DomainError):
    """The date lies after today, which what is recorded here can't."""

    code = "DATE_IN_FUTURE"
    vi = "Ngày {day} ở tương lai."
    en = "The date {day} is in the future."


class UnitDateTooFar(DomainError):
    """The effective date lies more than five years ahead."""

    code = "DATE_TOO_FAR"
    vi = "Ngày hiệu lực {day} quá xa: muộn nhất là {latest}."
    en = "The effective date {day} is too far ahead: the latest possible is {latest}."
    extra = {"latest": date}


class UnitClosed(DomainError):
    """The unit no longer exists on that day; what it was stays as it is."""

    code = "UNIT_CLOSED"
    vi = "“{unit}” kết thúc hoạt động từ ngày {closed_on}."
    en = "“{unit}” no longer exists from {closed_on} on."
    extra = {"closed_on": date}


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

    def columns(self) -> dict[str, object]:
        """Return the columns of a version that follow from the names."""
        return {
            "name_vi": self.vi,
            "name_en": self.en,
            "short_name": self.short,
            "search_accented": " " + search_form(f"{self.vi} {self.short or ''} {self.en or ''}"),
            "sort_key": sort_key(self.vi),
        }


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

    What a change has checked under this lock still holds when it writes. Readers never wait. Who publishes headcounts
    does: their sums are kept by where units stand. Taken here, before anything that a publisher could be waiting for.
    """
    await db.execute("SELECT version FROM tree_version FOR UPDATE")
    await db.execute("SELECT keep_headcounts_still()")


def require_not_future(on: date) -> None:
    """Raise UnitDateInFuture for a day after today."""
    if on > today():
        raise UnitDateInFuture(day=on)


def require_not_too_far(on: date) -> None:
    """Raise UnitDateTooFar for a day more than five years ahead."""
    latest = today() + FARTHEST_AHEAD
    if on > latest:
        raise UnitDateTooFar(day=on, latest=latest)


def require_not_before(on: date, earliest: date) -> None:
    """Raise UnitDateBackwards for a day before `earliest`."""
    if on < earliest:
        raise UnitDateBackwards(day=on, earliest=earliest)


def require_open(unit: db.Record, on: date) -> None:
    """Raise UnitDateBackwards or UnitClosed unless the unit exists on a day."""
    require_not_before(on, unit["created_on"])
    if unit["closed_on"] and unit["closed_on"] <= on:
        raise UnitClosed(unit=Name(unit["name_vi"], unit["name_en"]), closed_on=unit["closed_on"])


def require_parent_there(parent: db.Record, on: date, until: date) -> None:
    """Raise UnitDateBackwards or UnitParentNotThere unless the parent exists from `on` to before `until`."""
    require_not_before(on, parent["created_on"])
    if parent["closed_on"] and parent["closed_on"] < until:
        raise UnitParentNotThere(
            parent=parent["name_vi"], since=parent["created_on"], until=parent["closed_on"], day=on
        )


async def require_level(parent_level: str | None, child_level: str, on: date) -> None:
    """Raise UnitLevelNotAllowed unless the level rules of that day allow the child under the parent."""
    if await vocabularies.is_level_allowed(parent_level, child_level, on):
        return
    parent_vi, parent_en = await vocabularies.labels("level", parent_level, on) if parent_level else ("(gốc)", "(top)")
    child_vi, child_en = await vocabularies.labels("level", child_level, on)
    raise UnitLevelNotAllowed(
        day=on,
        parent_level=parent_level,
        child_level=child_level,
        parent_vi=parent_vi,
        parent_en=parent_en,
        child_vi=child_vi,
        child_en=child_en,
    )


async def require_levels(units: Sequence[UUID], on: date, *, below: bool = False) -> None:
    """Raise UnitLevelNotAllowed unless the rules allow how the units stand from a day on, as it is written.

    They are asked on each day on which a unit comes under another one, or one of the two gets another level; how
    units stood before stays allowed when the rules change. `below` asks for the children of the units as well.
    """
    found = await db.rows(
        """WITH standing AS (
             SELECT child.unit_id, child.level AS child_level, above.unit_id AS parent_id, above.level AS parent_level,
                    greatest(child.since, above.since) AS day
             FROM unit_version AS child LEFT JOIN unit_version AS above
               ON above.unit_id = child.parent_id AND above.since < child.until AND above.until > child.since
             WHERE child.unit_id = ANY($1) OR ($3 AND child.parent_id = ANY($1))
           ), begun AS (
             SELECT *, lag((child_level, parent_id, parent_level)) OVER (PARTITION BY unit_id ORDER BY day)
                       IS DISTINCT FROM (child_level, parent_id, parent_level) AS is_new
             FROM standing)
           SELECT DISTINCT parent_level, child_level, day FROM begun WHERE is_new AND day >= $2
           ORDER BY day, parent_level, child_level""",
        list(units),
        on,
        below,
    )
    for row in found:
        await require_level(row["parent_level"], row["child_level"], row["day"])


async def require_free_name(
    parent_id: UUID | None, name_vi: str, on: date, until: date = date.max, unit_id: UUID | None = None
) -> None:
    """Raise UnitNameTaken when another unit under the parent has the name, in either case, on one of the days."""
    taken = await db.value(
        """SELECT EXISTS (SELECT FROM unit_version WHERE parent_id IS NOT DISTINCT FROM $1
           AND lower(name_vi) = lower($2) AND since < $4 AND until > $3 AND unit_id IS DISTINCT FROM $5)""",
        parent_id,
        name_vi,
        on,
        until,
        unit_id,
    )
    if taken:
        raise UnitNameTaken(name=name_vi)


async def require_free_names(unit_id: UUID, versions: Iterable[Mapping[str, Any]]) -> None:
    """Raise UnitNameTaken when on a day of one of the unit's versions a sibling of that day has its name."""
    for version in versions:
        await require_free_name(version["parent_id"], version["name_vi"], version["since"], version["until"], unit_id)


async def require_no_ring(unit: db.Record, parent: db.Record, on: date, until: date) -> None:
    """Raise UnitCycle when the parent is the unit or stands below it on one of the days."""
    label = unit["path"][-5:]
    found = await db.rows(
        "SELECT path FROM unit_path WHERE unit_id = $1 AND since < $3 AND until > $2", parent["id"], on, until
    )
    if any(label in _labels(row["path"]) for row in found):
        raise UnitCycle(parent=Name(parent["name_vi"], parent["name_en"]), unit=Name(unit["name_vi"], unit["name_en"]))


def _labels(path: str) -> list[str]:
    return [path[start : start + 5] for start in range(0, len(path), 5)]


def ancestor_numbers(path: str) -> list[int]:
    """Return the numbers of the units above a path's own, the top first."""
    return [int(label, 36) for label in _labels(path)[:-1]]

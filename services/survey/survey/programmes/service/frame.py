"""The frame that a wave freezes: response groups large enough to hide in, and their people by age and gender.

Units are pooled upward, within a region, until each group has at least 50 people. A group is named after the unit at
which its pooling ended, and has that unit's path: an answer that names the group can't tell of a smaller unit, and the
groups below a unit hold no people from outside it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID, uuid4

from kit import db
from kit.errors import DomainError, UnknownCode
from kit.paths import WIDTH, parents
from survey.units.service import codes_of

SMALLEST_GROUP = 50

Cell = tuple[str, str]
"""An age band and a gender."""


class SurveyTargetTooSmall(DomainError):
    """Fewer than 50 people are known in the target, too few for answers that nobody can trace."""

    code = "SURVEY_TARGET_TOO_SMALL"
    vi = "Đối tượng khảo sát chỉ có {people} người; cần ít nhất 50 để không lộ ai trả lời."
    en = "The target has only {people} people; at least 50 are needed, so that nobody can be recognised."


@dataclass(frozen=True, slots=True)
class Place:
    """A unit as it stood on the day of opening, with its own people."""

    path: str
    name_vi: str
    name_en: str
    region: str | None
    people: Counter[Cell]


@dataclass(slots=True)
class Group:
    """A response group: one unit, or several small ones pooled at the unit above them."""

    path: str
    name_vi: str
    name_en: str
    region: str | None
    people: Counter[Cell] = field(default_factory=Counter[Cell])
    members: list[str] = field(default_factory=list[str])
    """The paths of the units whose own people are in it."""

    @property
    def size(self) -> int:
        """How many people are in the group."""
        return self.people.total()


@dataclass(slots=True)
class _Pool:
    """People of one region who wait at a unit for enough company, and the paths of their units."""

    people: Counter[Cell] = field(default_factory=Counter[Cell])
    members: list[str] = field(default_factory=list[str])

    @property
    def size(self) -> int:
        return self.people.total()

    def add(self, other: "_Pool") -> None:
        self.people.update(other.people)
        self.members += other.members

    @classmethod
    def of(cls, place: Place) -> "_Pool":
        """Return a unit's own people; where there are none, the unit is no member."""
        return cls(Counter(place.people), [place.path] if place.people.total() else [])


def pooled(places: Iterable[Place]) -> list[Group]:
    """Pool a unit and all below it into groups of at least 50 people; none when there are fewer altogether.

    Every person of every place is in exactly one group, those of one place in the same.
    """
    # Descending paths: children come before their parent, the target comes last.
    ordered = sorted(places, key=lambda each: each.path, reverse=True)
    known = {place.path for place in ordered}
    waiting: dict[str, _Below] = {}
    below = _Below()
    for place in ordered:
        below = waiting.pop(place.path, None) or _Below()
        below.settle(place)
        above = next((path for path in reversed(parents(place.path)) if path in known), ordered[-1].path)
        if place is not ordered[-1]:
            waiting.setdefault(above, _Below()).join(below)
    if ordered:
        below.settle_rest(ordered[-1])
    return below.groups


@dataclass(slots=True)
class _Below:
    """What a unit finds below itself: groups that are formed, and people who wait for company, by region."""

    groups: list[Group] = field(default_factory=list[Group])
    pools: dict[str | None, _Pool] = field(default_factory=dict[str | None, _Pool])

    def join(self, other: "_Below") -> None:
        """Add what another unit left."""
        self.groups += other.groups
        for region, pool in other.pools.items():
            self.pools.setdefault(region, _Pool()).add(pool)

    def settle(self, place: Place) -> None:
        """Form groups at a unit; the few who are left join the smallest group of their region, if there is one."""
        self.pools.setdefault(place.region, _Pool()).add(_Pool.of(place))
        for region, pool in list(self.pools.items()):
            kin = [group for group in self.groups if group.region == region]
            if pool.size >= SMALLEST_GROUP:
                self.groups.append(_group(place, region, pool))
            elif kin and pool.size:
                _absorb(min(kin, key=lambda group: group.size), pool, place)
            elif pool.size:
                continue
            del self.pools[region]

    def settle_rest(self, target: Place) -> None:
        """Give those whose region has no group one of their own, or else to the smallest group of all."""
        rest = _Pool()
        for pool in self.pools.values():
            rest.add(pool)
        if rest.size >= SMALLEST_GROUP:
            largest = max(self.pools, key=lambda region: self.pools[region].size)
            self.groups.append(_group(target, largest, rest))
        elif rest.size and self.groups:
            # One at the target itself, if there is one: no other group loses its place for it.
            at_target = [group for group in self.groups if group.path == target.path]
            _absorb(min(at_target or self.groups, key=lambda group: group.size), rest, target)


def _group(place: Place, region: str | None, pool: _Pool) -> Group:
    if pool.people == place.people:
        return Group(place.path, place.name_vi, place.name_en, region, pool.people, pool.members)
    return Group(place.path, *_pooled_names(place), region, pool.people, pool.members)


def _absorb(group: Group, pool: _Pool, place: Place) -> None:
    """Add people to a group, which from then on stands for small units anywhere below a place."""
    group.people.update(pool.people)
    group.members += pool.members
    group.path = place.path
    group.name_vi, group.name_en = _pooled_names(place)


def _pooled_names(place: Place) -> tuple[str, str]:
    return f"{place.name_vi} (gộp các đơn vị nhỏ)", f"{place.name_en} (small units together)"


async def freeze(wave_id: UUID, target_path: str, day: date) -> list[UUID]:
    """Write the groups, cells and units of a wave from the tree and newest headcounts of a day; return the groups' ids.

    Raises SurveyTargetTooSmall when fewer than 50 people are known, UnknownCode when a headcount or a unit has a code
    that its vocabulary does not have on that day: results could not say who is meant.
    """
    units, groups = await _read(target_path, day)
    ids = [uuid4() for _ in groups]
    await db.execute_many(
        "INSERT INTO response_group (id, wave_id, name_vi, name_en, path, region, people)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [
            (group_id, wave_id, group.name_vi, group.name_en, group.path, group.region, group.size)
            for group_id, group in zip(ids, groups, strict=True)
        ],
    )
    await db.execute_many(
        "INSERT INTO frame_cell (wave_id, response_group_id, age_band, gender, people) VALUES ($1, $2, $3, $4, $5)",
        [
            (wave_id, group_id, age_band, gender, people)
            for group_id, group in zip(ids, groups, strict=True)
            for (age_band, gender), people in sorted(group.people.items())
        ],
    )
    group_of = {path: group_id for group_id, group in zip(ids, groups, strict=True) for path in group.members}
    await db.execute(
        "INSERT INTO frame_unit (wave_id, unit_id, path, response_group_id)"
        " SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::uuid[])",
        wave_id,
        [unit["id"] for unit in units],
        [unit["path"] for unit in units],
        [group_of.get(unit["path"]) for unit in units],
    )
    return ids


async def check(target_path: str, day: date) -> None:
    """Raise what `freeze` would on this day, and write nothing."""
    await _read(target_path, day)


async def _read(target_path: str, day: date) -> tuple[Sequence[db.Record], list[Group]]:
    units = await db.rows(_PLACES, target_path, day, parents(target_path))
    places = _places(units, target_path)
    await _require_known(places, day)
    groups = pooled(places)
    if not groups:
        raise SurveyTargetTooSmall(people=sum(place.people.total() for place in places))
    return units, groups


async def _require_known(places: Sequence[Place], day: date) -> None:
    used = {
        "age_band": {age_band for place in places for age_band, _ in place.people},
        "gender": {gender for place in places for _, gender in place.people},
        "region": {place.region for place in places if place.people and place.region is not None},
    }
    for vocabulary, codes in used.items():
        unknown = codes - await codes_of(vocabulary, day)
        if unknown:
            raise UnknownCode("id", vocabulary, min(unknown), day)


# The tree is that of the day, the headcount the newest that was known on it. Besides the target's units those above it.
_PLACES = """
SELECT u.id, s.path, u.name_vi, u.name_en, u.region,
       array_agg(c.age_band) FILTER (WHERE c.workers > 0) AS age_bands,
       array_agg(c.gender) FILTER (WHERE c.workers > 0) AS genders,
       array_agg(c.workers) FILTER (WHERE c.workers > 0) AS workers
FROM unit_scope s
JOIN unit u ON u.id = s.unit_id
LEFT JOIN headcount_cell c ON c.unit_id = u.id
     AND c.day = (SELECT max(day) FROM headcount_cell h WHERE h.unit_id = u.id AND h.day <= $2)
WHERE s.valid @> $2::date AND (s.path >= $1 AND s.path < $1 || '~' OR s.path = ANY ($3::text[]))
GROUP BY s.path, u.id
ORDER BY s.path
"""


def _places(units: Sequence[db.Record], target_path: str) -> list[Place]:
    regions: dict[str, str | None] = {}
    places: list[Place] = []
    for row in units:
        path = row["path"]
        # A unit without a region of its own is in its parent's.
        regions[path] = row["region"] or regions.get(path[:-WIDTH])
        if path.startswith(target_path):
            cells = zip(row["age_bands"] or (), row["genders"] or (), row["workers"] or (), strict=True)
            people: Counter[Cell] = Counter({(age_band, gender): workers for age_band, gender, workers in cells})
            places.append(Place(path, row["name_vi"], row["name_en"], regions[path], people))
    return places

"""A plausible tree of unions with its past: the same one for one size and seed, and all of it known in Python.

Until 30 June 2025 there were 63 provinces with district federations between them and most grassroots unions. On the
next day 29 provinces were merged into others, the districts ended, and special unions began. Besides that day, unions
are founded, renamed, moved and closed on days of their own.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from bench.org_tree.names import KINDS, Names
from org.demo.industries import INDUSTRIES
from org.demo.places import PLACES, Place

SMALLEST = 1_000
FULL = 125_000
FOUNDED = date(1929, 7, 28)
BEGINNING = date(1997, 1, 1)
REFORM = date(2025, 7, 1)
NEWEST = date(2026, 3, 31)
FOR_EVER = date.max
"""asyncpg writes and reads PostgreSQL's `infinity` as this day."""

# At full size; smaller trees have their share of it.
MIDDLING_UNITS, MOVED_UNITS, SPECIAL_UNITS, CLOSED_UNITS = 3_600, 5_000, 1_945, 2_500
MIDDLING, MOVED_FROM, MOVED_TO = "PT", "HCM", "DNA"

# The provinces that became part of another on 1 July 2025.
MERGED = {
    "TQ": ("Hà Giang",),
    "LCA": ("Yên Bái",),
    "TN": ("Bắc Kạn",),
    "PT": ("Hòa Bình", "Vĩnh Phúc"),
    "BN": ("Bắc Giang",),
    "HY": ("Thái Bình",),
    "HP": ("Hải Dương",),
    "NB": ("Hà Nam", "Nam Định"),
    "QT": ("Quảng Bình",),
    "DN": ("Quảng Nam",),
    "QNG": ("Kon Tum",),
    "GL": ("Bình Định",),
    "KH": ("Ninh Thuận",),
    "DL": ("Phú Yên",),
    "LD": ("Đắk Nông", "Bình Thuận"),
    "DNA": ("Bình Phước",),
    "HCM": ("Bình Dương", "Bà Rịa – Vũng Tàu"),
    "TNI": ("Long An",),
    "DT": ("Tiền Giang",),
    "VL": ("Bến Tre", "Trà Vinh"),
    "AG": ("Kiên Giang",),
    "CT": ("Sóc Trăng", "Hậu Giang"),
    "CM": ("Bạc Liêu",),
}


@dataclass(frozen=True, slots=True)
class Industry:
    """A union of an industry directly below the confederation, and its share of all grassroots unions."""

    code: str
    vi: str
    kind: str
    field: str
    weight: int


MORE_INDUSTRIES = (
    Industry("NNVN", "Nông nghiệp và Phát triển nông thôn", "central_industry", "agriculture", 4),
    Industry("GTVN", "Giao thông vận tải", "central_industry", "transport", 4),
    Industry("QPVN", "Quốc phòng", "central_industry", "administration", 4),
    Industry("CAVN", "Công an nhân dân", "central_industry", "administration", 2),
    Industry("HKVN", "Hàng không", "corporation", "transport", 3),
    Industry("KCVN", "Khoa học và Công nghệ", "central_industry", "information", 2),
)
ALL_INDUSTRIES = (*(Industry(i.code, i.vi, i.kind, i.field, i.weight) for i in INDUSTRIES), *MORE_INDUSTRIES)


@dataclass(slots=True)
class Version:
    """What a unit is called and under which unit (its number) it stands from a day on, up to the day before `until`."""

    since: date
    until: date
    name: str
    parent: int | None


@dataclass(slots=True)
class PlannedUnit:
    """One unit with its whole past."""

    id: UUID
    number: int
    code: str
    level: str
    kind: str
    region: str | None
    versions: list[Version]
    heir: int | None = None

    @property
    def created_on(self) -> date:
        """The day on which it began."""
        return self.versions[0].since

    @property
    def closed_on(self) -> date | None:
        """The first day on which it is no more."""
        return None if self.versions[-1].until == FOR_EVER else self.versions[-1].until

    def on(self, day: date) -> Version | None:
        """The version of a day."""
        return next((version for version in self.versions if version.since <= day < version.until), None)


@dataclass
class Tree:
    """All units by number, and those that measurements ask for."""

    units: dict[int, PlannedUnit] = field(default_factory=dict[int, PlannedUnit])
    provinces: dict[str, int] = field(default_factory=dict[str, int])
    moved: int = 0

    @property
    def middling(self) -> int:
        """A province of middling size."""
        return self.provinces[MIDDLING]

    @property
    def homes(self) -> tuple[int, int]:
        """The provinces between which the large subtree is moved; it stands under the first."""
        return self.provinces[MOVED_FROM], self.provinces[MOVED_TO]


def grow(units: int, seed: int) -> Tree:
    """Return a tree of that many units that exist today; those that have closed come on top."""
    if units < SMALLEST:
        raise ValueError(f"a tree of fewer than {SMALLEST} units has no room for all provinces")
    return _Gardener(units, seed).grow()


class _Gardener:
    """Grows a tree from the top down."""

    def __init__(self, units: int, seed: int) -> None:
        self._rng = random.Random(seed)  # noqa: S311  # made up, the same each time
        self._names = Names(self._rng)
        self._size = units
        self._tree = Tree()
        self._districts: dict[int, list[int]] = {}
        self._specials: dict[int, list[int]] = {}
        self._regions: dict[int, str | None] = {}

    def grow(self) -> Tree:
        """Return the tree."""
        top = self._plant("TLD", "confederation", "confederation", "Tổng Liên đoàn Lao động Việt Nam", None, FOUNDED)
        for place in PLACES:
            self._province(place, top)
        industries = [self._industry(industry, top) for industry in ALL_INDUSTRIES]
        self._special(self._share(SPECIAL_UNITS), industries)
        self._fill(industries)
        self._close(self._share(CLOSED_UNITS))
        return self._tree

    def _share(self, of_full: int) -> int:
        return max(3, round(of_full * self._size / FULL))

    def _plant(
        self,
        code: str,
        level: str,
        kind: str,
        name: str,
        parent: int | None,
        since: date,
        until: date = FOR_EVER,
        heir: int | None = None,
        region: str | None = None,
    ) -> int:
        return self._add(code, level, kind, region, [Version(since, until, name, parent)], heir)

    def _add(
        self, code: str, level: str, kind: str, region: str | None, versions: list[Version], heir: int | None = None
    ) -> int:
        number = len(self._tree.units) + 1
        unit_id = UUID(int=self._rng.getrandbits(128), version=4)
        self._tree.units[number] = PlannedUnit(unit_id, number, code, level, kind, region, versions, heir)
        self._regions[number] = region
        return number

    def _province(self, place: Place, top: int) -> None:
        level, kind = "province_or_industry", "provincial_federation"
        name = f"Liên đoàn Lao động {'thành phố' if place.is_city else 'tỉnh'} {place.name}"
        number = self._plant(place.code, level, kind, name, top, BEGINNING, region=place.region)
        self._tree.provinces[place.code] = number
        self._districts[number] = self._district_federations(place.code, number, number, place.region)
        for order, former in enumerate(MERGED.get(place.code, ()), start=1):
            code, name = f"{place.code}.{order}", f"Liên đoàn Lao động tỉnh {former}"
            merged = self._plant(code, level, kind, name, top, BEGINNING, REFORM, number, place.region)
            self._districts[number] += [merged, *self._district_federations(code, merged, number, place.region)]

    def _district_federations(self, code: str, parent: int, heir: int, region: str) -> list[int]:
        return [
            self._plant(
                f"{code}-Q{order:02}",
                "upper_direct",
                "district_federation",
                self._names.upper("Liên đoàn Lao động huyện"),
                parent,
                BEGINNING,
                REFORM,
                heir,
                region,
            )
            for order in range(1, self._rng.randint(8, 15))
        ]

    def _industry(self, industry: Industry, top: int) -> int:
        name = f"Công đoàn {industry.vi} Việt Nam"
        return self._plant(industry.code, "province_or_industry", industry.kind, name, top, BEGINNING)

    def _special(self, count: int, industries: Sequence[int]) -> None:
        """Special unions began with the reform; the first is the one that will be moved, with all below it."""
        self._tree.moved = self._special_union("HCM-K001", self._tree.provinces[MOVED_FROM])
        homes = (*self._tree.provinces.values(), *industries)
        for number, share in zip(homes, self._split(count - 1, self._weights()), strict=True):
            code = self._tree.units[number].code
            names = (f"{code}-K{order:03}" for order in range(2, share + 2))
            self._specials[number] = [self._special_union(name, number) for name in names]

    def _special_union(self, code: str, parent: int) -> int:
        zone = self._tree.units[parent].kind == "provincial_federation"
        kind = "industrial_zone" if zone else "corporation"
        name = self._names.upper("Công đoàn các khu công nghiệp" if zone else "Công đoàn Tổng công ty")
        return self._plant(code, "special", kind, name, parent, REFORM, region=self._regions[parent])

    def _weights(self) -> list[int]:
        return [place.weight * 3 for place in PLACES] + [industry.weight for industry in ALL_INDUSTRIES]

    def _split(self, count: int, weights: Sequence[int]) -> list[int]:
        """Divide whole things by weights, so that the parts sum to the count."""
        total, given, passed = sum(weights), 0, 0
        parts: list[int] = []
        for weight in weights:
            passed += weight
            parts.append(count * passed // total - given)
            given += parts[-1]
        return parts

    def _fill(self, industries: Sequence[int]) -> None:
        """Found grassroots unions until the tree has its size; two subtrees get exactly the size they are known for."""
        for _ in range(self._share(MOVED_UNITS) - 1):
            self._found(self._tree.homes[0], within=self._tree.moved)
        middling = self._tree.middling
        own = self._share(MIDDLING_UNITS) - 1 - len(self._specials[middling])
        for _ in range(own):
            self._found(middling)
        homes = [number for number in (*self._tree.provinces.values(), *industries) if number != middling]
        weights = [weight for weight, place in zip(self._weights(), (*PLACES, *ALL_INDUSTRIES), strict=True)
                   if place.code != MIDDLING]  # fmt: skip
        missing = self._size - sum(1 for unit in self._tree.units.values() if unit.closed_on is None)
        for home, share in zip(homes, self._split(missing, weights), strict=True):
            for _ in range(share):
                self._found(home)

    def _found(self, home: int, within: int | None = None, closed_on: date = FOR_EVER) -> None:
        """Found a grassroots union that stands under `home`, or under a special union there, today."""
        owner = self._tree.units[home]
        provincial = home in self._districts
        fields = {industry.code: industry.field for industry in ALL_INDUSTRIES}
        work = self._names.field() if provincial else fields[owner.code]
        created = self._day(date(1998, 1, 1), min(closed_on, NEWEST), late=0.12)
        parents = list(self._parents(home, within, created))
        names = [(created, self._names.grassroots(work))]
        if self._rng.random() < 0.15:
            names.append((self._day(created, min(closed_on, NEWEST), late=0.3), self._names.grassroots(work)))
        region = owner.region or self._rng.choice(PLACES).region
        versions = list(_versions(parents, names, closed_on))
        self._add(f"{owner.code}-{len(self._tree.units) + 1:06}", "grassroots", KINDS[work], region, versions)

    def _parents(self, home: int, within: int | None, created: date) -> Iterator[tuple[date, int]]:
        """Yield from which day it stood under which unit."""
        specials = self._specials[home]
        special = within or (self._rng.choice(specials) if specials and self._rng.random() < 0.3 else None)
        if created < REFORM:
            districts = self._districts.get(home)
            yield created, self._rng.choice(districts) if districts else home
        began = max(created, REFORM)
        if special and within is None and self._rng.random() < 0.3:
            yield began, home
            moved = self._day(began, NEWEST, late=1)
            if moved > began:
                yield moved, special
        else:
            yield began, special or home

    def _close(self, count: int) -> None:
        """Unions that are no more: what they left behind belongs to the unit above."""
        homes = list(self._districts)
        for _ in range(count):
            self._found(self._rng.choice(homes), closed_on=self._day(date(2005, 1, 1), NEWEST, late=0.2))

    def _day(self, first: date, last: date, late: float) -> date:
        """Return a day after `first` and before `last` where there is one; in a share `late`, after the reform."""
        begin = max(first, REFORM) if self._rng.random() < late and (last - REFORM).days > 1 else first
        return begin + timedelta(days=self._rng.randrange(1, max(2, (last - begin).days)))


def _versions(parents: list[tuple[date, int]], names: list[tuple[date, str]], ends: date) -> Iterator[Version]:
    days = sorted({day for day, _ in (*parents, *names) if day < ends})
    for since, until in zip(days, [*days[1:], ends], strict=True):
        parent = [number for day, number in parents if day <= since][-1]
        name = [text for day, text in names if day <= since][-1]
        yield Version(since, until, name, parent)

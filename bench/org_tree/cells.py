"""Made-up headcounts: 12 to 40 cells for each grassroots union, and an older publication for some."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from bench.org_tree.tree import NEWEST, PlannedUnit, Tree

NEWER, OLDER = date(2026, 6, 30), date(2024, 6, 30)
_EDUCATIONS = ("lower_secondary", "upper_secondary", "college", "university", "postgraduate")


@dataclass(frozen=True, slots=True)
class Group:
    """Whom a cell counts; without an education, whatever it is."""

    age_band: str
    gender: str
    education: str | None


@dataclass(frozen=True, slots=True)
class Publication:
    """What a unit published on a day: members and workers of each group, in the groups' order."""

    unit: int
    day: date
    groups: Sequence[Group]
    members: list[int]
    workers: list[int]


def publications(tree: Tree, seed: int) -> Iterator[Publication]:
    """Yield the publications of all grassroots unions that exist: every fourth one has an older one as well."""
    rng = random.Random(seed)  # noqa: S311  # made up, the same each time
    counted = (unit for unit in tree.units.values() if unit.level == "grassroots" and unit.closed_on is None)
    for order, unit in enumerate(counted):
        groups = _PATTERNS[order % len(_PATTERNS)]
        if order % 4 == 0 and unit.created_on < OLDER:
            yield _publication(rng, unit, OLDER, groups)
        yield _publication(rng, unit, NEWER, groups)


def _publication(rng: random.Random, unit: PlannedUnit, day: date, groups: Sequence[Group]) -> Publication:
    size = min(400.0, rng.lognormvariate(2.0, 1.0))
    workers = [int(size * rng.random()) for _ in groups]
    members = [int(count * 0.9) for count in workers]
    return Publication(unit.number, day, groups, members, workers)


def _patterns() -> Iterator[tuple[Group, ...]]:
    bands, genders = ("under_25", "25_34", "35_44", "45_plus"), ("female", "male", "other")
    yield tuple(Group(band, gender, None) for band in bands for gender in genders)
    for count in (2, 3, 4, 5):
        yield tuple(
            Group(band, gender, education)
            for band in bands
            for gender in genders[:2]
            for education in _EDUCATIONS[:count]
        )


_PATTERNS = tuple(_patterns())
assert {len(groups) for groups in _PATTERNS} == {12, 16, 24, 32, 40}
assert OLDER < NEWEST < NEWER

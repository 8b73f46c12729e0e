"""The demo's units, parents first: the same ones with the same ids each time."""

import random
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID, uuid5

from org.demo import workplaces
from org.demo.former import FORMER_PLACES, FormerPlace
from org.demo.industries import CORPORATIONS, INDUSTRIES, Corporation, Industry
from org.demo.places import PLACES, Place

_NAMESPACE = UUID("6d1f6c0a-6f0e-5b51-9a2b-2f1d1c8a4e10")
# The demo's memory begins in 2020 with 63 provinces; on 1 July 2025 29 of them became part of others. The special
# unions are of that day too: the law knows their level only since then. The confederation is as old as it is.
REMEMBERED = date(2020, 1, 1)
BEGINNING = date(2025, 7, 1)
FOUNDED = date(1929, 7, 28)
TOP = "TLD"
# How many sections the first grassroots unions of a province have, and how many teams each section.
SECTIONED = {"HN": 3, "HCM": 3, "BN": 2, "TKV": 2}


class DemoUnit(NamedTuple):
    """A unit of the demo. `workers` is 0 where nobody is counted; `field` tells what people there do."""

    code: str
    parent: str | None
    vi: str
    en: str | None
    short: str | None
    level: str
    kind: str
    region: str | None
    field: str
    workers: int
    on: date = BEGINNING

    @property
    def id(self) -> UUID:
        """The unit's id, the same in every demo."""
        return stable_id(self.code)

    @property
    def parent_id(self) -> UUID | None:
        """The id of the unit above."""
        return stable_id(self.parent) if self.parent else None


def stable_id(name: str) -> UUID:
    """Return the id of what the demo calls `name`."""
    return uuid5(_NAMESPACE, name)


def units() -> list[DemoUnit]:
    """Return all units of the demo, each after the one above it."""
    rng = random.Random(20250701)  # noqa: S311  # made-up numbers, the same each time
    return [
        _top(),
        *(_former(place) for place in FORMER_PLACES),
        *(unit for place in PLACES for unit in _province(rng, place)),
        *(unit for industry in INDUSTRIES for unit in _industry(rng, industry)),
        *(unit for corporation in CORPORATIONS for unit in _corporation(rng, corporation)),
    ]


def _top() -> DemoUnit:
    return DemoUnit(
        TOP,
        None,
        "Tổng Liên đoàn Lao động Việt Nam",
        "Vietnam General Confederation of Labour",
        "TLĐLĐVN",
        "confederation",
        "confederation",
        None,
        "administration",
        0,
        FOUNDED,
    )


def _province(rng: random.Random, place: Place) -> Iterator[DemoUnit]:
    if place.code == "HCM":
        name = f"Thành phố {place.name}"
    else:
        name = f"{'thành phố' if place.is_city else 'tỉnh'} {place.name}"
    yield DemoUnit(
        place.code,
        TOP,
        f"Liên đoàn Lao động {name}",
        f"{place.name} {'City' if place.is_city else 'Provincial'} Federation of Labour",
        f"LĐLĐ {place.name}",
        "province_or_industry",
        "provincial_federation",
        place.region,
        "administration",
        0,
        REMEMBERED,
    )
    fields = [rng.choice(workplaces.PROVINCIAL) for _ in range(place.weight)]
    former = [old.code for old in FORMER_PLACES if old.heir == place.code]
    yield from _grassroots(rng, place.code, fields, place.region, former)


def _former(place: FormerPlace) -> DemoUnit:
    return DemoUnit(
        place.code,
        TOP,
        f"Liên đoàn Lao động tỉnh {place.name}",
        f"{place.name} Provincial Federation of Labour",
        f"LĐLĐ {place.name}",
        "province_or_industry",
        "provincial_federation",
        place.region,
        "administration",
        0,
        REMEMBERED,
    )


def _industry(rng: random.Random, industry: Industry) -> Iterator[DemoUnit]:
    yield DemoUnit(
        industry.code,
        TOP,
        f"Công đoàn {industry.vi} Việt Nam",
        f"Vietnam {industry.en} Trade Union",
        f"Công đoàn {industry.vi}",
        "province_or_industry",
        industry.kind,
        None,
        industry.field,
        0,
        REMEMBERED,
    )
    yield from _grassroots(rng, industry.code, [industry.field] * industry.weight, None)


def _corporation(rng: random.Random, corporation: Corporation) -> Iterator[DemoUnit]:
    yield DemoUnit(
        corporation.code,
        "EVN",
        f"Công đoàn Tổng công ty {corporation.vi}",
        f"{corporation.en} Corporation Trade Union",
        f"Công đoàn {corporation.code}",
        "special",
        "corporation",
        corporation.region,
        "electricity",
        0,
    )
    for number, company in enumerate(corporation.companies, start=1):
        region = corporation.region or _region_of(company) or rng.choice(PLACES).region
        yield _union(rng, f"{corporation.code}-{number:03}", corporation.code, company, "electricity", region)


def _region_of(company: str) -> str | None:
    return next((place.region for place in PLACES if company.endswith(place.name)), None)


def _grassroots(
    rng: random.Random, code_of: str, fields: list[str], region: str | None, former: Sequence[str] = ()
) -> Iterator[DemoUnit]:
    """Make grassroots unions; every other, third … one began under a province that is former now."""
    parents = [code_of, *former]
    sources = {field: workplaces.names(rng, field) for field in sorted(set(fields))}
    for number, field in enumerate(fields, start=1):
        code, parent = f"{code_of}-{number:03}", parents[(number - 1) % len(parents)]
        place = region or (_mining_region(rng) if field == "mining" else rng.choice(PLACES).region)
        yield _union(rng, code, parent, next(sources[field]), field, place, REMEMBERED)
        if number <= SECTIONED.get(code_of, 0):
            yield from _sections(code, place, field)


def _mining_region(rng: random.Random) -> str:
    return rng.choice(("red_river_delta", "red_river_delta", "red_river_delta", "northern_midlands"))


def _union(
    rng: random.Random, code: str, parent: str, name: str, field: str, region: str, on: date = BEGINNING
) -> DemoUnit:
    trade, workers = workplaces.TRADES[field], workplaces.workers(rng, field)
    return DemoUnit(code, parent, f"Công đoàn {name}", None, None, "grassroots", trade.kind, region, field, workers, on)


def _sections(parent: str, region: str, field: str) -> Iterator[DemoUnit]:
    for number, name in enumerate(("Khối văn phòng", "Phân xưởng 1", "Phân xưởng 2"), start=1):
        code = f"{parent}-{number:02}"
        yield DemoUnit(
            code, parent, f"Công đoàn bộ phận {name}", None, None, "section", "section", region, field, workers=0
        )
        for team in (1, 2):
            team_code = f"{code}-T{team}"
            yield DemoUnit(
                team_code, code, f"Tổ công đoàn số {team}", None, None, "team", "team", region, field, workers=0
            )

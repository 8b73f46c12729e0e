"""The reorganisation of 1 July 2025 replayed: the earlier communes as a tree, the conversion table as one batch.

The folder has the statistics office's tables (wards_before_2025-07-01.csv, ward_conversion_2025-07-01.csv). Headcounts
are made up, the same in each run.
"""

import asyncio
import csv
import io
import random
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from uuid import UUID

from kit import db
from kit.identity import SYSTEM
from org.exchange import runs
from org.headcounts.service.cells import Cell
from org.headcounts.service.store import NewPublication, store
from org.reorganisations.service import submit_batch
from org.reorganisations.service.carrying_out import carry_out, reorganising
from org.reorganisations.service.plan import Beginning, Plan
from org.reorganisations.service.undo import undo_reorganisation
from org.units.service import UnitNames
from org.vietnamese import clean

FOUNDED = date(2020, 1, 1)
COUNTED = date(2025, 1, 1)
REFORM = date(2025, 7, 1)
AGES = ("under_25", "25_34", "35_44", "45_plus")
_CODE = re.compile(r"\((\d+)\)")
_AREA = "nhập một phần diện tích"
_PEOPLE = "nhập một phần diện tích, toàn bộ dân số"
HEADINGS: tuple[str, ...] = (
    "operation",
    "old_code",
    "new_code",
    "new_parent_code",
    "new_name",
    "level",
    "kind",
    "share",
    "note",
)


@dataclass(frozen=True, slots=True)
class Pair:
    """A line of the conversion table: what of an old commune (None: land without a code) became of a new one."""

    province: str
    province_name: str
    new: str
    new_name: str
    old: str | None
    old_name: str
    note: str
    district: str
    old_province: str


@dataclass(slots=True)
class Tables:
    """Both tables, and what of the earlier tree only the conversion table knows."""

    before: list[dict[str, str]]
    pairs: list[Pair]
    islands: list[Pair] = field(default_factory=list[Pair])

    @property
    def late(self) -> dict[str, Pair]:
        """Communes that the table of the earlier ones lacks, by their codes."""
        known = {row["Mã PX"] for row in self.before}
        return {pair.old: pair for pair in self.pairs if pair.old and pair.old not in known}


def read_tables(folder: Path) -> Tables:
    """Read both tables."""
    with (folder / "wards_before_2025-07-01.csv").open(encoding="utf-8-sig", newline="") as file:
        before = [{name: clean(cell) for name, cell in row.items()} for row in csv.DictReader(file)]
    with (folder / "ward_conversion_2025-07-01.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = [[clean(cell) for cell in row] for row in csv.reader(file)][2:]
    pairs = [_pair(cells) for cells in lines if cells[2]]
    islands = [pair for pair in pairs if pair.old is None and not pair.old_name]
    return Tables(before, [pair for pair in pairs if pair.old], islands)


def _pair(cells: list[str]) -> Pair:
    province, new_name, new, old_name, old, note, district, old_province = cells[:8]
    return Pair(
        _code(province),
        province.rsplit(" (", 1)[0],
        new,
        new_name,
        old or None,
        old_name,
        note.lower().replace("nhâp", "nhập"),
        _code(district),
        _code(old_province),
    )


def _code(text: str) -> str:
    found = _CODE.search(text)
    assert found is not None, text
    return found.group(1)


# The earlier tree


def earlier_tree(tables: Tables, late: Iterable[Pair]) -> tuple[Plan, dict[str, UUID]]:
    """Return a plan that founds all units down to the communes, and the communes by their codes."""
    plan = Plan("batch", FOUNDED)
    top = Beginning(None, UnitNames("Tổng Liên đoàn Lao động Việt Nam"), "TLD", "confederation", "confederation")
    plan.begins.append(top)
    provinces, districts, communes = dict[str, UUID](), dict[str, UUID](), dict[str, UUID]()
    names = _Names()

    def begin(
        known: dict[str, UUID], code: str, parent: UUID, unit_code: str, name: str, level: str, kind: str
    ) -> None:
        if code and code not in known:
            unit = Beginning(parent, UnitNames(names.free(parent, name, code)), unit_code, level, kind)
            known[code] = unit.id
            plan.begins.append(unit)

    for row in tables.before:
        province, district, commune = row["Mã TP"], row["Mã QH"], row["Mã PX"]
        begin(
            provinces,
            province,
            top.id,
            f"P{province}",
            row["Tỉnh Thành Phố"],
            "province_or_industry",
            "provincial_federation",
        )
        begin(
            districts,
            district,
            provinces[province],
            f"D{district}",
            row["Quận Huyện"],
            "upper_direct",
            "district_federation",
        )
        begin(communes, commune, districts[district], f"C{commune}", row["Phường Xã"], "grassroots", "occupational")
    for pair in late:
        if pair.old:
            begin(
                communes,
                pair.old,
                districts[pair.district],
                f"C{pair.old}",
                pair.old_name,
                "grassroots",
                "occupational",
            )
    return plan, communes


class _Names:
    """Siblings have different names; where the tables repeat one, the second has its code behind it."""

    def __init__(self) -> None:
        self.taken = set[tuple[object, str]]()

    def free(self, parent: object, name: str, code: str) -> str:
        """Return a name that no sibling has yet."""
        own = name if (parent, name.lower()) not in self.taken else f"{name} ({code})"
        self.taken.add((parent, own.lower()))
        return own


def made_up_people(communes: dict[str, UUID]) -> list[NewPublication]:
    """Return headcounts of the communes: women and men of four age bands."""
    chance = random.Random(20250701)  # noqa: S311  # made-up people, the same each time
    found = list[NewPublication]()
    for unit_id in communes.values():
        cells = [
            Cell(age, gender, m := chance.randrange(0, 400), m + chance.randrange(0, 60))
            for age in AGES
            for gender in ("female", "male")
        ]
        found.append(NewPublication(unit_id, COUNTED, cells, "Số liệu giả định"))
    return found


async def found(tables: Tables, late: Iterable[Pair]) -> dict[str, UUID]:
    """Write the earlier tree with its people; return the communes by their codes."""
    plan, communes = earlier_tree(tables, late)
    async with reorganising():
        await carry_out(SYSTEM, plan, None)
        people = made_up_people(communes)
        for start in range(0, len(people), 2000):
            await store(SYSTEM, people[start : start + 2000], why=None)
    return communes


# The batch


def batch_file(tables: Tables) -> bytes:
    """Return the conversion table as the rows of one batch: what each unit becomes, and which are new."""
    out = io.StringIO()
    writer = csv.DictWriter(out, HEADINGS, restval="")
    writer.writeheader()
    for rows in (_provinces(tables), _districts(tables), _communes(tables)):
        writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def new_provinces(tables: Tables) -> dict[str, str]:
    """Return into which province each earlier one went: the one to which most of its lines go."""
    votes = defaultdict[str, Counter[str]](Counter)
    for pair in tables.pairs:
        votes[pair.old_province][pair.province] += 1
    return {old: counted.most_common(1)[0][0] for old, counted in votes.items()}


def unmentioned(tables: Tables) -> list[dict[str, str]]:
    """Return the earlier communes of which the conversion table says nothing."""
    known = {pair.old for pair in tables.pairs}
    return [row for row in tables.before if row["Mã PX"] and row["Mã PX"] not in known]


def _provinces(tables: Tables) -> Iterator[dict[str, str]]:
    into = new_provinces(tables)
    origins = defaultdict[str, list[str]](list)
    for old, new in into.items():
        origins[new].append(old)
    names = {pair.province: pair.province_name for pair in tables.pairs}
    for new, olds in origins.items():
        if olds == [new]:
            continue
        yield {
            "operation": "create",
            "new_code": f"P{new}",
            "new_parent_code": "TLD",
            "new_name": names[new],
            "level": "province_or_industry",
            "kind": "provincial_federation",
        }
        for old in olds:
            yield {"operation": "merge", "old_code": f"P{old}", "new_code": f"P{new}"}


def _districts(tables: Tables) -> Iterator[dict[str, str]]:
    into, islands = new_provinces(tables), {pair.district: pair for pair in tables.islands}
    provinces = {row["Mã QH"]: row["Mã TP"] for row in tables.before}
    for district, province in provinces.items():
        if district in islands:
            yield {"operation": "merge", "old_code": f"D{district}", "new_code": f"C{islands[district].new}"}
        else:
            yield {"operation": "dissolve", "old_code": f"D{district}", "new_parent_code": f"P{into[province]}"}


def _communes(tables: Tables) -> Iterator[dict[str, str]]:
    by_old, by_new = defaultdict[str, list[Pair]](list), defaultdict[str, list[Pair]](list)
    for pair in tables.pairs:
        assert pair.old
        by_old[pair.old].append(pair)
        by_new[pair.new].append(pair)
    names, into = _Names(), new_provinces(tables)
    for row in unmentioned(tables):
        names.free(into[row["Mã TP"]], row["Phường Xã"], row["Mã PX"])
    for new, pairs in [*by_new.items(), *((pair.new, [pair]) for pair in tables.islands)]:
        place = {
            "new_parent_code": f"P{pairs[0].province}",
            "new_name": names.free(pairs[0].province, pairs[0].new_name, new),
        }
        if _goes_on(pairs, by_old):
            yield {"operation": "change", "old_code": f"C{new}", **place, "note": pairs[0].note}
            continue
        kinds = {"level": "grassroots", "kind": "occupational"}
        yield {"operation": "create", "new_code": f"C{new}", **place, **kinds}
        for pair in pairs:
            if pair.old:
                yield _transfer(pair, by_old[pair.old])


def _goes_on(pairs: list[Pair], by_old: dict[str, list[Pair]]) -> bool:
    """Whether a new commune is an earlier one, all of it and nothing else, under the same code."""
    (first, *others) = pairs
    return not others and first.old == first.new and len(by_old[first.old or ""]) == 1


def _transfer(pair: Pair, siblings: list[Pair]) -> dict[str, str]:
    operation = "merge" if len(siblings) == 1 and "một phần" not in pair.note else "split"
    share = ""
    notes = sorted(sibling.note for sibling in siblings)
    if len(siblings) > 1 and notes == [*[_AREA] * (len(siblings) - 1), _PEOPLE]:
        # Only the land was parted: who lives there went to one of them.
        share = "1" if pair.note == _PEOPLE else "0"
    return {
        "operation": operation,
        "old_code": f"C{pair.old}",
        "new_code": f"C{pair.new}",
        "share": share,
        "note": pair.note,
    }


# Measuring


@dataclass(slots=True)
class Times:
    """Seconds that the steps took."""

    found: float = 0
    check: float = 0
    apply: float = 0
    undo: float = 0


async def replay(folder: Path, say: Callable[[str], None] = print) -> Times:
    """Found the earlier tree, check the batch, carry it out, undo it; needs a migrated database and a job queue."""
    tables, times = read_tables(folder), Times()
    clock = time.perf_counter()
    await found(tables, tables.late.values())
    times.found = time.perf_counter() - clock
    batch_id = await submit_batch(SYSTEM, batch_file(tables), "2025-07-01.csv", REFORM)
    for step in ("check", "apply"):
        clock = time.perf_counter()
        await runs.run_import(str(batch_id))
        setattr(times, step, time.perf_counter() - clock)
        state = await runs.import_state(SYSTEM, batch_id)
        say(f"{step}: {state['state']}, {state['rows']} rows, {state['counts']}")
        if state["state"] == "refused":
            raise AssertionError([dict(remark) for remark in await runs.remarks_of([batch_id], 20, None)])
        if step == "check":
            await runs.apply_import(SYSTEM, batch_id)
    made = await db.value("SELECT id FROM reorganisation ORDER BY version DESC LIMIT 1")
    clock = time.perf_counter()
    await undo_reorganisation(SYSTEM, made)
    times.undo = time.perf_counter() - clock
    return times


def reorganisation(folder: Path) -> None:
    """Replay the reorganisation of 1 July 2025 and print the seconds that it takes to check, apply and undo it."""
    from bench.place import database, scene

    with scene() as place, database(place) as service:
        times = asyncio.run(_connected(service, folder))
    for name, seconds in (
        ("earlier tree", times.found),
        ("check", times.check),
        ("apply", times.apply),
        ("undo", times.undo),
    ):
        print(f"{name:14} {seconds:8.2f} s")


async def _connected(service: object, folder: Path) -> Times:
    async with service.connected():  # pyright: ignore[reportAttributeAccessIssue]  # kit.app.Service
        return await replay(folder)


if __name__ == "__main__":
    reorganisation(Path(sys.argv[1]))

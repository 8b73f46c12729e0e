"""The reorganisation of 1 July 2025, replayed as one batch on the statistics office's own tables.

What is expected is computed here from the tables by other means than the product's.
"""

import asyncio
import contextlib
import csv
import os
from collections import Counter, defaultdict
from datetime import date
from fractions import Fraction
from pathlib import Path

import asyncpg
import pytest
from bench import reorganisation as replay
from reorganisation_world import newest, state

from kit import db, settings
from kit.identity import SYSTEM
from org.exchange import runs
from org.headcounts.service.carry import cells_on
from org.reorganisations.service import submit_batch
from org.reorganisations.service.undo import undo_reorganisation

pytestmark = [pytest.mark.slow, pytest.mark.committed]

REFORM, EVE = date(2025, 7, 1), date(2025, 6, 30)


@pytest.fixture
def folder():
    if "LOA_REFERENCE_DIR" not in os.environ:
        pytest.skip("LOA_REFERENCE_DIR does not say where the statistics office's tables are")
    return Path(os.environ["LOA_REFERENCE_DIR"]) / "org-reference"


def conversion(folder):
    """Return (new code, old code, note) of each line of the conversion table that has both codes."""
    with (folder / "ward_conversion_2025-07-01.csv").open(encoding="utf-8-sig") as file:
        lines = [[" ".join(cell.split()) for cell in line] for line in csv.reader(file)][2:]
    return [(line[2], line[4], line[5].lower().replace("nhâp", "nhập")) for line in lines if line[2] and line[4]]


def communes_before(folder):
    with (folder / "wards_before_2025-07-01.csv").open(encoding="utf-8-sig") as file:
        return {line["Mã PX"] for line in csv.DictReader(file)} - {""}


def expected_shares(pairs):
    """Return for each old code the share of each new one, and whether these are assumptions."""
    parts = defaultdict(dict)
    for new, old, note in pairs:
        parts[old][new] = note
    shares = {}
    for old, notes in parts.items():
        with_people = [new for new, note in notes.items() if "toàn bộ dân số" in note]
        only_land = [new for new, note in notes.items() if note == "nhập một phần diện tích"]
        if len(with_people) == 1 and len(only_land) == len(notes) - 1 and only_land:
            shares[old] = ({new: Fraction(new in with_people) for new in notes}, False)
        else:
            whole = len(notes) == 1 and "một phần" not in next(iter(notes.values()))
            shares[old] = ({new: Fraction(1, len(notes)) for new in notes}, not whole)
    return shares


async def totals(day):
    """Return members and workers of the whole country by age band and gender, and how many units they are of."""
    units = [row["id"] for row in await db.rows("SELECT id FROM units_on($1)", day)]
    sums, counted = Counter(), 0
    for publication in (await cells_on(units, day)).values():
        counted += 1
        for cell in publication.cells:
            sums[cell.age_band, cell.gender, "members"] += cell.members
            sums[cell.age_band, cell.gender, "workers"] += cell.workers
    return sums, counted


@contextlib.asynccontextmanager
async def somebody_reading():
    """Count the communes of the day of the reform again and again, on a connection that waits for no lock."""
    connection = await asyncpg.connect(settings.current().database_url)
    await connection.execute("SET lock_timeout = '20ms'")
    seen = []

    async def read():
        while True:
            seen.append(
                await connection.fetchval("SELECT count(*) FROM units_on($1) WHERE level = 'grassroots'", REFORM)
            )
            await asyncio.sleep(0.05)

    reading = asyncio.create_task(read())
    try:
        yield seen
    finally:
        assert not reading.done(), reading.exception()
        reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reading
        await connection.close()


async def by_level(day):
    return {
        row["level"]: row["n"] for row in await db.rows("SELECT level, count(*) AS n FROM units_on($1) GROUP BY 1", day)
    }


async def test_the_whole_country_is_reorganised_and_brought_back(folder):
    tables, pairs = replay.read_tables(folder), conversion(folder)
    before, old = communes_before(folder), {old for _, old, _ in pairs}
    new = {new for new, _, _ in pairs}
    assert (len(pairs), len(old), len(new), len(before)) == (10_565, 10_033, 3_316, 10_051)

    communes = await replay.found(tables, tables.late.values())
    assert set(communes) == before | old
    assert await by_level(EVE) == {
        "confederation": 1,
        "province_or_industry": 63,
        "upper_direct": 696,
        "grassroots": 10_061,
    }
    people, counted = await totals(EVE)
    assert counted == 10_061
    start = await state()

    batch_id = await submit_batch(SYSTEM, replay.batch_file(tables), "2025-07-01.csv", REFORM, applies=True)
    async with somebody_reading() as seen:
        await runs.run_import(str(batch_id))
    # Whoever asked meanwhile got an answer without waiting for a lock: all of the tree before, or all of it after.
    assert len(seen) > 20
    assert set(seen) <= {10_061, 3_316 + 5 + 28}
    batch = await runs.import_state(SYSTEM, batch_id)
    assert (batch["state"], batch["done"], batch["problems"]) == ("applied", batch["rows"], 0)

    # Five islands were districts without communes; what the table does not mention stands below its province.
    silent = before - old
    assert len(silent) == 28
    assert await by_level(REFORM) == {
        "confederation": 1,
        "province_or_industry": 34,
        "grassroots": 3_316 + 5 + 28,
    }
    await every_silent_commune_is_listed(batch_id, silent)
    await nobody_is_lost(people, counted)
    await every_commune_has_its_successors(communes, pairs, silent)
    await every_new_commune_has_its_people(communes, pairs)

    await undo_reorganisation(SYSTEM, await newest())
    assert await state() == start
    assert (await totals(REFORM))[0] == people


async def every_silent_commune_is_listed(batch_id, silent):
    remarks = await runs.remarks_of([batch_id], 100, None)
    assert {remark["code"] for remark in remarks} == {"GOES_ALONG"}
    assert {remark["vi"].split("(C")[1][:5] for remark in remarks} == silent
    rows = await db.rows(
        """SELECT unit.code, parent.level FROM units_on($1) AS unit JOIN units_on($1) AS parent ON parent.id = unit.parent_id
           WHERE unit.code = ANY($2)""",
        REFORM,
        [f"C{code}" for code in silent],
    )
    assert len(rows) == 28
    assert {row["level"] for row in rows} == {"province_or_industry"}


async def nobody_is_lost(people, counted):
    after, now_counted = await totals(REFORM)
    assert after == people
    assert now_counted < counted
    assert await totals(EVE) == (people, counted)


async def every_commune_has_its_successors(communes, pairs, silent):
    rows = await db.rows(
        """SELECT predecessor_id, code, share, is_assumed FROM succession JOIN units_on($1) AS unit ON unit.id = successor_id""",
        REFORM,
    )
    known = defaultdict(dict)
    for row in rows:
        known[row["predecessor_id"]][row["code"].removeprefix("C")] = (row["share"], row["is_assumed"])
    open_now = {row["id"]: row["code"] for row in await db.rows("SELECT id, code FROM units_on($1)", REFORM)}
    shares, alone = expected_shares(pairs), Counter(new for new, _, _ in pairs)
    going_on = {code for code, (into, _) in shares.items() if list(into) == [code] and alone[code] == 1}
    assert len(going_on) == 132
    assumed = 0
    for code, unit_id in communes.items():
        if code in silent or code in going_on:
            assert open_now[unit_id] == f"C{code}"
            assert unit_id not in known
            continue
        assert unit_id not in open_now
        into, is_assumed = shares[code]
        assert set(known[unit_id]) == set(into)
        assert sum(share for share, _ in known[unit_id].values()) == 1
        assert all(abs(Fraction(known[unit_id][new][0]) - share) < Fraction(1, 10**7) for new, share in into.items())
        assert {assumption for _, assumption in known[unit_id].values()} == {is_assumed}
        assumed += len(into) * is_assumed
    assert assumed == 853
    assert len(rows) == 10_565 - 132 + 52 + 5
    # Who asks where a commune went gets an answer that is there today: the largest part keeps its records.
    heirs = await db.value("SELECT count(*) FROM unit WHERE closed_on = $1 AND heir_id IS NOT NULL", REFORM)
    assert heirs == 10_061 - 132 - 28 + 52 + 5


async def every_new_commune_has_its_people(communes, pairs):
    """Share out each earlier commune's people again, by fractions, and compare all that came of it."""
    code_of = {unit_id: code for code, unit_id in communes.items()}
    expected, assumed = defaultdict(Counter), set()
    shares = expected_shares(pairs)
    eve = await cells_on(list(communes.values()), EVE)
    for unit_id, publication in eve.items():
        into, is_assumed = shares.get(code_of[unit_id], ({code_of[unit_id]: Fraction(1)}, False))
        ordered = sorted(into.items(), key=lambda part: -part[1])
        people = sum(cell.members for cell in publication.cells)
        got = Counter()
        for cell in publication.cells:
            for new, share in ordered:
                # Within one person of the exact part; all parts together exactly the whole (see the totals).
                got[new] += cell.members * share
        assert sum(got.values()) == people
        for new, share in ordered:
            if share:
                expected[new].update({"exact": got[new], "cells": len(publication.cells), "from": 1})
                assumed |= {new} if is_assumed else set()
    rows = await db.rows("SELECT id, code FROM units_on($1) WHERE level = 'grassroots'", REFORM)
    now = await cells_on([row["id"] for row in rows], REFORM)
    seen = 0
    for row in rows:
        code = row["code"].removeprefix("C")
        if row["id"] not in now:
            assert code not in expected
            continue
        seen += 1
        members = sum(cell.members for cell in now[row["id"]].cells)
        assert abs(members - expected[code]["exact"]) < expected[code]["cells"]
        is_carried = row["id"] not in eve
        assert (now[row["id"]].origin == "reorganisation", now[row["id"]].is_assumed) == (
            is_carried,
            is_carried and code in assumed,
        )
    assert seen == len(expected)


async def test_a_batch_that_names_unknown_communes_is_refused_row_by_row(folder):
    tables = replay.read_tables(folder)
    await replay.found(tables, [])
    start, told = await state(), await db.value("SELECT count(*) FROM outbox")
    batch_id = await submit_batch(SYSTEM, replay.batch_file(tables), "2025-07-01.csv", REFORM, applies=True)
    await runs.run_import(str(batch_id))
    batch = await runs.import_state(SYSTEM, batch_id)
    remarks = await runs.remarks_of([batch_id], 100, None)
    lines = list(csv.DictReader(replay.batch_file(tables).decode("utf-8-sig").splitlines()))
    unknown = {old for _, old, _ in conversion(folder)} - communes_before(folder)
    rows = [number for number, line in enumerate(lines, start=2) if line["old_code"].removeprefix("C") in unknown]
    assert (batch["state"], batch["problems"]) == ("refused", 11)
    assert [(remark["row"], remark["column_name"], remark["code"]) for remark in remarks] == [
        (row, "old_code", "UNKNOWN_UNIT") for row in rows
    ]
    assert await state() == start
    assert await db.value("SELECT count(*) FROM outbox") == told

"""What sums of materials on topics tell is what a plain count, one material after the other, gives: for everybody."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from archive_world import Union, add

from kit import db
from kit.calendar import today
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.testing import caller_as
from media_archive.assets.visibility import visible_to
from media_archive.needs.counting import RECENT
from media_archive.needs.jobs import fold_topic_cells
from media_archive.needs.service import SEGMENTS, holdings, made_for

TOPICS = ("benefits", "labour_law", "about_union")
VISIBILITIES = ("private", "unit", "subtree", "union", "public")
MATERIALS = 250
CODES = {"age_bands": ("under_25", "25_34"), "genders": ("female", "male"), "regions": ("southeast",)}


def some_day(chance: random.Random) -> date:
    """A day of the last three years, often one around the day from which on a material is recent."""
    if chance.random() < 0.4:
        return today() - RECENT + timedelta(days=chance.randrange(-3, 4))
    return today() - timedelta(days=chance.randrange(1100))


def some_of(chance: random.Random, codes: Sequence[str]) -> list[str]:
    return chance.sample(codes, chance.randrange(len(codes) + 1))


async def fill(union: Union, chance: random.Random) -> list[UUID]:
    """Materials of every kind of sight, with what is said about some, and grants of some."""
    await add(union.south, "Tệp")
    units = [union.root, union.north, union.factory, union.south, union.mine]
    ids = [UUID(int=1_000 + number) for number in range(MATERIALS)]
    for one in ids:
        unit = chance.choice(units)
        embargo = chance.choice([None, None, None, today() + timedelta(days=chance.randrange(-1, 2))])
        lease = chance.choice([None, None, None, (embargo or today()) + timedelta(days=chance.randrange(1, 3))])
        await db.execute(
            """INSERT INTO asset (id, unit_id, unit_path, kind, title, topics, visibility, hidden, embargo_until,
                                  lease_until, sha256, file_name, created_on)
               SELECT $1, $2, $3, $4, 'A', $5, $6, $7, $8, $9, sha256, 'a.txt', $10 FROM stored_file LIMIT 1""",
            one,
            unit.id,
            unit.path,
            chance.choice(("news", "leaflet")),
            some_of(chance, TOPICS),
            chance.choice(VISIBILITIES),
            chance.choice([None] * 8 + ["rights_expired"]),
            embargo,
            lease,
            some_day(chance),
        )
        if chance.random() < 0.5:
            await db.execute(
                "INSERT INTO asset_about (asset_id, age_bands, genders, regions) VALUES ($1, $2, $3, $4)",
                one,
                *(some_of(chance, codes) for codes in CODES.values()),
            )
        if chance.random() < 0.1:
            await db.execute(
                "INSERT INTO asset_grant (asset_id, unit_id, until) VALUES ($1, $2, $3)",
                one,
                chance.choice(units).id,
                chance.choice([None, today(), today() + timedelta(days=1)]),
            )
    return ids


async def change(ids: Sequence[UUID], chance: random.Random) -> None:
    """What happens to materials, each thing to some of them."""
    for statement, *values in (
        ("UPDATE asset SET topics = $2 WHERE id = $1", list(TOPICS[:2])),
        ("UPDATE asset SET visibility = $2 WHERE id = $1", "union"),
        ("UPDATE asset SET visibility = $2, kind = 'photo' WHERE id = $1", "private"),
        ("UPDATE asset SET hidden = NULL WHERE id = $1",),
        ("UPDATE asset SET hidden = 'rights_expired' WHERE id = $1",),
        ("UPDATE asset SET embargo_until = NULL, lease_until = NULL WHERE id = $1",),
        ("UPDATE asset SET created_on = $2 WHERE id = $1", today()),
        ("UPDATE asset SET title = 'B' WHERE id = $1",),
        ("UPDATE asset_about SET age_bands = '{under_25}', genders = '{}' WHERE asset_id = $1",),
        ("DELETE FROM asset_about WHERE asset_id = $1",),
        ("DELETE FROM asset WHERE id = $1",),
    ):
        for one in chance.sample(list(ids), 12):
            await db.execute(statement, one, *values)


def people(union: Union) -> list[Caller]:
    roles = ("worker", "contributor", "editor", "admin")
    some = [caller_as(role, unit) for role in roles for unit in (union.root, union.north, union.factory)]
    return [ANONYMOUS, SYSTEM, Caller("lan"), *some]


async def seen_by(caller: Caller) -> list[Any]:
    visible, arguments = visible_to(caller, 1)
    return await db.rows(
        f"""SELECT asset.*, coalesce(age_bands, '{{}}') AS age_bands, coalesce(genders, '{{}}') AS genders,
                coalesce(regions, '{{}}') AS regions
            FROM asset LEFT JOIN asset_about ON asset_about.asset_id = asset.id WHERE {visible}""",
        *arguments,
    )


def is_recent(row: Any) -> bool:
    return row["created_on"] > today() - RECENT


async def compare(caller: Caller, union: Union) -> None:
    """Count one by one, and look whether the same is told."""
    rows = await seen_by(caller)
    asked = [(topic, unit) for topic in TOPICS for unit in (union.root, union.north, union.factory)]
    told = await holdings(caller, [(topic, unit.id) for topic, unit in asked])
    for (topic, unit), held in zip(asked, told, strict=True):
        on_it = [row for row in rows if topic in row["topics"]]
        own = sum(row["unit_path"].startswith(unit.path) for row in on_it)
        assert held is not None
        assert (held.own, held.others) == (own, len(on_it) - own), (caller, topic, unit)
        assert held.recent == sum(is_recent(row) for row in on_it)
        assert held.newest_on == max((row["created_on"] for row in on_it), default=None)
        assert held.kinds == Counter(row["kind"] for row in on_it)
    for by in ((), ("age_band",), ("gender", "region"), tuple(SEGMENTS)):
        made = await made_for(caller, TOPICS, by)
        for topic in TOPICS:
            total, recent = Counter[Any](), Counter[Any]()
            for row in rows:
                if topic in row["topics"]:
                    wanted = [(row[column] or [None]) if name in by else [None] for name, column in SEGMENTS.items()]
                    total.update(product(*wanted))
                    recent.update(product(*wanted) if is_recent(row) else ())
            found = {one.segment: (one.total, one.recent) for one in made[topic]}
            assert found == {segment: (number, recent[segment]) for segment, number in total.items()}, (caller, by)


async def cells() -> list[tuple[Any, ...]]:
    rows = await db.rows(
        """SELECT top, visibility, topic, kind, month, age_bands, genders, regions, sum(number)::int
           FROM (SELECT * FROM topic_cell UNION ALL SELECT * FROM topic_cell_change) AS cell
           GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING sum(number) <> 0 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8"""
    )
    return [tuple(row) for row in rows]


async def test_everybody_is_told_what_a_plain_count_gives(union: Union):
    chance = random.Random(7)
    ids = await fill(union, chance)
    await db.execute(
        """INSERT INTO person_grant (id, asset_id, account, unit_id, until)
           SELECT gen_random_uuid(), id, 'lan', unit_id, $2 FROM asset WHERE id = ANY($1::uuid[])""",
        ids[:40],
        today() + timedelta(days=1),
    )
    await change(ids, chance)
    for caller in people(union):
        await compare(caller, union)


async def test_sums_follow_what_happens_and_may_be_added_up_at_any_time(union: Union):
    chance = random.Random(11)
    ids = await fill(union, chance)
    await fold_topic_cells()
    await change(ids, chance)
    told = await cells()
    await fold_topic_cells()
    assert await db.value("SELECT count(*) FROM topic_cell_change") == 0
    assert await db.value("SELECT count(*) FROM topic_cell WHERE number <= 0") == 0
    assert await cells() == told
    await db.execute("SELECT rebuild_topic_cells()")
    assert await cells() == told
    await db.execute("DELETE FROM asset")
    await fold_topic_cells()
    assert await db.value("SELECT count(*) FROM topic_cell") == 0


@pytest.mark.committed
async def test_what_happens_at_one_moment_is_counted_once(union: Union):
    asset_id = UUID(await add(union.south, "A", topics=("benefits",), visibility="union"))
    await db.execute("INSERT INTO asset_about (asset_id, age_bands) VALUES ($1, '{under_25}')", asset_id)
    for turn in range(6):
        topics, ages = [TOPICS[turn % 3]], [CODES["age_bands"][turn % 2]]
        await asyncio.gather(
            db.execute("UPDATE asset SET topics = $2 WHERE id = $1", asset_id, topics),
            db.execute("UPDATE asset_about SET age_bands = $2 WHERE asset_id = $1", asset_id, ages),
            fold_topic_cells(),
            fold_topic_cells(),
        )
    told = await cells()
    assert len(told) == 1
    await db.execute("SELECT rebuild_topic_cells()")
    assert await cells() == told


async def test_the_database_keeps_one_sum_of_each(union: Union):
    await add(union.south, "A", topics=("benefits",))
    await fold_topic_cells()
    with pytest.raises(asyncpg.UniqueViolationError) as broken:
        async with db.transaction():
            await db.execute("INSERT INTO topic_cell SELECT * FROM topic_cell")
    assert db.violated(broken.value) == "topic_cell_pkey"


async def test_a_material_on_very_much_for_very_many_is_counted(union: Union):
    """No index is too narrow for it: twenty long codes of each kind that may be said."""
    long = {name: sorted(f"{name}_{number:02}_{'x' * 50}" for number in range(20)) for name in ("t", "a", "g", "r")}
    await add(union.south, "A", visibility="union")
    await db.execute("UPDATE asset SET topics = $1", long["t"])
    await db.execute(
        "INSERT INTO asset_about (asset_id, age_bands, genders, regions) SELECT id, $1, $2, $3 FROM asset",
        *(long[name] for name in ("a", "g", "r")),
    )
    await fold_topic_cells()
    (held,) = await holdings(SYSTEM, [(long["t"][0], union.south.id)])
    assert held is not None
    assert (held.own, held.others) == (1, 0)

"""The people whom the demo's closed wave asks: org's own demo, after its provinces were merged, in this service's frame."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

from results_world import OWNER_PATH, World, make_demo_world

from kit import db
from kit.paths import label
from org.demo import workplaces
from org.demo.fill import SILENT_ONE_IN
from org.demo.former import FORMER_PLACES
from org.demo.tree import units
from survey.programmes.service.frame import Place, pooled


async def make_whole_demo_world() -> World:
    """Make the demo's closed wave, without answers: 285,000 people in 373 groups of 34 provinces and 14 industries."""
    world = await make_demo_world(1)
    await db.execute("DELETE FROM frame_cell WHERE wave_id = $1", world.wave_id)
    await db.execute("DELETE FROM frame_unit WHERE wave_id = $1 AND path <> $2", world.wave_id, OWNER_PATH)
    await db.execute("DELETE FROM response_group WHERE wave_id = $1", world.wave_id)
    places = list(demo_places())
    await db.execute_many(
        "INSERT INTO frame_unit (wave_id, unit_id, path) VALUES ($1, $2, $3)",
        [(world.wave_id, uuid4(), place.path) for place in places if place.path != OWNER_PATH],
    )
    for group in pooled(places):
        group_id = uuid4()
        await db.execute(
            "INSERT INTO response_group (id, wave_id, name_vi, name_en, path, region, people)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            *(group_id, world.wave_id, group.name_vi, group.name_en, group.path, group.region, group.size),
        )
        await db.execute_many(
            "INSERT INTO frame_cell VALUES ($1, $2, $3, $4, $5)",
            [(world.wave_id, group_id, *cell, people) for cell, people in sorted(group.people.items())],
        )
    return replace(world, groups={})


def demo_places() -> Iterator[Place]:
    """Yield the demo's units with their people as org counts them; where a province was merged, below its heir."""
    heirs = {former.code: former.heir for former in FORMER_PLACES}
    demo = units()
    counted = {unit.code for number, unit in enumerate(u for u in demo if u.workers) if number % SILENT_ONE_IN}
    paths: dict[str, str] = {}
    regions: dict[str, str | None] = {}
    for number, unit in enumerate(demo, start=1):
        if unit.code in heirs:
            continue
        above = heirs.get(unit.parent or "", unit.parent)
        paths[unit.code] = paths[above] + label(number) if above else OWNER_PATH
        regions[unit.code] = unit.region or (regions[above] if above else None)
        people: Counter[tuple[str, str]] = Counter()
        if unit.code in counted:
            # The same chance as org's demo has for the unit.
            chance = random.Random(f"loa demo {unit.code}")
            cells = workplaces.cells(chance, unit.field, unit.workers)
            people = Counter({(cell.age_band, cell.gender): cell.workers for cell in cells})
        yield Place(paths[unit.code], unit.vi, unit.en or unit.vi, regions[unit.code], people)

"""The demo's release is attacked by a reader who knows every base it shows, of all questions together."""

import numpy as np
from results_attacker import Attacker
from results_world import make_demo_world

from kit import db
from survey.demo.simulate import simulate

MINIMUM = 10


def axis(rows, name):
    return sorted({row[name] for row in rows if row[name] is not None})


async def published():
    """The bases of each question over (age, gender, region) with totals, NaN where the release shows none."""
    rows = await db.rows(
        "SELECT question_code, age_band, gender, region, shown, base FROM release_cell WHERE choice_code IS NULL"
    )
    axes = [[*axis(rows, name), None] for name in ("age_band", "gender", "region")]
    tables = {}
    for row in rows:
        table = tables.setdefault(row["question_code"], np.full([len(codes) for codes in axes], np.nan))
        if row["shown"]:
            place = tuple(
                codes.index(row[name]) for codes, name in zip(axes, ("age_band", "gender", "region"), strict=True)
            )
            table[place] = row["base"]
    return tables


async def test_no_hidden_base_can_be_narrowed_below_the_minimum(database):
    world = await make_demo_world()
    await simulate(world.wave_id)
    tables = await published()
    assert len(tables) == 1 + 25
    assert min(np.nanmin(table) for table in tables.values()) >= MINIMUM
    participation = tables.pop("*")
    patterns = {}
    for name, table in tables.items():
        # Questions that hide alike are as good as one another to the attacker: the one that fewest answered is tried.
        pattern = np.isnan(table).tobytes()
        if pattern not in patterns or np.nansum(table) < np.nansum(tables[patterns[pattern]]):
            patterns[pattern] = name
    assert len(patterns) > 1
    for name in patterns.values():
        attacker = Attacker({"all": participation, name: tables[name]}, [(name, "all")])
        assert attacker.hidden("all")
        for table in ("all", name):
            for place in attacker.hidden(table):
                assert attacker.width((1, table, place)) >= MINIMUM - 1e-6, (name, table, place)

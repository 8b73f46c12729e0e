"""What everybody reads first is hidden last: the number of all people, and totals before what they are the sums of.

A small wave hides twelve cells for its four young women, who stand in the unit, its region and the whole. Which they
are is chance's: seeds settle it. A release of the version before, whose totals were worth what its cells are, can
still be computed again.
"""

from dataclasses import replace

import numpy as np
import pytest
from results_world import ANSWERS, OWNER_PATH, PEOPLE, UNITS, make_world

from kit import db
from survey.results.composition import compose
from survey.results.making import read_wave
from survey.results.material import Earlier
from survey.results.nodes import Piece, nodes_of
from survey.results.packing import Digest
from survey.results.protection import VERSION, Wave, protected
from survey.results.questions import PARTICIPATION
from survey.results.readiness import wave_of
from survey.results.tabulation import Tally, by_node

MINIMUM = 10
SEEDS = range(1, 61)
AGES, GENDERS, REGIONS = ("under_25", "25_34"), ("female", "male"), tuple(UNITS)
NODES = nodes_of([Piece(UNITS[region], region) for region in REGIONS], OWNER_PATH)
WITH_THE_WHOLE = [34, 59]
"""The seeds with which version 2 hid the number of all people."""


def counted(cells: dict[tuple[str, str, str], int]) -> np.ndarray:
    """Counts of each unit by age and gender, by node with totals."""
    counts = [[[cells[age, gender, region] for gender in GENDERS] for age in AGES] for region in REGIONS]
    return by_node(np.array(counts, dtype=np.int64), NODES.made_of)


ANSWERED = {cell: zalo + board for cell, (zalo, board) in ANSWERS.items()}
BASE = counted(ANSWERED)
ZALO = counted({cell: zalo for cell, (zalo, _) in ANSWERS.items()})
WAVE = Wave(
    NODES,
    {
        PARTICIPATION: Tally(BASE, np.zeros((*BASE.shape, 0), dtype=np.int64)),
        "channel": Tally(BASE, np.stack([ZALO, BASE - ZALO], axis=-1)),
        # Asked of those alone who read Zalo, of whom every third reads it now and then.
        "zalo_often": Tally(ZALO, np.stack([ZALO - ZALO // 3, ZALO // 3], axis=-1)),
    },
    counted(PEOPLE),
    (),
)


def hidden(version: int, seed: int) -> dict[str, np.ndarray]:
    return dict(protected(replace(WAVE, version=version), MINIMUM, seed).by_question)


def test_no_seed_hides_the_number_of_all_people_and_no_more_is_hidden_for_it():
    before, after = ([hidden(version, seed) for seed in SEEDS] for version in (2, VERSION))
    wholes = [
        [seed for seed, masks in zip(SEEDS, each, strict=True) if masks["*"][0, -1, -1]] for each in (before, after)
    ]
    assert wholes == [WITH_THE_WHOLE, []]
    assert not any(mask[0, -1, -1] for masks in after for mask in masks.values())
    assert {int(masks["*"].sum()) for masks in before + after} == {12}
    for code in WAVE.tallies:
        assert sum(int(masks[code].sum()) for masks in after) <= sum(int(masks[code].sum()) for masks in before)


def test_single_cells_are_hidden_before_totals():
    """Version 2 hid totals of an age or a gender with every third seed."""
    for version, with_totals in ((2, 22), (VERSION, 0)):
        masks = [hidden(version, seed)[PARTICIPATION] for seed in SEEDS]
        assert sum(bool(mask[:, -1].any() or mask[:, :, -1].any()) for mask in masks) == with_totals


@pytest.mark.parametrize("seed", SEEDS[:5])
def test_the_number_of_all_people_is_hidden_where_nothing_else_would_do(seed: int):
    """Three came since a release that showed all: nobody may subtract one whole from the other."""
    late = ("under_25", "male", "southeast")
    before = counted({**ANSWERED, late: ANSWERED[late] - 3})
    shown = Earlier(NODES.nodes, before, np.zeros(before.shape, dtype=np.bool_))
    wave = replace(WAVE, tallies={PARTICIPATION: WAVE.tallies[PARTICIPATION]}, earlier=[{PARTICIPATION: shown}])
    assert protected(wave, MINIMUM, seed).by_question[PARTICIPATION][0, -1, -1]


async def test_a_release_of_the_version_before_is_computed_again():
    """Its method says its version, which with its seed gives the digest that it had."""
    world = await make_world()
    await world.add_answers(ANSWERS)
    wave = await wave_of(world.wave_id)
    assert wave
    material = await read_wave(wave)
    digests: dict[int, str] = {}
    for version in (2, VERSION):
        made, digest = compose(material, minimum_base=MINIMUM, seed=34, version=version), Digest()
        digest.add(list(made.tables()))
        assert made.method["version"] == version
        digests[version] = digest.hex
    assert digests[2] == "1d03b3b9a6cf3ba793481dc17a6a4054d84d65d4068b2012ab342d145ad42635"
    release_id = await world.publish(seed=34)
    stored = await db.row(
        "SELECT sha256, method ->> 'version' AS version, answers_used FROM release WHERE id = $1", release_id
    )
    assert stored
    assert tuple(stored) == (digests[VERSION], str(VERSION), 254)
    assert digests[2] != digests[VERSION]

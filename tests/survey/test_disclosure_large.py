"""Tables too large for linear programmes as a whole withstand the same reader."""

from functools import cache

import numpy as np
from disclosure_world import World, reader_of

from survey.disclosure import Layer, Structure, protect
from survey.disclosure.large import Large
from survey.disclosure.protection import SMALL
from survey.disclosure.tables import primary_cells, tables_of

PROVINCES, UNITS = 6, 7


def tree() -> World:
    """A target of provinces of units."""
    leaves = PROVINCES * UNITS
    sums = [(leaves + p, tuple(range(p * UNITS, (p + 1) * UNITS))) for p in range(PROVINCES)]
    return World(
        Structure(leaves + PROVINCES + 1, (*sums, (leaves + PROVINCES, tuple(range(leaves, leaves + PROVINCES))))),
        list(range(leaves)),
    )


def answers(shape: tuple[int, ...]) -> np.ndarray:
    rng = np.random.default_rng(5)
    return rng.negative_binomial(0.9, 0.03, size=shape)


def sample_of(world: World, layers: list[Layer], mask: np.ndarray, every: int) -> list[float]:
    reader = reader_of(world, layers, mask)
    return [float(np.ptp(reader.interval((1, 0, cell)))) for cell in reader.hidden(0)[::every]]


def test_windows_and_moves_withstand():
    world = tree()
    layers = [Layer(world.cube(answers((len(world.leaves), 6, 7))))]
    assert layers[0].base.size > SMALL
    mask = protect(world.structure, layers, 10, seed=1)
    assert not (~mask & (layers[0].base < 10)).any()
    assert min(sample_of(world, layers, mask, 45)) >= 10 - 1e-5


def test_moves_alone_withstand_and_a_mask_is_found_again():
    world = tree()
    layers = [Layer(world.cube(answers((len(world.leaves), 3, 2))))]
    tables = tables_of(world.structure, layers, together=True)
    primary = primary_cells(layers, 10)
    cost = np.ones(primary.size)
    masks = [
        Large(world.structure, (4, 3), tables, 10, cost, linear=0).protect(primary).reshape(layers[0].base.shape)
        for _ in range(2)
    ]
    assert (masks[0] == masks[1]).all()
    assert not masks[0].all()
    assert min(sample_of(world, layers, masks[0], 6)) >= 10 - 1e-5


@cache
def two_releases() -> tuple[World, list[Layer]]:
    """Two releases, the first as it was published; the second holds half as many answers more, by chance."""
    world = tree()
    people = answers((len(world.leaves), 6, 7))
    before = Layer(world.cube(people))
    mask = protect(world.structure, [before], 10, seed=1)
    more = np.random.default_rng(6).poisson(0.5 * people)
    return world, [Layer(before.base, hidden=mask), Layer(world.cube(people + more), grows_from=(0,))]


def test_two_releases_withstand_who_knows_both():
    """Neither a hidden base of either release is narrowed, nor by how much a cell grew that both hide."""
    world, layers = two_releases()
    assert layers[1].base.size > SMALL
    mask = protect(world.structure, layers, 10, seed=2)
    since = layers[1].base - layers[0].base
    assert mask.mean() < 0.5
    assert not (~mask & ~layers[0].hidden & (since > 0) & (since < 10)).any()
    reader = reader_of(world, layers, mask)
    rng = np.random.default_rng(7)
    for number in (0, 1):
        cells = rng.permutation(reader.hidden(number))[:12].tolist()
        assert min(float(np.ptp(reader.interval((1, number, cell)))) for cell in cells) >= 10 - 1e-5
    for cell in rng.permutation(np.intersect1d(reader.hidden(0), reader.hidden(1)))[:12].tolist():
        least, most = reader.interval((1, 1, cell), (-1, 0, cell))
        nobody = since.flat[cell] == 0 and most < 1e-5
        assert nobody or most - least >= 10 - 1e-5


def test_a_second_release_made_as_though_it_were_the_first_is_given_away():
    """The control: whoever subtracts finds the few who came since."""
    world, layers = two_releases()
    mask = protect(world.structure, [Layer(layers[1].base)], 10, seed=2)
    since = layers[1].base - layers[0].base
    assert (~mask & ~layers[0].hidden & (since > 0) & (since < 10)).sum() > 50

"""Tables too large for linear programmes as a whole withstand the same reader."""

import numpy as np
from disclosure_world import World, reader_of

from survey.disclosure import Layer, Structure, protect
from survey.disclosure.large import Large
from survey.disclosure.tables import primary_cells, tables_of

PROVINCES, UNITS = 4, 7


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
    assert layers[0].base.size > 1500
    mask = protect(world.structure, layers, 10, seed=1)
    assert not (~mask & (layers[0].base < 10)).any()
    assert min(sample_of(world, layers, mask, 60)) >= 10 - 1e-5


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
    assert min(sample_of(world, layers, masks[0], 4)) >= 10 - 1e-5

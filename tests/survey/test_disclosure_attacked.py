"""Masks over nodes and layers withstand a reader with linear programming, who succeeds where only small cells hide."""

import os

import numpy as np
import pytest
from disclosure_world import World, norwegian, random_world, reader_of, union_tree

from survey.disclosure import Layer, protect

needs_reference = pytest.mark.skipif("LOA_REFERENCE_DIR" not in os.environ, reason="LOA_REFERENCE_DIR names no tables")


def assert_withstands(world: World, layers: list[Layer], mask: np.ndarray, minimum: int) -> None:
    """No hidden base, and no growth between two releases of which a cell is hidden, is narrower than the minimum."""
    reader = reader_of(world, layers, mask)
    for number, layer in enumerate(layers):
        assert layer.hidden is not None or not (~mask & (layer.base < minimum)).any()
        assert reader.exposed(number, minimum) == []
        for earlier in layer.grows_from:
            since = (layer.base - layers[earlier].base).ravel()
            for cell in sorted(set(reader.hidden(number)) | set(reader.hidden(earlier))):
                least, most = reader.interval((1, number, cell), (-1, earlier, cell))
                nobody = since[cell] == 0 and most < 1e-5
                assert nobody or most - least >= minimum - 1e-5, (number, earlier, cell)
            places = np.arange(since.size)
            both = ~np.isin(places, reader.hidden(number)) & ~np.isin(places, reader.hidden(earlier))
            assert not (both & (since > 0) & (since < minimum)).any()


@needs_reference
@pytest.mark.parametrize(("minimum", "reference"), [(5, 281), (10, 359)])
def test_the_reference_tree_withstands_and_hides_no_more_than_the_elimination_does(minimum: int, reference: int):
    """GaussSuppression hides cells of 1 to 4 (281 in all), or of 1 to 9 (359), and never an empty cell.

    Empty cells are hidden here: they are what every small cell is. Those with people in them are compared.
    """
    world, base = union_tree()
    mask = protect(world.structure, [Layer(base)], minimum, seed=1)
    assert (mask & (base > 0)).sum() <= 1.1 * reference
    assert_withstands(world, [Layer(base)], mask, minimum)


@needs_reference
def test_the_reader_finds_small_cells_where_nothing_else_is_hidden():
    world, base = union_tree()
    reader = reader_of(world, [Layer(base)], base < 5)
    known = [cell for cell in reader.hidden(0)[:40] if np.ptp(reader.interval((1, 0, cell))) < 1e-6]
    assert len(known) >= 5


@needs_reference
def test_statistics_norways_two_years_withstand_with_countries_grouped_twice():
    world, before = norwegian(2014)
    _, after = norwegian(2015)
    first = protect(world.structure, [Layer(before)], 4, seed=1)
    assert_withstands(world, [Layer(before)], first, 4)
    layers = [Layer(after, within=(1,)), Layer(before, hidden=first)]
    mask = protect(world.structure, layers, 4, seed=1)
    assert_withstands(world, layers, mask, 4)
    only_small = [Layer(after, within=(1,)), Layer(before, hidden=before < 4)]
    assert reader_of(world, only_small, after < 4).exposed(1, 4)


@pytest.mark.parametrize("number", range(4))
def test_random_lattices_withstand_with_a_question_that_some_answered(number: int):
    rng = np.random.default_rng(number)
    world = random_world(rng)
    people = rng.negative_binomial(0.7, 0.04, size=(len(world.leaves), 3, 2))
    base, some = world.cube(people), world.cube(rng.binomial(people, 0.8))
    same = rng.random(base.shape) < 0.03
    layers = [Layer(base), Layer(some, must_hide=same, within=(0,))]
    mask = protect(world.structure, layers, 10, seed=number)
    assert (mask | ~same).all()
    assert_withstands(world, layers, mask, 10)


@pytest.mark.parametrize("number", range(2))
def test_random_lattices_withstand_over_three_releases(number: int):
    rng = np.random.default_rng(100 + number)
    world = random_world(rng)
    people = rng.negative_binomial(0.8, 0.03, size=(len(world.leaves), 2))
    answered = rng.binomial(people, 0.85)
    layers: list[Layer] = []
    for release in range(3):
        last = 2 * release
        ours = [
            Layer(world.cube(people), grows_from=(last - 2,) if release else ()),
            Layer(world.cube(answered), within=(last,), grows_from=(last - 1,) if release else ()),
        ]
        mask = protect(world.structure, [*layers, *ours], 10, seed=release)
        assert_withstands(world, [*layers, *ours], mask, 10)
        layers += [Layer(layer.base, hidden=mask, within=layer.within, grows_from=layer.grows_from) for layer in ours]
        new = rng.poisson(0.3 * people)
        people, answered = people + new, answered + rng.binomial(new, 0.85)


def test_an_earlier_release_is_given_away_where_the_later_one_shows_a_few_more():
    """12 answers, then 15: whoever subtracts knows three people. The later cell is hidden, and others beside it."""
    world = random_world(np.random.default_rng(1))
    people = np.full((len(world.leaves), 2), 40)
    first = Layer(world.cube(people), hidden=np.zeros((world.structure.nodes, 3), dtype=bool))
    later = people + 20
    later[0, 0] = people[0, 0] + 3
    layers = [first, Layer(world.cube(later), grows_from=(0,))]
    mask = protect(world.structure, layers, 10, seed=1)
    assert mask[world.leaves[0], 0]
    assert not mask.all()
    assert_withstands(world, layers, mask, 10)


def test_shows_everything_when_nothing_is_small_and_hides_everything_when_all_is():
    world = random_world(np.random.default_rng(2))
    large = Layer(world.cube(np.full((len(world.leaves), 2, 2), 40)))
    small = Layer(world.cube(np.zeros((len(world.leaves), 2, 2), dtype=np.int64)))
    assert not protect(world.structure, [large], 10, seed=1).any()
    assert protect(world.structure, [small], 10, seed=1).all()
    assert protect(world.structure, [large, small], 10, seed=1).all()


def test_one_seed_gives_one_mask():
    rng = np.random.default_rng(3)
    world = random_world(rng)
    layers = [Layer(world.cube(rng.negative_binomial(0.7, 0.04, size=(len(world.leaves), 3, 2))))]
    masks = [protect(world.structure, layers, 10, seed=seed).tobytes() for seed in (1, 1, 2, 3)]
    assert masks[0] == masks[1]
    assert len(set(masks)) > 1


def test_refuses_a_layer_that_is_not_within_the_one_it_names():
    world = random_world(np.random.default_rng(4))
    few, many = (Layer(world.cube(np.full((len(world.leaves), 2), count)), within=(1,)) for count in (40, 30))
    with pytest.raises(ValueError, match="not within"):
        protect(world.structure, [few, Layer(many.base)], 10, seed=1)

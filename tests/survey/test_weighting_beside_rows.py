"""Estimates made of counts equal those that `survey.estimation` makes of the single answers."""

import numpy as np
import pytest
from weighting_world import CHOICES, FEW, MISSING, PLENTY, UNEVEN, VALUES, as_parts, made_up, row_design

from survey.estimation.estimates import effective_size, mean
from survey.estimation.intervals import proportion_interval
from survey.weighting.frame import weigh
from survey.weighting.shares import prepare


def spread_out(seed, places, genders):
    """A frame at random, of which some cells are empty, and answers of some of its people; a gender few say."""
    random = np.random.default_rng(seed)
    shape = (places, 4, genders)
    people = random.integers(0, 400, shape) * (random.random(shape) < 0.9)
    people[..., 2:] //= 20
    answers = random.binomial(people, random.uniform(0.01, 0.3, (places, 1, 1)))
    answers[0, 0] += 1
    return people, answers


WAVES = [PLENTY, FEW, UNEVEN, spread_out(1, 5, 3), spread_out(2, 8, 2), spread_out(3, 3, 1)]


@pytest.mark.parametrize("sample", ["self_selected", "census"])
@pytest.mark.parametrize("number", range(len(WAVES)))
def test_every_share_and_error_is_that_of_the_single_answers(number, sample):
    people, answers = WAVES[number]
    wave = made_up(number, people, answers)
    weights = weigh(people, answers)
    design = row_design(wave, weights, census=sample == "census")
    found = prepare(weights, wave.place, wave.parts, sample).estimate(*wave.counted(wave.scale_columns), VALUES)
    _, ages, genders = people.shape
    for node, pieces in enumerate(wave.nodes):
        for age, gender in np.ndindex(ages + 1, genders + 1):
            cell = (node, age, gender)
            domain = wave.domain(pieces, age, gender) & (wave.scale != MISSING)
            assert found.base[cell] == np.count_nonzero(domain)
            if not np.any(domain):
                assert np.isnan(found.share[cell]).all()
                assert np.isnan(found.mean[cell])
                continue
            shares = mean(design, np.equal.outer(wave.scale, np.arange(CHOICES)).astype(np.float64), domain)
            np.testing.assert_allclose(found.share[cell], shares.values, rtol=1e-12, atol=1e-15)
            np.testing.assert_allclose(found.error[cell], shares.errors, rtol=1e-9, atol=1e-12)
            number_said = mean(design, VALUES[wave.scale], domain)
            np.testing.assert_allclose(found.mean[cell], number_said.values[0], rtol=1e-12)
            np.testing.assert_allclose(found.mean_error[cell], number_said.errors[0], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("sample", ["self_selected", "census"])
def test_intervals_are_wilsons_with_the_effective_size_and_with_kishs_where_there_is_no_error(sample):
    wave = made_up(3, *FEW)
    weights = weigh(*FEW)
    found = prepare(weights, wave.place, wave.parts, sample).estimate(*wave.counted(wave.scale_columns))
    points = 0
    for cell in np.ndindex(found.share.shape):
        share, error, base = found.share[cell], found.error[cell], int(found.base[cell[:-1]])
        if base < 2:
            assert np.isnan(found.low[cell])
            assert np.isnan(found.high[cell])
            continue
        ends = (found.low[cell], found.high[cell])
        if error > 0:
            np.testing.assert_allclose(ends, proportion_interval(share, error, base - 1, base), rtol=1e-9, atol=1e-12)
            continue
        points += 1
        inside = wave.domain(wave.nodes[cell[0]], cell[1], cell[2]) & (wave.scale != MISSING)
        worth = effective_size(weights.weight[wave.place[wave.piece], wave.age, wave.gender][inside])
        assert share in (0, 1)
        # A share a hair off 0 or 1 that has the error of so many answers has the same interval.
        near = abs(share - 1e-13)
        error = np.sqrt(near * (1 - near) / worth)
        np.testing.assert_allclose(ends, proportion_interval(near, error, base - 1, base), atol=1e-9)
    assert points == 18


def test_twelve_alike_answers_are_not_certain():
    weights = weigh([[[24]]], [[[12]]])
    found = prepare(weights, [0], as_parts([[0]], 1), "self_selected").estimate([[[12]]], [[[[12, 0]]]])
    t = 2.20098516008
    assert found.share[0, 0, 0].tolist() == [1, 0]
    assert found.error[0, 0, 0].tolist() == [0, 0]
    np.testing.assert_allclose(found.low[0, 0, 0], [12 / (12 + t * t), 0], rtol=1e-9)
    np.testing.assert_allclose(found.high[0, 0, 0], [1, t * t / (12 + t * t)], rtol=1e-9)
    assert (found.low[0, 0, 0, 1], found.high[0, 0, 0, 0]) == (0, 1)


def test_who_named_no_number_is_left_out_of_the_mean_and_stays_in_the_shares():
    wave = made_up(5, *PLENTY)
    weights = weigh(*PLENTY)
    nodes = prepare(weights, wave.place, wave.parts, "self_selected")
    found = nodes.estimate(*wave.counted(wave.scale_columns), [1, 2, 3, np.nan])
    design = row_design(wave, weights, census=False)
    values = np.where(wave.scale < 3, wave.scale + 1.0, np.nan)
    for node, pieces in enumerate(wave.nodes):
        domain = wave.domain(pieces, 3, 1) & (wave.scale != MISSING)
        estimate = mean(design, values, domain)
        np.testing.assert_allclose(found.mean[node, 3, 1], estimate.values[0], rtol=1e-12)
        np.testing.assert_allclose(found.mean_error[node, 3, 1], estimate.errors[0], rtol=1e-9)
        np.testing.assert_allclose(found.share[node, 3, 1].sum(), 1, rtol=1e-12)


@pytest.mark.parametrize("world", [FEW, UNEVEN])
def test_what_was_weighted_to_is_known_without_error(world):
    wave = made_up(1, *world)
    weights = weigh(*world, cap=100)
    assert weights.kind == "collapsed"
    women = np.stack([wave.gender == 1, wave.place[wave.piece] == 1], axis=1).astype(np.int64)
    found = prepare(weights, wave.place, wave.parts, "self_selected").estimate(*wave.counted(women))
    # The second place's men and women count together, the place by itself.
    assert found.error[-1, -1, -1, 1] == 0
    assert found.share[-1, -1, -1, 1] == pytest.approx(world[0][1].sum() / world[0].sum(), rel=1e-12)
    assert (found.error[-1, -1, -1, 0] == 0) == (world is UNEVEN)


def test_a_raked_margin_has_no_error_and_its_own_share():
    people = np.array([[[40, 400], [300, 300]], [[300, 300], [300, 300]], [[90, 10], [20, 880]]])
    answers = np.array([[[40, 10], [30, 50]], [[30, 30], [30, 30]], [[20, 20], [20, 20]]])
    wave = made_up(2, people, answers)
    weights = weigh(people, answers, cap=4)
    assert (weights.kind, weights.trimming.share) == ("raked", 0)
    margins = np.stack([wave.gender == 1, wave.age == 0, wave.place[wave.piece] == 2], axis=1).astype(np.int64)
    found = prepare(weights, wave.place, wave.parts, "self_selected").estimate(*wave.counted(margins))
    assert found.error[-1, -1, -1].tolist() == [0, 0, 0]
    total = people.sum()
    expected = [people[..., 1].sum() / total, people[:, 0].sum() / total, people[2].sum() / total]
    np.testing.assert_allclose(found.share[-1, -1, -1], expected, rtol=1e-11)
    assert found.error[-1, 0, -1, 0] > 0


def test_a_place_that_answered_in_full_is_certain_in_a_census_and_more_answers_than_people_are_no_error():
    people, answers = np.array([[[10]], [[40]], [[11]]]), np.array([[[10]], [[20]], [[12]]])
    weights = weigh(people, answers)
    base, chosen = answers, np.array([[[[4]]], [[[5]]], [[[6]]]])
    nodes = as_parts([[0], [1], [2], [0, 1, 2]], 3)
    found = prepare(weights, [0, 1, 2], nodes, "census").estimate(base, chosen)
    # The second place: half of its people answered, s² = 20/19 · ¼ · ¾, so (1 − ½) s²/20.
    error = np.sqrt(0.5 / 19 * 0.25 * 0.75)
    np.testing.assert_allclose(found.error[:, -1, -1, 0], [0, error, 0, error * 40 / 61], rtol=1e-12)


@pytest.mark.parametrize(("world", "sample"), [(PLENTY, "census"), (UNEVEN, "self_selected")])
def test_a_node_has_the_same_figures_among_thousands(world, sample):
    wave = made_up(4, *world)
    weights, counts = weigh(*world), wave.counted(wave.ticks[:, :1])
    below, whole = wave.nodes[0], wave.nodes[-1]
    few = prepare(weights, wave.place, as_parts([below, whole], len(wave.place)), sample).estimate(*counts)
    # More of either kind than are taken together.
    many = as_parts([below] * 40_000 + [whole] * 12_000, len(wave.place))
    found = prepare(weights, wave.place, many, sample).estimate(*counts)
    some = [0, 39_999, 40_000, 51_999]
    for name in ("base", "share", "error", "low", "high"):
        np.testing.assert_allclose(getattr(found, name)[some], getattr(few, name)[[0, 0, 1, 1]], rtol=1e-9)

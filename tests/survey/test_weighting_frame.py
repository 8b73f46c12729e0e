"""Weights stand for all people of the frame, mix no more than they must, and are trimmed when they are extreme."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from weighting_world import FEW, PLENTY, UNEVEN, as_parts

from survey.estimation.calibration import trim
from survey.estimation.errors import DesignInvalid, LonelyUnit, TrimInfeasible
from survey.weighting.frame import Collapsed, NoAnswers, NoPeople, trim_counted, weigh
from survey.weighting.shares import prepare


def cells(*values):
    """Return a table of one place and one gender."""
    return np.array(values)[None, :, None]


def test_where_enough_answered_each_cell_is_weighted_to_its_own_people():
    weights = weigh(*PLENTY)
    people, answers = PLENTY
    assert weights.kind == "post_stratified"
    assert weights.collapsed == Collapsed(places=0, genders=0, age_bands=0, cells=0)
    assert (weights.raking, weights.trimming) == (None, None)
    np.testing.assert_array_equal(weights.weight, people / answers)
    assert weights.stratum.reshape(-1).tolist() == [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11, 12, 15, 13, 16, 14, 17]
    assert (weights.size, weights.covered, weights.uncovered) == (443, 1665, 0)


def test_kishs_figures_by_hand():
    # Ten answers weigh 1 and ten weigh 3: (10 + 30)² / (10 + 90) = 16.
    weights = weigh(cells(10, 30), cells(10, 10))
    assert weights.effective_size == 16
    assert weights.design_effect == 1.25


def test_an_age_band_of_few_answers_joins_the_neighbour_that_answered_least():
    weights = weigh(cells(40, 50, 60, 70), cells(20, 9, 12, 30))
    assert weights.stratum.reshape(-1).tolist() == [0, 1, 1, 2]
    np.testing.assert_allclose(weights.weight.reshape(-1), [2, 110 / 21, 110 / 21, 70 / 30])
    assert weights.collapsed == Collapsed(places=0, genders=0, age_bands=2, cells=2)
    assert weights.kind == "collapsed"


def test_a_neighbour_with_whom_the_weight_would_be_extreme_is_passed_over():
    # 900 people of whom nobody answered would weigh 75 each with the first band, and 9 with the last.
    weights = weigh(cells(0, 12, 900, 100), cells(0, 12, 0, 100), cap=5)
    assert weights.stratum.reshape(-1).tolist() == [-1, 0, 1, 1]
    assert (weights.covered, weights.uncovered) == (112, 900)


def test_genders_are_mixed_only_where_all_ages_together_are_too_few_and_keep_their_ages():
    people = np.array([[[50, 50], [60, 60], [70, 70]], [[50, 50], [60, 60], [70, 70]]])
    answers = np.array([[[20, 2], [20, 3], [20, 4]], [[20, 2], [20, 4], [20, 4]]])
    weights = weigh(people, answers)
    assert weights.stratum[0].tolist() == [[0, 0], [1, 1], [2, 2]]
    assert weights.stratum[1].tolist() == [[3, 6], [4, 6], [5, 6]]
    assert weights.collapsed == Collapsed(places=0, genders=2, age_bands=3, cells=9)


def test_places_are_mixed_only_where_the_whole_place_is_too_few():
    people, answers = np.full((4, 2, 2), 50), np.full((4, 2, 2), 12)
    answers[2] = [[3, 2], [2, 2]]
    answers[1] = 11
    weights = weigh(people, answers)
    # The third place joins the second, which answered least, and there both ages and genders are told apart.
    assert weights.stratum[2].tolist() == weights.stratum[1].tolist()
    assert weights.collapsed == Collapsed(places=2, genders=0, age_bands=0, cells=8)
    assert len(np.unique(weights.stratum)) == 12


def test_answers_where_the_frame_has_nobody_count_with_a_neighbour_and_are_told():
    weights = weigh(cells(40, 0, 60), cells(20, 15, 30))
    assert weights.answers_without_people == 15
    assert weights.stratum.reshape(-1).tolist() == [0, 0, 1]
    np.testing.assert_allclose(weights.weight.reshape(-1), [40 / 35, 40 / 35, 2])


def test_fewer_answers_than_the_minimum_are_all_one_stratum():
    weights = weigh(np.full((2, 2, 2), 10), [[[1, 0], [0, 2]], [[0, 0], [0, 1]]])
    assert np.unique(weights.stratum).tolist() == [0]
    np.testing.assert_allclose(weights.weight[weights.answers > 0], 20)


def test_extreme_weights_are_raked_and_trimmed():
    people, answers = UNEVEN
    weights = weigh(people, answers)
    mean = people.sum() / answers.sum()
    assert weights.kind == "raked"
    used = weights.weight[answers > 0]
    assert used.min() >= mean / 5 * (1 - 1e-12)
    assert used.max() <= mean * 5 * (1 + 1e-12)
    assert (weights.trimming.lower, weights.trimming.upper) == pytest.approx((mean / 5, mean * 5))
    before = weights.raking.weight * answers
    for axes in ((1, 2), (0, 2), (0, 1)):
        np.testing.assert_allclose(before.sum(axis=axes), people.sum(axis=axes), rtol=1e-11)
    outside = (weights.raking.weight < mean / 5) | (weights.raking.weight > mean * 5)
    assert weights.trimming.share == pytest.approx(answers[outside].sum() / answers.sum())
    after = weights.weight * answers
    assert weights.trimming.moved == pytest.approx(np.maximum(after - before, 0).sum() / people.sum())
    misses = [np.abs(after.sum(axis=axes) / people.sum(axis=axes) - 1).max() for axes in ((1, 2), (0, 2), (0, 1))]
    assert weights.trimming.miss == pytest.approx(max(misses))
    assert weights.trimming.miss > 0.5


def test_margins_that_no_weights_meet_leave_the_post_strata_trimmed():
    # All men of the first place and all women of the second stay silent, so places and genders are one margin.
    people = np.array([[[20, 10]], [[500, 5000]]])
    answers = np.array([[[300, 0]], [[0, 20]]])
    weights = weigh(people, answers)
    assert (weights.kind, weights.raking) == ("collapsed", None)
    mean = 5530 / 320
    np.testing.assert_allclose(weights.weight[[0, 1], 0, [0, 1]], [(5530 - 20 * 5 * mean) / 300, 5 * mean])
    assert weights.trimming.share == 1


def test_raked_weights_that_trimming_would_change_beyond_recognition_give_way_to_the_post_strata():
    """A cell of nearly all people: raking leaves others a weight of 0.0005, which trimming would make 36."""
    people = np.array([[[100, 150], [120, 130]], [[140, 110], [90_000, 130]]])
    answers = np.array([[[16, 57], [75, 96]], [[36, 35], [93, 110]]])
    weights = weigh(people, answers)
    assert (weights.kind, weights.raking) == ("post_stratified", None)
    mean = people.sum() / answers.sum()
    assert weights.trimming.upper == pytest.approx(5 * mean)
    assert weights.weight.max() <= 5 * mean * (1 + 1e-12)
    found = prepare(weights, [0, 1], as_parts([[0], [0, 1]], 2), "self_selected").estimate(
        answers, (answers // 2)[..., None]
    )
    assert np.nanmax(found.error) < 0.2


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_whatever_the_frame_all_people_are_stood_for_and_no_answer_is_dropped(data):
    shape = data.draw(st.tuples(st.integers(1, 5), st.integers(1, 4), st.integers(1, 3)))
    people = data.draw(arrays(np.int64, shape, elements=st.sampled_from([0, 0, 1, 7, 40, 300, 5000])))
    answers = data.draw(arrays(np.int64, shape, elements=st.sampled_from([0, 0, 1, 3, 9, 10, 50])))
    if people.sum() == 0 or answers.sum() == 0:
        return
    weights = weigh(people, answers)
    assert np.all(weights.weight[answers > 0] > 0)
    assert np.all(weights.weight[answers == 0] == 0)
    assert (weights.weight * answers).sum() == pytest.approx(people.sum(), rel=1e-9)
    assert np.array_equal(weights.stratum == -1, (people == 0) & (answers == 0))
    strata = [weights.stratum == code for code in range(weights.stratum.max() + 1)]
    if len(strata) > 1:
        assert min(answers[inside].sum() for inside in strata) >= 10
    assert min(people[inside].sum() for inside in strata) > 0
    assert weights.covered + weights.uncovered == people.sum()
    again = weigh(people, answers)
    assert np.array_equal(weights.weight, again.weight)
    if weights.trimming is None:
        assert weights.weight.max() <= 5 * people.sum() / answers.sum()
        for code, inside in enumerate(strata):
            expected = people[inside].sum() / answers[inside].sum()
            np.testing.assert_allclose(weights.weight[inside & (answers > 0)], expected, err_msg=str(code))
    else:
        assert weights.weight.max() <= weights.trimming.upper * (1 + 1e-9)
        assert weights.weight[answers > 0].min() >= weights.trimming.lower * (1 - 1e-9)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.floats(0.01, 100), st.integers(1, 30)), min_size=1, max_size=12), st.floats(1.5, 6))
def test_trimming_by_counts_is_trimming_of_single_answers(levels, cap):
    weights, counts = np.array([each for each, _ in levels]), np.array([count for _, count in levels])
    rows = np.repeat(weights, counts)
    mean = rows.mean()
    found = trim_counted(weights, counts.astype(np.float64), mean / cap, mean * cap)
    assert found @ counts == pytest.approx(rows.sum(), rel=1e-9)
    try:
        wanted = trim(rows, lower=mean / cap, upper=mean * cap)
    except TrimInfeasible:
        # Everything lies outside: single answers can't be trimmed by R's rule.
        assert mean / cap * (1 - 1e-9) <= found.min() <= found.max() <= mean * cap * (1 + 1e-9)
        return
    np.testing.assert_allclose(np.repeat(found, counts), wanted, rtol=1e-9)


@pytest.mark.parametrize(
    ("people", "answers", "options", "refusal"),
    [
        (cells(0, 0), cells(1, 2), {}, NoPeople),
        (cells(5, 6), cells(0, 0), {}, NoAnswers),
        (cells(5, 6), cells(1, 2, 3), {}, DesignInvalid),
        ([[5, 6]], [[1, 2]], {}, DesignInvalid),
        (cells(5, -6), cells(1, 2), {}, DesignInvalid),
        (cells(5, np.inf), cells(1, 2), {}, DesignInvalid),
        (cells(5, 6), cells(1, -2), {}, DesignInvalid),
        (cells(5, 6), cells(1, 2.5), {}, DesignInvalid),
        (cells(5, 6), cells(1, np.nan), {}, DesignInvalid),
        (cells(5, 6), cells(1, 2), {"minimum": 0}, DesignInvalid),
        (cells(5, 6), cells(1, 2), {"cap": 1}, DesignInvalid),
    ],
)
def test_refuses_tables_that_give_no_weights(people, answers, options, refusal):
    with pytest.raises(refusal):
        weigh(people, answers, **options)


def test_bounds_that_leave_the_mean_out_are_refused():
    with pytest.raises(TrimInfeasible):
        trim_counted(np.array([1.0, 2.0]), np.array([1.0, 1.0]), 2, 3)


@pytest.mark.parametrize("sample", ["self_selected", "census"])
def test_a_single_answer_has_no_variance(sample):
    with pytest.raises(LonelyUnit):
        prepare(weigh(cells(5), cells(1)), [0], as_parts([[0]], 1), sample)


def test_a_census_needs_two_answers_of_each_stratum_and_a_self_selected_sample_does_not():
    weights = weigh(cells(5, 9), cells(1, 3), minimum=1)
    with pytest.raises(LonelyUnit):
        prepare(weights, [0], as_parts([[0]], 1), "census")
    found = prepare(weights, [0], as_parts([[0]], 1), "self_selected").estimate(cells(1, 3), cells(1, 3)[..., None])
    assert found.share[0, -1, -1, 0] == 1


@pytest.mark.parametrize(
    ("place", "parts"),
    [
        ([0, 1], as_parts([[0]], 3)),
        ([0, 1, 5], as_parts([[0]], 3)),
        ([0, -1, 1], as_parts([[0]], 3)),
        ([[0, 1, 1]], as_parts([[0]], 3)),
        ([0, 1, 1], as_parts([[0, 1, 1]], 3)),
    ],
)
def test_refuses_pieces_that_are_nowhere_or_twice(place, parts):
    with pytest.raises(DesignInvalid):
        prepare(weigh(*FEW), place, parts, "self_selected")


@pytest.mark.parametrize(
    ("base", "chosen", "values"),
    [
        (cells(10, 30)[..., 0], cells(1, 2)[..., None], None),
        (cells(10, 30), cells(1, 2), None),
        (cells(10, 30), cells(1, 31)[..., None], None),
        (cells(10, 31), cells(1, 2)[..., None], None),
        (cells(10, 30), cells(1, -2)[..., None], None),
        (cells(10, 30), cells(1, 2)[..., None], [1, 2]),
    ],
)
def test_refuses_counts_that_contradict_each_other(base, chosen, values):
    nodes = prepare(weigh(cells(50, 60), cells(10, 30)), [0], as_parts([[0]], 1), "self_selected")
    with pytest.raises(DesignInvalid):
        nodes.estimate(base, chosen, values)

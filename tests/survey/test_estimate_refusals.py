"""Samples and margins that allow no honest estimate are refused, each with an error of its own type."""

import numpy as np
import pytest

from survey.estimation.calibration import Margin, calibrate, post_stratify, rake, trim
from survey.estimation.design import sample
from survey.estimation.errors import (
    DesignInvalid,
    EmptyDomain,
    LevelNotInPopulation,
    LevelNotInSample,
    LonelyUnit,
    MarginsDisagree,
    NotConverged,
    TrimInfeasible,
)
from survey.estimation.estimates import effective_size, mean, total
from survey.estimation.replicates import jackknife

Y = np.array([1.0, 2.0, 4.0, 7.0])
AGE = np.array(["young", "young", "old", "old"])
GENDER = np.array(["f", "m", "f", "m"])


def test_a_stratum_with_one_person_has_no_variance_unless_all_of_it_was_asked():
    strata = np.array(["a", "a", "a", "b"])
    with pytest.raises(LonelyUnit) as refused:
        mean(sample(size=4, strata=[strata]), Y)
    assert refused.value.stage == 1
    asked_in_full = sample(size=4, strata=[strata], populations=[np.array([6, 6, 6, 1])])
    assert total(asked_in_full, Y).values[0] == 2 * (1 + 2 + 4) + 7
    # N²(1 − n/N)s²/n of the first stratum alone.
    assert total(asked_in_full, Y).covariance[0, 0] == pytest.approx(36 * 0.5 * np.var([1, 2, 4], ddof=1) / 3)


def test_an_empty_domain_has_no_mean_and_the_total_0():
    design = sample(size=4)
    nobody = np.zeros(4, dtype=bool)
    with pytest.raises(EmptyDomain):
        mean(design, Y, nobody)
    assert (total(design, Y, nobody).values[0], total(design, Y, nobody).errors[0]) == (0, 0)


@pytest.mark.parametrize(
    "given",
    [
        {"weights": [1, 2, 3]},
        {"weights": [1, 2, 3, -1]},
        {"weights": [1, 2, 3, float("nan")]},
        {"populations": [[3, 3, 3, 3]]},
        {"clusters": [["x", "y", "x", "y"]], "strata": [["a", "a", "b", "b"]]},
    ],
)
def test_a_sample_that_contradicts_itself_is_refused(given):
    with pytest.raises(DesignInvalid):
        sample(size=4, **given)


def test_a_level_of_whom_nobody_answered_is_named():
    with pytest.raises(LevelNotInSample) as refused:
        post_stratify(sample(size=4), Margin(AGE, {"young": 10, "old": 20, "older": 5}))
    assert refused.value.level == "older"
    with pytest.raises(LevelNotInPopulation) as refused:
        rake(sample(size=4), [Margin(AGE, {"young": 10})])
    assert refused.value.level == "old"


def test_margins_of_unequal_totals_are_refused():
    margins = [Margin(AGE, {"young": 10, "old": 20}), Margin(GENDER, {"f": 15, "m": 16})]
    with pytest.raises(MarginsDisagree):
        rake(sample(size=4), margins)


def test_margins_that_no_weights_can_meet_do_not_converge():
    # The young are all women here, so there can't be more young people than women.
    gender = np.array(["f", "f", "m", "m"])
    margins = [Margin(AGE, {"young": 20, "old": 10}), Margin(gender, {"f": 5, "m": 25})]
    with pytest.raises(NotConverged):
        rake(sample(size=4), margins)


def test_calibration_keeps_its_bounds_or_says_that_it_can_not():
    auxiliary = np.stack([np.ones(4), Y], axis=1)
    design = sample(size=4, weights=np.full(4, 10.0))
    found = calibrate(design, auxiliary, [40.0, 150.0], "logit", (0.6, 1.6))
    assert found.weights @ auxiliary == pytest.approx([40.0, 150.0])
    assert np.all((found.weights > 6) & (found.weights < 16))
    assert total(found, Y).errors[0] == pytest.approx(0, abs=1e-9)
    with pytest.raises(NotConverged):
        calibrate(design, auxiliary, [40.0, 260.0], "logit", (0.6, 1.6))


def test_a_cap_below_the_mean_weight_is_infeasible():
    weights = np.array([1.0, 2.0, 3.0, 10.0])
    with pytest.raises(TrimInfeasible):
        trim(weights, upper=3.9)
    trimmed = trim(weights, upper=6.0)
    assert (trimmed.max(), trimmed.sum()) == (6.0, 16.0)
    assert effective_size(weights) == 256 / 114


def test_a_raked_margin_has_the_standard_error_0():
    design = sample(size=8, weights=np.array([3.0, 1, 2, 2, 5, 1, 1, 4]))
    age, gender = np.tile(AGE, 2), np.repeat(["f", "m"], 4)
    raked = rake(design, [Margin(age, {"young": 30, "old": 20}), Margin(gender, {"f": 24, "m": 26})])
    assert total(raked, age == "young").values[0] == pytest.approx(30)
    assert total(raked, age == "young").errors[0] == pytest.approx(0, abs=1e-6)
    assert total(raked, np.tile(Y, 2)).errors[0] > 1


def test_replicates_are_taken_before_weights_are_calibrated():
    design = post_stratify(sample(size=4), Margin(AGE, {"young": 10, "old": 20}))
    with pytest.raises(DesignInvalid):
        jackknife(design)

"""Intervals, p-values and corrections that web processes compute themselves are those of SciPy and R."""

import math
import subprocess
import sys

import pytest
from scipy import stats

from survey.results.inference import (
    corrected,
    difference,
    freedom_of,
    t_quantile,
    two_sided,
    wilson_weighted,
)


@pytest.mark.parametrize("freedom", [1, 2, 9, 9.5, 29, 253, 1_000, 100_000, math.inf])
@pytest.mark.parametrize("t", [0.0, 0.001, 0.5, 1.96, -2.5, 8.0, 30.0])
def test_p_is_that_of_students_t(freedom: float, t: float):
    known = 2 * (stats.norm.sf(abs(t)) if math.isinf(freedom) else stats.t.sf(abs(t), freedom))
    assert two_sided(t, freedom) == pytest.approx(known, rel=1e-9, abs=1e-300)


@pytest.mark.parametrize("freedom", [1, 2, 9, 9.5, 29, 253, 1_000, 100_000, math.inf])
def test_the_quantile_is_that_of_students_t(freedom: float):
    known = stats.norm.ppf(0.975) if math.isinf(freedom) else stats.t.ppf(0.975, freedom)
    assert t_quantile(freedom) == pytest.approx(known, rel=1e-9)


def test_the_interval_and_p_of_a_difference_agree():
    found = difference(0.1, 0.05, 20)
    assert (found.low, found.high) == pytest.approx((0.1 - 2.0859634 * 0.05, 0.1 + 2.0859634 * 0.05), abs=1e-8)
    assert found.p == pytest.approx(2 * stats.t.sf(2.0, 20), rel=1e-9)
    at_the_edge = difference(stats.t.ppf(0.975, 20) * 0.05, 0.05, 20)
    assert at_the_edge.low == pytest.approx(0, abs=1e-12)
    assert at_the_edge.p == pytest.approx(0.05, rel=1e-9)


def test_without_an_error_nothing_is_tested():
    found = difference(0.0, 0.0, 20)
    assert (found.error, found.low, found.high, found.p) == (0.0, None, None, None)


def test_degrees_of_freedom_are_welchs():
    """Two means with variances 4/10 and 9/20 of their own."""
    parts = [((4 / 10) ** 0.5, 10), ((9 / 20) ** 0.5, 20)]
    assert freedom_of(parts) == pytest.approx((0.4 + 0.45) ** 2 / (0.4**2 / 9 + 0.45**2 / 19))
    assert freedom_of([(0.0, 10), (0.0, 20)]) == math.inf


# R 4.5: p.adjust(c(0.01, 0.04, 0.03, 0.005, 0.55), "holm"), and "BH".
P = [0.01, 0.04, None, 0.03, 0.005, 0.55]


def test_holm_is_rs():
    assert corrected(P, "HOLM") == pytest.approx([0.04, 0.09, None, 0.09, 0.025, 0.55])


def test_benjamini_hochberg_is_rs():
    assert corrected(P, "BH") == pytest.approx([0.025, 0.05, None, 0.05, 0.025, 0.55])


def test_a_corrected_p_is_at_most_1_and_nothing_comes_of_nothing():
    assert corrected([0.6, 0.7], "HOLM") == [1.0, 1.0]
    assert corrected([], "BH") == []
    assert corrected([None], "HOLM") == [None]


def test_wilsons_interval_of_a_weighted_share_is_the_releases():
    """Share 0.56 with an error of 0.030885 of 254 answers: 0.499 to 0.619, as the release stores it."""
    low, high = wilson_weighted(0.56, 0.0308849, 254)
    assert (round(low, 3), round(high, 3)) == (0.499, 0.619)
    assert wilson_weighted(0.0, 0.0, 20)[0] == 0.0
    assert wilson_weighted(1.0, 0.0, 20)[1] == 1.0


def test_web_processes_start_without_scipy_and_what_only_the_worker_computes():
    """Results are read, compared and followed by what every web process imports. (numpy comes with openpyxl.)"""
    heavy = {"scipy", "survey.results.making", "survey.weighting", "survey.estimation", "survey.disclosure"}
    found = subprocess.run(
        [sys.executable, "-c", "import sys, survey.app; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert heavy.intersection(found.stdout.split()) == set()
    assert "survey.results.trend" in found.stdout.split()

"""Shares come with Wilson's interval; the known values are those of Newcombe's table (Statistics in Medicine 1998)."""

import pytest

from survey.results.intervals import wilson


@pytest.mark.parametrize(
    ("n", "base", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_agrees_with_the_published_table(n: int, base: int, low: float, high: float):
    interval = wilson(n, base)
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


def test_is_the_solution_of_the_score_equation():
    """Each end p solves |n/b - p| = z √(p(1-p)/b)."""
    for end in wilson(37, 120):
        assert abs(37 / 120 - end) == pytest.approx(1.959963984540054 * (end * (1 - end) / 120) ** 0.5, rel=1e-12)


def test_ends_exactly_at_nothing_and_at_all():
    assert wilson(0, 10).low == 0
    assert wilson(10, 10).high == 1
    assert wilson(10, 10).low == pytest.approx(1 - wilson(0, 10).high, rel=1e-12)


@pytest.mark.parametrize(("n", "base"), [(0, 0), (-1, 10), (11, 10)])
def test_refuses_what_is_no_share(n: int, base: int):
    with pytest.raises(ValueError, match="a share needs"):
        wilson(n, base)

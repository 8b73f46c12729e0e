"""Sharing out people: whole parts, nobody lost, nobody twice."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from org.reorganisations.service.allocate import UNITS, equal_shares, largest_remainder

weights = st.lists(st.integers(0, UNITS), min_size=1, max_size=12).filter(any)
totals = st.integers(0, 20_000_000)


def test_the_largest_fractions_get_the_remaining_people():
    assert largest_remainder(10, [1, 1, 1]) == [4, 3, 3]
    assert largest_remainder(7, [50, 30, 20]) == [4, 2, 1]  # quotas 3.5, 2.1, 1.4
    assert largest_remainder(2, [60, 39, 1]) == [1, 1, 0]  # quotas 1.2, 0.78, 0.02
    assert largest_remainder(0, [1, 2]) == [0, 0]


@given(totals, weights)
def test_the_parts_sum_to_the_whole(total, shares):
    assert sum(largest_remainder(total, shares)) == total


@given(totals, weights)
def test_every_part_is_within_one_person_of_its_quota(total, shares):
    for part, share in zip(largest_remainder(total, shares), shares, strict=True):
        assert abs(part * sum(shares) - total * share) < sum(shares)


@given(totals, weights)
def test_who_has_no_share_gets_nobody(total, shares):
    parts = largest_remainder(total, shares)
    assert all(part == 0 for part, share in zip(parts, shares, strict=True) if share == 0)


@given(totals, weights)
def test_a_larger_share_never_gets_fewer_people(total, shares):
    by_share = sorted(zip(shares, largest_remainder(total, shares), strict=True))
    assert all(less[1] <= more[1] for less, more in pairwise(by_share) if less[0] < more[0])


@given(st.integers(1, 50), st.integers(1, UNITS))
def test_equal_shares_sum_to_what_is_shared_out(count, of):
    shares = equal_shares(count, of)
    assert sum(shares) == of
    assert max(shares) - min(shares) <= 1


@pytest.mark.parametrize(("total", "shares"), [(-1, [1]), (1, []), (1, [0, 0]), (1, [2, -1])])
def test_refuses_what_has_no_meaning(total, shares):
    with pytest.raises(ValueError, match="shares out"):
        largest_remainder(total, shares)

"""Money is whole dong: what is divided adds up to what there was, to the last one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.errors import InvalidInput
from media_archive.royalties.money import divided, worth
from media_archive.royalties.rates import coefficient_of, shown_coefficient


@pytest.mark.parametrize(
    ("coefficient", "unit_value", "dong"),
    [(150, 234_000, 351_000), (1, 149, 1), (1, 150, 2), (33, 101, 33), (1_000, 234_000, 2_340_000)],
)
def test_a_product_is_worth_coefficient_times_value_with_half_a_dong_up(coefficient: int, unit_value: int, dong: int):
    assert worth(coefficient, unit_value) == dong


@pytest.mark.parametrize(
    ("amount", "shares", "parts"),
    [
        (100, [10_000], [100]),
        (100, [3_333, 3_333, 3_334], [33, 33, 34]),
        (101, [5_000, 5_000], [51, 50]),
        (1, [2_000, 3_000, 5_000], [0, 0, 1]),
        (0, [5_000, 5_000], [0, 0]),
        (351_000, [7_000, 3_000], [245_700, 105_300]),
    ],
)
def test_what_is_left_goes_to_who_lost_most(amount: int, shares: list[int], parts: list[int]):
    assert divided(amount, shares) == parts


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**12), st.lists(st.integers(1, 9_999), min_size=1, max_size=20))
def test_parts_add_up_and_nobody_loses_a_dong(amount: int, weights: list[int]):
    total = sum(weights)
    shares = [weight * 10_000 // total for weight in weights]
    shares[0] += 10_000 - sum(shares)
    parts = divided(amount, shares)
    assert sum(parts) == amount
    assert all(abs(part - amount * share / 10_000) < 1 + 1e-3 for part, share in zip(parts, shares, strict=True))


def test_shares_that_are_not_all_are_refused():
    with pytest.raises(ValueError, match="100 %"):
        divided(100, [5_000, 4_999])


@pytest.mark.parametrize(
    ("text", "hundredths"), [("1,5", 150), ("0.05", 5), (" 12 ", 1_200), ("3,", 300), ("1000", 100_000)]
)
def test_coefficients_are_read_as_people_write_them(text: str, hundredths: int):
    assert coefficient_of(text) == hundredths


@pytest.mark.parametrize("text", ["", "a", "-1", "1,555", "1.2.3", "10000", "²", ",5"])
def test_other_texts_are_no_coefficients(text: str):
    with pytest.raises(InvalidInput):
        coefficient_of(text)


def test_coefficients_are_shown_in_each_language():
    assert (shown_coefficient(1_205), shown_coefficient(5, ".")) == ("12,05", "0.05")

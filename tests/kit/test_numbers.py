"""Whole numbers as people write them: thousands in groups, and no half of anything taken for ten times as much."""

import pytest

from kit.numbers import written_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("1234", 1234),
        ("007", 7),
        ("1.234", 1234),
        ("1,234,567", 1_234_567),
        ("12 345", 12_345),
        ("1\u202f234", 1234),
        ("999999999999999", 999_999_999_999_999),
    ],
)
def test_written_numbers_are_read(text: str, number: int):
    assert written_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1.5",
        "120.5",
        "1.23",
        "1.234,567",
        "0.123",
        "1.2345",
        "-3",
        "+3",
        "1e3",
        "٣",
        "1_000",
        "9" * 16,
        " 5",
        "mười",
    ],
)
def test_what_is_no_whole_number_is_none(text: str):
    assert written_number(text) is None

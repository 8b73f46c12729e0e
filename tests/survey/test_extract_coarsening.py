"""Combinations of segments are joined until each has five answers: always, and no further than needed."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.downloads.extract.coarsening import Column, TooFewAnswers, coarsened

AGE, GENDER, UNIT, REGION = (
    Column("age_band", 4, ordered=True),
    Column("gender", 2),
    Column("unit", 3),
    Column("region", 2),
)
COLUMNS = (AGE, GENDER, UNIT, REGION)


def told(answers, columns=COLUMNS, k=5):
    found = coarsened(answers, columns, k)
    sizes = Counter()
    for combination, cell in found.items():
        sizes[cell] += answers[combination]
        assert all(code in value for code, value in zip(combination, cell, strict=True))
    return found, sizes


def value(*codes):
    return frozenset(codes)


def test_leaves_alone_what_is_large_enough():
    answers = {(0, 0, 0, 0): 5, (1, 0, 0, 0): 9, (3, 1, 2, 1): 5}
    found, _ = told(answers)
    assert found == {combination: tuple(map(value, combination)) for combination in answers}


def test_joins_neighbouring_ages_first():
    answers = {(0, 0, 0, 0): 3, (1, 0, 0, 0): 9, (2, 0, 0, 0): 8, (3, 0, 0, 0): 30, (0, 1, 0, 0): 40}
    found, sizes = told(answers)
    assert found[0, 0, 0, 0] == found[1, 0, 0, 0] == (value(0, 1), value(0), value(0), value(0))
    assert found[2, 0, 0, 0][0] == value(2)
    assert sizes[found[0, 0, 0, 0]] == 12
    assert len(sizes) == 4


def test_then_gives_up_gender_then_the_unit_then_the_region():
    few = {(0, 0, 0, 0): 1, (1, 1, 0, 0): 5}
    found, _ = told(few)
    assert set(found.values()) == {(AGE.everything, GENDER.everything, value(0), value(0))}
    found, _ = told({(0, 0, 0, 0): 1, (1, 1, 1, 0): 5, (1, 1, 2, 1): 5})
    assert found[0, 0, 0, 0] == (AGE.everything, GENDER.everything, UNIT.everything, value(0))
    assert found[1, 1, 2, 1] == (value(1), value(1), value(2), value(1))
    found, _ = told({(0, 0, 0, 0): 1, (1, 1, 1, 1): 5})
    assert set(found.values()) == {tuple(column.everything for column in COLUMNS)}


def test_few_that_are_alike_need_no_others():
    columns = (Column("field", 2), Column("gender", 2))
    found, _ = told({(0, 0): 3, (1, 0): 3, (0, 1): 50}, columns)
    assert found == {(0, 0): (value(0, 1), value(0)), (1, 0): (value(0, 1), value(0)), (0, 1): (value(0), value(1))}


def test_refuses_fewer_than_k():
    with pytest.raises(TooFewAnswers):
        coarsened({(0, 0, 0, 0): 4}, COLUMNS)


COMBINATION = st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(0, 2), st.integers(0, 1))


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(COMBINATION, st.integers(1, 12), min_size=1), st.integers(2, 9))
def test_everybody_is_one_of_k_at_least(answers, k):
    if sum(answers.values()) < k:
        return
    found, sizes = told(answers, COLUMNS, k)
    assert min(sizes.values()) >= k
    assert sum(sizes.values()) == sum(answers.values())
    assert coarsened(dict(reversed(answers.items())), COLUMNS, k) == found


def test_holds_for_many_answers_and_six_columns():
    columns = (Column("field", 17), Column("education", 8), Column("age_band", 5, ordered=True), *COLUMNS[1:2])
    columns += (Column("unit", 32), Column("region", 7))
    chance = np.random.default_rng(7)
    rows = np.stack([chance.integers(0, column.size, 20_000) for column in columns], axis=1)
    rows[:, -1] = rows[:, -2] % 7
    answers = Counter(map(tuple, rows.tolist()))
    _, sizes = told(answers, columns)
    assert min(sizes.values()) >= 5
    # Places and ages survive: nearly everybody is told with unit and gender.
    whole = {column.name: frozenset(range(column.size)) for column in columns}
    with_unit = sum(number for cell, number in sizes.items() if cell[4] != whole["unit"] and cell[3] != whole["gender"])
    assert with_unit > 19_900

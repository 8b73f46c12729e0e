"""A table hides small bases, and whatever else is needed so that nobody works them out: attacked here in three ways."""

import csv
import os
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from results_attacker import Attacker
from scipy.optimize import linprog

from survey.results.protection import Layer, Shown, exposed_cells, is_open, lines, protect, small_cells
from survey.results.tabulation import Counts, with_margins

MINIMUM = 10


def table(inner: list[list[int]]) -> Counts:
    """A table over two axes; the third has one category, so that its total repeats it."""
    return with_margins(np.array(inner, dtype=np.int64)[:, :, None])


def shown_of(mask: np.ndarray) -> list[list[int]]:
    """The margin over the third axis as rows of 1 (shown) and 0 (hidden)."""
    return (~mask[:, :, -1]).astype(int).tolist()


def feasible_width(base: Counts, mask: np.ndarray, place: tuple[int, ...]) -> float:
    """How far the least and the most that a hidden base could be lie apart, for a reader of everything shown.

    Written apart from the product's audit: here the unknowns are the hidden cells inside the table alone.
    """
    inner = tuple(extent - 1 for extent in base.shape)
    unknown = [cell for cell in product(*map(range, inner)) if mask[cell]]

    def block(total: tuple[int, ...]) -> list[float]:
        return [float(all(t in (c, n) for t, c, n in zip(total, cell, inner, strict=True))) for cell in unknown]

    truth = np.array([base[cell] for cell in unknown], dtype=float)
    shown = np.array([block(total) for total in product(*map(range, base.shape)) if not mask[total]])
    aim = np.array(block(place))
    ends = []
    for sign in (1, -1):
        found = linprog(sign * aim, A_eq=shown, b_eq=shown @ truth) if len(shown) else None
        if found is None or found.status == 3:
            ends.append(np.inf)
            continue
        assert found.status == 0, found.message
        ends.append(float(sign * found.fun))
    return float("inf") if np.inf in ends else ends[1] - ends[0]


def assert_withstands(base: Counts, mask: np.ndarray, minimum: int = MINIMUM) -> None:
    """Assert that no hidden cell's base can be narrowed below the minimum, nor a line read off."""
    assert not (small_cells([Layer(base)], minimum) & ~mask).any()
    assert not any(is_open(line, mask, [Layer(base)], minimum) for line in lines(base.shape))
    for place in map(tuple, np.argwhere(mask)):
        assert feasible_width(base, mask, place) >= minimum - 1e-6, place


def test_shows_everything_when_nothing_is_small():
    assert not protect([Layer(table([[20, 30], [40, 10]]))], MINIMUM, seed=1).any()


def test_hides_a_small_cell_with_the_cheapest_rectangle_around_it():
    mask = protect([Layer(table([[4, 30, 50], [60, 70, 20], [80, 15, 90]]))], MINIMUM, seed=1)
    assert shown_of(mask) == [[0, 0, 1, 1], [1, 1, 1, 1], [0, 0, 1, 1], [1, 1, 1, 1]]


def test_hides_an_empty_cell_like_a_small_one():
    empty = protect([Layer(table([[0, 30, 50], [60, 70, 20], [80, 15, 90]]))], MINIMUM, seed=1)
    small = protect([Layer(table([[9, 30, 50], [60, 70, 20], [80, 15, 90]]))], MINIMUM, seed=1)
    assert shown_of(empty) == shown_of(small) == [[0, 0, 1, 1], [1, 1, 1, 1], [0, 0, 1, 1], [1, 1, 1, 1]]


def test_shows_a_base_of_exactly_the_minimum_and_hides_one_less():
    assert not protect([Layer(table([[10], [11]]))], 10, seed=1).any()
    assert protect([Layer(table([[9], [11]]))], 10, seed=1)[0, 0, 0]


def test_a_hidden_pair_must_come_to_the_minimum():
    """3 + 5 hidden in a row of which the total is shown: the reader knows of 8 people, so a third cell goes too."""
    mask = protect([Layer(table([[3, 5, 40], [50, 60, 70]]))], MINIMUM, seed=1)
    assert shown_of(mask)[0] == [0, 0, 0, 1]


def test_hides_everything_when_the_whole_is_too_small():
    assert protect([Layer(table([[1, 2], [3, 3]]))], MINIMUM, seed=1).all()


def test_hides_alike_in_every_layer():
    """The second question was answered by fewer people: where it is too small, the first is hidden too."""
    first, second = table([[40, 30], [50, 60]]), table([[9, 30], [50, 60]])
    mask = protect([Layer(first), Layer(second)], MINIMUM, seed=1)
    assert mask[0, 0, 0]
    assert_withstands(second, mask)


def test_the_audit_finds_what_lines_cannot_see():
    """Each line hides two cells or none, and yet the cell in the middle is a bridge between two rectangles: known."""
    inner = np.full((5, 5), 50)
    mask = np.zeros((6, 6, 2), dtype=bool)
    for row, column in [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (2, 2), (3, 3), (3, 4), (4, 3), (4, 4), (2, 3)]:
        mask[row, column, :] = True
    layer = Layer(table(inner.tolist()))
    assert not any(is_open(line, mask, [layer], MINIMUM) for line in lines(mask.shape))
    assert set(exposed_cells(layer, mask, MINIMUM)) >= {(1, 2, 0), (2, 2, 0), (2, 3, 0)}
    assert not list(exposed_cells(layer, protect([layer], MINIMUM, seed=1, hidden=mask), MINIMUM))


def test_the_participants_shown_elsewhere_bound_a_hidden_base():
    """12 and 31 took part where 9 and 30 answered: the pair has too little room to hide in, so more is hidden."""
    base = table([[9, 30, 60], [50, 61, 70], [40, 80, 90]])
    participants = table([[12, 31, 99], [99, 99, 99], [99, 99, 99]])
    mask = np.zeros(base.shape, dtype=bool)
    mask[0, :2] = mask[1, :2] = True
    within = Shown(participants, np.zeros(base.shape, dtype=bool))
    assert not list(exposed_cells(Layer(base), mask, MINIMUM))
    assert set(exposed_cells(Layer(base, within), mask, MINIMUM)) >= {(0, 0, 0), (0, 1, 0)}
    assert not list(exposed_cells(Layer(base, within), protect([Layer(base, within)], MINIMUM, seed=1), MINIMUM))


def test_the_seed_alone_settles_ties():
    base = table([[4, 20, 20], [20, 20, 20], [20, 20, 20]])
    masks = [protect([Layer(base)], MINIMUM, seed=number) for number in (1, 1, 2, 3, 4, 5)]
    assert (masks[0] == masks[1]).all()
    assert any((masks[0] != other).any() for other in masks[2:])


cells = st.sampled_from([0, 0, 1, 3, 7, 9, 10, 11, 14, 20, 35, 60, 200])


@seed(20260718)
@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data())
def test_withstands_an_attack_by_linear_programming_on_random_tables(data: st.DataObject):
    shape = data.draw(st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 4)))
    values = data.draw(st.lists(cells, min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
    base = with_margins(np.array(values, dtype=np.int64).reshape(shape))
    assert_withstands(base, protect([Layer(base)], MINIMUM, seed=data.draw(st.integers(0, 9))))


@seed(20261112)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.data())
def test_withstands_an_attack_that_joins_a_question_of_some_with_all_participants(data: st.DataObject):
    shape = data.draw(st.tuples(st.integers(2, 3), st.integers(1, 3), st.integers(1, 3)))
    size = int(np.prod(shape))
    took_part = np.array(data.draw(st.lists(cells, min_size=size, max_size=size)), dtype=np.int64)
    parts = np.array(data.draw(st.lists(st.integers(0, 100), min_size=size, max_size=size)), dtype=np.int64)
    participation = with_margins(took_part.reshape(shape))
    base = with_margins((took_part * parts // 100).reshape(shape))
    shared = protect([Layer(participation)], MINIMUM, seed=1)
    mask = protect([Layer(base, Shown(participation, shared))], MINIMUM, seed=1, hidden=shared)
    attacker = Attacker(
        {"question": np.where(mask, np.nan, base), "all": np.where(shared, np.nan, participation)},
        [("question", "all")],
    )
    for name in ("question", "all"):
        for place in attacker.hidden(name):
            assert mask.all() or attacker.width((1, name, place)) >= MINIMUM - 1e-6, (name, place)


@pytest.mark.skipif("LOA_REFERENCE_DIR" not in os.environ, reason="LOA_REFERENCE_DIR names no reference tables")
@pytest.mark.parametrize("name", ["ssb_example1_2014.csv", "ssb_example1_2015.csv"])
def test_withstands_the_attack_on_statistics_norways_tables(name: str):
    path = Path(os.environ["LOA_REFERENCE_DIR"]) / "survey-reference" / "sdc" / name
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    ages, places = sorted({row["age"] for row in rows}), sorted({row["geo"] for row in rows})
    inner = np.zeros((len(ages), len(places), 1), dtype=np.int64)
    for row in rows:
        inner[ages.index(row["age"]), places.index(row["geo"]), 0] = int(row["freq"])
    base = with_margins(inner)
    assert_withstands(base, protect([Layer(base)], 4, seed=1), minimum=4)

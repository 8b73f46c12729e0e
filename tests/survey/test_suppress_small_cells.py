"""Which cells a release hides: small ones with what gives them away, and what everybody in a cell said alike."""

import numpy as np
import pytest

from survey.results.material import Earlier
from survey.results.nodes import Node, Nodes, Piece, nodes_of
from survey.results.protection import Wave, aligned, protected
from survey.results.questions import PARTICIPATION
from survey.results.tabulation import Tally, by_node

MINIMUM = 10
TARGET = "0000100002"
UNITS = tuple(f"{TARGET}0000{number}" for number in range(3))
NODES: Nodes = nodes_of([Piece(path, "southeast") for path in UNITS], TARGET)
NUMBER = {node.path: at for at, node in enumerate(NODES.nodes)}
ALL = NUMBER[TARGET]


def summed(counts):
    """Counts of each unit by age and gender, by node with totals."""
    return by_node(np.array(counts, dtype=np.int64), NODES.made_of)


def tally(base, *chosen):
    """A question's counts; of the last choice they are what is left of the base."""
    rest = np.array(base) - sum(map(np.array, chosen))
    choices = [summed(each) for each in (*chosen, rest)]
    return Tally(summed(base), np.stack(choices, axis=-1))


def asked(base):
    """A question of two choices that nobody answered alike."""
    return tally(base, np.array(base) // 2)


def hidden(participation, questions=None, *, people=None, earlier=(), minimum=MINIMUM):
    """The masks by question."""
    base = summed(participation)
    tallies = {PARTICIPATION: Tally(base, np.zeros((*base.shape, 0), dtype=np.int64)), **(questions or {})}
    everyone = base * 4 if people is None else summed(people)
    return protected(Wave(NODES, tallies, everyone, earlier), minimum, 1).by_question


PLENTY = [[[40, 30], [50, 60]], [[70, 80], [90, 35]], [[45, 55], [65, 75]]]
SMALL = [[[4, 30], [50, 60]], [[70, 80], [90, 35]], [[45, 55], [65, 75]]]


def test_shows_everything_when_nothing_is_small():
    assert not hidden(PLENTY, {"channel": asked(PLENTY)})["channel"].any()


def test_hides_a_small_cell_with_others_in_each_of_its_lines():
    mask = hidden(SMALL)[PARTICIPATION]
    first = mask[NUMBER[UNITS[0]]]
    assert first[0, 0]
    # Another cell of its age, of its gender, and of another unit or all: no sum leaves it alone.
    assert first[0].sum() >= 2
    assert first[:, 0].sum() >= 2
    assert mask[:, 0, 0].sum() >= 2


@pytest.mark.parametrize(("base", "is_hidden"), [(0, True), (9, True), (10, False)])
def test_shows_a_base_of_exactly_the_minimum_and_hides_one_less(base: int, is_hidden: bool):
    counts = np.array(PLENTY)
    counts[0, 0, 0] = base
    assert hidden(counts)[PARTICIPATION][NUMBER[UNITS[0]], 0, 0] == is_hidden


def test_a_programme_may_ask_for_larger_cells():
    assert hidden(PLENTY, minimum=31)[PARTICIPATION][NUMBER[UNITS[0]], 0, 1]


def test_hides_answers_of_people_whom_the_frame_does_not_know():
    people = np.array(PLENTY) * 4
    people[1, 0, 0] = 0
    assert hidden(PLENTY, people=people)[PARTICIPATION][NUMBER[UNITS[1]], 0, 0]


def test_a_question_that_nearly_all_answered_hides_what_participation_hides():
    most = np.array(PLENTY)
    most[0, 0, 0] = 9
    masks = hidden(PLENTY, {"channel": asked(most)})
    assert masks["channel"][NUMBER[UNITS[0]], 0, 0]
    assert (masks["channel"] == masks[PARTICIPATION]).all()


def test_a_question_of_some_hides_more_and_never_shows_what_participation_hides():
    few = np.array(SMALL) // 6
    masks = hidden(SMALL, {"rare": asked(few)})
    assert not (masks[PARTICIPATION] & ~masks["rare"]).any()
    assert masks["rare"].sum() > masks[PARTICIPATION].sum()
    assert not masks[PARTICIPATION][ALL, -1, -1]


def test_hides_what_a_cell_said_alike_for_that_question_only():
    """All 40 young women of the first unit chose the first of three: whoever is one of them did, too."""
    base = np.array(PLENTY)
    first, second = base // 3, base // 3
    first[0, 0, 0], second[0, 0, 0] = 40, 0
    masks = hidden(PLENTY, {"channel": tally(base, first, second), "other": asked(base)})
    assert masks["channel"][NUMBER[UNITS[0]], 0, 0]
    assert masks["channel"].sum() >= 4
    assert not masks["other"].any()
    assert not masks[PARTICIPATION].any()


def test_hides_everything_of_a_question_that_all_answered_alike():
    masks = hidden(PLENTY, {"channel": tally(np.array(PLENTY), np.array(PLENTY))})
    assert masks["channel"].all()
    assert not masks[PARTICIPATION].any()


def kept(counts, mask):
    return Earlier(NODES.nodes, summed(counts), mask)


def test_the_next_release_does_not_give_away_the_few_who_came_since():
    """All is plenty in both; but five more young women in one unit, and thirty elsewhere, would show as differences."""
    before = hidden(PLENTY)[PARTICIPATION]
    assert not before.any()
    after = np.array(PLENTY)
    after[0, 0, 0] += 5
    after[2, 1, 1] += 30
    mask = hidden(after, earlier=[{PARTICIPATION: kept(PLENTY, before)}])[PARTICIPATION]
    assert mask[NUMBER[UNITS[0]], 0, 0]


def test_what_grew_by_enough_is_shown_again():
    before = hidden(PLENTY)[PARTICIPATION]
    after = np.array(PLENTY) + 10
    assert not hidden(after, earlier=[{PARTICIPATION: kept(PLENTY, before)}])[PARTICIPATION].any()


def test_an_earlier_release_of_other_units_is_laid_beside_todays():
    """A node that it did not have was not shown; one that is no more is left out."""
    old = nodes_of([Piece(UNITS[0], "southeast"), Piece(TARGET + "00009", "southeast")], TARGET)
    base = by_node(np.array([PLENTY[0], PLENTY[1]], dtype=np.int64), old.made_of)
    earlier = Earlier(old.nodes, base, np.zeros(base.shape, dtype=np.bool_))
    counts, mask = aligned(earlier, NODES.nodes)
    assert counts[NUMBER[UNITS[0]], -1, -1] == 180
    assert not mask[NUMBER[UNITS[0]]].any()
    assert counts[NUMBER[UNITS[1]]].sum() == 0
    assert mask[NUMBER[UNITS[1]]].all()
    assert Node(TARGET) in old.nodes

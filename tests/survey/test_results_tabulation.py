"""Answers become counts by piece, age band and gender, and by node with every total, exactly."""

import numpy as np
from results_counting import FEMALE, MALE, OLDER, YOUNG, counted, row
from scipy.sparse import csr_array

from survey.questionnaires.definition import Choice, Text
from survey.results.questions import Question
from survey.results.tabulation import by_node


def question(code: str, kind: str, *choices: str) -> Question:
    text = Text({"vi": code, "en": code})
    return Question(code, code, kind, text, tuple(Choice(each, text) for each in choices))


CHANNEL = question("channel", "single", "zalo", "board")
TOPICS = question("topics", "multiple", "law", "pay", "none")
ANSWERS = [
    row("under_25", "female", 0, {"channel": "zalo", "topics": ["law", "pay"]}),
    row("under_25", "female", 0, {"channel": "board", "topics": ["law"]}),
    row("under_25", "male", 0, {"channel": "zalo"}),
    row("25_34", "female", 1, {"topics": ["none"]}),
    row("25_34", "male", 0, {"channel": "board", "topics": []}),
]


def test_counts_who_took_part_in_each_cell():
    took_part, _ = counted([CHANNEL, TOPICS], ANSWERS)
    assert took_part.tolist() == [[[2, 1], [0, 1]], [[0, 0], [1, 0]]]


def test_a_base_counts_who_answered_the_question():
    _, (channel, topics) = counted([CHANNEL, TOPICS], ANSWERS)
    assert channel.base.tolist() == [[[2, 1], [0, 1]], [[0, 0], [0, 0]]]
    assert topics.base.tolist() == [[[2, 0], [0, 0]], [[0, 0], [1, 0]]]


def test_a_single_choice_adds_up_to_its_base_in_every_cell():
    _, (channel, _) = counted([CHANNEL, TOPICS], ANSWERS)
    assert channel.chosen[0, YOUNG, FEMALE].tolist() == [1, 1]
    assert (channel.chosen.sum(axis=-1) == channel.base).all()


def test_a_multiple_choice_counts_in_each_choice_ticked_and_once_in_its_base():
    _, (_, topics) = counted([CHANNEL, TOPICS], ANSWERS)
    assert topics.chosen[0, YOUNG, FEMALE].tolist() == [2, 1, 0]
    assert topics.base[0, YOUNG, FEMALE] == 2


def test_whoever_ticks_only_that_nothing_applies_has_answered():
    _, (_, topics) = counted([CHANNEL, TOPICS], ANSWERS)
    assert (topics.base[1, OLDER, FEMALE], topics.chosen[1, OLDER, FEMALE].tolist()) == (1, [0, 0, 1])


def test_whoever_ticks_nothing_or_only_what_the_question_lacks_has_not_answered():
    answers = [
        row("25_34", "male", 0, values) for values in ({}, {"topics": []}, {"topics": ["gone"]}, {"topics": ["pay"]})
    ]
    _, (topics,) = counted([TOPICS], answers)
    assert (topics.base[0, OLDER, MALE], topics.chosen[0, OLDER, MALE].tolist()) == (1, [0, 1, 0])


def test_of_a_ranking_counts_what_was_ranked_in_whatever_place():
    order = question("order", "ranking", "news", "leaflet", "meeting")
    answers = [row("25_34", "male", 0, {"order": ranked}) for ranked in (["news", "leaflet"], ["leaflet", "news"])]
    _, (ranking,) = counted([order], answers)
    assert (ranking.base[0, OLDER, MALE], ranking.chosen[0, OLDER, MALE].tolist()) == (2, [2, 2, 0])


def test_a_point_on_a_scale_is_the_choice_of_its_number():
    trust = question("trust", "scale", "1", "2", "3", "4", "5")
    _, (scale,) = counted([trust], [row("25_34", "male", 0, {"trust": point}) for point in (1, 5, 5)])
    assert scale.chosen[0, OLDER, MALE].tolist() == [1, 0, 0, 0, 2]


def test_a_matrix_row_is_a_question_of_its_own():
    rows = [question(f"grid.{each}", "matrix", "good", "bad") for each in ("pay", "hours")]
    answers = [row("25_34", "male", 0, {"grid.pay": "good"}), row("25_34", "male", 0, {"grid.hours": "bad"})]
    _, (pay, hours) = counted(rows, answers)
    assert (pay.base.sum(), pay.chosen[0, OLDER, MALE].tolist()) == (1, [1, 0])
    assert (hours.base.sum(), hours.chosen[0, OLDER, MALE].tolist()) == (1, [0, 1])


def test_nodes_are_sums_of_their_pieces_with_totals_of_ages_and_genders():
    took_part, _ = counted([CHANNEL], ANSWERS)
    summed = by_node(took_part, csr_array(np.array([[1, 1], [0, 1]])))
    assert summed.tolist() == [
        [[2, 1, 3], [1, 1, 2], [3, 2, 5]],
        [[0, 0, 0], [1, 0, 1], [1, 0, 1]],
    ]


def test_no_answers_give_an_empty_table():
    took_part, (channel,) = counted([CHANNEL], [])
    assert (took_part.sum(), channel.base.sum(), channel.chosen.shape[-1]) == (0, 0, 2)


def test_answers_come_in_parts_of_any_size():
    whole = counted([CHANNEL, TOPICS], ANSWERS)
    for size in (1, 2, 3):
        parts = counted([CHANNEL, TOPICS], ANSWERS, chunk=size)
        assert parts[0].tolist() == whole[0].tolist()
        for one, other in zip(parts[1], whole[1], strict=True):
            assert (one.base.tolist(), one.chosen.tolist()) == (other.base.tolist(), other.chosen.tolist())

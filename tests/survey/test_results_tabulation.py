"""Answers become counts by age band, gender and region with every margin, exactly."""

from survey.results.questions import Question
from survey.results.tabulation import Tabulation, tabulate

CHANNEL = Question("channel", ("zalo", "board"))
TOPICS = Question("topics", ("law", "pay"))
ORDER = {"age_band": ("under_25", "25_34"), "gender": ("female", "male"), "region": ("southeast", "mekong_delta")}


ANSWERS = (
    (("under_25", "female", "southeast"), {"channel": "zalo", "topics": ["law", "pay"]}),
    (("under_25", "female", "southeast"), {"channel": "board", "topics": ["law"]}),
    (("under_25", "male", "southeast"), {"channel": "zalo"}),
    (("25_34", "female", "mekong_delta"), {"topics": ["pay"]}),
    (("25_34", "male", "southeast"), {"channel": "board", "topics": []}),
)


def tabulated() -> Tabulation:
    return tabulate([place for place, _ in ANSWERS], [values for _, values in ANSWERS], [CHANNEL, TOPICS], ORDER)


def test_counts_the_answers_of_each_cell_with_all_totals():
    # ages × genders, summed over regions; the last row and column are totals.
    assert tabulated().participation[:, :, -1].tolist() == [[2, 1, 3], [1, 1, 2], [3, 2, 5]]
    assert tabulated().participation[-1, -1].tolist() == [4, 1, 5]
    assert tabulated().participation[0, 0].tolist() == [2, 0, 2]


def test_a_base_counts_who_answered_the_question():
    channel, topics = tabulated().tables
    assert channel.base[:, :, -1].tolist() == [[2, 1, 3], [0, 1, 1], [2, 2, 4]]
    assert topics.base[:, :, -1].tolist() == [[2, 0, 2], [1, 0, 1], [3, 0, 3]]


def test_a_single_choice_adds_up_to_its_base_in_every_cell():
    channel = tabulated().tables[0]
    assert channel.counts[:, -1, -1, -1].tolist() == [2, 2]
    assert (channel.counts.sum(axis=0) == channel.base).all()


def test_a_multiple_choice_counts_in_each_choice_ticked():
    topics = tabulated().tables[1]
    assert topics.counts[:, -1, -1, -1].tolist() == [2, 2]
    assert topics.counts[:, 0, 0, 0].tolist() == [2, 1]


def test_a_point_on_a_scale_is_the_choice_of_its_number():
    values = [{"trust": point} for point in (1, 5, 5)]
    (trust,) = tabulate(
        [("25_34", "male", "southeast")] * 3, values, [Question("trust", ("1", "2", "3", "4", "5"))], ORDER
    ).tables
    assert trust.counts[:, -1, -1, -1].tolist() == [1, 0, 0, 0, 2]


def test_categories_come_in_the_vocabularys_order():
    assert tabulated().categories.axes == (("under_25", "25_34"), ("female", "male"), ("southeast", "mekong_delta"))


def test_no_answers_give_an_empty_table():
    counted = tabulate([], [], [CHANNEL], ORDER)
    assert counted.answers == 0
    assert counted.tables[0].base.shape == (1, 1, 1)

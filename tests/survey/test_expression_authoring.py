"""An expression that makes no sense is refused when it is written, with the place where it does not."""

import pytest
from kinds_world import every_kind

from kit.errors import InvalidInput
from survey.questionnaires.checking import checked

UNSAFE = (2, 2)


def with_condition(expression: object) -> dict:
    """The questionnaire of every kind, with another condition on its question “unsafe”."""
    document = every_kind()
    document["sections"][2]["questions"][2]["shown_if"] = expression
    return document


def nested(depth: int) -> object:
    expression: object = True
    for _ in range(depth - 1):
        expression = {"not": expression}
    return expression


SOUND: list = [
    True,
    {"answered": "care", "row": "heard"},
    {"=": [{"answer": "care", "row": "safe"}, "partly"]},
    {"=": [{"answer": "works"}, {"answer": "poor"}]},
    {"in": [{"answer": "pay"}, [1, 2.5]]},
    {"<": [{"answer": "born"}, {"today": -1, "years": 1}]},
    {"=": [{"/": [{"answer": "pay"}, {"count": "best"}]}, 1]},
    {"question": "best", "is": ["a", "b", "c"]},
    {"=": [True, {"answered": "pay"}]},
    nested(12),
    {"and": [True] * 99 + [{"or": [False] * 98}]},
]


@pytest.mark.parametrize("expression", SOUND, ids=[str(place) for place in range(len(SOUND))])
def test_accepts_what_makes_sense(expression):
    assert checked(with_condition(expression))


SENSELESS: list = [
    # (expression, where below `unsafe.shown_if`, what is wrong)
    ({"answer": "nowhere"}, ".answer", "there is no earlier question “nowhere”"),
    ({"answered": "useful"}, ".answered", "there is no earlier question “useful”"),
    ({"answered": "unsafe"}, ".answered", "there is no earlier question “unsafe”"),
    ({"and": [True, {"not": {"question": "works", "is": ["z", "a"]}}]}, ".and[1].not.is", "there is no choice “z”"),
    ({"question": "care", "row": "safe", "is": ["a"]}, ".is", "there is no choice “a”"),
    ({"question": "care", "is": ["yes"]}, "", "row goes with a matrix, and a matrix with a row"),
    ({"question": "works", "row": "safe", "is": ["a"]}, "", "row goes with a matrix, and a matrix with a row"),
    ({"question": "care", "row": "pay", "is": ["yes"]}, ".row", "there is no row “pay”"),
    ({"question": "pay", "is": ["a"]}, ".question", "goes with a question with choices only"),
    ({"answered": "welcome"}, ".answered", "a note has no answer"),
    ({">": [{"count": "works"}, 1]}, ".>[0].count", "only several choices can be counted"),
    (
        {"=": [{"answer": "channels"}, "c1"]},
        ".=[0].answer",
        "this question has no single answer: use question … is, or count",
    ),
    ({"=": [{"answer": "works"}, "z"]}, ".=[1]", "there is no choice “z”"),
    ({"=": ["z", {"answer": "works"}]}, ".=[0]", "there is no choice “z”"),
    ({"in": [{"answer": "works"}, ["a", "z"]]}, ".in[1][1]", "there is no choice “z”"),
    ({"in": [{"answer": "works"}, ["a", 1]]}, ".in[1][1]", "must be text, not number"),
    ({"=": [{"answer": "works"}, 1]}, ".=[1]", "must be text, not number"),
    ({"<": [{"answer": "works"}, "b"]}, ".<[1]", "only numbers and dates are smaller or larger"),
    ({"<": [{"answer": "born"}, "2026-01-01"]}, ".<[1]", "must be date, not text"),
    ({"=": [{"answer": "born"}, {"date": "2026-02-30"}]}, ".=[1].date", "there is no day “2026-02-30”"),
    ({"+": [1, 2]}, "", "must be boolean, not number"),
    ({"answer": "pay"}, "", "must be boolean, not number"),
    ("yes", "", "must be boolean, not text"),
    ({"and": [True, {"answer": "pay"}]}, ".and[1]", "must be boolean, not number"),
    ({"not": 1}, ".not", "must be boolean, not number"),
    ({"=": [{"+": [{"answer": "pay"}, {"answer": "born"}]}, 1]}, ".=[0].+[1]", "must be number, not date"),
    (nested(13), "", "is nested deeper than 12"),
    (
        {"and": [True] * 100 + []} | {"and": [{"or": [False] * 100}, {"or": [False] * 100}]},
        "",
        "has more than 200 parts",
    ),
]


@pytest.mark.parametrize(("expression", "place", "fault"), SENSELESS, ids=[str(n) for n in range(len(SENSELESS))])
def test_names_the_place_of_what_makes_no_sense(expression, place, fault):
    with pytest.raises(InvalidInput) as refusal:
        checked(with_condition(expression))
    assert refusal.value.details["field"] == f"definition.unsafe.shown_if{place}"
    assert fault in refusal.value.message("en")


@pytest.mark.parametrize(
    ("expression", "place"),
    [
        (None, ""),
        ([], ""),
        ({}, ""),
        ({"xor": [True, False]}, ""),
        ({"and": [True], "or": [True]}, ""),
        ({"and": []}, ".and"),
        ({"and": True}, ".and"),
        ({"=": [1]}, "['=']"),
        ({"and": [{"=": [1, 2, 3]}]}, ".and[0]['=']"),
        ({"+": [1]}, "['+']"),
        ({"question": "works"}, ""),
        ({"is": ["a"]}, ""),
        ({"question": "works", "is": []}, ".is"),
        ({"count": "channels", "row": "a"}, ""),
        ({"today": 1.5}, ".today"),
        ({"today": 0, "years": 101}, ".years"),
        ({"years": 1}, ""),
        ({"date": "1.1.2026"}, ".date"),
        ({"=": [9007199254740992, 1]}, "['='][0]"),
        ({"=": [None, 1]}, "['='][0]"),
        ({"in": [1]}, ".in"),
        ({"in": [1, [[1]]]}, ".in[1][0]"),
        ({"=": ["a\0", "b"]}, "['='][0]"),
        (nested(100), None),
        (nested(5_00), None),
    ],
)
def test_what_is_no_expression_is_refused_by_the_schema(expression, place):
    with pytest.raises(InvalidInput) as refusal:
        checked(with_condition(expression))
    if place is not None:
        assert refusal.value.details["field"] == f"definition.sections[2].questions[2].shown_if{place}"


def test_a_section_looks_back_at_earlier_sections_only():
    document = every_kind()
    document["sections"][1]["shown_if"] = {"answered": "pay"}
    with pytest.raises(InvalidInput) as refusal:
        checked(document)
    assert refusal.value.details["field"] == "definition.work.shown_if.answered"


def test_a_constraint_speaks_of_its_own_question_and_earlier_ones():
    document = every_kind()
    document["sections"][1]["questions"][1]["constraint"] = {
        "expression": {">": [{"answer": "pay"}, {"answer": "rent"}]},
        "message": {"vi": "a", "en": "a"},
    }
    with pytest.raises(InvalidInput) as refusal:
        checked(document)
    assert refusal.value.details["field"] == "definition.pay.constraint.>[1].answer"

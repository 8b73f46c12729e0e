"""One check of answers for every way in: each kind of question has its rules and its words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from survey_world import definition

from survey.answers.validation import check, segments
from survey.questionnaires.checking import checked

DEFINITION = checked(definition())


def issues(**answers: list[str]) -> list[tuple[str, str]]:
    return [(issue.question, issue.code) for issue in check(DEFINITION, {"reached": ["yes"], **answers}).issues]


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"reached": []}, "REQUIRED"),
        ({"reached": ["  "]}, "REQUIRED"),
        ({"reached": ["perhaps"]}, "NOT_A_CHOICE"),
        ({"reached": ["yes", "no"]}, "TOO_MANY"),
        ({"channels": ["zalo", "fax"]}, "NOT_A_CHOICE"),
        ({"channels": ["zalo", "none"]}, "EXCLUSIVE_CHOICE"),
        ({"useful": ["6"]}, "OUT_OF_RANGE"),
        ({"useful": ["0"]}, "OUT_OF_RANGE"),
        ({"hours": ["-1"]}, "OUT_OF_RANGE"),
        ({"hours": ["9" * 5000]}, "OUT_OF_RANGE"),
        ({"hours": ["4,5"]}, "NOT_A_NUMBER"),
        ({"hours": ["٤٨"]}, "NOT_A_NUMBER"),
        ({"hours": ["--5"]}, "NOT_A_NUMBER"),
        ({"missing": ["x" * 21]}, "TOO_LONG"),
        ({"missing": ["a", "b"]}, "TOO_MANY"),
        ({"comment": ["a\0b"]}, "INVALID_TEXT"),
        ({"comment": ["a\ud800b"]}, "INVALID_TEXT"),
        ({"salary": ["1"]}, "UNKNOWN_QUESTION"),
    ],
)
def test_names_what_is_wrong(answers, code):
    (question,) = answers
    assert issues(**answers) == [(question, code)]


def test_every_message_exists_in_both_languages():
    wrong = check(DEFINITION, {"reached": ["yes"], "channels": ["zalo", "none"]}).issues[0]
    assert wrong.message("vi") == "Không thể chọn “Không kênh nào” cùng với câu trả lời khác."
    assert wrong.message("en") == "“None” can't be chosen together with other answers."


def test_values_have_their_stored_form():
    raw = {"reached": ["yes"], "channels": ["board", "zalo", "zalo"], "hours": [" 048 "], "comment": [" a\r\nb "]}
    assert check(DEFINITION, raw).values == {
        "reached": "yes",
        "channels": ["zalo", "board"],
        "hours": 48,
        "comment": "a\nb",
    }


def test_what_is_not_asked_is_not_even_checked():
    found = check(DEFINITION, {"reached": ["no"], "channels": ["fax"]})
    assert (found.values, found.issues) == ({"reached": "no"}, [])


def test_segments_are_coded_and_what_is_not_said_is_none():
    values = {"age": "not_said", "gender": "female"}
    assert segments(DEFINITION, values) == (None, "female", None)


@given(st.dictionaries(st.sampled_from([q.code for q in DEFINITION.questions]), st.lists(st.text(), max_size=3)))
def test_no_input_breaks_the_check_and_accepted_values_pass_again(raw):
    found = check(DEFINITION, raw)
    if found.issues:
        return
    again = {
        code: [str(v) for v in (value if isinstance(value, list) else [value])] for code, value in found.values.items()
    }
    assert check(DEFINITION, again).values == found.values

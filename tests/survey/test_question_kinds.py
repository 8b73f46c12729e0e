"""Every kind of question takes its answers, refuses what is none, and keeps nothing that was not asked."""

from datetime import date

import orjson
import pytest
from jsonschema import Draft202012Validator
from kinds_world import every_kind

from kit.errors import InvalidInput
from survey.answers.validation import check
from survey.questionnaires.checking import checked
from survey.questionnaires.definition import schema
from survey.questionnaires.ordering import ordered_choices

DEFINITION = checked(every_kind())
DAY = date(2026, 7, 28)
CHANNELS = next(question for question in DEFINITION.questions if question.code == "channels")


def given(**answers: object) -> dict:
    """What is stored of answers to a whole form; rows and words at “other” are written with two underscores."""
    raw = {name.replace("__", "."): value if isinstance(value, list) else [value] for name, value in answers.items()}
    found = check(DEFINITION, {"works": ["a"], **raw}, DAY)
    assert [(issue.question, issue.code) for issue in found.issues] == []
    return found.values


def refused(**answers: object) -> tuple[str, str, str, str]:
    raw = {name.replace("__", "."): value if isinstance(value, list) else [value] for name, value in answers.items()}
    (issue,) = check(DEFINITION, {"works": ["a"], **raw}, DAY).issues
    return issue.question, issue.code, issue.message("vi"), issue.message("en")


def test_all_ten_kinds_are_in_the_published_schema_and_asked_here():
    assert {question.kind for question in DEFINITION.questions} == set(
        schema()["$defs"]["question"]["properties"]["kind"]["enum"]
    )


def test_every_kind_is_stored_in_its_form():
    filled = given(
        works="else", works__other="  làm thêm ", channels=["else", "c3"], channels__other="Loa xã", born="01/02/1990",
        pay="12,50", rent="4.00", best=["c", "", "a"], care__heard="yes", care__safe="no", unsafe="Máy cũ\r\nquá",
        useful="4", habit="b",
    )  # fmt: skip
    assert filled == {
        "works": "else",
        "works.other": "làm thêm",
        "channels": ["c3", "else"],
        "channels.other": "Loa xã",
        "born": "1990-02-01",
        "pay": 12.5,
        "rent": 4,
        "best": ["c", "a"],
        "care.heard": "yes",
        "care.safe": "no",
        "unsafe": "Máy cũ\nquá",
        "useful": 4,
        "habit": "b",
    }
    assert orjson.loads(orjson.dumps(filled)) == filled


@pytest.mark.parametrize(
    ("answers", "question", "code", "vi", "en"),
    [
        ({"works": "b", "works__other": "x"}, "works", "OTHER_NOT_CHOSEN", "Anh/chị viết thêm ở “Khác” nhưng chưa chọn câu đó.", "You wrote something at “Something else” without choosing it."),
        ({"channels": ["else"], "channels__other": "x" * 31}, "channels", "TOO_LONG", "Câu trả lời dài 31 ký tự; xin rút còn 30.", "Your answer has 31 characters; please shorten it to 30."),
        ({"channels": ["else", "none"]}, "channels", "EXCLUSIVE_CHOICE", "Không thể chọn “Không kênh nào” cùng với câu trả lời khác.", "“None” can't be chosen together with other answers."),
        ({"channels": ["c1", "c2", "c3", "c4"]}, "channels", "CONSTRAINT", "Xin chọn nhiều nhất ba kênh.", "Please choose three channels at most."),
        ({"born": "30/02/2000"}, "born", "NOT_A_DATE", "Xin nhập ngày, tháng, năm, ví dụ 31/12/2025.", "Please enter a day, month and year, for example 31/12/2025."),
        ({"born": "2011-07-29"}, "born", "CONSTRAINT", "Phiếu dành cho người từ 15 tuổi.", "This form is for people of 15 and more."),
        ({"pay": "mười"}, "pay", "NOT_A_DECIMAL", "Xin nhập một số, ví dụ 500.", "Please enter a number, for example 500."),
        ({"pay": "1000,01"}, "pay", "OUT_OF_RANGE", "Xin nhập một số từ 0 đến 1000.", "Please enter a number from 0 to 1000."),
        ({"pay": "10", "rent": "10,01"}, "rent", "CONSTRAINT", "Tiền nhà lớn hơn lương?", "Is the rent more than the pay?"),
        ({"pay": "5", "rent": "4"}, "poor", "REQUIRED", "Xin trả lời câu này.", "Please answer this question."),
        ({"best": ["a", "a"]}, "best", "RANKED_TWICE", "“Một” được xếp ở hai chỗ; xin xếp mỗi thứ một chỗ.", "“One” stands in two places; please give each one place."),
        ({"best": ["a", "b", "c"]}, "best", "TOO_MANY_PLACES", "Xin xếp nhiều nhất 2 thứ.", "Please rank at most 2."),
        ({"best": ["d"]}, "best", "NOT_A_CHOICE", "Xin chọn một trong các câu trả lời có sẵn.", "Please choose one of the answers given."),
        ({"care__safe": ["yes", "no"]}, "care", "TOO_MANY", "Câu này chỉ nhận một câu trả lời.", "This question takes one answer only."),
        ({"care__safe": "maybe"}, "care", "NOT_A_CHOICE", "Xin chọn một trong các câu trả lời có sẵn.", "Please choose one of the answers given."),
        ({"care__pay": "yes"}, "care.pay", "UNKNOWN_QUESTION", "Phiếu này không có câu hỏi đó.", "This questionnaire has no such question."),
        ({"care": "yes"}, "care", "UNKNOWN_QUESTION", "Phiếu này không có câu hỏi đó.", "This questionnaire has no such question."),
        ({"welcome": "yes"}, "welcome", "UNKNOWN_QUESTION", "Phiếu này không có câu hỏi đó.", "This questionnaire has no such question."),
        ({"useful__other": "x"}, "useful.other", "UNKNOWN_QUESTION", "Phiếu này không có câu hỏi đó.", "This questionnaire has no such question."),
    ],
)  # fmt: skip
def test_says_what_is_wrong_with_an_answer(answers, question, code, vi, en):
    assert refused(**answers) == (question, code, vi, en)


def test_a_required_ranking_is_complete_and_a_required_matrix_too():
    document = every_kind()
    for question in document["sections"][2]["questions"][:2]:
        question["required"] = True
    asked = checked(document)
    for raw, expected in (
        ({"best": ["a"], "care.heard": ["yes"]}, [("best", "INCOMPLETE"), ("care", "ROW_REQUIRED")]),
        ({}, [("best", "REQUIRED"), ("care", "ROW_REQUIRED")]),
        ({"best": ["a", "b"], "care.heard": ["yes"], "care.safe": ["no"]}, []),
    ):
        issues = check(asked, {"works": ["a"], **raw}, DAY).issues
        assert [(issue.question, issue.code) for issue in issues] == expected
    assert (
        check(asked, {"works": ["a"], "best": ["a", "b"]}, DAY).issues[0].message("en")
        == "Please answer the line “I am heard”, too."
    )


def test_what_a_hidden_section_was_told_is_neither_required_nor_kept_nor_looked_at():
    assert given(works="b", pay="much", rent="9", poor="x" * 9_000) == {"works": "b"}


def test_a_hidden_answer_counts_for_nothing_further_on():
    assert given(works="a", pay="5", rent="4", poor="đi vay") == {"works": "a", "pay": 5, "rent": 4, "poor": "đi vay"}
    # The pay is not known, so nobody can say that little is left.
    assert given(works="a", rent="4", poor="đi vay") == {"works": "a", "rent": 4}


def test_a_condition_follows_a_row_of_a_matrix_or_a_ranking():
    assert "unsafe" in given(care__safe="no", unsafe="máy cũ")
    assert "unsafe" in given(best=["c"], unsafe="máy cũ")
    assert "unsafe" not in given(care__safe="yes", care__heard="no", best=["a"], unsafe="máy cũ")


def test_a_constraint_is_about_the_day_of_the_answer():
    assert given(born="2011-07-28")["born"] == "2011-07-28"
    assert check(DEFINITION, {"works": ["a"], "born": ["2011-07-29"]}, date(2026, 7, 29)).issues == []


def test_random_order_is_one_order_for_one_filling_and_another_for_the_next():
    orders = {tuple(choice.code for choice in ordered_choices(CHANNELS, f"key {n}")) for n in range(50)}
    assert len(orders) == 50
    assert all(order[8:] == ("else", "none") and sorted(order[:8]) == [f"c{n}" for n in range(8)] for order in orders)
    assert ordered_choices(CHANNELS, "key 1") == ordered_choices(CHANNELS, "key 1")
    # Fixed, so that another program can make the same order.
    assert [choice.code for choice in ordered_choices(CHANNELS, "key")][:8] == ORDER_OF_KEY


# The order of `printf key:channels:c0 | sha256sum` and so on.
ORDER_OF_KEY = ["c0", "c1", "c3", "c5", "c2", "c7", "c4", "c6"]


def test_every_choice_comes_first_about_as_often():
    first = [ordered_choices(CHANNELS, f"{n}")[0].code for n in range(4_000)]
    assert all(400 < first.count(f"c{n}") < 600 for n in range(8))


async def test_the_schema_is_served_and_judges_as_the_authoring_does(client):
    reply = await client.get("/f/questionnaire.schema.json")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/schema+json")
    served = reply.json()
    Draft202012Validator.check_schema(served)
    validator = Draft202012Validator(served)
    assert validator.is_valid(every_kind())
    for place, change in FAULTS:
        document = every_kind()
        document["sections"][place[0]]["questions"][place[1]] |= change
        assert not validator.is_valid(document), change
        with pytest.raises(InvalidInput):
            checked(document)


FAULTS: list = [
    ((0, 0), {"concept": "welcome"}),
    ((0, 0), {"privacy": "plain"}),
    ((0, 0), {"required": True}),
    ((0, 0), {"choices": []}),
    ((0, 0), {"role": "hours"}),
    ((0, 3), {"minimum": 1}),
    ((0, 3), {"choices": every_kind()["sections"][0]["questions"][1]["choices"]}),
    ((1, 1), {"decimals": 5}),
    ((1, 1), {"order": "random"}),
    ((1, 1), {"rows": []}),
    ((1, 3), {"privacy": "plain"}),
    ((2, 0), {"places": 0}),
    ((2, 0), {"choices": [{"code": "a", "text": {"vi": "a", "en": "a"}, "other": True}] * 2}),
    ((2, 1), {"rows": []}),
    ((2, 1), {"order": "random"}),
    ((2, 3), {"weighting_margin": True}),
    ((2, 4), {"role": "weather"}),
    ((2, 4), {"privacy": "plain"}),
    ((2, 4), {"constraint": {"expression": True}}),
    ((2, 4), {"constraint": {"message": {"vi": "a", "en": "a"}}}),
]


@pytest.mark.parametrize(
    ("place", "change", "field"),
    [
        ((2, 0), {"places": 4}, "definition.best"),
        ((2, 1), {"rows": every_kind()["sections"][2]["questions"][1]["rows"] * 2}, "definition.care"),
        (
            (0, 1),
            {"choices": [{"code": code, "text": {"vi": "a", "en": "a"}, "other": True} for code in "ab"]},
            "definition.works",
        ),
        (
            (0, 2),
            {"constraint": {"expression": True, "message": {"vi": "a"}}},
            "definition.sections[0].questions[2].constraint.message",
        ),
    ],
)
def test_what_a_schema_cannot_say_is_refused_with_its_place(place, change, field):
    document = every_kind()
    document["sections"][place[0]]["questions"][place[1]] |= change
    with pytest.raises(InvalidInput) as refusal:
        checked(document)
    assert refusal.value.details["field"] == field

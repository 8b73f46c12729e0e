"""Conditions are explained in both languages to those whose browser does not follow them."""

import pytest
from kinds_world import every_kind

from survey.questionnaires.checking import checked
from survey.questionnaires.wording import Wording

QUESTIONS = {question.code: question for question in checked(every_kind()).questions}
NUMBERS = {
    code: number for number, code in enumerate([code for code, one in QUESTIONS.items() if one.kind != "note"], 1)
}


@pytest.mark.parametrize(
    ("expression", "vi", "en"),
    [
        ({"question": "works", "is": ["a", "b"]}, "ở câu 1 anh/chị chọn “Một” hoặc “Hai”", "you answered “One” or “Two” to question 1"),
        ({"question": "care", "row": "safe", "is": ["no"]}, "ở câu 8, dòng “Được an toàn”, anh/chị chọn “Không”", "you answered “No” to question 8, line “I am safe”"),
        ({"answered": "pay"}, "anh/chị đã trả lời câu 4", "you answered question 4"),
        ({"not": {"answered": "pay"}}, "không phải là anh/chị đã trả lời câu 4", "it is not so that you answered question 4"),
        ({"!=": [{"answer": "works"}, "a"]}, "câu trả lời ở câu 1 khác “Một”", "your answer to question 1 is not “One”"),
        ({"in": [{"answer": "works"}, ["a", "b"]]}, "câu trả lời ở câu 1 là “Một” hoặc “Hai”", "your answer to question 1 is “One” or “Two”"),
        ({"in": [{"answer": "useful"}, [1, 2]]}, "câu trả lời ở câu 10 là 1 hoặc 2", "your answer to question 10 is 1 or 2"),
        ({">=": [{"count": "channels"}, 2]}, "số lựa chọn ở câu 2 ít nhất là 2", "the number of choices in question 2 is at least 2"),
        ({"<": [{"*": [{"answer": "pay"}, 0.5]}, 2]}, "(câu trả lời ở câu 4 × 0,5) nhỏ hơn 2", "(your answer to question 4 × 0.5) is less than 2"),
        ({"<=": [{"answer": "born"}, {"today": 0, "years": -18}]}, "câu trả lời ở câu 3 không quá hôm nay -18 năm", "your answer to question 3 is at most today -18 years"),
        ({">": [{"answer": "born"}, {"today": -30}]}, "câu trả lời ở câu 3 lớn hơn hôm nay -30 ngày", "your answer to question 3 is more than today -30 days"),
        ({"=": [{"answer": "born"}, {"date": "2026-02-01"}]}, "câu trả lời ở câu 3 là 01/02/2026", "your answer to question 3 is 01/02/2026"),
        ({"=": [{"answer": "poor"}, "vay"]}, "câu trả lời ở câu 6 là “vay”", "your answer to question 6 is “vay”"),
        (
            {"and": [{"answered": "pay"}, {"or": [{"answered": "rent"}, {"answered": "born"}]}]},
            "anh/chị đã trả lời câu 4 và (anh/chị đã trả lời câu 5 hoặc anh/chị đã trả lời câu 3)",
            "you answered question 4 and (you answered question 5 or you answered question 3)",
        ),
        (True, "đúng", "true"),
    ],
)  # fmt: skip
def test_a_condition_is_told(expression, vi, en):
    assert Wording(QUESTIONS, NUMBERS, "vi").condition(expression) == f"Chỉ trả lời nếu {vi}."
    assert Wording(QUESTIONS, NUMBERS, "en").condition(expression) == f"Only if {en}."

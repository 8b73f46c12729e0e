"""A questionnaire with every kind of question, conditions of several parts and constraints."""

from typing import Any

from survey_world import both, choice, question

ABC = [choice("a", "Một", "One"), choice("b", "Hai", "Two"), choice("c", "Ba", "Three")]
AGREE = [choice("no", "Không", "No"), choice("partly", "Một phần", "Partly"), choice("yes", "Có", "Yes")]


def row(code: str, vi: str, en: str) -> dict[str, Any]:
    return {"code": code, "text": both(vi, en)}


def every_kind() -> dict[str, Any]:
    """All ten kinds; the second section is for those who work, the third for all."""
    return {
        "schema": "loa.questionnaire/1",
        "languages": ["vi", "en"],
        "title": both("Đủ loại câu hỏi", "All kinds of questions"),
        "sections": [
            {
                "code": "start",
                "title": both("Bắt đầu", "Beginning"),
                "questions": [
                    {"code": "welcome", "kind": "note", "text": both("Xin cứ trả lời thong thả.", "Take your time.")},
                    question(
                        "works",
                        "single",
                        "Anh/chị có đi làm không?",
                        "Do you work?",
                        required=True,
                        choices=[*ABC[:2], choice("else", "Khác", "Something else", other=True)],
                    ),
                    question(
                        "channels",
                        "multiple",
                        "Qua đâu?",
                        "How?",
                        order="random",
                        maximum_length=30,
                        choices=[
                            *(choice(f"c{n}", f"Kênh {n}", f"Channel {n}") for n in range(8)),
                            choice("else", "Khác", "Other", other=True),
                            choice("none", "Không kênh nào", "None", exclusive=True),
                        ],
                        constraint={
                            "expression": {"<=": [{"count": "channels"}, 3]},
                            "message": both("Xin chọn nhiều nhất ba kênh.", "Please choose three channels at most."),
                        },
                    ),
                    question(
                        "born",
                        "date",
                        "Sinh ngày nào?",
                        "When were you born?",
                        constraint={
                            "expression": {"<=": [{"answer": "born"}, {"today": 0, "years": -15}]},
                            "message": both(
                                "Phiếu dành cho người từ 15 tuổi.", "This form is for people of 15 and more."
                            ),
                        },
                    ),
                ],
            },
            {
                "code": "work",
                "title": both("Việc làm", "Work"),
                "shown_if": {"not": {"=": [{"answer": "works"}, "b"]}},
                "questions": [
                    {
                        "code": "pay_note",
                        "kind": "note",
                        "text": both("Lương tính bằng triệu đồng.", "Pay is in millions of dong."),
                        "shown_if": {"question": "works", "is": ["a"]},
                    },
                    question("pay", "number", "Lương?", "Pay?", minimum=0, maximum=1000, decimals=2),
                    question(
                        "rent",
                        "number",
                        "Tiền nhà?",
                        "Rent?",
                        minimum=0,
                        maximum=1000,
                        decimals=2,
                        constraint={
                            "expression": {"<=": [{"answer": "rent"}, {"answer": "pay"}]},
                            "message": both("Tiền nhà lớn hơn lương?", "Is the rent more than the pay?"),
                        },
                    ),
                    question(
                        "poor",
                        "short_text",
                        "Bù vào bằng cách nào?",
                        "How do you make up for it?",
                        required=True,
                        shown_if={"<": [{"-": [{"answer": "pay"}, {"answer": "rent"}]}, 2.5]},
                    ),
                ],
            },
            {
                "code": "views",
                "title": both("Ý kiến", "Views"),
                "questions": [
                    question("best", "ranking", "Cái nào hơn?", "Which is better?", choices=ABC, places=2),
                    question(
                        "care",
                        "matrix",
                        "Anh/chị có đồng ý không?",
                        "Do you agree?",
                        choices=AGREE,
                        rows=[row("heard", "Được lắng nghe", "I am heard"), row("safe", "Được an toàn", "I am safe")],
                    ),
                    question(
                        "unsafe",
                        "long_text",
                        "Vì sao không an toàn?",
                        "Why not safe?",
                        shown_if={
                            "or": [{"question": "care", "row": "safe", "is": ["no"]}, {"question": "best", "is": ["c"]}]
                        },
                    ),
                    question("useful", "scale", "Có ích không?", "Useful?", minimum=1, maximum=5),
                    question(
                        "habit",
                        "single",
                        "Đọc tin khi nào?",
                        "When do you read news?",
                        choices=ABC,
                        role="information_habits",
                        weighting_margin=True,
                    ),
                ],
            },
        ],
    }

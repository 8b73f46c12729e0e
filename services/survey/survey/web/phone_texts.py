"""What the form's script says on its own, such as without a network, in the language of its page."""

from functools import cache

import orjson
from markupsafe import Markup

from kit.errors import Language
from survey.answers.validation import Issue
from survey.questionnaires.definition import FurtherLanguage

# By name: Vietnamese and English. {n} and other names in braces are filled in on the phone.
TEXTS: dict[str, tuple[str, str]] = {
    "check": ("Cần xem lại", "Please check"),
    "wrong": ("Còn {n} câu cần xem lại", "{n} questions need another look"),
    "wrong1": ("Còn 1 câu cần xem lại", "1 question needs another look"),
    "slip": ("Xin nhập mã in trên phiếu giấy.", "Please enter the code that is printed on your slip."),
    "restored": ("Câu trả lời đang làm dở vẫn còn đây.", "The answers you had begun are still here."),
    "afresh": ("Xoá và làm lại từ đầu", "Delete them and begin afresh"),
    "sure": ("Xoá hẳn, không lấy lại được. Tiếp tục?", "This deletes for good. Continue?"),
    "sending": ("Đang gửi…", "Sending…"),
    "thanks": ("Cảm ơn anh/chị!", "Thank you!"),
    "sent": (
        "Công đoàn đã nhận được câu trả lời. Câu trả lời được lưu không kèm tên hay dấu hiệu nào của anh/chị.",
        "The union has received your answers. They are kept without your name or anything else that points at you.",
    ),
    "kept": (
        "Chưa gửi được. Phiếu nằm trong máy này và sẽ tự gửi khi có mạng; anh/chị không phải làm gì thêm.",
        "It could not be sent yet. The form is on this phone and goes by itself when there is a network.",
    ),
    "kept_sealed": (
        "Chưa gửi được. Phiếu nằm niêm phong trong máy, không ai mở ra đọc được, và sẽ tự gửi khi có mạng.",
        "It could not be sent yet. It lies sealed on this phone, nobody can read it, and goes when there is a network.",
    ),
    "held": ("Phiếu nằm trong máy này; máy sẽ thử gửi lại.", "The form is on this phone, which will try again."),
    "receipt": ("Mã biên nhận", "Your receipt"),
    "receipt_what": (
        "Ghi lại nếu muốn: mã này chỉ cho biết phiếu đã tới nơi.",
        "Note it down if you like: it tells only that the form has arrived.",
    ),
    "receipt_check": ("Kiểm tra biên nhận", "Check a receipt"),
    "next": ("Người tiếp theo", "Next person"),
    "other": ("Người khác trả lời trên máy này", "Somebody else answers on this phone"),
    "done": ("Máy này đã trả lời phiếu này", "This phone has answered this form"),
    "done_what": (
        "Mỗi người xin trả lời một lần. Nếu máy này nhiều người dùng, người khác vẫn trả lời được.",
        "Please answer once each. Where several people use this phone, the others can still answer.",
    ),
    "credential": (
        "Máy này chưa có quyền trả lời phiếu dành cho đoàn viên. Hãy đăng nhập và nhận quyền trả lời trước.",
        "This phone holds no credential for this members' form yet. Please sign in and fetch one first.",
    ),
    "batch": ("Đã nhập {n} phiếu trong lượt này.", "{n} forms entered in this round."),
    "queue": ("Phiếu còn trong máy", "Forms on this phone"),
    "waiting": ("{n} phiếu chờ gửi.", "{n} waiting to be sent."),
    "now": ("Gửi ngay", "Send now"),
    "refused": ("Chưa được nhận: {why}", "Not taken: {why}"),
    "again": ("Gửi lại", "Send again"),
    "correct": ("Sửa", "Correct"),
    "export": ("Lưu thành tệp", "Save as a file"),
    "delete": ("Xoá", "Delete"),
    "begun": ("Phiếu đang làm dở.", "A form that was begun."),
    "sealed": ("Phiếu niêm phong", "A sealed form"),
}


# Said by `more.js` alone, which brings them in our two languages: a page carries what it says before that is there.
LATER = frozenset(
    {
        *("check", "wrong", "wrong1", "restored", "afresh", "sure", "done", "done_what", "batch", "waiting", "now"),
        *("refused", "again", "correct", "export", "delete", "begun", "sealed"),
    }
)


@cache
def phone_texts(language: Language) -> Markup:
    """Return the words that a page carries as JSON that can stand in a script element."""
    return _json({name: text for name, text in _in(language).items() if name not in LATER}, language, None)


def later_texts() -> bytes:
    """Return the words that `more.js` brings, as a line of it."""
    both = {"vi": _in("vi"), "en": _in("en")}
    said = {language: {name: words[name] for name in sorted(LATER)} for language, words in both.items()}
    return b"window.loaLater=" + orjson.dumps(said) + b";\n"


def _in(language: Language) -> dict[str, str]:
    return {name: vi if language == "vi" else en for name, (vi, en) in TEXTS.items()}


def phone_texts_in(further: tuple[str, FurtherLanguage]) -> Markup:
    """Return them in a language besides our two, as far as its questionnaire has them."""
    return _json({name: further[1].word(vi) for name, (vi, _) in TEXTS.items()}, "vi", further)


def _json(shown: dict[str, str], language: Language, further: tuple[str, FurtherLanguage] | None) -> Markup:
    bounds = {"minimum": "{minimum}", "maximum": "{maximum}"}
    days = {"earliest": "{minimum}", "latest": "{maximum}"}
    shown |= {
        "required": Issue("", "REQUIRED").message(language, further),
        "date": Issue("", "NOT_A_DATE").message(language, further),
        "range": Issue("", "OUT_OF_RANGE", bounds).message(language, further),
        "days": Issue("", "DAY_OUT_OF_RANGE", days).message(language, further),
    }
    # Nothing in it can end the element early.
    return Markup(orjson.dumps(shown).decode().replace("<", "\\u003c"))  # noqa: S704  # our own words, escaped

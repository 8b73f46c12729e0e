"""What would name somebody is taken out of open answers: measured on made-up sentences, and what it misses said."""

import re
import time

import pytest
from open_answer_sentences import HELD_OUT, TUNING, sentences

from survey.downloads.open_answers.redaction import found_in, redacted


def measured(text):
    """Return how many marked stretches were taken out whole, of how many; and how many words rightly, of all taken."""
    whole = marked = right = words = 0
    for sentence, spans in sentences(text):
        taken = {at for found in found_in(sentence) for at in range(found.start, found.end)}
        named = {at for start, end in spans for at in range(start, end)}
        marked += len(spans)
        whole += sum(all(at in taken for at in range(start, end) if sentence[at].isalnum()) for start, end in spans)
        starts = [word.start() for word in re.finditer(r"\w+", sentence) if word.start() in taken]
        words += len(starts)
        right += sum(start in named for start in starts)
    return (whole, marked), (right, words)


def test_how_much_is_found_and_how_much_too_much():
    """Prints and pins what was measured; see the sentences for how they came about."""
    results = {"tuning": measured(TUNING), "held out": measured(HELD_OUT)}
    for name, (recall, precision) in results.items():
        print(  # noqa: T201  # measuring is to be looked at
            f"{name}: recall {recall[0]}/{recall[1]}, words rightly taken out {precision[0]}/{precision[1]}"
        )
    assert len(sentences(TUNING)) + len(sentences(HELD_OUT)) == 162
    assert results == {"tuning": ((63, 63), (169, 169)), "held out": ((39, 40), (107, 108))}


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Gọi anh Hùng 0912.345.678", "Gọi anh ‹tên› ‹điện thoại›"),
        ("Mail a.b@c.vn hoặc https://x.vn/a", "Mail ‹thư điện tử› hoặc ‹liên kết›"),
        ("Ở số nhà 5 ngõ 3 đường Lê Lợi, phường 2", "Ở ‹địa chỉ›"),
        ("Ở số nhà 5 ngõ 3 đường Lê Lợi, phường 2, quận 3", "Ở ‹địa chỉ›"),
        ("CCCD 079203001234", "CCCD ‹số›"),
        ("Biển số 29A-123.45", "Biển số ‹số›"),
        ("Thưởng 11.000.000 đồng", "Thưởng 11.000.000 đồng"),
        ("Công đoàn Việt Nam", "Công đoàn Việt Nam"),
        ("không chín một hai ba bốn năm sáu bảy tám", "‹điện thoại›"),
        # As people type whose keyboard composes otherwise.
        ("Anh Hu\u0300ng", "Anh ‹tên›"),
        ("", ""),
    ],
)
def test_says_what_was_there_instead(text, clean):
    assert redacted(text) == clean


@pytest.mark.parametrize(
    "missed",
    [
        "anh nam tổ 3 hay quát",  # a name in small letters that is a word, too
        "em ở thôn đông xã tân lập",  # an address in small letters
        "Người phiên dịch tiếng Khmer duy nhất ở xưởng 2",  # nobody is named, and everybody knows who it is
        "Hùng tổ 5 lười",  # a name without a title or a surname
    ],
)
def test_misses_what_its_documents_say_it_misses(missed):
    assert redacted(missed) == missed


@pytest.mark.parametrize(
    "piece", ["a", "Nguyễn ", "1 ", "a.b", "xã 1, ", "1/1", "1a/", "0-", "1.000.", "A ", "fb ", "@", "anh ", "không "]
)
def test_no_text_takes_long(piece):
    before = time.perf_counter()
    redacted((piece * 5000)[:5000])
    assert time.perf_counter() - before < 1

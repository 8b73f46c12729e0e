"""Texts are put in order quickly, whatever is piled up in them."""

import time
import unicodedata

import pytest

from kit.texts import nfc, nfd

MARKS = "\u0301\u0323"
VIETNAMESE = "Công đoàn Việt Nam: lương, thưởng, nghỉ Tết"


@pytest.mark.parametrize("text", ["", "plain", VIETNAMESE, unicodedata.normalize("NFD", VIETNAMESE), "e" + MARKS * 10])
def test_a_text_as_people_write_is_what_unicode_says(text: str):
    assert nfc(text) == unicodedata.normalize("NFC", text)
    assert nfd(text) == unicodedata.normalize("NFD", text)


def test_no_letter_keeps_more_than_thirty_marks():
    assert nfd("a" + MARKS * 100 + "b\u0301") == "a" + "\u0323" * 15 + "\u0301" * 15 + "b\u0301"
    assert nfc("a" + MARKS * 100 + "b\u0301") == "ạ" + "\u0323" * 14 + "\u0301" * 15 + "b\u0301"


def test_half_a_million_marks_take_no_time():
    begun = time.process_time()
    for change in (nfc, nfd):
        assert len(change("a" + MARKS * 250_000 + VIETNAMESE * 10_000)) > 400_000
    assert time.process_time() - begun < 5  # otherwise half an hour

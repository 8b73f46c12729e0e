"""Vietnamese order and comparison, against lists that a dictionary would give."""

import random
import unicodedata

import pytest

from org.vietnamese import clean, search_form, sort_key

IN_ORDER = [
    "",
    "1",
    "2",
    "a",
    "A",
    "à",
    "À",
    "ả",
    "ã",
    "á",
    "ạ",
    "a b",
    "an",
    "ăn",
    "ân",
    "ba",
    "bà",
    "bà ba",
    "bá",
    "bạ",
    "ban",
    "dao",
    "đa",
    "đá",
    "Đá",
    "đam",
    "e",
    "ê",
    "f",
    "hà",
    "Hà Nội",
    "hoa",
    "hoà",
    "Huế",
    "i",
    "o",
    "ốc",
    "ơn",
    "u",
    "ư",
    "vũ",
    "w",
    "yên",
    "ý",
    "z",
]
PLAIN = [
    "Cà Mau",
    "Cần Thơ",
    "Đà Nẵng",
    "Đắk Lắk",
    "Điện Biên",
    "Đồng Nai",
    "Đồng Tháp",
    "Gia Lai",
    "Hà Nội",
    "Hà Tĩnh",
    "Hải Phòng",
]


def test_sorts_as_a_dictionary_does():
    expected = [
        "a",
        "à",
        "ả",
        "ã",
        "á",
        "ạ",
        "ă",
        "ằ",
        "ẳ",
        "ẵ",
        "ắ",
        "ặ",
        "â",
        "ầ",
        "ẩ",
        "ẫ",
        "ấ",
        "ậ",
        "b",
        "c",
        "d",
        "đ",
        "e",
        "ê",
    ]
    assert by_key(expected) == expected


def test_sorts_provinces_as_they_are_listed():
    assert by_key(PLAIN) == PLAIN


def test_letters_count_before_tones_and_tones_before_case():
    assert by_key(["bá", "ba", "Bà", "bà", "bac", "Ba"]) == ["ba", "Ba", "bà", "Bà", "bá", "bac"]


def test_a_shorter_word_comes_first_and_blanks_before_letters():
    assert by_key(["Hàng", "Hà Nội", "Hà", "Han"]) == ["Hà", "Hà Nội", "Han", "Hàng"]


def test_digits_come_before_letters_and_letters_before_other_scripts():
    assert by_key(["中", "z", "9", "a", "1", "-"]) == ["-", "1", "9", "a", "z", "中"]


def test_a_text_sorts_alike_composed_or_not():
    for text in IN_ORDER + PLAIN:
        assert sort_key(unicodedata.normalize("NFD", text)) == sort_key(unicodedata.normalize("NFC", text))


def test_keys_stay_short_for_the_longest_names():
    assert len(sort_key("Ậ" * 5000)) <= 362
    assert len(sort_key("中" * 5000).encode()) <= 482


def test_cleans_blanks_and_control_signs():
    assert clean("  a\tb \n\x00c\u200bd  ") == "a b c d"


@pytest.mark.parametrize(
    ("one", "other"),
    [("hòa", "hoà"), ("THỦY", "thuỷ"), ("khỏe", "khoẻ"), ("Hóa", "hoá"), ("túy", "tuý"), ("loã", "lõa")],
)
def test_two_placements_of_a_tone_compare_alike(one, other):
    assert search_form(one) == search_form(other)


@pytest.mark.parametrize("text", ["quý", "hoàn", "khoét", "toàn", "thuyền", "huỳnh", "múa"])
def test_other_words_keep_their_tones(text):
    assert search_form(text) == text


def test_accents_and_signs_are_told_apart():
    assert search_form("Đà-Nẵng (TP.)") == "đà nẵng tp"
    assert search_form("hoa") != search_form("hoá")


def by_key(texts):
    shuffled = random.Random(1).sample(texts, len(texts))
    return sorted(shuffled, key=lambda text: sort_key(text).encode())

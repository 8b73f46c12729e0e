"""One spelling for every way Vietnamese is typed."""

import unicodedata

import pytest

from media_archive.search.tokens import tokens
from media_archive.search.vietnamese import canonical, fold, syllables

PAIRS = [
    ("hoà", "hòa"),
    ("hoá", "hóa"),
    ("khoẻ", "khỏe"),
    ("loã", "lõa"),
    ("hoạ", "họa"),
    ("xoè", "xòe"),
    ("loé", "lóe"),
    ("toẽ", "tõe"),
    ("choẹ", "chọe"),
    ("tuỳ", "tùy"),
    ("thuý", "thúy"),
    ("uỷ", "ủy"),
    ("luỹ", "lũy"),
    ("luỵ", "lụy"),
]


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_both_places_of_a_tone_are_one_spelling(old: str, new: str):
    assert canonical(old) == canonical(new) == new


@pytest.mark.parametrize("word", ["toàn", "hoạch", "khuỷu", "quý", "quỳ", "ngoài", "thuở", "giặt", "toét"])
def test_syllables_with_one_spelling_stay(word: str):
    assert canonical(word) == word


def test_after_q_the_tone_belongs_to_the_y():
    assert canonical("qúy") == "quý"


def test_composed_decomposed_and_mixed_letters_are_one():
    text = "Đường lối của Tổng Liên đoàn"
    # Windows-1258 has the vowel with its hat composed and the tone apart.
    mixed = "".join(
        unicodedata.normalize("NFC", parts[:-1]) + parts[-1] if len(parts) == 3 else letter
        for letter in text
        for parts in [unicodedata.normalize("NFD", letter)]
    )
    assert mixed != text
    assert (
        canonical(unicodedata.normalize("NFD", text))
        == canonical(mixed)
        == canonical(text)
        == "đường lối của tổng liên đoàn"
    )


def test_the_eth_of_old_fonts_is_a_d_with_stroke():
    assert canonical("Ðoàn") == "đoàn"


def test_folding_leaves_no_accent_on_any_vietnamese_letter():
    vowels = [
        unicodedata.normalize("NFC", base + tone)
        for base in "aăâeêioôơuưy"
        for tone in ("", *"\u0300\u0309\u0303\u0301\u0323")
    ]
    letters = "".join([*vowels, "đ", *(vowel.upper() for vowel in vowels), "Đ"])
    assert len(letters) == 146
    assert set(fold(letters)) == set("aeiouyd")


def test_tokens_are_syllables_and_pairs_folded_and_accented():
    made = tokens("An toàn, vệ sinh 2026")
    assert made.accented == ["an", "toàn", "vệ", "sinh", "2026"]
    assert made.folded == ["an", "toan", "ve", "sinh", "2026"]
    assert made.folded_pairs == ["an_toan", "toan_ve", "ve_sinh", "sinh_2026"]
    assert made.accented_pairs == ["an_toàn", "toàn_vệ", "vệ_sinh", "sinh_2026"]


def test_a_query_is_bare_when_nothing_in_it_carries_an_accent():
    assert tokens("an toan 2026").is_bare
    assert not tokens("an toàn").is_bare


def test_underscores_and_signs_part_syllables():
    assert syllables("ảnh_chụp (12/11)") == ["ảnh", "chụp", "12", "11"]

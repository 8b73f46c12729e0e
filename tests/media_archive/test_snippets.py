"""Snippets mark what a plain reading of the same rules would mark, in any text."""

import random
import unicodedata

from media_archive.search import vietnamese
from media_archive.search.snippets import Piece, snippet

WORDS = (
    "công đoàn Công ĐOÀN cong doan Cống đoạn hoà hòa HOÀ hoa quý qúy quỳ ở và the Ðoàn A4 2028 4.0 ty, (đoàn) "
    "công-ty công_đoàn й 한국 ß lao động — … lương Lương luong"
)


def read_plainly(text: str, query: str) -> list[str]:
    """Return the syllables that are marked, one by one: as meant by the docs, as slowly as it takes."""
    text = unicodedata.normalize("NFC", text)
    asked = vietnamese.syllables(vietnamese.canonical(query))
    words = vietnamese.syllables(text)

    def is_asked_for(word: str) -> bool:
        return any(
            vietnamese.canonical(word) == one or (vietnamese.fold(one) == one and vietnamese.fold(word) == one)
            for one in asked
        )

    there = [is_asked_for(word) for word in words]
    if len(asked) > 1:
        there = [is_there and any(there[at + 1 : at + 2] + there[:at][-1:]) for at, is_there in enumerate(there)]
    return [word for word, is_there in zip(words, there, strict=True) if is_there]


def test_a_short_text_is_marked_as_a_plain_reading_of_it_would():
    chance = random.Random(11)
    words, told = WORDS.split(), 0
    for _ in range(3_000):
        text = " ".join(chance.choices(words, k=chance.randint(1, 16)))
        query = " ".join(chance.choices(words, k=chance.randint(1, 3)))
        pieces = snippet(unicodedata.normalize(chance.choice(("NFC", "NFD")), text), query)
        marked = [piece.text for piece in pieces if piece.is_match]
        assert marked == read_plainly(text, query), (text, query)
        told += len(marked)
    assert told > 1_500


def test_of_a_long_text_the_stretch_with_most_of_what_was_asked_for_is_shown():
    text = " ".join([*["xa"] * 50, "lương", *["xa"] * 80, "một hai ba bốn năm sáu bảy", "lương lương", *["xa"] * 90])
    shown = "".join(piece.text for piece in snippet(text, "lương"))
    assert shown == "… hai ba bốn năm sáu bảy lương lương " + " ".join(["xa"] * 28) + " …"


def test_a_word_longer_than_the_context_is_not_cut():
    address = "a" * 200
    assert snippet(f"mở đầu {address} lương", "lương") == [Piece("… ", False), Piece("lương", True)]
    assert snippet(f"mở {'a' * 20} lương", "lương")[0] == Piece(f"mở {'a' * 20} ", False)


def test_a_query_of_signs_marks_nothing():
    assert snippet("một hai", "— ?") == [Piece("một hai", False)]

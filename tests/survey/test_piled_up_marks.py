"""What strangers write is put in order in time that grows with it, whatever they pile up on one letter."""

import time
from collections.abc import Callable
from datetime import date

import pytest

from survey.collection.printing.paper import Paper, wrapped
from survey.downloads.open_answers.redaction import redacted
from survey.questionnaires.expression import evaluate
from survey.questionnaires.xlsform.languages import code_in
from survey.questionnaires.xlsform.wording import cleaned, folded

# Two marks in turns, the wrong way round: Python's own way to put these in order takes half a minute.
PILE = "a" + "\u0301\u0323" * 100_000
ORDERED = "ạ" + "\u0323" * 14 + "\u0301" * 15
TODAY = date(2026, 3, 1)


def on_paper(text: str) -> object:
    Paper("Marks")
    return wrapped(text, 10, 150)


READERS: list[tuple[Callable[[str], object], object]] = [
    (on_paper, [ORDERED]),
    (redacted, ORDERED),
    (lambda text: evaluate({"answer": "q"}, {"q": text}, TODAY), ORDERED),
    (code_in, None),
    (cleaned, ORDERED),
    (folded, "a"),
]


@pytest.mark.parametrize(
    ("read", "read_as"), READERS, ids=["paper", "open_answer", "condition", "language", "wording", "code"]
)
def test_two_hundred_thousand_marks_on_one_letter_take_no_time(read: Callable[[str], object], read_as: object):
    begun = time.process_time()
    assert read(PILE) == read_as
    assert time.process_time() - begun < 2

"""The random order of choices: another one for each filling, the same whenever that filling is shown again."""

from collections.abc import Sequence
from hashlib import sha256

from survey.questionnaires.definition import NOT_SAID, Choice, Question


def ordered_choices(question: Question, seed: str) -> Sequence[Choice]:
    """Return a question's choices as a filling shows them.

    The seed must stand for one filling and for nobody, such as the submission key that its page was made with. A
    choice's place is that of SHA-256 of seed, question and choice, so that any client can make the same order.
    “Other”, “not said” and what is chosen alone stay last, in the questionnaire's order.
    """
    if not question.random_order:
        return question.choices
    mixed = [choice for choice in question.choices if not _stays(choice)]
    mixed.sort(key=lambda choice: sha256(f"{seed}:{question.code}:{choice.code}".encode()).digest())
    return (*mixed, *(choice for choice in question.choices if _stays(choice)))


def _stays(choice: Choice) -> bool:
    return choice.exclusive or choice.other or choice.code == NOT_SAID

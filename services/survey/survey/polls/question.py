"""A poll's one question, checked as its maker typed it, and the questionnaire that it becomes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kit.errors import InvalidInput
from survey.questionnaires.definition import NOT_SAID

KINDS = ("single", "multiple", "scale")
# Of these a poll may ask besides; region and the like are for surveys.
SEGMENTS = ("age_band", "gender")
# The code of the question in every poll's questionnaire and in its results.
QUESTION = "question"
LONGEST_QUESTION = 300
LONGEST_TITLE = 200
LONGEST_CHOICE = 120
MOST_CHOICES = 12

TITLE = ("Hỏi nhanh", "Quick poll")
_SEGMENT_TEXTS = {
    "age_band": ("Anh/chị bao nhiêu tuổi?", "How old are you?"),
    "gender": ("Giới tính của anh/chị?", "Your gender?"),
}
_RATHER_NOT = ("Không muốn nói", "Rather not say")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bilingual:
    """A text in Vietnamese and, where the poll has it, in English."""

    vi: str
    en: str | None = None

    @property
    def stripped(self) -> "Bilingual":
        """The text without what surrounds it; no English rather than an empty one."""
        return Bilingual(self.vi.strip(), (self.en or "").strip() or None)


@dataclass(frozen=True, slots=True)
class PollQuestion:
    """What is asked. A scale has points from `minimum` to `maximum`; its choices, none or two, name its ends."""

    kind: str
    text: Bilingual
    choices: Sequence[Bilingual] = ()
    minimum: int = 1
    maximum: int = 5
    title: Bilingual | None = None
    segments: Sequence[str] = ()

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that it is asked in."""
        return ("vi", "en") if self.text.en else ("vi",)


def checked_question(question: PollQuestion) -> PollQuestion:
    """Return the question tidied; InvalidInput for what can't be asked, with the field that it is about."""
    text, choices = question.text.stripped, [choice.stripped for choice in question.choices]
    title = question.title.stripped if question.title and question.title.vi.strip() else None
    if question.kind not in KINDS:
        known = ", ".join(KINDS)
        raise InvalidInput("kind", f"phải là một trong: {known}", f"must be one of: {known}")
    _check_text("question", text, LONGEST_QUESTION)
    if title:
        _check_text("title", title, LONGEST_TITLE)
        _check_english("titleEn", text, title)
    for choice in choices:
        _check_text("choices", choice, LONGEST_CHOICE)
        _check_english("choices", text, choice)
    if len({choice.vi for choice in choices}) < len(choices):
        raise InvalidInput("choices", "có hai lựa chọn giống nhau", "has the same choice twice")
    _check_number_of_choices(question, len(choices))
    unknown = set(question.segments) - set(SEGMENTS)
    if unknown:
        known = ", ".join(SEGMENTS)
        raise InvalidInput("segments", f"chỉ gồm: {known}", f"takes only: {known}")
    segments = [name for name in SEGMENTS if name in question.segments]
    return PollQuestion(question.kind, text, choices, question.minimum, question.maximum, title, segments)


def poll_definition(
    question: PollQuestion, concept: str, asker: Bilingual, terms: Mapping[str, Mapping[str, Bilingual]]
) -> Json:
    """Return the questionnaire of a checked question that a unit asks; `terms` has the categories of its segments.

    The concept is the poll's own: one of all polls would be a history of nothing.
    """
    speak = _Speaker(question.languages)
    sections: list[Json] = [
        {
            "code": "poll",
            "title": speak(f"{asker.vi} hỏi", f"{asker.en or asker.vi} asks"),
            "questions": [_asked(question, concept, speak)],
        }
    ]
    if question.segments:
        about = [_segment(name, terms[name], speak) for name in question.segments]
        sections.append({"code": "you", "title": speak("Về anh/chị", "About you"), "questions": about})
    title = question.title or Bilingual(*TITLE)
    return {
        "schema": "loa.questionnaire/1",
        "languages": list(question.languages),
        "title": speak(title.vi, title.en),
        "sections": sections,
    }


@dataclass(frozen=True, slots=True)
class _Speaker:
    """Writes texts in the poll's languages, and in no other."""

    languages: Sequence[str]

    def __call__(self, vi: str, en: str | None) -> dict[str, str]:
        return {"vi": vi, "en": en or vi} if "en" in self.languages else {"vi": vi}


def _asked(question: PollQuestion, concept: str, speak: _Speaker) -> Json:
    asked: Json = {
        "code": QUESTION,
        "concept": concept,
        "kind": question.kind,
        "text": speak(question.text.vi, question.text.en),
        "privacy": "plain",
        "required": True,
    }
    if question.kind == "scale":
        asked |= {"minimum": question.minimum, "maximum": question.maximum}
        points = (question.minimum, question.maximum)
        named = [
            {"code": str(point), "text": speak(f"{point} – {end.vi}", f"{point} – {end.en}")}
            for point, end in zip(points, question.choices, strict=False)
        ]
        return {**asked, "choices": named} if named else asked
    choices = [
        {"code": str(number), "text": speak(choice.vi, choice.en)} for number, choice in enumerate(question.choices, 1)
    ]
    return {**asked, "choices": choices}


def _segment(name: str, terms: Mapping[str, Bilingual], speak: _Speaker) -> Json:
    choices = [{"code": code, "text": speak(text.vi, text.en)} for code, text in terms.items()]
    return {
        "code": name,
        "concept": name,
        "kind": "single",
        "text": speak(*_SEGMENT_TEXTS[name]),
        "privacy": "segment",
        "role": name,
        "choices": [*choices, {"code": NOT_SAID, "text": speak(*_RATHER_NOT)}],
    }


def _check_text(field: str, text: Bilingual, longest: int) -> None:
    for written in (text.vi, text.en):
        if written is not None and (not 0 < len(written) <= longest or "\0" in written):
            raise InvalidInput(field, f"phải có từ 1 đến {longest} ký tự", f"must have 1 to {longest} characters")


def _check_english(field: str, question: Bilingual, text: Bilingual) -> None:
    if (text.en is None) is not (question.en is None):
        raise InvalidInput(
            field,
            "hoặc tất cả có tiếng Anh, hoặc không phần nào có",
            "must have English if the question has it, and else none",
        )


def _check_number_of_choices(question: PollQuestion, count: int) -> None:
    if question.kind != "scale":
        if not 2 <= count <= MOST_CHOICES:
            raise InvalidInput(
                "choices", f"phải có từ 2 đến {MOST_CHOICES} lựa chọn", f"must be 2 to {MOST_CHOICES} choices"
            )
        return
    if count not in (0, 2):
        raise InvalidInput("choices", "của thang điểm: không có, hoặc hai đầu thang", "of a scale: none, or its ends")
    if not 0 <= question.minimum < question.maximum <= 10:
        raise InvalidInput("maximum", "thang điểm nằm trong 0–10", "makes no scale within 0 to 10")

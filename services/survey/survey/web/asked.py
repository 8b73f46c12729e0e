"""The questions of a form as its page shows them, empty or with what was answered and what is wrong with that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from kit.calendar import today
from kit.errors import Language
from survey.answers.validation import FIRST_DAY, LAST_DAY, Issue, days_taken
from survey.collection.service import Collection
from survey.questionnaires.definition import Choice, Definition, FurtherLanguage, Question
from survey.questionnaires.ordering import ordered_choices
from survey.questionnaires.wording import Wording
from survey.web.pages import Spoken, language_of, page

# More choices than this are a list to pick from, not a column of buttons.
MOST_BUTTONS = 10


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question as the page shows it: its number (none for a note), what was answered, and what is wrong with that."""

    number: int | None
    asked: Question
    choices: Sequence[Choice]
    answers: Mapping[str, Sequence[str]]
    problem: str | None
    condition: str | None

    @property
    def widget(self) -> str:
        """The kind of control that takes the answer."""
        kind = self.asked.kind
        if kind in ("single", "multiple"):
            if kind == "single" and len(self.asked.choices) > MOST_BUTTONS:
                return "select"
            return "radio" if kind == "single" else "checkbox"
        return kind

    @property
    def given(self) -> Sequence[str]:
        """What was sent under the question's own name."""
        return self.answers.get(self.asked.code, ())

    @property
    def points(self) -> list[tuple[str, str | None]]:
        """The points of a scale as (value, code of the choice that labels it)."""
        labelled = set(self.asked.codes)
        texts = [str(point) for point in range(self.asked.minimum, self.asked.maximum + 1)]
        return [(text, text if text in labelled else None) for text in texts]

    @property
    def logic(self) -> dict[str, str]:
        """What the page's script needs to know, by the names of the attributes that carry it."""
        asked = self.asked
        found = {"data-k": asked.kind}
        if asked.required:
            found["data-r"] = ""
        if asked.shown_if is not None:
            found["data-if"] = _json(asked.shown_if)
        if asked.constraint is not None:
            found["data-rule"] = _json(asked.constraint.expression)
        if asked.kind in ("scale", "number"):
            found["data-b"] = _json([asked.minimum, asked.maximum, asked.decimals])
        if asked.earliest or asked.latest:
            found["data-b"] = _json([asked.earliest or {"date": FIRST_DAY}, asked.latest or {"date": LAST_DAY}])
        return found

    @property
    def days(self) -> dict[str, str]:
        """The first and the last day that a control offers, by the names of its attributes."""
        if not (self.asked.earliest or self.asked.latest):
            return {}
        first, last = days_taken(self.asked, today())
        return {"min": first.isoformat(), "max": last.isoformat()}


@dataclass(frozen=True, slots=True)
class Filled:
    """What a form's page shows beyond its questions: a key, what was answered, the slip's code, what is wrong."""

    key: str
    answers: Mapping[str, Sequence[str]]
    slip: str = ""
    issues: Sequence[Issue] = ()
    slip_problem: str | None = None


def form_page(
    request: Request,
    collection: Collection,
    definition: Definition,
    mark: str,
    envelope_key: str,
    filled: Filled,
    *,
    template: str = "form.html",
    **values: Any,
) -> Response:
    """Show a form, with what is wrong with it where something is; a preview does so by a template of its own."""
    shown_in = language_of(request)
    by_code = {question.code: question for question in definition.questions}
    spoken = spoken_in(request, definition)
    show = _shower(definition, filled, shown_in, (spoken.code, spoken.language) if spoken else None)
    wrong = [show(by_code[issue.question]) for issue in filled.issues]
    return page(
        request,
        template,
        422 if wrong or filled.slip_problem else 200,
        spoken=spoken,
        further=[(code, _further(definition, code).name) for code in definition.languages if code not in ("vi", "en")],
        collection=collection,
        definition=definition,
        sections=[(section, [show(question) for question in section.questions]) for section in definition.sections],
        wrong=wrong,
        mark=mark,
        envelope_key=envelope_key,
        filled=filled,
        **values,
    )


def spoken_in(request: Request, definition: Definition) -> Spoken | None:
    """Return the further language that the address asks for, if the questionnaire has it."""
    code = request.query_params.get("lang", "vi")
    is_further = code in definition.languages and code not in ("vi", "en")
    return Spoken(code, _further(definition, code)) if is_further else None


def _further(definition: Definition, code: str) -> FurtherLanguage:
    return definition.further_languages.get(code) or FurtherLanguage(code, {})


def _shower(
    definition: Definition, filled: Filled, shown_in: Language, further: tuple[str, FurtherLanguage] | None
) -> Any:
    numbered = [question.code for question in definition.questions if question.kind != "note"]
    numbers = {code: number for number, code in enumerate(numbered, 1)}
    problems = {issue.question: issue.message(shown_in, further) for issue in filled.issues}
    wording = Wording({question.code: question for question in definition.questions}, numbers, shown_in, further)

    def show(question: Question) -> AskedQuestion:
        return AskedQuestion(
            numbers.get(question.code),
            question,
            ordered_choices(question, filled.key),
            filled.answers,
            problems.get(question.code),
            wording.condition(question.shown_if) if question.shown_if is not None else None,
        )

    return show


def _json(value: object) -> str:
    return orjson.dumps(value).decode()

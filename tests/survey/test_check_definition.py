"""A questionnaire's definition is checked as a whole, and the first fault is named with its place."""

from importlib.resources import files

import orjson
import pytest
from jsonschema import Draft202012Validator
from survey_world import both, choice, definition

from kit.errors import InvalidInput
from survey.questionnaires.checking import checked
from survey.questionnaires.definition import digest, schema


def broken(path: str, value: object) -> dict:
    """The test's definition with one thing changed; `None` removes it."""
    document = definition()
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place = document
    for part in way:
        place = place[part]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return document


QUESTIONS = "sections.0.questions"


def test_the_published_schema_is_a_schema():
    Draft202012Validator.check_schema(schema())


def test_the_tests_own_definition_passes():
    read = checked(definition())
    assert [question.code for question in read.questions][:3] == ["reached", "channels", "useful"]
    assert read.with_role("age_band").codes == ("under_25", "45_plus", "not_said")


def test_the_demo_questionnaire_passes_and_asks_enough():
    read = checked(orjson.loads(files("survey.demo").joinpath("questionnaire.json").read_bytes()))
    assert sum(question.kind != "note" for question in read.questions) == 33
    assert {question.concept for question in read.questions} >= {"information_reached", "topic_demand"}
    assert {question.role for question in read.questions} >= {"age_band", "gender", "region", "education", "field"}


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("schema", "loa.questionnaire/2", "definition.schema"),
        ("title", None, "definition.$"),
        ("title.en", None, "definition.title"),
        ("title.fr", "Nouvelles", "definition.title"),
        ("title.vi", " ", "definition.title.vi"),
        ("languages", ["en"], "definition.languages"),
        ("sections", [], "definition.sections"),
        ("surprise", 1, "definition.$"),
        (f"{QUESTIONS}.0.kind", "essay", "definition.sections[0].questions[0].kind"),
        (f"{QUESTIONS}.0.code", "Reached", "definition.sections[0].questions[0].code"),
        (f"{QUESTIONS}.0.choices", None, "definition.sections[0].questions[0]"),
        (f"{QUESTIONS}.0.code", "reached\n", "definition.sections[0].questions[0].code"),
        (f"{QUESTIONS}.0.choices.0.code", "yes\n", "definition.sections[0].questions[0].choices[0].code"),
        (f"{QUESTIONS}.0.code", "useful", "definition.question"),
        (f"{QUESTIONS}.0.choices.1.code", "yes", "definition.reached"),
        (f"{QUESTIONS}.2.minimum", 5, "definition.useful"),
        (f"{QUESTIONS}.2.choices", [choice("9", "chín", "nine")], "definition.useful"),
        (f"{QUESTIONS}.3.maximum", None, "definition.sections[0].questions[3]"),
        (f"{QUESTIONS}.1.shown_if.question", "age", "definition.channels.shown_if.question"),
        (f"{QUESTIONS}.1.shown_if.is", ["maybe"], "definition.channels.shown_if.is"),
        (f"{QUESTIONS}.4.privacy", "plain", "definition.sections[0].questions[4].privacy"),
        (f"{QUESTIONS}.1.hint", both("chỉ", ""), "definition.sections[0].questions[1].hint.en"),
        ("sections.1.questions.1.role", "age_band", "definition.role"),
        ("sections.1.questions.1.privacy", "plain", "definition.sections[1].questions[1].privacy"),
        ("sections.1.code", "news", "definition.section"),
    ],
)
def test_names_the_place_of_a_fault(path, value, field):
    with pytest.raises(InvalidInput) as refusal:
        checked(broken(path, value))
    assert refusal.value.details["field"] == field


@pytest.mark.parametrize("document", [None, 1, "text", [], {}, {"schema": "loa.questionnaire/1"}, {"a": {"b": [1]}}])
def test_refuses_what_is_no_definition(document):
    with pytest.raises(InvalidInput):
        checked(document)


def test_refuses_what_is_nested_without_end():
    nested: list = []
    for _ in range(250):
        nested = [nested]
    with pytest.raises(InvalidInput):
        checked(broken("title", nested))


def test_refuses_a_definition_of_more_than_a_million_bytes():
    with pytest.raises(InvalidInput):
        checked(broken("title.vi", "x" * 1_000_001))


def test_the_digest_does_not_depend_on_the_order_of_keys():
    document = definition()
    assert digest(dict(reversed(document.items()))) == digest(document)
    assert digest(broken("title.vi", "Khác")) != digest(document)

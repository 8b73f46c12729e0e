"""Whether a JSON document is a questionnaire: by the published schema, then by what a schema cannot say."""

from collections.abc import Callable, Mapping
from functools import cache
from itertools import pairwise
from typing import Any

import orjson
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from kit.calendar import today
from kit.errors import InvalidInput
from survey.questionnaires.definition import Definition, Question, parsed, schema
from survey.questionnaires.expression import evaluate
from survey.questionnaires.expression_checking import Fault, check_condition, check_day

LARGEST_DEFINITION = 1_000_000
_TEXTS = ("title", "text", "hint", "introduction", "message")


def checked(document: Any) -> Definition:
    """Return the definition in a JSON document; InvalidInput with the first fault and its place."""
    _check_size(document)
    _check_schema(document)
    assert isinstance(document, dict)
    definition = parsed(document)
    _check_languages(document, definition.languages)
    _check_further(definition)
    _check_codes(definition)
    for question in definition.questions:
        _check_range(question)
        _check_days(question)
        _check_choices(question)
    _check_expressions(document, definition)
    return definition


def is_expression(document: Any) -> bool:
    """Whether a JSON document has the form of an expression; what it is about is not looked at."""
    try:
        return _expression_validator().is_valid(document)
    except RecursionError:
        return False


@cache
def _expression_validator() -> Draft202012Validator:
    return Draft202012Validator({"$ref": "#/$defs/expression", "$defs": schema()["$defs"]})


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(schema())


def _check_size(document: object) -> None:
    try:
        size = len(orjson.dumps(document))
    except (TypeError, ValueError) as error:
        raise _invalid("", "không phải JSON", "this is not JSON") from error
    if size > LARGEST_DEFINITION:
        raise _invalid("", "phiếu hỏi quá lớn", f"larger than {LARGEST_DEFINITION} bytes")


def _check_schema(document: Any) -> None:
    try:
        fault = best_match(_validator().iter_errors(document))
    except RecursionError as error:
        raise _invalid("", "lồng nhau quá sâu", "is nested too deeply") from error
    if fault is not None:
        raise _invalid(fault.json_path.removeprefix("$."), "không đúng lược đồ phiếu hỏi", fault.message[:300])


def _check_languages(document: object, languages: tuple[str, ...], place: str = "") -> None:
    """Refuse a text that lacks one of the questionnaire's languages, or has another."""
    if isinstance(document, list):
        for index, item in enumerate(document):
            _check_languages(item, languages, f"{place}[{index}]")
        return
    if not isinstance(document, dict):
        return
    for key, item in document.items():
        inner = f"{place}.{key}".lstrip(".")
        if key in _TEXTS and set(item) != set(languages):
            raise _invalid(
                inner, "phải có đủ và chỉ có các ngôn ngữ đã khai", f"must be given in exactly {list(languages)}"
            )
        # Expressions hold no texts for people; further languages name their own.
        if key not in (*_TEXTS, "shown_if", "expression", "further_languages"):
            _check_languages(item, languages, inner)


def _check_further(definition: Definition) -> None:
    for language in definition.further_languages:
        if language not in definition.languages or language in ("vi", "en"):
            raise _invalid(
                f"further_languages.{language}",
                "phải là một ngôn ngữ đã khai, ngoài tiếng Việt và tiếng Anh",
                "must be one of the languages, besides Vietnamese and English",
            )


def _check_codes(definition: Definition) -> None:
    _check_unique("section", [section.code for section in definition.sections])
    _check_unique("question", [question.code for question in definition.questions])
    _check_unique("role", [question.role for question in definition.questions if question.role])
    for question in definition.questions:
        _check_unique(question.code, list(question.codes))
        _check_unique(question.code, [row.code for row in question.rows])


def _check_unique(what: str, codes: list[str]) -> None:
    ordered = sorted(codes)
    for one, other in pairwise(ordered):
        if one == other:
            raise _invalid(what, f"mã “{one}” dùng hai lần", f"the code “{one}” is used twice")


def _check_range(question: Question) -> None:
    if question.kind not in ("scale", "number"):
        return
    if question.minimum >= question.maximum:
        raise _invalid(question.code, "minimum phải nhỏ hơn maximum", "minimum must be below maximum")
    outside = [code for code in question.codes if not question.minimum <= int(code) <= question.maximum]
    if outside:
        raise _invalid(
            question.code, f"mức “{outside[0]}” nằm ngoài thang", f"point “{outside[0]}” is not on the scale"
        )


def _check_days(question: Question) -> None:
    """Refuse days that do not exist, and two bounds of one sort, fixed or moving, between which no day lies."""
    bounds = {"earliest": question.earliest, "latest": question.latest}
    given = {name: bound for name, bound in bounds.items() if bound is not None}
    for name, bound in given.items():
        _faults_named(check_day, bound, f"{question.code}.{name}")
    if days_cross(given):
        raise _invalid(question.code, "earliest phải không sau latest", "earliest must not be after latest")


def days_cross(bounds: Mapping[str, Any]) -> bool:
    """Whether no day lies between `earliest` and `latest`; of a fixed and a moving one nobody can tell."""
    if len({"today" in bound for bound in bounds.values()}) != 1 or len(bounds) != 2:
        return False
    first, last = (str(evaluate(bounds[name], {}, today())) for name in ("earliest", "latest"))
    return first > last


def _check_choices(question: Question) -> None:
    if sum(choice.other for choice in question.choices) > 1:
        raise _invalid(question.code, "chỉ một lựa chọn được là “khác”", "only one choice can be “other”")
    if question.kind == "ranking" and question.places > len(question.choices):
        raise _invalid(
            question.code, "places nhiều hơn số lựa chọn", "places are more than there are choices to put there"
        )


def _check_expressions(document: Mapping[str, Any], definition: Definition) -> None:
    """Check conditions and constraints: a condition looks back, a constraint at its own question, too."""
    earlier: dict[str, Question] = {}
    for section, written in zip(definition.sections, document["sections"], strict=True):
        _check_expression(written, "shown_if", f"{section.code}.shown_if", earlier)
        for question, own in zip(section.questions, written["questions"], strict=True):
            _check_expression(own, "shown_if", f"{question.code}.shown_if", earlier)
            earlier[question.code] = question
            _check_expression(own.get("constraint", {}), "expression", f"{question.code}.constraint", earlier)


def _check_expression(holder: Mapping[str, Any], key: str, place: str, earlier: Mapping[str, Question]) -> None:
    if key in holder:
        _faults_named(lambda expression, where: check_condition(expression, earlier, where), holder[key], place)


def _faults_named(check: Callable[[Any, str], None], expression: Any, place: str) -> None:
    try:
        check(expression, place)
    except Fault as fault:
        raise _invalid(fault.place, fault.vi, fault.en) from fault


def _invalid(place: str, vi: str, en: str) -> InvalidInput:
    return InvalidInput(f"definition.{place}".rstrip("."), vi, en)

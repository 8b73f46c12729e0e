"""Conditions come to the same in Python and on the phone: the shared vectors, and thousands of expressions made up."""

import random
import subprocess
from collections import Counter
from datetime import date
from fractions import Fraction
from importlib.resources import files
from pathlib import Path

import orjson
import pytest
from survey_world import choice, definition, question

from gateway.planner.node import node_program
from survey.answers.validation import check
from survey.questionnaires.checking import checked
from survey.questionnaires.definition import parsed
from survey.questionnaires.expression import evaluate
from survey.web.assets import source

HERE = Path(__file__).parent
LOGIC = files("survey.web").joinpath("static", "logic.js")
VECTORS = orjson.loads((HERE / "expression_vectors.json").read_bytes())
SEED = 20_260_728


def on_the_phone(expressions: list, readings: list) -> dict:
    """What the module that the form ships makes of them, in Node."""
    said = subprocess.run(
        [str(node_program()), str(HERE / "phone_logic.mjs")],
        input=orjson.dumps({"module": str(LOGIC), "expressions": expressions, "readings": readings}),
        capture_output=True,
        check=True,
        timeout=60,
    )
    return orjson.loads(said.stdout)


def plain(result: object) -> object:
    """A result that can be compared: an exact fraction in its lowest terms."""
    if isinstance(result, dict):
        return Fraction(*map(int, f"{result['fraction']}/1".split("/")[:2]))
    return result


def in_python(vector: dict) -> object:
    return evaluate(vector["expression"], vector["values"], date.fromisoformat(vector["today"]))


def same(one: object, other: object) -> bool:
    # True is 1 for Python, and must not be here.
    return type(one) is type(other) and one == other


def test_there_are_at_least_two_hundred_vectors_of_different_names():
    names = Counter(vector["name"] for vector in VECTORS["expressions"])
    assert len(names) == len(VECTORS["expressions"]) >= 200


@pytest.mark.parametrize("vector", VECTORS["expressions"], ids=lambda vector: vector["name"])
def test_python_comes_to_the_result_of_each_vector(vector):
    assert same(in_python(vector), plain(vector["result"]))


def test_the_phone_comes_to_the_result_of_each_vector():
    said = on_the_phone(VECTORS["expressions"], [])["expressions"]
    wrong = [
        (vector["name"], found)
        for vector, found in zip(VECTORS["expressions"], said, strict=True)
        if not same(plain(found), plain(vector["result"]))
    ]
    assert wrong == []


def read_in_python(reading: dict) -> object:
    """What is stored of one field, through the check of a whole form."""
    kind = reading["kind"]
    more: dict = {"minimum": 0, "maximum": 10, **reading["bounds"]} if kind in ("number", "scale") else {}
    if kind == "scale":
        del more["decimals"]
    if kind == "date":
        more = reading["bounds"]
    if kind in ("single", "multiple", "ranking"):
        more = {"choices": [choice(code, code, code) for code in "abc"]}
    asked = {
        **definition(),
        "sections": [{**definition()["sections"][0], "questions": [question("q", kind, "?", "?", **more)]}],
    }
    day = date.fromisoformat(reading["today"]) if "today" in reading else None
    return check(checked(asked), {"q": reading["texts"]}, day).values.get("q")


@pytest.mark.parametrize("reading", VECTORS["readings"], ids=[str(place) for place in range(len(VECTORS["readings"]))])
def test_python_reads_each_field(reading):
    assert same(read_in_python(reading), reading["value"])


def test_the_phone_reads_each_field():
    # JSON has no whole numbers of their own: 4 and 4.0 are one value there.
    assert on_the_phone([], VECTORS["readings"])["readings"] == [reading["value"] for reading in VECTORS["readings"]]


NUMBERS = (0, 1, -1, 2, 0.1, 0.2, 0.3, 1e-7, 1e15, 9007199254740991, -2.5)
WORDS = ("a", "b", "é", "e\u0301", "2026-07-28", "")
NAMES = ("one", "two", "several", "number", "day", "missing", "constructor")


def made_up(chance: random.Random, depth: int) -> object:
    if depth == 0 or chance.random() < 0.15:
        return chance.choice([*NUMBERS, *WORDS, True, False])
    operator = chance.choice(
        [
            "and",
            "or",
            "not",
            "question",
            "answer",
            "answered",
            "count",
            "in",
            "date",
            "today",
            *"+-*/=<>",
            "!=",
            "<=",
            ">=",
        ]
    )
    if operator in ("answer", "answered", "count"):
        return {operator: chance.choice(NAMES)}
    if operator == "question":
        return {"question": chance.choice(NAMES), "is": chance.sample(["a", "b", "c"], 2)}
    if operator == "not":
        return {"not": made_up(chance, depth - 1)}
    if operator == "in":
        return {"in": [made_up(chance, depth - 1), chance.sample([*NUMBERS, *WORDS, True], 3)]}
    if operator == "date":
        return {"date": chance.choice(["2026-07-28", "2028-02-29", "1999-12-31"])}
    if operator == "today":
        return {"today": chance.randint(-36525, 36525), "years": chance.randint(-100, 100)}
    many = chance.randint(2, 4) if operator in ("and", "or", "+", "*") else 2
    return {operator: [made_up(chance, depth - 1) for _ in range(many)]}


def test_both_agree_on_thousands_of_expressions_nobody_thought_of():
    chance = random.Random(SEED)
    days = ["2026-07-28", "2028-02-29", "2027-12-31", "2100-02-28"]
    values = {"one": "a", "two": "e\u0301", "several": ["a", "c"], "number": 4.5, "day": "2026-07-29"}
    vectors = [{"expression": made_up(chance, 5), "values": values, "today": chance.choice(days)} for _ in range(5_000)]
    said = on_the_phone(vectors, [])["expressions"]
    results = [in_python(vector) for vector in vectors]
    differing = [
        (vector, found, result)
        for vector, found, result in zip(vectors, said, results, strict=True)
        if not same(plain(found), result)
    ]
    assert differing == []
    # Not all unknown: agreeing on nothing would prove nothing.
    assert all(sum(isinstance(result, kind) for result in results) > 300 for kind in (bool, Fraction, str))


def test_the_form_ships_this_very_module():
    assert source("form.js").startswith(LOGIC.read_bytes())


def test_published_conditions_of_the_first_kind_keep_their_meaning():
    document = definition()
    asked = next(each for each in parsed(document).questions if each.code == "channels")
    assert asked.shown_if == {"question": "reached", "is": ["yes"]}
    for answer, shown in (("yes", True), ("no", False), (None, False)):
        raw = {"channels": ["zalo"]} | ({"reached": [answer]} if answer else {})
        assert ("channels" in check(parsed(document), raw).values) is shown

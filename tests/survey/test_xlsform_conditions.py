"""XPath conditions and our expressions say the same of every answer, and come back as they were."""

from datetime import date

import pytest
from xlsform_books import comes_back, imported

from survey.questionnaires import expression as expressions
from survey.questionnaires.xlsform import conditions, xpath
from survey.questionnaires.xlsform.conditions import Target
from survey.questionnaires.xlsform.formulas import constraint_text, shown_if_text
from survey.questionnaires.xlsform.xpath import Unsupported

NAMES = {
    "one": Target("one", "single", None, {"yes": "yes", "no": "no", "3": "3"}),
    "many": Target("many", "multiple", None, {"a": "a", "b": "b"}),
    "cell": Target("grid", "matrix", "r", {"yes": "yes", "no": "no"}),
    "n": Target("n", "number"),
    "m": Target("m", "number"),
    "d": Target("d", "date"),
    "t": Target("t", "short_text"),
}
KINDS = {target.code: target.kind for target in NAMES.values()}
TODAY = date(2026, 3, 15)
NOT_N, NOT_ONE = {"not": {"answered": "n"}}, {"not": {"answered": "one"}}

SHOWN = [
    ("${one} = 'yes'", {"question": "one", "is": ["yes"]}),
    ("'yes' = ${one}", {"question": "one", "is": ["yes"]}),
    ("${one} != 'yes'", {"or": [NOT_ONE, {"not": {"question": "one", "is": ["yes"]}}]}),
    ("not(${one} = 'yes')", {"or": [NOT_ONE, {"not": {"question": "one", "is": ["yes"]}}]}),
    ("${one} != '' and ${one} != 'yes'", {"not": {"question": "one", "is": ["yes"]}}),
    ("${one} = ''", NOT_ONE),
    ("${one} > 2", {"question": "one", "is": ["3"]}),
    ("selected(${one}, 'no')", {"question": "one", "is": ["no"]}),
    ("selected('yes no', ${one})", {"question": "one", "is": ["yes", "no"]}),
    ("${cell} = 'no'", {"question": "grid", "row": "r", "is": ["no"]}),
    (
        "selected(${many}, 'a') and not(selected(${many}, 'b'))",
        {
            "and": [
                {"question": "many", "is": ["a"]},
                {"or": [{"not": {"answered": "many"}}, {"not": {"question": "many", "is": ["b"]}}]},
            ]
        },
    ),
    ("${many} = 'a'", {"and": [{"question": "many", "is": ["a"]}, {"=": [{"count": "many"}, 1]}]}),
    ("count-selected(${many}) >= 2", {">=": [{"count": "many"}, 2]}),
    ("count-selected(${many}) < 2", {"or": [{"not": {"answered": "many"}}, {"<": [{"count": "many"}, 2]}]}),
    ("${n} > 5", {">": [{"answer": "n"}, 5]}),
    ("5 < ${n}", {">": [{"answer": "n"}, 5]}),
    ("${n} > '5'", {">": [{"answer": "n"}, 5]}),
    ("not(${n} > 5)", {"or": [NOT_N, {"not": {">": [{"answer": "n"}, 5]}}]}),
    ("${n} != 5", {"or": [NOT_N, {"!=": [{"answer": "n"}, 5]}]}),
    ("${n} + ${m} * 2 >= 10.5", {">=": [{"+": [{"answer": "n"}, {"*": [{"answer": "m"}, 2]}]}, 10.5]}),
    ("${n} - ${m} - 1 = 0", {"=": [{"-": [{"-": [{"answer": "n"}, {"answer": "m"}]}, 1]}, 0]}),
    ("${n} div 2 <= -1", {"<=": [{"/": [{"answer": "n"}, 2]}, -1]}),
    ("${d} <= today() - 7", {"<=": [{"answer": "d"}, {"today": -7}]}),
    ("${d} = '2026-03-01'", {"=": [{"answer": "d"}, {"date": "2026-03-01"}]}),
    ("(today() - ${d}) div 365.25 >= 18", {"<=": [{"answer": "d"}, {"today": 0, "years": -18}]}),
    ("floor((today() - ${d}) div 365.25) > 17", {"<=": [{"answer": "d"}, {"today": 0, "years": -18}]}),
    ("string-length(${t}) > 0", {"answered": "t"}),
    ('${t} = "it\'s"', {"=": [{"answer": "t"}, "it's"]}),
    (
        "if(${one} = 'yes', ${n} > 1, false())",
        {"and": [{"question": "one", "is": ["yes"]}, {">": [{"answer": "n"}, 1]}]},
    ),
    (
        "(${one} = 'yes' or ${n} > 1) and ${m} > 2",
        {
            "and": [
                {"or": [{"question": "one", "is": ["yes"]}, {">": [{"answer": "n"}, 1]}]},
                {">": [{"answer": "m"}, 2]},
            ]
        },
    ),
    (
        "not(${n} > 1 and ${m} > 1)",
        {
            "or": [
                {"or": [NOT_N, {"not": {">": [{"answer": "n"}, 1]}}]},
                {"or": [{"not": {"answered": "m"}}, {"not": {">": [{"answer": "m"}, 1]}}]},
            ]
        },
    ),
]
ANSWERS = [
    {},
    {"one": "yes", "many": ["a"], "n": 6, "m": 0, "d": "2026-03-01", "t": "it's", "grid.r": "no"},
    {"one": "3", "many": ["a", "b"], "n": 5, "m": 5, "d": "2008-03-15"},
    {"one": "no", "many": ["b"], "n": -2, "m": 3},
]


@pytest.mark.parametrize(("formula", "expected"), SHOWN)
async def test_a_condition_reads_as_ours(formula, expected):
    assert conditions.shown_if(xpath.parse(formula), NAMES) == expected


@pytest.mark.parametrize("expected", [each for _, each in SHOWN])
async def test_what_was_read_is_written_and_read_again_the_same(expected):
    names = {(target.code, target.row): name for name, target in NAMES.items()}
    formula = shown_if_text(expected, lambda code, row: names[code, row], KINDS)
    assert conditions.shown_if(xpath.parse(formula), NAMES) == expected


@pytest.mark.parametrize("expression", [each for _, each in SHOWN])
@pytest.mark.parametrize("answers", ANSWERS)
async def test_the_opposite_that_is_written_is_true_only_when_ours_is_known_to_be_false(expression, answers):
    names = {(target.code, target.row): name for name, target in NAMES.items()}
    formula = shown_if_text({"not": expression}, lambda code, row: names[code, row], KINDS)
    back = conditions.shown_if(xpath.parse(formula), NAMES)
    assert expressions.holds(back, answers, TODAY) is (expressions.evaluate(expression, answers, TODAY) is False)


async def test_unanswered_is_an_empty_text_as_on_a_phone_with_odk():
    unlike = conditions.shown_if(xpath.parse("${one} != 'yes'"), NAMES)
    assert expressions.holds(unlike, {}, TODAY)
    assert not expressions.holds(unlike, {"one": "yes"}, TODAY)
    assert expressions.holds(conditions.shown_if(xpath.parse("count-selected(${many}) = 0"), NAMES), {}, TODAY)
    assert not expressions.holds(conditions.shown_if(xpath.parse("${n} < 5"), NAMES), {}, TODAY)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (". >= 1 and not(. = 13)", {"and": [{">=": [{"answer": "n"}, 1]}, {"not": {"=": [{"answer": "n"}, 13]}}]}),
        (". <= ${m}", {"<=": [{"answer": "n"}, {"answer": "m"}]}),
        (". != 5", {"!=": [{"answer": "n"}, 5]}),
    ],
)
async def test_a_constraint_reads_as_ours_and_comes_back(formula, expected):
    read = conditions.constraint(xpath.parse(formula), NAMES, NAMES["n"])
    assert read == expected
    written = constraint_text(read, lambda code, row: code, KINDS, "n")
    assert conditions.constraint(xpath.parse(written), NAMES, NAMES["n"]) == expected


@pytest.mark.parametrize(
    ("formula", "code"),
    [
        ("regex(${t}, 'a')", "FUNCTION_UNKNOWN"),
        ("${n} mod 2 = 0", "FUNCTION_UNKNOWN"),
        ("contains(${t}, 'x')", "FUNCTION_UNKNOWN"),
        ("${one} = 'maybe'", "CHOICE_UNKNOWN"),
        ("${who} = 1", "NAME_UNKNOWN"),
        ("${t} > 5", "SORTS_DIFFER"),
        ("${d} > 5", "SORTS_DIFFER"),
        (". = 1", "OWN_ANSWER"),
        ("${n} + 1", "NOT_A_CONDITION"),
        ("${n} >", "EXPRESSION_UNREADABLE"),
        ("relevant", "EXPRESSION_UNREADABLE"),
        ("${n} = 1 )", "EXPRESSION_UNREADABLE"),
        ("€", "EXPRESSION_UNREADABLE"),
        ("(" * 100 + "1 = 1" + ")" * 100, "EXPRESSION_TOO_LARGE"),
        ("1" + " - 1" * 500 + " = 0", "EXPRESSION_TOO_LARGE"),
        ("${n} > 99999999999999999999", "EXPRESSION_TOO_LARGE"),
    ],
)
async def test_what_ours_can_not_say_is_named(formula, code):
    with pytest.raises(Unsupported) as refusal:
        conditions.shown_if(xpath.parse(formula), NAMES)
    assert refusal.value.code == code


async def test_an_expression_that_xpath_has_other_words_for_comes_back_exactly():
    definition = imported(
        {"type": "select_one yn", "name": "a", "label": "A"},
        {"type": "integer", "name": "b", "label": "B"},
        {"type": "text", "name": "c", "label": "C"},
    ).definition
    one, two, three = definition["sections"][0]["questions"]
    two["shown_if"] = {"not": {"and": [{"=": [{"answer": "a"}, "yes"]}, {"question": "a", "is": ["yes", "no"]}]}}
    three["shown_if"] = {"in": [{"answer": "b"}, [1, 2, 3]]}
    three["constraint"] = {"expression": {"or": [{"=": [{"answer": "c"}, "\"'"]}, True]}, "message": {"vi": "Sai"}}
    assert one["code"] == "a"
    assert comes_back(definition)

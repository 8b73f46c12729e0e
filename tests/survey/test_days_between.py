"""A question for a day may take only days from a first to a last one, fixed or moving with today, everywhere alike."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from survey_world import build_world, code_of, definition, question, waiting
from xlsform_books import asked, imported, questions_of

from kit.calendar import today
from kit.errors import InvalidInput
from kit.identity import SYSTEM
from survey.answers.validation import check
from survey.questionnaires import service as questionnaires
from survey.questionnaires.checking import checked
from survey.questionnaires.xlsform.reading import import_workbook
from survey.questionnaires.xlsform.writing import export_workbook

DAY = date(2026, 11, 21)
TODAY, MARCH = {"today": 0}, {"date": "2026-03-01"}


def meeting(**bounds: Any) -> dict[str, Any]:
    document = definition()
    document["sections"][0]["questions"].append(
        question("met", "date", "Họp ngày nào?", "When did you meet?", **bounds)
    )
    return document


def outcome(text: str, **bounds: Any) -> tuple[str | None, list[str]]:
    found = check(checked(meeting(**bounds)), {"reached": ["no"], "met": [text]}, DAY)
    return found.values.get("met"), [issue.message("en") for issue in found.issues]


@pytest.mark.parametrize(
    ("text", "bounds", "stored"),
    [
        ("2026-03-01", {"earliest": MARCH}, "2026-03-01"),
        ("28/2/2026", {"earliest": MARCH}, None),
        ("2026-11-21", {"latest": TODAY}, "2026-11-21"),
        ("2026-11-22", {"latest": TODAY}, None),
        ("2026-11-22", {"latest": {"today": 1}}, "2026-11-22"),
        ("2011-11-21", {"latest": {"today": 0, "years": -15}}, "2011-11-21"),
        ("2011-11-22", {"latest": {"today": 0, "years": -15}}, None),
        ("1900-01-01", {"latest": TODAY}, "1900-01-01"),
        ("2026-03-01", {"earliest": MARCH, "latest": MARCH}, "2026-03-01"),
        ("2026-03-02", {"earliest": MARCH, "latest": MARCH}, None),
        # Nobody can tell beforehand that there will be a day between these.
        ("2026-11-21", {"earliest": {"date": "2027-01-01"}, "latest": TODAY}, None),
    ],
)
def test_days_outside_are_refused(text, bounds, stored):
    assert outcome(text, **bounds)[0] == stored


def test_what_is_wrong_names_both_ends():
    assert outcome("2026-11-22", earliest=MARCH, latest=TODAY) == (
        None,
        ["Please enter a day from 01/03/2026 to 21/11/2026."],
    )
    assert outcome("2026-11-22", latest=TODAY)[1] == ["Please enter a day from 01/01/1900 to 21/11/2026."]
    # What is no day at all is told apart.
    assert outcome("30/2/2026", latest=TODAY)[1] == ["Please enter a day, month and year, for example 31/12/2025."]
    (issue,) = check(checked(meeting(latest=TODAY)), {"reached": ["no"], "met": ["2027-01-01"]}, DAY).issues
    assert (issue.code, issue.message("vi")) == ("DAY_OUT_OF_RANGE", "Xin nhập một ngày từ 01/01/1900 đến 21/11/2026.")


@pytest.mark.parametrize(
    ("bounds", "place"),
    [
        ({"earliest": "2026-03-01"}, "sections[0].questions[6].earliest"),
        ({"earliest": {"answer": "met"}}, "sections[0].questions[6].earliest"),
        ({"latest": {"date": "1.3.2026"}}, "sections[0].questions[6].latest.date"),
        ({"latest": {"today": 40_000}}, "sections[0].questions[6].latest.today"),
        ({"latest": {"date": "2026-02-30"}}, "met.latest.date"),
        ({"earliest": {"date": "2026-03-02"}, "latest": MARCH}, "met"),
        ({"earliest": {"today": 0}, "latest": {"today": 0, "years": -1}}, "met"),
    ],
)
def test_authors_are_told_what_is_no_bound(bounds, place):
    with pytest.raises(InvalidInput) as refused:
        checked(meeting(**bounds))
    assert refused.value.details["field"] == f"definition.{place}"


def test_only_questions_for_a_day_have_them():
    document = definition()
    document["sections"][0]["questions"][0]["latest"] = TODAY
    with pytest.raises(InvalidInput):
        checked(document)


def met(constraint: str, **more: str) -> dict[str, Any]:
    """The question that a row with a constraint becomes."""
    return questions_of(imported(asked("date", "met", constraint=constraint, **more)))["met"]


@pytest.mark.parametrize(
    ("constraint", "bounds"),
    [
        (". <= today()", {"latest": TODAY}),
        (". < today()", {"latest": {"today": -1}}),
        ("today() >= .", {"latest": TODAY}),
        (
            ". >= date('2026-03-01') and . <= today() + 7",
            {"earliest": MARCH, "latest": {"today": 7}},
        ),
        (". > date('2026-02-28')", {"earliest": MARCH}),
    ],
)
def test_a_constraint_of_a_workbook_becomes_bounds(constraint, bounds):
    found = met(constraint)
    assert {name: found[name] for name in ("earliest", "latest", "constraint") if name in found} == bounds


@pytest.mark.parametrize(
    "constraint", [". > date('2099-12-31')", ". < date('1900-01-01')", ". >= today() and . <= today() - 1"]
)
def test_what_no_bound_can_say_stays_a_constraint(constraint):
    found = met(constraint)
    assert "constraint" in found
    assert "earliest" not in found
    assert "latest" not in found


def test_bounds_with_words_of_their_own_keep_them():
    found = met(". <= today()", constraint_message="Ngày họp chưa tới.")
    assert found["constraint"] == {
        "expression": {"<=": [{"answer": "met"}, TODAY]},
        "message": {"vi": "Ngày họp chưa tới."},
    }
    assert "latest" not in found


@pytest.mark.parametrize(
    "bounds",
    [
        {"earliest": MARCH},
        {"latest": {"today": -30}},
        {"earliest": {"today": 0, "years": -60}, "latest": {"today": -1, "years": -15}},
        {"earliest": MARCH, "latest": {"today": 0}},
    ],
)
@pytest.mark.parametrize("with_constraint", [False, True])
def test_they_come_back_from_a_workbook_as_they_were(bounds, with_constraint):
    document = meeting(**bounds)
    if with_constraint:
        document["sections"][0]["questions"][-1]["constraint"] = {
            "expression": {"!=": [{"answer": "met"}, {"date": "2026-04-30"}]},
            "message": {"vi": "Hôm đó là ngày nghỉ.", "en": "That was a holiday."},
        }
    assert import_workbook(export_workbook(document)).definition == document


async def test_the_page_offers_the_days_that_are_taken_and_says_what_is_wrong(client, database):
    world = await build_world()
    draft = await questionnaires.save_draft(
        SYSTEM, world.questionnaire_id, meeting(earliest=MARCH, latest={"today": 1})
    )
    await questionnaires.publish_version(SYSTEM, draft.id)
    code = await code_of(await world.open_wave())
    tomorrow = today() + timedelta(days=1)
    shown = (await client.get(f"/f/{code}")).text
    control = re.search(r'<input[^>]* name="?met"?[^>]*>', shown)[0]
    assert f'min="2026-03-01" max="{tomorrow}"' in control
    filled = {"_key": "k" * 22, "reached": "no", "met": f"{tomorrow + timedelta(days=1)}"}
    reply = await client.post(f"/f/{code}", data=filled)
    assert reply.status_code == 422
    assert f"Xin nhập một ngày từ 01/03/2026 đến {tomorrow:%d/%m/%Y}." in reply.text
    assert await waiting() == []
    assert (await client.post(f"/f/{code}", data={**filled, "met": f"{tomorrow}"})).status_code == 303
    assert await waiting() == [{"reached": "no", "met": f"{tomorrow}"}]

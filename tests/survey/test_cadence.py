"""How often a programme asks: named rules, rules made by hand, the days they give, and what they mean in plain words."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_world import PATHS, ROOT, unit_id

from kit.calendar import today
from kit.errors import InvalidInput
from kit.identity import ANONYMOUS
from kit.testing import caller_as
from survey.programmes.models import Programme
from survey.programmes.service.cadence import PRESETS, in_words, next_days, preset_named
from survey.programmes.service.recurrence import checked_rule, days_of

EDITOR = caller_as("editor", PATHS[ROOT])
PRESET = {preset.code: preset for preset in PRESETS}


def first(rule: str, starts_on: date, count: int = 4, wave_days: int = 1) -> list[str]:
    checked = checked_rule(rule, starts_on, wave_days)
    return [day.isoformat() for day in next_days(checked, starts_on, count, starts_on)]


@pytest.mark.parametrize(
    ("code", "starts_on", "days", "words"),
    [
        (
            "twice_a_year",
            "2026-03-01",
            ["2026-03-01", "2026-09-01", "2027-03-01"],
            "hai lần một năm, vào 1/3 và 1/9",
        ),
        ("yearly", "2026-03-01", ["2026-03-01", "2027-03-01", "2028-03-01"], "mỗi năm một lần, vào 1/3"),
        ("every_two_years", "2026-03-01", ["2026-03-01", "2028-03-01", "2030-03-01"], "hai năm một lần, vào 1/3"),
        (
            "quarterly",
            "2026-09-01",
            ["2026-09-01", "2026-12-01", "2027-03-01"],
            "bốn lần một năm, vào 1/3, 1/6, 1/9 và 1/12",
        ),
        # No 31 February, no 31 November: the last day instead, and no wave is left out.
        (
            "twice_a_year",
            "2026-08-31",
            ["2026-08-31", "2027-02-28", "2027-08-31", "2028-02-29"],
            "hai lần một năm, vào ngày cuối tháng 2 và 31/8",
        ),
        (
            "quarterly",
            "2026-08-31",
            ["2026-08-31", "2026-11-30", "2027-02-28", "2027-05-31"],
            "bốn lần một năm, vào ngày cuối tháng 2, 31/5, 31/8 và 30/11",
        ),
        (
            "yearly",
            "2028-02-29",
            ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"],
            "mỗi năm một lần, vào ngày cuối tháng 2",
        ),
        (
            "every_two_years",
            "2028-02-29",
            ["2028-02-29", "2030-02-28", "2032-02-29"],
            "hai năm một lần, vào ngày cuối tháng 2",
        ),
    ],
)
def test_a_named_rule_leaves_no_wave_out(code, starts_on, days, words):
    begins = date.fromisoformat(starts_on)
    rule = PRESET[code].rule(begins)
    assert first(rule, begins, len(days), wave_days=30) == days
    assert in_words(rule, begins).vi == words
    assert preset_named(rule, begins) == PRESET[code]


@settings(deadline=None)
@given(st.sampled_from(PRESETS), st.dates(date(2020, 1, 1), date(2036, 12, 31)))
def test_a_named_rule_comes_in_every_of_its_months(preset, starts_on):
    days = list(days_of(checked_rule(preset.rule(starts_on), starts_on, 28), starts_on))
    months = [day.year * 12 + day.month for day in days]
    assert months == list(range(months[0], months[-1] + 1, preset.months))
    assert days[0] == starts_on
    assert days[-1] > starts_on + timedelta(days=47 * 365)
    assert all(28 <= day.day <= starts_on.day or day.day == starts_on.day for day in days)


@pytest.mark.parametrize(
    ("rule", "starts_on", "days"),
    [
        # RFC 5545: a date that does not exist is left out, not moved.
        ("FREQ=MONTHLY;INTERVAL=6", "2026-08-31", ["2026-08-31", "2027-08-31"]),
        ("FREQ=YEARLY", "2028-02-29", ["2028-02-29", "2032-02-29"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "2026-01-31", ["2026-01-31", "2026-02-28", "2026-03-31"]),
        ("FREQ=MONTHLY;BYDAY=-1FR", "2026-03-01", ["2026-03-27", "2026-04-24"]),
        ("FREQ=YEARLY;BYMONTH=3,9;BYDAY=1MO", "2026-03-01", ["2026-03-02", "2026-09-07", "2027-03-01"]),
        ("FREQ=YEARLY;BYDAY=20MO", "1997-05-19", ["1997-05-19", "1998-05-18", "1999-05-17"]),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "1997-05-12", ["1997-05-12", "1998-05-11", "1999-05-17"]),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
            "1997-08-05",
            ["1997-08-05", "1997-08-10", "1997-08-19"],
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
            "1997-08-05",
            ["1997-08-05", "1997-08-17", "1997-08-19"],
        ),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", "1997-09-29", ["1997-09-29", "1997-10-30", "1997-11-27"]),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "1997-09-02", ["1998-02-13", "1998-03-13", "1998-11-13"]),
        ("FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200", "1997-01-01", ["1997-01-01", "1997-04-10"]),
        (" rrule:freq=yearly;interval=1 ", "2026-01-01", ["2026-01-01", "2027-01-01"]),
    ],
)
def test_rules_mean_what_rfc_5545_says(rule, starts_on, days):
    assert first(rule, date.fromisoformat(starts_on), len(days)) == days


@pytest.mark.parametrize(
    ("rule", "last", "count"),
    [
        ("FREQ=YEARLY;COUNT=3", "2028-03-01", 3),
        ("FREQ=YEARLY;UNTIL=20280301", "2028-03-01", 3),
        ("FREQ=YEARLY;UNTIL=20280228", "2027-03-01", 2),
        # 17:00 UTC is midnight in Viet Nam, where the next day has begun.
        ("FREQ=YEARLY;UNTIL=20280229T170000Z", "2028-03-01", 3),
        ("FREQ=YEARLY;UNTIL=20280229T165959Z", "2027-03-01", 2),
        ("FREQ=YEARLY;UNTIL=20280301T000000", "2028-03-01", 3),
        ("FREQ=YEARLY;UNTIL=99991231", "2076-03-01", 51),
        ("FREQ=YEARLY;COUNT=9999", "2076-03-01", 51),
    ],
)
def test_a_rule_ends_when_it_says_and_never_later_than_in_fifty_years(rule, last, count):
    begins = date(2026, 3, 1)
    days = list(days_of(checked_rule(rule, begins, 1), begins))
    assert (days[-1].isoformat(), len(days)) == (last, count)


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "every spring",
        "FREQ=DAILY",
        "FREQ=HOURLY",
        "INTERVAL=2",
        "FREQ=YEARLY;",
        "FREQ=YEARLY;FREQ=YEARLY",
        "FREQ=YEARLY;INTERVAL=0",
        "FREQ=YEARLY;INTERVAL=-1",
        "FREQ=YEARLY;INTERVAL=99999",
        "FREQ=YEARLY;COUNT=0",
        "FREQ=YEARLY;COUNT=2;UNTIL=20300101",
        "FREQ=YEARLY;UNTIL=20301301",
        "FREQ=YEARLY;UNTIL=99991231T235959Z",
        "FREQ=YEARLY;UNTIL=soon",
        "FREQ=YEARLY;UNTIL=2030-01-01",
        "FREQ=YEARLY;UNTIL=20250101",
        "FREQ=YEARLY;BYMONTH=13",
        "FREQ=YEARLY;BYMONTH=٣",
        "FREQ=YEARLY;BYMONTH=-1",
        "FREQ=YEARLY;BYMONTH=",
        "FREQ=YEARLY;BYMONTHDAY=32",
        "FREQ=YEARLY;BYMONTHDAY=0",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYHOUR=8",
        "FREQ=YEARLY;BYEASTER=0",
        "FREQ=YEARLY;BYDAY=XX",
        "FREQ=YEARLY;WKST=1MO",
        "FREQ=YEARLY;BYSETPOS=1",
        "FREQ=YEARLY;BYWEEKNO=20;BYDAY=2MO",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=WEEKLY;BYMONTHDAY=1",
        "FREQ=MONTHLY;BYWEEKNO=1",
        "FREQ=MONTHLY;BYYEARDAY=1",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=7;COUNT=3",
        "FREQ=YEARLY\nDTSTART:20200101",
        "FREQ=YEARLY;X=" + "9" * 300,
    ],
)
def test_what_is_no_rule_of_days_or_never_comes_is_refused(rule):
    with pytest.raises(InvalidInput) as refusal:
        checked_rule(rule, date(2026, 3, 1), 1)
    assert refusal.value.details["field"] == "recurrence"


@settings(deadline=None)
@given(st.text(st.sampled_from("FREQ=YALMONTHWKI;COUB,0123+-TZ"), max_size=60))
def test_any_text_is_a_rule_or_is_refused(text):
    for rule in (text, f"FREQ=YEARLY;{text}"):
        try:
            days = list(days_of(checked_rule(rule, date(2026, 3, 1), 1), date(2026, 3, 1)))
        except InvalidInput:
            continue
        assert days == sorted(set(days))


def test_waves_that_would_overlap_in_some_year_are_refused():
    # From 1 February to 1 March it is 29 days in 2028, and 28 in the year after.
    rule, begins = "FREQ=YEARLY;BYMONTH=2,3;BYMONTHDAY=1", date(2028, 2, 1)
    with pytest.raises(InvalidInput) as refusal:
        checked_rule(rule, begins, 29)
    assert refusal.value.details["field"] == "waveDays"
    assert checked_rule(rule, begins, 28) == rule


@pytest.mark.parametrize(
    ("rule", "starts_on", "vi", "en"),
    [
        ("FREQ=MONTHLY", "2026-08-15", "hằng tháng, vào ngày 15", "every month, on the 15th"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "2026-08-31", "hằng tháng, vào ngày cuối", "every month, on the last day"),
        (
            "FREQ=MONTHLY;BYDAY=-1FR",
            "2026-08-01",
            "hằng tháng, vào thứ Sáu cuối cùng",
            "every month, on the last Friday",
        ),
        (
            "FREQ=YEARLY;BYMONTH=3,9;BYDAY=1MO",
            "2026-01-01",
            "hai lần một năm, vào thứ Hai đầu tiên của tháng 3 và thứ Hai đầu tiên của tháng 9",
            "twice a year, on the first Monday of March and the first Monday of September",
        ),
        ("FREQ=MONTHLY;INTERVAL=5", "2026-08-22", "năm tháng một lần, vào ngày 22", "every five months, on the 22nd"),
        (
            "FREQ=WEEKLY;BYDAY=MO,TH",
            "2026-08-31",
            "hằng tuần, vào thứ Hai và thứ Năm",
            "every week, on Monday and Thursday",
        ),
        ("FREQ=WEEKLY;INTERVAL=2", "2026-08-31", "hai tuần một lần, vào thứ Hai", "every two weeks, on Monday"),
        # What the rule leaves out is said as it is.
        ("FREQ=MONTHLY;INTERVAL=6", "2026-08-31", "mỗi năm một lần, vào 31/8", "once a year, on 31 August"),
        ("FREQ=YEARLY", "2028-02-29", "bốn năm một lần, vào 29/2", "every four years, on 29 February"),
        (
            "FREQ=YEARLY;INTERVAL=2;BYMONTH=3,9",
            "2026-03-01",
            "cứ hai năm hai lần, vào 1/3 và 1/9",
            "two times every two years, on 1 March and 1 September",
        ),
        (
            "FREQ=MONTHLY;INTERVAL=6;COUNT=4",
            "2026-03-01",
            "hai lần một năm, vào 1/3 và 1/9; tất cả bốn đợt, đợt cuối vào 1/9/2027",
            "twice a year, on 1 March and 1 September; four in all, the last on 1 September 2027",
        ),
        ("FREQ=YEARLY;COUNT=1", "2026-03-01", "một lần, vào 1/3/2026", "once, on 1 March 2026"),
        (
            "FREQ=YEARLY;BYYEARDAY=100",
            "2026-01-01",
            "theo quy tắc riêng, bắt đầu vào 10/4/2026, 10/4/2027, 9/4/2028 và 10/4/2029, …",
            "by a rule of its own, beginning on 10 April 2026, 10 April 2027, 9 April 2028 and 10 April 2029, …",
        ),
    ],
)
def test_a_rule_is_told_in_words_by_what_it_does(rule, starts_on, vi, en):
    assert in_words(rule, date.fromisoformat(starts_on)) == (vi, en)


@settings(deadline=None)
@given(
    st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY"]),
    st.integers(1, 40),
    st.lists(st.integers(1, 12), max_size=4),
    st.lists(st.sampled_from(["MO", "TU", "SU"]), max_size=3),
    st.sampled_from(["", ";COUNT=1", ";COUNT=2", ";UNTIL=20270601"]),
    st.dates(date(2024, 1, 1), date(2030, 12, 31)),
)
def test_every_rule_that_comes_has_words(frequency, interval, months, weekdays, end, starts_on):
    rule = f"FREQ={frequency};INTERVAL={interval}{end}"
    rule += f";BYMONTH={','.join(map(str, months))}" if months else ""
    rule += f";BYDAY={','.join(weekdays)}" if weekdays else ""
    try:
        checked = checked_rule(rule, starts_on, 1)
    except InvalidInput:
        return
    words = in_words(checked, starts_on)
    assert words.vi
    assert words.en


PRESETS_ASKED = """
query ($day: Date!) { surveyCadencePresets { code nameVi nameEn isDefault cadence(startsOn: $day) {
  recurrence code wordsVi wordsEn days(count: 2) } } }
"""
PREVIEW = """
query ($day: Date!, $rule: String!, $count: Int! = 3, $since: Date, $length: Int! = 30) {
  surveyCadencePreview(startsOn: $day, recurrence: $rule, waveDays: $length) {
    recurrence code wordsVi days(count: $count, since: $since) } }
"""


async def test_the_presets_are_shown_with_what_they_give(ask):
    found = (await ask(PRESETS_ASKED, day="2026-03-01")).field
    assert [(preset["code"], preset["isDefault"]) for preset in found] == [
        ("twice_a_year", True),
        ("yearly", False),
        ("every_two_years", False),
        ("quarterly", False),
    ]
    assert found[0] == {
        "code": "twice_a_year",
        "nameVi": "Hai lần một năm",
        "nameEn": "Twice a year",
        "isDefault": True,
        "cadence": {
            "recurrence": "FREQ=MONTHLY;INTERVAL=6",
            "code": "twice_a_year",
            "wordsVi": "hai lần một năm, vào 1/3 và 1/9",
            "wordsEn": "twice a year, on 1 March and 1 September",
            "days": ["2026-03-01", "2026-09-01"],
        },
    }


async def test_a_rule_is_previewed_before_a_programme_has_it(ask):
    rule = "rrule:byday=1mo;freq=yearly;bymonth=5"
    shown = (await ask(PREVIEW, EDITOR, day="2026-01-01", rule=rule, since="2027-01-01")).field
    assert shown == {
        "recurrence": "FREQ=YEARLY;BYDAY=1MO;BYMONTH=5",
        "code": None,
        "wordsVi": "mỗi năm một lần, vào thứ Hai đầu tiên của tháng 5",
        "days": ["2027-05-03", "2028-05-01", "2029-05-07"],
    }


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"rule": "FREQ=YEARLY;BYMONTH=13"}, "INVALID_INPUT"),
        ({"rule": "FREQ=WEEKLY"}, "INVALID_INPUT"),
        ({"rule": "FREQ=YEARLY", "count": 0}, "INVALID_INPUT"),
        ({"rule": "FREQ=YEARLY", "count": 51}, "INVALID_INPUT"),
        ({"rule": "FREQ=YEARLY", "length": 0}, "INVALID_INPUT"),
        ({"rule": "FREQ=YEARLY", "day": "9999-12-31"}, "INVALID_INPUT"),
        ({"rule": "FREQ=YEARLY", "day": "0001-01-01"}, "INVALID_INPUT"),
    ],
)
async def test_a_preview_refuses_what_a_programme_would(ask, asked, code):
    assert (await ask(PREVIEW, EDITOR, **{"day": "2026-01-01", **asked})).code == code


async def test_a_preview_is_for_those_who_are_signed_in(ask):
    assert (await ask(PREVIEW, ANONYMOUS, day="2026-01-01", rule="FREQ=YEARLY")).code == "SIGN_IN_REQUIRED"


CREATE = """
mutation ($input: CreateSurveyProgrammeInput!) { createSurveyProgramme(input: $input) {
  ... on CreateSurveyProgrammeSuccess { programme { recurrence ways state cadence { code wordsVi days(count: 2) } } }
  ... on Problem { code message } ... on InvalidInput { field } } }
"""


def new(world, **changed):
    return {
        "code": "other",
        "titleVi": "Khác",
        "titleEn": "Other",
        "ownerUnitId": str(unit_id(ROOT)),
        "targetUnitId": str(unit_id(ROOT)),
        "questionnaireId": str(world.questionnaire_id),
        "startsOn": "2026-08-31",
        **changed,
    }


async def test_a_programme_may_have_a_named_rule_and_ways_to_answer(ask, world):
    reply = await ask(CREATE, EDITOR, input=new(world, cadence="quarterly", ways=["paper", "slip"]))
    assert reply.field["programme"] == {
        "recurrence": "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=28,29,30,31;BYSETPOS=-1",
        "ways": ["slip", "paper"],
        "state": "active",
        "cadence": {
            "code": "quarterly",
            "wordsVi": "bốn lần một năm, vào ngày cuối tháng 2, 31/5, 31/8 và 30/11",
            "days": ["2026-08-31", "2026-11-30"],
        },
    }


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"cadence": "hourly"}, "cadence"),
        ({"cadence": "yearly", "recurrence": "FREQ=YEARLY"}, "recurrence"),
        ({"ways": []}, "ways"),
        ({"ways": ["slip", "telephone"]}, "ways"),
    ],
)
async def test_refuses_a_cadence_or_way_that_does_not_exist(ask, world, changed, field):
    reply = await ask(CREATE, EDITOR, input=new(world, **changed))
    assert (reply.code, reply.field["field"]) == ("INVALID_INPUT", field)
    assert await Programme.filter(code="other").count() == 0


def test_next_days_begin_on_the_day_asked_for():
    assert next_days("FREQ=YEARLY", today(), 1, today()) == [today()]
    assert next_days("FREQ=YEARLY;COUNT=1", today(), 3, today() + timedelta(days=1)) == []

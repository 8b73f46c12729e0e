"""A programme comes back by its rule: waves are planned ahead, opened and closed, by editors or by the clock."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import asyncpg
import orjson
import pytest
from survey_world import MINE, NORTH, PATHS, ROOT, SOUTH, apply, merged, noon, unit_id

from kit import db
from kit.calendar import today
from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import caller_as
from survey.programmes.jobs import plan_waves
from survey.programmes.models import Programme, Wave
from survey.programmes.service import waves
from survey.programmes.service.recurrence import days_of

CREATE = """
mutation ($input: CreateSurveyProgrammeInput!) {
  createSurveyProgramme(input: $input) {
    ... on CreateSurveyProgrammeSuccess { programme { code recurrence waveDays minimumBase owner { id } target { id } } }
    ... on Problem { code message }
    ... on InvalidInput { field }
  }
}
"""
PLAN = """
mutation ($id: ID!, $opensAt: DateTime!, $closesAt: DateTime!) {
  planSurveyWave(programmeId: $id, opensAt: $opensAt, closesAt: $closesAt) {
    ... on SurveyWaveSuccess { wave { id number state } }
    ... on Problem { code }
    ... on InvalidInput { field }
  }
}
"""
OPEN = """
mutation ($id: ID!) {
  openSurveyWave(id: $id) {
    ... on SurveyWaveSuccess { wave { state treeVersion frozenAt questionnaireVersion { number } } }
    ... on Problem { code message }
  }
}
"""
CLOSE = """
mutation ($id: ID!) {
  closeSurveyWave(id: $id) { ... on SurveyWaveSuccess { wave { state } } ... on Problem { code } }
}
"""

EDITOR = caller_as("editor", PATHS[ROOT])

# What an editor opens by hand waits for org's news: here there are none.
pytestmark = pytest.mark.usefixtures("own_valkey")


def new(world, **changed):
    return {
        "code": "north",
        "titleVi": "Khảo sát miền Bắc",
        "titleEn": "Northern survey",
        "ownerUnitId": str(unit_id(NORTH)),
        "targetUnitId": str(unit_id(MINE)),
        "questionnaireId": str(world.questionnaire_id),
        "startsOn": "2026-01-01",
        **changed,
    }


def times(days_ahead: int = 1, length: int = 10) -> dict[str, str]:
    opens_at = datetime.now(UTC) + timedelta(days=days_ahead)
    return {"opensAt": opens_at.isoformat(), "closesAt": (opens_at + timedelta(days=length)).isoformat()}


async def test_a_programme_asks_twice_a_year_unless_told_otherwise(ask, world):
    reply = await ask(CREATE, caller_as("editor", PATHS[NORTH]), input=new(world))
    assert reply.field["programme"] == {
        "code": "north",
        "recurrence": "FREQ=MONTHLY;INTERVAL=6",
        "waveDays": 30,
        "minimumBase": 10,
        "owner": {"id": str(unit_id(NORTH))},
        "target": {"id": str(unit_id(MINE))},
    }
    days = days_of("FREQ=MONTHLY;INTERVAL=6", date(2026, 4, 1))
    assert [next(days) for _ in range(3)] == [date(2026, 4, 1), date(2026, 10, 1), date(2027, 4, 1)]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"minimumBase": 9}, "minimumBase"),
        ({"waveDays": 0}, "waveDays"),
        ({"titleVi": "  "}, "titleVi"),
        ({"code": "Nope!"}, "code"),
        ({"targetUnitId": str(unit_id(SOUTH))}, "targetUnitId"),
        ({"recurrence": "every spring"}, "recurrence"),
        ({"recurrence": "FREQ=SECONDLY"}, "recurrence"),
        ({"recurrence": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "recurrence"),
        ({"recurrence": "FREQ=YEARLY;BYMONTH=13"}, "recurrence"),
        ({"recurrence": "FREQ=WEEKLY;INTERVAL=0;BYMONTH=2;BYMONTHDAY=30"}, "recurrence"),
        ({"recurrence": "FREQ=YEARLY;INTERVAL=-1"}, "recurrence"),
        ({"recurrence": "FREQ=WEEKLY;FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"}, "recurrence"),
        ({"startsOn": "0001-01-01"}, "startsOn"),
        ({"startsOn": "9999-12-31"}, "startsOn"),
        ({"recurrence": "FREQ=YEARLY\nDTSTART:20200101"}, "recurrence"),
        ({"recurrence": "FREQ=WEEKLY", "waveDays": 8}, "waveDays"),
    ],
)
async def test_refuses_a_programme_that_cannot_run(ask, world, changed, field):
    reply = await ask(CREATE, caller_as("editor", PATHS[NORTH]), input=new(world, **changed))
    assert (reply.code, reply.field["field"]) == ("INVALID_INPUT", field)
    assert await Programme.filter(code="north").count() == 0


async def test_refuses_a_programme_code_that_is_taken(ask, world):
    reply = await ask(CREATE, EDITOR, input=new(world, code="news"))
    assert reply.code == "SURVEY_PROGRAMME_CODE_TAKEN"


async def test_refuses_to_ask_a_unit_that_has_closed(ask, world):
    await apply([merged(today().isoformat())])
    reply = await ask(CREATE, EDITOR, language="en", input=new(world, ownerUnitId=str(unit_id(ROOT))))
    assert reply.field == {
        "code": "SURVEY_TARGET_CLOSED",
        "message": "The unit whose people are to be asked has closed.",
    }
    assert await Programme.filter(code="north").count() == 0


async def test_refuses_a_programme_run_by_a_unit_that_has_closed(ask, world):
    await apply([merged(today().isoformat())])
    # The heir's editors have what is left of it, but nothing new begins there.
    heir = caller_as("editor", PATHS[SOUTH])
    reply = await ask(CREATE, heir, input=new(world, ownerUnitId=str(unit_id(MINE))))
    assert reply.field == {"code": "SURVEY_OWNER_CLOSED", "message": "Đơn vị chủ trì đã kết thúc hoạt động."}
    assert await Programme.filter(code="north").count() == 0


async def test_a_programme_may_begin_until_the_day_on_which_its_unit_closes(ask, world):
    await apply([merged((today() + timedelta(days=1)).isoformat())])
    reply = await ask(CREATE, EDITOR, input=new(world, ownerUnitId=str(unit_id(ROOT))))
    assert reply.field["programme"]["code"] == "north"


async def test_a_wave_of_a_closed_target_is_not_opened(ask, world):
    planned = await world.planned_wave()
    await Programme.filter(id=world.programme.id).update(target_unit_id=unit_id(MINE))
    await apply([merged(today().isoformat())])
    reply = await ask(OPEN, EDITOR, id=str(planned.id))
    assert reply.field == {"code": "SURVEY_TARGET_CLOSED", "message": "Đơn vị được khảo sát đã kết thúc hoạt động."}
    assert (await Wave.get(id=planned.id)).state == "planned"
    assert await db.value("SELECT count(*) FROM response_group") == 0


@pytest.mark.parametrize(
    ("caller", "code"),
    [
        (ANONYMOUS, "SIGN_IN_REQUIRED"),
        (caller_as("editor", PATHS[NORTH]), "FORBIDDEN"),
        (caller_as("analyst", PATHS[ROOT]), "FORBIDDEN"),
        (caller_as("worker", PATHS[ROOT]), "FORBIDDEN"),
    ],
)
async def test_only_editors_of_the_owner_run_waves(ask, world, caller, code):
    planned = await world.planned_wave()
    opened_id = str(planned.id)
    assert (await ask(CREATE, caller, input=new(world, ownerUnitId=str(unit_id(ROOT))))).code == code
    assert (await ask(PLAN, caller, id=str(world.programme.id), **times(30))).code == code
    assert (await ask(OPEN, caller, id=opened_id)).code == code
    assert await Wave.filter(state="planned").count() == await Wave.all().count() == 1
    await waves.open_wave(SYSTEM, planned.id)
    assert (await ask(CLOSE, caller, id=opened_id)).code == code
    assert (await Wave.get(id=planned.id)).state == "open"


async def test_a_wave_lives_from_planned_to_closed_and_never_back(ask, world):
    planned = (await ask(PLAN, EDITOR, id=str(world.programme.id), **times())).field["wave"]
    assert (planned["number"], planned["state"]) == (1, "planned")
    opened = (await ask(OPEN, EDITOR, id=planned["id"])).field["wave"]
    assert (opened["state"], opened["treeVersion"], opened["questionnaireVersion"]) == ("open", 7, {"number": 1})
    assert (await ask(OPEN, EDITOR, id=planned["id"])).code == "SURVEY_WAVE_NOT_PLANNED"
    assert (await ask(CLOSE, EDITOR, id=planned["id"])).field["wave"]["state"] == "closed"
    assert (await ask(CLOSE, EDITOR, id=planned["id"])).code == "SURVEY_WAVE_NOT_OPEN"
    assert (await ask(OPEN, EDITOR, id=planned["id"])).code == "SURVEY_WAVE_NOT_PLANNED"


async def test_an_open_wave_has_an_address_for_all_and_one_for_each_group(world):
    wave = await world.open_wave()
    rows = await db.rows("SELECT code, response_group_id FROM collector WHERE wave_id = $1", wave.id)
    assert sum(row["response_group_id"] is None for row in rows) == 1
    assert len({row["response_group_id"] for row in rows}) == 4


@pytest.mark.parametrize(("opens", "length", "field"), [(1, -1, "closesAt"), (1, 0, "closesAt"), (-20, 10, "closesAt")])
async def test_refuses_times_that_run_backwards(ask, world, opens, length, field):
    reply = await ask(PLAN, EDITOR, id=str(world.programme.id), **times(opens, length))
    assert (reply.code, reply.field["field"]) == ("INVALID_INPUT", field)
    assert await Wave.all().count() == 0


async def test_refuses_a_time_without_a_zone(ask, world):
    reply = await ask(
        PLAN, EDITOR, id=str(world.programme.id), opensAt="2999-01-01T00:00:00", closesAt="2999-02-01T00:00:00"
    )
    assert (reply.code, reply.field["field"]) == ("INVALID_INPUT", "opensAt")


@pytest.mark.parametrize(
    ("opens", "closes", "field"),
    [
        ("0001-01-01T00:00:00+14:00", "2027-01-01T00:00:00Z", "opensAt"),
        ("2026-11-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "closesAt"),
    ],
)
async def test_refuses_a_time_at_the_end_of_the_calendar(ask, world, opens, closes, field):
    reply = await ask(PLAN, EDITOR, id=str(world.programme.id), opensAt=opens, closesAt=closes)
    assert (reply.code, reply.field["field"]) == ("INVALID_INPUT", field)


async def test_refuses_two_waves_at_one_time(ask, world):
    await ask(PLAN, EDITOR, id=str(world.programme.id), **times())
    assert (await ask(PLAN, EDITOR, id=str(world.programme.id), **times(5))).code == "SURVEY_WAVES_OVERLAP"
    assert await Wave.all().count() == 1


async def test_without_a_published_questionnaire_nothing_opens(ask, world):
    other = await ask(
        "mutation ($input: CreateQuestionnaireInput!) { createQuestionnaire(input: $input)"
        " { ... on DraftQuestionnaireVersionSuccess { questionnaire { id } } } }",
        EDITOR,
        input={"code": "other", "ownerUnitId": str(unit_id(ROOT)), "definition": await first_definition()},
    )
    await Programme.filter(id=world.programme.id).update(questionnaire_id=other.field["questionnaire"]["id"])
    planned = await world.planned_wave()
    assert (await ask(OPEN, EDITOR, id=str(planned.id))).code == "QUESTIONNAIRE_NOT_PUBLISHED"


async def first_definition():
    return orjson.loads(await db.value("SELECT definition FROM questionnaire_version LIMIT 1"))


async def test_the_next_two_waves_are_planned_by_the_rule(world):
    await Programme.filter(id=world.programme.id).update(starts_on=today() - timedelta(days=400))
    await plan_waves()
    await plan_waves()
    found = await Wave.filter(programme_id=world.programme.id).order_by("opens_at")
    assert [(wave.number, wave.state) for wave in found] == [(1, "planned"), (2, "planned")]
    gap = found[1].opens_at - found[0].opens_at
    assert timedelta(days=180) < gap < timedelta(days=185)
    assert all(wave.closes_at - wave.opens_at == timedelta(days=30) for wave in found)
    assert all(wave.opens_at.astimezone(UTC).hour == 17 for wave in found)
    assert found[0].closes_at > datetime.now(UTC)


async def test_the_clock_opens_and_closes(world):
    planned = await world.planned_wave()
    await waves.open_due(0, noon)
    assert (await Wave.get(id=planned.id)).state == "open"
    past = datetime.now(UTC) - timedelta(seconds=1)
    await db.execute(
        "UPDATE wave SET opens_at = $2, closes_at = $3 WHERE id = $1", planned.id, past - timedelta(1), past
    )
    await waves.close_due()
    assert (await Wave.get(id=planned.id)).state == "closed"
    assert (await Wave.get(id=planned.id)).closes_at == past


async def test_a_wave_that_cannot_open_does_not_stop_the_others(world, caplog):
    stuck = await world.planned_wave()
    other = await Programme.create(
        id=unit_id(77),
        code="mine",
        title_vi="Mỏ",
        title_en="Mine",
        owner_unit_id=unit_id(ROOT),
        target_unit_id=unit_id(MINE),
        questionnaire_id=world.questionnaire_id,
        starts_on=date(2026, 1, 1),
    )
    now = datetime.now(UTC)
    fine = await waves.plan_wave(SYSTEM, other.id, opens_at=now, closes_at=now + timedelta(days=9))
    await Programme.filter(id=world.programme.id).update(target_unit_id=unit_id(6))
    await waves.open_due(0, noon)
    assert [(await Wave.get(id=wave.id)).state for wave in (stuck, fine)] == ["planned", "open"]
    assert "at least 50 are needed" in caplog.text


@pytest.mark.committed
async def test_a_wave_opened_twice_at_once_opens_once(world):
    planned = await world.planned_wave()
    found = await asyncio.gather(*(waves.open_wave(SYSTEM, planned.id) for _ in range(4)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in found) == [*["SurveyWaveNotPlanned"] * 3, "Wave"]
    assert await db.value("SELECT count(*) FROM response_group") == 3


@pytest.mark.parametrize(
    ("sql", "constraint"),
    [
        ("UPDATE wave SET closes_at = opens_at", "wave_closes_after_opening"),
        (
            """UPDATE wave SET state = 'paused', tree_version = 1, frozen_at = now(),
            questionnaire_version_id = (SELECT id FROM questionnaire_version)""",
            "wave_state_known",
        ),
        ("UPDATE wave SET state = 'open'", "wave_frozen_when_open"),
        ("UPDATE wave SET problem_code = 'X'", "wave_problem_whole"),
        (
            """UPDATE wave SET state = 'open', tree_version = 1, frozen_at = now(), problem_code = 'X', problem_vi = 'x',
            problem_en = 'x', questionnaire_version_id = (SELECT id FROM questionnaire_version)""",
            "wave_problem_while_planned",
        ),
        (
            "INSERT INTO wave SELECT gen_random_uuid(), programme_id, 9, NULL, opens_at, closes_at FROM wave",
            "wave_no_overlap",
        ),
        ("UPDATE programme SET minimum_base = 9", "programme_minimum_base_at_least_10"),
        ("UPDATE programme SET wave_days = 0", "programme_wave_days_range"),
        (
            "INSERT INTO response_group SELECT gen_random_uuid(), id, 'a', 'a', '00001', NULL, 49 FROM wave",
            "response_group_at_least_50",
        ),
        ("INSERT INTO collector SELECT 'code0', id FROM wave", "collector_code_form"),
        ("INSERT INTO collector SELECT 'secnd', id FROM wave", "collector_one_per_group"),
        ("UPDATE collector SET kind = 'telephone'", "collector_kind_known"),
        ("UPDATE wave SET ways = '{}'", "wave_ways_known"),
        ("UPDATE wave SET ways = '{slip,telephone}'", "wave_ways_known"),
        ("UPDATE wave SET ways = '{slip,slip}'", "wave_ways_known"),
        ("UPDATE wave SET ways = '{slip,NULL}'", "wave_ways_known"),
        ("UPDATE programme SET ways = '{telephone}'", "programme_ways_known"),
        ("UPDATE programme SET state = 'asleep'", "programme_state_known"),
        ("UPDATE programme SET state = 'ended'; UPDATE programme SET state = 'active'", "programme_ended_for_good"),
        (
            "UPDATE programme SET minimum_base = 20; UPDATE programme SET minimum_base = 19",
            "programme_minimum_base_only_rises",
        ),
        ("UPDATE wave SET state = 'cancelled'; UPDATE wave SET state = 'planned'", "wave_state_only_forward"),
        (
            """UPDATE wave SET state = 'open', tree_version = 1, frozen_at = now(),
            questionnaire_version_id = (SELECT id FROM questionnaire_version); UPDATE wave SET state = 'planned'""",
            "wave_state_only_forward",
        ),
        ("UPDATE wave SET closes_at = opens_at + interval '367 days'", "wave_at_most_366_days"),
        (
            """UPDATE wave SET rule_day = '2026-01-01';
            INSERT INTO wave (id, programme_id, number, opens_at, closes_at, rule_day)
            SELECT gen_random_uuid(), programme_id, 9, closes_at, closes_at + interval '1 day', rule_day FROM wave""",
            "wave_one_per_rule_day",
        ),
        ("UPDATE wave SET extension_reason = 'x'", "wave_extension_whole"),
        ("UPDATE wave SET extended_from = now(), extension_reason = 'x'", "wave_extension_once_open"),
        ("INSERT INTO wave_reminder SELECT id, 'now', now() FROM wave", "wave_reminder_kind_known"),
        (
            "INSERT INTO participation_snapshot SELECT id, NULL, '2026-01-01', 7 FROM wave",
            "participation_snapshot_rounded",
        ),
        (
            "INSERT INTO spent_key SELECT id, sha256('1'), sha256('2') FROM wave, generate_series(1, 2)",
            "spent_key_pkey",
        ),
        ("INSERT INTO spent_key SELECT id, '\\x01', sha256('2') FROM wave", "spent_key_token_is_a_hash"),
    ],
)
async def test_the_rules_hold_in_the_database_too(world, sql, constraint):
    await world.planned_wave()
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refusal:
        async with db.transaction():
            await db.execute(sql)
    assert db.violated(refusal.value) == constraint

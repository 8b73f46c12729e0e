"""Waves are planned by the rule and by hand, moved and cancelled; a changed programme brings those of its rule along."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from survey_world import MINE, NORTH, PATHS, ROOT, World, build_world, code_of, noon, unit_id

from kit import db
from kit.calendar import today
from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import caller_as, queries
from survey.calendar import start_of
from survey.collection.service import find_collection
from survey.programmes.models import Programme, Wave
from survey.programmes.service import changing, waves
from survey.programmes.service.cadence import PRESETS
from survey.programmes.service.planning import plan_ahead

EDITOR = caller_as("editor", PATHS[ROOT])
SOON = today() + timedelta(days=20)
CHANGE = """
mutation ($input: ChangeSurveyProgrammeInput!, $preview: Boolean! = false) {
  changeSurveyProgramme(input: $input, preview: $preview) {
    ... on ChangeSurveyProgrammeSuccess {
      programme { titleVi recurrence startsOn waveDays minimumBase ways state }
      plannedWaves { change number opensAt closesAt opensAtBefore closesAtBefore }
    }
    ... on Problem { code message }
    ... on InvalidInput { field }
  }
}
"""
MOVE = """
mutation ($id: ID!, $opensAt: DateTime, $closesAt: DateTime, $ways: [String!]) {
  changeSurveyWave(id: $id, opensAt: $opensAt, closesAt: $closesAt, ways: $ways) {
    ... on SurveyWaveSuccess { wave { state opensAt closesAt ways } }
    ... on Problem { code }
    ... on InvalidInput { field }
  }
}
"""
CANCEL = """
mutation ($id: ID!) { cancelSurveyWave(id: $id) { ... on SurveyWaveSuccess { wave { state } } ... on Problem { code } } }
"""


@pytest.fixture
async def planned(world) -> list[Wave]:
    """The next two waves of a programme that asks twice a year, from twenty days ahead."""
    await Programme.filter(id=world.programme.id).update(starts_on=SOON, recurrence=PRESETS[0].rule(SOON))
    await plan_ahead()
    return await listed(world)


async def listed(world: World, **which) -> list[Wave]:
    return await Wave.filter(programme_id=world.programme.id, **which).order_by("opens_at")


async def days(world: World, **which) -> list[tuple[int, date, str]]:
    return [(wave.number, local(wave.opens_at), wave.state) for wave in await listed(world, **which)]


def local(moment: datetime) -> date:
    return (moment + timedelta(hours=7)).astimezone(UTC).date()


async def change(ask, world, caller=EDITOR, preview=False, **changed):
    return await ask(CHANGE, caller, input={"id": str(world.programme.id), **changed}, preview=preview)


async def test_a_changed_rule_moves_the_planned_waves_and_does_not_make_new_ones(ask, world, planned):
    codes = [await code_of(wave) for wave in planned]
    shown = (await change(ask, world, cadence="quarterly")).field
    assert [(each["change"], each["number"]) for each in shown["plannedWaves"]] == [("kept", 1), ("moved", 2)]
    assert datetime.fromisoformat(shown["plannedWaves"][1]["opensAtBefore"]) == planned[1].opens_at
    assert await days(world) == [(1, SOON, "planned"), (2, SOON + relativedelta(months=3), "planned")]
    assert [await code_of(wave) for wave in await listed(world)] == codes
    told = await db.rows("SELECT type, payload ->> 'number' AS number FROM outbox ORDER BY number")
    assert [(row["type"], row["number"]) for row in told] == [("wave.moved", "2")]


async def test_waves_may_take_each_others_place(ask, world, planned):
    first_of_all = planned[0].opens_at
    shown = (await change(ask, world, startsOn=(SOON + relativedelta(months=6)).isoformat())).field
    assert [each["change"] for each in shown["plannedWaves"]] == ["moved", "moved"]
    assert datetime.fromisoformat(shown["plannedWaves"][0]["opensAt"]) == planned[1].opens_at
    assert first_of_all not in [wave.opens_at for wave in await listed(world)]
    assert [number for number, _, _ in await days(world)] == [1, 2]


async def test_a_preview_tells_the_same_and_changes_nothing(plain_ask, world, planned):
    # What was written and undone leaves no trace.
    ask = plain_ask
    before = await listed(world), await Programme.get(id=world.programme.id)
    preview = await change(ask, world, preview=True, cadence="quarterly", ways=["slip"], waveDays=20, titleVi="Mới")
    assert ([dict(wave) for wave in await listed(world)], dict(await Programme.get(id=world.programme.id))) == (
        [dict(wave) for wave in before[0]],
        dict(before[1]),
    )
    assert await db.value("SELECT count(*) FROM outbox") == 0
    done = await change(ask, world, cadence="quarterly", ways=["slip"], waveDays=20, titleVi="Mới")
    assert preview.field == done.field
    assert [each["change"] for each in done.field["plannedWaves"]] == ["moved", "moved"]


async def test_what_was_opened_is_never_touched(ask, world, planned):
    opened = await waves.open_wave(SYSTEM, planned[0].id)
    await change(ask, world, cadence="quarterly", ways=["slip"], waveDays=20)
    now = await Wave.get(id=opened.id)
    assert (now.opens_at, now.closes_at, now.ways, now.state) == (
        opened.opens_at,
        opened.closes_at,
        ["open_link"],
        "open",
    )
    # The wave stands for the first of the rule's days: the next two are planned.
    following = await listed(world, state="planned")
    assert [wave.rule_day for wave in following] == [SOON + relativedelta(months=3), SOON + relativedelta(months=6)]


async def test_what_an_editor_has_placed_stays_where_it_is(ask, world, planned):
    moved_to = planned[0].opens_at + timedelta(days=7)
    await waves.change_wave(EDITOR, planned[0].id, opens_at=moved_to, closes_at=moved_to + timedelta(days=10))
    by_hand = moved_to + timedelta(days=40)
    await waves.plan_wave(EDITOR, world.programme.id, opens_at=by_hand, closes_at=by_hand + timedelta(days=5))
    await change(ask, world, cadence="quarterly")
    assert await days(world) == [
        (1, SOON + timedelta(days=7), "planned"),
        (3, SOON + timedelta(days=47), "planned"),
        (2, SOON + relativedelta(months=3), "planned"),
    ]


async def test_a_wave_far_ahead_does_not_keep_the_rule_from_planning_before_it(world):
    far = datetime.now(UTC) + timedelta(days=700)
    await waves.plan_wave(SYSTEM, world.programme.id, opens_at=far, closes_at=far + timedelta(days=5))
    await Programme.filter(id=world.programme.id).update(starts_on=SOON)
    await plan_ahead()
    assert await days(world, rule_day__isnull=False) == [
        (2, SOON, "planned"),
        (3, SOON + relativedelta(months=6), "planned"),
    ]


async def test_planning_again_changes_nothing(world, planned):
    before = [dict(wave) for wave in planned]
    await plan_ahead()
    assert [dict(wave) for wave in await listed(world)] == before
    assert await db.value("SELECT count(*) FROM outbox") == 0


async def test_the_rules_waves_stop_with_the_rule(ask, world, planned):
    shown = (await change(ask, world, recurrence="FREQ=YEARLY;COUNT=1")).field
    assert [(each["change"], each["number"]) for each in shown["plannedWaves"]] == [("kept", 1), ("cancelled", 2)]
    await plan_ahead()
    assert await days(world) == [(1, SOON, "planned"), (2, SOON + relativedelta(months=6), "cancelled")]


async def test_a_rule_with_a_name_keeps_it_from_another_first_day(ask, world, planned):
    last_day = date(SOON.year + 1, 8, 31)
    shown = (await change(ask, world, startsOn=last_day.isoformat())).field["programme"]
    assert shown["recurrence"] == "FREQ=MONTHLY;INTERVAL=6;BYMONTHDAY=28,29,30,31;BYSETPOS=-1"


async def test_planned_waves_get_the_programmes_ways(ask, world, planned):
    await change(ask, world, ways=["paper", "slip"])
    kinds = await db.rows("SELECT wave_id, kind FROM collector ORDER BY kind")
    assert sorted((row["wave_id"], row["kind"]) for row in kinds) == sorted(
        (wave.id, kind) for wave in planned for kind in ("paper", "slip")
    )
    opened = await waves.open_wave(SYSTEM, planned[0].id)
    found = await db.rows("SELECT kind, response_group_id FROM collector WHERE wave_id = $1 ORDER BY kind", opened.id)
    assert [tuple(row) for row in found] == [("paper", None), ("slip", None)]


async def test_titles_and_the_minimum_base_change_alone(ask, world, planned):
    shown = (await change(ask, world, titleVi=" Tên mới ", minimumBase=30)).field
    assert (shown["programme"]["titleVi"], shown["programme"]["minimumBase"]) == ("Tên mới", 30)
    assert [each["change"] for each in shown["plannedWaves"]] == ["kept", "kept"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"minimumBase": 9}, "minimumBase"),
        ({"titleVi": " "}, "titleVi"),
        ({"waveDays": 0}, "waveDays"),
        ({"waveDays": 200}, "waveDays"),
        ({"recurrence": "FREQ=YEARLY;BYMONTH=13"}, "recurrence"),
        ({"recurrence": "FREQ=YEARLY", "cadence": "yearly"}, "recurrence"),
        ({"cadence": "never"}, "cadence"),
        ({"startsOn": "9999-12-31"}, "startsOn"),
        ({"ways": ["telephone"]}, "ways"),
        ({"ways": []}, "ways"),
        ({"state": "asleep"}, "state"),
    ],
)
async def test_refuses_what_no_programme_can_run_by(ask, world, planned, changed, field):
    before = dict(await Programme.get(id=world.programme.id))
    reply = await change(ask, world, **changed)
    assert (reply.code, reply.field["field"]) == ("INVALID_INPUT", field)
    assert dict(await Programme.get(id=world.programme.id)) == before
    assert await listed(world) == planned


async def test_the_minimum_base_is_never_lowered(ask, world):
    await change(ask, world, minimumBase=30)
    reply = await change(ask, world, minimumBase=29)
    assert (reply.code, reply.field["message"]) == ("INVALID_INPUT", "minimumBase: chỉ được tăng, hiện là 30")
    assert (await Programme.get(id=world.programme.id)).minimum_base == 30


async def test_while_a_programme_is_paused_nothing_opens_and_afterwards_it_goes_on(ask, world, planned, caplog):
    due = planned[0]
    await Wave.filter(id=due.id).update(
        opens_at=start_of(today()), closes_at=start_of(today() + timedelta(days=30)), rule_day=today()
    )
    assert (await change(ask, world, state="paused")).field["plannedWaves"] == []
    await plan_ahead()
    await waves.open_due(0, noon)
    stuck = await Wave.get(id=due.id)
    assert (stuck.state, stuck.problem_code) == ("planned", "SURVEY_PROGRAMME_PAUSED")
    assert "paused" in caplog.text
    with pytest.raises(waves.SurveyProgrammePaused):
        await waves.open_wave(EDITOR, due.id)
    shown = (await change(ask, world, state="active")).field
    assert shown["programme"]["state"] == "active"
    assert [each["change"] for each in shown["plannedWaves"]] == ["moved", "kept"]
    assert [day for _, day, _ in await days(world)] == [SOON, SOON + relativedelta(months=6)]


async def test_a_programme_that_ends_cancels_what_is_planned_and_stays_ended(ask, world, planned):
    opened = await waves.open_wave(SYSTEM, planned[0].id)
    shown = (await change(ask, world, state="ended")).field
    assert [(each["change"], each["number"]) for each in shown["plannedWaves"]] == [("cancelled", 2)]
    assert (await Wave.get(id=opened.id)).state == "open"
    for changed in ({"state": "active"}, {"titleVi": "Mới"}):
        assert (await change(ask, world, **changed)).code == "SURVEY_PROGRAMME_ENDED"
    with pytest.raises(waves.SurveyProgrammeEnded):
        await waves.plan_wave(EDITOR, world.programme.id, opens_at=noon(), closes_at=noon() + timedelta(days=5))
    await plan_ahead()
    assert [state for _, _, state in await days(world)] == ["open", "cancelled"]
    assert (await Programme.get(id=world.programme.id)).title_vi == "Khảo sát tin tức"


async def test_a_planned_wave_is_moved(ask, world, planned):
    opens_at, closes_at = planned[0].opens_at + timedelta(days=2), planned[0].closes_at + timedelta(days=5)
    moved = {"opensAt": opens_at.isoformat(), "closesAt": closes_at.isoformat()}
    shown = (await ask(MOVE, EDITOR, id=str(planned[0].id), **moved)).field["wave"]
    assert (datetime.fromisoformat(shown["opensAt"]), datetime.fromisoformat(shown["closesAt"])) == (
        opens_at,
        closes_at,
    )
    await plan_ahead()
    assert len(await listed(world)) == 2


async def test_a_wave_has_ways_of_its_own(ask, world, planned):
    shown = (await ask(MOVE, EDITOR, id=str(planned[0].id), ways=["credential"])).field["wave"]
    assert shown["ways"] == ["credential"]
    kinds = await db.rows("SELECT kind FROM collector WHERE wave_id = $1", planned[0].id)
    assert [row["kind"] for row in kinds] == ["credential"]


@pytest.mark.parametrize(
    ("moved", "code"),
    [
        ({"opensAt": "9999-12-31T00:00:00Z"}, "INVALID_INPUT"),
        ({"closesAt": "2026-01-01T00:00:00Z"}, "INVALID_INPUT"),
        ({"closesAt": "2999-01-01T00:00:00"}, "INVALID_INPUT"),
        ({"closesAt": (datetime.now(UTC) + timedelta(days=390)).isoformat()}, "INVALID_INPUT"),
        ({"closesAt": (datetime.now(UTC) + timedelta(days=250)).isoformat()}, "SURVEY_WAVES_OVERLAP"),
        ({"ways": ["telephone"]}, "INVALID_INPUT"),
    ],
)
async def test_refuses_to_move_a_wave_where_it_cannot_be(ask, world, planned, moved, code):
    assert (await ask(MOVE, EDITOR, id=str(planned[0].id), **moved)).code == code
    assert [dict(wave) for wave in await listed(world)] == [dict(wave) for wave in planned]


async def test_a_cancelled_wave_never_comes_and_the_rule_does_not_plan_its_day_again(ask, world, planned):
    code = await code_of(planned[0])
    assert (await ask(CANCEL, EDITOR, id=str(planned[0].id))).field == {"wave": {"state": "cancelled"}}
    await plan_ahead()
    assert await days(world) == [
        (1, SOON, "cancelled"),
        (2, SOON + relativedelta(months=6), "planned"),
        (3, SOON + relativedelta(months=12), "planned"),
    ]
    collection = await find_collection(code)
    assert collection is not None
    assert collection.phase != "open"
    assert (await ask(CANCEL, EDITOR, id=str(planned[0].id))).code == "SURVEY_WAVE_NOT_PLANNED"
    assert (await ask(MOVE, EDITOR, id=str(planned[0].id), ways=["slip"])).code == "SURVEY_WAVE_NOT_PLANNED"
    assert (await ask("query ($id: ID!) { surveyWave(id: $id) { state } }", id=str(planned[0].id))).field is None


async def test_another_wave_may_take_the_time_of_a_cancelled_one(world, planned):
    await waves.cancel_wave(EDITOR, planned[0].id)
    wave = await waves.plan_wave(
        EDITOR, world.programme.id, opens_at=planned[0].opens_at, closes_at=planned[0].closes_at, ways=["slip"]
    )
    assert (wave.number, wave.ways) == (3, ["slip"])


@pytest.mark.parametrize(
    ("caller", "code"),
    [
        (ANONYMOUS, "SIGN_IN_REQUIRED"),
        (caller_as("editor", PATHS[NORTH]), "FORBIDDEN"),
        (caller_as("analyst", PATHS[ROOT]), "FORBIDDEN"),
    ],
)
async def test_only_editors_of_the_owner_change_programmes_and_waves(ask, world, planned, caller, code):
    before = dict(await Programme.get(id=world.programme.id))
    for preview in (False, True):
        assert (await change(ask, world, caller, preview, state="ended")).code == code
    assert (await ask(MOVE, caller, id=str(planned[0].id), ways=["slip"])).code == code
    assert (await ask(CANCEL, caller, id=str(planned[0].id))).code == code
    assert dict(await Programme.get(id=world.programme.id)) == before
    assert [dict(wave) for wave in await listed(world)] == [dict(wave) for wave in planned]


async def test_planning_for_many_programmes_costs_each_the_same(world):
    for number in range(3):
        await Programme.create(
            id=unit_id(90 + number),
            code=f"mine{number}",
            title_vi="Mỏ",
            title_en="Mine",
            owner_unit_id=unit_id(ROOT),
            target_unit_id=unit_id(MINE),
            questionnaire_id=world.questionnaire_id,
            starts_on=SOON,
        )
    await plan_ahead()
    with queries() as seen:
        await plan_ahead()
    assert (await Wave.all().count(), seen.count) == (8, 1 + 4 * 3)


async def test_a_change_of_a_programme_that_does_not_exist_is_refused(world):
    with pytest.raises(Exception, match="NOT_FOUND"):
        await changing.change_programme(EDITOR, unit_id(99), changing.Change(title_vi="x"))


@pytest.mark.committed
async def test_the_rule_and_an_editor_do_not_wait_for_each_other(database):
    world = await build_world()
    await Programme.filter(id=world.programme.id).update(starts_on=SOON)
    await plan_ahead()
    (first, second) = await listed(world)

    async def move(wave: Wave, days: int) -> None:
        for _ in range(5):
            await waves.change_wave(EDITOR, wave.id, opens_at=wave.opens_at + timedelta(days=days))

    async def turn(wave_days: int) -> None:
        for _ in range(5):
            await changing.change_programme(EDITOR, world.programme.id, changing.Change(wave_days=wave_days))
            await plan_ahead()

    async with asyncio.timeout(60):
        await asyncio.gather(move(first, 1), move(second, 2), turn(20), turn(25))
    assert [local(wave.opens_at) for wave in await listed(world)] == [
        SOON + timedelta(days=1),
        SOON + relativedelta(months=6) + timedelta(days=2),
    ]


async def test_a_wave_with_ways_of_its_own_keeps_them_when_the_rule_plans_anew(ask, world, planned):
    await waves.change_wave(SYSTEM, planned[0].id, ways=["slip"])
    await plan_ahead()
    assert [wave.ways for wave in await Wave.filter(programme_id=world.programme.id).order_by("opens_at")] == [
        ["slip"],
        ["open_link"],
    ]
    await change(ask, world, ways=["paper"])
    assert [wave.ways for wave in await Wave.filter(programme_id=world.programme.id).order_by("opens_at")] == [
        ["slip"],
        ["paper"],
    ]

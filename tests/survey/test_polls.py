"""Quick polls: one question to a unit's people, answered and told as a wave is."""

import asyncio
from datetime import datetime, time, timedelta

import asyncpg
import orjson
import pytest
from polls_world import CANTEEN, YES_NO, answer, finish, in_hours, make, polls, shown
from survey_world import MILL, MINE, NORTH, PATHS, ROOT, SMALL, SOUTH, noon, unit_id

from kit import db
from kit.calendar import VIETNAM, today
from kit.errors import Forbidden, InvalidInput, NotFound, SignInRequired
from kit.graphql.paging import Window
from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import caller_as
from survey.answers import mixing
from survey.polls import reading, service
from survey.polls.question import Bilingual, PollQuestion
from survey.programmes.models import Programme, Wave
from survey.programmes.service import planning, reminders, waves
from survey.programmes.service.authoring import SurveyProgrammeEnded
from survey.programmes.service.frame import SurveyTargetTooSmall
from survey.programmes.service.waves import SurveyWaveNotOpen

pytestmark = pytest.mark.usefixtures("world")
OFFICE = caller_as("contributor", PATHS[MILL])


async def counts() -> list[int]:
    return [await db.value(f"SELECT count(*) FROM {table}") for table in ("quick_poll", "programme", "questionnaire")]


@pytest.mark.usefixtures("own_valkey")
async def test_a_poll_opens_at_once_with_a_frozen_frame():
    new = service.NewPoll(unit_id(MILL), CANTEEN, in_hours(24))
    poll = await shown(await service.create_poll(OFFICE, new, noon_of_today))
    assert (poll.state, poll.kind, poll.question_en) == ("open", "single", "Is the canteen meal enough?")
    wave = await Wave.get(id=poll.wave_id)
    programme = await Programme.get(id=wave.programme_id)
    assert (programme.kind, programme.state, wave.ways) == ("poll", "ended", ["open_link"])
    assert await db.value("SELECT sum(people) FROM response_group WHERE wave_id = $1", wave.id) == 200
    definition = orjson.loads(await db.value("SELECT definition FROM questionnaire_version ORDER BY published_at DESC"))
    assert [section["code"] for section in definition["sections"]] == ["poll"]
    assert definition["sections"][0]["title"] == {"vi": "Công đoàn Mill hỏi", "en": "Mill Union asks"}


def noon_of_today() -> datetime:
    return datetime.combine(today(), time(12), VIETNAM)


async def test_a_poll_for_later_is_opened_and_closed_by_the_clock():
    poll = await make(opens_at=in_hours(1), closes_at=in_hours(3))
    assert poll.state == "planned"
    # The moment is the clock's, and not of the first five minutes of a day.
    await db.execute(
        "UPDATE wave SET opens_at = $2, closes_at = $3 WHERE id = $1", poll.wave_id, noon(), noon() + timedelta(hours=2)
    )
    await waves.open_due(0, noon)
    assert (await shown(poll.id)).state == "open"
    await db.execute(
        "UPDATE wave SET opens_at = now() - interval '1 hour', closes_at = now() WHERE id = $1", poll.wave_id
    )
    await waves.close_due()
    assert (await shown(poll.id)).state == "closed"


async def test_an_answer_travels_sealed_and_its_result_comes_by_itself_after_the_end(job_queue):
    poll = await make()
    await answer(poll, 14, "1")
    await answer(poll, 6, "2")
    assert await db.value("SELECT count(*) FROM inbox") == 20
    await service.ask_for_results()
    assert (await shown(poll.id)).outcome is None
    await service.close_poll(OFFICE, poll.id)
    # Not while answers wait to be mixed.
    await service.ask_for_results()
    assert (await shown(poll.id)).outcome is None
    await mixing.mix(poll.wave_id)
    await service.ask_for_results()
    await service.ask_for_results()
    await job_queue.run_all()
    closed = await shown(poll.id)
    result = await reading.result_of(closed)
    assert result is not None
    assert result.everyone.base == 20
    assert [(choice.code, choice.share) for choice in result.everyone.choices] == [("1", 0.7), ("2", 0.3)]
    assert result.release.is_public
    assert await db.value("SELECT count(*) FROM release") == 1
    assert not await reading.is_untold(closed)


async def test_what_few_have_answered_stays_untold():
    poll = await make()
    await answer(poll, 9)
    await finish(poll)
    await service.ask_for_results()
    closed = await shown(poll.id)
    assert closed.outcome == "too_few"
    assert await reading.is_untold(closed)
    assert await reading.result_of(closed) is None
    assert await db.value("SELECT count(*) FROM release_request") == 0


async def test_segments_split_the_result_when_they_are_asked_for(job_queue):
    poll = await make(PollQuestion("scale", Bilingual("Mấy điểm?"), segments=["gender", "age_band"]))
    # Not all of a segment alike: that would be hidden.
    for number, points in ((20, "4"), (10, "5")):
        await answer(poll, number, points, gender=["female"], age_band=["under_25"])
    for number, points in ((6, "2"), (6, "3")):
        await answer(poll, number, points, gender=["male"], age_band=["45_plus"])
    await finish(poll)
    await service.ask_for_results()
    await job_queue.run_all()
    result = await reading.result_of(await shown(poll.id))
    assert result is not None
    split = {cell.segment[1]: cell.base for name, cells in result.split for cell in cells if name == "gender"}
    assert (split["female"], split["male"]) == (30, 12)


async def test_only_contributors_of_the_unit_make_and_close_polls():
    new = service.NewPoll(unit_id(MILL), CANTEEN, in_hours(24))
    before = await counts()
    with pytest.raises(SignInRequired):
        await service.create_poll(ANONYMOUS, new)
    for caller in (caller_as("worker", PATHS[MILL]), caller_as("editor", PATHS[NORTH]), caller_as("analyst", "00001")):
        with pytest.raises(Forbidden):
            await service.create_poll(caller, new)
    assert await counts() == before
    poll = await make()
    for caller, error in ((ANONYMOUS, SignInRequired), (caller_as("editor", PATHS[NORTH]), Forbidden)):
        with pytest.raises(error):
            await service.close_poll(caller, poll.id)
    with pytest.raises(NotFound):
        await service.close_poll(OFFICE, unit_id(999))
    assert (await shown(poll.id)).state == "open"


async def test_fewer_than_fifty_people_are_not_asked_now_nor_later():
    before = await counts()
    for opens_at in (None, in_hours(5)):
        with pytest.raises(SurveyTargetTooSmall) as refused:
            await make(unit=SMALL, opens_at=opens_at)
        assert refused.value.details["people"] == 30
    assert await counts() == before


async def test_closing_frees_the_place_and_calling_off_too():
    made = [await make() for _ in range(4)]
    made.append(await make(opens_at=in_hours(2)))
    with pytest.raises(service.TooManyQuickPolls):
        await make()
    assert await polls() == 5
    # Another unit has places of its own.
    await make(unit=MINE)
    await service.close_poll(OFFICE, made[4].id)
    assert (await shown(made[4].id)).state == "cancelled"
    await service.close_poll(OFFICE, made[0].id)
    with pytest.raises(SurveyWaveNotOpen):
        await service.close_poll(OFFICE, made[0].id)
    await make()
    assert await polls() == 7


async def test_a_unit_makes_at_most_ten_on_a_day():
    for _ in range(10):
        await service.close_poll(SYSTEM, (await make(opens_at=in_hours(2))).id)
    with pytest.raises(service.TooManyQuickPolls):
        await make()
    assert await polls() == 10


@pytest.mark.parametrize(
    ("question", "field"),
    [
        (PollQuestion("ranking", Bilingual("Gì?"), YES_NO), "kind"),
        (PollQuestion("single", Bilingual("  "), YES_NO), "question"),
        (PollQuestion("single", Bilingual("x" * 301, "x"), YES_NO), "question"),
        (PollQuestion("single", Bilingual("a\0b", "x"), YES_NO), "question"),
        (PollQuestion("single", Bilingual("Gì?", "What?"), YES_NO[:1]), "choices"),
        (PollQuestion("single", Bilingual("Gì?", "What?"), YES_NO * 2), "choices"),
        (PollQuestion("single", Bilingual("Gì?"), YES_NO), "choices"),
        (PollQuestion("multiple", Bilingual("Gì?"), [Bilingual(str(n)) for n in range(13)]), "choices"),
        (PollQuestion("scale", Bilingual("Gì?", "x"), YES_NO[:1]), "choices"),
        (PollQuestion("scale", Bilingual("Gì?"), minimum=5, maximum=5), "maximum"),
        (PollQuestion("scale", Bilingual("Gì?"), minimum=0, maximum=11), "maximum"),
        (PollQuestion("scale", Bilingual("Gì?"), segments=["region"]), "segments"),
        (PollQuestion("scale", Bilingual("Gì?"), title=Bilingual("t" * 201)), "title"),
        (PollQuestion("scale", Bilingual("Gì?"), title=Bilingual("t", "t")), "titleEn"),
    ],
)
async def test_refuses_what_cannot_be_asked(question, field):
    before = await counts()
    with pytest.raises(InvalidInput) as refused:
        await make(question)
    assert refused.value.details["field"] == field
    assert await counts() == before


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"closes_at": in_hours(0.5)}, "closesAt"),
        ({"closes_at": in_hours(24 * 31 + 1)}, "closesAt"),
        ({"closes_at": in_hours(5).replace(tzinfo=None)}, "closesAt"),
        ({"opens_at": in_hours(-1)}, "opensAt"),
        ({"opens_at": in_hours(24 * 61), "closes_at": in_hours(24 * 62)}, "opensAt"),
        ({"allowed_origins": ["http://example.vn"]}, "allowedOrigins"),
        ({"allowed_origins": ["https://example.vn; script-src *"]}, "allowedOrigins"),
        ({"allowed_origins": ["https://*.vn"]}, "allowedOrigins"),
        ({"allowed_origins": ["https://example.vn/page"]}, "allowedOrigins"),
        ({"allowed_origins": ["*"]}, "allowedOrigins"),
        ({"allowed_origins": [f"https://e{n}.vn" for n in range(11)]}, "allowedOrigins"),
    ],
)
async def test_refuses_times_and_sites_that_no_poll_has(more, field):
    with pytest.raises(InvalidInput) as refused:
        await make(**more)
    assert refused.value.details["field"] == field
    assert await polls() == 0


async def test_nothing_is_planned_for_a_poll_and_nobody_is_reminded():
    poll = await make(closes_at=in_hours(30 * 24))
    programme = await Programme.get(id=(await Wave.get(id=poll.wave_id)).programme_id)
    await planning.plan_ahead()
    assert await Wave.filter(programme_id=programme.id).count() == 1
    with pytest.raises(SurveyProgrammeEnded):
        await waves.plan_wave(SYSTEM, programme.id, opens_at=in_hours(999), closes_at=in_hours(1000))
    await db.execute("DELETE FROM outbox")
    for hours in (15.1 * 24, 27.5 * 24, 29.5 * 24):
        await reminders.remind(lambda hours=hours: in_hours(hours))
    assert await db.value("SELECT count(*) FROM wave_reminder WHERE wave_id = $1", poll.wave_id) == 0


async def test_a_poll_is_not_extended_beyond_31_days():
    poll = await make()
    with pytest.raises(InvalidInput):
        await waves.extend_wave(SYSTEM, poll.wave_id, closes_at=in_hours(31 * 24 + 2), reason="Thêm giờ")
    await waves.extend_wave(SYSTEM, poll.wave_id, closes_at=in_hours(30 * 24), reason="Thêm giờ")


async def test_people_of_a_unit_see_the_polls_of_units_above_and_only_staff_what_is_planned():
    of_mill, of_south = await make(), await make(unit=SOUTH)
    planned, _elsewhere = await make(opens_at=in_hours(2)), await make(unit=NORTH)
    strangers = [ANONYMOUS, caller_as("worker", PATHS[MILL]), caller_as("editor", PATHS[MINE])]
    staff = [OFFICE, caller_as("analyst", PATHS[ROOT])]
    for caller, is_staff in [*((each, False) for each in strangers), *((each, True) for each in staff)]:
        found = await reading.polls_asking(caller, unit_id(MILL), Window(10, None))
        assert {poll.id for poll in found} == {of_mill.id, of_south.id} | ({planned.id} if is_staff else set())


@pytest.mark.parametrize(
    ("sql", "constraint"),
    [
        ("UPDATE quick_poll SET place = 6", "quick_poll_places"),
        ("UPDATE quick_poll SET turn = 11", "quick_poll_turns"),
        ("UPDATE quick_poll SET place = 1, turn = 1", "quick_poll_place_key"),
        ("UPDATE programme SET state = 'active' WHERE kind = 'poll'", "programme_ended_for_good"),
        ("UPDATE programme SET kind = 'poll' WHERE kind = 'survey'", "programme_of_poll_has_ended"),
        ("UPDATE wave SET closes_at = opens_at + interval '32 days'", "wave_of_poll_at_most_31_days"),
    ],
)
async def test_the_database_keeps_the_bounds(sql, constraint):
    for _ in range(2):
        await make()
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        async with db.transaction():
            await db.execute(sql)
    assert refused.value.constraint_name == constraint


@pytest.mark.committed
async def test_of_polls_made_at_one_moment_no_more_than_five_are_taken():
    made = await asyncio.gather(*(make(opens_at=in_hours(2)) for _ in range(8)), return_exceptions=True)
    refused = [each for each in made if isinstance(each, service.TooManyQuickPolls)]
    assert len(refused) == 3
    assert await polls() == 5
    assert await counts() == [5, 6, 6]

"""Answers are mixed once a day and when their wave is over: at least 50 of a group together, in random order."""

from datetime import timedelta

import orjson
import pytest
from survey_world import code_of, waiting

from kit import db
from kit.calendar import today
from kit.identity import SYSTEM
from survey.answers import mixing, service
from survey.answers.jobs import mix_answers, mix_waiting, provide_sealing_keys
from survey.collection.admission import Proof
from survey.programmes.service import waves
from survey.sealing import service as sealing

TOMORROW = today() + timedelta(days=1)


async def submit(code: str, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        answers = {"reached": ["yes"], "hours": [str(number % 113)], "gender": ["female"], "age": ["not_said"]}
        await service.submit(code, Proof(f"key-number-{number:020}"), answers)


async def counts() -> tuple[int, int, int]:
    return tuple([await db.value(f"SELECT count(*) FROM {table}") for table in ("inbox", "answer", "spent_key")])


async def test_nothing_is_mixed_on_the_day_it_came(world):
    wave = await world.open_wave()
    await submit(await code_of(wave), 105)
    assert await mixing.mix(wave.id) == 0
    assert await counts() == (105, 0, 105)


async def test_fewer_than_a_hundred_wait_for_more(world):
    wave = await world.open_wave()
    await submit(await code_of(wave), 99)
    assert await mixing.mix(wave.id, TOMORROW) == 0
    assert await counts() == (99, 0, 99)


async def test_at_least_fifty_move_and_fifty_stay_behind(world):
    wave = await world.open_wave()
    await submit(await code_of(wave), 103)
    assert await mixing.mix(wave.id, TOMORROW) == 53
    assert await counts() == (50, 53, 103)
    assert await mixing.mix(wave.id, TOMORROW) == 0
    moved = {row["hours"] for row in await db.rows("SELECT (values->>'hours')::int AS hours FROM answer")}
    stayed = {answer["hours"] for answer in await waiting()}
    assert moved | stayed == set(range(103))
    assert stayed != set(range(53, 103))


async def test_those_who_stay_behind_are_counted_in_each_response_group(world):
    wave = await world.open_wave()
    group = await db.row("SELECT code, response_group_id FROM collector WHERE response_group_id IS NOT NULL")
    await submit(await code_of(wave), 100)
    await submit(group["code"], 60, first=100)
    assert await mixing.mix(wave.id, TOMORROW) == 50
    assert await db.value("SELECT count(*) FROM inbox WHERE response_group_id IS NULL") == 50
    await submit(group["code"], 40, first=160)
    assert await mixing.mix(wave.id, TOMORROW + timedelta(days=1)) == 50
    found = await db.rows("SELECT response_group_id, count(*) FROM answer GROUP BY 1")
    assert {row[0]: row[1] for row in found} == {None: 50, group["response_group_id"]: 50}


async def test_what_stays_is_sealed_anew_and_the_days_key_destroyed(world):
    wave = await world.open_wave()
    await submit(await code_of(wave), 60)
    before = {row["sealed"] for row in await db.rows("SELECT sealed FROM inbox")}
    key = await sealing.key_of(today())
    await mixing.mix(wave.id, TOMORROW)
    assert before.isdisjoint({row["sealed"] for row in await db.rows("SELECT sealed FROM inbox")})
    assert [answer["hours"] for answer in await waiting()] != list(range(60))
    assert await sealing.retire_keys(TOMORROW, grace=0) == [key.id]
    assert sealing.key_files().read(key.id) is None
    assert sorted(answer["hours"] for answer in await waiting()) == list(range(60))


async def test_answers_move_with_their_segments_and_without_their_keys(world):
    wave = await world.open_wave()
    await submit(await code_of(wave), 50)
    await waves.close_wave(SYSTEM, wave.id)
    assert await mixing.mix(wave.id) == 50
    assert await counts() == (0, 50, 50)
    row = await db.row("SELECT * FROM answer WHERE values->>'hours' = '7'")
    assert set(row.keys()) == {
        "wave_id",
        "response_group_id",
        "questionnaire_version_id",
        "age_band",
        "gender",
        "region",
        "values",
    }
    assert (row["age_band"], row["gender"], row["region"]) == (None, "female", None)
    assert orjson.loads(row["values"]) == {"reached": "yes", "hours": 7, "gender": "female", "age": "not_said"}


async def test_the_order_of_rows_is_not_the_order_of_arrival(world):
    wave = await world.open_wave()
    await submit(await code_of(wave), 60)
    await waves.close_wave(SYSTEM, wave.id)
    await mixing.mix(wave.id)
    rows = await db.rows("SELECT (values->>'hours')::int AS hours FROM answer ORDER BY ctid")
    order = [row["hours"] for row in rows]
    assert sorted(order) == list(range(60))
    assert order != list(range(60))
    assert await db.value("SELECT count(DISTINCT xmin::text) FROM answer") == 1


async def test_a_wave_that_is_over_is_emptied_to_the_last_answer(world):
    wave = await world.open_wave()
    await submit(await code_of(wave), 3)
    await waves.close_wave(SYSTEM, wave.id)
    assert await mixing.mix(wave.id) == 3
    assert await counts() == (0, 3, 3)


async def test_a_key_that_was_mixed_stays_spent(world):
    wave = await world.open_wave()
    code = await code_of(wave)
    await submit(code, 100)
    await mixing.mix(wave.id, TOMORROW)
    with pytest.raises(service.AlreadySubmitted):
        await submit(code, 1)
    assert await counts() == (50, 50, 100)


async def test_the_clock_has_closed_waves_mixed_and_keys_provided(world, job_queue):
    wave = await world.open_wave()
    await submit(await code_of(wave), 55)
    await provide_sealing_keys()
    await mix_waiting()
    assert job_queue.waiting == []
    await waves.close_wave(SYSTEM, wave.id)
    await mix_waiting()
    assert await job_queue.run_all() == 1
    await mix_answers(str(wave.id))
    assert await counts() == (0, 55, 55)


async def test_the_clock_has_answers_of_earlier_days_mixed(world):
    wave = await world.open_wave()
    await submit(await code_of(wave), 55)
    assert await mixing.waves_to_mix() == []
    assert await mixing.waves_to_mix(TOMORROW) == [wave.id]


async def test_an_answer_that_does_not_open_stays_and_stops_nobody(world):
    wave = await world.open_wave()
    await submit(await code_of(wave), 5)
    damaged = "overlay(sealed PLACING 'x' FROM 200)"
    await db.execute(f"UPDATE inbox SET sealed = {damaged} WHERE ctid = (SELECT min(ctid) FROM inbox)")
    await waves.close_wave(SYSTEM, wave.id)
    assert await mixing.mix(wave.id) == 4
    assert await mixing.mix(wave.id) == 0
    assert await counts() == (1, 4, 5)

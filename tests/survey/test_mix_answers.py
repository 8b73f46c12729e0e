"""Stored answers are mixed before they are counted: at least 50 at a time, in random order, without their keys."""

import orjson
import pytest
from survey_world import code_of

from kit import db
from kit.identity import SYSTEM
from survey.answers import service
from survey.answers.jobs import mix_answers, mix_waiting
from survey.collection.admission import Proof
from survey.programmes.service import waves


async def submit(code: str, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        answers = {"reached": ["yes"], "hours": [str(number)], "gender": ["female"], "age": ["not_said"]}
        await service.submit(code, Proof(f"key-number-{number:020}"), answers)


async def counts() -> tuple[int, int, int]:
    return tuple([await db.value(f"SELECT count(*) FROM {table}") for table in ("inbox", "answer", "spent_key")])


async def test_forty_nine_answers_wait(world):
    wave = await world.open_wave()
    await submit(await code_of(wave), 49)
    assert await service.mix(wave.id) == 0
    assert await counts() == (49, 0, 49)


async def test_fifty_answers_are_moved_with_their_segments_and_without_their_keys(world):
    wave = await world.open_wave()
    await submit(await code_of(wave), 50)
    assert await service.mix(wave.id) == 50
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
    await service.mix(wave.id)
    rows = await db.rows("SELECT (values->>'hours')::int AS hours FROM answer ORDER BY ctid")
    order = [row["hours"] for row in rows]
    assert sorted(order) == list(range(60))
    assert order != list(range(60))
    assert await db.value("SELECT count(DISTINCT xmin::text) FROM answer") == 1


async def test_a_closed_wave_is_emptied_to_the_last_answer(world):
    wave = await world.open_wave()
    await submit(await code_of(wave), 3)
    await waves.close_wave(SYSTEM, wave.id)
    assert await service.mix(wave.id) == 3
    assert await counts() == (0, 3, 3)


async def test_a_key_that_was_mixed_stays_spent(world):
    wave = await world.open_wave()
    code = await code_of(wave)
    await submit(code, 50)
    await service.mix(wave.id)
    with pytest.raises(service.AlreadySubmitted):
        await submit(code, 1)
    assert await counts() == (0, 50, 50)


async def test_mixing_twice_changes_nothing(world):
    wave = await world.open_wave()
    await submit(await code_of(wave), 50)
    await mix_answers(str(wave.id))
    await mix_answers(str(wave.id))
    assert await counts() == (0, 50, 50)


async def test_the_clock_has_full_and_closed_inboxes_mixed(world, job_queue):
    wave = await world.open_wave()
    await submit(await code_of(wave), 50)
    await mix_waiting()
    assert await job_queue.run_all() == 1
    await submit(await code_of(wave), 5, first=50)
    await mix_waiting()
    assert job_queue.waiting == []
    await waves.close_wave(SYSTEM, wave.id)
    await mix_waiting()
    assert await job_queue.run_all() == 1
    assert await counts() == (0, 55, 55)


async def test_a_group_of_the_link_goes_with_the_answer(world):
    wave = await world.open_wave()
    row = await db.row("SELECT code, response_group_id FROM collector WHERE response_group_id IS NOT NULL")
    await submit(row["code"], 50)
    await service.mix(wave.id)
    found = await db.rows("SELECT DISTINCT response_group_id FROM answer")
    assert [each["response_group_id"] for each in found] == [row["response_group_id"]]

"""Closing a wave, late answers and two mixing jobs at once: no answer is ever mixed with too few others to hide among."""

import asyncio

import pytest
from survey_world import code_of

from kit import db
from kit.identity import SYSTEM
from survey.answers import mixing, service
from survey.collection.admission import Proof
from survey.programmes.service import waves

pytestmark = pytest.mark.committed

ANSWERS = {"reached": ["yes"]}


async def test_an_answer_that_comes_while_the_wave_is_being_closed_is_refused(world):
    wave = await world.open_wave()
    code = await code_of(wave)
    closing, begun = asyncio.Event(), asyncio.Event()

    async def answer():
        # A task of its own from before the transaction, so that it has a connection of its own.
        await closing.wait()
        begun.set()
        await service.submit(code, Proof("k" * 22), ANSWERS)

    late = asyncio.create_task(answer())
    async with db.transaction():
        await waves.close_wave(SYSTEM, wave.id)
        closing.set()
        await begun.wait()
        await asyncio.sleep(0.3)
    with pytest.raises(service.WaveClosed):
        await late
    assert await db.value("SELECT count(*) FROM inbox") == 0


async def test_a_second_mixing_job_does_not_take_what_the_first_left_over(world, monkeypatch):
    monkeypatch.setattr(mixing, "LARGEST_BATCH", 60)
    wave = await world.open_wave()
    code = await code_of(wave)
    for number in range(113):
        await service.submit(code, Proof(f"key-number-{number:020}"), ANSWERS)
    await waves.close_wave(SYSTEM, wave.id)
    moved = await asyncio.gather(*(mixing.mix(wave.id) for _ in range(4)))
    assert sum(moved) == 113
    sizes = await db.rows("SELECT count(*) AS size FROM answer GROUP BY xmin::text ORDER BY 1")
    assert [row["size"] for row in sizes] == [56, 57]

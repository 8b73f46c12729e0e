"""Quick polls of the small union, and what it takes to make, answer and finish one."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from survey_world import MILL, unit_id

from kit import db
from kit.calendar import today
from kit.identity import SYSTEM
from survey.answers import mixing
from survey.answers import service as answers
from survey.collection.admission import Proof
from survey.polls import reading, service
from survey.polls.question import Bilingual, PollQuestion
from survey.programmes.service import waves
from survey.sealing import service as sealing

YES_NO = (Bilingual("Có", "Yes"), Bilingual("Không", "No"))
CANTEEN = PollQuestion("single", Bilingual("Bữa ca có đủ no không?", "Is the canteen meal enough?"), YES_NO)


def in_hours(hours: float) -> datetime:
    return datetime.now(UTC) + timedelta(hours=hours)


async def make(question: PollQuestion = CANTEEN, unit: int = MILL, **more: Any) -> reading.Poll:
    """A poll of the mill, by default open now and for a day; tests run whatever Valkey and the clock say."""
    poll = service.NewPoll(unit_id(unit), question, **{"closes_at": in_hours(24), **more})
    made = await shown(await service.create_poll(SYSTEM, poll))
    if made.state == "planned" and "opens_at" not in more:
        await waves.open_wave(SYSTEM, made.wave_id)
    return await shown(made.id)


async def shown(poll_id: UUID) -> reading.Poll:
    return await reading.poll_by_id(SYSTEM, poll_id)


async def answer(poll: reading.Poll, count: int, choice: str = "1", **more: list[str]) -> None:
    for number in range(count):
        key = f"{poll.id}-{choice}-{count}-{number}"
        await answers.submit(poll.collector, Proof(key), {"question": [choice], **more})


async def finish(poll: reading.Poll) -> None:
    """Close a poll and mix its answers, as the worker does."""
    await service.close_poll(SYSTEM, poll.id)
    await sealing.provide_keys(today())
    await mixing.mix(poll.wave_id)


async def polls() -> int:
    return await db.value("SELECT count(*) FROM quick_poll")

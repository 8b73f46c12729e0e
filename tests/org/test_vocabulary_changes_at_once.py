"""Two people at one moment: a code is not ended while somebody is about to use it."""

import asyncio

import pytest

from kit import db
from kit.errors import UnknownCode
from kit.identity import SYSTEM
from org.channels.service import ChannelFacts, add_channel
from org.units.service import NewUnit, UnitNames, create_unit
from org.vocabularies.service import TermInUse, add_term, end_term

FACTS = ChannelFacts(name="Bảng tin", audience="officers")


async def top():
    names = UnitNames("Tổng Liên đoàn")
    return await create_unit(SYSTEM, NewUnit(None, names, "TLD", "confederation", "confederation"))


@pytest.mark.committed
async def test_whoever_ends_a_term_waits_for_whoever_uses_it():
    unit = await top()
    used = asyncio.Event()

    async def use():
        async with db.transaction():
            await add_channel(SYSTEM, unit["id"], "notice_board", FACTS)
            used.set()
            await asyncio.sleep(0.2)

    async def end():
        await used.wait()
        await end_term(SYSTEM, "channel_kind", "notice_board")

    outcomes = await asyncio.gather(use(), end(), return_exceptions=True)
    assert outcomes[0] is None
    assert isinstance(outcomes[1], TermInUse)


@pytest.mark.committed
async def test_whoever_uses_a_term_waits_for_whoever_ends_it():
    unit = await top()
    ended = asyncio.Event()

    async def end():
        async with db.transaction():
            await end_term(SYSTEM, "channel_kind", "notice_board")
            ended.set()
            await asyncio.sleep(0.2)

    async def use():
        await ended.wait()
        await add_channel(SYSTEM, unit["id"], "notice_board", FACTS)

    outcomes = await asyncio.gather(end(), use(), return_exceptions=True)
    assert outcomes[0] is None
    assert isinstance(outcomes[1], UnknownCode)
    assert await db.value("SELECT count(*) FROM channel") == 0


@pytest.mark.committed
async def test_two_changes_of_a_vocabulary_tell_of_both():
    await top()
    await asyncio.gather(
        add_term(SYSTEM, "topic", "first", "Một", "First"), add_term(SYSTEM, "topic", "second", "Hai", "Second")
    )
    payload = await db.value(
        "SELECT payload FROM outbox WHERE type = 'vocabulary.changed' ORDER BY number DESC LIMIT 1"
    )
    assert '"first"' in payload
    assert '"second"' in payload
    assert await db.value("SELECT count(DISTINCT position) FROM term WHERE vocabulary = 'topic'") == 12

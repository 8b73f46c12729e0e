"""A flood of good forms at an open link ends at a multiple of the people asked, and nobody else is kept out by it."""

import pytest
from survey_world import MINE, PATHS, code_of, unit_id, waiting
from ways_world import code_for, contributor, offering, submit

from kit import db
from survey.answers import room
from survey.answers.room import Room
from survey.answers.service import AlreadySubmitted, OpenLinkFull
from survey.collection.slips.service import make_slips
from survey.sealing.boxes import Place


class Clock:
    """A clock that is put forward by hand."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


async def fill(wave, group, amount: int) -> None:
    """Have answers of a group be there."""
    await db.execute(
        "INSERT INTO answer (wave_id, response_group_id, questionnaire_version_id, values)"
        " SELECT $1, $2, $3, '{}' FROM generate_series(1, $4)",
        wave.id,
        group,
        wave.questionnaire_version_id,
        amount,
    )


async def group_of_mine(wave):
    return await db.value(
        "SELECT response_group_id FROM frame_unit WHERE wave_id = $1 AND unit_id = $2", wave.id, unit_id(MINE)
    )


async def test_a_group_has_room_for_three_answers_each_and_a_thousand(world):
    wave = await world.open_wave()
    group = await group_of_mine(wave)
    # 120 people work in the mine.
    await fill(wave, group, room.ALWAYS + 3 * 120 - 5)
    clock = Clock()
    left = Room(clock)
    assert [await left.take(Place(wave.id, group)) for _ in range(3)] == [True] * 3
    # Nothing was stored: the count stands, and the link is as full as it was.
    await fill(wave, group, 4)
    assert await left.take(Place(wave.id, group))
    await fill(wave, group, 1)
    assert [await left.take(Place(wave.id, group)) for _ in range(2)] == [False] * 2
    # Other groups, and the whole wave's link, have room of their own.
    assert await left.take(Place(wave.id, None))
    await db.execute("DELETE FROM answer WHERE wave_id = $1", wave.id)
    assert not await left.take(Place(wave.id, group))
    clock.now += room.COUNTED_FOR
    assert await left.take(Place(wave.id, group))


async def test_a_full_link_tells_phones_to_come_later_and_those_who_are_stored_that_they_are(world):
    await offering(world, "open_link", "slip")
    wave = await world.open_wave()
    await fill(wave, None, room.ALWAYS + 3 * 375 - 1)
    open_link = await code_for(wave, "open_link")
    receipt = await submit(open_link, "first")
    with pytest.raises(OpenLinkFull):
        await submit(open_link, "second")
    with pytest.raises(AlreadySubmitted) as before:
        await submit(open_link, "first")
    assert before.value.details["receipt"] == str(receipt)
    assert len(await waiting()) == 1
    # Who has a slip is not kept out.
    made = await make_slips(contributor(PATHS[MINE]), wave_id=wave.id, unit_id=unit_id(MINE), amount=1)
    await submit(await code_for(wave, "slip"), "third", slip=made.codes[0])
    assert len(await waiting()) == 2


async def test_a_form_that_is_told_to_come_later_is_kept_by_the_phone(client, world):
    wave = await world.open_wave()
    await fill(wave, None, room.ALWAYS + 3 * 375)
    filled = {"_key": "k" * 22, "reached": "no"}
    reply = await client.post(f"/f/{await code_of(wave)}", data=filled, headers={"accept": "application/json"})
    assert (reply.status_code, reply.json()["code"]) == (503, "OPEN_LINK_FULL")
    assert await waiting() == []


async def test_a_full_link_does_not_promise_what_nobody_knows(client, world):
    wave = await world.open_wave()
    await fill(wave, None, room.ALWAYS + 3 * 375)
    code = await code_of(wave)
    given = {"_key": "k" * 22, "reached": "no"}
    shown = await client.post(f"/f/{code}", data=given)
    assert (shown.status_code, shown.headers["retry-after"]) == (503, "900")
    assert "Địa chỉ này đã nhận đủ số phiếu tối đa" in shown.text
    assert "nobody can say when" in shown.text
    assert "ít phút" not in shown.text
    told = await client.post(f"/f/{code}", data=given, headers={"accept": "application/json"})
    assert (told.status_code, told.json()["code"]) == (503, "OPEN_LINK_FULL")
    assert await waiting() == []

"""Other services learn of channels by events: what they are called on which days, and no more."""

from datetime import date
from importlib import import_module

import orjson
import pytest
from reorganisation_world import newest

from kit import db
from kit.calendar import today
from kit.errors import Forbidden
from kit.identity import SYSTEM
from kit.testing import caller_as
from org.channels.announce import CHANNELS_IN_ONE_EVENT, announce_channels, announce_channels_of
from org.channels.service import ChannelFacts, add_channel, change_channel, close_channel
from org.reorganisations.service.dissolve import dissolve_unit
from org.reorganisations.service.undo import undo_reorganisation

OPENED = date(2026, 1, 5)
PAGE = ChannelFacts(name="Công đoàn Hà Nội", audience="society", address="https://www.facebook.com/congdoanhanoi")
BOARD = ChannelFacts(name="Bảng tin", audience="society", address="Cổng chính")
INTERNAL = ChannelFacts(name="Nhóm cán bộ", audience="officers", address="https://zalo.me/g/abc", is_public=False)


async def told():
    rows = await db.rows("SELECT payload FROM outbox WHERE type = 'channels.changed' ORDER BY number")
    return [orjson.loads(row["payload"])["channels"] for row in rows]


def version(name, since, until=None, is_public=True):
    return {"name": name, "is_public": is_public, "since": since, "until": until}


async def test_each_change_tells_all_that_is_on_record_of_the_channel(tree):
    editor = caller_as("editor", tree.hanoi)
    row = await add_channel(editor, tree.hanoi["id"], "facebook_page", PAGE, OPENED)
    one = {"id": str(row["id"]), "unit_id": str(tree.hanoi["id"]), "kind": "facebook_page"}
    assert await told() == [[{**one, "versions": [version("Công đoàn Hà Nội", "2026-01-05")]}]]
    renamed = ChannelFacts(name="Công đoàn Thủ đô", audience="society", address=PAGE.address, is_public=False)
    await change_channel(editor, row["id"], renamed, date(2026, 2, 1))
    former = version("Công đoàn Hà Nội", "2026-01-05", "2026-02-01")
    assert (await told())[-1] == [
        {**one, "versions": [former, version("Công đoàn Thủ đô", "2026-02-01", is_public=False)]}
    ]
    await close_channel(editor, row["id"], today())
    last = version("Công đoàn Thủ đô", "2026-02-01", today().isoformat(), is_public=False)
    assert (await told())[-1] == [{**one, "versions": [former, last]}]


async def test_a_refusal_and_a_change_to_the_same_tell_nothing(tree):
    editor = caller_as("editor", tree.hanoi)
    row = await add_channel(editor, tree.hanoi["id"], "facebook_page", PAGE, OPENED)
    before = await told()
    await change_channel(editor, row["id"], PAGE)
    with pytest.raises(Forbidden):
        await close_channel(caller_as("contributor", tree.hanoi), row["id"])
    assert await told() == before


async def test_one_of_which_nothing_is_left_is_told_as_that(tree):
    row = await add_channel(caller_as("editor", tree.hanoi), tree.hanoi["id"], "facebook_page", PAGE, OPENED)
    await db.execute("DELETE FROM channel_version")
    await announce_channels_of([tree.hanoi["id"]])
    assert (await told())[-1] == [
        {"id": str(row["id"]), "unit_id": str(tree.hanoi["id"]), "kind": "facebook_page", "versions": []}
    ]


async def test_the_end_of_a_unit_and_its_undoing_tell_of_its_channels(tree, new_unit):
    shoes = await new_unit(tree.hanoi, "Công đoàn Công ty Giày", "HN-002", "grassroots")
    row = await add_channel(SYSTEM, shoes["id"], "notice_board", BOARD, OPENED)
    await dissolve_unit(SYSTEM, shoes["id"], date(2026, 3, 1))
    one = {"id": str(row["id"]), "unit_id": str(shoes["id"]), "kind": "notice_board"}
    assert (await told())[-1] == [{**one, "versions": [version("Bảng tin", "2026-01-05", "2026-03-01")]}]
    await undo_reorganisation(SYSTEM, await newest())
    assert (await told())[-1] == [{**one, "versions": [version("Bảng tin", "2026-01-05")]}]


async def test_many_are_told_in_pieces_and_none_not_at_all(tree):
    await announce_channels([])
    assert await told() == []
    await db.execute(
        "INSERT INTO channel (id, unit_id, kind) SELECT gen_random_uuid(), $1, 'zalo' FROM generate_series(1, $2)",
        tree.hanoi["id"],
        CHANNELS_IN_ONE_EVENT + 1,
    )
    await announce_channels_of([tree.hanoi["id"]])
    assert [len(some) for some in await told()] == [200, 1]


async def test_a_house_that_had_channels_before_they_were_told_tells_them_all(tree):
    editor = caller_as("editor", tree.hanoi)
    await add_channel(editor, tree.hanoi["id"], "facebook_page", PAGE, OPENED)
    await add_channel(editor, tree.hanoi["id"], "zalo", INTERNAL, OPENED, date(2027, 1, 1))
    known = sorted((one for some in await told() for one in some), key=lambda one: one["id"])
    await db.execute("DELETE FROM outbox WHERE type = 'channels.changed'")
    for operation in import_module("org.migrations.0024_channels_told").Migration.operations:
        await db.execute(operation.sql)
    (some,) = await told()
    assert some == known

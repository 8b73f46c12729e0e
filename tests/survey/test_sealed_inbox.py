"""The sealed inbox: boxes of standard length, keys that live for a day, and what arrives together is stored together."""

import asyncio
import os
from datetime import timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from survey_world import code_of, waiting

from kit import db
from kit.calendar import today
from survey.answers import mixing, service
from survey.collection.admission import Proof
from survey.sealing import service as sealing
from survey.sealing.boxes import SIZES, Place, Unopenable, open_all, seal
from survey.sealing.files import GRACE_OF_UNKNOWN, KeyFiles

YES = {"reached": ["yes"]}
TOMORROW = today() + timedelta(days=1)


def proof(number: int = 0) -> Proof:
    return Proof(f"key-number-{number:020}")


def test_a_box_opens_with_its_key_and_at_its_place_alone():
    private, other, place = X25519PrivateKey.generate(), X25519PrivateKey.generate(), Place(uuid4(), uuid4())
    (box,) = seal(private.public_key(), [(place, b"yes")])
    key_id = uuid4()
    assert open_all({key_id: private}, [(key_id, place, box)]) == [b"yes"]
    elsewhere = Place(place.wave_id, None)
    damaged = box[:-1] + bytes([box[-1] ^ 1])
    tried = [(key_id, elsewhere, box), (key_id, place, damaged), (key_id, place, b""), (uuid4(), place, box)]
    assert all(isinstance(each, Unopenable) for each in open_all({key_id: private}, tried))
    assert isinstance(open_all({key_id: other}, [(key_id, place, box)])[0], Unopenable)


def test_boxes_have_four_lengths_whatever_is_in_them():
    private, place = X25519PrivateKey.generate(), Place(uuid4(), None)
    key_id = uuid4()
    contents = [
        b"",
        b"a",
        os.urandom(1_787),
        os.urandom(1_788),
        os.urandom(60_000),
        os.urandom(500_000),
        b"a" * 500_000,
    ]
    boxes = seal(private.public_key(), [(place, content) for content in contents])
    overhead = 80 + 12 + 16
    expected = [SIZES[0], SIZES[0], SIZES[0], SIZES[1], SIZES[2], SIZES[3], SIZES[0]]
    assert [len(box) - overhead for box in boxes] == expected
    assert open_all({key_id: private}, [(key_id, place, box) for box in boxes]) == contents


def test_two_boxes_of_one_content_have_nothing_in_common_but_their_wrapped_key():
    place = Place(uuid4(), None)
    one, other = seal(X25519PrivateKey.generate().public_key(), [(place, b"yes"), (place, b"yes")])
    assert one[:80] == other[:80]
    assert one[80:92] != other[80:92]
    assert one[92:] != other[92:]


def test_key_files_are_the_owners_alone_and_destroyed_only_when_the_database_forgot_them(tmp_path):
    files = KeyFiles(tmp_path / "keys")
    key_id, public = files.make()
    path = tmp_path / "keys" / f"{key_id}.key"
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    private = files.read(key_id)
    assert private is not None
    assert private.public_key().public_bytes_raw() == public
    files.condemn(key_id)
    assert files.read(key_id) is not None
    # The deletion was not committed: the key stays.
    assert files.sweep({key_id}, grace=0) == []
    assert path.exists()
    files.condemn(key_id)
    assert files.sweep(set()) == []
    assert files.sweep(set(), grace=0) == [key_id]
    assert list((tmp_path / "keys").iterdir()) == []


def test_a_key_that_no_database_names_is_kept_for_a_week(tmp_path):
    files = KeyFiles(tmp_path)
    key_id, _ = files.make()
    assert files.sweep(set(), grace=0) == []
    old = (tmp_path / f"{key_id}.key").stat().st_mtime - GRACE_OF_UNKNOWN
    os.utime(tmp_path / f"{key_id}.key", (old, old))
    assert files.sweep(set()) == [key_id]


async def test_keys_are_there_a_day_ahead_and_made_once(world):
    await sealing.provide_keys(today())
    days = [row["day"] for row in await db.rows("SELECT day FROM sealing_key ORDER BY day")]
    assert days == [today(), TOMORROW]


async def test_without_a_key_for_today_answers_are_told_to_come_back(world):
    wave = await world.open_wave()
    code = await code_of(wave)
    await db.execute("UPDATE sealing_key SET day = day - 30")
    service._inbox._key = None
    with pytest.raises(service.TryLater):
        await service.submit(code, proof(), YES)
    assert await db.value("SELECT count(*) FROM spent_key") == 0
    await sealing.provide_keys(today())
    await service.submit(code, proof(), YES)
    assert await waiting() == [{"reached": "yes"}]


async def test_an_answer_that_meets_a_key_being_retired_is_sealed_to_the_next(world):
    code = await code_of(await world.open_wave())
    await service.submit(code, proof(1), YES)
    await mixing.mix((await db.row("SELECT id FROM wave"))["id"], TOMORROW)
    await sealing.retire_keys(TOMORROW, grace=0)
    await service.submit(code, proof(2), YES)
    assert await waiting() == [{"reached": "yes"}] * 2
    assert await db.value("SELECT count(DISTINCT sealing_key_id) FROM inbox") == 1


async def test_a_lost_key_is_told_of_replaced_and_its_answers_dropped_only_when_asked(world, caplog):
    code = await code_of(await world.open_wave())
    await service.submit(code, proof(1), YES)
    lost = await sealing.key_of(today())
    files = sealing.key_files()
    files.condemn(lost.id)
    files.sweep(set(), grace=0)
    await sealing.provide_keys(today())
    service._inbox._key = None
    await service.submit(code, proof(2), YES)
    await sealing.tell_of_lost()
    assert "1 answers are sealed to keys that are not here" in caplog.text
    assert await sealing.lost() == {lost.id: 1}
    assert await mixing.mix((await db.row("SELECT id FROM wave"))["id"], TOMORROW) == 0
    assert await sealing.drop_lost() == 1
    assert (await sealing.lost(), await waiting()) == ({}, [{"reached": "yes"}])


@pytest.mark.committed
async def test_what_comes_together_is_stored_together_and_each_hears_its_own_outcome(world):
    wave = await world.open_wave()
    code = await code_of(wave)
    forms = [proof(number % 30) for number in range(40)]
    outcomes = await asyncio.gather(*(service.submit(code, each, YES) for each in forms), return_exceptions=True)
    repeated = [each for each in outcomes if isinstance(each, service.AlreadySubmitted)]
    receipts = {str(each) for each in outcomes if not isinstance(each, Exception)}
    assert (len(repeated), len(receipts)) == (10, 30)
    assert {each.details["receipt"] for each in repeated} <= receipts
    assert await db.value("SELECT count(*) FROM inbox") == 30
    # One that comes first goes alone, those that wait meanwhile together.
    assert await db.value("SELECT count(DISTINCT xmin::text) FROM inbox") <= 3

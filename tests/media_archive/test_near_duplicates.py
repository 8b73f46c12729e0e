"""Pictures that show the same are suggested as near-duplicates, and people say which are."""

import asyncio
import io
import random
from functools import cache
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from archive_world import Union, add, contributor, editor, picture, worker
from bench.near_duplicates.alterations import ALTERATIONS
from bench.near_duplicates.pictures import draw, invitation
from bench.near_duplicates.run import Archive, Kept, kept_of, look_for
from PIL import Image
from tortoise.exceptions import IntegrityError

from kit import db
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.jobs import MemoryQueue
from kit.storage import storage
from kit.testing import Ask, queries
from media_archive.assets.service import Changes, describe_asset
from media_archive.renditions import plans
from media_archive.renditions.jobs import make_renditions
from media_archive.similarity.comparison import MOST_DIFFERENCE, Planes, difference
from media_archive.similarity.details import details_of
from media_archive.similarity.jobs import find_near_duplicates, resume_near_duplicates
from media_archive.similarity.prints import hashes_of, unpacked
from media_archive.uploads.keeping import key_of
from media_archive.uploads.media_types import JPEG
from media_archive.uploads.service import make_what_was_planned

PAIRS = """query ($id: ID!, $state: String, $first: Int! = 10) { asset(id: $id) {
    nearDuplicates(state: $state, first: $first) { state isMirrored decidedAt other { id title } } } }"""
DECIDE = """mutation ($input: DecideNearDuplicateInput!) { decideNearDuplicate(input: $input) {
    ... on DecideNearDuplicateSuccess { asset { id } } ... on Problem { code } ... on InvalidInput { field } } }"""

SEED = 1


@cache
def drawn(place: int) -> Image.Image:
    return draw(SEED, place, 2_000)


@cache
def kept(place: int) -> Kept:
    return kept_of(drawn(place))


async def look(job_queue: MemoryQueue) -> None:
    """Do the jobs that make small pictures and compare them, and no others."""
    waiting = [ids[0] for one, ids in job_queue.waiting if one is make_renditions]
    job_queue.waiting.clear()
    for asset_id in waiting:
        await make_renditions(asset_id)
    job_queue.waiting = [one for one in job_queue.waiting if one[0] is find_near_duplicates]
    await job_queue.run_all()


def jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


async def pairs(ask: Ask, asset_id: str, caller: Caller = SYSTEM, **asked: str) -> list[dict[str, Any]]:
    return (await ask(PAIRS, caller, id=asset_id, **asked)).field["nearDuplicates"]


async def two_of_one(union: Union, job_queue: MemoryQueue, **said: Any) -> tuple[str, str]:
    first = await add(union.factory, "Ảnh gốc", jpeg(drawn(0)), **said)
    second = await add(union.south, "Ảnh cắt", jpeg(ALTERATIONS["crop 5 % left"](drawn(0))), **said)
    await look(job_queue)
    return first, second


def test_every_alteration_is_found_again_and_notices_of_one_template_are_told_apart():
    places = [0, 1, 2, 4, 6, 7, 9, 10]
    archive = Archive([kept(place) for place in places])
    chance = random.Random(SEED)
    missed, false = list[tuple[int, str]](), set[tuple[int, int]]()
    for number, place in enumerate(places):
        names = chance.sample([*ALTERATIONS], 2)
        found = look_for(archive, drawn(place), number, names)
        missed += [(place, name) for name in names if not found.again[name]]
        false |= found.false
    assert (missed, false) == ([], set())


@pytest.mark.parametrize("name", [*ALTERATIONS])
def test_each_alteration_by_itself(name: str):
    archive = Archive([kept(place) for place in (0, 2, 10)])
    for number, place in ((0, 0), (1, 2)):
        found = look_for(archive, drawn(place), number, [name])
        assert (found.again[name], found.false) == (1, set())


def test_a_cropped_notice_is_found_where_several_of_its_windows_have_one_hash():
    notice = draw(2, 17, 2_000)
    found = look_for(Archive([kept(1), kept_of(notice)]), notice, 1, ["crop 5 % bottom"])
    assert (found.again["crop 5 % bottom"], found.false) == (1, set())


def test_a_copy_of_another_size_has_the_same_fine_print():
    chart = drawn(1684)
    small, large = (Planes(unpacked(kept_of(one).copy)) for one in (chart, ALTERATIONS["twice the size"](chart)))
    assert difference(small, large, (0, 0)) < 0.2


def test_one_other_line_on_a_notice_is_seen():
    one, again, other = (
        Planes(unpacked(kept_of(invitation(0, line)).copy))
        for line in ("Ngày 12 tháng 5", "Ngày 12 tháng 5", "Ngày 28 tháng 9")
    )
    assert difference(one, again, (0, 0)) < 0.001
    assert difference(one, other, (0, 0)) > 1.5 * MOST_DIFFERENCE


async def test_a_copy_is_suggested_to_both_with_its_mirror_told(ask: Ask, union: Union, job_queue: MemoryQueue):
    first = await add(union.factory, "Ảnh", jpeg(drawn(0)))
    mirrored = await add(union.south, "Gương", jpeg(ALTERATIONS["mirror"](drawn(0))))
    await add(union.south, "Khác", jpeg(drawn(1)))
    await look(job_queue)
    told = {"state": "suggested", "isMirrored": True, "decidedAt": None}
    assert await pairs(ask, first) == [{**told, "other": {"id": mirrored, "title": "Gương"}}]
    assert await pairs(ask, mirrored) == [{**told, "other": {"id": first, "title": "Ảnh"}}]
    assert await db.value("SELECT count(*) FROM near_duplicate") == 1
    assert await db.value("SELECT array_agg(DISTINCT state) FROM picture_print") == ["done"]


async def test_is_not_told_of_what_the_caller_may_not_see(ask: Ask, union: Union, job_queue: MemoryQueue):
    first, second = await two_of_one(union, job_queue)
    assert await pairs(ask, first, worker(union.north)) == []
    assert [one["other"]["id"] for one in await pairs(ask, first, worker(union.root))] == [second]
    await describe_asset(SYSTEM, UUID(second), Changes(visibility="public"))
    assert [one["other"]["id"] for one in await pairs(ask, first, worker(union.north))] == [second]
    await db.execute("UPDATE asset SET state = 'deleted', deleted_at = now(), deletion_reason = 'mistake', "
                     "keep_until = '2030-01-01' WHERE id = $1::uuid", second)  # fmt: skip
    assert await pairs(ask, first, SYSTEM) == []


async def test_a_person_decides_and_may_decide_anew(ask: Ask, union: Union, job_queue: MemoryQueue):
    first, second = await two_of_one(union, job_queue, visibility="union")
    for state in ("rejected", "accepted"):
        said = {"assetId": second, "otherId": first, "state": state}
        assert (await ask(DECIDE, contributor(union.factory), input=said)).code is None
        assert [one["state"] for one in await pairs(ask, first, state=state)] == [state]
        assert len(await pairs(ask, first)) == (1 if state == "accepted" else 0)
    told = await db.rows("SELECT thing_id, after FROM audit WHERE action = 'asset.near_duplicate_decided' ORDER BY id")
    assert [row["thing_id"] for row in told] == [*(await in_order(first, second)), *(await in_order(first, second))]
    # Looked for again, what was decided stays.
    await db.execute("UPDATE picture_print SET state = 'waiting', attempts = 0")
    await find_near_duplicates(first)
    assert [one["state"] for one in await pairs(ask, first)] == ["accepted"]


async def in_order(first: str, second: str) -> list[str]:
    told = await db.rows("SELECT thing_id FROM audit WHERE action = 'asset.near_duplicate_decided' ORDER BY id LIMIT 2")
    assert {row["thing_id"] for row in told} == {first, second}
    return [row["thing_id"] for row in told]


async def test_who_may_decide(ask: Ask, union: Union, job_queue: MemoryQueue):
    first, second = await two_of_one(union, job_queue, visibility="union")
    unseen = await add(union.factory, "Riêng", jpeg(drawn(0)))
    await look(job_queue)
    for caller, other, state, code in (
        (ANONYMOUS, second, "accepted", "SIGN_IN_REQUIRED"),
        (worker(union.root), second, "accepted", "FORBIDDEN"),
        (editor(union.mine), second, "accepted", "FORBIDDEN"),
        (editor(union.south), unseen, "accepted", "NOT_FOUND"),
        (editor(union.root), "6f9619ff-8b86-d011-b42d-00c04fc964ff", "accepted", "NOT_FOUND"),
        (editor(union.root), second, "suggested", "INVALID_INPUT"),
    ):
        reply = await ask(DECIDE, caller, input={"assetId": first, "otherId": other, "state": state})
        assert reply.code == code
    assert await db.value("SELECT array_agg(DISTINCT state) FROM near_duplicate") == ["suggested"]
    assert await db.value("SELECT count(*) FROM audit WHERE action <> 'asset.added'") == 0


async def test_a_list_costs_the_same_however_long(ask: Ask, union: Union, job_queue: MemoryQueue):
    document = """{ assets { nodes { nearDuplicates { other { id } } } } }"""
    counts, reply = set[int](), None
    for number in range(3):
        await add(union.factory, f"Ảnh {number}", jpeg(drawn(0)))
        await look(job_queue)
        with queries() as statements:
            reply = await ask(document, SYSTEM)
        counts.add(statements.count)
    assert counts == {2}
    assert reply is not None
    assert [len(one["nearDuplicates"]) for one in reply.field["nodes"]] == [2, 2, 2]


async def test_a_new_version_is_compared_anew(ask: Ask, union: Union, job_queue: MemoryQueue):
    first, _ = await two_of_one(union, job_queue)
    other = await add(union.factory, "Khác", jpeg(drawn(8)))
    await db.execute("SET CONSTRAINTS ALL DEFERRED")
    sha256 = await db.value("SELECT sha256 FROM asset WHERE id = $1::uuid", other)
    await db.execute("INSERT INTO asset_version (asset_id, number, sha256, file_name) VALUES ($1, 2, $2, 'x')",
                     UUID(first), sha256)  # fmt: skip
    await db.execute("UPDATE asset SET version = 2, sha256 = $2 WHERE id = $1", UUID(first), sha256)
    await plans.plan(UUID(first), JPEG)
    await make_what_was_planned(UUID(first))
    assert await pairs(ask, first) == []
    await look(job_queue)
    assert [one["other"]["id"] for one in await pairs(ask, first)] == [other]


async def test_what_is_no_picture_or_shows_nothing_has_none(union: Union, job_queue: MemoryQueue):
    await add(union.factory, "Văn bản")
    await add(union.factory, "Trắng", jpeg(Image.new("RGB", (300, 200), (250, 250, 250))))
    await look(job_queue)
    assert [tuple(row) for row in await db.rows("SELECT state, reason, keys FROM picture_print")] == [
        ("none", "PICTURE_IS_PLAIN", None)
    ]


async def test_a_job_may_be_cut_off_and_done_twice(ask: Ask, union: Union, job_queue: MemoryQueue):
    first, second = await two_of_one(union, job_queue)
    await db.execute("UPDATE picture_print SET state = 'running', attempts = 1 WHERE asset_id = $1::uuid", first)
    await find_near_duplicates(first)
    await find_near_duplicates(first)
    assert [one["other"]["id"] for one in await pairs(ask, first)] == [second]
    await find_near_duplicates("6f9619ff-8b86-d011-b42d-00c04fc964ff")


async def test_a_file_that_no_longer_opens_fails_with_a_reason(union: Union):
    asset_id = await add(union.factory, "Ảnh", picture())
    key = key_of(await db.value("SELECT sha256 FROM asset"))
    await storage().put(key, b"\xff\xd8\xff damaged on the disk")
    await db.execute("UPDATE stored_file SET size = 28")
    await make_renditions(asset_id)
    await find_near_duplicates(asset_id)
    assert await db.value("SELECT state || ' ' || reason FROM picture_print") == "failed FILE_BROKEN"
    await storage().delete(key)


async def test_what_was_lost_is_enqueued_again_and_what_ended_five_workers_is_left_alone(
    union: Union, job_queue: MemoryQueue
):
    asset_id = await add(union.factory, "Ảnh", picture())
    await db.execute("UPDATE picture_print SET changed_at = now() - interval '2 minutes'")
    job_queue.waiting.clear()
    # What its print is taken of is still to come: that is looked after elsewhere.
    await resume_near_duplicates()
    await find_near_duplicates(asset_id)
    assert job_queue.waiting == []
    assert await db.value("SELECT state || ' ' || attempts FROM picture_print") == "waiting 0"
    await make_renditions(asset_id)
    assert (find_near_duplicates, (asset_id,)) in job_queue.waiting
    job_queue.waiting.clear()
    await resume_near_duplicates()
    assert [(job.name, ids) for job, ids in job_queue.waiting] == [("media_archive.find_near_duplicates", (asset_id,))]
    await db.execute("UPDATE picture_print SET state = 'running', attempts = 5")
    await find_near_duplicates(asset_id)
    assert await db.value("SELECT state || ' ' || reason FROM picture_print") == "failed GAVE_UP"


@pytest.mark.committed
async def test_of_two_that_come_at_once_one_finds_the_other(ask: Ask, union: Union, job_queue: MemoryQueue):
    ids = [await add(union.factory, f"Ảnh {number}", jpeg(drawn(0))) for number in range(2)]
    for one in ids:
        await make_renditions(one)
    job_queue.waiting.clear()
    await asyncio.gather(*(find_near_duplicates(one) for one in ids))
    assert [one["other"]["id"] for one in await pairs(ask, ids[0])] == [ids[1]]


BROKEN = {
    "picture_print_pkey": "INSERT INTO picture_print (asset_id) SELECT asset_id FROM picture_print",
    "picture_print_asset_fkey": "INSERT INTO picture_print (asset_id) VALUES (gen_random_uuid())",
    "picture_print_state_known": "UPDATE picture_print SET state = 'begun'",
    "picture_print_whole": "UPDATE picture_print SET small = NULL",
    "picture_print_done_is_known": "UPDATE picture_print SET keys = NULL, hashes = NULL, details = NULL, small = NULL",
    "picture_print_sizes": "UPDATE picture_print SET hashes = 'x'",
    "near_duplicate_pkey": """INSERT INTO near_duplicate (first_id, second_id, is_mirrored, difference)
        SELECT first_id, second_id, true, 1 FROM near_duplicate""",
    "near_duplicate_first_fkey": "UPDATE near_duplicate SET first_id = '00000000-0000-0000-0000-000000000000'",
    "near_duplicate_second_fkey": "UPDATE near_duplicate SET second_id = 'ffffffff-ffff-ffff-ffff-ffffffffffff'",
    "near_duplicate_in_order": "UPDATE near_duplicate SET first_id = second_id, second_id = first_id",
    "near_duplicate_state_known": "UPDATE near_duplicate SET state = 'maybe', decided_at = now()",
    "near_duplicate_decided_once": "UPDATE near_duplicate SET state = 'accepted'",
}


async def test_the_database_keeps_the_rules_of_pairs(union: Union, job_queue: MemoryQueue):
    await two_of_one(union, job_queue)
    for constraint, statement in BROKEN.items():
        with pytest.raises((IntegrityError, asyncpg.IntegrityConstraintViolationError)) as broken:
            async with db.transaction():
                await db.execute(statement)
                await db.execute("SET CONSTRAINTS ALL IMMEDIATE")
        assert db.violated(broken.value) == constraint


def test_what_is_kept_of_a_picture_is_small():
    print_of = kept(0)
    assert (len(print_of.hashes), len(print_of.details), len(print_of.copy) < 40_000) == (88, 512, True)
    seen = unpacked(print_of.copy)
    assert (hashes_of(seen).packed(), details_of(seen)) == (print_of.hashes, print_of.details)
    assert max(seen.size) == 320

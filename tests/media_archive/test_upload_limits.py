"""What each role may upload: how large, which types, how many at once and in a day."""

import asyncio

import asyncpg
import pytest
from archive_world import Union, add, contributor, editor, picture
from tus_world import Tus, kept

from kit import db
from kit.identity import SYSTEM
from kit.jobs import MemoryQueue
from kit.testing import Client, caller_as
from media_archive.uploads.inspection import FileTooLarge
from media_archive.uploads.limits import FileTypeNotForRole, TooManyUploads


async def limit(role: str, **changed: object) -> None:
    for column, value in changed.items():
        await db.execute(f"UPDATE upload_limit SET {column} = $2 WHERE role = $1", role, value)


async def test_each_role_has_a_largest_size(client: Client, union: Union):
    sizes = (2_000_000_000, 2_000_000_001, 5_000_000_000, 5_000_000_001)
    told = {
        role: [
            (await Tus(client, caller_as(role, union.north)).begin(union.factory, size)).status_code for size in sizes
        ]
        for role in ("contributor", "editor", "admin")
    }
    assert told == {
        "contributor": [201, 413, 413, 413],
        "editor": [201, 201, 201, 413],
        "admin": [201, 201, 201, 413],
    }


async def test_the_form_in_one_piece_obeys_the_same_limits(union: Union):
    await limit("contributor", most_megabytes=1)
    with pytest.raises(FileTooLarge):
        await add(union.factory, "Lớn", b"a" * 1_000_001, caller=contributor(union.factory))
    await add(union.factory, "Vừa", b"a" * 1_000_000, caller=contributor(union.factory))
    await add(union.factory, "Lớn", b"b" * 1_000_001, caller=editor(union.factory))
    assert await db.value("SELECT count(*) FROM asset") == 2


async def test_types_that_a_role_may_not_upload_are_refused_by_their_content(
    client: Client, union: Union, job_queue: MemoryQueue
):
    await limit("contributor", families=["text", "pdf"])
    with pytest.raises(FileTypeNotForRole):
        await add(union.factory, "Ảnh", picture(), caller=contributor(union.factory), file_name="a.txt")
    tus = Tus(client, contributor(union.factory))
    reply = await tus.begin(union.factory, len(picture()), picture())
    await job_queue.run_all()
    outcome = (await tus.ask("GET", reply.headers["location"])).json()
    assert (outcome["state"], outcome["code"]) == ("refused", "FILE_TYPE_NOT_FOR_ROLE")
    assert (await kept())[2:] == (0, 0)
    await add(union.factory, "Ảnh", picture(), caller=editor(union.factory))
    assert await db.value("SELECT count(*) FROM asset") == 1


async def test_only_so_many_may_be_unfinished_at_once(client: Client, union: Union):
    await limit("contributor", most_open=2)
    tus = Tus(client, contributor(union.factory))
    first = await tus.opened(union.factory, 5)
    await tus.opened(union.factory, 5)
    refused = await tus.begin(union.factory, 5)
    assert (refused.status_code, refused.json()["code"], refused.json()["most"]) == (429, "TOO_MANY_UPLOADS", 2)
    assert (await kept())[0] == 2
    other = Tus(client, caller_as("contributor", union.factory, subject="somebody-else"))
    assert (await other.begin(union.factory, 5)).status_code == 201
    await tus.send(first, 0, b"12345")
    assert (await tus.begin(union.factory, 5)).status_code == 201


@pytest.mark.committed
async def test_many_requests_at_once_find_no_more_room_than_one_after_the_other(client: Client, union: Union):
    await limit("contributor", most_open=3)
    tus = Tus(client, contributor(union.factory))
    replies = await asyncio.gather(*(tus.begin(union.factory, 5) for _ in range(10)))
    assert sorted(reply.status_code for reply in replies) == [201] * 3 + [429] * 7
    assert (await kept())[0] == 3


async def test_only_so_many_files_come_in_a_day(client: Client, union: Union):
    await limit("contributor", most_a_day=2)
    someone = contributor(union.factory)
    await add(union.factory, "Một", caller=someone)
    assert (await Tus(client, someone).begin(union.factory, 5)).status_code == 201
    with pytest.raises(TooManyUploads):
        await add(union.factory, "Ba", caller=someone)
    assert (await Tus(client, someone).begin(union.factory, 5)).json()["code"] == "TOO_MANY_UPLOADS"
    assert await kept() == (1, 0, 1, 1)
    assert await db.value("SELECT files FROM upload_count") == 2
    await db.execute("UPDATE upload_count SET day = day - 1")
    await add(union.factory, "Hôm sau", caller=someone)


async def test_the_product_itself_is_not_counted(union: Union):
    await limit("admin", most_a_day=1)
    await add(union.factory, "Một", caller=SYSTEM)
    await add(union.factory, "Hai", caller=SYSTEM)
    assert await db.value("SELECT count(*) FROM upload_count") == 0


BROKEN = {
    "upload_limit_role_known": "INSERT INTO upload_limit VALUES ('worker', 1, 1, 1, '{text}')",
    "upload_limit_positive": "UPDATE upload_limit SET most_open = 0 WHERE role = 'editor'",
    "upload_limit_families_known": "UPDATE upload_limit SET families = '{text,svg}' WHERE role = 'editor'",
    "upload_limit_pkey": "INSERT INTO upload_limit VALUES ('editor', 1, 1, 1, '{text}')",
    "upload_count_positive": "INSERT INTO upload_count VALUES ('a', '2026-01-01', 0)",
    "upload_count_pkey": "INSERT INTO upload_count VALUES ('b', '2026-01-01', 1), ('b', '2026-01-01', 2)",
    "upload_position_within_length": "UPDATE upload SET position = 11",
    "upload_state_known": "UPDATE upload SET state = 'lost'",
    "upload_whole_before_taken": "UPDATE upload SET state = 'complete'",
    "upload_taken_is_an_asset": "UPDATE upload SET state = 'taken', position = length",
    "upload_refused_says_why": "UPDATE upload SET state = 'refused', position = length",
    "upload_piece_upload_fkey": "INSERT INTO upload_piece VALUES (gen_random_uuid(), 0, 1, gen_random_uuid())",
    "upload_piece_pkey": "INSERT INTO upload_piece SELECT id, 0, 3, gen_random_uuid() FROM upload",
    "upload_piece_has_bytes": "INSERT INTO upload_piece SELECT id, 5, 0, gen_random_uuid() FROM upload",
    "upload_piece_no_overlap": "INSERT INTO upload_piece SELECT id, 2, 3, gen_random_uuid() FROM upload",
}


@pytest.mark.parametrize("constraint", BROKEN)
async def test_the_database_keeps_the_rules_of_uploads(client: Client, union: Union, constraint: str):
    tus = Tus(client, contributor(union.factory))
    await tus.send(await tus.opened(union.factory, 10), 0, b"1234")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as broken:
        async with db.transaction():
            await db.execute(BROKEN[constraint])
    assert broken.value.constraint_name == constraint  # pyright: ignore[reportAttributeAccessIssue]

"""An asset is described anew by those of its unit, and made public by an editor only."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from archive_world import Union, add, contributor, editor, worker

from kit import db
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.testing import Ask, caller_as
from media_archive.assets.service import Changes, describe_asset
from media_archive.search.follow import Follower

DESCRIBE = """mutation ($input: DescribeAssetInput!) { describeAsset(input: $input) {
    ... on DescribeAssetSuccess { asset { title description kind language topics visibility } }
    ... on Problem { code message } ... on InvalidInput { field }
    ... on UnknownCode { field vocabulary unknownCode } } }"""


async def described(asset_id: str) -> tuple[Any, ...]:
    row = await db.row(
        "SELECT title, description, kind, language, topics, visibility FROM asset WHERE id = $1::uuid", asset_id
    )
    assert row is not None
    return tuple(row)


async def test_changes_what_is_said_and_leaves_the_rest(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Tờ rơi", description="cũ", visibility="union")
    said = {
        "id": asset_id,
        "title": " Tờ  rơi mới ",
        "kind": "leaflet",
        "topics": ["benefits", "labour_law", "benefits"],
    }
    reply = await ask(DESCRIBE, contributor(union.north), input=said)
    assert reply.field["asset"] == {
        "title": "Tờ rơi mới",
        "description": "cũ",
        "kind": "leaflet",
        "language": "vi",
        "topics": ["benefits", "labour_law"],
        "visibility": "union",
    }
    assert await described(asset_id) == ("Tờ rơi mới", "cũ", "leaflet", "vi", ["benefits", "labour_law"], "union")


async def test_text_is_kept_composed_and_without_controls(ask: Ask, union: Union):
    asset_id = await add(union.factory, "x")
    said = {"id": asset_id, "title": "Đoa\u0300n\u0000 vie\u0302n\u200e", "description": "một\u0007\nhai"}
    assert (await ask(DESCRIBE, contributor(union.factory), input=said)).code is None
    assert (await described(asset_id))[:2] == ("Đoàn viên", "một\nhai")


def callers(union: Union) -> dict[str, tuple[Caller, str | None, str | None]]:
    """Who; what comes of describing a unit's asset; what comes of making it public."""
    return {
        "nobody": (ANONYMOUS, "SIGN_IN_REQUIRED", "SIGN_IN_REQUIRED"),
        "a stranger": (editor(union.south), "NOT_FOUND", "NOT_FOUND"),
        "a worker of the unit": (worker(union.factory), "FORBIDDEN", "FORBIDDEN"),
        "an analyst of the unit": (caller_as("analyst", union.factory), "FORBIDDEN", "FORBIDDEN"),
        "a contributor of the unit": (contributor(union.factory), None, "FORBIDDEN"),
        "an editor above": (editor(union.north), None, None),
        "an admin of all": (caller_as("admin", union.root), None, None),
    }


WHO = [
    "nobody",
    "a stranger",
    "a worker of the unit",
    "an analyst of the unit",
    "a contributor of the unit",
    "an editor above",
    "an admin of all",
]


@pytest.mark.parametrize("who", WHO)
async def test_who_may(ask: Ask, union: Union, who: str):
    caller, describing, publishing = callers(union)[who]
    asset_id = await add(union.factory, "Tài liệu")
    before = await described(asset_id)
    reply = await ask(DESCRIBE, caller, input={"id": asset_id, "visibility": "public"})
    assert reply.code == publishing
    if publishing is not None:
        assert await described(asset_id) == before
        reply = await ask(DESCRIBE, caller, input={"id": asset_id, "title": "Khác"})
        assert reply.code == describing
        assert (await described(asset_id) == before) == (describing is not None)


async def test_what_is_public_only_an_editor_changes(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Công khai", visibility="public")
    before = await described(asset_id)
    for change in ({"title": "Khác"}, {"visibility": "unit"}):
        assert (await ask(DESCRIBE, contributor(union.factory), input={"id": asset_id, **change})).code == "FORBIDDEN"
    assert await described(asset_id) == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "a" * 301}, "title"),
        ({"description": "a" * 10_001}, "description"),
        ({"kind": "x"}, "kind"),
        ({"kind": "photo\u200b"}, "kind"),  # with a letter that nobody sees
        ({"kind": "pho\0to"}, "kind"),
        ({"language": "VI"}, "language"),
        ({"topics": ["benefits"] * 11}, "topics"),
        ({"visibility": "secret"}, "visibility"),
    ],
)
async def test_refuses_what_is_wrong_and_changes_nothing(ask: Ask, union: Union, change: dict[str, Any], field: str):
    asset_id = await add(union.factory, "Tài liệu")
    before = await described(asset_id)
    reply = await ask(DESCRIBE, editor(union.factory), input={"id": asset_id, "description": "mới", **change})
    assert (reply.code, reply.field["field"]) == ("INVALID_INPUT", field)
    assert await described(asset_id) == before


async def test_names_a_topic_that_org_does_not_have(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Tài liệu")
    before = await described(asset_id)
    reply = await ask(DESCRIBE, editor(union.factory), input={"id": asset_id, "topics": ["benefits", "astrology"]})
    assert reply.field == {
        "code": "UNKNOWN_CODE",
        "message": reply.field["message"],
        "field": "topics",
        "vocabulary": "topic",
        "unknownCode": "astrology",
    }
    assert await described(asset_id) == before


@pytest.mark.parametrize("asset_id", ["6f9619ff-8b86-d011-b42d-00c04fc964ff", "nonsense", ""])
async def test_unknown_assets_are_not_found(ask: Ask, union: Union, asset_id: str):
    assert (await ask(DESCRIBE, editor(union.root), input={"id": asset_id, "title": "x"})).code == "NOT_FOUND"


@pytest.mark.committed
async def test_judges_what_a_change_of_the_same_moment_left(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Tài liệu", visibility="union")
    changed, may_commit = asyncio.Event(), asyncio.Event()

    async def publish() -> None:
        async with db.transaction():
            await describe_asset(SYSTEM, UUID(asset_id), Changes(visibility="public"))
            changed.set()
            await may_commit.wait()

    publishing = asyncio.create_task(publish())
    await changed.wait()
    late = asyncio.create_task(ask(DESCRIBE, contributor(union.factory), input={"id": asset_id, "title": "Khác"}))
    while not await db.value("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"):
        await asyncio.sleep(0.01)
    may_commit.set()
    await publishing
    assert (await late).code == "FORBIDDEN"
    assert (await described(asset_id))[0] == "Tài liệu"


async def test_messages_are_in_the_callers_language(ask: Ask, union: Union):
    asset_id = await add(union.factory, "x")
    for language, start in (("vi", "title: cần từ 1"), ("en", "title: needs 1")):
        reply = await ask(DESCRIBE, editor(union.root), language, input={"id": asset_id, "title": ""})
        assert reply.field["message"].startswith(start)


async def test_searches_learn_of_it(ask: Ask, union: Union, search: Follower):
    asset_id = await add(union.factory, "Tài liệu", visibility="public")
    await search.catch_up()
    await ask(DESCRIBE, editor(union.root), input={"id": asset_id, "title": "Cẩm nang an toàn điện"})
    assert await search.catch_up() == 1
    found = (await ask('{ searchAssets(query: "an toan dien") { nodes { asset { title } } } }')).field
    assert found["nodes"] == [{"asset": {"title": "Cẩm nang an toàn điện"}}]

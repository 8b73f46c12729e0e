"""Licence, holder and end of rights: editors write them down, and what has ended is hidden."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from archive_world import Union, add, contributor, editor, worker

from kit import db
from kit.calendar import today
from kit.identity import ANONYMOUS
from kit.testing import Ask
from media_archive.rights.hiding import hide_expired
from media_archive.search.follow import Follower

SET = """mutation ($input: SetAssetRightsInput!) { setAssetRights(input: $input) {
    ... on SetAssetRightsSuccess { asset { licence rightsHolder rightsUntil hidden } }
    ... on Problem { code message } ... on InvalidInput { field } ... on UnknownCode { field unknownCode } } }"""
SEARCH = '{ searchAssets(query: "ban tin") { totalCount } }'


async def rights(asset_id: str) -> tuple[Any, ...]:
    row = await db.row("SELECT licence, rights_holder, rights_until, hidden FROM asset WHERE id = $1::uuid", asset_id)
    assert row is not None
    return tuple(row)


async def test_an_editor_writes_down_licence_holder_and_end(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Bản tin")
    assert await rights(asset_id) == ("unknown", "", None, None)
    until = today() + timedelta(days=400)
    said = {"assetId": asset_id, "licence": "cc_by_4", "holder": " Báo  Lao Động ", "until": until.isoformat()}
    reply = await ask(SET, editor(union.north), input=said)
    assert reply.field["asset"] == {
        "licence": "cc_by_4",
        "rightsHolder": "Báo Lao Động",
        "rightsUntil": until.isoformat(),
        "hidden": None,
    }
    assert await rights(asset_id) == ("cc_by_4", "Báo Lao Động", until, None)
    # Whose the rights are may be a person: the trail names nobody.
    assert "Lao Động" not in str(await db.rows("SELECT before, after FROM audit"))


async def test_licences_are_a_vocabulary_with_days(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Bản tin")
    await db.execute("UPDATE licence SET valid_to = $1 WHERE code = 'cc_by_nd_4'", today())
    codes = [one["code"] for one in (await ask("{ assetLicences { code } }")).field]
    assert codes[:3] == ["unknown", "own_work", "permission"]
    assert (len(codes), "cc_by_nd_4" in codes) == (12, False)
    for code in ("cc_by_nd_4", "gpl"):
        reply = await ask(SET, editor(union.factory), input={"assetId": asset_id, "licence": code})
        assert (reply.code, reply.field["field"], reply.field["unknownCode"]) == ("UNKNOWN_CODE", "licence", code)
    assert (await rights(asset_id))[0] == "unknown"
    await db.execute("UPDATE asset SET licence = 'cc_by_nd_4'")
    # What has it keeps it.
    said = {"assetId": asset_id, "licence": "cc_by_nd_4", "holder": "Mai"}
    assert (await ask(SET, editor(union.factory), input=said)).code is None


async def test_who_may(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Bản tin", visibility="union")
    for caller, code in (
        (ANONYMOUS, "SIGN_IN_REQUIRED"),
        (worker(union.factory), "FORBIDDEN"),
        (contributor(union.factory), "FORBIDDEN"),
        (editor(union.south), "FORBIDDEN"),
    ):
        assert (await ask(SET, caller, input={"assetId": asset_id, "licence": "own_work"})).code == code
    assert await rights(asset_id) == ("unknown", "", None, None)


async def test_refuses_a_holder_too_long(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Bản tin")
    said = {"assetId": asset_id, "licence": "own_work", "holder": "a" * 301}
    reply = await ask(SET, editor(union.factory), input=said)
    assert (reply.code, reply.field["field"]) == ("INVALID_INPUT", "holder")
    assert await rights(asset_id) == ("unknown", "", None, None)


async def test_what_has_ended_is_hidden_from_all_but_editors_and_comes_back(ask: Ask, union: Union, search: Follower):
    asset_id = await add(union.factory, "Bản tin", visibility="public")
    said = {"assetId": asset_id, "licence": "permission", "until": today().isoformat()}
    assert (await ask(SET, editor(union.factory), input=said)).field["asset"]["hidden"] == "rights_expired"
    await search.catch_up()
    seen = [(await ask(SEARCH, who)).field["totalCount"] for who in (ANONYMOUS, contributor(union.factory))]
    assert (seen, (await ask(SEARCH, editor(union.factory))).field["totalCount"]) == ([0, 0], 1)
    longer = said | {"until": (today() + timedelta(days=1)).isoformat()}
    assert (await ask(SET, editor(union.factory), input=longer)).field["asset"]["hidden"] is None
    await search.catch_up()
    assert (await ask(SEARCH)).field["totalCount"] == 1


async def test_the_day_on_which_rights_end_hides_by_itself_and_tells(union: Union, search: Follower):
    asset_id = await add(union.factory, "Bản tin", visibility="public")
    kept = await add(union.factory, "Bản tin khác", visibility="public")
    await search.catch_up()
    await db.execute("UPDATE asset SET rights_until = $1 WHERE id = $2::uuid", today(), asset_id)
    await db.execute("UPDATE asset SET rights_until = $1 WHERE id = $2::uuid", today() + timedelta(days=1), kept)
    await hide_expired()
    assert [(await rights(one))[3] for one in (asset_id, kept)] == ["rights_expired", None]
    assert await search.catch_up() == 1
    told = await db.rows("SELECT type, payload ->> 'asset_id' AS asset, payload ->> 'reason' AS reason FROM outbox")
    assert [tuple(row) for row in told] == [("asset.hidden", asset_id, "rights_expired")]
    await hide_expired()
    assert await db.value("SELECT count(*) FROM outbox") == 1


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE asset SET licence = 'gpl'", "asset_licence_known"),
        ("UPDATE asset SET rights_holder = repeat('a', 301)", "asset_rights_holder_length"),
        ("UPDATE licence SET valid_to = valid_from WHERE code = 'cc_by_4'", "licence_ends_after_it_begins"),
        ("INSERT INTO licence SELECT * FROM licence WHERE code = 'cc_by_4'", "licence_pkey"),
    ],
)
async def test_the_database_refuses_it_too(union: Union, statement: str, constraint: str):
    await add(union.factory, "Bản tin")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        async with db.transaction():
            await db.execute(statement)
    assert db.violated(refused.value) == constraint

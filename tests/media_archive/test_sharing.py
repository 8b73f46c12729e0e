"""How far and how long a material is seen, grants to units of other branches, requests for access."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from archive_world import Union, add, contributor, editor, worker

from kit import db
from kit.calendar import today
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.testing import Ask, caller_as, queries
from media_archive.rights.consents import NewConsent, record_consent
from media_archive.search.follow import Follower
from media_archive.sharing.requests import ask_access, forget_requests

PROBLEM = "... on Problem { code message } ... on InvalidInput { field }"
SHARE = f"""mutation ($input: ShareAssetInput!) {{ shareAsset(input: $input) {{
    ... on ShareAssetSuccess {{ asset {{ visibility embargoUntil leaseUntil }} }} {PROBLEM} }} }}"""
GRANT = f"""mutation ($asset: ID!, $units: [ID!]!, $until: Date) {{ grantAsset(assetId: $asset, unitIds: $units, until: $until) {{
    ... on ShareAssetSuccess {{ asset {{ id }} }} {PROBLEM} }} }}"""
END = f"""mutation ($asset: ID!, $unit: ID!) {{ endAssetGrant(assetId: $asset, unitId: $unit) {{
    ... on ShareAssetSuccess {{ asset {{ id }} }} {PROBLEM} }} }}"""
GRANTS = """query ($asset: ID!, $first: Int = 20, $after: String) { assetGrants(assetId: $asset, first: $first, after: $after) {
    nodes { unit { id } until } pageInfo { hasNextPage endCursor } } }"""
ASKED = "request { id assetId state answer until reason unit { id } asset { title } }"
ASK = f"""mutation ($asset: ID!, $unit: ID!, $reason: String!) {{ askAccess(assetId: $asset, unitId: $unit, reason: $reason) {{
    ... on AccessRequestSuccess {{ {ASKED} }} {PROBLEM} }} }}"""
ACCEPT = f"""mutation ($id: ID!, $until: Date) {{ acceptAccessRequest(id: $id, until: $until) {{
    ... on AccessRequestSuccess {{ {ASKED} }} {PROBLEM} }} }}"""
DECLINE = f"""mutation ($id: ID!, $reason: String!) {{ declineAccessRequest(id: $id, reason: $reason) {{
    ... on AccessRequestSuccess {{ {ASKED} }} {PROBLEM} }} }}"""
OPEN = """query ($unit: ID!, $first: Int = 20, $after: String) { assetAccessRequests(unitId: $unit, first: $first, after: $after) {
    nodes { id subject asset { title } } pageInfo { hasNextPage endCursor } } }"""
MINE = "{ myAccessRequests { nodes { state asset { title } } } }"
ONE = "query ($id: ID!) { asset(id: $id) { title } }"


async def sees(ask: Ask, caller: Caller, asset_id: str) -> bool:
    return (await ask(ONE, caller, id=asset_id)).code is None


def day(days: int) -> str:
    return (today() + timedelta(days=days)).isoformat()


async def test_how_far_and_how_long_is_said_at_once(ask: Ask, union: Union, search: Follower):
    asset_id = await add(union.factory, "Bản tin", visibility="unit")
    await search.catch_up()
    said = {"assetId": asset_id, "visibility": "union", "embargoUntil": day(1), "leaseUntil": day(9)}
    reply = await ask(SHARE, contributor(union.factory), input=said)
    assert reply.field["asset"] == {key: said[key] for key in ("visibility", "embargoUntil", "leaseUntil")}
    assert await search.catch_up() == 1
    assert not await sees(ask, worker(union.factory), asset_id)
    told = await db.value("SELECT after::text FROM audit WHERE action = 'asset.shared'")
    assert told == f'{{"visibility": "union", "lease_until": "{day(9)}", "embargo_until": "{day(1)}"}}'
    reply = await ask(SHARE, contributor(union.factory), input={"assetId": asset_id, "visibility": "union"})
    assert (reply.field["asset"]["embargoUntil"], await sees(ask, worker(union.south), asset_id)) == (None, True)


@pytest.mark.parametrize(
    ("more", "field"),
    [({"visibility": "all"}, "visibility"), ({"embargoUntil": day(2), "leaseUntil": day(2)}, "leaseUntil")],
)
async def test_refuses_what_is_wrong(ask: Ask, union: Union, more: dict[str, Any], field: str):
    asset_id = await add(union.factory, "Bản tin", visibility="unit")
    reply = await ask(SHARE, editor(union.factory), input={"assetId": asset_id, "visibility": "union", **more})
    assert (reply.code, reply.field["field"]) == ("INVALID_INPUT", field)
    assert await db.value("SELECT visibility FROM asset") == "unit"


async def test_publishing_takes_an_editor_and_grants_do_too(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Bản tin", visibility="union")
    for caller, share, grant in (
        (ANONYMOUS, "SIGN_IN_REQUIRED", "SIGN_IN_REQUIRED"),
        (editor(union.south), "FORBIDDEN", "FORBIDDEN"),
        (worker(union.factory), "FORBIDDEN", "FORBIDDEN"),
        (contributor(union.factory), "FORBIDDEN", "FORBIDDEN"),
        (editor(union.factory), None, None),
    ):
        assert (await ask(SHARE, caller, input={"assetId": asset_id, "visibility": "public"})).code == share
        assert (await ask(GRANT, caller, asset=asset_id, units=[str(union.mine.id)])).code == grant
    unpublish = {"assetId": asset_id, "visibility": "unit"}
    assert (await ask(SHARE, contributor(union.factory), input=unpublish)).code == "FORBIDDEN"


async def test_a_grant_opens_for_a_unit_until_its_day_or_its_end(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Bản tin", visibility="private")
    assert not await sees(ask, worker(union.south), asset_id)
    both = [str(union.south.id), str(union.mine.id), str(union.south.id)]
    assert (await ask(GRANT, editor(union.factory), asset=asset_id, units=both, until=day(3))).code is None
    assert [await sees(ask, worker(unit), asset_id) for unit in (union.south, union.mine)] == [True, True]
    listed = (await ask(GRANTS, editor(union.factory), asset=asset_id)).field["nodes"]
    assert listed == [{"unit": {"id": str(unit.id)}, "until": day(3)} for unit in (union.south, union.mine)]
    assert (await ask(END, editor(union.factory), asset=asset_id, unit=str(union.south.id))).code is None
    await db.execute("UPDATE asset_grant SET until = $1", today())
    assert [await sees(ask, worker(unit), asset_id) for unit in (union.south, union.mine)] == [False, False]


async def test_refuses_grants_to_nobody_the_unknown_the_past_and_too_many(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Bản tin")
    south = str(union.south.id)
    refusals: tuple[tuple[dict[str, Any], str], ...] = (
        ({"units": []}, "INVALID_INPUT"),
        ({"units": [south] * 51}, "INVALID_INPUT"),
        ({"units": [str(uuid4())]}, "NOT_FOUND"),
        ({"units": [south], "until": day(0)}, "INVALID_INPUT"),
    )
    for asked, code in refusals:
        assert (await ask(GRANT, editor(union.factory), asset=asset_id, **asked)).code == code
    await db.execute(
        "INSERT INTO asset_grant SELECT $1::uuid, gen_random_uuid() FROM generate_series(1, 200)", asset_id
    )
    reply = await ask(GRANT, editor(union.factory), asset=asset_id, units=[south])
    assert (reply.code, await db.value("SELECT count(*) FROM asset_grant")) == ("TOO_MANY_GRANTS", 200)


async def test_no_grant_beyond_what_the_shown_agreed_to(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Bản tin")
    await record_consent(SYSTEM, NewConsent(UUID(asset_id), "Mai", "internal", today()))
    reply = await ask(GRANT, editor(union.factory), asset=asset_id, units=[str(union.south.id)])
    assert (reply.code, await db.value("SELECT count(*) FROM asset_grant")) == ("CONSENT_DOES_NOT_REACH", 0)


async def test_grants_and_requests_are_read_with_the_same_number_of_statements(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Bản tin", visibility="private")
    await db.execute("INSERT INTO asset_grant SELECT $1::uuid, gen_random_uuid() FROM generate_series(1, 5)", asset_id)
    for number in range(5):
        await ask_access(caller_as("worker", union.south, subject=f"p{number}"), UUID(asset_id), union.south.id, "x")
    for document, asked in ((GRANTS, {"asset": asset_id}), (OPEN, {"unit": str(union.north.id)})):
        seen, after, counts = 0, None, set[int]()
        while True:
            with queries() as statements:
                page = (await ask(document, editor(union.north), first=2, after=after, **asked)).field
            counts.add(statements.count)
            seen += len(page["nodes"])
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert (seen, len(counts)) == (5, 1)


async def test_a_request_for_nothing_is_answered_like_one_for_something_secret(ask: Ask, union: Union):
    there, nowhere = await add(union.factory, "Bí mật", visibility="private"), str(uuid4())
    asker = caller_as("worker", union.south, subject="lan")
    answers = [
        (await ask(ASK, asker, asset=one, unit=str(union.south.id), reason="Làm bản tin")).field["request"]
        for one in (there, nowhere)
    ]
    for one, asked in zip(answers, (there, nowhere), strict=True):
        del one["id"]
        assert one.pop("assetId") == asked
    assert answers[0] == answers[1]
    mine = (await ask(MINE, asker)).field["nodes"]
    assert mine == [{"state": "open", "asset": None}] * 2
    # Of one that is there its editors hear; of the other nobody does.
    opened = (await ask(OPEN, editor(union.root), unit=str(union.root.id))).field["nodes"]
    assert [(one["subject"], one["asset"]["title"]) for one in opened] == [("lan", "Bí mật")]
    told = await db.rows("SELECT type, payload ->> 'asset_id' AS asset FROM outbox")
    assert [tuple(row) for row in told] == [("access.asked", there)]
    assert "lan" not in str(await db.rows("SELECT payload FROM outbox"))
    for document, ids in ((ACCEPT, {}), (DECLINE, {"reason": "x"})):
        lost = await db.value("SELECT id FROM access_request WHERE asset_id = $1::uuid", nowhere)
        assert (await ask(document, editor(union.root), id=str(lost), **ids)).code == "NOT_FOUND"


async def test_accepting_grants_and_declining_says_why(ask: Ask, union: Union):
    first, second = [await add(union.factory, title, visibility="private") for title in ("Một", "Hai")]
    asker = caller_as("worker", union.south, subject="lan")
    ids = [
        (await ask(ASK, asker, asset=one, unit=str(union.south.id), reason="x")).field["request"]["id"]
        for one in (first, second)
    ]
    for stranger, code in ((ANONYMOUS, "SIGN_IN_REQUIRED"), (asker, "NOT_FOUND"), (editor(union.mine), "NOT_FOUND")):
        assert (await ask(ACCEPT, stranger, id=ids[0])).code == code
    assert (await ask(DECLINE, editor(union.factory), id=ids[1], reason=" ")).code == "INVALID_INPUT"
    accepted = (await ask(ACCEPT, editor(union.factory), id=ids[0], until=day(5))).field["request"]
    assert (accepted["state"], accepted["until"]) == ("accepted", day(5))
    declined = (await ask(DECLINE, editor(union.factory), id=ids[1], reason="Chưa công bố")).field["request"]
    assert (declined["state"], declined["answer"]) == ("declined", "Chưa công bố")
    assert (await ask(MINE, asker)).field["nodes"] == [
        {"state": "declined", "asset": None},
        {"state": "accepted", "asset": {"title": "Một"}},
    ]
    assert (await ask(ACCEPT, editor(union.factory), id=ids[1])).code == "ACCESS_REQUEST_ANSWERED"
    told = [row["type"] for row in await db.rows("SELECT type FROM outbox ORDER BY number")]
    assert told == ["access.asked", "access.asked", "access.accepted", "access.declined"]


async def test_requests_are_for_units_of_ones_own_once_and_bounded(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Bản tin", visibility="private")
    asker = caller_as("worker", union.south, subject="lan")

    async def code(asset: str, unit: UUID = union.south.id, caller: Caller = asker, reason: str = "x") -> str | None:
        return (await ask(ASK, caller, asset=asset, unit=str(unit), reason=reason)).code

    assert await code(asset_id, caller=ANONYMOUS) == "SIGN_IN_REQUIRED"
    assert await code(asset_id, unit=union.mine.id) == "FORBIDDEN"
    assert await code(asset_id, reason="") == "INVALID_INPUT"
    assert await code(asset_id, unit=union.factory.id, caller=contributor(union.factory)) == "ALREADY_VISIBLE"
    assert [await code(asset_id), await code(asset_id)] == [None, "ALREADY_ASKED"]
    for _ in range(19):
        assert await code(str(uuid4())) is None
    assert await code(str(uuid4())) == "TOO_MANY_ACCESS_REQUESTS"
    await db.execute(
        "UPDATE access_request SET asked_at = now() - interval '91 days' WHERE asset_id <> $1::uuid", asset_id
    )
    await forget_requests()
    assert await db.value("SELECT count(*) FROM access_request") == 1


REQUEST = "INSERT INTO access_request (id, asset_id, subject, unit_id, reason"
BROKEN = [
    (f"{REQUEST}) VALUES (gen_random_uuid(), gen_random_uuid(), 'a', gen_random_uuid(), '')", "reason_length"),
    ("UPDATE access_request SET state = 'lost', answered_at = now(), answered_by = 'a'", "state_known"),
    ("UPDATE access_request SET state = 'accepted'", "answered_by_somebody"),
    ("UPDATE access_request SET answered_at = now()", "answered_by_somebody"),
    ("UPDATE access_request SET state = 'declined', answered_at = now(), answered_by = 'a'", "declined_with_a_reason"),
    ("UPDATE access_request SET until = '2030-01-01'", "until_when_accepted"),
    (f"{REQUEST}) SELECT gen_random_uuid(), asset_id, subject, unit_id, 'x' FROM access_request", "one_open"),
    (f"{REQUEST}, state) SELECT id, asset_id, 'b', unit_id, 'x', state FROM access_request", "pkey"),
]


@pytest.mark.parametrize(("statement", "constraint"), BROKEN)
async def test_the_database_refuses_it_too(union: Union, statement: str, constraint: str):
    await ask_access(worker(union.south), uuid4(), union.south.id, "x")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        async with db.transaction():
            await db.execute(statement)
    assert db.violated(refused.value) == f"access_request_{constraint}"

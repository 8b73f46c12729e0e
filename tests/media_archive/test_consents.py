"""What people who are shown agreed to: recorded, kept within, withdrawn with effect at once, settled, erased."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from archive_world import Union, add, contributor, editor, picture, run_without_reading, worker

from kit import db
from kit.audit import account_forgotten
from kit.calendar import today
from kit.events import Event
from kit.identity import ANONYMOUS, SYSTEM
from kit.jobs import MemoryQueue
from kit.testing import Ask, Client, caller_as, queries
from media_archive.app import service
from media_archive.files.addresses import file_path
from media_archive.reuse.service import NewReuse, record_reuse
from media_archive.rights.consents import NewConsent, record_consent, withdraw_consent
from media_archive.rights.hiding import hide_expired
from media_archive.search.follow import Follower
from media_archive.sharing.service import grant_asset

PROBLEM = "... on Problem { code message } ... on InvalidInput { field }"
CONSENT = "consent { id person isMinor guardian scope namedUse until state settledWhy proofId }"
RECORD = f"""mutation ($input: RecordConsentInput!) {{ recordConsent(input: $input) {{
    ... on ConsentSuccess {{ {CONSENT} }} ... on ConsentDoesNotReach {{ scope }} {PROBLEM} }} }}"""
WITHDRAW = f"""mutation ($id: ID!) {{ withdrawConsent(id: $id) {{
    ... on WithdrawConsentSuccess {{ {CONSENT} reusedBy {{ id }} }} {PROBLEM} }} }}"""
SETTLE = f"""mutation ($id: ID!, $why: String!) {{ settleConsent(id: $id, why: $why) {{
    ... on ConsentSuccess {{ {CONSENT} }} {PROBLEM} }} }}"""
ERASE = f"mutation ($id: ID!) {{ eraseConsent(id: $id) {{ ... on ConsentSuccess {{ {CONSENT} }} {PROBLEM} }} }}"
LIST = """query ($asset: ID!, $first: Int = 20, $after: String) { assetConsents(assetId: $asset, first: $first, after: $after) {
    nodes { person state } pageInfo { hasNextPage endCursor } } }"""
DESCRIBE = f"""mutation ($input: DescribeAssetInput!) {{ describeAsset(input: $input) {{
    ... on DescribeAssetSuccess {{ asset {{ visibility }} }} {PROBLEM} }} }}"""
SHARE = f"""mutation ($input: ShareAssetInput!) {{ shareAsset(input: $input) {{
    ... on ShareAssetSuccess {{ asset {{ visibility }} }} {PROBLEM} }} }}"""
SEARCH = '{ searchAssets(query: "ban tin") { totalCount } }'


def said(asset_id: str, **more: Any) -> dict[str, Any]:
    return {"assetId": asset_id, "person": "Nguyễn Thị Mai", "scope": "public", "givenOn": "2026-01-05", **more}


async def consent(asset_id: str, **more: Any) -> UUID:
    new = NewConsent(UUID(asset_id), "Nguyễn Thị Mai", more.pop("scope", "public"), today(), **more)
    return (await record_consent(SYSTEM, new))["id"]


async def hidden(asset_id: str) -> str | None:
    return await db.value("SELECT hidden FROM asset WHERE id = $1::uuid", asset_id)


async def count() -> int:
    return await db.value("SELECT count(*) FROM consent")


async def test_a_consent_is_written_down_with_its_proof_and_names_nobody_in_the_trail(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Bản tin", visibility="public")
    proof = await add(union.factory, "Giấy đồng ý", visibility="private")
    more = {"isMinor": True, "guardian": "Trần Văn Nam", "until": "2030-01-01", "proofId": proof}
    reply = await ask(RECORD, editor(union.north), input=said(asset_id, **more))
    told = {key: value for key, value in reply.field["consent"].items() if key != "id"}
    assert told == {
        "person": "Nguyễn Thị Mai",
        "isMinor": True,
        "guardian": "Trần Văn Nam",
        "scope": "public",
        "namedUse": "",
        "until": "2030-01-01",
        "state": "given",
        "settledWhy": None,
        "proofId": proof,
    }
    assert await hidden(asset_id) is None
    trail = str(await db.rows("SELECT before, after FROM audit"))
    assert ("Mai" in trail, "Nam" in trail, "consent" in trail) == (False, False, True)


@pytest.mark.parametrize(
    ("more", "code", "field"),
    [
        ({"person": " "}, "INVALID_INPUT", "person"),
        ({"person": "a" * 201}, "INVALID_INPUT", "person"),
        ({"scope": "all"}, "INVALID_INPUT", "scope"),
        ({"scope": "named"}, "INVALID_INPUT", "named_use"),
        ({"until": "2026-01-05"}, "INVALID_INPUT", "until"),
        ({"givenOn": "2999-01-01"}, "INVALID_INPUT", "given_on"),
        ({"isMinor": True}, "GUARDIAN_REQUIRED", None),
        ({"isMinor": True, "guardian": " \u200b"}, "GUARDIAN_REQUIRED", None),
        ({"proofId": str(uuid4())}, "NOT_FOUND", None),
        ({"replacesId": str(uuid4())}, "NOT_FOUND", None),
        ({"scope": "union"}, "CONSENT_DOES_NOT_REACH", None),
    ],
)
async def test_refuses_what_is_wrong_and_keeps_nothing(
    ask: Ask, union: Union, more: dict[str, Any], code: str, field: str | None
):
    asset_id = await add(union.factory, "Bản tin", visibility="public")
    reply = await ask(RECORD, editor(union.factory), input=said(asset_id, **more))
    assert (reply.code, reply.field.get("field")) == (code, field)
    assert await count() == 0


async def test_a_proof_is_private_and_stays_so(ask: Ask, union: Union):
    asset_id, proof = await add(union.factory, "Bản tin"), await add(union.factory, "Giấy", visibility="unit")
    by_editor = editor(union.factory)
    assert (await ask(RECORD, by_editor, input=said(asset_id, proofId=proof))).code == "CONSENT_PROOF_NOT_PRIVATE"
    assert await count() == 0
    await db.execute("UPDATE asset SET visibility = 'private' WHERE id = $1::uuid", proof)
    assert (await ask(RECORD, by_editor, input=said(asset_id, proofId=proof))).code is None
    for wider in ("unit", "public"):
        for document, key in ((SHARE, "assetId"), (DESCRIBE, "id")):
            reply = await ask(document, by_editor, input={key: proof, "visibility": wider})
            assert (reply.code, reply.field["field"]) == ("INVALID_INPUT", "visibility")


async def test_nobody_is_shown_further_than_agreed(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Bản tin", visibility="unit")
    await consent(asset_id, scope="internal")
    by_editor = editor(union.factory)
    for document, key in ((SHARE, "assetId"), (DESCRIBE, "id")):
        reply = await ask(document, by_editor, input={key: asset_id, "visibility": "union"})
        assert (reply.code, reply.field["message"]) == (
            "CONSENT_DOES_NOT_REACH",
            "Có người trong tài liệu chỉ đồng ý ở phạm vi “nội bộ đơn vị”.",
        )
    assert await db.value("SELECT visibility FROM asset") == "unit"
    assert (await ask(SHARE, by_editor, input={"assetId": asset_id, "visibility": "subtree"})).code is None


async def test_editors_alone_see_and_record_consents(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Bản tin", visibility="union")
    await consent(asset_id)
    for caller, code in (
        (ANONYMOUS, "SIGN_IN_REQUIRED"),
        (worker(union.factory), "FORBIDDEN"),
        (contributor(union.factory), "FORBIDDEN"),
        (editor(union.south), "FORBIDDEN"),
    ):
        assert (await ask(LIST, caller, asset=asset_id)).code == code
        assert (await ask(RECORD, caller, input=said(asset_id))).code == code
    assert await count() == 1


async def test_withdrawing_hides_asset_files_renditions_and_hits_at_once_and_names_who_reused(
    ask: Ask, client: Client, union: Union, search: Follower, job_queue: MemoryQueue
):
    asset_id = await add(union.factory, "Bản tin", picture(), visibility="public", file_name="a.jpg")
    await run_without_reading(job_queue)
    await search.catch_up()
    paths = [file_path(UUID(asset_id), variant, "a") for variant in ("original", "thumb_320")]
    assert [(await client.get(path)).status_code for path in paths] == [200, 200]
    await grant_asset(SYSTEM, UUID(asset_id), [union.south.id], None)
    await record_reuse(contributor(union.mine), NewReuse(UUID(asset_id), union.mine.id, "publication"))
    given = await consent(asset_id)

    reply = await ask(WITHDRAW, editor(union.factory), id=str(given))
    assert reply.field["consent"]["state"] == "withdrawn"
    assert [one["id"] for one in reply.field["reusedBy"]] == [str(union.south.id), str(union.mine.id)]
    # Nothing waits for the index: PostgreSQL is asked.
    assert [(await client.get(path)).status_code for path in paths] == [404, 404]
    assert (await client.get(paths[0], caller=contributor(union.factory))).status_code == 404
    assert (await client.get(paths[0], caller=editor(union.north))).status_code == 200
    assert (await ask(SEARCH)).field["totalCount"] == 0
    assert await search.catch_up() > 0
    assert (await ask(SEARCH)).field["totalCount"] == 0
    assert (
        await ask("query ($id: ID!) { asset(id: $id) { id } }", worker(union.south), id=asset_id)
    ).code == "NOT_FOUND"
    told = await db.rows("SELECT type, payload ->> 'reason' AS reason FROM outbox")
    assert [tuple(row) for row in told] == [("asset.hidden", "consent_withdrawn")]
    again = await ask(WITHDRAW, editor(union.factory), id=str(given))
    assert (again.code, await db.value("SELECT count(*) FROM outbox")) == (None, 1)


async def test_whose_account_it_names_may_withdraw_and_strangers_learn_nothing(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Bản tin", visibility="unit")
    given = str(await consent(asset_id, account="mai"))
    mai, minh = (caller_as("worker", union.south, subject=name) for name in ("mai", "minh"))
    assert (await ask(WITHDRAW, minh, id=given)).code == "NOT_FOUND"
    assert (await ask(WITHDRAW, contributor(union.factory), id=given)).code == "FORBIDDEN"
    assert (await ask(WITHDRAW, ANONYMOUS, id=given)).code == "SIGN_IN_REQUIRED"
    assert await hidden(asset_id) is None
    assert (await ask(WITHDRAW, mai, id=given)).code is None
    assert await hidden(asset_id) == "consent_withdrawn"


async def test_whom_a_consent_names_by_account_finds_it(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Bản tin", visibility="private")
    for account in ("mai", "minh", "mai"):
        await consent(asset_id, account=account)
    mine = "{ myConsents(first: 1) { nodes { id assetId person state } pageInfo { hasNextPage } } }"
    mai = caller_as("worker", union.south, subject="mai")
    page = (await ask(mine, mai)).field
    newest = str(await db.value("SELECT id FROM consent ORDER BY number DESC LIMIT 1"))
    told = {"id": newest, "assetId": asset_id, "person": "Nguyễn Thị Mai", "state": "given"}
    assert page == {"nodes": [told], "pageInfo": {"hasNextPage": True}}
    assert (await ask(mine, caller_as("worker", union.south, subject="lan"))).field["nodes"] == []
    assert (await ask(mine)).code == "SIGN_IN_REQUIRED"


async def test_shown_again_only_when_nothing_stands_against_it(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Bản tin", visibility="unit")
    first, second = await consent(asset_id), await consent(asset_id)
    for each in (first, second):
        await withdraw_consent(SYSTEM, each)
    by_editor = editor(union.factory)
    refused = await ask(SETTLE, by_editor, id=str(first), why=" ")
    assert (refused.code, refused.field["field"]) == ("INVALID_INPUT", "why")
    assert (await ask(SETTLE, by_editor, id=str(first), why="Đã làm mờ mặt")).field["consent"]["state"] == "settled"
    assert await hidden(asset_id) == "consent_withdrawn"
    # The other person agreed anew.
    assert (await ask(RECORD, by_editor, input=said(asset_id, replacesId=str(second)))).code is None
    assert await hidden(asset_id) is None
    states = [one["state"] for one in (await ask(LIST, by_editor, asset=asset_id)).field["nodes"]]
    assert states == ["settled", "settled", "given"]


async def test_an_expired_consent_hides_within_seconds(union: Union, search: Follower):
    asset_id = await add(union.factory, "Bản tin", visibility="public")
    given = await consent(asset_id, until=today() + timedelta(days=1))
    await search.catch_up()
    await db.execute("UPDATE consent SET given_on = given_on - 9, until = $1 WHERE id = $2", today(), given)
    jobs = {entry.job.name: entry.seconds for entry in service.crons}
    assert len(jobs["media_archive.hide_expired"]) == 12
    await hide_expired()
    assert (await hidden(asset_id), await search.catch_up()) == ("consent_expired", 1)


async def test_an_erased_consent_names_nobody_and_counts_as_withdrawn(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Bản tin", visibility="unit")
    given = await consent(
        asset_id, scope="named", named_use="Áp phích của Mai", is_minor=True, guardian="Nam", account="m"
    )
    shown = (await ask(ERASE, editor(union.factory), id=str(given))).field["consent"]
    assert (shown["person"], shown["guardian"], shown["namedUse"], shown["state"]) == (None, None, "…", "withdrawn")
    assert await hidden(asset_id) == "consent_withdrawn"
    assert "Mai" not in str(await db.rows("SELECT * FROM consent"))


async def test_an_erased_persons_consents_are_erased_when_org_tells(union: Union):
    theirs, others = await add(union.factory, "Bản tin"), await add(union.factory, "Bản tin khác")
    await consent(theirs, account="mai")
    await consent(others, account="minh")
    alias = f"erased:{uuid4()}"
    event = Event(1, "account.forgotten", datetime.now(UTC), account_forgotten("mai", alias))
    await service.consumes["org"]["account.forgotten"](event)
    rows = await db.rows("SELECT person, account, withdrawn_at IS NOT NULL FROM consent ORDER BY number")
    assert [tuple(row) for row in rows] == [(None, None, True), ("Nguyễn Thị Mai", "minh", False)]
    assert [await hidden(one) for one in (theirs, others)] == ["consent_withdrawn", None]


async def test_is_read_page_by_page_with_the_same_number_of_statements(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Bản tin")
    for _ in range(5):
        await consent(asset_id)
    seen, after, counts = 0, None, set[int]()
    while True:
        with queries() as statements:
            page = (await ask(LIST, editor(union.factory), asset=asset_id, first=2, after=after)).field
        counts.add(statements.count)
        seen += len(page["nodes"])
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert (seen, counts) == (5, {2})


@pytest.mark.committed
async def test_who_publishes_while_a_narrow_consent_is_recorded_waits_and_is_refused(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Bản tin", visibility="unit")
    recorded, may_commit = asyncio.Event(), asyncio.Event()

    async def record() -> None:
        async with db.transaction():
            await consent(asset_id, scope="internal")
            recorded.set()
            await may_commit.wait()

    recording = asyncio.create_task(record())
    await recorded.wait()
    late = asyncio.create_task(ask(SHARE, editor(union.factory), input={"assetId": asset_id, "visibility": "public"}))
    while not await db.value("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"):
        await asyncio.sleep(0.01)
    may_commit.set()
    await recording
    assert (await late).code == "CONSENT_DOES_NOT_REACH"
    assert await db.value("SELECT visibility FROM asset") == "unit"


NEW = "INSERT INTO consent (id, asset_id, person, is_minor, scope, given_on) SELECT gen_random_uuid(), id, 'Mai', false"
BROKEN = [
    (f"{NEW}, 'all', '2026-01-01' FROM asset", "consent_scope_known"),
    (f"{NEW}, 'named', '2026-01-01' FROM asset", "consent_named_use_told"),
    ("UPDATE consent SET is_minor = true", "consent_minor_has_guardian"),
    ("UPDATE consent SET person = NULL", "consent_names_somebody"),
    ("UPDATE consent SET erased_at = now(), withdrawn_at = now()", "consent_names_somebody"),
    ("UPDATE consent SET until = given_on", "consent_ends_after_it_began"),
    ("UPDATE consent SET settled_at = now()", "consent_settled_says_why"),
    ("UPDATE consent SET person = NULL, erased_at = now()", "consent_erased_is_withdrawn"),
    ("UPDATE consent SET asset_id = gen_random_uuid()", "consent_asset_fkey"),
    ("UPDATE consent SET proof_id = gen_random_uuid()", "consent_proof_known"),
    ("UPDATE consent SET proof_id = asset_id", "consent_proof_is_private"),
    ("UPDATE asset SET visibility = 'public'", "consent_reaches_visibility"),
    ("UPDATE consent SET scope = 'internal'; UPDATE asset SET visibility = 'union'", "consent_reaches_visibility"),
    ("UPDATE asset SET visibility = 'union'; UPDATE consent SET scope = 'internal'", "consent_reaches_visibility"),
    ("INSERT INTO consent OVERRIDING SYSTEM VALUE SELECT * FROM consent", "consent_pkey"),
]


@pytest.mark.parametrize(("statement", "constraint"), BROKEN)
async def test_the_database_refuses_it_too(union: Union, statement: str, constraint: str):
    await consent(await add(union.factory, "Bản tin"), scope="union")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        async with db.transaction():
            for each in statement.split("; "):
                await db.execute(each)
    assert db.violated(refused.value) == constraint


async def test_no_rule_of_consents_goes_untested(database: object):
    rows = await db.rows("SELECT conname FROM pg_constraint WHERE conrelid = 'consent'::regclass AND contype <> 'n'")
    assert {row["conname"] for row in rows} - {name for _, name in BROKEN} == set()

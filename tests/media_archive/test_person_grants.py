"""A request that is accepted for the person alone: seen through every door until its day, and by nobody else."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest
from archive_world import Union, add, contributor, editor, worker

from kit import db
from kit.audit import account_forgotten
from kit.calendar import today
from kit.events import Event
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.testing import Ask, Client, caller_as, queries
from media_archive.app import service
from media_archive.files.addresses import file_path
from media_archive.rights.consents import NewConsent, record_consent, withdraw_consent
from media_archive.rights.expiry import tell_of_expiry
from media_archive.rights.reach import ConsentDoesNotReach
from media_archive.search.follow import Follower
from media_archive.settings import current
from media_archive.sharing.requests import accept_request, ask_access

PROBLEM = "... on Problem { code message } ... on InvalidInput { field }"
ACCEPT = f"""mutation ($id: ID!, $until: Date, $to: String! = "person") {{
    acceptAccessRequest(id: $id, until: $until, to: $to) {{
    ... on AccessRequestSuccess {{ request {{ state grantedTo until }} }} {PROBLEM} }} }}"""
END = f"""mutation ($id: ID!) {{ endAssetPersonGrant(id: $id) {{
    ... on ShareAssetSuccess {{ asset {{ id }} }} {PROBLEM} }} }}"""
GRANTS = """query ($asset: ID!, $first: Int = 20, $after: String) {
    assetPersonGrants(assetId: $asset, first: $first, after: $after) {
    nodes { id account unit { id } until } pageInfo { hasNextPage endCursor } } }"""
ONE = "query ($id: ID!) { asset(id: $id) { title } }"
SEARCH = '{ searchAssets(query: "ban tin") { nodes { asset { id } } } }'


def lan(union: Union) -> Caller:
    return caller_as("worker", union.south, subject="lan")


def day(days: int) -> str:
    return (today() + timedelta(days=days)).isoformat()


async def asked(union: Union) -> tuple[str, str]:
    """Return a private material, and Lan's request for it."""
    asset_id = await add(union.factory, "Bản tin", visibility="private")
    request = await ask_access(lan(union), UUID(asset_id), union.south.id, "Làm báo tường")
    return asset_id, str(request["id"])


async def granted(union: Union, days: int = 5) -> str:
    asset_id, request = await asked(union)
    await accept_request(SYSTEM, UUID(request), today() + timedelta(days=days), "person")
    return asset_id


async def sees(ask: Ask, caller: Caller, asset_id: str) -> bool:
    return (await ask(ONE, caller, id=asset_id)).code is None


async def test_only_who_asked_sees_it_until_the_day(ask: Ask, client: Client, union: Union, search: Follower):
    asset_id, request = await asked(union)
    reply = await ask(ACCEPT, editor(union.factory), id=request, until=day(5))
    assert reply.field == {"request": {"state": "accepted", "grantedTo": "person", "until": day(5)}}
    await search.catch_up()
    path = file_path(UUID(asset_id), "original", "a.txt")
    for caller, may in ((lan(union), True), (Caller("lan"), True), (worker(union.south), False), (ANONYMOUS, False)):
        assert await sees(ask, caller, asset_id) == may
        assert bool((await ask(SEARCH, caller)).field["nodes"]) == may
        assert ((await client.get(path, caller=caller)).status_code == 200) == may
    assert (await client.get(path, caller=lan(union))).headers["cache-control"] == "private, no-cache"
    await db.execute("UPDATE person_grant SET until = $1", today())
    assert not await sees(ask, lan(union), asset_id)


@pytest.mark.parametrize(
    ("to", "until", "field"), [("person", None, "until"), ("person", 367, "until"), ("all", 5, "to")]
)
async def test_a_person_is_granted_it_for_a_year_at_most(
    ask: Ask, union: Union, to: str, until: int | None, field: str
):
    asset_id, request = await asked(union)
    reply = await ask(ACCEPT, editor(union.factory), id=request, to=to, until=until and day(until))
    assert (reply.code, reply.field["field"]) == ("INVALID_INPUT", field)
    assert await db.value("SELECT state FROM access_request") == "open"
    assert not await sees(ask, lan(union), asset_id)


async def test_editors_list_and_end_them_and_nobody_else_does(ask: Ask, union: Union):
    asset_id = await granted(union)
    (listed,) = (await ask(GRANTS, editor(union.factory), asset=asset_id)).field["nodes"]
    assert (listed["account"], listed["unit"]["id"], listed["until"]) == ("lan", str(union.south.id), day(5))
    for stranger, code in (
        (ANONYMOUS, "SIGN_IN_REQUIRED"),
        (lan(union), "NOT_FOUND"),
        (editor(union.mine), "NOT_FOUND"),
    ):
        assert (await ask(END, stranger, id=listed["id"])).code == code
    for stranger, code in ((lan(union), "FORBIDDEN"), (contributor(union.factory), "FORBIDDEN")):
        assert (await ask(GRANTS, stranger, asset=asset_id)).code == code
    assert await sees(ask, lan(union), asset_id)
    assert (await ask(END, editor(union.factory), id=listed["id"])).field == {"asset": {"id": asset_id}}
    assert not await sees(ask, lan(union), asset_id)
    assert (await ask(END, editor(union.factory), id=listed["id"])).code == "NOT_FOUND"


async def test_asking_again_after_the_end_replaces_it(ask: Ask, union: Union):
    asset_id = await granted(union)
    await db.execute("UPDATE person_grant SET until = $1", today())
    again = await ask_access(lan(union), UUID(asset_id), union.south.id, "Làm tiếp")
    assert (await ask(ACCEPT, editor(union.factory), id=str(again["id"]), until=day(9))).code is None
    assert (await ask(GRANTS, SYSTEM, asset=asset_id)).field["nodes"][0]["until"] == day(9)
    assert await db.value("SELECT count(*) FROM person_grant") == 1


async def test_no_more_people_than_so_many(ask: Ask, union: Union):
    asset_id, request = await asked(union)
    await db.execute(
        """INSERT INTO person_grant (id, asset_id, account, unit_id, until)
           SELECT gen_random_uuid(), $1::text::uuid, 'a' || number, $2, '2999-01-01' FROM generate_series(1, 200) AS number""",
        asset_id,
        union.south.id,
    )
    assert (await ask(ACCEPT, editor(union.factory), id=request, until=day(5))).code == "TOO_MANY_GRANTS"
    assert await db.value("SELECT count(*) FROM person_grant") == 200
    assert await db.value("SELECT state FROM access_request") == "open"


async def test_neither_the_trail_nor_events_name_the_person(union: Union):
    await granted(union, days=7)
    await tell_of_expiry()
    events = [
        (row["type"], row["payload"]) for row in await db.rows("SELECT type, payload FROM outbox ORDER BY number")
    ]
    assert [kind for kind, _ in events] == ["access.asked", "access.accepted", "rights.expires_soon"]
    assert [orjson.loads(events[2][1])[name] for name in ("kind", "days")] == ["grant", 7]
    trail = await db.rows("SELECT before, after FROM audit WHERE subject <> 'lan'")
    assert "lan" not in str(events) + str(trail)
    await tell_of_expiry()
    assert await db.value("SELECT count(*) FROM outbox") == 3


async def test_goes_with_an_account_that_is_erased(ask: Ask, union: Union, search: Follower):
    asset_id = await granted(union)
    await search.catch_up()
    event = Event(1, "account.forgotten", datetime.now(UTC), account_forgotten("lan", f"erased:{uuid4()}"))
    await service.consumes["org"]["account.forgotten"](event)
    assert await db.value("SELECT count(*) FROM person_grant") == 0
    assert not await sees(ask, lan(union), asset_id)
    assert await search.catch_up() == 1


async def test_a_consent_for_the_unit_alone_refuses_it_and_is_refused_by_it(ask: Ask, union: Union):
    asset_id, request = await asked(union)
    one = UUID(asset_id)
    inside = await record_consent(SYSTEM, NewConsent(one, "Mai", "internal", today()))
    reply = await ask(ACCEPT, editor(union.factory), id=request, until=day(5))
    assert (reply.code, await db.value("SELECT count(*) FROM person_grant")) == ("CONSENT_DOES_NOT_REACH", 0)
    await record_consent(SYSTEM, NewConsent(one, "Mai", "union", today(), replaces=inside["id"]))
    assert (await ask(ACCEPT, editor(union.factory), id=request, until=day(5))).code is None
    with pytest.raises(ConsentDoesNotReach):
        await record_consent(SYSTEM, NewConsent(one, "Nam", "internal", today()))


async def test_a_consent_withdrawn_hides_it_and_tells_for_which_unit_it_was(ask: Ask, union: Union):
    asset_id = await granted(union)
    consent = await record_consent(SYSTEM, NewConsent(UUID(asset_id), "Mai", "union", today()))
    assert (await withdraw_consent(SYSTEM, consent["id"])).reused_by == [union.south.id]
    assert not await sees(ask, lan(union), asset_id)


@pytest.fixture
def elsewhere(database: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The archive as one that sends files from an origin of their own."""
    monkeypatch.setenv("LOA_FILES_URL", "https://files.example.vn")
    current.cache_clear()
    yield
    monkeypatch.undo()
    current.cache_clear()


async def test_the_files_origin_lets_the_person_in_and_is_told_no_name(client: Client, union: Union, elsewhere: None):
    asset_id = await granted(union)
    led = await client.get(file_path(UUID(asset_id), "original", "a.txt"), caller=lan(union))
    assert led.status_code == 307
    target = led.headers["location"].removeprefix("https://files.example.vn")
    there = await client.get(target, headers={"host": "files.example.vn"})
    assert (there.status_code, there.headers["cache-control"]) == (200, "private, no-cache")
    await db.execute("DELETE FROM person_grant")
    assert (await client.get(target, headers={"host": "files.example.vn"})).status_code == 404


async def test_owners_choose_on_the_page_and_end_it_there(ask: Ask, client: Client, union: Union):
    asset_id, request = await asked(union)
    me, waiting = editor(union.factory), f"/archive/requests?unit={union.factory.id}"
    assert "Chỉ người xin" in (await client.get(waiting, caller=me)).text
    sent = {"do": "accept", "request": request, "unit": str(union.factory.id), "to": "person", "until": day(5)}
    assert (await client.post("/archive/requests", caller=me, data=sent)).status_code == 303
    assert await sees(ask, lan(union), asset_id)
    assert "cho riêng anh/chị" in (await client.get("/archive/access", caller=lan(union))).text
    place = f"/archive/items/{asset_id}/share"
    assert "Cấp riêng cho từng người" in (await client.get(place, caller=me)).text
    grant = await db.value("SELECT id FROM person_grant")
    ended = await client.post(place, caller=me, data={"do": "end_person_grant", "grant": str(grant)})
    assert (ended.status_code, await sees(ask, lan(union), asset_id)) == (303, False)


async def test_is_read_page_by_page_with_the_same_number_of_statements(ask: Ask, union: Union):
    asset_id = await granted(union)
    await db.execute(
        """INSERT INTO person_grant (id, asset_id, account, unit_id, until)
           SELECT gen_random_uuid(), asset_id, 'a' || number, unit_id, until
           FROM person_grant, generate_series(1, 5) AS number"""
    )
    counts: list[int] = []
    seen: list[str] = []
    after = None
    for first in (1, 5):
        with queries() as counted:
            told = (await ask(GRANTS, editor(union.factory), asset=asset_id, first=first, after=after)).field
        counts.append(counted.count)
        seen += [one["account"] for one in told["nodes"]]
        after = told["pageInfo"]["endCursor"]
    assert (counts[0], sorted(seen)) == (counts[1], ["a1", "a2", "a3", "a4", "a5", "lan"])


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("INSERT INTO person_grant SELECT id, asset_id, 'b', unit_id, until FROM person_grant", "person_grant_pkey"),
        (
            "INSERT INTO person_grant SELECT gen_random_uuid(), gen_random_uuid(), 'b', unit_id, until FROM person_grant",
            "person_grant_asset_fkey",
        ),
        (
            "INSERT INTO person_grant SELECT gen_random_uuid(), asset_id, account, unit_id, until FROM person_grant",
            "person_grant_once",
        ),
        ("UPDATE access_request SET granted_to = 'all'", "access_request_granted_to_known"),
        (
            "UPDATE access_request SET state = 'declined', until = NULL, answer = 'x'",
            "access_request_granted_when_accepted",
        ),
    ],
)
async def test_the_database_refuses_it_too(union: Union, statement: str, constraint: str):
    await granted(union)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        async with db.transaction():
            await db.execute(statement)
    assert db.violated(refused.value) == constraint

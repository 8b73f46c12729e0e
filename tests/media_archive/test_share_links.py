"""Share links: a way in for whoever has the secret, counted, bounded, ended at once by whatever ends it."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from archive_world import Union, add, contributor, editor, worker
from share_world import TOMORROW, files_of, link_to, photo, uses

from kit import db
from kit.calendar import today
from kit.identity import ANONYMOUS, SYSTEM
from kit.jobs import MemoryQueue
from kit.testing import Ask, Client, queries
from media_archive.rights.consents import NewConsent, record_consent, withdraw_consent
from media_archive.sharing.links import forget_visits

PROBLEM = "... on Problem { code message } ... on InvalidInput { field }"
LINK = "link { id label withOriginal hasPassword origins mostUses uses isWorking revokedAt }"
MAKE = f"""mutation ($input: MakeShareLinkInput!) {{ makeShareLink(input: $input) {{
    ... on MakeShareLinkSuccess {{ url embedUrl {LINK} }} {PROBLEM} }} }}"""
REVOKE = (
    f"mutation ($id: ID!) {{ revokeShareLink(id: $id) {{ ... on RevokeShareLinkSuccess {{ {LINK} }} {PROBLEM} }} }}"
)
LIST = """query ($asset: ID!, $first: Int = 20, $after: String) { assetShareLinks(assetId: $asset, first: $first, after: $after) {
    nodes { id uses } pageInfo { hasNextPage endCursor } } }"""


def soon() -> str:
    return (datetime.now(UTC) + TOMORROW).isoformat()


async def test_a_link_shows_title_picture_and_download_to_whoever_has_it(
    ask: Ask, client: Client, union: Union, job_queue: MemoryQueue
):
    asset_id = await photo(union, job_queue)
    said = {"assetId": asset_id, "expiresAt": soon(), "label": "Báo Bắc Ninh"}
    made = (await ask(MAKE, editor(union.factory), input=said)).field
    assert made["link"] == {
        "id": made["link"]["id"],
        "label": "Báo Bắc Ninh",
        "withOriginal": True,
        "hasPassword": False,
        "origins": [],
        "mostUses": None,
        "uses": 0,
        "isWorking": True,
        "revokedAt": None,
    }
    path = made["url"].removeprefix("http://127.0.0.1:8080")
    page = await client.get(path)
    assert page.status_code == 200
    assert "Ảnh tổ may" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in page.headers["x-robots-tag"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    # Nothing on the page tells another one the secret.
    assert path.rpartition("/")[2] not in page.text.replace(f'href="{path}?lang=en"', "")
    shown, original = files_of(page)
    assert [(await client.get(one)).status_code for one in (shown, original)] == [200, 200]
    reply = await client.get(original)
    assert reply.headers["content-disposition"].startswith("inline;")
    assert "sandbox" in reply.headers["content-security-policy"]
    assert reply.headers["cache-control"] == "private, no-cache"
    # The secret and the password are kept as hashes, and nobody is named.
    assert path.rpartition("/")[2] not in str(await db.rows("SELECT * FROM share_link"))
    assert "Báo" not in str(await db.rows("SELECT before, after FROM audit"))
    traces = await db.rows("SELECT kind, unit_id FROM reuse ORDER BY kind")
    assert [tuple(row) for row in traces] == [("download", None), ("share", union.factory.id)]


async def test_one_browser_is_one_use_whatever_it_loads(client: Client, union: Union, job_queue: MemoryQueue):
    path = await link_to(await photo(union, job_queue))
    page = await client.get(path)
    assert await uses() == 0
    for one in files_of(page):
        for asked in ({}, {"range": "bytes=0-9"}, {"range": "bytes=10-"}):
            assert (await client.get(one, headers=asked)).status_code in (200, 206)
    assert await uses() == 1
    again = await client.get(path)
    assert (await client.get(files_of(again)[0])).status_code == 200
    assert await uses() == 1
    client.http.cookies.clear()
    # A preview of a chat, which loads the page alone, is no use either.
    other = await client.get(path)
    assert (await client.request("HEAD", files_of(other)[0])).status_code == 200
    assert await uses() == 1
    assert (await client.get(files_of(other)[0])).status_code == 200
    assert await uses() == 2


async def test_a_link_used_up_goes_on_for_whom_it_counted_alone(client: Client, union: Union, job_queue: MemoryQueue):
    path = await link_to(await photo(union, job_queue), most_uses=1)
    first = await client.get(path)
    mine = dict(client.http.cookies)
    client.http.cookies.clear()
    second = await client.get(path)
    assert (await client.get(files_of(first)[0])).status_code == 200
    late = await client.get(files_of(second)[0])
    assert (late.status_code, late.json()["code"]) == (410, "SHARE_LINK_OVER")
    assert (await client.get(files_of(first)[1])).status_code == 200
    client.http.cookies.clear()
    assert (await client.get(path)).status_code == 410
    assert (await client.get(path, headers={"cookie": f"loa_visit={mine['loa_visit']}"})).status_code == 200
    assert await uses() == 1


async def test_without_the_original_only_renditions_are_given(client: Client, union: Union, job_queue: MemoryQueue):
    path = await link_to(await photo(union, job_queue), with_original=False)
    page = await client.get(path)
    addresses = files_of(page)
    assert [one.split("/")[5] for one in addresses] == ["thumb_1024", "thumb_2048"]
    # An address made for one file is none for another.
    for variant in ("original", "public"):
        forged = addresses[0].replace("/thumb_1024/", f"/{variant}/")
        assert (await client.get(forged)).status_code == 403


@pytest.mark.parametrize("secret", ["x", "a" * 32, "%27%20OR%201=1", "a" * 31 + "%00", "é" * 32])
async def test_guessing_finds_nothing(client: Client, union: Union, secret: str):
    await link_to(await add(union.factory, "Bản tin"))
    for method in ("GET", "POST"):
        assert (await client.request(method, f"/archive/s/{secret}", data={"password": "x"})).status_code == 404


async def test_forged_addresses_and_visits_are_refused(client: Client, union: Union, job_queue: MemoryQueue):
    path = await link_to(await photo(union, job_queue), most_uses=1)
    page = await client.get(path)
    good = files_of(page)[0].split("/")
    for place, forged in (
        (3, str(uuid4())),
        (4, str(uuid4())),
        (6, str(int(good[6]) + 60)),
        (6, "9" * 5_000),
        (7, "A" * 24),
    ):
        bad = [*good[:place], forged, *good[place + 1 :]]
        assert (await client.get("/".join(bad))).status_code == 403
    assert (await client.get("/".join([*good[:3], "x", *good[4:]]))).status_code == 404
    assert (await client.get("/".join(good))).status_code == 200
    visit = good[4]
    client.http.cookies.clear()
    for cookie in (f"{visit}.99999999999.x", f"{visit}.1.é", "..", f"{visit}.٣.x"):
        reply = await client.get(path, headers={"cookie": f"loa_visit={cookie}".encode()})
        assert reply.status_code == 410


async def ended_by(what: str, asset_id: str, consent: UUID) -> None:
    match what:
        case "revoked":
            await db.execute("UPDATE share_link SET revoked_at = now()")
        case "expired":
            await db.execute(
                "UPDATE share_link SET created_at = now() - interval '2 days', expires_at = now() - interval '1 second'"
            )
        case "consent withdrawn":
            await withdraw_consent(SYSTEM, consent)
        case "deleted":
            await db.execute(
                "UPDATE asset SET state = 'deleted', deleted_at = now(), deletion_reason = 'mistake', keep_until = '2099-01-01'"
            )
        case "lease over":
            await db.execute("UPDATE asset SET lease_until = $1", today())
        case "embargo":
            await db.execute("UPDATE asset SET embargo_until = $1", today() + TOMORROW)
        case _:
            await db.execute("UPDATE consent SET scope = 'union'")


@pytest.mark.parametrize(
    ("what", "status"),
    [
        ("revoked", 410),
        ("expired", 410),
        ("consent withdrawn", 404),
        ("deleted", 404),
        ("lease over", 404),
        ("embargo", 404),
        ("consent narrowed", 404),
    ],
)
async def test_what_ends_a_link_ends_its_page_and_its_files_at_once(
    client: Client, union: Union, job_queue: MemoryQueue, what: str, status: int
):
    asset_id = await photo(union, job_queue)
    consent = (await record_consent(SYSTEM, NewConsent(UUID(asset_id), "Mai", "public", today())))["id"]
    path = await link_to(asset_id)
    addresses = files_of(await client.get(path))
    assert [(await client.get(one)).status_code for one in addresses] == [200, 200]
    await ended_by(what, asset_id, consent)
    assert (await client.get(path)).status_code == status
    assert [(await client.get(one)).status_code for one in addresses] == [404, 404]
    assert await uses() == 1


@pytest.mark.committed
async def test_uses_at_one_moment_are_counted_all(client: Client, union: Union, job_queue: MemoryQueue):
    path = await link_to(await photo(union, job_queue), most_uses=3)
    addresses: list[str] = []
    for _ in range(8):
        client.http.cookies.clear()
        addresses.append(files_of(await client.get(path))[0])
    replies = await asyncio.gather(*(client.get(one) for one in addresses))
    assert sorted(reply.status_code for reply in replies) == [200] * 3 + [410] * 5
    assert await uses() == 3


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
        ({"expiresAt": "2999-01-01T00:00:00Z"}, "expiresAt"),
        ({"label": "a" * 201}, "label"),
        ({"password": "ngắn"}, "password"),
        ({"mostUses": 0}, "mostUses"),
        ({"origins": ["https://a.vn/x"]}, "origins"),
        ({"origins": ["javascript:alert(1)"]}, "origins"),
        ({"origins": ["https://*"]}, "origins"),
        ({"origins": ["https://["]}, "origins"),
        ({"origins": ["https://a.vn:٤٤٣"]}, "origins"),
        ({"origins": ["https://a.vn; script-src *"]}, "origins"),
        ({"origins": [f"https://a{n}.vn" for n in range(11)]}, "origins"),
        ({"origins": ["https://a.vn"], "mostUses": 3}, "origins"),
    ],
)
async def test_refuses_what_is_wrong(ask: Ask, union: Union, more: dict[str, Any], field: str):
    said = {"assetId": await add(union.factory, "Bản tin"), "expiresAt": soon(), **more}
    reply = await ask(MAKE, editor(union.factory), input=said)
    assert (reply.code, reply.field["field"]) == ("INVALID_INPUT", field)
    assert await db.value("SELECT count(*) FROM share_link") == 0


async def test_who_may_make_see_and_end_links(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Bản tin", visibility="union")
    made = (await ask(MAKE, editor(union.north), input={"assetId": asset_id, "expiresAt": soon()})).field
    for caller, code in (
        (ANONYMOUS, "SIGN_IN_REQUIRED"),
        (worker(union.factory), "FORBIDDEN"),
        (contributor(union.factory), "FORBIDDEN"),
        (editor(union.south), "FORBIDDEN"),
    ):
        assert (await ask(MAKE, caller, input={"assetId": asset_id, "expiresAt": soon()})).code == code
        assert (await ask(LIST, caller, asset=asset_id)).code == code
        assert (await ask(REVOKE, caller, id=made["link"]["id"])).code == code
    assert (await ask(REVOKE, editor(union.factory), id=str(uuid4()))).code == "NOT_FOUND"
    ended = (await ask(REVOKE, editor(union.factory), id=made["link"]["id"])).field["link"]
    assert (ended["isWorking"], ended["revokedAt"] is not None) == (False, True)
    again = (await ask(REVOKE, editor(union.factory), id=made["link"]["id"])).field["link"]
    assert again["revokedAt"] == ended["revokedAt"]


async def test_no_link_beyond_what_the_shown_agreed_to_nor_too_many(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Bản tin")
    consent = (await record_consent(SYSTEM, NewConsent(UUID(asset_id), "Mai", "union", today())))["id"]
    said = {"assetId": asset_id, "expiresAt": soon()}
    assert (await ask(MAKE, editor(union.factory), input=said)).code == "CONSENT_DOES_NOT_REACH"
    await db.execute("UPDATE consent SET scope = 'named', named_use = 'Báo' WHERE id = $1", consent)
    assert (await ask(MAKE, editor(union.factory), input=said)).code is None
    await db.execute(
        """INSERT INTO share_link (id, asset_id, secret_hash, made_by, with_original, expires_at)
           SELECT gen_random_uuid(), $1::uuid, sha256(n::text::bytea), 'a', true, now() + interval '1 day'
           FROM generate_series(1, 99) AS n""",
        asset_id,
    )
    assert (await ask(MAKE, editor(union.factory), input=said)).code == "TOO_MANY_SHARE_LINKS"


async def test_is_read_page_by_page_with_the_same_number_of_statements(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Bản tin")
    for _ in range(5):
        await link_to(asset_id)
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


async def test_old_visits_and_links_are_forgotten(client: Client, union: Union, job_queue: MemoryQueue):
    path = await link_to(await photo(union, job_queue))
    await client.get(files_of(await client.get(path))[0])
    await forget_visits()
    assert await db.value("SELECT count(*) FROM share_visit") == 1
    await db.execute("UPDATE share_visit SET at = now() - interval '10 days'")
    await db.execute("UPDATE share_link SET created_at = '2020-01-01', expires_at = '2020-01-02'")
    await forget_visits()
    assert [await db.value(f"SELECT count(*) FROM {table}") for table in ("share_visit", "share_link")] == [0, 0]


BROKEN = [
    ("UPDATE share_link SET secret_hash = 'x'", "share_link_secret_length"),
    ("UPDATE share_link SET label = repeat('a', 201)", "share_link_label_length"),
    ("UPDATE share_link SET password_salt = 'x'", "share_link_password_whole"),
    (
        "UPDATE share_link SET password_salt = 'x', password_hash = 'x', origins = '{a}'",
        "share_link_embeds_without_password",
    ),
    ("UPDATE share_link SET origins = array_fill('a'::text, ARRAY[11])", "share_link_origins_bounded"),
    ("UPDATE share_link SET expires_at = created_at", "share_link_expires_later"),
    ("UPDATE share_link SET most_uses = 0", "share_link_uses_bounded"),
    ("UPDATE share_link SET most_uses = 1, uses = 2", "share_link_uses_bounded"),
    ("UPDATE share_link SET tries = -1", "share_link_tries_counted"),
    ("UPDATE share_link SET asset_id = gen_random_uuid()", "share_link_asset_fkey"),
    (
        """INSERT INTO share_link (id, asset_id, secret_hash, made_by, with_original, expires_at)
           SELECT gen_random_uuid(), asset_id, secret_hash, made_by, true, expires_at FROM share_link""",
        "share_link_secret_unique",
    ),
    ("INSERT INTO share_link OVERRIDING SYSTEM VALUE SELECT * FROM share_link", "share_link_pkey"),
    ("INSERT INTO share_visit VALUES (gen_random_uuid(), gen_random_uuid())", "share_visit_link_fkey"),
    ("INSERT INTO share_visit SELECT id, id FROM share_link, generate_series(1, 2)", "share_visit_pkey"),
]


@pytest.mark.parametrize(("statement", "constraint"), BROKEN)
async def test_the_database_refuses_it_too(union: Union, statement: str, constraint: str):
    await link_to(await add(union.factory, "Bản tin"))
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        async with db.transaction():
            await db.execute(statement)
    assert db.violated(refused.value) == constraint


async def test_no_rule_of_links_goes_untested(database: object):
    rows = await db.rows(
        """SELECT conname FROM pg_constraint WHERE contype <> 'n'
           AND conrelid IN ('share_link'::regclass, 'share_visit'::regclass)"""
    )
    assert {row["conname"] for row in rows} - {name for _, name in BROKEN} == set()

"""The gateway's door: passports for its key, and on a development machine people and roles."""

import os

import pytest

from kit import settings
from kit.identity import SYSTEM, Grant, read_passport
from kit.testing import passport_keys
from org.access.service import grant_role, grants_of

KEY = {"authorization": "Bearer internal-key-of-the-tests"}


@pytest.fixture
def production(database):
    """This process in production."""
    os.environ["LOA_ENVIRONMENT"] = "production"
    settings.current.cache_clear()
    yield
    os.environ["LOA_ENVIRONMENT"] = "development"
    settings.current.cache_clear()


async def test_gives_a_passport_of_what_a_subject_holds(client, tree):
    await grant_role(SYSTEM, "lan", "editor", tree.hanoi["id"])
    reply = await client.post("/internal/passport", json={"subject": "lan"}, headers=KEY)
    answer = reply.json()
    caller = read_passport(passport_keys()[1], answer["passport"])
    assert (reply.status_code, caller.subject) == (200, "lan")
    assert caller.grants == (Grant("editor", str(tree.hanoi["id"]), tree.hanoi["path"]),)
    assert caller.tree_version == 6
    import jwt

    claims = jwt.decode(answer["passport"], options={"verify_signature": False})
    assert claims["exp"] == answer["expires_at"]
    assert claims["exp"] - claims["iat"] <= 300


async def test_an_unknown_subject_gets_a_passport_without_grants(client, tree):
    reply = await client.post("/internal/passport", json={"subject": "nobody-we-know"}, headers=KEY)
    caller = read_passport(passport_keys()[1], reply.json()["passport"])
    assert (caller.subject, caller.grants) == ("nobody-we-know", ())


async def test_the_passport_opens_the_graph(client, tree):
    await grant_role(SYSTEM, "lan", "editor", tree.hanoi["id"])
    passport = (await client.post("/internal/passport", json={"subject": "lan"}, headers=KEY)).json()["passport"]
    reply = await client.post("/graphql", json={"query": "{ me { subject } }"}, headers={"loa-passport": passport})
    assert reply.json() == {"data": {"me": {"subject": "lan"}}}


WRONG_KEYS = [
    {},
    {"authorization": "Bearer wrong"},
    {"authorization": ""},
    {"authorization": "Bearer "},
    {"authorization": "Bearer \u00e9"},
]


@pytest.mark.parametrize("number", range(len(WRONG_KEYS)))
@pytest.mark.parametrize("path", ["passport", "development-grant"])
async def test_refuses_who_does_not_know_the_key(client, tree, number, path):
    headers = {name: value.encode("latin-1") for name, value in WRONG_KEYS[number].items()}
    reply = await client.post(f"/internal/{path}", json={"subject": "lan"}, headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (401, "INTERNAL_KEY_REQUIRED")


async def test_without_a_configured_key_nobody_comes_in(client, tree):
    os.environ["LOA_INTERNAL_KEY"] = ""
    settings.current.cache_clear()
    try:
        reply = await client.post("/internal/passport", json={"subject": "lan"}, headers={"authorization": "Bearer "})
    finally:
        os.environ["LOA_INTERNAL_KEY"] = "internal-key-of-the-tests"
        settings.current.cache_clear()
    assert reply.status_code == 401


BODIES = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"{}",
    b'{"subject": 1}',
    b'{"subject": "',
    b"\xff",
    b'"lan"',
    b"{" + b" " * 20_000 + b"}",
]


@pytest.mark.parametrize("number", range(len(BODIES)))
async def test_refuses_a_body_that_can_not_be_read(client, tree, number):
    reply = await client.post("/internal/passport", content=BODIES[number], headers=KEY)
    assert (reply.status_code, reply.json()["code"]) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("subject", ["", "  ", "x" * 201, "a\u0000b"])
async def test_refuses_a_subject_that_can_not_be(client, tree, subject):
    reply = await client.post("/internal/passport", json={"subject": subject}, headers=KEY)
    assert (reply.status_code, reply.json()["code"]) == (400, "INVALID_INPUT")


async def test_development_grants_a_role_once(client, tree):
    for _ in range(2):
        reply = await client.post(
            "/internal/development-grant", json={"subject": "dev", "role": "analyst", "unit_code": "evn"}, headers=KEY
        )
        assert reply.status_code == 200
    assert [grant.role for grant in await grants_of("dev")] == ["analyst"]


@pytest.mark.parametrize(
    ("change", "status"),
    [({"unit_code": "NONE"}, 404), ({"unit_code": "\u0000"}, 404), ({"role": "king"}, 400), ({"role": None}, 400)],
)
async def test_development_refuses_what_does_not_exist(client, tree, change, status):
    body = {"subject": "dev", "role": "analyst", "unit_code": "EVN", **change}
    reply = await client.post("/internal/development-grant", json=body, headers=KEY)
    assert reply.status_code == status
    assert await grants_of("dev") == ()


async def test_development_lists_the_demo_people_only(client, tree):
    from org.people.service import add_person

    await add_person(SYSTEM, "Nguyễn Văn An", "demo:an")
    await add_person(SYSTEM, "Người Thật", "real")
    await grant_role(SYSTEM, "demo:an", "editor", tree.evn["id"])
    await grant_role(SYSTEM, "real", "editor", tree.evn["id"])
    reply = await client.get("/internal/people", headers=KEY)
    assert reply.json() == [
        {"subject": "demo:an", "name": "Nguyễn Văn An", "role": "editor", "unit_name": "Công đoàn Điện lực Việt Nam"}
    ]


async def test_production_knows_no_development(client, production, tree):
    people = await client.get("/internal/people", headers=KEY)
    grant = await client.post(
        "/internal/development-grant", json={"subject": "dev", "role": "admin", "unit_code": "TLD"}, headers=KEY
    )
    passport = await client.post("/internal/passport", json={"subject": "dev"}, headers=KEY)
    assert (people.status_code, grant.status_code, passport.status_code) == (404, 404, 200)
    assert await grants_of("dev") == ()

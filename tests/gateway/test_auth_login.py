"""Signing in and out by browser: what is believed on the way back, and what a session is good for."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import httpx
import pytest
from auth_origin import Origin, as_new, one_origin, plain_client, valkey_beside
from auth_world import Browser, browsing, claims_in, query_of, request_with
from redis.asyncio import Redis

from gateway.auth import Callers
from gateway.auth.credentials import session_cookie
from gateway.auth.errors import IdentityUnavailable
from gateway.auth.login import challenge, own_page
from gateway.auth.sessions import Sessions
from gateway.auth.settings import AuthSettings


@pytest.fixture(scope="module")
def store(test_servers: tuple[str, str], worker_name: str) -> str:
    return valkey_beside(test_servers, worker_name)


@pytest.fixture(scope="module")
async def running(store: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Origin]:
    async with one_origin(store, tmp_path_factory.mktemp("issuer")) as origin:
        yield origin


@pytest.fixture
async def origin(running: Origin, store: str) -> Origin:
    return await as_new(running, store)


@pytest.fixture
async def browser(origin: Origin) -> AsyncIterator[Browser]:
    async with browsing(origin.url) as browser:
        yield browser


async def me(browser: Browser) -> dict[str, object]:
    return (await browser.get("/auth/me")).json()


async def test_a_demo_person_signs_in_and_out(origin: Origin, browser: Browser) -> None:
    origin.org.grants["hoa"] = [["editor", "u1", "00001"], ["worker", "u2", "00002"]]
    assert await me(browser) == {"signed_in": False}

    back = await browser.sign_in("hoa", "/archive/?q=họp")
    assert (back.status_code, back.headers["location"]) == (303, f"{origin.url}/archive/?q=h%E1%BB%8Dp")
    cookie = back.headers.get_list("set-cookie")[0]
    assert cookie.startswith("loa=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert "Secure" not in cookie
    assert await me(browser) == {
        "signed_in": True,
        "subject": "hoa",
        "name": "Lê Thị Hoà",
        "roles": ["editor", "worker"],
    }
    seen = await browser.get("/graphql")
    assert claims_in(seen.json()["data"]["passport"])["sub"] == "hoa"

    out = await browser.post("/auth/logout")
    assert (out.status_code, out.headers["location"]) == (303, f"{origin.url}/")
    assert await me(browser) == {"signed_in": False}


async def test_the_login_page_shows_the_people_and_says_what_it_is(browser: Browser) -> None:
    page = await browser.begin()
    assert page.status_code == 200
    assert "Nguyễn Thị Lan" in page.text
    assert "Trần Văn Bình &lt;b&gt;" in page.text
    assert "This page is for development and demonstration only" in page.text
    assert "không có mật khẩu" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_the_session_is_kept_under_a_hash_of_its_id_only(origin: Origin, browser: Browser, store: str) -> None:
    await browser.sign_in()
    session_id = browser.client.cookies["loa"]
    assert len(session_id) == 43
    async with Redis.from_url(store) as redis:
        (key,) = await redis.keys("loa:session:*")
        assert session_id.encode() not in key
        assert session_id.encode() not in await redis.get(key)
        assert 0 < await redis.ttl(key) <= 120 * 60


async def test_a_new_login_is_a_new_session_and_ends_the_old_one(browser: Browser, store: str) -> None:
    await browser.sign_in("lan")
    first = browser.client.cookies["loa"]
    await browser.sign_in("binh")
    assert browser.client.cookies["loa"] != first
    assert (await me(browser))["subject"] == "binh"
    async with Redis.from_url(store) as redis:
        assert len(await redis.keys("loa:session:*")) == 1


async def test_a_session_that_is_over_is_refused_and_its_cookie_dropped(browser: Browser, store: str) -> None:
    await browser.sign_in()
    async with Redis.from_url(store) as redis:
        await redis.flushdb()
    refused = await browser.client.post(f"{browser.origin}/graphql", headers={"sec-fetch-site": "same-origin"})
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (401, "SESSION_EXPIRED")
    assert await me(browser) == {"signed_in": False, "code": "SESSION_EXPIRED"}
    assert "loa" not in browser.client.cookies


async def test_a_session_ends_when_idle_and_in_any_case(valkey: str) -> None:
    now = [time.time()]
    async with Redis.from_url(valkey) as redis:
        sessions = Sessions(redis, idle=600, longest=1000, clock=lambda: now[0])
        session_id = await sessions.start("lan", "Lan")
        found = await sessions.find(session_id)
        assert found is not None
        assert found.subject == "lan"
        (key,) = await redis.keys("loa:session:*")
        now[0] += 500
        assert await sessions.find(session_id) is not None
        assert 490 <= await redis.ttl(key) <= 500, "no longer than the longest"
        now[0] += 501
        assert await sessions.find(session_id) is None
        assert await sessions.find("x" * 43) is None
        assert await sessions.find("../../etc") is None


@pytest.mark.parametrize("cookie", ["x", "x" * 43, "a" * 5000, 'x"; loa=y'])
async def test_an_invented_session_is_refused(origin: Origin, cookie: str) -> None:
    async with plain_client() as client:
        answer = await client.get(f"{origin.url}/graphql", headers={"cookie": f"loa={cookie}"})
    assert answer.status_code == 401
    assert origin.org.asked == []


async def test_an_answer_for_another_browser_is_refused(origin: Origin, browser: Browser) -> None:
    back = await browser.choose(await browser.begin(), "lan")
    async with browsing(origin.url) as other:
        answer = await other.get(back)
        assert answer.status_code == 400
        assert "Chưa đăng nhập được" in answer.text
        assert "Signing in did not succeed" in answer.text
        assert "loa" not in other.client.cookies


async def test_a_wrong_state_or_no_code_is_refused(browser: Browser) -> None:
    back = await browser.choose(await browser.begin(), "lan")
    query = query_of(back)
    for wrong in ({"state": "x"}, {"state": ""}, {"code": ""}, {"code": "x"}, {"error": "access_denied"}):
        await browser.begin()
        assert (await browser.get("/auth/callback?" + urlencode(query | wrong))).status_code == 400
    assert (await browser.get("/auth/callback")).status_code == 400
    assert "loa" not in browser.client.cookies


async def test_a_code_is_good_once(browser: Browser, origin: Origin) -> None:
    back = await browser.choose(await browser.begin(), "lan")
    cookies = dict(browser.client.cookies)
    assert (await browser.get(back)).status_code == 303
    browser.client.cookies.clear()
    for name, value in cookies.items():
        browser.client.cookies.set(name, value, domain="127.0.0.1")
    assert (await browser.get(back)).status_code == 400


async def test_an_attempt_sealed_by_somebody_else_is_refused(browser: Browser) -> None:
    back = await browser.choose(await browser.begin(), "lan")
    (name,) = browser.client.cookies
    browser.client.cookies.clear()
    browser.client.cookies.set(name, "gAAAAABm" + "x" * 100, domain="127.0.0.1")
    assert (await browser.get(back)).status_code == 400


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n//evil.example",
        "javascript:alert(1)",
        "evil.example",
        "http:evil.example",
        "/..//evil.example",
        "/a/../../evil",
        "/auth/login",
        "/auth/logout",
        "/%0d%0aset-cookie:x\r\n",
        "",
        "/" + "x" * 3000,
    ],
)
async def test_nobody_is_sent_elsewhere_after_signing_in(browser: Browser, address: str) -> None:
    assert own_page(address) == "/"
    back = await browser.sign_in("lan", address)
    assert back.headers["location"] == f"{browser.origin}/"


def test_our_own_pages_are_returned_to_as_they_were() -> None:
    for address in ("/", "/archive/", "/results/1?group=a&by=b%20c", "/org/units/1;v=2", "/a?next=https://x/"):
        assert own_page(address) == address
    assert own_page("/kho-tư-liệu") == "/kho-t%C6%B0-li%E1%BB%87u"


async def test_a_browser_at_another_name_is_first_sent_to_the_public_one(origin: Origin) -> None:
    async with plain_client() as client:
        answer = await client.get(f"{origin.url}/auth/login?next=/org/", headers={"host": "localhost:8080"})
        assert answer.headers["location"] == f"{origin.url}/auth/login?moved=1&next=%2Forg%2F"
        assert "set-cookie" not in answer.headers
        again = await client.get(f"{origin.url}/auth/login?moved=1", headers={"host": "hidden.internal"})
    assert again.headers["location"].startswith(f"{origin.url}/issuer/authorize?"), "not round in circles"


async def test_a_cookie_alone_changes_nothing_from_another_site(origin: Origin, browser: Browser) -> None:
    await browser.sign_in()
    url = f"{origin.url}/graphql"
    for headers in (
        {},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site", "origin": origin.url},
    ):
        answer = await browser.client.post(url, headers=headers)
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (403, "CROSS_SITE_REQUEST")
    for headers in ({"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}, {"origin": origin.url}):
        assert (await browser.client.post(url, headers=headers)).status_code == 200
    assert (await browser.client.post(f"{origin.url}/auth/logout")).status_code == 403
    assert (await me(browser))["signed_in"] is True


async def test_a_bearer_token_needs_no_origin_and_outdoes_the_cookie(origin: Origin, browser: Browser) -> None:
    await browser.sign_in("lan")
    headers = {"authorization": f"Bearer {origin.token('binh')}", "sec-fetch-site": "cross-site"}
    answer = await browser.client.post(f"{origin.url}/graphql", headers=headers)
    assert claims_in(answer.json()["data"]["passport"])["sub"] == "binh"
    headers["authorization"] = "Bearer broken"
    assert (await browser.client.post(f"{origin.url}/graphql", headers=headers)).status_code == 401


async def test_pages_say_so_when_the_provider_or_the_store_is_down(origin: Origin, browser: Browser) -> None:
    origin.org.is_down = True
    page = await browser.begin()
    assert (page.status_code, "The list of demo people is not ready" in page.text) == (503, True)


async def ask(origin: Origin, **changes: str) -> httpx.Response:
    question = {
        "response_type": "code",
        "client_id": origin.issuer.oidc_client_id,
        "redirect_uri": origin.issuer.redirect_uri,
        "scope": "openid",
        "state": "s",
        "code_challenge": challenge("v" * 43),
        "code_challenge_method": "S256",
    } | changes
    async with plain_client() as client:
        return await client.post(f"{origin.url}/issuer/authorize", data=question | {"subject": "lan"})


async def redeem(origin: Origin, code: str, **changes: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": origin.issuer.oidc_client_id,
        "redirect_uri": origin.issuer.redirect_uri,
        "code_verifier": "v" * 43,
    } | changes
    async with plain_client() as client:
        return await client.post(f"{origin.url}/issuer/token", data=form)


async def test_the_issuer_sends_nobody_to_a_foreign_address(origin: Origin) -> None:
    for wrong in (
        {"redirect_uri": "https://evil.example/auth/callback"},
        {"redirect_uri": f"{origin.url}/auth/callback/../../x"},
        {"redirect_uri": f"{origin.url}.evil.example/auth/callback"},
        {"redirect_uri": ""},
        {"client_id": "other"},
    ):
        answer = await ask(origin, **wrong)
        assert (answer.status_code, answer.headers.get("location")) == (400, None)


async def test_the_issuer_insists_on_pkce_and_on_its_own_people(origin: Origin) -> None:
    for wrong, error in (
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"subject": "somebody"}, "access_denied"),
    ):
        question = await _ask_as(origin, wrong)
        assert query_of(question.headers["location"]) == {"error": error, "state": "s", "iss": origin.issuer.issuer}


async def _ask_as(origin: Origin, wrong: dict[str, str]) -> httpx.Response:
    if "subject" not in wrong:
        return await ask(origin, **wrong)
    origin.org.people = [{**origin.org.people[0], "subject": "another"}]
    return await ask(origin)


async def test_a_code_is_spent_by_any_attempt_to_use_it(origin: Origin) -> None:
    for wrong in ({"code_verifier": "w" * 43}, {"code_verifier": ""}, {"redirect_uri": "https://evil.example/"}):
        code = query_of((await ask(origin)).headers["location"])["code"]
        refused = await redeem(origin, code, **wrong)
        assert (refused.status_code, refused.json()) == (400, {"error": "invalid_grant"})
        assert (await redeem(origin, code)).json() == {"error": "invalid_grant"}
    code = query_of((await ask(origin)).headers["location"])["code"]
    assert (await redeem(origin, code, client_id="other")).status_code == 401
    assert (await redeem(origin, code)).status_code == 200
    assert (await redeem(origin, code)).status_code == 400


async def test_what_the_token_endpoint_does_not_understand_it_refuses(origin: Origin) -> None:
    async with plain_client() as client:
        url = f"{origin.url}/issuer/token"
        assert (await client.post(url, content=b"\xff\xfe")).status_code == 401
        assert (await client.post(url, content=b"x" * 20_000)).status_code == 413
        assert (await client.get(url)).status_code == 405
        basic = await client.post(url, headers={"authorization": "Basic !"})
        assert (basic.status_code, basic.json()) == (401, {"error": "invalid_client"})


def test_over_tls_the_session_cookie_belongs_to_this_host_alone() -> None:
    assert session_cookie(AuthSettings(environment="development", public_url="https://loa.example")) == "__Host-loa"


async def test_a_cookie_at_a_gateway_without_a_session_store_is_no_anonymous_caller() -> None:
    async with Callers(AuthSettings(environment="development", redis_url="")) as callers:
        with pytest.raises(IdentityUnavailable):
            await callers.passport_for(request_with({"cookie": "loa=" + "x" * 43}))

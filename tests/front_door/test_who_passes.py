"""As whom a request goes through: passports are given here and nowhere else, and the forms learn of nobody."""

from __future__ import annotations

import asyncio
import logging

import httpx
import pytest
from auth_origin import Origin
from auth_world import browsing, claims_in

from loa.front_door.headers import network

FORGED = {
    "loa-passport": "forged",
    "Loa_Passport": "forged",
    "x-loa-subject": "admin",
    "x-forwarded-for": "6.6.6.6",
    "x-forwarded-host": "evil.example",
    "x-forwarded-proto": "gopher",
    "x-original-method": "GET",
    "x-real-ip": "6.6.6.6",
    "forwarded": "for=6.6.6.6",
    "x-request-id": "mine",
    "via": "1.1 somebody",
}


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/org/units", "org"),
        ("/org", "org"),
        ("/results/1", "survey"),
        ("/archive/", "media-archive"),
        ("/files/a/b", "media-archive"),
        ("/oai?verb=Identify", "media-archive"),
        ("/f/abc", "survey"),
    ],
)
async def test_a_path_leads_to_its_service(origin: Origin, client: httpx.AsyncClient, path: str, service: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["service"]) == (200, service)
    seen = origin.strangers[service].last
    assert (seen.method, seen.target) == ("GET", path)
    assert sum(len(stranger.seen) for stranger in origin.strangers.values()) == 1
    assert origin.checks == [], "nobody is not asked about"


async def test_what_only_the_inside_may_say_is_not_believed(origin: Origin, client: httpx.AsyncClient) -> None:
    await client.get("/org/", headers=FORGED)
    seen = origin.strangers["org"].last
    assert seen.header("loa-passport") is None
    assert not {"loa_passport", "x-loa-subject", "x-real-ip", "forwarded", "x-original-method"} & seen.headers.keys()
    assert seen.header("x-forwarded-host") == origin.url.removeprefix("http://")
    assert seen.header("host") == origin.url.removeprefix("http://")
    assert seen.header("x-forwarded-proto") == "http"
    assert seen.header("x-forwarded-for") == "127.0.0.1"
    assert seen.header("x-request-id") not in (None, "mine")


async def test_the_gateway_is_told_no_forged_passport_either(client: httpx.AsyncClient) -> None:
    headers = (await client.get("/graphql", headers=FORGED)).json()["headers"]
    assert "loa-passport" not in headers
    assert "x-loa-subject" not in headers
    assert headers["x-forwarded-for"] == "127.0.0.1"


async def test_a_bearer_token_becomes_a_passport(origin: Origin, client: httpx.AsyncClient) -> None:
    headers = {"authorization": f"Bearer {origin.token('hoa')}", "loa-passport": "forged"}
    await client.get("/archive/", headers=headers)
    seen = origin.strangers["media-archive"].last
    passport = seen.header("loa-passport")
    assert passport is not None
    assert claims_in(passport)["sub"] == "hoa"
    assert "authorization" not in seen.headers


async def test_a_session_becomes_a_passport_and_its_cookie_stays_outside(origin: Origin) -> None:
    async with browsing(origin.url) as browser:
        await browser.sign_in("lan")
        browser.client.cookies.set("loa_lang", "en", domain="127.0.0.1")
        await browser.get("/org/units")
    seen = origin.strangers["org"].last
    passport = seen.header("loa-passport")
    assert passport is not None
    assert claims_in(passport)["sub"] == "lan"
    assert seen.header("cookie") == "loa_lang=en"


async def test_a_passport_never_leaves(origin: Origin, client: httpx.AsyncClient) -> None:
    origin.strangers["org"].headers = [(b"Loa-Passport", b"secret"), (b"Server", b"inside/1.0"), (b"X-Fine", b"yes")]
    answer = await client.get("/org/")
    assert "loa-passport" not in answer.headers
    assert "server" not in answer.headers
    assert answer.headers["x-fine"] == "yes"
    token = {"authorization": f"Bearer {origin.token()}"}
    for path in ("/auth/check", "/auth/check/", "/auth/%63heck"):
        answer = await client.get(path, headers=token)
        assert (answer.status_code, "loa-passport" in answer.headers) == (404, False)


async def test_the_gateway_is_asked_once_for_many_requests(origin: Origin, client: httpx.AsyncClient) -> None:
    headers = {"authorization": f"Bearer {origin.token('many')}"}
    for _ in range(5):
        assert (await client.get("/files/1", headers=headers)).status_code == 200
    assert len(origin.checks) == 1
    assert (await client.get("/files/1", headers={"authorization": f"Bearer {origin.token('other')}"})).is_success
    assert len(origin.checks) == 2
    assert claims_in(origin.strangers["media-archive"].last.header("loa-passport") or "")["sub"] == "other"


async def test_a_bad_token_is_refused_and_nothing_gets_through(origin: Origin, client: httpx.AsyncClient) -> None:
    expired = origin.token(minutes=-5)
    for token, code in (("broken", "TOKEN_INVALID"), (expired, "TOKEN_EXPIRED"), ("x" * 20_000, "TOKEN_INVALID")):
        answer = await client.post(
            "/archive/upload", headers={"authorization": f"Bearer {token}", "accept-language": "en"}, content=b"x"
        )
        assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert origin.strangers["media-archive"].seen == []


async def test_signing_out_works_at_once(origin: Origin) -> None:
    async with browsing(origin.url) as browser:
        await browser.sign_in()
        cookie = browser.client.cookies["loa"]
        assert (await browser.get("/org/")).status_code == 200
        await browser.post("/auth/logout")
        answer = await browser.client.get(f"{origin.url}/org/", headers={"cookie": f"loa={cookie}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "SESSION_EXPIRED")
    assert len(origin.strangers["org"].seen) == 1


async def test_a_page_with_a_session_that_is_over_leads_to_signing_in(
    origin: Origin, client: httpx.AsyncClient
) -> None:
    headers = {"cookie": "loa=" + "x" * 43}
    page = await client.get("/results/7?by=age&x=%2F", headers=headers | {"accept": "text/html,*/*"})
    assert (page.status_code, page.headers["location"]) == (
        303,
        "/auth/login?next=%2Fresults%2F7%3Fby%3Dage%26x%3D%252F",
    )
    data = await client.get("/results/7", headers=headers | {"accept": "application/json"})
    assert (data.status_code, data.json()["code"]) == (401, "SESSION_EXPIRED")
    posted = await client.post("/results/7", headers=headers | {"accept": "text/html", "origin": origin.url})
    assert posted.status_code == 401
    assert origin.strangers["survey"].seen == []


async def test_another_sites_page_cannot_post_with_a_cookie(origin: Origin) -> None:
    async with browsing(origin.url) as browser:
        await browser.sign_in()
        assert (await browser.get("/org/")).status_code == 200
        refused = await browser.post("/org/units", {"name": "x"}, **{"sec-fetch-site": "cross-site"})
        assert (refused.status_code, refused.json()["code"]) == (403, "CROSS_SITE_REQUEST")
        assert len(origin.strangers["org"].seen) == 1
        assert (await browser.post("/org/units", {"name": "x"})).status_code == 200


async def test_a_form_learns_nothing_about_who_fills_it_in(origin: Origin, client: httpx.AsyncClient) -> None:
    headers = FORGED | {
        "authorization": f"Bearer {origin.token()}",
        "cookie": "loa=" + "x" * 43 + "; loa_lang=vi",
        "user-agent": "Cheap Phone 3",
        "referer": "https://somewhere.example/",
        "accept-language": "vi",
        "dnt": "1",
        "origin": origin.url,
    }
    origin.strangers["survey"].headers = [(b"set-cookie", b"track=1"), (b"x-kept", b"1")]
    answer = await client.post("/f/abc", headers=headers, data={"q1": "a"})
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert answer.headers["x-kept"] == "1"
    seen = origin.strangers["survey"].last
    assert set(seen.headers) == {
        "host",
        "accept",
        "accept-encoding",
        "accept-language",
        "content-type",
        "content-length",
        "origin",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-request-id",
    }
    assert "6.6.6.6" not in str(seen.headers)
    # The network, not who in it.
    assert seen.header("x-forwarded-for") == "127.0.0.0"
    assert origin.checks == []


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
        ("fe80::1%eth0", "fe80::"),
        ("unix", None),
    ],
)
def test_of_an_address_the_network_is_said(address: str, said: str | None) -> None:
    assert network(address) == said


async def test_the_log_names_no_form_no_address_and_no_query(
    origin: Origin, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="loa.front_door"):
        await client.get("/f/secret-code?slip=42")
        await client.get("/org/units?name=lan")
    assert [record.getMessage() for record in caplog.records if record.name == "loa.front_door"] == [
        "GET /f 200",
        "GET /org/units 200",
    ]
    assert "127.0.0.1" not in caplog.text.replace(origin.url, "")


async def test_when_the_gateway_is_silent_nobody_becomes_anonymous(origin: Origin) -> None:
    origin.org.is_down = True
    async with httpx.AsyncClient(base_url=origin.url, trust_env=False) as client:
        headers = {"authorization": f"Bearer {origin.token('unknown-yet')}"}
        answer = await client.get("/org/", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (503, "IDENTITY_UNAVAILABLE")
    assert answer.headers["retry-after"] == "5"
    assert origin.strangers["org"].seen == []


async def test_many_people_at_once_are_not_mixed_up(origin: Origin, client: httpx.AsyncClient) -> None:
    async def visit(number: int) -> None:
        headers = {"authorization": f"Bearer {origin.token(f'person-{number}')}"}
        await client.get(f"/org/{number}", headers=headers)

    await asyncio.gather(*[visit(number % 10) for number in range(60)])
    seen = origin.strangers["org"].seen
    assert len(seen) == 60
    for request in seen:
        subject = claims_in(request.header("loa-passport") or "")["sub"]
        assert subject == f"person-{request.target.removeprefix('/org/')}"

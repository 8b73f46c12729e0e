"""What the front door does not put up with, and what it says when something behind it is down."""

from __future__ import annotations

import asyncio
import ssl
import time
from pathlib import Path

import httpx
import pytest
import trustme
from auth_origin import Origin, one_origin, plain_client
from auth_world import bound_socket, url_of
from raw_http import connect, get, hang_up, say, status_of

from loa.front_door import proxy, server
from loa.front_door.settings import FrontDoorSettings
from loa.issuer import IssuerSettings, ensure_key, issuer_app
from loa.issuer.app import NotForProduction


async def test_a_websocket_is_refused(origin: Origin) -> None:
    answer = await say(
        origin.url,
        get(
            "/org/", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: eA==", "Sec-WebSocket-Version: 13"
        ),
    )
    assert status_of(answer) == 400
    assert b"UPGRADE_NOT_SUPPORTED" in answer
    assert origin.strangers["org"].seen == []


async def test_an_offer_of_another_protocol_is_ignored(origin: Origin) -> None:
    offer = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk")
    assert status_of(await say(origin.url, get("/org/", *offer))) == 200
    assert not {"upgrade", "http2-settings", "connection"} & origin.strangers["org"].last.headers.keys()


@pytest.mark.parametrize(
    "request_bytes",
    [
        get("/org/", "X: " + "y" * 40_000),
        get("/org/", *[f"X-{number}: y" for number in range(200)]),
        get("/org/?" + "x" * 40_000),
        b"GET /org/ HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 200_000,
    ],
    ids=["long header", "many headers", "long target", "endless header"],
)
async def test_a_head_that_is_too_long_is_refused(origin: Origin, request_bytes: bytes) -> None:
    assert status_of(await say(origin.url, request_bytes)) == 400
    assert origin.strangers["org"].seen == []


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /org/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /org/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"POST /org/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"POST /org/ HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST /org/ HTTP/1.1\r\nHost : a\r\nContent-Length: 0\r\n\r\n",
        b"GET /org/ HTTP/1.1\r\nHost: a\r\n X: folded\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
    ],
)
async def test_a_request_with_two_readings_is_refused(origin: Origin, request_bytes: bytes) -> None:
    assert status_of(await say(origin.url, request_bytes, seconds=1)) in (0, 400)
    assert origin.strangers["org"].seen == []


async def test_trailers_carry_no_headers_past_the_rules(origin: Origin) -> None:
    chunked = get("/org/", "Transfer-Encoding: chunked", "Trailer: Loa-Passport", method="POST")
    answer = await say(origin.url, chunked + b"2\r\nab\r\n0\r\nLoa-Passport: forged\r\nX-Late: 1\r\n\r\n")
    assert status_of(answer) == 200
    seen = origin.strangers["org"].last
    assert (seen.size, "loa-passport" in seen.headers, "x-late" in seen.headers) == (2, False, False)


async def test_a_head_that_never_ends_is_cut_off(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.3)
    for first_words in (b"", b"GET /org/ HTTP/1.1\r\nHost: a\r\n"):
        reader, writer = await connect(origin.url)
        began = time.monotonic()
        writer.write(first_words)
        drip = asyncio.create_task(_drip(writer) if first_words else asyncio.sleep(0))
        assert await asyncio.wait_for(reader.read(), 3) == b""
        assert time.monotonic() - began < 2
        drip.cancel()
        await hang_up(writer)


async def _drip(writer: asyncio.StreamWriter) -> None:
    while True:
        await asyncio.sleep(0.1)
        writer.write(b"X: y\r\n")


async def test_the_second_request_of_a_connection_has_its_time_too(
    origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.3)
    reader, writer = await connect(origin.url)
    writer.write(get("/"))
    assert b"</html>" in await reader.readuntil(b"</html>")
    writer.write(b"GET / HTTP/1.1\r\nHo")
    assert await asyncio.wait_for(reader.read(), 3) == b""
    await hang_up(writer)


async def test_a_body_that_stops_is_given_up(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy, "UPLOAD_IDLE_SECONDS", 0.3)
    answer = await say(origin.url, get("/archive/x", "Content-Length: 10", method="POST") + b"12345", seconds=3)
    assert status_of(answer) == 408
    assert b"REQUEST_TIMEOUT" in answer


async def test_a_service_that_does_not_answer_is_given_up(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy, "ANSWER_SECONDS", 0.3)
    silent = bound_socket()
    silent.listen()
    async with one_origin(store, tmp_path, org_url=url_of(silent)) as origin, plain_client() as client:
        answer = await client.get(f"{origin.url}/org/", headers={"accept-language": "en"})
    silent.close()
    assert (answer.status_code, answer.json()) == (
        504,
        {"code": "GATEWAY_TIMEOUT", "message": "The answer took too long. Please try again."},
    )


async def test_a_service_that_is_down_is_told_kindly_and_namelessly(store: str, tmp_path: Path) -> None:
    nobody = bound_socket()
    async with one_origin(store, tmp_path, survey_url=url_of(nobody)) as origin, plain_client() as client:
        page = await client.get(f"{origin.url}/f/abc", headers={"accept": "text/html"})
        data = await client.get(f"{origin.url}/results/1")
        health = await client.get(f"{origin.url}/healthz")
        assert (await client.get(f"{origin.url}/org/")).status_code == 200
    nobody.close()
    assert (page.status_code, page.headers["retry-after"]) == (503, "5")
    assert "Hệ thống tạm thời chưa sẵn sàng" in page.text
    assert "This part of the system is not ready" in page.text
    assert data.json() == {
        "code": "SERVICE_UNAVAILABLE",
        "message": "Hệ thống tạm thời chưa sẵn sàng. Hãy thử lại sau ít phút.",
    }
    assert "survey" not in page.text + data.text
    assert health.status_code == 503
    assert health.json() == {
        "ready": False,
        "services": {"gateway": "ready", "org": "ready", "survey": "unready", "media-archive": "ready"},
    }


async def test_when_everything_is_ready_the_front_door_is(origin: Origin) -> None:
    async with plain_client() as client:
        answer = await client.get(f"{origin.url}/healthz")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)


async def test_the_start_page_needs_nothing_but_itself(origin: Origin) -> None:
    async with plain_client() as client:
        page = await client.get(origin.url)
        head = await client.head(origin.url)
    assert (page.status_code, head.status_code, head.content) == (200, 200, b"")
    for words in ("Kho tư liệu", "Survey results", 'href="/auth/login"', 'lang="vi"'):
        assert words in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert "http" not in page.text.replace("http-equiv", "")


async def test_too_many_callers_are_asked_to_come_back(store: str, tmp_path: Path) -> None:
    async with one_origin(store, tmp_path, concurrency=3) as origin:
        open_ones = [await connect(origin.url) for _ in range(4)]
        await asyncio.sleep(0.1)
        assert status_of(await say(origin.url, get("/"))) == 503
        for _, writer in open_ones:
            await hang_up(writer)
        await asyncio.sleep(0.1)
        assert status_of(await say(origin.url, get("/"))) == 200


async def test_it_speaks_tls_when_it_has_a_certificate(store: str, tmp_path: Path) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    changes = {"tls_cert": tmp_path / "cert.pem", "tls_key": tmp_path / "key.pem"}
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    async with (
        one_origin(store, tmp_path, **changes) as origin,
        httpx.AsyncClient(verify=trust, trust_env=False) as client,
    ):
        answer = await client.get(origin.url.replace("http://", "https://") + "/org/")
    assert answer.status_code == 200


def test_half_a_certificate_is_refused() -> None:
    with pytest.raises(ValueError, match="go together"):
        FrontDoorSettings(tls_cert=Path("cert.pem"))


def test_the_development_issuer_does_not_start_in_production(tmp_path: Path) -> None:
    settings = IssuerSettings(environment="production", issuer_key_file=tmp_path / "key.pem")
    with pytest.raises(NotForProduction):
        issuer_app(settings)
    assert not (tmp_path / "key.pem").exists()


def test_the_issuers_key_is_its_owners_alone_and_made_once(tmp_path: Path) -> None:
    path = ensure_key(tmp_path / "keys" / "issuer.pem")
    before = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert ensure_key(path).read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["issuer.pem"]

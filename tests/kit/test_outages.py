"""While PostgreSQL is away people and programs are told to come back, and the service goes on by itself afterwards."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from kit import db
from kit.app import Service
from kit.testing import Client, DatabaseLine, database_line

pytestmark = pytest.mark.committed


@pytest.fixture
async def line(database: Service) -> AsyncIterator[DatabaseLine]:
    async with database_line(database) as line:
        yield line


async def count(_: Request) -> Response:
    return PlainTextResponse(str(await db.value("SELECT count(*) FROM seen")))


async def note(_: Request) -> Response:
    async with db.transaction():
        await db.execute("INSERT INTO seen (number, text) VALUES (1, 'x')")
        await db.execute("INSERT INTO seen (number, text) VALUES (2, 'the-last-word')")
    return PlainTextResponse("noted")


async def fail(_: Request) -> Response:
    raise OSError("the disk is full")


async def break_off(_: Request) -> Response:
    async def lines() -> AsyncIterator[str]:
        yield "the first half"
        yield str(await db.value("SELECT count(*) FROM seen"))

    return StreamingResponse(lines())


@pytest.fixture
async def client(database: Service) -> AsyncIterator[Client]:
    application = database.asgi()
    application.router.routes.extend(
        [
            Route("/count", count),
            Route("/note", note, methods=["POST"]),
            Route("/fail", fail),
            Route("/break-off", break_off),
        ]
    )
    transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://loa.test") as http:
        yield Client(http)


async def test_a_program_is_told_in_json_when_to_ask_again(client: Client, line: DatabaseLine) -> None:
    assert (await client.get("/count")).text == "0"
    line.cut()
    for language, message in (
        ("vi", "Hệ thống tạm thời chưa sẵn sàng. Hãy thử lại sau ít phút."),
        ("en", "This part of the system is not ready. Please try again in a few minutes."),
    ):
        reply = await client.get("/count", headers={"accept-language": language})
        assert (reply.status_code, reply.headers["retry-after"]) == (503, "5")
        assert reply.json() == {"code": "SERVICE_UNAVAILABLE", "message": message}
        assert reply.headers["cache-control"] == "no-store"
    await line.mend()
    assert (await client.get("/count")).text == "0"


async def test_a_person_is_told_on_a_page_what_to_do(client: Client, line: DatabaseLine) -> None:
    line.cut()
    browser = {"accept": "text/html,*/*"}
    reply = await client.get("/count", headers=browser)
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "5")
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert "Mở lại trang này sau ít phút." in reply.text
    assert "Open this page again in a few minutes." in reply.text
    sent = await client.post("/note", headers=browser)
    assert sent.status_code == 503
    assert "có thể chưa được lưu. Hãy quay lại trang trước và gửi lại" in sent.text


async def test_what_was_under_way_is_undone(client: Client, line: DatabaseLine) -> None:
    assert (await client.get("/count")).text == "0"
    line.cut_after(b"the-last-word")
    assert (await client.post("/note")).status_code == 503
    await line.mend()
    assert (await client.get("/count")).text == "0"
    assert (await client.post("/note")).text == "noted"
    assert (await client.get("/count")).text == "2"


async def test_another_failure_is_a_bug_as_ever(client: Client, line: DatabaseLine) -> None:
    assert (await client.get("/fail")).status_code == 500
    assert (await client.get("/healthz")).status_code == 200


async def test_an_answer_that_has_begun_is_broken_off(client: Client, line: DatabaseLine) -> None:
    line.cut()
    reply = await client.get("/break-off")
    assert (reply.status_code, reply.text) == (200, "the first half")


async def test_no_database_before_the_first_connection_is_an_outage_too(line: DatabaseLine, client: Client) -> None:
    line.cut()
    assert (await client.get("/readyz")).status_code == 503
    assert (await client.get("/count")).status_code == 503

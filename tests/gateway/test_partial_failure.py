"""A service that is down, slow or talks nonsense costs its own fields, and the client learns no more than that."""

from __future__ import annotations

import asyncio
import logging

import orjson
import pytest
from gateway_servers import RunningGateway, StartGateway, World, reply
from starlette.types import Send

UNAVAILABLE = "DOWNSTREAM_UNAVAILABLE"
QUESTION = '{ unit(id: "1") { name latest { title } } }'
HALF_AN_ANSWER = {"unit": {"name": "Công đoàn số 1", "latest": None}}


def assert_names_nothing(text: str, world: World) -> None:
    for secret in ("127.0.0.1", *(url.rsplit(":", 1)[1] for url in world.urls.values()), "survey", "Traceback"):
        assert secret not in text


async def test_a_service_that_is_down_costs_its_own_fields(
    start_gateway: StartGateway, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    async with start_gateway(survey_url="http://127.0.0.1:9") as gateway:
        with caplog.at_level(logging.WARNING, "loa.gateway"):
            answer = await gateway.ask(QUESTION)
    assert answer.status == 200
    assert answer.data == HALF_AN_ANSWER
    assert answer.places == [(UNAVAILABLE, ("unit", "latest"))]
    assert_names_nothing(answer.errors[0]["message"], world)
    assert "survey failed" in caplog.text
    assert answer.headers["x-request-id"] in caplog.text


async def test_root_fields_of_a_service_that_is_down_are_each_told(start_gateway: StartGateway) -> None:
    async with start_gateway(survey_url="http://127.0.0.1:9") as gateway:
        answer = await gateway.ask('{ a: survey(id: 1) { id } unit(id: "1") { id } b: survey(id: 2) { id } }')
    assert answer.data == {"a": None, "unit": {"id": "1"}, "b": None}
    assert answer.places == [(UNAVAILABLE, ("a",)), (UNAVAILABLE, ("b",))]


async def test_many_entities_lost_to_one_failure_are_one_error(start_gateway: StartGateway) -> None:
    async with start_gateway(survey_url="http://127.0.0.1:9") as gateway:
        answer = await gateway.ask("{ units(first: 12) { name latest { id } surveys { id } } }")
        required = await gateway.ask("{ units(first: 12) { mustHave } }")
    assert [unit["latest"] for unit in answer.data["units"]] == [None] * 12
    assert answer.places == [(UNAVAILABLE, ("units", 0, "latest"))]
    assert required.data is None
    assert required.places == [(UNAVAILABLE, ("units", 0, "mustHave"))]


async def test_a_slow_service_is_given_up(start_gateway: StartGateway) -> None:
    async with start_gateway(subgraph_timeout=0.2) as gateway:
        answer = await gateway.ask('{ slow(seconds: 5) survey(id: "1") { title } }')
        assert answer.data == {"slow": None, "survey": {"title": "Khảo sát 1"}}
        assert answer.places == [(UNAVAILABLE, ("slow",))]
        assert (await gateway.ask("{ slow(seconds: 0) }")).data == {"slow": "awake"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>busy</html>",
        b"[]",
        b'"data"',
        b"{}",
        b'{"data": 3}',
        b'{"data": null}',
        b'{"errors": "many"}',
        b'{"data": {"_entities": 4}}',
        b'{"data": {"_entities": []}}',
        b'{"data": {"_entities": [{}, {}]}}',
        b'{"data": {"unit": ',
        b"\xff\xfe",
    ],
)
async def test_garbage_costs_the_fields_asked_for(gateway: RunningGateway, world: World, body: bytes) -> None:
    async def garbage(send: Send) -> None:
        await reply(send, body)

    world.apps["survey"].fault = garbage
    answer = await gateway.ask(QUESTION)
    assert answer.data == HALF_AN_ANSWER
    assert answer.places == [(UNAVAILABLE, ("unit", "latest"))]


@pytest.mark.parametrize("status", [301, 404, 500, 502, 503])
async def test_an_answer_under_another_status_is_not_read(gateway: RunningGateway, world: World, status: int) -> None:
    async def failing(send: Send) -> None:
        await reply(send, b'{"data": {"_entities": [{"latest": {"title": "no"}}]}}', status)

    world.apps["survey"].fault = failing
    answer = await gateway.ask(QUESTION)
    assert answer.data == HALF_AN_ANSWER
    assert answer.codes == [UNAVAILABLE]


async def test_a_huge_answer_is_not_read_to_its_end(start_gateway: StartGateway, world: World) -> None:
    async def huge(send: Send) -> None:
        await reply(send, b'{"data": {"_entities": [{"latest": null}]}, "extensions": "%s"}' % (b"x" * 200_000))

    world.apps["survey"].fault = huge
    async with start_gateway(subgraph_response_limit=100_000) as gateway:
        answer = await gateway.ask(QUESTION)
        assert answer.data == HALF_AN_ANSWER
        assert answer.codes == [UNAVAILABLE]
        world.apps["survey"].fault = None
        assert (await gateway.ask(QUESTION)).errors == []


async def test_errors_without_a_code_are_hidden(
    gateway: RunningGateway, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await gateway.ask('{ unit(id: "1") { name broken } }')
    assert answer.data == {"unit": {"name": "Công đoàn số 1", "broken": None}}
    assert answer.errors == [
        {
            "message": "Something went wrong on our side.",
            "extensions": {"code": "INTERNAL_SERVER_ERROR"},
            "path": ["unit", "broken"],
        }
    ]
    assert "hunter2" in caplog.text


async def test_only_message_code_field_and_path_of_an_error_are_passed_on(
    gateway: RunningGateway, world: World
) -> None:
    async def talkative(send: Send) -> None:
        extensions = {"code": "FORBIDDEN", "field": "first", "serviceName": "survey", "trace": "10.0.0.5"}
        error = {
            "message": "Not for you",
            "extensions": extensions,
            "path": ["_entities", 0, "latest"],
            "locations": [],
        }
        await reply(send, orjson.dumps({"data": {"_entities": [{"latest": None}]}, "errors": [error, "?", 5]}))

    world.apps["survey"].fault = talkative
    answer = await gateway.ask(QUESTION)
    assert answer.errors == [
        {
            "message": "Not for you",
            "extensions": {"code": "FORBIDDEN", "field": "first"},
            "path": ["unit", "latest"],
        }
    ]


async def test_a_request_that_a_service_refuses_as_a_whole_is_told_at_the_first_place(
    gateway: RunningGateway, world: World
) -> None:
    async def refused(send: Send) -> None:
        await reply(
            send, b'{"errors": [{"message": "Show a passport", "extensions": {"code": "PASSPORT_INVALID"}}]}', 401
        )

    world.apps["survey"].fault = refused
    answer = await gateway.ask("{ units { name mustHave } }")
    assert answer.data is None
    assert answer.places == [("PASSPORT_INVALID", ("units", 0, "mustHave"))]


async def test_many_questions_at_once_all_get_their_own_answer(gateway: RunningGateway) -> None:
    document = "query ($id: ID!) { unit(id: $id) { id latest { unit { id } } } }"
    answers = await asyncio.gather(*[gateway.ask(document, {"id": str(n % 12 + 1)}) for n in range(80)])
    for number, answer in enumerate(answers):
        unit_id = str(number % 12 + 1)
        assert answer.body == {"data": {"unit": {"id": unit_id, "latest": {"unit": {"id": unit_id}}}}}

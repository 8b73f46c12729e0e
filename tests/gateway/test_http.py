"""GraphQL over HTTP: methods, media types, statuses."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import orjson
import pytest
from gateway_servers import RunningGateway

NEW = "application/graphql-response+json"
OLD = "application/json"
GOOD = '{ unit(id: "1") { name } }'
GOOD_DATA = {"unit": {"name": "Công đoàn số 1"}}


async def post(gateway: RunningGateway, body: bytes | dict[str, Any], **headers: str) -> tuple[int, Any, str]:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    sent = {"content-type": OLD, **{name.replace("_", "-"): value for name, value in headers.items()}}
    response = await gateway.http.post("/graphql", content=content, headers=sent)
    return response.status_code, response.json(), response.headers["content-type"]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", OLD),
        ("application/*", OLD),
        (OLD, OLD),
        (f"{OLD}; charset=utf-8", OLD),
        (NEW, NEW),
        (f"{NEW}, {OLD};q=0.9", NEW),
        (f"{OLD}, {NEW};q=0.5", OLD),
        (f"text/html, {NEW};q=0.1", NEW),
    ],
)
async def test_answers_in_the_media_type_asked_for(gateway: RunningGateway, accept: str, media_type: str) -> None:
    status, body, answered = await post(gateway, {"query": GOOD}, accept=accept)
    assert (status, body, answered) == (200, {"data": GOOD_DATA}, f"{media_type}; charset=utf-8")


@pytest.mark.parametrize("accept", ["text/html", "image/*", f"{OLD};q=0", f"{NEW}; charset=latin-1"])
async def test_refuses_what_it_cannot_answer_in(gateway: RunningGateway, accept: str) -> None:
    status, body, _ = await post(gateway, {"query": GOOD}, accept=accept)
    assert (status, body["errors"][0]["extensions"]["code"]) == (406, "NOT_ACCEPTABLE")


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{ unit(", "GRAPHQL_PARSE_FAILED"),
        ("", "BAD_REQUEST"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ('{ unit(id: "1") }', "GRAPHQL_VALIDATION_FAILED"),
        ("{ unit { name } }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($id: ID!) { unit(id: $id) { name } }", "BAD_USER_INPUT"),
        ("query A { __typename } query B { __typename }", "OPERATION_RESOLUTION_FAILURE"),
        ("fragment F on Unit { name }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { units { name } }", "SUBSCRIPTIONS_NOT_SUPPORTED"),
        ("{ ...F } fragment F on Query { ...F }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_a_bad_document_is_400_in_the_new_form(gateway: RunningGateway, document: str, code: str) -> None:
    status, body, _ = await post(gateway, {"query": document}, accept=NEW)
    if code == "GRAPHQL_VALIDATION_FAILED" and document.startswith("fragment"):
        code = "OPERATION_RESOLUTION_FAILURE"
    assert status == 400
    assert body["errors"][0]["extensions"]["code"] == code
    assert "data" not in body


async def test_a_bad_document_is_200_in_the_old_form(gateway: RunningGateway) -> None:
    for document in ("{ unit(", "{ nothing }", "query ($id: ID!) { unit(id: $id) { name } }"):
        status, body, _ = await post(gateway, {"query": document}, accept=OLD)
        assert status == 200
        assert "data" not in body
        assert body["errors"][0]["message"]


async def test_errors_of_documents_tell_where(gateway: RunningGateway) -> None:
    _, body, _ = await post(gateway, {"query": "{ units { nam } }"})
    assert body["errors"][0]["locations"] == [{"line": 1, "column": 11}]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"query"',
        b'{"query": 5}',
        b'{"query": ["{ units }"]}',
        b'{"variables": {}}',
        b'{"query": "{ __typename }", "variables": "x"}',
        b'{"query": "{ __typename }", "variables": [1]}',
        b'{"query": "{ __typename }", "operationName": 1}',
        b'{"query": "{ __typename }", "extensions": []}',
        b'{"query": "{ __typename }", "extensions": {"persistedQuery": 1}}',
        b'{"query": "\\ud800"}',
        b"\xff",
        b"[" * 100_000,
    ],
)
@pytest.mark.parametrize("accept", [NEW, OLD])
async def test_a_body_that_is_no_request_is_400(gateway: RunningGateway, body: bytes, accept: str) -> None:
    status, answer, _ = await post(gateway, body, accept=accept)
    assert (status, answer["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("content_type", ["text/plain", "application/graphql", "", "multipart/form-data; boundary=x"])
async def test_other_bodies_than_json_are_415(gateway: RunningGateway, content_type: str) -> None:
    status, answer, _ = await post(gateway, {"query": GOOD}, content_type=content_type)
    assert (status, answer["errors"][0]["extensions"]["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_other_charsets_than_utf8_are_415(gateway: RunningGateway) -> None:
    status, _, _ = await post(gateway, {"query": GOOD}, content_type=f"{OLD}; charset=latin-1")
    assert status == 415
    status, _, _ = await post(gateway, {"query": GOOD}, content_type=f"{OLD}; Charset=UTF-8")
    assert status == 200


async def test_null_members_are_as_good_as_none(gateway: RunningGateway) -> None:
    body = {"query": GOOD, "variables": None, "operationName": None, "extensions": None}
    assert (await post(gateway, body))[:2] == (200, {"data": GOOD_DATA})


async def test_queries_are_served_by_get(gateway: RunningGateway) -> None:
    document = "query ($id: ID!) { unit(id: $id) { name } }"
    address = f"/graphql?query={quote(document)}&variables={quote(orjson.dumps({'id': '1'}).decode())}"
    response = await gateway.http.get(address)
    assert (response.status_code, response.json()) == (200, {"data": GOOD_DATA})


@pytest.mark.parametrize(
    "query_string", ["", "query=", "variables=%7B%7D", "query=%7B__typename%7D&variables=x", "query=%FF"]
)
async def test_a_query_string_that_is_no_request_is_400(gateway: RunningGateway, query_string: str) -> None:
    response = await gateway.http.get(f"/graphql?{query_string}")
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


async def test_mutations_are_not_served_by_get(gateway: RunningGateway, world: Any) -> None:
    response = await gateway.http.get(f"/graphql?query={quote('mutation { step(number: 1) { id } }')}")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")
    assert response.json()["errors"][0]["extensions"]["code"] == "METHOD_NOT_ALLOWED"
    assert world.calls() == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_405(gateway: RunningGateway, method: str) -> None:
    response = await gateway.http.request(method, "/graphql", json={"query": GOOD})
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


async def test_the_operation_is_chosen_by_name(gateway: RunningGateway) -> None:
    document = 'query A { unit(id: "1") { name } } query B { survey(id: "1") { title } }'
    assert (await gateway.ask(document, operationName="A")).data == GOOD_DATA
    assert (await gateway.ask(document, operationName="B")).data == {"survey": {"title": "Khảo sát 1"}}
    assert (await gateway.ask(document, operationName="C")).codes == ["OPERATION_RESOLUTION_FAILURE"]


async def test_answers_are_not_stored_and_carry_the_request_id(gateway: RunningGateway) -> None:
    answer = await gateway.ask(GOOD, headers={"x-request-id": "abc-12345678"})
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"] == "abc-12345678"
    odd = await gateway.ask(GOOD, headers={"x-request-id": "a b"})
    assert len(odd.headers["x-request-id"]) == 24


async def test_vietnamese_is_answered_as_it_is(gateway: RunningGateway) -> None:
    response = await gateway.http.post("/graphql", json={"query": GOOD})
    assert "Công đoàn số 1".encode() in response.content

"""What one caller can make the gateway do is bounded, and each bound has its code."""

from __future__ import annotations

import base64

import orjson
import pytest
from gateway_servers import RunningGateway, StartGateway, World
from starlette.requests import Request

from gateway.errors import TooManyNewOperations
from gateway.limits import NewOperations


def nested(depth: int) -> str:
    return "{ unit(id: 1) { " + "parent { " * (depth - 2) + "id" + " }" * (depth - 2) + " } }"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (nested(16), "DEPTH_LIMIT"),
        ("{ " + "unit(id: 1) { parent { " * 500 + "id" + " } }" * 500 + " }", "DEPTH_LIMIT"),
        ("{a" * 600 + "}" * 600, "DEPTH_LIMIT"),
        ("{ " + " ".join(f"a{n}: __typename" for n in range(61)) + " }", "ALIAS_LIMIT"),
        ("{ " + "__typename " * 31 + "}", "ROOT_FIELD_LIMIT"),
        ("{ unit(id: 1) { " + "id " * 601 + "} }", "FIELD_LIMIT"),
        ("{ unit(id: 1) { " + "id " * 2001 + "} }", "TOKEN_LIMIT"),
        ("{ __typename } #" + "x" * 40_000, "DOCUMENT_TOO_LARGE"),
        (
            "{ unit(id: 1) { ...F0 } } "
            + " ".join(f"fragment F{n} on Unit {{ ...F{n + 1} ...F{n + 1} }}" for n in range(30))
            + " fragment F30 on Unit { id }",
            "FIELD_LIMIT",
        ),
        (
            "{ unit(id: 1) { ...F0 } } "
            + " ".join(f"fragment F{n} on Unit {{ parent {{ ...F{n + 1} }} }}" for n in range(20))
            + " fragment F20 on Unit { id }",
            "DEPTH_LIMIT",
        ),
        (
            "{ unit(id: 1) { ...F0 } } "
            + " ".join(f"fragment F{n} on Unit {{ a: id ...F{n + 1} ...F{n + 1} }}" for n in range(8))
            + " fragment F8 on Unit { id }",
            "ALIAS_LIMIT",
        ),
    ],
)
async def test_an_operation_that_is_too_large_is_refused(
    gateway: RunningGateway, world: World, document: str, code: str
) -> None:
    answer = await gateway.ask(document, headers={"accept": "application/graphql-response+json"})
    assert (answer.status, answer.codes) == (400, [code])
    assert world.calls() == []


async def test_an_operation_at_the_limit_is_served(gateway: RunningGateway) -> None:
    assert (await gateway.ask(nested(15))).errors == []


async def test_a_body_that_is_too_large_is_413(gateway: RunningGateway) -> None:
    declared = await gateway.ask("{ __typename }", {"x": "y" * 300_000})
    assert (declared.status, declared.codes) == (413, ["BODY_TOO_LARGE"])

    async def stream():
        for _ in range(40):
            yield b" " * 10_000

    streamed = await gateway.http.post("/graphql", content=stream(), headers={"content-type": "application/json"})
    assert (streamed.status_code, streamed.json()["errors"][0]["extensions"]["code"]) == (413, "BODY_TOO_LARGE")


async def test_variables_that_nest_too_deeply_are_refused(gateway: RunningGateway) -> None:
    body = b'{"query": "query ($f: UnitFilter) { units(filter: $f) { id } }", "variables": {"f": %s}}'
    for depth in (300, 900):
        content = body % (b'{"a":' * depth + b"1" + b"}" * depth)
        response = await gateway.http.post("/graphql", content=content, headers={"content-type": "application/json"})
        assert response.json()["errors"][0]["extensions"]["code"] in ("BAD_USER_INPUT", "BAD_REQUEST")


def passport(subject: str) -> str:
    claims = base64.urlsafe_b64encode(orjson.dumps({"sub": subject})).rstrip(b"=").decode()
    return f"e30.{claims}.c2ln"


async def by_header(request: Request) -> str | None:
    subject = request.headers.get("x-test-subject")
    return passport(subject) if subject else None


async def test_new_operations_are_rationed_by_caller(start_gateway: StartGateway) -> None:
    async with start_gateway(
        new_operations_burst=3, new_operations_per_second=0.001, passport_for=by_header
    ) as gateway:
        lan, minh = {"x-test-subject": "lan"}, {"x-test-subject": "minh"}
        for number in range(3):
            assert (await gateway.ask(f"{{ a{number}: __typename }}", headers=lan)).status == 200
        refused = await gateway.ask("{ a9: __typename }", headers=lan)
        assert (refused.status, refused.codes) == (429, ["TOO_MANY_NEW_OPERATIONS"])
        assert refused.headers["retry-after"] == "5"
        assert "lan" not in refused.errors[0]["message"]
        assert (await gateway.ask("{ a0: __typename }", headers=lan)).data == {"a0": "Query"}
        assert (await gateway.ask("{ a9: __typename }", headers=minh)).status == 200
        assert (await gateway.ask("{ a8: __typename }")).status == 200


async def test_bad_documents_and_new_conditions_are_charged_too(start_gateway: StartGateway) -> None:
    async with start_gateway(new_operations_burst=3, new_operations_per_second=0.001) as gateway:
        document = "query ($b: Boolean!) { __typename @skip(if: $b) a: __typename }"
        assert (await gateway.ask("{ bad }")).codes == ["GRAPHQL_VALIDATION_FAILED"]
        assert (await gateway.ask("{ bad }")).codes == ["GRAPHQL_VALIDATION_FAILED"]
        assert (await gateway.ask(document, {"b": True})).codes == ["TOO_MANY_NEW_OPERATIONS"]


def test_an_allowance_fills_up_again() -> None:
    now = [100.0]
    allowance = NewOperations(2, 0.5, clock=lambda: now[0])
    allowance.take("a")
    allowance.take("a")
    with pytest.raises(TooManyNewOperations):
        allowance.take("a")
    now[0] += 2.0
    allowance.take("a")
    with pytest.raises(TooManyNewOperations):
        allowance.take("a")
    now[0] += 1000.0
    allowance.take("a")
    allowance.take("a")
    with pytest.raises(TooManyNewOperations):
        allowance.take("a")

"""What of a client's request reaches the services: the passport, the language, the request id, and nothing else."""

from __future__ import annotations

import pytest
from gateway_servers import RunningGateway, StartGateway, World
from starlette.requests import Request

from gateway.endpoint import _network  # pyright: ignore[reportPrivateUsage]
from gateway.errors import GatewayError

QUESTION = '{ unit(id: "1") { name latest { title } } }'
ANSWER = "mutation { step(number: 1) { id } }"
PASSPORT = "e30.eyJzdWIiOiJsYW4ifQ.c2ln"
ALWAYS = {"host", "content-type", "accept", "content-length", "x-request-id"}


class TokenRefused(GatewayError):
    code = "TOKEN_INVALID"
    status = 401
    always_this_status = True

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": "Bearer"}


async def passport_for(request: Request) -> str | None:
    authorization = request.headers.get("authorization")
    if authorization == "Bearer bad":
        raise TokenRefused("The access token is not valid.")
    if authorization == "Bearer odd":
        return "odd\r\nx-admin: yes"
    return PASSPORT if authorization else None


async def test_every_service_gets_the_passport_and_never_the_credentials(
    start_gateway: StartGateway, world: World
) -> None:
    async with start_gateway(passport_for=passport_for) as gateway:
        headers = {
            "authorization": "Bearer good",
            "cookie": "loa_session=secret",
            "accept-language": "vi, en;q=0.5",
            "x-request-id": "request-0001",
            "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "x-forwarded-for": "10.0.0.1",
            "loa-passport": "forged",
        }
        assert (await gateway.ask(QUESTION, headers=headers)).errors == []
    calls = world.calls()
    assert [name for name, _ in calls] == ["org", "survey"]
    for _, call in calls:
        assert call.headers["loa-passport"] == PASSPORT
        assert call.headers["accept-language"] == "vi, en;q=0.5"
        assert call.headers["x-request-id"] == "request-0001"
        assert call.headers["traceparent"] == headers["traceparent"]
        assert set(call.headers) == ALWAYS | {"loa-passport", "accept-language", "traceparent"}
        assert "secret" not in str(call.headers)


async def test_an_anonymous_caller_has_no_passport_even_if_one_is_sent_along(
    start_gateway: StartGateway, world: World
) -> None:
    async with start_gateway(passport_for=passport_for) as gateway:
        await gateway.ask(QUESTION, headers={"loa-passport": PASSPORT})
    for _, call in world.calls():
        assert set(call.headers) - {"accept-language"} == ALWAYS


async def test_an_anonymous_mutation_is_not_traced(start_gateway: StartGateway, world: World) -> None:
    headers = {
        "x-request-id": "request-0001",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }
    async with start_gateway(passport_for=passport_for) as gateway:
        await gateway.ask("mutation { step(number: 1) { id } }", headers=headers)
    ((_, call),) = world.calls()
    assert set(call.headers) - {"accept-language"} == ALWAYS
    assert call.headers["x-request-id"] != "request-0001"


async def test_bad_credentials_are_refused_before_anything_else(start_gateway: StartGateway, world: World) -> None:
    async with start_gateway(passport_for=passport_for) as gateway:
        for document in (QUESTION, "{ bad"):
            answer = await gateway.ask(document, headers={"authorization": "Bearer bad"})
            assert answer.status == 401
            assert answer.body == {
                "errors": [{"message": "The access token is not valid.", "extensions": {"code": "TOKEN_INVALID"}}]
            }
            assert answer.headers["www-authenticate"] == "Bearer"
    assert world.calls() == []


async def test_a_passport_that_is_no_header_value_is_a_hidden_bug(start_gateway: StartGateway, world: World) -> None:
    async with start_gateway(passport_for=passport_for) as gateway:
        answer = await gateway.ask("{ units { id } }", headers={"authorization": "Bearer odd"})
    assert (answer.status, answer.codes) == (500, ["INTERNAL_SERVER_ERROR"])
    assert "odd" not in answer.errors[0]["message"]
    assert world.calls() == []


@pytest.mark.parametrize("languages", ["vi" * 200, "vi{}", "<script>"])
async def test_a_language_that_is_none_is_not_passed_on(gateway: RunningGateway, world: World, languages: str) -> None:
    await gateway.ask("{ units { id } }", headers={"accept-language": languages})
    [(_, call)] = world.calls()
    assert "accept-language" not in call.headers


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("2001:db8:7:1::9", "2001:db8:7::"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("not an address", "0.0.0.0"),
        ("127.0.0.1", None),
    ],
)
def test_of_an_address_only_the_network_is_told(address: str, network: str | None) -> None:
    line = b"loa-network: %s\r\n" % network.encode() if network else b""
    assert _network({"type": "http", "client": (address, 1)}) == line
    assert _network({"type": "http", "client": None}) == b"loa-network: 0.0.0.0\r\n"


async def test_the_network_of_a_worker_goes_along_with_an_answer_and_with_nothing_else(
    start_gateway: StartGateway, world: World
) -> None:
    headers = {"x-forwarded-for": "203.0.113.77", "loa-network": "198.51.100.0"}
    async with start_gateway(passport_for=passport_for) as gateway:
        await gateway.ask(ANSWER, headers=headers)
        await gateway.ask(ANSWER, headers={**headers, "authorization": "Bearer good"})
        await gateway.ask(QUESTION, headers=headers)
    told = [call.headers.get("loa-network") for _, call in world.calls()]
    assert told[0] == "203.0.113.0"
    assert set(told[1:]) == {None}
    assert "113.77" not in str([call.headers for _, call in world.calls()])

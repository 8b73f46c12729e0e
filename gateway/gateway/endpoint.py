"""GraphQL over HTTP, the answering half: one ASGI application for /graphql, without a framework in its way."""

from __future__ import annotations

import base64
import logging
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

import orjson
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from gateway.documents import Documents
from gateway.errors import BadRequest, BodyTooLarge, GatewayError, JsonObject, MethodNotAllowed
from gateway.execution.replies import HIDDEN, HIDDEN_MESSAGE
from gateway.operations import Operation, Operations
from gateway.request import GRAPHQL_RESPONSE, JSON, GraphQLRequest, read_body, read_query_string, response_type
from gateway.settings import Settings

log = logging.getLogger("loa.gateway")

PassportFor = Callable[[Request], Awaitable[str | None]]
"""Whose request this is: the signed passport that goes to the services, `None` for nobody; raises a `GatewayError`."""

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_LANGUAGES = re.compile(r"[A-Za-z0-9\-,;=.* ]{1,200}")
_PASSPORT = re.compile(r"[A-Za-z0-9._~+/=-]{1,16000}")
_TRACE = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True)
class Answer:
    """What goes back to the client."""

    status: int
    body: bytes
    media_type: str = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


class GraphQLEndpoint:
    """The ASGI application of /graphql: every request ends in an answer, a bug in a masked one."""

    def __init__(
        self, operations: Operations, documents: Documents, passport_for: PassportFor, settings: Settings
    ) -> None:
        self.operations = operations
        self.documents = documents
        self.passport_for = passport_for
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        request_id = _request_id(headers)
        answer = await self._answer(scope, receive, headers, request_id)
        await _respond(send, answer, request_id)

    async def ask(
        self, request: Request, text: str, operation_name: str, variables: dict[str, Any]
    ) -> tuple[JsonObject | None, list[JsonObject]]:
        """Run one of our own queries as whoever makes the request; return data and errors. Raises a `GatewayError`."""
        headers: dict[bytes, bytes] = dict(request.scope["headers"])
        request_id = _request_id(headers)
        passport = await self.passport_for(request)
        caller = partial(caller_key, request.scope, passport)
        prepared = await self.operations.prepare(text, operation_name, caller)
        given = prepared.variables(variables)
        operation = await self.operations.plan(prepared, operation_name, given, caller)
        return await _run(operation, given, _forwarded(headers, passport, request_id), request_id)

    async def _answer(self, scope: Scope, receive: Receive, headers: dict[bytes, bytes], request_id: str) -> Answer:
        media_type = JSON
        try:
            media_type = response_type(_text(headers, b"accept"))
            request = await self._read(scope, receive, headers)
            return await self._serve(scope, headers, request, media_type, request_id)
        except GatewayError as refusal:
            return _refuse(refusal, media_type)
        except Exception:
            log.exception("a request failed (request %s)", request_id)
            hidden: JsonObject = {"message": HIDDEN_MESSAGE, "extensions": {"code": HIDDEN}}
            return Answer(500, orjson.dumps({"errors": [hidden]}), media_type)

    async def _read(self, scope: Scope, receive: Receive, headers: dict[bytes, bytes]) -> GraphQLRequest:
        if scope["method"] == "GET":
            return read_query_string(scope["query_string"])
        if scope["method"] != "POST":
            raise MethodNotAllowed("GraphQL is asked by POST, queries also by GET.")
        body = await _body(receive, headers, self.settings.body_limit)
        return read_body(_text(headers, b"content-type"), body)

    async def _serve(
        self, scope: Scope, headers: dict[bytes, bytes], request: GraphQLRequest, media_type: str, request_id: str
    ) -> Answer:
        passport = await self.passport_for(Request(scope))
        document = self.documents.find(request.query, request.document_hash)
        caller = partial(caller_key, scope, passport)
        prepared = await self.operations.prepare(document.text, request.operation_name, caller)
        self.documents.remember(document)
        if scope["method"] == "GET" and not prepared.is_query:
            raise MethodNotAllowed("Only queries are served by GET; mutations are posted.")
        variables = prepared.variables(request.variables)
        operation = await self.operations.plan(prepared, request.operation_name, variables, caller)
        if passport is None and not prepared.is_query:
            # An anonymous mutation is a worker's answer: nothing follows it from the client to where it is stored.
            forwarded = _forwarded({**headers, b"traceparent": b""}, None, secrets.token_hex(12)) + _network(scope)
        else:
            forwarded = _forwarded(headers, passport, request_id)
        data, errors = await _run(operation, variables, forwarded, request_id)
        body = {"data": data, "errors": errors} if errors else {"data": data}
        return Answer(200, orjson.dumps(body), media_type)


async def _run(
    operation: Operation, variables: dict[str, Any], forwarded: bytes, request_id: str
) -> tuple[JsonObject | None, list[JsonObject]]:
    try:
        return await operation.run(variables, forwarded, request_id)
    except orjson.JSONEncodeError as error:
        raise BadRequest("The variables hold what JSON cannot carry, or nest too deeply.") from error


def caller_key(scope: Scope, passport: str | None) -> str:
    """Whose allowance a new operation is taken from: the passport's subject, else the address of the client."""
    if passport:
        claims = passport.split(".")[1]
        return str(orjson.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))).get("sub"))
    client = scope.get("client")
    return client[0] if client else ""


def _forwarded(headers: dict[bytes, bytes], passport: str | None, request_id: str) -> bytes:
    """The header lines that go to the services: nothing else of the request does, least of all cookies and tokens."""
    lines = [f"x-request-id: {request_id}"]
    languages, trace = _text(headers, b"accept-language"), _text(headers, b"traceparent")
    if _LANGUAGES.fullmatch(languages):
        lines.append(f"accept-language: {languages}")
    if _TRACE.fullmatch(trace):
        lines.append(f"traceparent: {trace}")
    if passport is not None:
        if not _PASSPORT.fullmatch(passport):
            raise ValueError("a passport that is no header value")
        lines.append(f"loa-passport: {passport}")
    return "".join(f"{line}\r\n" for line in lines).encode()


def _network(scope: Scope) -> bytes:
    """The header line by which a service may bound what comes from one network: never the address, and not logged.

    Of IPv4 the first 24 bits, of IPv6 48, as at the forms themselves. Those whose address is not known are one network;
    whoever is on this machine is none.
    """
    client = scope.get("client")
    try:
        address = ip_address(client[0].partition("%")[0]) if client else None
    except ValueError:
        address = None
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    if address is None:
        return b"loa-network: 0.0.0.0\r\n"
    if address.is_loopback:
        return b""
    network = ip_network((address, 24 if address.version == 4 else 48), strict=False)
    return b"loa-network: %s\r\n" % str(network.network_address).encode()


def _request_id(headers: dict[bytes, bytes]) -> str:
    given = _text(headers, b"x-request-id")
    return given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(12)


def _text(headers: dict[bytes, bytes], name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1")


async def _body(receive: Receive, headers: dict[bytes, bytes], limit: int) -> bytes:
    declared = _text(headers, b"content-length")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("The request was not sent to its end.")
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise _too_large(limit)
        parts.append(part)
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"The body is larger than {limit} bytes.")


def _refuse(refusal: GatewayError, media_type: str) -> Answer:
    exact = refusal.always_this_status or media_type == GRAPHQL_RESPONSE
    headers = tuple((name.lower().encode(), value.encode()) for name, value in refusal.headers.items())
    body = orjson.dumps({"errors": refusal.formatted()})
    return Answer(refusal.status if exact else 200, body, media_type, headers)


async def _respond(send: Send, answer: Answer, request_id: str) -> None:
    headers = [
        (b"content-type", f"{answer.media_type}; charset=utf-8".encode()),
        (b"content-length", str(len(answer.body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-request-id", request_id.encode()),
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})

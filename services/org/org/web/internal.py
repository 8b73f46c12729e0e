"""The door for the gateway and the development tools: passports, and on a development machine people to sign in as.

Only holders of the internal key come in; the front door does not lead here.
"""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any, cast

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kit import settings
from kit.errors import DomainError, InvalidInput, NotFound
from kit.identity import SYSTEM
from org.access import service

_MOST_BODY_BYTES = 10_000

Answer = Callable[[Request], Awaitable[Response]]


class BodyUnreadable(Exception):
    """The body is not a small JSON object with the texts that are needed."""


async def passport(request: Request) -> Response:
    """`{"subject"}` → `{"passport", "expires_at"}`; a subject without grants gets a passport without grants."""
    (subject,) = await _texts(request, "subject")
    private_key = settings.current().passport_private_key.get_secret_value()
    token, expires_at = await service.issue_passport(subject, private_key)
    return _json({"passport": token, "expires_at": expires_at})


async def people(_: Request) -> Response:
    """The demo's people: `[{"subject", "name", "role", "unit_name"}]`."""
    return _json([dict(row) for row in await service.development_people()])


async def development_grant(request: Request) -> Response:
    """`{"subject", "role", "unit_code"}`: let the subject hold the role, as if somebody in charge had said so."""
    subject, role, unit_code = await _texts(request, "subject", "role", "unit_code")
    await service.ensure_role(SYSTEM, subject, role, unit_code)
    return _json({"subject": subject, "role": role, "unit_code": unit_code})


def _for_key_holders(answer: Answer, *, development_only: bool = False) -> Answer:
    async def guarded(request: Request) -> Response:
        if development_only and not settings.current().is_development:
            return _refusal(404, "NOT_FOUND", "There is nothing here.")
        if not _knows_the_key(request):
            return _refusal(401, "INTERNAL_KEY_REQUIRED", "Show the internal key.")
        try:
            return await answer(request)
        except BodyUnreadable as error:
            return _refusal(400, "BAD_REQUEST", str(error))
        except (InvalidInput, NotFound) as error:
            return _refusal(404 if isinstance(error, NotFound) else 400, error.code, _english(error))

    return guarded


def _knows_the_key(request: Request) -> bool:
    key = settings.current().internal_key.get_secret_value()
    shown = request.headers.get("authorization", "").removeprefix("Bearer ")
    # Without a configured key nobody comes in; the comparison takes the same time wherever the texts differ.
    return bool(key) and hmac.compare_digest(shown.encode(), key.encode())


async def _texts(request: Request, *names: str) -> tuple[str, ...]:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BODY_BYTES:
            raise BodyUnreadable(f"The body is larger than {_MOST_BODY_BYTES} bytes.")
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BodyUnreadable("The body is not JSON.") from error
    values = [cast(dict[str, Any], given).get(name) for name in names] if isinstance(given, dict) else []
    if not values or not all(isinstance(value, str) for value in values):
        raise BodyUnreadable(f"The body must be an object with the texts {', '.join(names)}.")
    return tuple(cast(list[str], values))


def _english(error: DomainError) -> str:
    return error.message("en")


def _json(content: object, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, {"cache-control": "no-store"}, media_type="application/json")


def _refusal(status: int, code: str, message: str) -> Response:
    return _json({"code": code, "message": message}, status)


routes = [
    Route("/internal/passport", _for_key_holders(passport), methods=["POST"]),
    Route("/internal/people", _for_key_holders(people, development_only=True), methods=["GET"]),
    Route("/internal/development-grant", _for_key_holders(development_grant, development_only=True), methods=["POST"]),
]

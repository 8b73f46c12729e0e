"""The page on which a member who is signed in fetches a credential, and the keys, for everybody to compare."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import cast
from uuid import UUID

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kit.app import caller
from kit.errors import DomainError, Forbidden, InvalidInput, NotFound, SignInRequired
from kit.graphql import encode_cursor, window
from kit.web import SECURITY_HEADERS, language, page, require_same_origin
from survey.calendar import end_in_words
from survey.collection.credentials import service
from survey.collection.credentials.keys import CredentialKey, published_key, published_keys
from survey.collection.credentials.service import message_of, read_bytes, written_bytes
from survey.collection.credentials.types import SurveyCredentialKey
from survey.collection.service import Collection, SurveyWayWithdrawn, find_collection, is_withdrawn

PREFIX = "/results"
TEMPLATES = Path(__file__).parent / "templates"
PAGE_SIZE = 100
LARGEST_BODY = 4_000
_STATUS: Mapping[type[DomainError], int] = {
    SignInRequired: 401,
    Forbidden: 403,
    service.SurveyNotYours: 403,
    NotFound: 404,
    SurveyWayWithdrawn: 410,
    InvalidInput: 422,
}


async def show_page(request: Request) -> Response:
    """`/results/my-credential/<collector>`: fetch a credential."""
    try:
        collection = await _collection(request)
        key = await service.own_key(caller(request), collection.wave_id)
    except DomainError as error:
        return _problem(request, error)
    return page(
        request,
        "credential.html",
        folder=TEMPLATES,
        static_prefix=PREFIX,
        collection=collection,
        key=key,
        shown=SurveyCredentialKey.of(key),
        message=message_of(collection.wave_id).decode(),
        until=end_in_words(collection.closes_at)[language(request) == "en"],
    )


async def sign(request: Request) -> Response:
    """Sign what the page blinded: `{key, blinded}` becomes `{signature}`, or `{code, message}`; all in base64url."""
    require_same_origin(request)
    try:
        collection = await _collection(request)
        key_id, blinded = await _asked(request)
        signature = await service.issue(caller(request), collection.wave_id, key_id, blinded)
    except DomainError as error:
        said = {"code": error.code, "message": error.message(language(request))}
        return _json(said, _STATUS.get(type(error), 409))
    return _json({"signature": written_bytes(signature)}, 200)


async def show_public_key(request: Request) -> Response:
    """`/f/<collector>/key?group=`: the key of a group, as anybody sees it who is not signed in."""
    collection = await find_collection(request.path_params["code"])
    key = await _public_key(collection, request.query_params.get("group", "")) if collection else None
    if key is None:
        return _json({"code": "NOT_FOUND", "message": NotFound("key", "").message(language(request))}, 404)
    shown = SurveyCredentialKey.of(key)
    return _json({"id": shown.id, "modulus": shown.modulus, "exponent": shown.exponent}, 200)


async def show_keys(request: Request) -> Response:
    """`/results/credential-keys/<wave>`: all keys of a wave, for everybody."""
    try:
        asked = window(PAGE_SIZE, request.query_params.get("after"), str)
    except InvalidInput as error:
        return _problem(request, error)
    last = read_bytes(asked.after[0]) if asked.after else None
    found = await published_keys(request.path_params["wave"], asked.limit, last)
    keys = found[: asked.first]
    return page(
        request,
        "credential_keys.html",
        folder=TEMPLATES,
        static_prefix=PREFIX,
        keys=[(key, fingerprint(key)) for key in keys],
        following=encode_cursor((written_bytes(keys[-1].key_id),)) if len(found) > len(keys) else None,
    )


routes: list[BaseRoute] = [
    Route(f"{PREFIX}/my-credential/{{code}}", show_page, methods=["GET"]),
    Route(f"{PREFIX}/my-credential/{{code}}", sign, methods=["POST"]),
    Route(f"{PREFIX}/credential-keys/{{wave:uuid}}", show_keys, methods=["GET"]),
    Route("/f/{code}/key", show_public_key, methods=["GET"]),
]


def fingerprint(key: CredentialKey) -> str:
    """Return the SHA-256 of a public key in DER as people compare it: hexadecimal, eight digits at a time."""
    return hashlib.sha256(key.public_key).digest().hex(" ", 4)


async def _collection(request: Request) -> Collection:
    caller(request).require_someone()
    code = request.path_params["code"]
    collection = await find_collection(code)
    if collection is None and await is_withdrawn(code):
        raise SurveyWayWithdrawn()
    if collection is None or collection.kind != "credential":
        raise NotFound("form", code)
    return collection


async def _asked(request: Request) -> tuple[bytes, bytes]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise HTTPException(413, "the request is too large")
    try:
        told: object = orjson.loads(bytes(body))
    except orjson.JSONDecodeError:
        told = None
    fields = cast("dict[str, object]", told) if isinstance(told, dict) else {}
    key_id, blinded = (_bytes(fields.get(name)) for name in ("key", "blinded"))
    if key_id is None or blinded is None:
        raise InvalidInput("blinded", "không đọc được yêu cầu", "the request can't be read")
    return key_id, blinded


def _bytes(value: object) -> bytes | None:
    return read_bytes(value) if isinstance(value, str) else None


async def _public_key(collection: Collection, group: str) -> CredentialKey | None:
    try:
        group_id = UUID(group) if group else None
    except ValueError:
        return None
    return await published_key(collection.wave_id, group_id)


def _json(said: Mapping[str, object], status: int) -> Response:
    headers = {**SECURITY_HEADERS, "cache-control": "no-store"}
    return Response(orjson.dumps(dict(said)), status, headers, "application/json")


def _problem(request: Request, error: DomainError) -> Response:
    status = _STATUS.get(type(error), 409)
    return page(
        request,
        "credential_problem.html",
        folder=TEMPLATES,
        status=status,
        static_prefix=PREFIX,
        message=error.message(language(request)),
        status_code=status,
    )

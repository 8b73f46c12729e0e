"""A subgraph's answer, checked; and its errors, told to the client without a word about the subgraph."""

from __future__ import annotations

import logging
import re
from typing import Any

import orjson

from gateway.execution.run import Entity, ResponsePath, SubgraphFailed

log = logging.getLogger("loa.gateway.subgraphs")

UNAVAILABLE = "DOWNSTREAM_UNAVAILABLE"
UNAVAILABLE_MESSAGE = "This part of the answer is not available at the moment."
HIDDEN = "INTERNAL_SERVER_ERROR"
HIDDEN_MESSAGE = "Something went wrong on our side."
_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")


class Reply:
    """`data` is an object or `None`; `errors` is a list of objects."""

    __slots__ = ("data", "errors")

    def __init__(self, data: Entity | None, errors: list[Entity]) -> None:
        self.data = data
        self.errors = errors


def read_reply(body: bytes) -> Reply:
    """Raises `SubgraphFailed` for anything that is not a GraphQL response."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise SubgraphFailed(f"the answer is not JSON: {error}") from error
    if type(answer) is not dict or not ("data" in answer or "errors" in answer):
        raise SubgraphFailed("the answer is not a GraphQL response")
    data, errors = answer.get("data"), answer.get("errors") or []
    if not (data is None or type(data) is dict) or type(errors) is not list:
        raise SubgraphFailed("the answer is not a GraphQL response")
    if data is None and not errors:
        raise SubgraphFailed("the answer has neither data nor errors")
    return Reply(data, [error for error in errors if type(error) is dict])


def client_error(error: Entity, path: ResponsePath | None, service: str, request_id: str) -> Entity:
    """The error as the client may read it: one with a code was meant to be read, any other is a bug and is hidden."""
    code = _code(error)
    if code is None:
        log.error("%s answered an error without a code (request %s): %s", service, request_id, error.get("message"))
        told: Entity = {"message": HIDDEN_MESSAGE, "extensions": {"code": HIDDEN}}
    else:
        told = {"message": str(error.get("message", "")), "extensions": {"code": code, **_field(error)}}
    if path is not None:
        told["path"] = list(path)
    return told


def _field(error: Entity) -> Entity:
    """The kit names the input that was wrong; nothing else of `extensions` is for clients."""
    field = error["extensions"].get("field")
    return {"field": field} if isinstance(field, str) else {}


def _code(error: Entity) -> str | None:
    extensions: Any = error.get("extensions")
    code = extensions.get("code") if type(extensions) is dict else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else None


def error_path(error: Entity) -> ResponsePath | None:
    path = error.get("path")
    if type(path) is not list or not all(type(step) in (str, int) for step in path):
        return None
    return tuple(path)

"""GraphQL over HTTP, the reading half: what a client asked, or the refusal it has earned."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson

from gateway.errors import BadRequest, NotAcceptable, UnsupportedMediaType

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class GraphQLRequest:
    """What a client asked: a document or its hash, and with which variables."""

    query: str | None
    operation_name: str | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    document_hash: str | None = None


def response_type(accept: str) -> str:
    """The media type to answer in; raises `NotAcceptable`. Plain JSON unless the newer type is asked for by name."""
    offers = [_offer(each) for each in accept.split(",") if each.strip()]
    accepted = {media: quality for media, quality in offers if quality > 0}
    new, old = accepted.get(GRAPHQL_RESPONSE, 0.0), accepted.get(JSON, 0.0)
    if new and new >= old:
        return GRAPHQL_RESPONSE
    if old or not offers or accepted.keys() & {"*/*", "application/*"}:
        return JSON
    raise NotAcceptable(f"Only {GRAPHQL_RESPONSE} and {JSON} are served here.")


def _offer(text: str) -> tuple[str, float]:
    media, *parameters = (part.strip().lower() for part in text.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return media, float(parameter[2:])
            except ValueError:
                return media, 0.0
        if parameter.startswith("charset=") and parameter not in ("charset=utf-8", 'charset="utf-8"'):
            return media, 0.0
    return media, 1.0


def read_body(content_type: str, body: bytes) -> GraphQLRequest:
    """Raises `UnsupportedMediaType`, `BadRequest`."""
    media, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = [parameter.partition("=")[2].strip('"') for parameter in parameters if parameter.startswith("charset=")]
    if media != JSON or any(charset not in ("utf-8", "utf8") for charset in charsets):
        raise UnsupportedMediaType(f"Requests are posted as {JSON} in UTF-8.")
    try:
        values = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest("The body is not JSON.") from error
    if type(values) is not dict:
        raise BadRequest("The body must be one JSON object.")
    return read_values(values)


def read_query_string(query_string: bytes) -> GraphQLRequest:
    """Raises `BadRequest`."""
    try:
        values: dict[str, Any] = dict(parse_qsl(query_string.decode("ascii"), strict_parsing=False, errors="strict"))
        for name in ("variables", "extensions"):
            if name in values:
                values[name] = orjson.loads(values[name])
    except (UnicodeDecodeError, ValueError) as error:
        raise BadRequest("The query string is not a GraphQL request.") from error
    return read_values(values)


def read_values(values: Mapping[str, Any]) -> GraphQLRequest:
    """The request in decoded parameters; raises `BadRequest`."""
    query = _optional(values, "query", str)
    extensions = _optional(values, "extensions", dict)
    return GraphQLRequest(
        query=query or None,
        operation_name=_optional(values, "operationName", str) or None,
        variables=_optional(values, "variables", dict) or {},
        document_hash=_document_hash(values, extensions or {}),
    )


def _optional(values: Mapping[str, Any], name: str, kind: type) -> Any:
    value = values.get(name)
    if value is not None and type(value) is not kind:
        raise BadRequest(f"{name} must be {'a string' if kind is str else 'an object'}.")
    return value


def _document_hash(values: Mapping[str, Any], extensions: Mapping[str, Any]) -> str | None:
    """From `extensions.persistedQuery` (Apollo's protocol) or `documentId: "sha256:…"` (appendix of the HTTP spec)."""
    persisted = extensions.get("persistedQuery")
    if persisted is None:
        found = _optional(values, "documentId", str)
        if found is None:
            return None
        return _hash(found.removeprefix("sha256:"))
    if type(persisted) is not dict or persisted.get("version") != 1:
        raise BadRequest("extensions.persistedQuery must be an object with version 1.")
    return _hash(persisted.get("sha256Hash"))


def _hash(value: Any) -> str:
    if not isinstance(value, str) or not _HASH.fullmatch(value.lower()):
        raise BadRequest("A document's hash is its SHA-256 in hexadecimal.")
    return value.lower()

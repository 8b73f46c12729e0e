"""GraphQL over HTTP for one service: cached documents, compiled execution, typed and masked errors, orjson."""

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    execute,
    parse,
    validate,
)
from starlette.requests import Request
from starlette.responses import Response

from kit import db
from kit.errors import DomainError, InvalidInput, Language, UnknownCode
from kit.execution import CompiledExecutor, Plan, PlanKey
from kit.graphql.context import Context
from kit.graphql.limits import check_depth
from kit.graphql.schema import ServiceSchema
from kit.outages import ServiceUnavailable

log = logging.getLogger("kit.graphql")

MOST_BODY_BYTES = 2_000_000
MOST_TOKENS = 8_000
MOST_DOCUMENTS = 1_000
INTERNAL_ERROR = {
    "vi": "Có lỗi trong hệ thống. Lỗi đã được ghi lại.",
    "en": "Something went wrong here. It has been logged.",
}


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed operation text, or why it can't be run."""

    node: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()
    plans: dict[PlanKey, Plan | None] = field(default_factory=dict[PlanKey, "Plan | None"])


class Documents:
    """Parsed and validated operation texts, the most recently used ones."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._known: OrderedDict[str, Document] = OrderedDict()

    def get(self, text: str) -> Document:
        """Return the document of an operation text."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._read(text)
            if len(self._known) > MOST_DOCUMENTS:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(text)
        return known

    def _read(self, text: str) -> Document:
        try:
            node = parse(text, max_tokens=MOST_TOKENS)
            check_depth(node)
        except GraphQLError as error:
            return Document(None, (error,))
        errors = validate(self._schema, node, max_errors=20)
        return Document(node if not errors else None, tuple(errors))


class GraphQLEndpoint:
    """Runs operations on a service's schema; `context_of` makes the context of a request."""

    def __init__(self, schema: ServiceSchema, context_of: Callable[[Request], Context]) -> None:
        self._schema = schema._schema  # pyright: ignore[reportPrivateUsage]  # graphql-core's own schema
        self._documents = Documents(self._schema)
        self._context_of = context_of

    async def respond(self, request: Request) -> Response:
        """Answer one HTTP request."""
        refusal = _refuse(request)
        if refusal is not None:
            return refusal
        body = await _bounded_body(request)
        if body is None:
            return _failure(413, "BODY_TOO_LARGE", f"The body is larger than {MOST_BODY_BYTES} bytes.")
        asked = _asked(body)
        if asked is None:
            return _failure(
                400,
                "BAD_REQUEST",
                "The body must be a JSON object with `query`, and may have `variables` and `operationName`.",
            )
        return _json(await self.run(*asked, self._context_of(request)))

    async def run(
        self, text: str, variables: dict[str, Any] | None, operation: str | None, context: Context
    ) -> dict[str, Any]:
        """Run an operation; return the response as plain data (leaves may be `orjson.Fragment`)."""
        document = self._documents.get(text)
        if document.node is None:
            return {"errors": [_formatted(error, context.language) for error in document.errors]}
        answer = execute(
            self._schema,
            document.node,
            context_value=context,
            variable_values=variables,
            operation_name=operation,
            executor_class=CompiledExecutor,
            plans=document.plans,
        )
        done = answer if isinstance(answer, ExecutionResult) else await answer
        if not done.errors:
            return {"data": done.data}
        return {"data": done.data, "errors": [_formatted(error, context.language) for error in done.errors]}


def _refuse(request: Request) -> Response | None:
    if request.method != "POST":
        return _failure(405, "METHOD_NOT_ALLOWED", "Use POST.", {"allow": "POST"})
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        return _failure(415, "UNSUPPORTED_MEDIA_TYPE", "Use content-type application/json.")
    return None


async def _bounded_body(request: Request) -> bytes | None:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MOST_BODY_BYTES:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _asked(body: bytes) -> tuple[str, dict[str, Any] | None, str | None] | None:
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(asked, dict):
        return None
    text, variables, operation = asked.get("query"), asked.get("variables"), asked.get("operationName")
    if isinstance(text, str) and isinstance(variables, dict | None) and isinstance(operation, str | None):
        return text, cast(dict[str, Any] | None, variables), operation
    return None


def _json(content: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), status, headers, media_type="application/json")


def _failure(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    return _json({"errors": [{"message": message, "extensions": {"code": code}}]}, status, headers)


def _formatted(error: GraphQLError, language: Language) -> dict[str, Any]:
    shown = cast(dict[str, Any], error.formatted)
    cause = error.original_error
    if isinstance(cause, DomainError):
        extensions: dict[str, Any] = {"code": cause.code}
        if isinstance(cause, InvalidInput):
            extensions["field"] = cause.details["field"]
        if isinstance(cause, UnknownCode):
            extensions |= {"vocabulary": cause.details["vocabulary"], "unknownCode": cause.details["unknown_code"]}
        return {**shown, "message": cause.message(language), "extensions": extensions}
    if cause is None or isinstance(cause, GraphQLError):
        return {**shown, "extensions": {"code": "GRAPHQL_INVALID", **(error.extensions or {})}}
    if db.is_away(cause):
        log.warning("the database is away at %s: %s", error.path, cause)
        away = ServiceUnavailable()
        return {**shown, "message": away.message(language), "extensions": {"code": away.code}}
    log.error("unexpected error at %s", error.path, exc_info=cause)
    return {**shown, "message": INTERNAL_ERROR[language], "extensions": {"code": "INTERNAL"}}

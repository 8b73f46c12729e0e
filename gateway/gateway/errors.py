"""The refusals a client can meet, each with a stable code and no word about what stands behind the gateway."""

from __future__ import annotations

from typing import Any, ClassVar

from graphql import GraphQLError
from typing_extensions import TypeAliasType

JsonObject = TypeAliasType("JsonObject", dict[str, Any])


class GatewayError(Exception):
    """A request that is refused as a whole: one error, no data."""

    code: ClassVar[str] = "BAD_REQUEST"
    status: ClassVar[int] = 400
    always_this_status: ClassVar[bool] = False
    """Whether `status` also holds in the older `application/json` form, where a refused document answers 200."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @property
    def headers(self) -> dict[str, str]:
        """HTTP headers that belong to the refusal."""
        return {"Retry-After": "5"} if self.status in (429, 503) else {}

    def formatted(self) -> list[JsonObject]:
        return [{"message": self.message, "extensions": {"code": self.code}}]


class BadRequest(GatewayError):
    """The HTTP request is not a GraphQL request."""

    always_this_status = True


class MethodNotAllowed(GatewayError):
    code = "METHOD_NOT_ALLOWED"
    status = 405
    always_this_status = True

    @property
    def headers(self) -> dict[str, str]:
        return {"Allow": "GET, POST"}


class NotAcceptable(GatewayError):
    code = "NOT_ACCEPTABLE"
    status = 406
    always_this_status = True


class UnsupportedMediaType(GatewayError):
    code = "UNSUPPORTED_MEDIA_TYPE"
    status = 415
    always_this_status = True


class BodyTooLarge(GatewayError):
    code = "BODY_TOO_LARGE"
    status = 413
    always_this_status = True


class DocumentTooLarge(GatewayError):
    code = "DOCUMENT_TOO_LARGE"


class TooManyTokens(GatewayError):
    code = "TOKEN_LIMIT"


class TooDeep(GatewayError):
    code = "DEPTH_LIMIT"


class TooManyAliases(GatewayError):
    code = "ALIAS_LIMIT"


class TooManyRootFields(GatewayError):
    code = "ROOT_FIELD_LIMIT"


class TooManyFields(GatewayError):
    code = "FIELD_LIMIT"


class TooManyNewOperations(GatewayError):
    """Operations never seen before cost planning time: a caller gets a bounded number of them."""

    code = "TOO_MANY_NEW_OPERATIONS"
    status = 429
    always_this_status = True


class PlannerUnavailable(GatewayError):
    """An operation never seen before could not be planned in time."""

    code = "PLANNER_UNAVAILABLE"
    status = 503
    always_this_status = True


class PersistedQueryNotFound(GatewayError):
    """The client is expected to send the document along with the hash; hence 200 for the older form."""

    code = "PERSISTED_QUERY_NOT_FOUND"


class PersistedQueryMismatch(GatewayError):
    code = "PERSISTED_QUERY_HASH_MISMATCH"


class DocumentNotTrusted(GatewayError):
    code = "DOCUMENT_NOT_TRUSTED"


class UnknownOperation(GatewayError):
    code = "OPERATION_RESOLUTION_FAILURE"


class SubscriptionsNotServed(GatewayError):
    code = "SUBSCRIPTIONS_NOT_SUPPORTED"


class DocumentRefused(GatewayError):
    """The document does not parse, does not fit the schema, or its variables do not fit the document."""

    def __init__(self, errors: list[GraphQLError], code: str) -> None:
        super().__init__(errors[0].message)
        self.errors = errors
        self.reason = code

    def formatted(self) -> list[JsonObject]:
        return [
            {**error.formatted, "extensions": {**(error.extensions or {}), "code": self.reason}}
            for error in self.errors
        ]


PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
BAD_VARIABLES = "BAD_USER_INPUT"

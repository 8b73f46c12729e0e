"""The planner's plans as types: what `@graphql-hive/router-query-planner` writes, field by field."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

PathSegment = Any
"""`"@"` (each item of a list), `{"Field": key}` or `{"TypeCondition": [types]}`."""
Rewrite = dict[str, Any]


class Requirement(TypedDict):
    """What a representation must carry: a field, or the fields of one type."""

    kind: Literal["Field", "InlineFragment"]
    name: NotRequired[str]
    alias: NotRequired[str]
    typeCondition: NotRequired[str]
    skipIf: NotRequired[str]
    includeIf: NotRequired[str]
    selections: NotRequired[list[Requirement]]


class EntityAlias(TypedDict):
    """One `_entities` field of a batch: the objects it completes, and what names them."""

    alias: str
    representationsVariableName: str
    paths: list[list[PathSegment]]
    requires: list[Requirement]
    inputRewrites: NotRequired[list[Rewrite] | None]
    outputRewrites: NotRequired[list[Rewrite] | None]


class EntityBatch(TypedDict):
    """The `_entities` fields of one request."""

    aliases: list[EntityAlias]


class PlanNode(TypedDict):
    """One node; which of the optional fields are there depends on `kind`."""

    kind: str
    nodes: NotRequired[list[PlanNode]]
    path: NotRequired[list[PathSegment]]
    node: NotRequired[PlanNode]
    condition: NotRequired[str]
    ifClause: NotRequired[PlanNode | None]
    elseClause: NotRequired[PlanNode | None]
    serviceName: NotRequired[str]
    variableUsages: NotRequired[list[str] | None]
    operationKind: NotRequired[str]
    operation: NotRequired[str]
    requires: NotRequired[list[Requirement]]
    entityBatch: NotRequired[EntityBatch]
    inputRewrites: NotRequired[list[Rewrite] | None]
    outputRewrites: NotRequired[list[Rewrite] | None]

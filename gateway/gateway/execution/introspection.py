"""Introspection: questions about the schema are answered here; the planner and the services never see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    execute_sync,
)

from gateway.execution.run import Entity
from gateway.execution.selection import fragments_of


def answer(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    fields: Sequence[FieldNode],
    variables: dict[str, Any],
) -> Entity:
    """The values of the given `__schema` and `__type` root fields, by response key."""
    asked = OperationDefinitionNode(
        operation=operation.operation,
        variable_definitions=operation.variable_definitions,
        selection_set=SelectionSetNode(selections=tuple(fields)),
    )
    fragments = tuple(fragments_of(document).values())
    result = execute_sync(schema, DocumentNode(definitions=(asked, *fragments)), variable_values=variables)
    return result.data or {}

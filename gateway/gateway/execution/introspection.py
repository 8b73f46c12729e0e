"""Introspection: questions about the schema are answered here; the planner and the services never see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    NameNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    execute_sync,
    print_ast,
)

from gateway.execution.run import Entity
from gateway.execution.selection import INTROSPECTION, TYPENAME, fragments_of


def answer(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    fields: Sequence[FieldNode],
    variables: dict[str, Any],
) -> Entity:
    """The values of the given `__schema` and `__type` root fields, by response key."""
    asked = _operation(operation, tuple(fields))
    fragments = tuple(fragments_of(document).values())
    result = execute_sync(schema, DocumentNode(definitions=(asked, *fragments)), variable_values=variables)
    return result.data or {}


def without_introspection(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
) -> str | None:
    """The document that is left for the planner, `None` if the operation asks for nothing else."""
    root = schema.get_root_type(operation.operation)
    assert root is not None
    kept = _strip(operation.selection_set)
    fragments = {
        name: _with(each, _strip(each.selection_set)) if each.type_condition.name.value == root.name else each
        for name, each in fragments_of(document).items()
    }
    used = _used(kept, fragments, {})
    if not _asks(kept, used):
        return None
    definitions = (_operation(operation, kept.selections), *used.values())
    return "\n".join(print_ast(definition) for definition in definitions)


def _operation(operation: OperationDefinitionNode, selections: tuple[SelectionNode, ...]) -> OperationDefinitionNode:
    return OperationDefinitionNode(
        operation=operation.operation,
        name=operation.name,
        variable_definitions=operation.variable_definitions,
        directives=operation.directives,
        selection_set=SelectionSetNode(selections=selections),
    )


def _strip(selections: SelectionSetNode) -> SelectionSetNode:
    kept: list[SelectionNode] = []
    for selection in selections.selections:
        if isinstance(selection, FieldNode) and selection.name.value in INTROSPECTION:
            continue
        if isinstance(selection, InlineFragmentNode):
            selection = InlineFragmentNode(
                type_condition=selection.type_condition,
                directives=selection.directives,
                selection_set=_strip(selection.selection_set),
            )
        kept.append(selection)
    # A selection must not be empty; the name of the root type costs nothing.
    return SelectionSetNode(selections=tuple(kept) or (FieldNode(name=NameNode(value=TYPENAME)),))


def _with(fragment: FragmentDefinitionNode, selections: SelectionSetNode) -> FragmentDefinitionNode:
    return FragmentDefinitionNode(
        name=fragment.name,
        type_condition=fragment.type_condition,
        directives=fragment.directives,
        selection_set=selections,
    )


def _used(
    selections: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode], found: dict[str, FragmentDefinitionNode]
) -> dict[str, FragmentDefinitionNode]:
    for selection in selections.selections:
        if isinstance(selection, FragmentSpreadNode) and selection.name.value not in found:
            fragment = found[selection.name.value] = fragments[selection.name.value]
            _used(fragment.selection_set, fragments, found)
        elif isinstance(selection, (FieldNode, InlineFragmentNode)) and selection.selection_set:
            _used(selection.selection_set, fragments, found)
    return found


def _asks(selections: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode]) -> bool:
    """Whether there is any root field besides `__typename`."""
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            if selection.name.value != TYPENAME:
                return True
        elif isinstance(selection, FragmentSpreadNode):
            if _asks(fragments[selection.name.value].selection_set, fragments):
                return True
        elif isinstance(selection, InlineFragmentNode) and _asks(selection.selection_set, fragments):
            return True
    return False

"""The document as the planner gets it: conditions settled, introspection taken out, no alias in the plan's way.

The planner can carry `@skip` and `@include` into its plans, but then fetches fields that nested conditions leave out;
so it never sees any. An operation with conditions has one plan for each way they turn out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    NameNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    print_ast,
)

from gateway.execution.keys import fetched_key
from gateway.execution.selection import CONDITIONS, INTROSPECTION, TYPENAME, fragments_of, is_wanted
from gateway.planner.supergraph import Supergraph


def settled_document(
    supergraph: Supergraph, document: DocumentNode, operation: OperationDefinitionNode, conditions: Mapping[str, Any]
) -> str | None:
    """Returns the text that is left, `None` if nothing has to be fetched for it."""
    root = supergraph.api.get_root_type(operation.operation)
    assert root is not None
    settler = _Settler(conditions, supergraph.field_names)
    kept = settler.selections(operation.selection_set, is_root=True)
    fragments = {
        name: settler.fragment(each, is_root=each.type_condition.name.value == root.name)
        for name, each in fragments_of(document).items()
    }
    used = _used(kept, fragments, {})
    if not _asks(kept, used):
        return None
    return "\n".join(print_ast(each) for each in (_operation(operation, kept), *used.values()))


class _Settler:
    def __init__(self, conditions: Mapping[str, Any], field_names: frozenset[str]) -> None:
        self.conditions = conditions
        self.field_names = field_names

    def selections(self, selections: SelectionSetNode, *, is_root: bool) -> SelectionSetNode:
        wanted = [each for each in selections.selections if is_wanted(each, self.conditions)]
        if is_root:
            wanted = [each for each in wanted if not _is_introspection(each)]
        kept = tuple(self._selection(each, is_root=is_root) for each in wanted)
        # A selection must not be empty; the name of the type costs nothing.
        return SelectionSetNode(selections=kept or (FieldNode(name=NameNode(value=TYPENAME)),))

    def fragment(self, fragment: FragmentDefinitionNode, *, is_root: bool) -> FragmentDefinitionNode:
        return FragmentDefinitionNode(
            name=fragment.name,
            type_condition=fragment.type_condition,
            selection_set=self.selections(fragment.selection_set, is_root=is_root),
        )

    def _selection(self, selection: SelectionNode, *, is_root: bool) -> SelectionNode:
        directives = _unconditional(selection)
        if isinstance(selection, FragmentSpreadNode):
            return FragmentSpreadNode(name=selection.name, directives=directives)
        if isinstance(selection, InlineFragmentNode):
            inner = self.selections(selection.selection_set, is_root=is_root)
            return InlineFragmentNode(
                type_condition=selection.type_condition, directives=directives, selection_set=inner
            )
        assert isinstance(selection, FieldNode)
        below, key = selection.selection_set, fetched_key(selection, self.field_names)
        return FieldNode(
            alias=NameNode(value=key) if key != selection.name.value else None,
            name=selection.name,
            arguments=selection.arguments,
            directives=directives,
            selection_set=self.selections(below, is_root=False) if below else None,
        )


def _unconditional(selection: SelectionNode) -> tuple[DirectiveNode, ...]:
    return tuple(each for each in selection.directives or () if each.name.value not in CONDITIONS)


def _is_introspection(selection: SelectionNode) -> bool:
    return isinstance(selection, FieldNode) and selection.name.value in INTROSPECTION


def _operation(operation: OperationDefinitionNode, selections: SelectionSetNode) -> OperationDefinitionNode:
    return OperationDefinitionNode(
        operation=operation.operation,
        name=operation.name,
        variable_definitions=operation.variable_definitions,
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

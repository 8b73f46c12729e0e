"""How deep an operation may reach. The gateway limits callers; this keeps a service safe from anyone else."""

from graphql import DocumentNode, FragmentDefinitionNode, GraphQLError, OperationDefinitionNode, SelectionSetNode
from graphql.language import FieldNode, FragmentSpreadNode, InlineFragmentNode

MOST_DEPTH = 20


def check_depth(document: DocumentNode) -> None:
    """Raise GraphQLError when an operation nests more than 20 fields, or fragments spread one another in a ring."""
    fragments = {d.name.value: d.selection_set for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            _measure(definition.selection_set, fragments, 1, frozenset())


def _measure(
    selections: SelectionSetNode, fragments: dict[str, SelectionSetNode], depth: int, open_: frozenset[str]
) -> None:
    if depth > MOST_DEPTH:
        raise GraphQLError(f"Nested deeper than {MOST_DEPTH} fields.", extensions={"code": "DEPTH_LIMIT"})
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            if selection.selection_set:
                _measure(selection.selection_set, fragments, depth + 1, open_)
        elif isinstance(selection, InlineFragmentNode):
            _measure(selection.selection_set, fragments, depth, open_)
        elif isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            # Unknown and circular fragments are left to validation, which names them.
            if name in fragments and name not in open_:
                _measure(fragments[name], fragments, depth, open_ | {name})

"""The shape of a response: its keys, their order and types, once fragments, `@skip` and `@include` are settled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedOutputType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
)

from gateway.execution.keys import fetched_key, response_key
from gateway.planner.supergraph import Supergraph

TYPENAME = "__typename"
INTROSPECTION = ("__schema", "__type")
CONDITIONS = ("skip", "include")

OutputType = GraphQLNamedOutputType | GraphQLList[Any] | GraphQLNonNull[Any]
Groups = dict[str, list[FieldNode]]
FieldedType = GraphQLObjectType | GraphQLInterfaceType


@dataclass(frozen=True)
class ShapeField:
    """One key of a response object and where its value comes from."""

    key: str
    source: str
    """The key of the value in fetched data."""
    name: str
    type: OutputType | None
    """`None` for `__typename` and for introspection, whose values are ready when they come."""
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    """By type, if the field's values are objects. An interface's own is for objects that nobody asked the type of."""


@dataclass(frozen=True, eq=False)
class Shape:
    """What an object of one type looks like in the response."""

    type: FieldedType
    fields: list[ShapeField]
    introspection: tuple[FieldNode, ...] = ()
    """The `__schema` and `__type` fields, at the root only."""


class ShapeBuilder:
    """Shapes of one operation under one setting of its conditional variables."""

    def __init__(self, supergraph: Supergraph, document: DocumentNode, conditions: Mapping[str, Any]) -> None:
        self.schema = supergraph.api
        self.field_names = supergraph.field_names
        self.fragments = fragments_of(document)
        self.conditions = conditions
        self._known: dict[tuple[str, tuple[int, ...]], Shape] = {}

    def root(self, operation: OperationDefinitionNode) -> Shape:
        root = self.schema.get_root_type(operation.operation)
        assert root is not None
        return self._shape(root, [operation.selection_set])

    def _shape(self, object_type: FieldedType, sets: list[SelectionSetNode]) -> Shape:
        # One selection used under several interfaces' types would else be worked out again at every level.
        known = (object_type.name, tuple(id(each) for each in sets))
        if known not in self._known:
            groups: Groups = {}
            for each in sets:
                self.collect(object_type, each, groups)
            fields = [self._field(object_type, key, nodes) for key, nodes in groups.items()]
            introspection = [node for nodes in groups.values() for node in nodes if node.name.value in INTROSPECTION]
            self._known[known] = Shape(object_type, fields, tuple(introspection))
        return self._known[known]

    def collect(self, object_type: FieldedType, selections: SelectionSetNode, groups: Groups) -> None:
        """Adds the fields that apply to objects of the type, by response key, in the order of the document."""
        for selection in selections.selections:
            if not is_wanted(selection, self.conditions):
                continue
            if isinstance(selection, FieldNode):
                groups.setdefault(response_key(selection), []).append(selection)
                continue
            condition, inner = self._fragment(selection)
            if condition is None or self._applies(condition, object_type):
                self.collect(object_type, inner, groups)

    def _fragment(self, selection: SelectionNode) -> tuple[str | None, SelectionSetNode]:
        if isinstance(selection, FragmentSpreadNode):
            definition = self.fragments[selection.name.value]
            return definition.type_condition.name.value, definition.selection_set
        assert isinstance(selection, InlineFragmentNode)
        condition = selection.type_condition
        return (condition.name.value if condition else None), selection.selection_set

    def _applies(self, condition: str, object_type: FieldedType) -> bool:
        if condition == object_type.name:
            return True
        conditional = self.schema.get_type(condition)
        return is_abstract_type(conditional) and self.schema.is_sub_type(conditional, object_type)

    def _field(self, parent: FieldedType, key: str, nodes: list[FieldNode]) -> ShapeField:
        name = nodes[0].name.value
        if name == TYPENAME or name in INTROSPECTION:
            return ShapeField(key, key, name, None)
        output = parent.fields[name].type
        sets = [node.selection_set for node in nodes if node.selection_set]
        shapes = {each.name: self._shape(each, sets) for each in self._objects(output)}
        return ShapeField(key, fetched_key(nodes[0], self.field_names), name, output, shapes)

    def _objects(self, output: OutputType) -> list[FieldedType]:
        named = get_named_type(output)
        if isinstance(named, GraphQLObjectType):
            return [named]
        if isinstance(named, GraphQLInterfaceType):
            return [*self.schema.get_possible_types(named), named]
        return list(self.schema.get_possible_types(named)) if isinstance(named, GraphQLUnionType) else []


def is_wanted(selection: SelectionNode, conditions: Mapping[str, Any]) -> bool:
    """Whether `@skip` and `@include` leave the selection in, given the values of the conditional variables."""
    for directive in selection.directives or ():
        name = directive.name.value
        if name in CONDITIONS and _holds(directive, conditions) == (name == "skip"):
            return False
    return True


def _holds(directive: DirectiveNode, conditions: Mapping[str, Any]) -> bool:
    value = directive.arguments[0].value if directive.arguments else None
    if isinstance(value, VariableNode):
        return bool(conditions.get(value.name.value))
    return isinstance(value, BooleanValueNode) and value.value


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}


def conditional_variables(document: DocumentNode) -> tuple[str, ...]:
    """The variables that decide about `@skip` and `@include` anywhere in the document."""
    found = {
        argument.value.name.value
        for definition in document.definitions
        if isinstance(definition, (OperationDefinitionNode, FragmentDefinitionNode))
        for directive in _directives(definition.selection_set)
        if directive.name.value in CONDITIONS
        for argument in directive.arguments or ()
        if isinstance(argument.value, VariableNode)
    }
    return tuple(sorted(found))


def _directives(selections: SelectionSetNode) -> Iterator[DirectiveNode]:
    for selection in selections.selections:
        yield from selection.directives or ()
        inner = getattr(selection, "selection_set", None)
        if inner:
            yield from _directives(inner)

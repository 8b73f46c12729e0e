"""What the executor has to know of the supergraph itself: its subgraphs, its types, and the schema that clients see."""

from __future__ import annotations

from dataclasses import dataclass

from graphql import (
    ConstDirectiveNode,
    DefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    GraphQLSchema,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    StringValueNode,
    UnionTypeDefinitionNode,
    build_ast_schema,
    parse,
)


@dataclass(frozen=True)
class Supergraph:
    """The supergraph, read once at the start."""

    subgraphs: dict[str, str]
    """Name of each subgraph, as plans name it → the address that the supergraph gives for it, which may be empty."""
    possible: dict[str, frozenset[str]]
    """Type name → names of the object types it may stand for, and itself; hidden types too."""
    field_names: frozenset[str]
    """Names of all fields there are, any of which a plan may add to a selection; `__typename` too."""
    api: GraphQLSchema
    """The schema that clients see."""

    def types_of(self, condition: str) -> frozenset[str]:
        """The object types that a type condition holds for, and the condition itself."""
        return self.possible.get(condition) or frozenset((condition,))


def read_supergraph(sdl: str, consumer_schema: str) -> Supergraph:
    """Reads the composed supergraph and the client schema that the planner derived from it."""
    document = parse(sdl, no_location=True)
    return Supergraph(
        subgraphs=_subgraphs(document),
        possible=_possible_types(document),
        field_names=_field_names(document),
        api=_api_schema(consumer_schema),
    )


def _subgraphs(document: DocumentNode) -> dict[str, str]:
    graphs = [
        definition
        for definition in document.definitions
        if isinstance(definition, EnumTypeDefinitionNode) and definition.name.value == "join__Graph"
    ]
    told = [_arguments(value.directives[0]) for graph in graphs for value in graph.values or () if value.directives]
    return {each["name"]: each.get("url", "") for each in told}


def _arguments(directive: ConstDirectiveNode) -> dict[str, str]:
    return {
        argument.name.value: argument.value.value
        for argument in directive.arguments or ()
        if isinstance(argument.value, StringValueNode)
    }


def _field_names(document: DocumentNode) -> frozenset[str]:
    fielded = [
        each
        for each in document.definitions
        if isinstance(each, (ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode))
    ]
    return frozenset(("__typename", *(field.name.value for each in fielded for field in each.fields or ())))


def _possible_types(document: DocumentNode) -> dict[str, frozenset[str]]:
    possible: dict[str, set[str]] = {}
    for definition in document.definitions:
        if isinstance(definition, ObjectTypeDefinitionNode):
            name = definition.name.value
            for parent in (name, *(each.name.value for each in definition.interfaces or ())):
                possible.setdefault(parent, {parent}).add(name)
        elif isinstance(definition, UnionTypeDefinitionNode):
            members = {member.name.value for member in definition.types or ()}
            possible.setdefault(definition.name.value, {definition.name.value}).update(members)
        elif isinstance(definition, InterfaceTypeDefinitionNode):
            possible.setdefault(definition.name.value, {definition.name.value})
    return {name: frozenset(types) for name, types in possible.items()}


def _api_schema(consumer_schema: str) -> GraphQLSchema:
    """The planner prints the introspection types and meta fields too, which every schema has by itself."""
    document = parse(consumer_schema, no_location=True)
    kept = [_without_meta_fields(each) for each in document.definitions if not _is_reserved(each)]
    return build_ast_schema(DocumentNode(definitions=tuple(kept)), assume_valid_sdl=True)


def _is_reserved(definition: DefinitionNode) -> bool:
    name = getattr(definition, "name", None)
    return name is not None and name.value.startswith("__")


def _without_meta_fields(definition: DefinitionNode) -> DefinitionNode:
    if not isinstance(definition, ObjectTypeDefinitionNode):
        return definition
    fields = tuple(field for field in definition.fields or () if not _is_meta(field))
    return ObjectTypeDefinitionNode(
        description=definition.description,
        name=definition.name,
        interfaces=definition.interfaces,
        directives=definition.directives,
        fields=fields,
    )


def _is_meta(field: FieldDefinitionNode) -> bool:
    return field.name.value.startswith("__")

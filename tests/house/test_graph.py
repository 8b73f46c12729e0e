"""The graph is a promise: committed, composable, and described for a stranger."""

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_ast_schema,
    is_enum_type,
    is_introspection_type,
    is_specified_scalar_type,
    is_union_type,
    parse,
)

from gateway.composition import compose
from kit.app import load
from loa import schemas
from loa.services import SERVICES


def test_the_committed_schema_files_are_current() -> None:
    assert schemas.stale() == []


def test_a_graph_that_does_not_compose_is_refused(tmp_path) -> None:
    """Were composition not checked, this would pass."""
    files = {service.package: service.schema_file for service in SERVICES}
    broken = tmp_path / "broken.graphql"
    broken.write_text(files["survey"].read_text().replace('type Unit @key(fields: "id")', "type Unit"))
    with pytest.raises(Exception, match="Unit"):
        compose({**files, "survey": broken})


@pytest.mark.parametrize("package", [service.package for service in SERVICES])
def test_everything_has_a_description(package: str) -> None:
    schema = load(f"{package}.app").schema._schema
    assert list(undescribed(schema)) == []


def test_what_lacks_a_description_is_found() -> None:
    schema = build_ast_schema(
        parse('"""d""" type Query { a(b: Int): E } enum E { X } input I { f: Int } union U = Query')
    )
    assert sorted(undescribed(schema)) == ["E", "E.X", "I", "I.f", "Query.a", "Query.a(b)", "U"]


def undescribed(schema: GraphQLSchema) -> list[str]:
    missing: list[str] = []
    for name, kind in schema.type_map.items():
        # Federation's own machinery is described by its specification.
        if (
            is_introspection_type(kind)
            or is_specified_scalar_type(kind)
            or name.startswith(("_", "federation__", "link__"))
        ):
            continue
        if not kind.description and name not in ("Date", "DateTime", "JSON", "UUID"):
            missing.append(name)
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            missing += _fields(name, kind)
        if is_enum_type(kind):
            missing += [f"{name}.{key}" for key, value in kind.values.items() if not value.description]
        assert not is_union_type(kind) or kind.types
    return missing


def _fields(name: str, kind: GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType) -> list[str]:
    missing: list[str] = []
    for key, field in kind.fields.items():
        if key.startswith("_"):
            continue
        if not field.description:
            missing.append(f"{name}.{key}")
        for argument, definition in getattr(field, "args", {}).items():
            if not definition.description:
                missing.append(f"{name}.{key}({argument})")
    return missing

"""Whoever knows a mutation's name knows the names of what it takes and of what it gives."""

import pytest
from graphql import GraphQLInputObjectType, GraphQLNonNull, build_schema

from org.graph import schema

MUTATIONS = build_schema(schema.as_str(), assume_valid=True).mutation_type.fields


@pytest.mark.parametrize("name", MUTATIONS)
def test_input_and_result_are_named_after_the_mutation(name):
    noun = name[0].upper() + name[1:]
    assert str(MUTATIONS[name].type).rstrip("!") == f"{noun}Result"
    given = MUTATIONS[name].args.get("input")
    if given is not None and isinstance(given.type, GraphQLNonNull):
        assert isinstance(given.type.of_type, GraphQLInputObjectType)
        assert given.type.of_type.name == f"{noun}Input"

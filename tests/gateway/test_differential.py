"""Hundreds of random documents: the federated answer is the answer of one ordinary server over the same data."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from gateway_monolith import answer
from gateway_servers import Reply, RunningGateway
from graphql import (
    ExecutionResult,
    GraphQLField,
    GraphQLNamedOutputType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
    is_union_type,
    parse,
    validate,
)

SEEDS = 8
DOCUMENTS_PER_SEED = 25
NOT_IN_THE_WORLD = {"slow", "mustFail", "broken"}
FAILING = {"mustHave", "alwaysThere"}
ABSTRACT = {"find", "materials", "grid", "illustrations", "questions"}
"""The planner fetches the fields of several type conditions together: a failure in one would show in another."""
VARIABLES: dict[str, Any] = {"yes": True, "no": False, "few": 2, "id": "3", "level": "PROVINCE"}
DECLARED = "($yes: Boolean!, $no: Boolean = false, $few: Int! = 1, $id: ID!, $level: Level)"
ARGUMENTS = {
    "unit": ["(id: $id)", '(id: "1")', '(id: "99")'],
    "units": ["", "(first: $few)", "(filter: {level: $level})", "(first: 9, filter: {minMembers: 300})"],
    "survey": ["(id: $id)", '(id: "12")', '(id: "0")'],
    "surveys": ["", "(first: $few)", "(first: 0)"],
    "materials": ["", "(first: 5)", "(first: $few)"],
    "find": ['(text: "1")', '(text: "zzz")'],
    "headcount": ["", "(gender: FEMALE)", "(gender: OTHER)"],
}


class Writer:
    """Writes random selections over a schema; every alias tells the arguments, so that no two fields conflict."""

    def __init__(self, schema: GraphQLSchema, chance: random.Random, left_out: set[str]) -> None:
        self.schema = schema
        self.chance = chance
        self.left_out = left_out | NOT_IN_THE_WORLD
        self.fragments: list[str] = []

    def document(self) -> str:
        root = self.schema.query_type
        assert root is not None
        body = self.selection(root, 4)
        return f"query Q{DECLARED} {{ {body} {self._all_variables()} }} {' '.join(self.fragments)}"

    def _all_variables(self) -> str:
        used = "a1: __typename @skip(if: $yes) a2: __typename @include(if: $no)"
        return f"{used} a3: unit(id: $id) {{ id }} a4: units(first: $few, filter: {{level: $level}}) {{ id }}"

    def selection(self, parent: GraphQLNamedOutputType, depth: int) -> str:
        parts = [self._part(parent, depth) for _ in range(self.chance.randint(1, 4))]
        return " ".join(parts)

    def _part(self, parent: GraphQLNamedOutputType, depth: int) -> str:
        roll = self.chance.random()
        if roll < 0.1:
            return f"__typename{self._condition()}"
        if (roll < 0.3 and depth > 0) or is_union_type(parent):
            return self._fragment(parent, depth)
        return self._field(parent, depth)

    def _field(self, parent: Any, depth: int) -> str:
        fields = [each for each in parent.fields.items() if each[0] not in self.left_out]
        fields = [each for each in fields if depth > 0 or is_leaf_type(get_named_type(each[1].type))]
        if not fields:
            return "__typename"
        name, field = self.chance.choice(fields)
        return self._written(name, field, depth)

    def _written(self, name: str, field: GraphQLField, depth: int) -> str:
        choices = ARGUMENTS.get(name, [""]) if field.args else [""]
        number = self.chance.randrange(len(choices))
        nullable = "n" if str(field.type).endswith("!") else "o"
        alias = f"{name}_{number}_{nullable}: " if number or self.chance.random() < 0.3 or name == "caption" else ""
        if self.chance.random() < 0.04:
            alias = self.chance.choice(["id: ", "name: ", "__typename: ", "title: "])
        inner = get_named_type(field.type)
        below = "" if is_leaf_type(inner) else f" {{ {self.selection(inner, depth - 1)} }}"
        return f"{alias}{name}{choices[number]}{self._condition()}{below}"

    def _fragment(self, parent: GraphQLNamedOutputType, depth: int) -> str:
        condition = self.chance.choice(self._conditions(parent))
        inner = self.selection(self.schema.type_map[condition], depth - 1)  # type: ignore[arg-type]
        if self.chance.random() < 0.5:
            return f"... on {condition}{self._condition()} {{ {inner} }}"
        name = f"F{len(self.fragments)}"
        self.fragments.append(f"fragment {name} on {condition} {{ {inner} }}")
        return f"...{name}{self._condition()}"

    def _conditions(self, parent: GraphQLNamedOutputType) -> Sequence[str]:
        if is_abstract_type(parent):
            return [each.name for each in self.schema.get_possible_types(parent)]
        interfaces = [each.name for each in parent.interfaces] if is_object_type(parent) else []
        return [parent.name, *interfaces]

    def _condition(self) -> str:
        return self.chance.choice([""] * 6 + [" @skip(if: $no)", " @include(if: $yes)", " @skip(if: $yes)"])


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_answers_like_one_server(gateway: RunningGateway, seed: int) -> None:
    async for document, reply, expected in _compare(gateway, seed, FAILING):
        assert reply.body == {"data": expected.data}, document


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_loses_what_one_server_loses_when_fields_fail(gateway: RunningGateway, seed: int) -> None:
    async for document, reply, expected in _compare(gateway, seed, ABSTRACT):
        assert reply.data == expected.data, document
        # Which of two errors under one parent is met first differs, not whether there is any.
        assert bool(reply.errors) == bool(expected.errors), document
        assert set(reply.codes) <= {"MISSING", "FORBIDDEN"}, document


async def _compare(
    gateway: RunningGateway, seed: int, left_out: set[str]
) -> AsyncIterator[tuple[str, Reply, ExecutionResult]]:
    endpoint = gateway.app.endpoint
    assert endpoint is not None
    schema = endpoint.operations.schema
    chance = random.Random(seed)
    compared = 0
    while compared < DOCUMENTS_PER_SEED:
        document = Writer(schema, chance, left_out).document()
        if validate(schema, parse(document)):
            continue  # Two interfaces' fields may conflict; what is invalid has no answer to compare.
        reply = await gateway.ask(document, VARIABLES)
        if reply.codes and reply.codes[0].endswith("_LIMIT"):
            continue
        yield document, reply, answer(schema, document, VARIABLES)
        compared += 1

"""The compiled path answers exactly what the stock executor answers: 1,000 random documents, seeded."""

import enum
import random
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import strawberry
from graphql import ExecutionResult, execute, parse, validate
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from kit.execution import CompiledExecutor, Plan, PlanKey


@strawberry.enum
class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@strawberry.type
class Leaf:
    number: int
    text: str
    maybe: str | None
    share: float
    sure: bool
    colour: Colour
    key: strawberry.ID
    words: list[str]

    @strawberry.field
    def shout(self) -> str:
        return self.text.upper()

    @strawberry.field
    async def later(self, times: int = 1) -> str | None:
        return self.text * times if times < 3 else None


@strawberry.type
class Tree:
    name: str
    left: "Tree | None"
    leaves: list[Leaf]
    holes: list[Leaf | None]

    @strawberry.field
    async def any(self) -> "list[Leaf | Tree]":
        return [*self.leaves[:1], Tree(name="inner", left=None, leaves=[], holes=[None])]

    @strawberry.field
    def fails(self) -> int | None:
        raise ValueError("always")


def leaf(seed: int) -> Leaf:
    values: dict[str, Any] = {
        "number": seed,
        "text": f"t{seed}",
        "maybe": None if seed % 2 else "m",
        "share": seed / 3,
        "sure": bool(seed % 3),
        "colour": Colour.RED,
        "key": strawberry.ID(str(seed)),
        "words": ["a", "b"],
    }
    # Values that a promise forbids, or that need coercion: they must fail or pass as the stock executor has it.
    odd = {
        3: ("number", "7"),
        4: ("number", 2**40),
        5: ("text", None),
        6: ("share", float("nan")),
        7: ("sure", 1),
        8: ("text", 5),
        9: ("share", 2),
    }
    if seed in odd:
        values[odd[seed][0]] = odd[seed][1]
    return Leaf(**values)


def tree(depth: int) -> Tree:
    leaves = [leaf(seed) for seed in ([0, 1, 2] if depth else [1])]
    return Tree(name=f"d{depth}", left=tree(depth - 1) if depth else None, leaves=leaves, holes=[leaf(2), None])


@strawberry.type
class Query:
    @strawberry.field
    def tree(self) -> Tree:
        return tree(2)

    @strawberry.field
    def odd(self, seed: int) -> Leaf | None:
        return leaf(seed)

    @strawberry.field
    def odds(self, seeds: list[int]) -> list[Leaf] | None:
        return [leaf(seed) for seed in seeds]


SCHEMA = strawberry.Schema(Query)
LEAVES = [
    "number",
    "text",
    "maybe",
    "share",
    "sure",
    "colour",
    "key",
    "words",
    "shout",
    "later",
    "later(times: 5)",
    "__typename",
]


def selection(dice: random.Random, kind: str, depth: int) -> str:
    parts = [field(dice, kind, depth) for _ in range(dice.randint(1, 6))]
    if dice.random() < 0.2:
        parts.append(f"... on {kind} {{ {field(dice, kind, depth)} }}")
    if dice.random() < 0.15 and kind != "Any":
        parts.append(f"...F{kind}")
    return "{ " + " ".join(parts) + " }"


def field(dice: random.Random, kind: str, depth: int) -> str:
    alias = f"x{dice.randint(0, 999)}: " if dice.random() < 0.3 else ""
    directive = (
        dice.choice([" @skip(if: $yes)", " @include(if: $yes)", " @include(if: false)"]) if dice.random() < 0.06 else ""
    )
    if kind == "Leaf":
        name = dice.choice(LEAVES)
        return f"y{dice.randint(0, 999)}: {name}" if "(" in name else alias + name + directive
    name = dice.choice(["name", "leaves", "holes", "left", "any", "fails", "__typename"])
    if name in ("name", "fails", "__typename") or depth == 0:
        return alias + (name if name in ("name", "fails", "__typename") else "name") + directive
    if name == "any":
        return f"{alias}any{directive} {{ __typename ... on Leaf {selection(dice, 'Leaf', 0)} ... on Tree {{ treeName: name }} }}"
    inner = selection(dice, "Leaf" if name in ("leaves", "holes") else "Tree", depth - 1)
    return f"{alias}{name}{directive} {inner}"


def documents(count: int) -> Iterator[str]:
    dice = random.Random(20250701)
    made = 0
    while made < count:
        root = dice.choice(
            [
                f"tree {selection(dice, 'Tree', 3)}",
                f"odd(seed: {dice.randint(0, 9)}) {selection(dice, 'Leaf', 0)}",
                f"odds(seeds: [{dice.randint(0, 9)}, {dice.randint(0, 9)}]) {selection(dice, 'Leaf', 0)}",
            ]
        )
        used = "".join(
            f" fragment F{kind} on {kind} {body}"
            for kind, body in (("Tree", "{ name left { name } }"), ("Leaf", "{ number text }"))
            if f"...F{kind}" in root
        )
        text = f"query($yes: Boolean! = true) {{ {root} t: __typename @skip(if: $yes) }}{used}"
        if not validate(SCHEMA._schema, parse(text)):
            made += 1
            yield text


async def answer(text: str, executor: type[Any], yes: bool, **extra: Any) -> bytes:
    done = execute(SCHEMA._schema, parse(text), variable_values={"yes": yes}, executor_class=executor, **extra)
    result = done if isinstance(done, ExecutionResult) else await done
    errors = sorted((str(e.path), e.message) for e in result.errors or [])
    return orjson.dumps([result.data, errors])


@pytest.mark.parametrize("yes", [True, False])
async def test_the_compiled_path_answers_as_the_stock_one(yes: bool) -> None:
    compiled = 0
    for text in documents(1_000):
        plans: dict[PlanKey, Plan | None] = {}
        assert await answer(text, CompiledExecutor, yes, plans=plans) == await answer(
            text, StrawberryGraphQLCoreExecutionContext, yes
        ), text
        compiled += any(plan is not None for plan in plans.values())
    # The comparison says nothing unless the compiled path was taken.
    assert compiled > 500

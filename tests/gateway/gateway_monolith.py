"""The same world as one ordinary GraphQL server: what the federated answers are compared with."""

from __future__ import annotations

from typing import Any

import gateway_world as world
from graphql import ExecutionResult, GraphQLResolveInfo, GraphQLSchema, execute_sync, parse

Row = world.Row


class Failure(Exception):
    """An error meant for the client."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.extensions = {"code": code}


def _must_have(unit: Row) -> str:
    if unit["id"] in ("4", "7"):
        raise Failure("No such thing", "MISSING")
    return f"thing {unit['id']}"


def _always_there(unit: Row) -> str:
    if unit["id"] == "2":
        raise Failure("Not for you", "FORBIDDEN")
    return "here"


def _units(_: Any, first: int, filter: dict[str, Any] | None = None) -> list[Row]:
    wanted = filter or {}
    return world.units(first, wanted.get("level"), wanted.get("minMembers", 0))


RESOLVERS: dict[tuple[str, str], Any] = {
    ("Query", "unit"): lambda _, **keys: world.UNITS.get(keys["id"]),
    ("Query", "units"): _units,
    ("Query", "survey"): lambda _, **keys: world.SURVEYS.get(keys["id"]),
    ("Query", "surveys"): lambda _, first: list(world.SURVEYS.values())[:first],
    ("Query", "materials"): lambda _, first: list(world.MATERIALS.values())[:first],
    ("Query", "find"): lambda _, text: world.find(text),
    ("Query", "grid"): lambda _: [[world.MATERIALS["1"], None], [world.MATERIALS["2"]]],
    ("Unit", "parent"): lambda unit: world.UNITS.get(unit["parentId"]),
    ("Unit", "children"): world.children,
    ("Unit", "headcount"): world.headcount,
    ("Unit", "surveys"): lambda unit: world.surveys_of(unit["id"]),
    ("Unit", "latest"): lambda unit: world.latest_survey(unit["id"]),
    ("Unit", "materials"): lambda unit, first: world.materials_of(unit["id"], first),
    ("Unit", "cover"): lambda unit: world.cover(unit["id"]),
    ("Unit", "mustHave"): _must_have,
    ("Unit", "alwaysThere"): _always_there,
    ("Survey", "unit"): lambda survey: world.UNITS[survey["unitId"]],
    ("Survey", "illustrations"): lambda survey: [
        row for row in world.MATERIALS.values() if row["surveyId"] == survey["id"]
    ],
    ("Photo", "unit"): lambda row: world.UNITS[row["unitId"]],
    ("Video", "unit"): lambda row: world.UNITS[row["unitId"]],
    ("Photo", "survey"): lambda row: world.SURVEYS[row["surveyId"]],
    ("Video", "survey"): lambda row: world.SURVEYS[row["surveyId"]],
    ("Video", "caption"): lambda row: row["caption"] or "",
}


def _resolve(source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
    resolver = RESOLVERS.get((info.parent_type.name, info.field_name))
    return resolver(source, **arguments) if resolver else source[info.field_name]


def answer(schema: GraphQLSchema, document: str, variables: dict[str, Any] | None = None) -> ExecutionResult:
    return execute_sync(schema, parse(document), field_resolver=_resolve, variable_values=variables)

"""Questions about the schema are answered by the gateway alone, also in one breath with data."""

from __future__ import annotations

import pytest
from gateway_servers import RunningGateway, StartGateway, World
from graphql import build_client_schema, get_introspection_query, print_schema


async def test_tools_can_read_the_schema(gateway: RunningGateway, world: World) -> None:
    answer = await gateway.ask(get_introspection_query(input_value_deprecation=True))
    assert answer.errors == []
    printed = print_schema(build_client_schema(answer.data))
    assert "interface Material {" in printed
    assert "union Found = Photo | Video" in printed
    for inner in ("join__", "link__", "_Any", "_entities", "_service"):
        assert inner not in printed
    assert world.calls() == []


async def test_types_can_be_asked_for_by_variable(gateway: RunningGateway) -> None:
    document = (
        'query ($name: String!) { __type(name: $name) { kind fields { name } } other: __type(name: "No") { kind } }'
    )
    answer = await gateway.ask(document, {"name": "Photo"})
    names = [field["name"] for field in answer.data["__type"]["fields"]]
    assert names == ["id", "title", "unit", "survey", "width", "caption"]
    assert answer.data["other"] is None


async def test_schema_and_data_in_one_question(gateway: RunningGateway) -> None:
    document = """
    query ($n: String = "Unit") {
      a: __schema { queryType { ...T } }
      unit(id: "1") { name latest { title } }
      ... on Query { __type(name: $n) { ...T } ...More }
      __typename
    }
    fragment T on __Type { name }
    fragment More on Query { survey(id: "2") { title } m: __schema { mutationType { ...T } } }
    """
    answer = await gateway.ask(document)
    assert answer.body == {
        "data": {
            "a": {"queryType": {"name": "Query"}},
            "unit": {"name": "Công đoàn số 1", "latest": {"title": "Khảo sát 12"}},
            "__type": {"name": "Unit"},
            "survey": {"title": "Khảo sát 2"},
            "m": {"mutationType": {"name": "Mutation"}},
            "__typename": "Query",
        }
    }
    assert list(answer.data) == ["a", "unit", "__type", "survey", "m", "__typename"]


async def test_type_names_alone_ask_no_service(gateway: RunningGateway, world: World) -> None:
    assert (await gateway.ask("{ __typename a: __typename }")).data == {"__typename": "Query", "a": "Query"}
    assert (await gateway.ask("mutation { __typename }")).data == {"__typename": "Mutation"}
    assert world.calls() == []


async def test_introspection_that_turns_in_circles_is_refused(gateway: RunningGateway) -> None:
    document = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"
    assert (await gateway.ask(document)).codes == ["GRAPHQL_VALIDATION_FAILED"]


@pytest.mark.parametrize("document", ["{ __schema { types { name } } }", '{ __type(name: "Unit") { name } }'])
async def test_introspection_can_be_turned_off(start_gateway: StartGateway, document: str) -> None:
    async with start_gateway(introspection=False) as gateway:
        assert set((await gateway.ask(document)).codes) == {"GRAPHQL_VALIDATION_FAILED"}
        assert (await gateway.ask("{ __typename units(first: 1) { __typename } }")).data == {
            "__typename": "Query",
            "units": [{"__typename": "Unit"}],
        }

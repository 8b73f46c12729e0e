"""A null where the schema forbids one takes its nearest nullable parent with it, and is explained exactly once."""

from __future__ import annotations

import orjson
from gateway_servers import RunningGateway, World, reply
from starlette.types import Send


async def test_a_missing_entity_field_nulls_the_nearest_nullable_parent(gateway: RunningGateway) -> None:
    answer = await gateway.ask('{ unit(id: "1") { name parent { name } } other: unit(id: "4") { name mustHave } }')
    assert answer.data == {"unit": {"name": "Công đoàn số 1", "parent": None}, "other": None}
    assert answer.places == [("MISSING", ("other", "mustHave"))]


async def test_a_null_climbs_through_lists_of_items_that_must_be_there(gateway: RunningGateway) -> None:
    answer = await gateway.ask('{ unit(id: "1") { id children { mustHave } } survey(id: "1") { id } }')
    assert answer.data == {"unit": None, "survey": {"id": "1"}}
    assert answer.places == [("MISSING", ("unit", "children", 1, "mustHave"))]


async def test_a_null_at_a_root_field_that_must_be_there_leaves_no_data(gateway: RunningGateway) -> None:
    answer = await gateway.ask('{ units(first: 9) { mustHave } survey(id: "1") { id } }')
    assert answer.body == {
        "data": None,
        "errors": [
            {"message": "No such thing", "extensions": {"code": "MISSING"}, "path": ["units", 3, "mustHave"]},
            {"message": "No such thing", "extensions": {"code": "MISSING"}, "path": ["units", 6, "mustHave"]},
        ],
    }


async def test_an_error_of_a_root_fetch_keeps_its_path_and_code(gateway: RunningGateway) -> None:
    answer = await gateway.ask('{ a: unit(id: "2") { alwaysThere } b: unit(id: "1") { alwaysThere } }')
    assert answer.data == {"a": None, "b": {"alwaysThere": "here"}}
    assert answer.errors == [
        {"message": "Not for you", "extensions": {"code": "FORBIDDEN"}, "path": ["a", "alwaysThere"]}
    ]


async def test_an_entity_at_several_places_fails_at_each(gateway: RunningGateway) -> None:
    answer = await gateway.ask('{ a: unit(id: "4") { mustHave } b: unit(id: "4") { id mustHave } }')
    assert answer.data == {"a": None, "b": None}
    assert sorted(answer.places) == [("MISSING", ("a", "mustHave")), ("MISSING", ("b", "mustHave"))]


async def test_a_service_that_breaks_its_own_promise_is_noticed_and_named_once(
    gateway: RunningGateway, world: World
) -> None:
    async def broken_promise(send: Send) -> None:
        await reply(send, orjson.dumps({"data": {"units": [{"name": "a"}, {"name": None}, {"name": None}]}}))

    world.apps["org"].fault = broken_promise
    answer = await gateway.ask("{ units { name } __typename }")
    assert answer.data is None
    assert answer.places == [("INTERNAL_SERVER_ERROR", ("units", 1, "name"))]
    assert answer.errors[0]["message"] == "Cannot return null for non-nullable field Unit.name."


async def test_values_of_the_wrong_kind_become_null_with_an_error(gateway: RunningGateway, world: World) -> None:
    async def nonsense(send: Send) -> None:
        data = {"unit": {"level": "GALAXY", "tags": "no list"}, "b": {"parent": [1]}, "c": 7}
        await reply(send, orjson.dumps({"data": data}))

    world.apps["org"].fault = nonsense
    document = "{ unit(id: 1) { level } b: unit(id: 1) { parent { name } } c: unit(id: 1) { motto } }"
    answer = await gateway.ask(document)
    assert answer.data == {"unit": None, "b": {"parent": None}, "c": None}
    assert answer.places == [
        ("INTERNAL_SERVER_ERROR", ("unit", "level")),
        ("INTERNAL_SERVER_ERROR", ("b", "parent")),
        ("INTERNAL_SERVER_ERROR", ("c",)),
    ]


async def test_an_entity_that_the_other_service_does_not_know_is_null(gateway: RunningGateway, world: World) -> None:
    async def unknown(send: Send) -> None:
        await reply(send, b'{"data": {"_entities": [null]}}')

    world.apps["survey"].fault = unknown
    nullable = await gateway.ask('{ unit(id: "1") { name latest { id } } }')
    assert nullable.body == {"data": {"unit": {"name": "Công đoàn số 1", "latest": None}}}
    required = await gateway.ask('{ unit(id: "1") { name mustHave } }')
    assert required.data == {"unit": None}
    assert required.places == [("INTERNAL_SERVER_ERROR", ("unit", "mustHave"))]

"""One question over three services: fetches are joined by key, batched, and asked for once."""

from __future__ import annotations

import gateway_world as data
import orjson
from gateway_servers import RunningGateway, World, reply
from starlette.types import Send


async def test_joins_three_services(gateway: RunningGateway) -> None:
    reply = await gateway.ask('{ unit(id: "3") { name surveys { title } materials(first: 1) { title } } }')
    assert reply.body == {
        "data": {
            "unit": {
                "name": "Công đoàn số 3",
                "surveys": [{"title": "Khảo sát 2"}, {"title": "Khảo sát 14"}],
                "materials": [{"title": "Tư liệu 2"}],
            }
        }
    }


async def test_asks_for_an_entity_once_however_often_it_stands_in_the_answer(
    gateway: RunningGateway, world: World
) -> None:
    reply = await gateway.ask("{ surveys(first: 20) { unit { name } } }")
    names = [survey["unit"]["name"] for survey in reply.data["surveys"]]
    assert names == [f"Công đoàn số {n % 12 + 1}" for n in range(1, 21)]
    [call] = world.apps["org"].calls
    assert sorted(int(each["id"]) for each in call.variables["representations"]) == list(range(1, 13))


async def test_asks_each_service_once_for_all_places_of_a_level(gateway: RunningGateway, world: World) -> None:
    await gateway.ask("{ units(first: 5) { surveys { id } latest { id } children { latest { title } } } }")
    assert [name for name, _ in world.calls()] == ["org", "survey"]


async def test_asks_nobody_about_nothing(gateway: RunningGateway, world: World) -> None:
    reply = await gateway.ask('{ unit(id: "nowhere") { surveys { title } } }')
    assert reply.body == {"data": {"unit": None}}
    assert [name for name, _ in world.calls()] == ["org"]


async def test_follows_an_entity_through_every_service_and_back(gateway: RunningGateway) -> None:
    document = '{ unit(id: "2") { latest { illustrations { title unit { name latest { title } } } } } }'
    reply = await gateway.ask(document)
    latest = data.latest_survey("2")
    assert latest is not None
    shown = [row for row in data.MATERIALS.values() if row["surveyId"] == latest["id"]]
    assert reply.data["unit"]["latest"]["illustrations"] == [
        {
            "title": row["title"],
            "unit": {
                "name": data.UNITS[row["unitId"]]["name"],
                "latest": {"title": (data.latest_survey(row["unitId"]) or {})["title"]},
            },
        }
        for row in shown
    ]
    assert reply.errors == []


async def test_answers_in_the_order_of_the_document(gateway: RunningGateway) -> None:
    reply = await gateway.ask('{ surveys(first: 1) { id } unit(id: "1") { latest { id } name id } __typename }')
    assert list(reply.data) == ["surveys", "unit", "__typename"]
    assert list(reply.data["unit"]) == ["latest", "name", "id"]


async def test_hides_the_keys_that_only_the_plan_needed(gateway: RunningGateway) -> None:
    reply = await gateway.ask('{ unit(id: "1") { latest { unit { name } } } }')
    assert reply.data == {"unit": {"latest": {"unit": {"name": "Công đoàn số 1"}}}}


async def test_a_thousand_entities_are_asked_for_in_parts(gateway: RunningGateway, world: World) -> None:
    many = [{"__typename": "Unit", "id": str(number)} for number in range(1, 1202)]

    async def many_units(send: Send) -> None:
        await reply(send, orjson.dumps({"data": {"units": many}}))

    world.apps["org"].fault = many_units
    answer = await gateway.ask("{ units { mustHave } }")
    assert answer.data is None  # Units 4 and 7 lack what they must have.
    assert answer.places == [("MISSING", ("units", 3, "mustHave")), ("MISSING", ("units", 6, "mustHave"))]
    parts = [len(call.variables["representations"]) for call in world.apps["survey"].calls]
    assert sorted(parts) == [201, 500, 500]
    nullable = await gateway.ask("{ units { latest { unit { id } } } }")
    expected = [{"latest": {"unit": {"id": str(n)}} if n <= 12 else None} for n in range(1, 1202)]
    assert nullable.body == {"data": {"units": expected}}

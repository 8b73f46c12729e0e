"""Mutations run one after the other, once, and only by POST."""

from __future__ import annotations

import asyncio

import gateway_subgraphs
from gateway_servers import RunningGateway, World
from starlette.types import Send


async def test_mutations_run_in_the_order_of_the_document_across_services(gateway: RunningGateway) -> None:
    gateway_subgraphs.COUNTER["steps"].clear()
    document = """
    mutation {
      a: step(number: 1, seconds: 0.1) { name latest { title } }
      b: surveyStep(number: 2) { title unit { name } }
      c: step(number: 3, seconds: 0.05) { id }
      d: step(number: 4) { id }
      e: surveyStep(number: 5) { id }
    }
    """
    answer = await gateway.ask(document)
    assert gateway_subgraphs.COUNTER["steps"] == [1, 2, 3, 4, 5]
    assert answer.body == {
        "data": {
            "a": {"name": "Công đoàn số 1", "latest": {"title": "Khảo sát 12"}},
            "b": {"title": "Khảo sát 2", "unit": {"name": "Công đoàn số 3"}},
            "c": {"id": "3"},
            "d": {"id": "4"},
            "e": {"id": "5"},
        }
    }


async def test_what_a_mutation_returns_is_read_before_the_next_one(gateway: RunningGateway, world: World) -> None:
    await gateway.ask(
        "mutation { a: surveyStep(number: 1) { unit { name } } b: surveyStep(number: 2) { id } c: step(number: 1) { id } }"
    )
    order = [call.query.split("{")[0].strip() for name, call in world.calls() if name == "org"]
    assert order[0].startswith("query")
    assert order[1].startswith("mutation")


async def test_a_mutation_is_never_sent_twice(gateway: RunningGateway, world: World) -> None:
    async def hang_up(send: Send) -> None:
        await asyncio.sleep(0)
        raise ConnectionResetError

    await gateway.ask("mutation { step(number: 1) { id } }")
    world.calm()
    world.apps["org"].fault = hang_up
    answer = await gateway.ask("mutation { step(number: 1) { id } }")
    assert answer.codes == ["DOWNSTREAM_UNAVAILABLE"]
    assert len(world.apps["org"].calls) == 1


async def test_a_failed_mutation_leaves_the_others_alone(gateway: RunningGateway) -> None:
    gateway_subgraphs.COUNTER["steps"].clear()
    answer = await gateway.ask(
        "mutation { a: surveyStep(number: 4) { unit { alwaysThere } } b: step(number: 3) { id } }"
    )
    assert gateway_subgraphs.COUNTER["steps"] == [4, 3]
    assert answer.data == {"a": {"unit": {"alwaysThere": "here"}}, "b": {"id": "3"}}

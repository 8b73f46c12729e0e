"""The planner is a child that may die: requests wait for the next one, and no operation can poison it or the plans."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest
from gateway_servers import RunningGateway, StartGateway, World

from gateway.errors import PlannerUnavailable
from gateway.planner.client import NotPlannable, Planner, PlannerDied


def fresh(number: int) -> str:
    return f"{{ fresh{number}: unit(id: {number}) {{ name latest {{ title }} }} }}"


async def test_known_operations_need_no_planner(start_gateway: StartGateway) -> None:
    async with start_gateway(planner_wait=0.2) as gateway:
        await gateway.ask(fresh(1))
        await gateway.app.planner.stop()
        assert (await gateway.ask(fresh(1))).data["fresh1"]["name"] == "Công đoàn số 1"
        refused = await gateway.ask(fresh(2))
        assert (refused.status, refused.codes) == (503, ["PLANNER_UNAVAILABLE"])
        assert (await gateway.http.get("/readyz")).status_code == 503
        assert (await gateway.http.get("/healthz")).status_code == 200


async def test_new_operations_wait_for_the_next_planner_when_it_is_killed(gateway: RunningGateway) -> None:
    before = gateway.app.planner.pid
    assert before is not None
    os.kill(before, signal.SIGKILL)
    answers = await asyncio.gather(*[gateway.ask(fresh(number)) for number in range(1, 10)])
    assert [answer.errors for answer in answers] == [[]] * 9
    assert gateway.app.planner.pid not in (None, before)
    assert (await gateway.http.get("/readyz")).status_code == 200


async def test_a_planner_killed_while_it_plans_is_asked_again(supergraph: Path) -> None:
    planner = Planner(supergraph, timeout=10, wait=10)
    await planner.start()
    try:
        assert planner.pid is not None
        os.kill(planner.pid, signal.SIGSTOP)
        asking = asyncio.create_task(planner.plan("{ units { name } }", None))
        await asyncio.sleep(0.1)
        os.kill(planner.pid, signal.SIGKILL)
        plan = await asking
        assert plan is not None
        assert plan["kind"] == "Fetch"
    finally:
        await planner.stop()


async def test_a_planner_that_hangs_is_replaced(supergraph: Path) -> None:
    planner = Planner(supergraph, timeout=0.3, wait=10)
    await planner.start()
    try:
        assert planner.pid is not None
        os.kill(planner.pid, signal.SIGSTOP)
        with pytest.raises(PlannerUnavailable):
            await planner.plan("{ units { name } }", None)
        assert await planner.plan("{ units { name } }", None) is not None
    finally:
        await planner.stop()


@pytest.mark.parametrize(
    "bad", ["", "{", "{ nothing }", "mutation { no }", "subscription { no }", "{ __schema { types } }"]
)
async def test_bad_operations_do_not_hurt_the_planner(gateway: RunningGateway, bad: str) -> None:
    planner = gateway.app.planner
    before = planner.pid
    with pytest.raises(NotPlannable):
        await planner.plan(bad, None)
    assert await planner.plan("{ units { name } }", None) is not None
    assert planner.pid == before


async def test_a_supergraph_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    broken = tmp_path / "supergraph.graphql"
    broken.write_text("type Query {")
    planner = Planner(broken, timeout=1, wait=1)
    with pytest.raises(PlannerDied):
        await planner.start()
    await planner.stop()


async def test_an_operation_is_planned_once_for_all_who_ask_at_once(gateway: RunningGateway) -> None:
    endpoint = gateway.app.endpoint
    assert endpoint is not None
    known = len(endpoint.operations.plans)
    answers = await asyncio.gather(*[gateway.ask(fresh(777)) for _ in range(30)])
    assert all(answer.data == {"fresh777": None} for answer in answers)
    assert len(endpoint.operations.plans) == known + 1


async def test_a_failed_operation_is_not_remembered(start_gateway: StartGateway) -> None:
    async with start_gateway(planner_wait=0.2) as gateway:
        await gateway.app.planner.stop()
        assert (await gateway.ask(fresh(3))).status == 503
        await gateway.app.planner.start()
        assert (await gateway.ask(fresh(3))).errors == []


async def test_plans_are_bounded_and_the_oldest_goes_first(start_gateway: StartGateway, world: World) -> None:
    async with start_gateway(plan_cache_size=3) as gateway:
        for number in range(1, 8):
            assert (await gateway.ask(fresh(number))).errors == []
        endpoint = gateway.app.endpoint
        assert endpoint is not None
        assert len(endpoint.operations.plans) == 3
        assert endpoint.operations.plans.get((fresh(7), None, ())) is not None
        assert endpoint.operations.plans.get((fresh(4), None, ())) is None
        assert (await gateway.ask(fresh(1))).errors == []

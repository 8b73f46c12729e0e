"""Runs scenarios against one or two servers, in turn, round after round, so that both see the same noise."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import orjson

from bench import house, load
from bench.report import Row
from bench.scenarios import Scenario


@dataclass(frozen=True)
class Plan:
    """How long and how hard."""

    connections: int
    seconds: float
    rounds: int


async def measure(
    scenarios: Sequence[Scenario], targets: Sequence[load.Target], plan: Plan, say: Callable[[str], None]
) -> list[Row]:
    """Return a row for each scenario and server; the first target is Loa, whose processes are metered."""
    rows: list[Row] = []
    ours = house.House.of_here()
    for scenario in scenarios:
        say(f"{scenario.name}: {scenario.description}")
        bodies = await scenario.bodies(targets[0])
        pairs = [(target, Row(scenario.name, target.name, [])) for target in targets]
        await _warm_up(pairs, bodies, plan)
        before, requests = ours.seconds(), 0
        for _ in range(plan.rounds):
            for target, row in pairs:
                started = ours.seconds()
                figures = await load.run(target, bodies, connections=plan.connections, seconds=plan.seconds)
                row.rounds.append(figures)
                if target is targets[0]:
                    requests += figures.requests
                else:
                    # What our processes used while the other was asked is not ours to count.
                    before = _shifted(before, started, ours.seconds())
        pairs[0][1].cpu = house.spent(before, ours.seconds(), requests)
        rows += [row for _, row in pairs]
    return rows


async def _warm_up(pairs: Sequence[tuple[load.Target, Row]], bodies: list[bytes], plan: Plan) -> None:
    for target, _ in pairs:
        await load.run(target, bodies, connections=plan.connections, seconds=min(1.0, plan.seconds))


def _shifted(before: dict[str, float], started: dict[str, float], ended: dict[str, float]) -> dict[str, float]:
    return {name: before.get(name, 0.0) + ended[name] - started.get(name, ended[name]) for name in ended}


def body_of(document: str, variables: dict[str, object]) -> bytes:
    """Return the JSON body of an operation."""
    return orjson.dumps({"query": document, "variables": variables})

"""A plan becomes one coroutine function, once; every request with the same operation then only runs it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from gateway.execution.fetch import EntityFetch, RootFetch
from gateway.execution.run import Run, Step, Subgraph
from gateway.planner.client import NotPlannable
from gateway.planner.plan import EntityAlias, PlanNode
from gateway.planner.supergraph import Supergraph


class PlanCompiler:
    """Turns the nodes of plans into coroutine functions; raises `NotPlannable` for a kind of node it does not know."""

    def __init__(self, supergraph: Supergraph, subgraphs: Mapping[str, Subgraph]) -> None:
        self.supergraph = supergraph
        self.subgraphs = subgraphs

    def compile(self, node: PlanNode) -> Step:
        kind = node["kind"]
        if kind == "Fetch":
            return RootFetch(node, self._subgraph(node), self.supergraph)
        if kind == "Flatten":
            return self._flatten(node)
        if kind == "BatchFetch":
            aliases = node.get("entityBatch", {"aliases": []})["aliases"]
            return EntityFetch(node, aliases, self._subgraph(node), self.supergraph)
        if kind == "Sequence":
            return _in_sequence([self.compile(each) for each in node.get("nodes", ())])
        if kind == "Parallel":
            return self._parallel(node.get("nodes", ()))
        if kind == "Condition":
            return self._condition(node)
        raise NotPlannable(f"unknown plan node {kind}")

    def _subgraph(self, node: PlanNode) -> Subgraph:
        return self.subgraphs[node.get("serviceName", "")]

    def _flatten(self, node: PlanNode) -> Step:
        inner = node.get("node")
        assert inner is not None
        alias: EntityAlias = {
            "alias": "_entities",
            "representationsVariableName": "representations",
            "paths": [node.get("path", [])],
            "requires": inner.get("requires", []),
            "inputRewrites": inner.get("inputRewrites"),
            "outputRewrites": inner.get("outputRewrites"),
        }
        return EntityFetch(inner, [alias], self._subgraph(inner), self.supergraph)

    def _parallel(self, nodes: Sequence[PlanNode]) -> Step:
        # What earlier mutations still lack is read before the next mutation changes it.
        reads = [self.compile(node) for node in nodes if not _changes(node)]
        changes = [self.compile(node) for node in nodes if _changes(node)]
        together = [_in_parallel(reads)] if len(reads) > 1 else reads
        steps = [*together, *changes]
        return steps[0] if len(steps) == 1 else _in_sequence(steps)

    def _condition(self, node: PlanNode) -> Step:
        variable = node.get("condition", "")
        then, otherwise = node.get("ifClause"), node.get("elseClause")
        when_true = self.compile(then) if then else None
        when_false = self.compile(otherwise) if otherwise else None

        async def condition(run: Run) -> None:
            step = when_true if run.variables.get(variable) else when_false
            if step:
                await step(run)

        return condition


def _changes(node: PlanNode) -> bool:
    inner = [node.get("node"), node.get("ifClause"), node.get("elseClause"), *node.get("nodes", ())]
    return node.get("operationKind") == "mutation" or any(_changes(each) for each in inner if each)


def _in_sequence(steps: Sequence[Step]) -> Step:
    async def sequence(run: Run) -> None:
        for step in steps:
            await step(run)

    return sequence


def _in_parallel(steps: Sequence[Step]) -> Step:
    async def parallel(run: Run) -> None:
        await asyncio.gather(*[step(run) for step in steps])

    return parallel

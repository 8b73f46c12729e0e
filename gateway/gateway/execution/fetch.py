"""Fetches: one request to one subgraph, at the root of the response or for objects that are there already."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import orjson
from graphql import FieldNode, InlineFragmentNode, OperationDefinitionNode, SelectionSetNode, parse

from gateway.execution.keys import client_path, response_key
from gateway.execution.paths import compile_path, general_path, locate
from gateway.execution.replies import (
    UNAVAILABLE,
    UNAVAILABLE_MESSAGE,
    Reply,
    client_error,
    error_path,
    read_reply,
)
from gateway.execution.representations import compile_requirements
from gateway.execution.rewrites import compile_rewrites, first_key, renamed_keys
from gateway.execution.run import Entity, ResponsePath, Run, Subgraph, SubgraphFailed, merge
from gateway.planner.plan import EntityAlias, PlanNode
from gateway.planner.supergraph import Supergraph

log = logging.getLogger("loa.gateway.subgraphs")

ENTITIES_PER_REQUEST = 500
"""More are asked for in several requests: the services refuse lists of more than a thousand."""

Index = int
Places = list[tuple[Entity, Index]]
"""The objects a fetch completes, each with the index of its representation."""


class Request:
    """What root and entity fetches share: the body sent, the answer read, the failure logged."""

    def __init__(self, node: PlanNode, subgraph: Subgraph) -> None:
        self.service = node.get("serviceName", "")
        self.operation = node.get("operation", "")
        self.subgraph = subgraph
        self.variables = tuple(node.get("variableUsages") or ())
        self.repeatable = node.get("operationKind") != "mutation"
        self._head = b'{"query":' + orjson.dumps(self.operation)

    def values(self, run: Run) -> dict[str, Any]:
        known = run.variables
        return {name: known[name] for name in self.variables if name in known}

    async def ask(self, run: Run, values: dict[str, Any]) -> Reply | None:
        """Returns the answer, or `None` when there is none worth the name; why is for the log."""
        body = b'%s,"variables":%s}' % (self._head, orjson.dumps(values)) if values else self._head + b"}"
        try:
            return read_reply(await self.subgraph.post(body, run.headers, repeatable=self.repeatable))
        except SubgraphFailed as reason:
            log.warning("%s failed (request %s): %s", self.service, run.request_id, reason)
            return None

    @cached_property
    def keys(self) -> dict[str, tuple[str, ...]]:
        """Response key at the operation's root → the response keys one level below; needed only to place errors."""
        definition = parse(self.operation).definitions[0]
        assert isinstance(definition, OperationDefinitionNode)
        return {response_key(field): _keys(field.selection_set) for field in _fields(definition.selection_set)}


class RootFetch:
    """Asks a subgraph for root fields and puts what it answers into the response."""

    def __init__(self, node: PlanNode, subgraph: Subgraph, supergraph: Supergraph) -> None:
        self.request = Request(node, subgraph)
        self.rewrite = compile_rewrites(node.get("outputRewrites"), supergraph)
        self.renamed = renamed_keys(node.get("outputRewrites"))

    async def __call__(self, run: Run) -> None:
        reply = await self.request.ask(run, self.request.values(run))
        if reply is None:
            self._unavailable(run)
            return
        if reply.errors:
            self._tell(run, reply)
        if reply.data:
            if self.rewrite:
                self.rewrite(reply.data)
            merge(run.data, reply.data)

    def _unavailable(self, run: Run) -> None:
        for key in self._root_keys():
            run.add_error(UNAVAILABLE_MESSAGE, UNAVAILABLE, (key,))

    def _tell(self, run: Run, reply: Reply) -> None:
        if reply.data is None:
            run.failed.update((key,) for key in self._root_keys())
        for error in reply.errors:
            path = error_path(error)
            renamed = _renamed(path, self.renamed) if path else None
            run.errors.append(client_error(error, renamed, self.request.service, run.request_id))

    def _root_keys(self) -> list[str]:
        return [str(_renamed((key,), self.renamed)[0]) for key in self.request.keys]


class EntityTarget:
    """One `_entities` field of a fetch: which objects it completes, and how they are named to the subgraph."""

    def __init__(self, alias: EntityAlias, supergraph: Supergraph) -> None:
        self.alias = alias["alias"]
        self.variable = alias["representationsVariableName"]
        self.paths = alias["paths"]
        self.walks = [compile_path(path, supergraph) for path in alias["paths"]]
        self.represent = compile_requirements(alias["requires"], supergraph)
        self.rewrite_input = compile_rewrites(alias.get("inputRewrites"), supergraph)
        self.rewrite_output = compile_rewrites(alias.get("outputRewrites"), supergraph)
        self.renamed = renamed_keys(alias.get("outputRewrites"))
        self.output_key = first_key(alias.get("outputRewrites"))

    def collect(self, run: Run) -> tuple[list[Entity], Places]:
        """Returns the distinct representations, and for each object the index of its own."""
        found: list[Entity] = []
        for walk in self.walks:
            walk(run.data, found)
        representations: list[Entity] = []
        places: Places = []
        seen: dict[Any, Index] = {}
        for entity in found:
            representation = self.represent(entity, run.variables)
            if representation is None:
                continue
            if self.rewrite_input:
                self.rewrite_input(representation)
            index = seen.setdefault(_identity(representation), len(representations))
            if index == len(representations):
                representations.append(representation)
            places.append((entity, index))
        return representations, places

    def spread(self, entities: Sequence[Any], places: Places) -> None:
        if self.rewrite_output:
            at_root = self.output_key in ("_entities", self.alias)
            self.rewrite_output({self.output_key: entities} if at_root else entities)
        for entity, index in places:
            fetched = entities[index]
            if fetched:
                merge(entity, fetched)

    def locate(self, run: Run, places: Places, index: Index | None) -> list[ResponsePath]:
        """Where the objects of one representation (of any, if `index` is `None`) stand in the response."""
        wanted = {id(entity) for entity, its in places if index in (None, its)}
        spots = (spot for path in self.paths for spot in locate(run.data, path))
        return list(dict.fromkeys(path for entity, path in spots if id(entity) in wanted))


class Asked(NamedTuple):
    """What one request asks of one `_entities` field."""

    target: EntityTarget
    representations: list[Entity]
    places: Places

    def part(self, start: int, end: int) -> Asked:
        """The same for some of the representations only."""
        places = [(entity, index - start) for entity, index in self.places if start <= index < end]
        return Asked(self.target, self.representations[start:end], places)


class EntityFetch:
    """Completes objects of the response with what another subgraph knows of them, each asked for once."""

    def __init__(
        self, node: PlanNode, aliases: Iterable[EntityAlias], subgraph: Subgraph, supergraph: Supergraph
    ) -> None:
        self.request = Request(node, subgraph)
        self.targets = [EntityTarget(alias, supergraph) for alias in aliases]

    async def __call__(self, run: Run) -> None:
        asked = [Asked(target, *target.collect(run)) for target in self.targets]
        most = max(len(each.representations) for each in asked)
        if most <= ENTITIES_PER_REQUEST:
            if most:
                await self._fetch(run, asked)
            return
        ends = [(start, start + ENTITIES_PER_REQUEST) for start in range(0, most, ENTITIES_PER_REQUEST)]
        await asyncio.gather(*[self._fetch(run, [each.part(start, end) for each in asked]) for start, end in ends])

    async def _fetch(self, run: Run, asked: Sequence[Asked]) -> None:
        values = self.request.values(run)
        for each in asked:
            values[each.target.variable] = each.representations
        reply = await self.request.ask(run, values)
        if reply is not None:
            self._tell(run, reply, asked)
        for each in asked:
            self._complete(run, each, reply)

    def _complete(self, run: Run, asked: Asked, reply: Reply | None) -> None:
        entities = reply.data.get(asked.target.alias) if reply and reply.data else None
        if type(entities) is list and len(entities) == len(asked.representations):
            asked.target.spread(entities, asked.places)
        elif asked.places:
            self._unavailable(run, asked.target, asked.places, told=bool(reply and reply.errors))

    def _unavailable(self, run: Run, target: EntityTarget, places: Places, *, told: bool) -> None:
        if not told:
            run.add_error(UNAVAILABLE_MESSAGE, UNAVAILABLE, self._first_spot(run, target, places))
        run.failed.update(general_path(path) for path in target.paths)

    def _first_spot(self, run: Run, target: EntityTarget, places: Places) -> ResponsePath:
        spots = target.locate(run, places, None)
        keys = self.request.keys.get(target.alias, ())
        return (*(spots[0] if spots else ()), *_renamed(keys[:1], target.renamed))

    def _tell(self, run: Run, reply: Reply, asked: Sequence[Asked]) -> None:
        for error in reply.errors:
            for path in self._client_paths(run, error_path(error), reply, asked):
                run.errors.append(client_error(error, path, self.request.service, run.request_id))

    def _client_paths(
        self, run: Run, path: ResponsePath | None, reply: Reply, asked: Sequence[Asked]
    ) -> list[ResponsePath]:
        """An error at one entity is told wherever that entity stands; any other at the first place asked for."""
        for target, _, places in asked:
            if path and path[0] == target.alias and len(path) > 1 and isinstance(path[1], int):
                spots = target.locate(run, places, path[1])
                if _is_null(reply, target.alias, path[1]):
                    run.lost.update(spots)
                return [(*spot, *_renamed(path[2:], target.renamed)) for spot in spots]
        first = next(each for each in asked if each.places)
        return [self._first_spot(run, first.target, first.places)]


def _is_null(reply: Reply, alias: str, index: Index) -> bool:
    entities = reply.data.get(alias) if reply.data else None
    return type(entities) is list and index < len(entities) and entities[index] is None


def _renamed(path: ResponsePath, renamed: dict[str, str]) -> ResponsePath:
    return client_path(renamed.get(step, step) if isinstance(step, str) else step for step in path)


def _identity(representation: Entity) -> Any:
    identity = tuple(representation.items())
    try:
        hash(identity)
    except TypeError:
        return orjson.dumps(representation, option=orjson.OPT_SORT_KEYS)
    return identity


def _fields(selections: SelectionSetNode) -> list[FieldNode]:
    fields: list[FieldNode] = []
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            fields.append(selection)
        elif isinstance(selection, InlineFragmentNode):
            fields += _fields(selection.selection_set)
    return fields


def _keys(selections: SelectionSetNode | None) -> tuple[str, ...]:
    return tuple(response_key(field) for field in _fields(selections)) if selections else ()

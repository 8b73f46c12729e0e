"""Paths of a plan: from the response's root to the objects that a fetch completes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from gateway.execution.keys import client_path
from gateway.execution.run import ITEM, Entity, ResponsePath
from gateway.planner.plan import PathSegment
from gateway.planner.supergraph import Supergraph

Walk = Callable[[Any, list[Entity]], None]


def compile_path(segments: Sequence[PathSegment], supergraph: Supergraph) -> Walk:
    """Returns a function that appends the objects at the path to a list, in the response's order."""
    walk: Walk = _take
    for segment in reversed(segments):
        walk = _compile_segment(segment, supergraph, walk)
    return walk


def _take(value: Any, found: list[Entity]) -> None:
    if type(value) is dict:
        found.append(value)
    elif type(value) is list:
        for item in value:
            _take(item, found)


def _compile_segment(segment: PathSegment, supergraph: Supergraph, then: Walk) -> Walk:
    if segment == ITEM:
        return _items(then)
    if "Field" in segment:
        return _field(segment["Field"], then)
    return _of_type(_types(segment["TypeCondition"], supergraph), then)


def _items(then: Walk) -> Walk:
    def items(value: Any, found: list[Entity]) -> None:
        if type(value) is list:
            for item in value:
                then(item, found)

    return items


def _field(key: str, then: Walk) -> Walk:
    def field(value: Any, found: list[Entity]) -> None:
        if type(value) is dict:
            inner = value.get(key)
            if inner is not None:
                then(inner, found)
        elif type(value) is list:
            for item in value:
                field(item, found)

    return field


def _of_type(types: frozenset[str], then: Walk) -> Walk:
    def of_type(value: Any, found: list[Entity]) -> None:
        if type(value) is dict:
            name = value.get("__typename")
            if name is None or name in types:
                then(value, found)
        elif type(value) is list:
            for item in value:
                of_type(item, found)

    return of_type


def _types(conditions: Sequence[str], supergraph: Supergraph) -> frozenset[str]:
    return frozenset[str]().union(*(supergraph.types_of(condition) for condition in conditions))


def general_path(segments: Sequence[PathSegment]) -> ResponsePath:
    """The path in the response with every list index left open, without the conditions on types."""
    return client_path(_steps(segments))


def _steps(segments: Sequence[PathSegment]) -> ResponsePath:
    steps = [ITEM if segment == ITEM else segment.get("Field") for segment in segments]
    return tuple(step for step in steps if step is not None)


def locate(data: Entity, segments: Sequence[PathSegment]) -> Iterator[tuple[Entity, ResponsePath]]:
    """The objects at a path together with where they stand in the response: needed only when something failed there."""
    for entity, path in _locate(data, _steps(segments), ()):
        yield entity, client_path(path)


def _locate(value: Any, steps: ResponsePath, path: ResponsePath) -> Iterator[tuple[Entity, ResponsePath]]:
    if type(value) is list:
        rest = steps[1:] if steps and steps[0] == ITEM else steps
        for index, item in enumerate(value):
            yield from _locate(item, rest, (*path, index))
    elif type(value) is dict and not steps:
        yield value, path
    elif type(value) is dict and steps[0] in value:
        yield from _locate(value[steps[0]], steps[1:], (*path, steps[0]))

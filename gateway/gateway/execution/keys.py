"""Keys under which fields are fetched: a client's alias must not take the place of a key that the plan needs."""

from __future__ import annotations

from collections.abc import Iterable

from graphql import FieldNode

from gateway.execution.run import ResponsePath

PREFIX = "_alias_"


def response_key(node: FieldNode) -> str:
    return node.alias.value if node.alias else node.name.value


def fetched_key(node: FieldNode, field_names: frozenset[str]) -> str:
    """The key in fetched data; `field_names` are all that a plan may add to a selection."""
    key = response_key(node)
    if key != node.name.value and (key in field_names or key.startswith(PREFIX)):
        return PREFIX + key
    return key


def client_path(path: Iterable[str | int]) -> ResponsePath:
    """The path in the response of a path in fetched data."""
    return tuple(step.removeprefix(PREFIX) if isinstance(step, str) else step for step in path)

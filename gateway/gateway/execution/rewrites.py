"""Rewrites: where the planner renamed a key or a type for one subgraph, the answer is put back as it was asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gateway.planner.plan import Rewrite
from gateway.planner.supergraph import Supergraph

Apply = Callable[[Any], None]


def compile_rewrites(rewrites: Sequence[Rewrite] | None, supergraph: Supergraph) -> Apply | None:
    """Returns a function that changes fetched data in place, `None` if there is nothing to rewrite."""
    if not rewrites:
        return None
    steps = [_compile(_plain(rewrite), supergraph) for rewrite in rewrites]

    def apply(data: Any) -> None:
        for step in steps:
            step(data)

    return apply


def renamed_keys(rewrites: Sequence[Rewrite] | None) -> dict[str, str]:
    """The key a subgraph knows → the key clients know, for the paths of errors."""
    plain = [_plain(rewrite) for rewrite in rewrites or ()]
    return {rewrite["path"][-1]["Key"]: rewrite["renameKeyTo"] for rewrite in plain if "renameKeyTo" in rewrite}


def first_key(rewrites: Sequence[Rewrite] | None) -> str | None:
    """The key the rewrites begin at: an alias of `_entities` if they start at the answer's root, not at one entity."""
    first = _plain(rewrites[0])["path"][0] if rewrites else {}
    return first.get("Key")


def _plain(rewrite: Rewrite) -> Rewrite:
    return rewrite.get("KeyRenamer") or rewrite.get("ValueSetter") or rewrite


def _compile(rewrite: Rewrite, supergraph: Supergraph) -> Apply:
    *way, last = rewrite["path"]
    apply = (
        _rename(last["Key"], rewrite["renameKeyTo"]) if "renameKeyTo" in rewrite else _set(last, rewrite, supergraph)
    )
    for segment in reversed(way):
        apply = _enter(segment, apply, supergraph)
    return _each(apply)


def _rename(key: str, name: str) -> Apply:
    def rename(data: Any) -> None:
        if key in data:
            data[name] = data.pop(key)

    return rename


def _set(last: dict[str, Any], rewrite: Rewrite, supergraph: Supergraph) -> Apply:
    value = rewrite["setValueTo"]
    if "TypenameEquals" in last:
        return _enter(last, lambda data: data.__setitem__("__typename", value), supergraph)
    key = last["Key"]

    def set_value(data: Any) -> None:
        if key in data or key == "__typename":
            data[key] = value

    return set_value


def _enter(segment: dict[str, Any], apply: Apply, supergraph: Supergraph) -> Apply:
    if "Key" in segment:
        key, into = segment["Key"], _each(apply)
        return lambda data: into(data.get(key))
    names = segment["TypenameEquals"]
    names = [names] if isinstance(names, str) else names
    types = frozenset[str]().union(*(supergraph.types_of(name) for name in names))

    def of_type(data: Any) -> None:
        # The planner's name is a type condition: an interface's name means its objects too.
        if data.get("__typename") in types or data.get("__typename") is None:
            apply(data)

    return of_type


def _each(apply: Apply) -> Apply:
    def each(data: Any) -> None:
        if type(data) is dict:
            apply(data)
        elif type(data) is list:
            for item in data:
                each(item)

    return each

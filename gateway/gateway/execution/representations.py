"""Representations: the part of an object by which another subgraph knows it again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gateway.execution.run import Entity
from gateway.planner.plan import Requirement
from gateway.planner.supergraph import Supergraph

Represent = Callable[[Entity, dict[str, Any]], Entity | None]
"""Object and variables → its representation, or `None` if the object is of another type or lacks what is required."""


class _Incomplete(Exception):
    """A required field is not there: nothing can be asked about this object."""


def compile_requirements(requirements: Sequence[Requirement], supergraph: Supergraph) -> Represent:
    if len(requirements) == 1 and _is_flat(requirements[0]):
        return _flat(requirements[0], supergraph)
    return _nested(requirements, supergraph)


def _is_flat(requirement: Requirement) -> bool:
    if requirement["kind"] != "InlineFragment" or "skipIf" in requirement or "includeIf" in requirement:
        return False
    return all(
        each["kind"] == "Field" and not each.get("selections") and not each.get("alias")
        for each in requirement.get("selections", ())
    )


def _flat(requirement: Requirement, supergraph: Supergraph) -> Represent:
    condition = requirement.get("typeCondition", "")
    types = supergraph.types_of(condition)
    names = [each.get("name", "") for each in requirement.get("selections", ())]
    keys = [name for name in names if name != "__typename"]

    def represent(entity: Entity, _: dict[str, Any]) -> Entity | None:
        typename = entity.get("__typename", condition)
        if typename not in types:
            return None
        representation = {"__typename": typename}
        for key in keys:
            if key not in entity:
                return None
            representation[key] = entity[key]
        return representation

    return represent


def _nested(requirements: Sequence[Requirement], supergraph: Supergraph) -> Represent:
    def represent(entity: Entity, variables: dict[str, Any]) -> Entity | None:
        try:
            representation = _select(requirements, entity, variables, supergraph)
        except _Incomplete:
            return None
        if not representation:
            return None
        if "__typename" in entity:
            representation.setdefault("__typename", entity["__typename"])
        return representation

    return represent


def _select(requirements: Sequence[Requirement], value: Any, variables: dict[str, Any], supergraph: Supergraph) -> Any:
    if type(value) is list:
        return [_select(requirements, item, variables, supergraph) for item in value]
    if type(value) is not dict:
        return value
    selected: Entity = {}
    for requirement in requirements:
        if requirement["kind"] == "Field":
            _select_field(requirement, value, variables, supergraph, selected)
        elif _applies(requirement, value, variables, supergraph):
            selected.update(_select(requirement.get("selections", ()), value, variables, supergraph))
    return selected


def _select_field(
    requirement: Requirement, entity: Entity, variables: dict[str, Any], supergraph: Supergraph, selected: Entity
) -> None:
    # `name` is the key in our data, `alias` the key the subgraph expects.
    name = requirement.get("name", "")
    if name not in entity:
        if name == "__typename":
            return
        raise _Incomplete(name)
    inner = requirement.get("selections")
    value = entity[name]
    selected[requirement.get("alias") or name] = _select(inner, value, variables, supergraph) if inner else value


def _applies(requirement: Requirement, entity: Entity, variables: dict[str, Any], supergraph: Supergraph) -> bool:
    if "skipIf" in requirement and variables.get(requirement["skipIf"]):
        return False
    if "includeIf" in requirement and not variables.get(requirement["includeIf"]):
        return False
    typename = entity.get("__typename")
    return typename is None or typename in supergraph.types_of(requirement.get("typeCondition", ""))

"""The careful way from fetched data to the response: "Completing Values" of the GraphQL specification, with its errors.

A null, or a value of the wrong kind, where the schema forbids it becomes an error (unless one already tells why) and
makes the nearest nullable parent null.
"""

from __future__ import annotations

from typing import Any

from graphql import (
    get_named_type,
    is_enum_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

from gateway.execution.replies import HIDDEN
from gateway.execution.run import Entity, ResponsePath, Run
from gateway.execution.selection import TYPENAME, OutputType, Shape, ShapeField


class _Null(Exception):
    """A value that must not be null is: its parent cannot stand."""


def complete(shape: Shape, run: Run) -> Entity | None:
    """Returns the response's data, `None` if a non-null root field has no value; adds errors to the run."""
    try:
        return _object(shape, run.data, (), run)
    except _Null:
        return None


def _object(shape: Shape, value: Entity, path: ResponsePath, run: Run) -> Entity:
    completed: Entity = {}
    for field in shape.fields:
        if field.name == TYPENAME:
            completed[field.key] = shape.type.name
        elif field.type is None:
            completed[field.key] = value.get(field.source)
        else:
            coordinate = f"{shape.type.name}.{field.name}"
            completed[field.key] = _value(
                field.type, field, value.get(field.source), (*path, field.key), coordinate, run
            )
    return completed


def _value(output: OutputType, field: ShapeField, value: Any, path: ResponsePath, coordinate: str, run: Run) -> Any:
    if is_non_null_type(output):
        completed = _value(output.of_type, field, value, path, coordinate, run)
        if completed is None:
            _explain(run, path, f"Cannot return null for non-nullable field {coordinate}.")
            raise _Null
        return completed
    if value is None:
        return None
    try:
        return _present(output, field, value, path, coordinate, run)
    except _Null:
        return None


def _present(output: OutputType, field: ShapeField, value: Any, path: ResponsePath, coordinate: str, run: Run) -> Any:
    if is_list_type(output):
        if type(value) is not list:
            return _wrong(run, path, coordinate)
        item = output.of_type
        return [_value(item, field, each, (*path, index), coordinate, run) for index, each in enumerate(value)]
    if is_enum_type(output):
        return value if isinstance(value, str) and value in output.values else _wrong(run, path, coordinate)
    if is_leaf_type(output):
        return value
    shape = _shape_of(output, field, value)
    return _object(shape, value, path, run) if shape else _wrong(run, path, coordinate)


def _shape_of(output: OutputType, field: ShapeField, value: Any) -> Shape | None:
    if type(value) is not dict:
        return None
    declared = get_named_type(output).name
    if len(field.shapes) == 1 and declared in field.shapes:
        return field.shapes[declared]
    typename = value.get(TYPENAME, declared)
    return field.shapes.get(typename) if isinstance(typename, str) else None


def _wrong(run: Run, path: ResponsePath, coordinate: str) -> None:
    _explain(run, path, f"The value of field {coordinate} does not fit its type.")


def _explain(run: Run, path: ResponsePath, message: str) -> None:
    if not run.is_explained(path):
        run.add_error(message, HIDDEN, path)

"""The fast way from fetched data to the response: generated code for the case that nothing is missing.

Whenever a value is not as the schema promises, the generated code gives up and `completion` does the work by the book.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import (
    GraphQLEnumType,
    get_named_type,
    is_enum_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)

from gateway.execution.run import Entity
from gateway.execution.selection import TYPENAME, OutputType, Shape, ShapeField

Project = Callable[[Entity], Entity]


class NotAsPromised(Exception):
    """Something is null that must not be, or is of another kind than the schema says."""


def compile_projection(root: Shape) -> Project:
    """Returns a function from data to response data; it raises `NotAsPromised` instead of repairing anything."""
    writer = _Writer()
    name = writer.shape(root)
    namespace: dict[str, Any] = {"NotAsPromised": NotAsPromised, **writer.constants}
    # The generated text holds only our own words and the repr of response keys, which are GraphQL names.
    exec("\n".join(writer.lines), namespace)  # noqa: S102  # see above
    project: Project = namespace[name]

    def checked(data: Entity) -> Entity:
        try:
            return project(data)
        except (AttributeError, KeyError, TypeError) as error:
            raise NotAsPromised from error

    return checked


class _Writer:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.constants: dict[str, Any] = {}
        self._names: dict[int, str] = {}
        self._count = 0

    def shape(self, shape: Shape) -> str:
        """Writes the function of a shape, unless it is there, and returns its name."""
        if id(shape) in self._names:
            return self._names[id(shape)]
        name = self._names[id(shape)] = self._new("object")
        body: list[str] = []
        items = [f"{field.key!r}: {self._field(shape, field, body, index)}" for index, field in enumerate(shape.fields)]
        # `get` is looked up even where no field needs it, so that a value of another kind is noticed.
        self.lines += [f"def {name}(o):", "    get = o.get", *body, "    return {" + ", ".join(items) + "}"]
        return name

    def _field(self, shape: Shape, field: ShapeField, body: list[str], index: int) -> str:
        if field.name == TYPENAME:
            return repr(shape.type.name) if is_object_type(shape.type) else f"o[{TYPENAME!r}]"
        if field.type is None:
            return f"get({field.source!r})"
        variable = f"v{index}"
        body.append(f"    {variable} = get({field.source!r})")
        self._value(field.type, field, variable, body, "    ")
        return variable

    def _value(self, output: OutputType, field: ShapeField, value: str, body: list[str], margin: str) -> None:
        """Writes the lines that check the variable and put the projected value into it."""
        if is_non_null_type(output):
            body.append(f"{margin}if {value} is None: raise NotAsPromised")
            self._present(output.of_type, field, value, body, margin)
            return
        lines: list[str] = []
        self._present(output, field, value, lines, margin + "    ")
        if lines:
            body += [f"{margin}if {value} is not None:", *lines]

    def _present(self, output: OutputType, field: ShapeField, value: str, body: list[str], margin: str) -> None:
        if is_list_type(output):
            self._list(output.of_type, field, value, body, margin)
        elif is_enum_type(output):
            body.append(f"{margin}if {value} not in {self._enum(output)}: raise NotAsPromised")
        elif not is_leaf_type(output):
            body.append(f"{margin}{value} = {self._object(output, field, value)}")

    def _list(self, item: OutputType, field: ShapeField, value: str, body: list[str], margin: str) -> None:
        body.append(f"{margin}if {value}.__class__ is not list: raise NotAsPromised")
        inner = item.of_type if is_non_null_type(item) else item
        if is_leaf_type(inner) and not is_enum_type(inner):
            if is_non_null_type(item):
                body.append(f"{margin}if None in {value}: raise NotAsPromised")
            return
        if not is_list_type(inner) and not is_enum_type(inner):
            self._object_list(item, inner, field, value, body, margin)
            return
        items, each = self._new("items"), self._new("item")
        body += [f"{margin}{items} = []", f"{margin}for {each} in {value}:"]
        self._value(item, field, each, body, margin + "    ")
        body += [f"{margin}    {items}.append({each})", f"{margin}{value} = {items}"]

    def _object_list(
        self,
        item: OutputType,
        inner: OutputType,
        field: ShapeField,
        value: str,
        body: list[str],
        margin: str,
    ) -> None:
        # A null among items that must not be null has no `get` and no type name: the call itself finds out.
        call = self._object(inner, field, "i")
        call = call if is_non_null_type(item) else f"None if i is None else {call}"
        body.append(f"{margin}{value} = [{call} for i in {value}]")

    def _object(self, output: OutputType, field: ShapeField, value: str) -> str:
        declared = get_named_type(output).name
        if len(field.shapes) == 1 and declared in field.shapes:
            return f"{self.shape(field.shapes[declared])}({value})"
        table = self._new("types")
        entries = ", ".join(f"{name!r}: {self.shape(shape)}" for name, shape in field.shapes.items())
        self.lines.append(f"{table} = {{{entries}}}")
        return f"{table}[{value}.get({TYPENAME!r}, {declared!r})]({value})"

    def _enum(self, output: GraphQLEnumType) -> str:
        name = f"enum_{output.name}"
        self.constants[name] = frozenset(output.values)
        return name

    def _new(self, word: str) -> str:
        self._count += 1
        return f"{word}{self._count}"

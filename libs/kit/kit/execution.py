"""A compiled path through graphql-core's executor for what most of an answer is: plain attributes of objects.

graphql-core spends 10–20 µs on every leaf of every object. Here one generated function reads all plain leaf attributes
of an object at once; every other field goes through the stock executor. Any surprise (a wrong type, a null in a
non-null field, an exception) sends the whole object through the stock executor, so errors are its errors. Text that
PostgreSQL already rendered as JSON passes through as `orjson.Fragment`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import orjson
from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    is_leaf_type,
    is_non_null_type,
    is_object_type,
)
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.field import StrawberryField

PlanKey = tuple[Any, ...]

MOST_ITEMS = 20_000
"""Items of all lists in one answer. Pages bound each list; lists within lists multiply, and this bounds the product."""

# Python expressions that hold when the value `v` is not a plain serialised form of the scalar.
_NOT_PLAIN = {
    "Int": "{v}.__class__ is not int or not -2147483648 <= {v} <= 2147483647",
    "String": "{v}.__class__ is not str",
    "ID": "{v}.__class__ is not str",
    "Boolean": "{v}.__class__ is not bool",
    "Float": "{v}.__class__ is not float or {v} - {v} != 0",
}


class Surprise(Exception):
    """An object is not as plain as its plan expects."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How one selection on one object type is read: leaves by `read`, the fields in `rest` by the stock executor."""

    read: Callable[[Any], dict[str, Any]]
    rest: frozenset[str]


class CompiledExecutor(StrawberryGraphQLCoreExecutionContext):
    """The stock executor with plans; give it `plans`, a dict that lives as long as the document."""

    def __init__(self, *args: Any, plans: dict[PlanKey, Plan | None], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._plans = plans
        self._items_left = MOST_ITEMS

    def complete_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Any, result: Any, position_context: Any
    ) -> Any:
        """Let JSON that is rendered already pass; everything else is completed."""
        if type(result) is orjson.Fragment:
            return result
        return super().complete_value(return_type, field_details_list, info, path, result, position_context)

    def complete_list_value(
        self,
        return_type: GraphQLList[Any],
        field_details_list: Any,
        info: Any,
        path: Any,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Read a list of plain objects in one go; refuse one that makes the answer too large."""
        if type(result) is list:
            self._count(len(cast(list[Any], result)))
        done = self._plain_list(return_type.of_type, field_details_list, result)
        if done is not None:
            return done
        return super().complete_list_value(return_type, field_details_list, info, path, result, position_context)

    def _count(self, items: int) -> None:
        self._items_left -= items
        if self._items_left < 0:
            message = f"The lists of this answer hold more than {MOST_ITEMS} items: ask for shorter pages."
            raise GraphQLError(message, extensions={"code": "ANSWER_TOO_LARGE"})

    def _plain_list(self, item_type: Any, details: Any, result: Any) -> list[Any] | None:
        required = is_non_null_type(item_type)
        object_type = item_type.of_type if required else item_type
        if type(result) is not list or not is_object_type(object_type):
            return None
        plan = self._plan(object_type, details)
        if plan is None or plan.rest:
            return None
        read = plan.read
        try:
            if required:
                return [read(item) for item in cast(list[Any], result)]
            return [None if item is None else read(item) for item in cast(list[Any], result)]
        except Exception:  # whatever it is, the stock executor reports it properly
            return None

    def collect_and_execute_subfields(
        self, return_type: Any, field_details_list: Any, path: Any, result: Any, position_context: Any
    ) -> Any:
        """Read an object's leaves at once, then its other fields."""
        plan = self._plan(return_type, field_details_list)
        done = self._read(plan, result) if plan is not None else None
        if plan is None or done is None:
            return super().collect_and_execute_subfields(
                return_type, field_details_list, path, result, position_context
            )
        if not plan.rest:
            return done
        return self._with_rest(plan, done, return_type, field_details_list, path, result, position_context)

    @staticmethod
    def _read(plan: Plan, source: Any) -> dict[str, Any] | None:
        try:
            return plan.read(source)
        except Exception:  # whatever it is, the stock executor reports it properly
            return None

    def _with_rest(
        self, plan: Plan, done: dict[str, Any], kind: Any, details: Any, path: Any, source: Any, position: Any
    ) -> Any:
        grouped = self.collect_subfields(kind, details).grouped_field_set
        rest = {name: fields for name, fields in grouped.items() if name in plan.rest}
        found = self.execute_fields(kind, source, path, rest, position)
        if not self.is_awaitable(found):
            return {**done, **cast(dict[str, Any], found)}

        async def finish() -> dict[str, Any]:
            return {**done, **await cast(Any, found)}

        return finish()

    def _plan(self, kind: GraphQLObjectType, details: Any) -> Plan | None:
        key = (kind.name, *(id(field.node) for field in details))
        try:
            return self._plans[key]
        except KeyError:
            plan = self._plans[key] = self._make_plan(kind, details)
            return plan

    def _make_plan(self, kind: GraphQLObjectType, details: Any) -> Plan | None:
        if kind.is_type_of is not None and not _checks_only_class(kind):
            return None
        if any(_has_directives(field.node.selection_set, self.fragment_definitions) for field in details):
            return None
        grouped = self.collect_subfields(kind, details).grouped_field_set
        nodes = {name: fields[0].node for name, fields in grouped.items()}
        return compile_plan(self.schema, kind, nodes)


def _checks_only_class(kind: GraphQLObjectType) -> bool:
    # strawberry's own is_type_of compares classes, which a union or interface has done before.
    return getattr(kind.is_type_of, "__module__", "").startswith("strawberry.")


def compile_plan(schema: GraphQLSchema, kind: GraphQLObjectType, nodes: dict[str, FieldNode]) -> Plan | None:
    """Write the function that reads the plain leaves among `nodes` (response key → field); None when there are none."""
    lines: list[str] = []
    items: list[str] = []
    rest: set[str] = set()
    names: dict[str, Any] = {"Surprise": Surprise}
    for number, (key, node) in enumerate(nodes.items()):
        if node.name.value == "__typename":
            items.append(f"{key!r}: {kind.name!r}")
            continue
        field = schema.get_field(kind, node.name.value)
        attribute = plain_attribute(field) if field is not None and not node.arguments else None
        if field is None or attribute is None:
            rest.add(key)
            items.append(f"{key!r}: None")
            continue
        lines += _read_leaf(f"v{number}", attribute, field, names)
        items.append(f"{key!r}: v{number}")
    if not lines:
        return None
    source = (
        "def read(source):\n" + "\n".join(f"    {line}" for line in lines) + "\n    return {" + ", ".join(items) + "}"
    )
    exec(source, names)  # noqa: S102  # generated from schema names alone, which are identifiers
    return Plan(read=names["read"], rest=frozenset(rest))


def plain_attribute(field: GraphQLField) -> str | None:
    """Return the attribute a leaf field merely reads, or None when a resolver does anything else."""
    definition = (field.extensions or {}).get("strawberry-definition")
    named = field.type.of_type if is_non_null_type(field.type) else field.type
    if field.args or not is_leaf_type(named) or not isinstance(definition, StrawberryField):
        return None
    return definition.python_name if definition.is_basic_field else None


def _read_leaf(variable: str, attribute: str, field: GraphQLField, names: dict[str, Any]) -> list[str]:
    required = is_non_null_type(field.type)
    kind: Any = field.type
    leaf = kind.of_type if required else kind
    lines = [f"{variable} = source.{attribute}"]
    if leaf.name in _NOT_PLAIN:
        surprise = _NOT_PLAIN[leaf.name].format(v=variable)
        lines.append(f"if {surprise if required else f'{variable} is not None and ({surprise})'}: raise Surprise")
        return lines
    names[f"serialize_{variable}"] = leaf.coerce_output_value
    if required:
        lines.append(f"if {variable} is None: raise Surprise")
    lines.append(f"if {variable} is not None: {variable} = serialize_{variable}({variable})")
    return lines


def _has_directives(selections: SelectionSetNode | None, fragments: Any) -> bool:
    for selection in selections.selections if selections else ():
        if selection.directives:
            return True
        if isinstance(selection, FragmentSpreadNode) and _has_directives(
            fragments[selection.name.value].selection_set, fragments
        ):
            return True
        if isinstance(selection, InlineFragmentNode) and _has_directives(selection.selection_set, fragments):
            return True
    return False

"""Bounds on what one caller can make the gateway do: the size of an operation, and how many new ones may be sent."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from gateway.errors import TooDeep, TooManyAliases, TooManyFields, TooManyNewOperations, TooManyRootFields
from gateway.execution.selection import INTROSPECTION, fragments_of
from gateway.settings import Settings

REMEMBERED_CALLERS = 50_000


@dataclass(frozen=True)
class Size:
    """How large a selection is when every fragment is counted wherever it is used."""

    fields: int = 0
    root_fields: int = 0
    aliases: int = 0
    depth: int = 0

    def __add__(self, other: Size) -> Size:
        return Size(
            self.fields + other.fields,
            self.root_fields + other.root_fields,
            self.aliases + other.aliases,
            max(self.depth, other.depth),
        )


def check_size(document: DocumentNode, limits: Settings) -> None:
    """Refuses a document with an operation that is too large; works on documents that are not validated yet."""
    measure = _Measure(fragments_of(document))
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            _check(measure.selections(definition.selection_set), limits)


def _check(size: Size, limits: Settings) -> None:
    if size.depth > limits.depth_limit:
        raise TooDeep(f"The operation nests fields {size.depth} levels deep; {limits.depth_limit} are allowed.")
    if size.aliases > limits.alias_limit:
        raise TooManyAliases(f"The operation has {size.aliases} aliases; {limits.alias_limit} are allowed.")
    if size.root_fields > limits.root_field_limit:
        raise TooManyRootFields(
            f"The operation has {size.root_fields} root fields; {limits.root_field_limit} are allowed."
        )
    if size.fields > limits.field_limit:
        raise TooManyFields(f"The operation has {size.fields} fields; {limits.field_limit} are allowed.")


class _Measure:
    """Each fragment is measured once, so that fragments which double at every level cost nothing to refuse."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self.fragments = fragments
        self._known: dict[str, Size] = {}

    def selections(self, selections: SelectionSetNode | None) -> Size:
        return _total(self._selection(each) for each in (selections.selections if selections else ()))

    def _selection(self, selection: SelectionNode) -> Size:
        if isinstance(selection, FieldNode):
            return self._field(selection)
        if isinstance(selection, FragmentSpreadNode):
            return self._fragment(selection.name.value)
        assert isinstance(selection, InlineFragmentNode)
        return self.selections(selection.selection_set)

    def _field(self, field: FieldNode) -> Size:
        aliases = 1 if field.alias else 0
        if field.name.value in INTROSPECTION:
            # The schema's own types are deeper than any data; validation bounds how often they may nest in themselves.
            return Size(1, 1, aliases, 1)
        inner = self.selections(field.selection_set)
        return Size(inner.fields + 1, 1, inner.aliases + aliases, inner.depth + 1)

    def _fragment(self, name: str) -> Size:
        if name not in self._known:
            self._known[name] = Size()  # A fragment within itself adds nothing; validation refuses it later.
            fragment = self.fragments.get(name)
            self._known[name] = self.selections(fragment.selection_set) if fragment else Size()
        return self._known[name]


def _total(sizes: Iterable[Size]) -> Size:
    total = Size()
    for size in sizes:
        total += size
    return total


class NewOperations:
    """A token bucket for each caller; callers are forgotten when theirs would be full again or too many are known."""

    def __init__(self, burst: int, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.burst = burst
        self.per_second = per_second
        self.clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str) -> None:
        """Takes one from the caller's allowance; raises `TooManyNewOperations` if nothing is left."""
        now = self.clock()
        left, since = self._buckets.pop(caller, (float(self.burst), now))
        left = min(float(self.burst), left + (now - since) * self.per_second)
        allowed = left >= 1
        self._buckets[caller] = (left - 1 if allowed else left, now)
        self._forget()
        if not allowed:
            raise TooManyNewOperations(
                "Too many operations that were never seen before; use variables and try again later."
            )

    def _forget(self) -> None:
        while len(self._buckets) > REMEMBERED_CALLERS:
            self._buckets.popitem(last=False)

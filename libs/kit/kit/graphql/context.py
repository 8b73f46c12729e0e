"""What a resolver may know about the request it serves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import strawberry
from strawberry.types.nodes import SelectedField, Selection

from kit.errors import Language, NotFound
from kit.identity import Caller


@dataclass(slots=True)
class Context:
    """One request: who asks, in which language, and the loaders made for it alone."""

    caller: Caller
    language: Language
    loaders: Any
    request_id: str | None = None
    # Where nobody is signed in and something is changed: the network that it comes from, as the gateway says, to count
    # what comes from there and for nothing else.
    network: str | None = None


Info = strawberry.Info[Context, None]


def asks_for(info: Info, field: str) -> bool:
    """Whether a field of what the resolver returns is asked for, in a fragment or plainly: it may then be begun early.

    One that `@skip` or `@include` leaves out counts as asked for.
    """
    return any(_selects(one.selections, field) for one in info.selected_fields)


def _selects(selections: Sequence[Selection], field: str) -> bool:
    return any(
        one.name == field if isinstance(one, SelectedField) else _selects(one.selections, field) for one in selections
    )


def parse_id(value: str, kind: str) -> UUID:
    """Return the UUID an id stands for; NotFound for anything that can't be one of ours."""
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError) as error:
        raise NotFound(kind, value) from error

"""One execution of an operation: what has been fetched so far, and what went wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

Entity = dict[str, Any]
ResponsePath = tuple[str | int, ...]

ITEM = "@"
"""Stands for any index in a path that covers all items of a list."""


class SubgraphFailed(Exception):
    """A service gave no usable answer; the message is for the log only."""


class Subgraph(Protocol):
    """Where fetches go: a service behind HTTP, or a test's own."""

    async def post(self, body: bytes, headers: bytes, *, repeatable: bool) -> bytes:
        """Returns the body of the answer; raises `SubgraphFailed`. Only a `repeatable` request may be sent twice."""
        ...


class Run:
    """Mutable by design: every fetch of the plan merges into `data` and adds to `errors`."""

    __slots__ = ("_explained", "data", "errors", "failed", "headers", "lost", "request_id", "variables")

    def __init__(self, variables: dict[str, Any], headers: bytes, request_id: str) -> None:
        self.data: Entity = {}
        self.errors: list[Entity] = []
        self.failed: set[ResponsePath] = set()
        """General paths (see `ITEM`) of the objects for which a whole fetch brought nothing."""
        self.lost: set[ResponsePath] = set()
        """Places of single objects for which an error left a fetch with nothing."""
        self.variables = variables
        self.headers = headers
        self.request_id = request_id
        self._explained: _Explained | None = None

    def add_error(self, message: str, code: str, path: ResponsePath) -> None:
        self.errors.append({"message": message, "path": list(path), "extensions": {"code": code}})
        self._explained = None

    def is_explained(self, path: ResponsePath) -> bool:
        """Whether an error already tells why there is nothing at `path`; asked only after all fetches are done."""
        if self._explained is None:
            self._explained = _Explained(self.errors, self.failed, self.lost)
        return path in self._explained


class _Explained:
    """The places that errors speak of: their own, everything below, and all that a null there takes away above."""

    def __init__(self, errors: Sequence[Entity], failed: set[ResponsePath], lost: set[ResponsePath]) -> None:
        self.failed = failed
        self.places = {tuple(error["path"]) for error in errors if error.get("path")} | lost
        self.above = {place[:length] for place in self.places for length in range(len(place))}

    def __contains__(self, path: ResponsePath) -> bool:
        general = tuple(ITEM if isinstance(step, int) else step for step in path)
        return (
            path in self.above
            or any(path[:length] in self.places for length in range(1, len(path) + 1))
            or any(general[:length] in self.failed for length in range(1, len(path) + 1))
        )


Step = Callable[[Run], Awaitable[None]]


def merge(target: Entity, fetched: Entity) -> None:
    """Adds to `target` what another fetch brought for the same object; what is there already is kept."""
    for key, value in fetched.items():
        present = target.get(key)
        if present is None:
            target[key] = value
        elif type(value) is dict and type(present) is dict:
            if present is not value:
                merge(present, value)
        elif type(value) is list and type(present) is list and present is not value:
            _merge_lists(present, value)


def _merge_lists(target: list[Any], fetched: list[Any]) -> None:
    if len(target) != len(fetched):
        return
    for index, (present, value) in enumerate(zip(target, fetched, strict=True)):
        if present is None:
            target[index] = value
        elif type(present) is dict and type(value) is dict:
            merge(present, value)
        elif type(present) is list and type(value) is list:
            _merge_lists(present, value)

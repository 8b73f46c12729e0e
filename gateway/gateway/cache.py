"""A bounded cache of things that are slow to make: made once for all who ask meanwhile, and a failure is not kept."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class MakingCache(Generic[Key, Value]):
    """Least recently used goes first."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._made: OrderedDict[Key, Value] = OrderedDict()
        self._coming: dict[Key, asyncio.Task[Value]] = {}

    def get(self, key: Key) -> Value | None:
        value = self._made.get(key)
        if value is not None:
            self._made.move_to_end(key)
        return value

    def knows(self, key: Key) -> bool:
        """Whether the value is there or on its way."""
        return key in self._made or key in self._coming

    async def make(self, key: Key, making: Callable[[], Awaitable[Value]]) -> Value:
        """Returns the value, made by the first who asks; raises what making it raised, to all who waited."""
        value = self.get(key)
        if value is not None:
            return value
        coming = self._coming.get(key)
        if coming is None:
            coming = self._coming[key] = asyncio.ensure_future(_run(making))
            coming.add_done_callback(lambda done: self._keep(key, done))
        # A client that goes away must not take the work with it: others may wait for it.
        return await asyncio.shield(coming)

    def _keep(self, key: Key, done: asyncio.Task[Value]) -> None:
        del self._coming[key]
        if done.cancelled() or done.exception():
            return
        self._made[key] = done.result()
        if len(self._made) > self.size:
            self._made.popitem(last=False)

    def __len__(self) -> int:
        return len(self._made)


async def _run(making: Callable[[], Awaitable[Value]]) -> Value:
    return await making()

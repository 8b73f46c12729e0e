"""A terminal that is read instead of looked at, and patience for what happens in other processes."""

import asyncio
import io
import time
from collections.abc import Callable

from rich.console import Console

from loa.voice import Voice


class Terminal:
    """What a person would have read."""

    def __init__(self) -> None:
        self._written = io.StringIO()
        self.voice = Voice(Console(file=self._written, width=200, highlight=False))

    @property
    def text(self) -> str:
        return self._written.getvalue()


async def eventually(claim: Callable[[], bool], within: float = 10) -> None:
    """Wait until a claim is true."""
    deadline = time.monotonic() + within
    while not claim():
        assert time.monotonic() < deadline, "not within the time"
        await asyncio.sleep(0.02)

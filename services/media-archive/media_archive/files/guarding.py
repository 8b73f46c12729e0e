"""Sending a long file only as long as whoever loads it may see it: asked again every few seconds on the way."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from starlette.responses import StreamingResponse
from starlette.types import Send

ASK_EVERY_SECONDS = 5.0
"""How long bytes go on at most after the right to them has ended."""


class SightEnded(Exception):
    """The right to a file ended while it was being sent."""


async def guarded(
    pieces: AsyncIterator[bytes], still: Callable[[], Awaitable[bool]], *, every: float = ASK_EVERY_SECONDS
) -> AsyncIterator[bytes]:
    """Yield pieces; SightEnded before one that comes `every` seconds or more after `still` was last true."""
    asked = time.monotonic()
    async for piece in pieces:
        if time.monotonic() - asked >= every:
            if not await still():
                raise SightEnded
            asked = time.monotonic()
        yield piece


class GuardedResponse(StreamingResponse):
    """Sends pieces; when the right ends, the connection is cut, so that nobody takes what came for the whole."""

    def __init__(self, pieces: AsyncIterator[bytes], status: int, headers: Mapping[str, str]) -> None:
        super().__init__(pieces, status, headers)

    async def stream_response(self, send: Send) -> None:
        """Send all, or end without the last message: the server closes the connection then."""
        try:
            await super().stream_response(send)
        except SightEnded:
            return

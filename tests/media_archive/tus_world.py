"""A client that speaks tus by hand, so that each sentence of the protocol can be asked of the server."""

import base64
from dataclasses import dataclass
from typing import Any

import httpx
from archive_world import TestUnit

from kit import db
from kit.identity import Caller
from kit.testing import Client

ADDRESS = "/archive/api/tus"
BYTES = "application/offset+octet-stream"


def metadata(**told: str) -> str:
    """Say metadata as the header has it."""
    return ",".join(f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in told.items())


@dataclass(frozen=True)
class Tus:
    client: Client
    caller: Caller

    async def ask(
        self, method: str, url: str = ADDRESS, content: Any = None, **headers: str | bytes | None
    ) -> httpx.Response:
        """Send a request in our version of the protocol; a header given as None is left out."""
        said = {"tus-resumable": "1.0.0"} | {name.replace("_", "-"): text for name, text in headers.items()}
        told = {name: text for name, text in said.items() if text is not None}
        return await self.client.request(method, url, caller=self.caller, content=content, headers=told)

    async def begin(self, unit: TestUnit, length: int, content: bytes | None = None, **told: str) -> httpx.Response:
        """Open an upload."""
        said = metadata(unit=str(unit.id), filename="tai-lieu.txt", **told)
        content_type = None if content is None else BYTES
        return await self.ask(
            "POST", ADDRESS, content, upload_length=str(length), upload_metadata=said, content_type=content_type
        )

    async def opened(self, unit: TestUnit, length: int, **told: str) -> str:
        """Open an upload and return its address."""
        reply = await self.begin(unit, length, None, **told)
        assert reply.status_code == 201, reply.text
        return reply.headers["location"]

    async def send(self, url: str, offset: int, content: Any, **headers: str | bytes | None) -> httpx.Response:
        """Send bytes."""
        return await self.ask("PATCH", url, content, **{"content_type": BYTES, "upload_offset": str(offset), **headers})

    async def offset(self, url: str) -> int:
        """Where the server stands."""
        reply = await self.ask("HEAD", url)
        assert reply.status_code == 200
        return int(reply.headers["upload-offset"])


async def kept() -> tuple[int, int, int, int]:
    """How many uploads, pieces, assets and files there are."""
    row = await db.row(
        """SELECT (SELECT count(*) FROM upload), (SELECT count(*) FROM upload_piece), (SELECT count(*) FROM asset),
                  (SELECT count(*) FROM stored_file)"""
    )
    assert row is not None
    return tuple(row)  # pyright: ignore[reportReturnType]

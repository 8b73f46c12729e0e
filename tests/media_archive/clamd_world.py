"""A server that speaks clamd's INSTREAM as its manual has it, over TCP or a unix socket, and knows one virus."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

# The EICAR test file: harmless, and known to every scanner. In two parts, so that none stumbles over this module.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@dataclass
class Clamd:
    """What the server was sent, and how it behaves."""

    most_bytes: int = 1_000_000
    silent: bool = False
    seen: list[bytes] = field(default_factory=list[bytes])

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
            content = b""
            while length := int.from_bytes(await reader.readexactly(4), "big"):
                content += await reader.readexactly(length)
                if len(content) > self.most_bytes:
                    writer.write(b"INSTREAM size limit exceeded. ERROR\0")
                    return
            self.seen.append(content)
            if not self.silent:
                writer.write(b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0")
        finally:
            writer.close()


@asynccontextmanager
async def clamd_over_tcp(clamd: Clamd) -> AsyncIterator[str]:
    """Let it listen on a free port; yield its address as the settings want it."""
    server = await asyncio.start_server(clamd.answer, "127.0.0.1", 0)
    async with server:
        yield f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def clamd_over_socket(clamd: Clamd, folder: Path) -> AsyncIterator[str]:
    """Let it listen on a unix socket."""
    async with await asyncio.start_unix_server(clamd.answer, folder / "clamd.ctl"):
        yield f"unix://{folder / 'clamd.ctl'}"

"""Asking clamd about each file, where one is named in the settings.

Forty lines of our own: the protocol's one command that we need has been the same for fifteen years, the packages that
speak it are asleep or block, and none of them bounds how long it waits.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

from kit.errors import DomainError
from media_archive.settings import current

_PIECE = 1 << 18
_CONNECT_SECONDS = 5
_SCAN_SECONDS = 300
_LONGEST_REPLY = 4_096
# Of what clamd says it does not take, this is what says that the file is too long for its settings.
_TOO_LONG = "size limit exceeded"


class VirusFound(DomainError):
    """The virus scanner knows something harmful in the file."""

    code = "VIRUS_FOUND"
    vi = "Phát hiện mã độc trong tệp ({signature}). Tệp bị giữ lại và không vào kho."
    en = "The file holds something harmful ({signature}). It is held apart and does not come into the archive."
    extra = {"signature": str}


class ScannerUnavailable(DomainError):
    """No file is let in unlooked at, and the virus scanner does not answer."""

    code = "SCANNER_UNAVAILABLE"
    vi = "Máy quét mã độc đang không hoạt động. Hãy thử lại sau ít phút."
    en = "The virus scanner does not answer. Try again in a few minutes."


class FileNotScannable(DomainError):
    """The virus scanner does not look into files like this one, such as too large ones."""

    code = "FILE_NOT_SCANNABLE"
    vi = "Máy quét mã độc không quét được tệp này (có thể do quá lớn), nên kho không nhận."
    en = "The virus scanner can't look into this file (it may be too large), so the archive does not take it."


async def require_harmless(file: Path) -> None:
    """Raise VirusFound for a file in which clamd finds something; nothing where no scanner is set.

    ScannerUnavailable when it can't be asked and FileNotScannable when it can't tell, unless the settings let such
    files in.
    """
    if not current().clamd_address:
        return
    try:
        reply = await asyncio.wait_for(_ask(current().clamd_address, file), _SCAN_SECONDS)
    except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        if current().clamd_is_optional:
            return
        raise ScannerUnavailable() from error
    _judge(reply)


def _judge(reply: str) -> None:
    if reply.endswith(" FOUND"):
        raise VirusFound(signature=reply.removeprefix("stream: ").removesuffix(" FOUND")[:200])
    if reply == "stream: OK" or current().clamd_is_optional:
        return
    raise FileNotScannable() if _TOO_LONG in reply else ScannerUnavailable()


async def _ask(address: str, file: Path) -> str:
    """Send a file as INSTREAM wants it: pieces, each after its length in four bytes, ended by an empty one."""
    async with _connected(address) as (reader, writer):
        reply = asyncio.create_task(reader.readuntil(b"\0"))
        try:
            await _send(writer, file, reply)
            said = await reply
        finally:
            reply.cancel()
    return said[:_LONGEST_REPLY].rstrip(b"\0").decode(errors="replace").strip()


async def _send(writer: asyncio.StreamWriter, file: Path, reply: asyncio.Task[bytes]) -> None:
    # Clamd may have its answer before the end, and hang up: then the answer counts, not the broken line.
    with contextlib.suppress(ConnectionError):
        writer.write(b"zINSTREAM\0")
        with await asyncio.to_thread(file.open, "rb") as content:
            while not reply.done() and (piece := await asyncio.to_thread(content.read, _PIECE)):
                writer.write(len(piece).to_bytes(4, "big") + piece)
                await writer.drain()
        writer.write(bytes(4))
        await writer.drain()


@contextlib.asynccontextmanager
async def _connected(address: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    parts = urlsplit(address)
    opening = (
        asyncio.open_unix_connection(parts.path)
        if parts.scheme == "unix"
        else asyncio.open_connection(parts.hostname, parts.port or 3310)
    )
    reader, writer = await asyncio.wait_for(opening, _CONNECT_SECONDS)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

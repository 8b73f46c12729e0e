"""Asks a process whether it is ready, without an HTTP library: this runs many times a second while things start."""

import asyncio
import ssl
from pathlib import Path
from urllib.parse import urlsplit


async def answers(url: str, authority: Path | None = None) -> bool:
    """Whether a GET of the URL is answered 200 within two seconds; https has to lead to the certificate `authority`."""
    try:
        return await asyncio.wait_for(_status(url, authority), 2) == 200
    except (OSError, TimeoutError, ValueError, IndexError):
        return False


async def _status(url: str, authority: Path | None) -> int:
    parts = urlsplit(url)
    trust = ssl.create_default_context(cafile=str(authority)) if parts.scheme == "https" else None
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, ssl=trust)
    try:
        request = f"GET {parts.path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n"
        writer.write(request.encode())
        return int((await reader.readline()).split()[1])
    finally:
        writer.close()

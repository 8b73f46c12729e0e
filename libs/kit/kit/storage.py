"""Files in an object store: a folder while developing, S3 in production, one interface over both."""

import atexit
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import LocalStore, S3Store

from kit import settings

_CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Storage:
    """Bytes under keys. Media types live in the database: a local folder keeps no attributes."""

    store: Any

    async def put(self, key: str, content: bytes | AsyncIterator[bytes], *, if_absent: bool = False) -> bool:
        """Keep content under a key, whole or not at all; with `if_absent` return False when the key was taken."""
        mode = "create" if if_absent else "overwrite"
        try:
            # Conditional writes and multipart uploads exclude each other: what must not overwrite goes in one piece.
            await obstore.put_async(self.store, key, content, mode=mode, use_multipart=False if if_absent else None)
        except AlreadyExistsError:
            return False
        return True

    async def get(self, key: str) -> bytes:
        """Return all of an object; FileNotFoundError when there is none."""
        reply = await obstore.get_async(self.store, key)
        return bytes(await reply.bytes_async())

    async def stream(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to and without `end`."""
        reply = await obstore.get_async(self.store, key, options={"range": (start, end)})
        async for chunk in reply.stream(min_chunk_size=_CHUNK):
            yield bytes(chunk)

    async def size(self, key: str) -> int | None:
        """Return an object's size in bytes, or None when there is none."""
        try:
            return int((await obstore.head_async(self.store, key))["size"])
        except FileNotFoundError:
            return None

    async def copy(self, source: str, target: str) -> None:
        """Copy an object inside the store."""
        await obstore.copy_async(self.store, source, target)

    async def delete(self, key: str) -> None:
        """Remove an object; nothing happens when there is none."""
        try:
            await obstore.delete_async(self.store, key)
        except FileNotFoundError:
            return

    async def keys(self, prefix: str) -> AsyncIterator[tuple[str, float]]:
        """Yield each key below a prefix with the time it was last written (seconds since 1970)."""
        async for page in obstore.list(self.store, prefix=prefix):
            for item in page:
                yield str(item["path"]), item["last_modified"].timestamp()


def open_storage(url: str) -> Storage:
    """Return the storage at `file:///folder` or `s3://bucket/prefix` (the usual AWS_* variables apply)."""
    _leave_in_peace()
    parts = urlsplit(url)
    if parts.scheme == "file":
        return Storage(LocalStore(unquote(parts.path), mkdir=True))
    if parts.scheme == "s3":
        return Storage(S3Store(parts.netloc, prefix=parts.path.strip("/") or None))
    raise ValueError(f"unknown storage {parts.scheme!r}: use file:///… or s3://…")


@cache
def _leave_in_peace() -> None:
    # obstore's own threads let go of Python objects a moment after an operation is done; an interpreter that ends
    # within that moment aborts (one in five short programs did). At exit there is still time to let them finish.
    atexit.register(time.sleep, 0.1)


@cache
def storage() -> Storage:
    """Return this process's storage."""
    return open_storage(settings.current().storage_url)

"""A zip file that is sent while it is made: nothing is kept on a disk, and of each file one piece in memory."""

import io
import zipfile
from collections.abc import AsyncIterator
from datetime import datetime

from kit.calendar import VIETNAM

# Where sizes are not known to be small, the long form of the format has to be announced before the file.
_LONG = 1 << 31


class _Outlet(io.RawIOBase):
    """What the zip writer takes for a file that can't be gone back in; `take` empties it."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def write(self, piece: object) -> int:
        written = bytes(piece)  # pyright: ignore[reportArgumentType]  # whatever has bytes
        self._pieces.append(written)
        return len(written)

    def take(self) -> bytes:
        """Return what was written since, and forget it."""
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


class StreamedZip:
    """Writes files one after the other; each call yields the bytes that are ready to be sent.

    Nothing is compressed: photographs, films and PDFs are already.
    """

    def __init__(self) -> None:
        self._outlet = _Outlet()
        self._zip = zipfile.ZipFile(self._outlet, "w", zipfile.ZIP_STORED, allowZip64=True)

    async def add(self, name: str, size: int, moment: datetime, content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Add a file of so many bytes under a path; yield what is ready."""
        with self._zip.open(_entry(name, moment), "w", force_zip64=size >= _LONG) as entry:
            async for piece in content:
                entry.write(piece)
                yield self._outlet.take()
        yield self._outlet.take()

    def add_text(self, name: str, text: str, moment: datetime) -> bytes:
        """Add a small file; return what is ready."""
        self._zip.writestr(_entry(name, moment), text.encode())
        return self._outlet.take()

    def finish(self) -> bytes:
        """Write the list of contents, with which a zip file ends."""
        self._zip.close()
        return self._outlet.take()


def _entry(name: str, moment: datetime) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, moment.astimezone(VIETNAM).timetuple()[:6])
    entry.external_attr = 0o644 << 16
    return entry

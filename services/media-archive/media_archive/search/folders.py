"""Folders of indexes: each belongs to one process at a time, and what a process leaves the next one takes over.

A folder has a lock, the index, and `state.json`, which says how far the index has come. The state is written after the
index: a process that is killed between the two leaves an index that is further than it says, and meets some changes
again.
"""

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
import time
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

_STATE = "state.json"
_KEPT_SECONDS = 86_400
"""A folder that no process wants stays a day: after a restart with fewer processes it may be wanted yet."""

# What every segment of tantivy's is made of; what was deleted of it has a file of its own.
_KINDS = ("fast", "fieldnorm", "idx", "pos", "store", "term")
_MAGIC = (1337).to_bytes(4, "little")
_BLOCK = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class State:
    """How far an index has come: of which database, of which generation, made by which version of our code."""

    identity: str
    generation: int
    version: int
    position: int
    day: str


class IndexFolder:
    """A folder that this process holds the lock of."""

    def __init__(self, path: Path, lock: int) -> None:
        self._path = path
        self._lock = lock

    @property
    def index(self) -> Path:
        """Where the index is."""
        return self._path / "tantivy"

    @property
    def state(self) -> State | None:
        """How far the index has come; None while it is being made, and for what can't be read."""
        try:
            return State(**json.loads((self._path / _STATE).read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def tell(self, state: State) -> None:
        """Say how far the index has come."""
        new = self._path / f"{_STATE}.new"
        new.write_text(json.dumps(asdict(state)), "utf-8")
        new.replace(self._path / _STATE)

    @property
    def is_forgotten(self) -> bool:
        """Whether nobody is likely to take it over: nothing in it can be used, or it lies about for a day."""
        return self.state is None or time.time() - (self._path / _STATE).stat().st_mtime > _KEPT_SECONDS

    def leave(self) -> None:
        """Let another process have the folder."""
        os.close(self._lock)

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self._path, ignore_errors=True)
        self.leave()


def new_folder(place: Path) -> IndexFolder:
    """Make a folder and lock it."""
    place.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix="index-", dir=place))
    lock = os.open(path / "lock", os.O_CREAT | os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return IndexFolder(path, lock)


def left_folders(place: Path) -> list[IndexFolder]:
    """Lock and return all folders that no process holds, those that were used last first."""
    place.mkdir(parents=True, exist_ok=True)
    return [folder for path in sorted(place.glob("index-*"), key=_used, reverse=True) if (folder := _locked(path))]


def _used(path: Path) -> float:
    with contextlib.suppress(OSError):
        return (path / _STATE).stat().st_mtime
    return 0.0


def _locked(path: Path) -> IndexFolder | None:
    try:
        lock = os.open(path / "lock", os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return IndexFolder(path, lock)


def is_sound(index: Path) -> bool:
    """Whether all files of an index are there and have the checksums that tantivy wrote at their ends.

    Reads everything once (a gigabyte in a second or two); tantivy itself looks at a checksum never.
    """
    try:
        return all(_part_is_sound(index / part) for part in ("assets", "passages"))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _part_is_sound(part: Path) -> bool:
    return all(_file_is_sound(path) for path in files_of(part) if path.name != "meta.json")


def files_of(part: Path) -> list[Path]:
    """Return the files that one state of an index is made of; OSError or ValueError where there is no index."""
    meta = json.loads((part / "meta.json").read_text("utf-8"))
    files: list[Path] = []
    for segment in meta["segments"]:
        name = str(segment["segment_id"]).replace("-", "")
        kinds = [*_KINDS, *([f"{segment['deletes']['opstamp']}.del"] if segment["deletes"] else [])]
        files += [part / f"{name}.{kind}" for kind in kinds]
    if missing := [path.name for path in files if not path.exists()]:
        raise OSError(f"missing in {part.name}: {missing}")
    return [part / "meta.json", *files]


def _file_is_sound(path: Path) -> bool:
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 8))
        tail = file.read(8)
        length = int.from_bytes(tail[:4], "little")
        if tail[4:] != _MAGIC or length > size - 8:
            return False
        file.seek(size - 8 - length)
        told = json.loads(file.read(length))["crc"]
        file.seek(0)
        return told == _checksum(file.read(min(_BLOCK, left)) for left in _lefts(size - 8 - length))


def _lefts(size: int) -> Iterator[int]:
    return iter(range(size, 0, -_BLOCK))


def _checksum(blocks: Iterator[bytes]) -> int:
    checksum = 0
    for block in blocks:
        checksum = zlib.crc32(block, checksum)
    return checksum

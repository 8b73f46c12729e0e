"""The private halves of sealing keys: one small file each, in a folder that only the worker reads and no backup has."""

import os
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

_BYTES = 32
_KEPT, _CONDEMNED = ".key", ".condemned"
# How long a key whose row is gone is kept. A standby that is promoted may have missed the last transactions: for ten
# minutes they can come back. A week for one that no row ever named here: the folder may have met another database.
GRACE, GRACE_OF_UNKNOWN = 600.0, 7 * 86_400.0


class KeyFiles:
    """A folder of private keys, each named by its id. Made, with mode 0700, when it is not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)

    def make(self) -> tuple[UUID, bytes]:
        """Make a key; return its id and public half once the private half is on disk."""
        key_id, private = uuid4(), X25519PrivateKey.generate()
        descriptor = os.open(self._path(key_id, _KEPT), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        _write(descriptor, private.private_bytes_raw())
        self._sync()
        return key_id, private.public_key().public_bytes_raw()

    def read(self, key_id: UUID) -> X25519PrivateKey | None:
        """Return a private key; None when it is not here (any more)."""
        for suffix in (_KEPT, _CONDEMNED):
            try:
                content = self._path(key_id, suffix).read_bytes()
            except FileNotFoundError:
                continue
            return X25519PrivateKey.from_private_bytes(content) if len(content) == _BYTES else None
        return None

    def condemn(self, key_id: UUID) -> None:
        """Mark a key whose row is about to be deleted: `sweep` destroys it once that is so."""
        path = self._path(key_id, _KEPT)
        if path.exists():
            os.utime(path)
            path.rename(self._path(key_id, _CONDEMNED))
            self._sync()

    def sweep(self, known: Collection[UUID], *, grace: float = GRACE) -> list[UUID]:
        """Destroy the keys that the database no longer knows, `grace` seconds after they were condemned; return them.

        One that it knows in spite of being condemned, because the deletion was not committed or was lost, is kept.
        """
        destroyed: list[UUID] = []
        for path, key_id in list(self._keys()):
            if key_id in known:
                path.rename(self._path(key_id, _KEPT))
                continue
            allowed = grace if path.suffix == _CONDEMNED else GRACE_OF_UNKNOWN
            if time.time() - path.stat().st_mtime >= allowed:
                self._destroy(path)
                destroyed.append(key_id)
        return destroyed

    def _keys(self) -> Iterator[tuple[Path, UUID]]:
        for path in self._folder.iterdir():
            if path.suffix in (_KEPT, _CONDEMNED):
                yield path, UUID(path.stem)

    def _destroy(self, path: Path) -> None:
        # Overwritten before it is unlinked. A solid-state disk may keep the old block for a while all the same.
        _write(os.open(path, os.O_WRONLY), bytes(_BYTES))
        path.unlink()
        self._sync()

    def _path(self, key_id: UUID, suffix: str) -> Path:
        return self._folder / f"{key_id}{suffix}"

    def _sync(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _write(descriptor: int, content: bytes) -> None:
    try:
        os.write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

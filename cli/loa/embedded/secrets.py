"""Passwords and keys of a development machine: made once, kept under `.data/`, readable by their owner alone."""

import contextlib
import os
import secrets
from pathlib import Path


def private_file(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):
        draft.unlink()
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    draft.replace(path)


def secret(path: Path) -> str:
    """The random secret of a file, made on first use (URL-safe characters, 256 bits)."""
    if not path.exists():
        private_file(path, secrets.token_urlsafe(32).encode())
    return path.read_text().strip()

"""Where in the object store things lie."""

from uuid import UUID

QUARANTINE = "quarantine/"


def key_of(sha256: bytes) -> str:
    """Return the key of a kept file, which is its content's hash."""
    name = sha256.hex()
    return f"files/{name[:2]}/{name}"


def quarantine_key(file_id: UUID) -> str:
    """Return the key of a file that is held apart; nothing below this folder is ever served."""
    return f"{QUARANTINE}{file_id}"

"""Where the pieces of an upload lie, and how they become one file."""

import asyncio
from pathlib import Path
from uuid import UUID

from kit import db
from kit.storage import storage

FOLDER = "uploads/"


def folder_of(upload_id: UUID) -> str:
    """Return the beginning of the keys of an upload's pieces."""
    return f"{FOLDER}{upload_id}/"


def piece_key(upload_id: UUID, name: UUID) -> str:
    """Return a piece's key."""
    return f"{folder_of(upload_id)}{name}"


async def assemble(upload_id: UUID, path: Path) -> None:
    """Write an upload's pieces into one local file, in order."""
    pieces = await db.rows("SELECT name, size FROM upload_piece WHERE upload_id = $1 ORDER BY start", upload_id)
    with await asyncio.to_thread(path.open, "wb") as file:
        for piece in pieces:
            async for chunk in storage().stream(piece_key(upload_id, piece["name"]), 0, piece["size"]):
                await asyncio.to_thread(file.write, chunk)


async def forget_pieces(upload_id: UUID) -> None:
    """Delete all that lies in the store of an upload, also what no row speaks of."""
    async for key, _ in storage().keys(folder_of(upload_id)):
        await storage().delete(key)
    await db.execute("DELETE FROM upload_piece WHERE upload_id = $1", upload_id)

"""Bringing files in, through the same door as everybody's uploads."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from uuid import UUID

from kit import db
from kit.errors import DomainError, InvalidInput, NotFound
from kit.identity import Caller
from media_archive.imports.reading import Found
from media_archive.uploads.service import NewAsset, add_asset

AT_ONCE = 4
"""Files in the works at a time: one is looked at while another is written."""

Progress = Callable[[int, int, str], None]


@dataclass(slots=True)
class Outcome:
    """How many files came in, how many were there already, and which were refused, with the reason."""

    added: int = 0
    there: int = 0
    refused: list[tuple[str, DomainError]] = field(default_factory=list[tuple[str, DomainError]])


async def unit_with_code(code: str) -> UUID:
    """Return the unit that has a code today; NotFound otherwise."""
    found = await db.value("SELECT id FROM unit WHERE code = $1 AND closed_on IS NULL", code)
    if found is None:
        raise NotFound("unit", code)
    return found


async def bring_in(caller: Caller, common: NewAsset, found: Sequence[Found], progress: Progress) -> Outcome:
    """Add each file as an asset of the unit of `common`, which also says what the table leaves open.

    Whoever may upload to the unit may. A file whose content the unit has already is left out, so what was cut off is
    gone on with by doing it again. What is refused does not keep the others out.
    """
    caller.require_someone()
    outcome, done = Outcome(), 0
    room = asyncio.Semaphore(AT_ONCE)
    begun: set[bytes] = set()

    async def one(file: Found) -> None:
        nonlocal done
        async with room:
            sha256 = await asyncio.to_thread(_sha256, file.path)
            # Noted before anything is awaited: of two copies that are looked at side by side one is added.
            first = sha256 not in begun
            begun.add(sha256)
            if not first or await _is_there(common.unit_id, sha256):
                outcome.there += 1
            else:
                try:
                    await add_asset(caller, _described(common, file), file.path)
                    outcome.added += 1
                except DomainError as error:
                    outcome.refused.append((file.name, error))
        done += 1
        progress(done, len(found), file.name)

    async with asyncio.TaskGroup() as tasks:
        for file in found:
            tasks.create_task(one(file))
    outcome.refused.sort(key=lambda refused: refused[0])
    return outcome


async def _is_there(unit_id: UUID, sha256: bytes) -> bool:
    found = await db.value("SELECT true FROM asset WHERE unit_id = $1 AND sha256 = $2 LIMIT 1", unit_id, sha256)
    return bool(found)


def _described(common: NewAsset, file: Found) -> NewAsset:
    told = file.told
    return replace(
        common,
        title=told.get("title") or Path(file.name).stem,
        left_open=() if told.get("title") else ("title",),
        file_name=Path(file.name).name,
        kind=told.get("kind") or common.kind,
        description=told.get("description", common.description),
        language=told.get("language", common.language),
        topics=tuple(code.strip() for code in told["topics"].split(";") if code.strip())
        if "topics" in told
        else common.topics,
        visibility=told.get("visibility", common.visibility),
        created_on=_day(told["created_on"]) if "created_on" in told else common.created_on,
        source=told.get("source", common.source),
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput("created_on", "cần ngày dạng 2026-05-01", "needs a day such as 2026-05-01") from error


def _sha256(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()

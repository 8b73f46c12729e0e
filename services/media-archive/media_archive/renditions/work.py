"""How work on renditions and texts begins and ends: a job that is killed leaves nothing half, and can be done again."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from kit import db
from kit.storage import storage
from media_archive.uploads import keeping
from media_archive.uploads.media_types import BY_NAME, MediaType

# A file that ended so many tries, perhaps by ending the worker, is left alone.
_MOST_ATTEMPTS = 5
# Well below the quarter of an hour after which a job that says nothing is taken for dead.
_HEARTBEAT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Original:
    """The file that an asset was when work on it began."""

    asset_id: UUID
    sha256: bytes
    size: int
    media_type: MediaType

    @asynccontextmanager
    async def file(self) -> AsyncIterator[Path]:
        """The original as a local file in a folder of its own, for readers that need one."""
        with tempfile.TemporaryDirectory(prefix="loa-original-") as folder:
            path = Path(folder, f"original.{self.media_type.ending}")
            await _fetch(keeping.key_of(self.sha256), self.size, path)
            yield path


@dataclass(frozen=True, slots=True)
class Made:
    """A finished rendition: its file in the store, and where it has such, its size in pixels, its length in seconds and
    what there is to say of it, as a code."""

    file: keeping.KeptFile
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    reason: str | None = None


async def begin(asset_id: UUID, names: Sequence[str]) -> Original | None:
    """Mark those of the renditions that are still to come as running; None when there are none.

    What another worker began may be begun again: it may have been killed, and doing things twice does no harm.
    """
    await db.execute(
        """UPDATE rendition SET state = CASE WHEN attempts < $3 THEN 'running' ELSE 'failed' END,
                                reason = CASE WHEN attempts < $3 THEN NULL ELSE 'GAVE_UP' END,
                                attempts = attempts + 1, changed_at = now()
           WHERE asset_id = $1 AND name = ANY($2::text[]) AND state IN ('waiting', 'running')""",
        asset_id,
        list(names),
        _MOST_ATTEMPTS,
    )
    return await _original(
        "SELECT FROM rendition WHERE asset_id = asset.id AND name = ANY($2::text[]) AND state = 'running'",
        asset_id,
        list(names),
    )


async def begin_text(asset_id: UUID) -> Original | None:
    """Mark the texts that are still to be read as running; None when there are none."""
    return await _begin_texts(asset_id, captions=False)


async def begin_captions(asset_id: UUID) -> Original | None:
    """Mark what is said, where it is to be written down by a machine, as running; None when it is not."""
    return await _begin_texts(asset_id, captions=True)


async def _begin_texts(asset_id: UUID, *, captions: bool) -> Original | None:
    await db.execute(
        """UPDATE asset_text SET state = CASE WHEN attempts < $2 THEN 'running' ELSE 'failed' END,
                                 reason = CASE WHEN attempts < $2 THEN NULL ELSE 'GAVE_UP' END,
                                 attempts = attempts + 1, changed_at = now()
           WHERE asset_id = $1 AND (source = 'captions') = $3 AND state IN ('waiting', 'running')""",
        asset_id,
        _MOST_ATTEMPTS,
        captions,
    )
    return await _original(
        "SELECT FROM asset_text WHERE asset_id = asset.id AND (source = 'captions') = $2 AND state = 'running'",
        asset_id,
        captions,
    )


async def end_captions(asset_id: UUID, state: str, reason: str) -> None:
    """Say why what is said is not written down: it has to wait, or failed."""
    await db.execute(
        """UPDATE asset_text SET state = $2, reason = $3, changed_at = now(),
                                 attempts = CASE WHEN $2 = 'waiting' THEN 0 ELSE attempts END
           WHERE asset_id = $1 AND source = 'captions' AND state = 'running'""",
        asset_id,
        state,
        reason,
    )


async def _original(begun: str, asset_id: UUID, *arguments: object) -> Original | None:
    found = await db.row(
        f"""SELECT sha256, size, media_type FROM asset JOIN stored_file USING (sha256)
            WHERE id = $1 AND EXISTS ({begun})""",
        asset_id,
        *arguments,
    )
    return Original(asset_id, found["sha256"], found["size"], BY_NAME[found["media_type"]]) if found else None


async def is_current(original: Original) -> bool:
    """Say, holding it so until the end of the transaction, whether the asset is still the file that was worked on."""
    sha256 = await db.value("SELECT sha256 FROM asset WHERE id = $1 FOR SHARE", original.asset_id)
    return sha256 == original.sha256


async def finish(original: Original, made: Mapping[str, Made]) -> bool:
    """Make renditions visible, all at once; nothing, and False, when the asset has become another file meanwhile."""
    async with db.transaction():
        if not await is_current(original):
            return False
        files = [one.file for one in made.values()]
        await keeping.settle(*files)
        await db.execute(
            """UPDATE rendition SET state = 'done', sha256 = one.sha256, width = one.width, height = one.height,
                                    seconds = one.seconds, reason = one.reason, changed_at = now()
               FROM unnest($2::text[], $3::bytea[], $4::integer[], $5::integer[], $6::float8[], $7::text[])
                    AS one (name, sha256, width, height, seconds, reason)
               WHERE asset_id = $1 AND rendition.name = one.name""",
            original.asset_id,
            list(made),
            [file.sha256 for file in files],
            [one.width for one in made.values()],
            [one.height for one in made.values()],
            [one.seconds for one in made.values()],
            [one.reason for one in made.values()],
        )
    return True


async def fail(asset_id: UUID, names: Sequence[str], reason: str) -> None:
    """Say why renditions can't be made."""
    await _end(asset_id, names, "failed", reason)


async def need_none(asset_id: UUID, names: Sequence[str], reason: str) -> None:
    """Say why there are no such renditions of this asset, though nothing went wrong."""
    await _end(asset_id, names, "none", reason)


async def wait(asset_id: UUID, names: Sequence[str], reason: str) -> None:
    """Put renditions back until what they need is there; such tries do not count."""
    await _end(asset_id, names, "waiting", reason)
    await db.execute(
        "UPDATE rendition SET attempts = 0 WHERE asset_id = $1 AND name = ANY($2::text[]) AND state = 'waiting'",
        asset_id,
        list(names),
    )


async def _end(asset_id: UUID, names: Sequence[str], state: str, reason: str) -> None:
    await db.execute(
        """UPDATE rendition SET state = $3, reason = $4, changed_at = now()
           WHERE asset_id = $1 AND name = ANY($2::text[]) AND state = 'running'""",
        asset_id,
        list(names),
        state,
        reason,
    )


@asynccontextmanager
async def staying_alive(asset_id: UUID, names: Sequence[str]) -> AsyncIterator[None]:
    """Say every minute that long work goes on: what is silent for a quarter of an hour is begun again by another."""
    beat = asyncio.create_task(_beat(asset_id, names))
    try:
        yield
    finally:
        beat.cancel()
        with suppress(asyncio.CancelledError):
            await beat


async def _beat(asset_id: UUID, names: Sequence[str]) -> None:
    while True:
        await asyncio.sleep(_HEARTBEAT_SECONDS)
        await db.execute(
            """UPDATE rendition SET changed_at = now()
               WHERE asset_id = $1 AND name = ANY($2::text[]) AND state = 'running'""",
            asset_id,
            list(names),
        )


async def _fetch(key: str, size: int, path: Path) -> None:
    file = await asyncio.to_thread(path.open, "wb")
    try:
        async for piece in storage().stream(key, 0, size):
            await asyncio.to_thread(file.write, piece)
    finally:
        await asyncio.to_thread(file.close)

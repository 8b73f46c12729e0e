"""What is done for the search from time to time: snapshots for new replicas, and the log of changes kept short."""

import tempfile
from pathlib import Path

from kit import db
from kit.jobs import job
from media_archive.search.documents import VERSION
from media_archive.search.folders import new_folder
from media_archive.search.follow import Follower, built, made_anew
from media_archive.search.log import changes_after, last_number, prune_changes
from media_archive.search.snapshots import save_snapshot, sweep_snapshots

WORTH_A_SNAPSHOT = 20_000
"""Assets from which a snapshot is kept: fewer are indexed in seconds."""

_CHANGES_BETWEEN = 5_000


@job("media_archive.tend_search", timeout=1_800, tries=1)
async def tend_search() -> None:
    """Make a new snapshot when much changed since the last one; forget old ones, and changes nobody needs."""
    if await _wants_snapshot():
        await renew_snapshot()
    await sweep_snapshots()
    await prune_changes()


async def _wants_snapshot() -> bool:
    last = await db.value(
        """SELECT max(position) FROM search_snapshot JOIN search_log USING (generation) WHERE version = $1""", VERSION
    )
    if last is None:
        return bool(await db.value("SELECT true FROM asset OFFSET $1 LIMIT 1", WORTH_A_SNAPSHOT))
    return await last_number() - last >= _CHANGES_BETWEEN


async def renew_snapshot() -> None:
    """Bring the newest snapshot up to date, or make the first one."""
    with tempfile.TemporaryDirectory(prefix="loa-snapshot-") as place:
        follower = await made_anew(Path(place))
        await follower.catch_up()
        await _save(follower)


async def reindex() -> int:
    """Build the index anew from the database and have all processes go over to it; return how many assets it holds.

    Searches go on meanwhile with what is there.
    """
    said = await changes_after(2**62, 1)
    with tempfile.TemporaryDirectory(prefix="loa-reindex-") as place:
        follower = await built(new_folder(Path(place)), said.identity, said.generation + 1)
        held = follower.index.size
        await _save(follower)
    return held


async def _save(follower: Follower) -> None:
    """Put a follower's index into the store; no merge of its segments goes on meanwhile."""
    await follower.leave()
    await save_snapshot(follower.index.folder, follower.state)

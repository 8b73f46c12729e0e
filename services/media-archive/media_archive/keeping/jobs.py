"""What keeping does by itself: reads files again, and lets go of what was to be kept until today."""

from kit.jobs import job
from media_archive.keeping import deletion, fixity, quarantine
from media_archive.settings import current


@job("media_archive.check_fixity", timeout=1_800, tries=1)
async def check_fixity() -> None:
    """Read some files again; a run is bounded in bytes, and each file is read about once a month."""
    await fixity.check_files(current().fixity_megabytes * 1_000_000)


@job("media_archive.purge_deleted", timeout=600)
async def purge_deleted() -> None:
    """Let deleted materials go whose time is over."""
    while await deletion.purge_deleted():
        pass


@job("media_archive.purge_quarantine", timeout=600)
async def purge_quarantine() -> None:
    """Delete what was held apart long enough."""
    while await quarantine.purge_quarantine():
        pass

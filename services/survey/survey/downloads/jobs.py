"""What happens later: files are made, those whose worker died are taken up again, and all are removed in the end."""

from uuid import UUID

from kit.jobs import enqueue, every, job
from survey.downloads import making


@job("survey.download_requested", timeout=900, tries=3)
async def download_requested(id: str) -> None:
    """Make the file that was asked for."""
    await making.make_download(UUID(id))


@job("survey.downloads_left")
async def downloads_left() -> None:
    """Enqueue again the files on which nobody works."""
    for download_id in await making.left_alone(20):
        await enqueue(download_requested, str(download_id))


@job("survey.downloads_expired", timeout=300)
async def downloads_expired() -> None:
    """Remove files whose time is over."""
    await making.forget_expired()


jobs = [download_requested, downloads_left, downloads_expired]
crons = [every(downloads_left, seconds=30), every(downloads_expired, minutes=30)]

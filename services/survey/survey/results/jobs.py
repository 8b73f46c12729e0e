"""What happens later: a release is computed in the worker, and a request whose job was lost is taken up again."""

from uuid import UUID

from kit.jobs import enqueue, job
from survey.results import service


@job("survey.release_requested", timeout=600)
async def release_requested(id: str) -> None:
    """Make the release that was asked for."""
    # Only the worker computes: web processes start without numpy and scipy, which take a second to import.
    from survey.results.making import make_release

    await make_release(UUID(id))


@job("survey.release_requests_swept")
async def release_requests_swept() -> None:
    """Enqueue again what was asked for and never made."""
    for request_id in await service.forgotten_requests():
        await enqueue(release_requested, str(request_id))

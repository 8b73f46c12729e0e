"""How reads of releases are batched within one request."""

from collections.abc import Sequence
from uuid import UUID

from kit.identity import Caller
from survey.results import reading


async def load_releases_by_wave(keys: Sequence[tuple[Caller, UUID]]) -> list[list[reading.Release]]:
    """Return the releases of each wave that its caller may see; a request has one caller."""
    caller = keys[0][0]
    return await reading.releases_by_wave(caller, [wave_id for _, wave_id in keys])

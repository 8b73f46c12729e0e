"""Which response group a unit's people are in, for those who answer with something that a unit gave them."""

from uuid import UUID

from kit import db


async def group_of_unit(wave_id: UUID, unit_id: UUID) -> UUID | None:
    """Return the group in a wave's frame of a unit's people; None stands for the whole wave.

    It is that of the unit's own people; where it has none, the one that all units below it share, if they do. A unit
    that the frame doesn't know, because it ended before the wave opened, has none.
    """
    return await db.value(
        """
        SELECT coalesce(stood.response_group_id, (
            SELECT CASE WHEN count(DISTINCT below.response_group_id) = 1
                   THEN min(below.response_group_id::text)::uuid END
            FROM frame_unit below
            WHERE below.wave_id = $1 AND below.path >= stood.path AND below.path < stood.path || '~'))
        FROM frame_unit stood WHERE stood.wave_id = $1 AND stood.unit_id = $2
        """,
        wave_id,
        unit_id,
    )

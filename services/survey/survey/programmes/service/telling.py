"""What others are told of waves, through the outbox; docs/kit.md lists it, and nothing of a person is in it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from kit import db
from kit.events import publish

_TOLD = """
SELECT w.id, w.number, w.state, w.opens_at, w.closes_at, p.id AS programme_id, p.code AS programme_code,
       p.kind AS programme_kind, p.title_vi, p.title_en, p.owner_unit_id, p.target_unit_id
FROM wave w JOIN programme p ON p.id = w.programme_id WHERE w.id = ANY ($1)
"""


async def tell(type: str, wave_id: UUID, **more: Any) -> None:
    """Publish an event about a wave as it is now, in the transaction of the change that it tells of."""
    told = await payloads([wave_id])
    await publish(type, {**told[wave_id], **more})


async def payloads(wave_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return what every event about these waves says of them."""
    return {
        row["id"]: {name: str(value) if isinstance(value, UUID) else value for name, value in row.items()}
        for row in await db.rows(_TOLD, list(wave_ids))
    }

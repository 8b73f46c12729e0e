"""News of channels for the other services: all that is on record of each that changed."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from kit import db
from kit.events import publish_all

CHANNELS_IN_ONE_EVENT = 200


async def announce_channels(changed: Sequence[UUID]) -> None:
    """Tell of channels by id, in the transaction of the change: whose, of which kind, and how called on which days.

    Neither the address nor who manages one is told: nobody needs them to say where something was published.
    """
    channels: dict[UUID, dict[str, Any]] = {}
    for row in await db.rows(
        """SELECT channel.id, channel.unit_id, channel.kind, version.name, version.is_public,
                  lower(version.valid) AS since, upper(version.valid) AS until
           FROM channel LEFT JOIN channel_version AS version ON version.channel_id = channel.id
           WHERE channel.id = ANY($1::uuid[]) ORDER BY channel.id, version.valid""",
        sorted(set(changed)),
    ):
        one = channels.setdefault(
            row["id"], {"id": str(row["id"]), "unit_id": str(row["unit_id"]), "kind": row["kind"], "versions": []}
        )
        if row["name"] is not None:
            one["versions"].append({name: row[name] for name in ("name", "is_public", "since", "until")})
    told = [*channels.values()]
    pieces = range(0, len(told), CHANNELS_IN_ONE_EVENT)
    await publish_all(
        "channels.changed", [{"channels": told[start : start + CHANNELS_IN_ONE_EVENT]} for start in pieces]
    )


async def announce_channels_of(units: Sequence[UUID]) -> None:
    """Tell of all channels of units, as after the end of the units was noted or taken back."""
    found = await db.rows("SELECT id FROM channel WHERE unit_id = ANY($1::uuid[])", list(units))
    await announce_channels([row["id"] for row in found])

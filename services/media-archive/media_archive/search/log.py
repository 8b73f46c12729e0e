"""The log of changes as followers read it, what is pruned of it, and which generation of indexes is wanted."""

from dataclasses import dataclass
from uuid import UUID

from kit import db

KEPT_CHANGES = 100_000
"""So many of the last changes are kept for followers; who is further behind fetches a snapshot or builds anew."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed after a number, in order, and what is said of the log at that moment.

    An index of another `generation` is no longer wanted. Changes up to number `pruned` may be missing.
    """

    identity: str
    generation: int
    pruned: int
    numbers: list[int]
    asset_ids: list[UUID]


async def changes_after(number: int, most: int) -> Changes:
    """Return up to `most` changes after a number. One statement: nothing is pruned between the two answers."""
    rows = await db.rows(
        """SELECT search_log.identity, search_log.generation, search_log.pruned, change.number, change.asset_id
           FROM search_log LEFT JOIN LATERAL (
               SELECT number, asset_id FROM asset_change WHERE number > $1 ORDER BY number LIMIT $2
           ) AS change ON TRUE ORDER BY change.number""",
        number,
        most,
    )
    told = rows[0]
    changed = [row for row in rows if row["number"] is not None]
    return Changes(
        identity=str(told["identity"]),
        generation=told["generation"],
        pruned=told["pruned"],
        numbers=[row["number"] for row in changed],
        asset_ids=[row["asset_id"] for row in changed],
    )


async def last_number() -> int:
    """Return the number of the last change, also when it was pruned."""
    return await db.value(
        "SELECT greatest(coalesce((SELECT max(number) FROM asset_change), 0), pruned) FROM search_log"
    )


async def begin_generation(generation: int) -> None:
    """Say that indexes of a generation are wanted; never goes back."""
    await db.execute("UPDATE search_log SET generation = $1 WHERE generation < $1", generation)


async def prune_changes(keep: int = KEPT_CHANGES) -> int:
    """Forget all but the last changes, and none after the newest snapshot; return how many were forgotten."""
    async with db.transaction():
        upto = await db.value(
            """UPDATE search_log SET pruned = greatest(pruned, least(
                   (SELECT max(number) FROM asset_change) - $1,
                   (SELECT max(position) FROM search_snapshot)))
               RETURNING pruned""",
            keep,
        )
        gone = await db.rows("DELETE FROM asset_change WHERE number <= $1 RETURNING number", upto)
    return len(gone)

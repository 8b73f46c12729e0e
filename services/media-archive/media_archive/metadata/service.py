"""What files say of themselves, kept beside what people say, for those who describe."""

from collections.abc import Sequence
from uuid import UUID

from kit import db
from kit.identity import Caller, scope_predicate
from media_archive.metadata.embedded import NOTHING_SAID, Embedded

_COLUMNS = "title, description, keywords, creator, people, rights, made_on"


async def keep_embedded(asset_id: UUID, embedded: Embedded) -> None:
    """Keep what the file that the asset is now says, inside the transaction that makes it that file."""
    await db.execute("DELETE FROM asset_embedded WHERE asset_id = $1", asset_id)
    if embedded == NOTHING_SAID:
        return
    await db.execute(
        f"INSERT INTO asset_embedded (asset_id, {_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        asset_id,
        embedded.title,
        embedded.description,
        list(embedded.keywords),
        embedded.creator,
        list(embedded.people),
        embedded.rights,
        embedded.made_on,
    )


async def embedded_of(caller: Caller, asset_ids: Sequence[UUID]) -> dict[UUID, Embedded]:
    """Return what the files of those of the assets say to whose unit the caller contributes; empty where nothing is."""
    scoped, arguments = scope_predicate(caller, "contributor", "asset.unit_path", 2)
    found = await db.rows(
        f"""SELECT asset.id, {", ".join(f"asset_embedded.{name}" for name in _COLUMNS.split(", "))}
            FROM asset LEFT JOIN asset_embedded ON asset_embedded.asset_id = asset.id
            WHERE asset.id = ANY($1::uuid[]) AND {scoped}""",
        list(asset_ids),
        *arguments,
    )
    return {
        row["id"]: Embedded(
            row["title"],
            row["description"],
            tuple(row["keywords"]),
            row["creator"],
            tuple(row["people"]),
            row["rights"],
            row["made_on"],
        )
        if row["title"] is not None
        else NOTHING_SAID
        for row in found
    }

"""What a material tells of how it is kept: its versions, and what happened to it."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from kit.db import Record
from kit.graphql import After, Connection, First, Info, window
from media_archive.files.addresses import file_path
from media_archive.settings import current


@strawberry.type(description="One version of a material. Versions are never changed.")
class AssetVersion:
    number: int = strawberry.field(description="1 for the first one, and one more for each that followed.")
    file_name: str = strawberry.field(description="Name of the file as it was uploaded.")
    file_size: float = strawberry.field(description="Size of the file in bytes.")
    media_type: str = strawberry.field(description="Type of the file, decided by its content.")
    sha256: str = strawberry.field(description="SHA-256 of the file in hexadecimal digits.")
    note: str = strawberry.field(description="What was said of it; may be empty.")
    added_at: datetime = strawberry.field(description="When it came.")
    added_by: str | None = strawberry.field(
        description="The account that added it; an alias for somebody who was erased, null where it was not noted."
    )
    made_from: int | None = strawberry.field(
        description="The earlier version that it is again; null for a file that was new."
    )
    is_current: bool = strawberry.field(description="Whether it is what the material shows.")
    is_damaged: bool = strawberry.field(description="Whether its file was found damaged and not put right yet.")
    download_url: str | None = strawberry.field(
        description="Where an editor of the unit loads it for some hours; null for everybody else."
    )

    @classmethod
    def of(cls, row: Record, asset: "KeptAsset", *, is_editor: bool) -> Self:
        """Show a version to a contributor of the material's unit."""
        address = file_path(row["asset_id"], f"v{row['number']}", row["file_name"])
        return cls(
            number=row["number"],
            file_name=row["file_name"],
            file_size=float(row["size"]),
            media_type=row["media_type"],
            sha256=row["sha256"].hex(),
            note=row["note"],
            added_at=row["added_at"],
            added_by=row["added_by"],
            made_from=row["made_from"],
            is_current=row["number"] == asset.version,
            is_damaged=row["damage"] is not None,
            download_url=current().public_url + address if is_editor else None,
        )


@strawberry.type(description="One thing that happened to a material, by people or by the archive itself.")
class AssetEvent:
    at: datetime = strawberry.field(description="When it happened.")
    type: str = strawberry.field(
        description="What happened: `asset.added`, `asset.described`, `asset.versioned`, `asset.deleted`, "
        "`file.intact`, `file.changed`, `rendition.done`, `text.done`…"
    )
    premis_type: str = strawberry.field(
        description="The same in the event types of PREMIS, such as `ingestion` or `fixity check`."
    )
    detail: str | None = strawberry.field(
        description="What there is to say of it, as a JSON object; without texts, which may name people."
    )
    is_automatic: bool = strawberry.field(description="Whether the archive did it by itself.")

    @classmethod
    def of(cls, row: Record) -> Self:
        """Show an event."""
        return cls(
            at=row["at"],
            type=row["type"],
            premis_type=premis_type_of(row["type"]),
            detail=row["detail"],
            is_automatic=row["is_automatic"],
        )


_PREMIS = {
    "asset.added": "ingestion",
    "asset.versioned": "ingestion",
    "asset.described": "metadata modification",
    "asset.deleted": "deaccession",
    "asset.restored": "recovery",
    "asset.held": "policy assignment",
    "asset.released": "policy assignment",
    "file.repaired": "recovery",
}
_PREMIS_OF_KIND = {"file": "fixity check", "rendition": "creation", "text": "metadata extraction"}


def premis_type_of(type: str) -> str:
    """Return the PREMIS event type of an event; `modification` for what has none of its own."""
    return _PREMIS.get(type) or _PREMIS_OF_KIND.get(type.partition(".")[0], "modification")


@strawberry.type
class KeptAsset:
    """Fields of an asset; `id` and `unit_path` are the asset's."""

    id: strawberry.ID
    version: int = strawberry.field(description="Number of the version that it shows.")
    is_held: bool = strawberry.field(description="Whether it has to be kept and may not be deleted.")
    is_damaged: bool = strawberry.field(
        description="Whether its original was found damaged: it is not sent until the same bytes are uploaded again."
    )
    unit_path: strawberry.Private[str]

    @strawberry.field(
        description="Its versions, the newest first, for whoever contributes in its unit; null for everybody else."
    )
    async def versions(self, info: Info, first: First = 20, after: After = None) -> Connection[AssetVersion] | None:
        asked = window(first, after, int)
        key = (info.context.caller, UUID(self.id), asked.limit, asked.after[0] if asked.after else None)
        if not info.context.caller.may("contributor", self.unit_path):
            return None
        rows = await info.context.loaders.keeping.versions.load(key)
        is_editor = info.context.caller.may("editor", self.unit_path)

        def shown(row: Record) -> AssetVersion:
            return AssetVersion.of(row, self, is_editor=is_editor)

        return asked.page(rows, shown, key=lambda row: (row["number"],))

    @strawberry.field(
        description="What happened to it, the last first, for whoever contributes in its unit; null for everybody else."
    )
    async def events(self, info: Info, first: First = 20, after: After = None) -> Connection[AssetEvent] | None:
        asked = window(first, after, int, str)
        if not info.context.caller.may("contributor", self.unit_path):
            return None
        rows = await info.context.loaders.keeping.events.load((UUID(self.id), asked.limit, asked.after))
        return asked.page(rows, AssetEvent.of, key=lambda row: (row["since"], row["key"]))

"""How the graph shows what was deleted, damaged and held apart."""

from datetime import date, datetime
from typing import Self

import strawberry

from kit.db import Record
from kit.graphql import Info
from media_archive.assets.types import Asset, Unit


@strawberry.type(description="A deleted material that can still be brought back.")
class DeletedAsset:
    id: strawberry.ID = strawberry.field(description="The material's id.")
    title: str = strawberry.field(description="What it is called.")
    kind: str = strawberry.field(description="Code of its kind, see `assetKinds`.")
    reason: str = strawberry.field(
        description="Why it went: `duplicate`, `mistake`, `outdated`, `rights`, `consent`, `unlawful` or `other`."
    )
    deleted_at: datetime = strawberry.field(description="When it was deleted.")
    keep_until: date = strawberry.field(description="The day on which it goes for good.")
    unit: Unit = strawberry.field(description="The unit that it belongs to.")

    @classmethod
    def of(cls, row: Record) -> Self:
        """Show a deleted material."""
        return cls(
            id=strawberry.ID(str(row["id"])),
            title=row["title"],
            kind=row["kind"],
            reason=row["deletion_reason"],
            deleted_at=row["deleted_at"],
            keep_until=row["keep_until"],
            unit=Unit(id=strawberry.ID(str(row["unit_id"]))),
        )


@strawberry.type(description="A kept file that was read again and is not what it was.")
class DamagedFile:
    sha256: str = strawberry.field(description="SHA-256 of what it should be; the same bytes, uploaded, put it right.")
    size: float = strawberry.field(description="Size of what it should be, in bytes.")
    damage: str = strawberry.field(description="`changed` or `missing`.")
    checked_at: datetime = strawberry.field(description="When it was last read.")
    asset_ids: strawberry.Private[list[strawberry.ID]]

    @strawberry.field(description="The materials that need it, of those the caller may see; at most 100.")
    async def assets(self, info: Info) -> list[Asset]:
        loader, caller = info.context.loaders.assets, info.context.caller
        found = await loader.load_many([(caller, one) for one in self.asset_ids[:100]])
        return [Asset.of(row) for row in found if row is not None]

    @classmethod
    def of(cls, row: Record) -> Self:
        """Show a damaged file to an editor of a unit that needs it."""
        return cls(
            sha256=row["sha256"].hex(),
            size=float(row["size"]),
            damage=row["damage"],
            checked_at=row["checked_at"],
            asset_ids=row["assets"],
        )


@strawberry.type(description="A file that was refused and is kept as evidence for a while. It can't be loaded.")
class QuarantinedFile:
    id: strawberry.ID = strawberry.field(description="Stable id.")
    file_name: str = strawberry.field(description="What it called itself.")
    size: float = strawberry.field(description="Size in bytes.")
    sha256: str = strawberry.field(description="SHA-256 in hexadecimal digits.")
    reason: str = strawberry.field(
        description="Why: `VIRUS_FOUND`, `FILE_EXPANDS_TOO_MUCH`, or `FILE_TYPE_NOT_ALLOWED` where its name lies."
    )
    detail: str = strawberry.field(description="What the virus scanner calls what it found; empty otherwise.")
    at: datetime = strawberry.field(description="When it came.")
    purge_on: date = strawberry.field(description="The day on which it goes.")
    unit: Unit = strawberry.field(description="The unit for which it was sent.")

    @classmethod
    def of(cls, row: Record) -> Self:
        """Show a file that is held apart to an admin of the unit."""
        return cls(
            id=strawberry.ID(str(row["id"])),
            file_name=row["file_name"],
            size=float(row["size"]),
            sha256=row["sha256"].hex(),
            reason=row["reason"],
            detail=row["detail"],
            at=row["at"],
            purge_on=row["purge_on"],
            unit=Unit(id=strawberry.ID(str(row["unit_id"]))),
        )

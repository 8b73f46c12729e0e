"""How the graph shows uses: by themselves, at a material and at a unit."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

import strawberry

from kit.db import Record
from kit.graphql import After, Connection, First, Info, parse_id, window
from media_archive.reuse.reading import cursor_of, position_of

if TYPE_CHECKING:
    from media_archive.assets.types import Asset, Unit

LazyAsset = Annotated["Asset", strawberry.lazy("media_archive.assets.types")]
LazyUnit = Annotated["Unit", strawberry.lazy("media_archive.assets.types")]


@strawberry.type(description="One use of a material. Entries are never changed and never removed.")
class AssetReuse:
    id: strawberry.ID = strawberry.field(description="Opaque id.")
    kind: str = strawberry.field(description="`download`, `share`, `embed` or `publication`.")
    at: datetime = strawberry.field(description="When it was used.")
    version: int = strawberry.field(description="Which version of the material was used.")
    unit: LazyUnit | None = strawberry.field(
        description="The unit that used it; null when a link or an embed brought somebody from outside."
    )
    channel_id: str | None = strawberry.field(description="Id of org's channel on which it was used; null if none.")
    campaign: str | None = strawberry.field(description="The campaign it was used for, in words; null if none.")
    link: str | None = strawberry.field(description="Where it was published; null if that was not told.")
    asset_id: strawberry.Private[UUID]
    used_by: strawberry.Private[tuple[UUID | None, str | None]]

    @strawberry.field(
        description="The account that told of it, for editors of the unit and for whoever it was; null for everybody "
        "else, for what the archive noted by itself, and an alias for somebody who was erased."
    )
    async def account(self, info: Info) -> str | None:
        return await info.context.loaders.reuse_accounts.load((info.context.caller, *self.used_by))

    @strawberry.field(description="The material; null when you may not see it, or it is gone.")
    async def asset(self, info: Info) -> LazyAsset | None:
        from media_archive.assets.types import Asset

        row = await info.context.loaders.assets.load((info.context.caller, self.asset_id))
        return Asset.of(row) if row is not None else None

    @classmethod
    def of(cls, row: Record) -> Self:
        """Show an entry."""
        from media_archive.assets.types import Unit

        unit_id: UUID | None = row["unit_id"]
        return cls(
            id=strawberry.ID(str(row["id"])),
            kind=row["kind"],
            at=row["at"],
            version=row["version"],
            unit=Unit(id=strawberry.ID(str(unit_id))) if unit_id else None,
            channel_id=row["channel_id"] or None,
            campaign=row["campaign"] or None,
            link=row["link"] or None,
            asset_id=row["asset_id"],
            used_by=(unit_id, row["subject"]),
        )


@strawberry.type(description="How often materials were used in one way in one month.")
class AssetReuseCount:
    month: date = strawberry.field(description="First day of the month, by the calendar of Viet Nam.")
    kind: str = strawberry.field(description="`download`, `share`, `embed` or `publication`.")
    number: int = strawberry.field(description="How often.")


@strawberry.type
class ReuseOfAsset:
    """What a material tells of its uses and of copies made from it; part of the graph's `Asset`."""

    id: strawberry.ID = strawberry.field(description="Stable id.")

    @strawberry.field(
        description="Who used it, the newest use first: all uses for contributors of its unit, for others those by "
        "units where they contribute."
    )
    async def reuses(self, info: Info, first: First = 20, after: After = None) -> Connection[AssetReuse]:
        asked = window(first, after, int, int)
        key = (info.context.caller, parse_id(self.id, "asset"), asked.limit, position_of(asked.after))
        return asked.page(await info.context.loaders.reuses.load(key), AssetReuse.of, cursor_of)

    @strawberry.field(description="How many uses there were, of those that `reuses` shows to the caller.")
    async def reuse_count(self, info: Info) -> int:
        return await info.context.loaders.reuse_counts.load((info.context.caller, parse_id(self.id, "asset")))

    @strawberry.field(description="The materials from which it was adapted, as far as the caller may see them.")
    async def derived_from(self, info: Info) -> list[LazyAsset]:
        return await self._linked(info, info.context.loaders.sources)

    @strawberry.field(description="The newest 50 materials adapted from it, as far as the caller may see them.")
    async def adaptations(self, info: Info) -> list[LazyAsset]:
        return await self._linked(info, info.context.loaders.adaptations)

    async def _linked(self, info: Info, loader: "object") -> "list[Asset]":
        from media_archive.assets.types import Asset

        rows = await loader.load((info.context.caller, parse_id(self.id, "asset")))  # pyright: ignore[reportAttributeAccessIssue]
        return [Asset.of(row) for row in rows]


@strawberry.type
class ReuseByUnit:
    """What a unit used; part of the graph's `Unit`."""

    id: strawberry.ID = strawberry.field(description="Stable id, the same as in org.")

    @strawberry.field(
        description="What the unit and all below it used, the newest use first; null for unknown units and for those "
        "where the caller does not contribute."
    )
    async def reuses(self, info: Info, first: First = 20, after: After = None) -> Connection[AssetReuse] | None:
        asked = window(first, after, int, int)
        key = (info.context.caller, self.id, asked.limit, position_of(asked.after))
        rows = await info.context.loaders.reuses_by_unit.load(key)
        return asked.page(rows, AssetReuse.of, cursor_of) if rows is not None else None

    @strawberry.field(
        description="How often the unit and all below it used materials in each of the last 36 months, by kind, the "
        "last month first; null where `reuses` is."
    )
    async def reuse_counts(self, info: Info) -> list[AssetReuseCount] | None:
        rows = await info.context.loaders.reuse_months_by_unit.load((info.context.caller, self.id))
        if rows is None:
            return None
        return [AssetReuseCount(month=row["month"], kind=row["kind"], number=row["number"]) for row in rows]

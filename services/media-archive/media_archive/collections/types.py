"""How the graph shows collections."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from kit.db import Record
from kit.graphql import After, Connection, First, Info, window
from media_archive.assets.types import Asset, Unit


@strawberry.type(description="A named row of materials in an order that people chose; collections stand in each other.")
class Collection:
    id: strawberry.ID = strawberry.field(description="Stable id.")
    title: str = strawberry.field(description="What it is called.")
    description: str = strawberry.field(description="What it is about; may be empty.")
    visibility: str = strawberry.field(
        description="Who may see it: `public`, `union` (anyone with a role), `subtree` (its unit, those above and "
        "below), `unit` (its unit and those above) or `private` (who contributes there). Each material in it is shown "
        "only to whoever may see that material."
    )
    depth: int = strawberry.field(description="1 for an outermost collection, one more for each that it stands in.")
    created_at: datetime = strawberry.field(description="When it was begun.")
    unit: Unit = strawberry.field(description="The unit it belongs to.")

    @strawberry.field(
        description="The collections it stands in, the outermost first, as far as the caller may see them."
    )
    async def ancestors(self, info: Info) -> "list[Collection]":
        rows = await info.context.loaders.collections.ancestors.load((info.context.caller, UUID(self.id)))
        return [Collection.of(row) for row in rows]

    @strawberry.field(description="The collections that stand in it and that the caller may see, by title.")
    async def children(self, info: Info, first: First = 20, after: After = None) -> "Connection[Collection]":
        asked = window(first, after, str, str)
        key = (info.context.caller, UUID(self.id), asked.limit, asked.after)
        rows = await info.context.loaders.collections.children.load(key)
        return asked.page(rows, Collection.of, key=lambda row: (row["sort_key"], str(row["id"])))

    @strawberry.field(description="The materials in it that the caller may see, in its order.")
    async def items(self, info: Info, first: First = 20, after: After = None) -> Connection[Asset]:
        asked = window(first, after, int)
        key = (info.context.caller, UUID(self.id), asked.limit, asked.after)
        rows = await info.context.loaders.collections.items.load(key)
        return asked.page(rows, Asset.of, key=lambda row: (row["position"],))

    @strawberry.field(description="How many materials of it the caller may see.")
    async def item_count(self, info: Info) -> int:
        return await info.context.loaders.collections.counts.load((info.context.caller, UUID(self.id)))

    @strawberry.field(
        description="The material that stands for it: the one chosen, or else its first with a picture; null when the "
        "caller may see none."
    )
    async def cover(self, info: Info) -> Asset | None:
        row = await info.context.loaders.collections.covers.load((info.context.caller, UUID(self.id)))
        return None if row is None else Asset.of(row)

    @classmethod
    def of(cls, row: Record) -> Self:
        """Show a collection."""
        return cls(
            id=strawberry.ID(str(row["id"])),
            title=row["title"],
            description=row["description"],
            visibility=row["visibility"],
            depth=row["depth"],
            created_at=row["created_at"],
            unit=Unit(id=strawberry.ID(str(row["unit_id"]))),
        )


@strawberry.type(description="A search that somebody saved for themself.")
class SavedSearch:
    id: strawberry.ID = strawberry.field(description="Stable id.")
    name: str = strawberry.field(description="What its owner calls it.")
    question: str = strawberry.field(description="The question as the search page's address has it, without `?`.")
    seen_at: datetime = strawberry.field(description="When its owner last looked.")

    @strawberry.field(
        description="How many of the materials that it finds came into the archive since then, at most 100; "
        "null while the search is not ready or no longer understands the question."
    )
    async def new_count(self, info: Info) -> int | None:
        return await info.context.loaders.collections.news.load((info.context.caller, self.question, self.seen_at))

    @classmethod
    def of(cls, row: Record) -> Self:
        """Show a saved search to its owner."""
        return cls(id=strawberry.ID(str(row["id"])), name=row["name"], question=row["question"], seen_at=row["seen_at"])

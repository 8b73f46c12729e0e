"""What a material tells of the collections it lies in, and of who asks."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from kit.graphql import Info

if TYPE_CHECKING:
    from media_archive.collections.types import Collection


@strawberry.type
class CollectedAsset:
    """Fields of an asset; `id` is the asset's."""

    id: strawberry.ID

    @strawberry.field(description="The collections that hold it and that the caller may see, at most 50, by title.")
    async def collections(
        self, info: Info
    ) -> list[Annotated["Collection", strawberry.lazy("media_archive.collections.types")]]:
        from media_archive.collections.types import Collection  # it shows assets in its turn

        rows = await info.context.loaders.collections.holding.load((info.context.caller, UUID(self.id)))
        return [Collection.of(row) for row in rows]

    @strawberry.field(description="Whether the caller marked it as a favourite.")
    async def is_favourite(self, info: Info) -> bool:
        return await info.context.loaders.collections.favourites.load((info.context.caller, UUID(self.id)))

"""What a material tells of what is said in it."""

import strawberry

from kit.graphql import Info
from media_archive.captions.types import AssetCaptions


@strawberry.type
class CaptionedAsset:
    """Fields of an asset; `id` is the asset's."""

    id: strawberry.ID

    @strawberry.field(description="What is said in it with its times, one track for each language and kind.")
    async def captions(self, info: Info) -> list[AssetCaptions]:
        return await info.context.loaders.captions.load(self.id)

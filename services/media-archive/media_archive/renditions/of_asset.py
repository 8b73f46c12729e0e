"""What a material tells of its pages."""

from typing import Self

import strawberry

from kit.db import Record
from kit.graphql import Info
from media_archive.files.addresses import file_path
from media_archive.settings import current


@strawberry.type(description="The picture of a page, for reading in the browser.")
class AssetPage:
    number: int = strawberry.field(description="Which page it is, from 1.")
    width: int = strawberry.field(description="Width in pixels.")
    height: int = strawberry.field(description="Height in pixels.")
    url: str = strawberry.field(description="Where to load it for some hours, with the same right to see.")

    @classmethod
    def of(cls, row: Record) -> Self:
        """Show a page."""
        return cls(
            number=row["number"], width=row["width"], height=row["height"], url=current().public_url + page_path(row)
        )


def page_path(row: Record) -> str:
    """Return the path of a page's picture on our origin; `row` has asset_id and number."""
    variant = f"page-{row['number']}"
    return file_path(row["asset_id"], variant, f"{variant}.webp")


@strawberry.type
class PagedAsset:
    """Fields of an asset; `id` is the asset's."""

    id: strawberry.ID

    @strawberry.field(
        description="Pictures of its pages in order, at most the first 100 as the archive is usually set up; empty "
        "until the rendition `pages` is done."
    )
    async def pages(self, info: Info) -> list[AssetPage]:
        return await info.context.loaders.pages.load(self.id)

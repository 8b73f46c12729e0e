"""How the graph shows what files say of themselves."""

from datetime import date
from typing import Self

import strawberry

from kit.graphql import Info
from media_archive.metadata.embedded import Embedded


@strawberry.type(
    description="What a file says of itself in EXIF, IPTC, XMP or its document properties: a proposal for describing "
    "it, never where or with what device a picture was taken."
)
class AssetEmbedded:
    title: str = strawberry.field(description="Its title; may be empty.")
    description: str = strawberry.field(description="What it shows or is about; may be empty.")
    keywords: list[str] = strawberry.field(description="Its keywords.")
    creator: str = strawberry.field(description="Who made it; may be empty.")
    people: list[str] = strawberry.field(description="Names of people who are shown.")
    rights: str = strawberry.field(description="What it says of rights; may be empty.")
    made_on: date | None = strawberry.field(description="Day on which it was made; null when it doesn't say.")

    @classmethod
    def of(cls, embedded: Embedded) -> Self:
        """Show what a file says."""
        return cls(
            title=embedded.title,
            description=embedded.description,
            keywords=list(embedded.keywords),
            creator=embedded.creator,
            people=list(embedded.people),
            rights=embedded.rights,
            made_on=embedded.made_on,
        )


@strawberry.type
class TellingAsset:
    """What the file of an asset adds to it."""

    id: strawberry.ID

    @strawberry.field(
        description="What its file says of itself, for whoever contributes in its unit; null for everybody else."
    )
    async def embedded(self, info: Info) -> AssetEmbedded | None:
        found = await info.context.loaders.embedded.load((info.context.caller, self.id))
        return AssetEmbedded.of(found) if found is not None else None

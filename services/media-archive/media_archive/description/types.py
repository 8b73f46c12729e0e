"""How the graph shows what is said of a material."""

from collections.abc import Mapping
from typing import Any, Self

import strawberry

from kit.graphql import Info


@strawberry.type(
    description="What is said of a material beyond its title; docs/describing.md maps it to Dublin Core and IPTC."
)
class AssetAbout:
    creator: str = strawberry.field(description="Who made it: a person, a team or a unit; may be empty.")
    people: list[str] = strawberry.field(description="Names of people who are shown or heard.")
    places: list[str] = strawberry.field(description="Names of places that are shown or meant.")
    place_codes: list[str] = strawberry.field(description="Codes of org's places, such as `01` or `00004`.")
    events: list[str] = strawberry.field(
        description='Codes of events of the union year, see `assetTerms(vocabulary: "union_event")`.'
    )
    audiences: list[str] = strawberry.field(
        description='Codes of those it is made for, see `assetTerms(vocabulary: "audience")`.'
    )
    age_bands: list[str] = strawberry.field(description="Codes of org's age bands it is made for; none: all.")
    genders: list[str] = strawberry.field(description="Codes of org's genders it is made for; none: all.")
    regions: list[str] = strawberry.field(description="Codes of org's regions it is made for; none: all.")

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Self:
        """Show what is said."""
        return cls(**said)


@strawberry.type(description="A word of one of the archive's vocabularies.")
class AssetTerm:
    code: str = strawberry.field(description="Stable code.")
    name_vi: str = strawberry.field(description="Vietnamese name.")
    name_en: str = strawberry.field(description="English name.")


@strawberry.type
class DescribedAsset:
    """What describing adds to an asset."""

    id: strawberry.ID

    @strawberry.field(description="Who made it, who and what is to be seen, for whom it is meant.")
    async def about(self, info: Info) -> AssetAbout:
        return AssetAbout.of(await info.context.loaders.about.load(self.id))

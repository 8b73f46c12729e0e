"""How the graph shows what is said of a material."""

from collections.abc import Mapping
from typing import Any, Self

import strawberry

from kit.graphql import Info
from media_archive.places.types import Place


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
    asset_id: strawberry.Private[str]

    @classmethod
    def of(cls, asset_id: str, said: Mapping[str, Any]) -> Self:
        """Show what is said of an asset."""
        return cls(asset_id=asset_id, **said)

    @strawberry.field(
        description="What the places of `placeCodes` were called on the day the material was made, each with its "
        "district and province, in the language of the request; a code of which nothing is on record is left out."
    )
    async def place_names(self, info: Info) -> list[str]:
        found = await info.context.loaders.places.load(self.asset_id)
        return [place.en if info.context.language == "en" else place.vi for place in found]

    @strawberry.field(
        description="The same places with all that org tells of them; null for one that org does not tell of."
    )
    async def places_on_record(self, info: Info) -> list[Place | None]:
        return [Place.of(place) for place in await info.context.loaders.places.load(self.asset_id)]


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
        return AssetAbout.of(self.id, await info.context.loaders.about.load(self.id))

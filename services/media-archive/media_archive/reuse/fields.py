"""How uses and adaptations are told through the graph."""

from datetime import datetime
from typing import Annotated

import strawberry

from kit.graphql import Info, mutation, parse_id, result
from media_archive.assets.types import Asset
from media_archive.reuse import derivations, service
from media_archive.reuse.types import AssetReuse


@strawberry.input(description="A use of a material.")
class RecordReuseInput:
    asset_id: strawberry.ID = strawberry.field(description="The material.")
    unit_id: strawberry.ID = strawberry.field(description="The unit that used it.")
    kind: str = strawberry.field(description="`download`, `share`, `embed` or `publication`.")
    channel_id: str | None = strawberry.field(default=None, description="Id of org's channel on which it was used.")
    campaign: str | None = strawberry.field(default=None, description="What it was used for, at most 200 characters.")
    link: str | None = strawberry.field(default=None, description="Where it was published, an http or https address.")
    at: datetime | None = strawberry.field(default=None, description="When it was used; now when left out.")


@strawberry.type(description="The use is recorded.")
class RecordReuseSuccess:
    reuse: AssetReuse = strawberry.field(description="The entry.")


@strawberry.input(description="From which materials one was adapted.")
class SetDerivedFromInput:
    id: strawberry.ID = strawberry.field(description="The adapted material.")
    sources: list[strawberry.ID] = strawberry.field(
        description="What it was adapted from, at most 10; replaces what was said before, empty: from nothing."
    )


@strawberry.type(description="The sources are noted.")
class SetDerivedFromSuccess:
    asset: Asset = strawberry.field(description="The adapted material.")


RecordReuseResult = result("RecordReuseResult", RecordReuseSuccess)
SetDerivedFromResult = result("SetDerivedFromResult", SetDerivedFromSuccess, derivations.DerivedFromItself)


@strawberry.type
class ReuseMutation:
    @mutation(RecordReuseResult, description="Tell that a unit used a material. You must be a contributor of the unit.")
    async def record_reuse(
        self,
        info: Info,
        input: Annotated[RecordReuseInput, strawberry.argument(description="What was used, by whom and how.")],
    ) -> RecordReuseSuccess:
        new = service.NewReuse(
            asset_id=parse_id(input.asset_id, "asset"),
            unit_id=parse_id(input.unit_id, "unit"),
            kind=input.kind,
            channel_id=input.channel_id or "",
            campaign=input.campaign or "",
            link=input.link or "",
            at=input.at,
        )
        return RecordReuseSuccess(reuse=AssetReuse.of(await service.record_reuse(info.context.caller, new)))

    @mutation(
        SetDerivedFromResult,
        description="Say from which materials one was adapted. You must be a contributor of its unit.",
    )
    async def set_derived_from(
        self,
        info: Info,
        input: Annotated[SetDerivedFromInput, strawberry.argument(description="The material and its sources.")],
    ) -> SetDerivedFromSuccess:
        sources = [parse_id(one, "asset") for one in input.sources]
        row = await derivations.set_sources(info.context.caller, parse_id(input.id, "asset"), sources)
        return SetDerivedFromSuccess(asset=Asset.of(row))

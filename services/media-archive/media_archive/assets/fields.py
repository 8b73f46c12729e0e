"""What the graph can ask about assets, and how it has them described anew."""

from typing import Annotated

import strawberry

from kit.graphql import After, Connection, First, Info, mutation, parse_id, result, window
from media_archive.assets import service
from media_archive.assets.types import Asset, AssetKind
from media_archive.rights.reach import ConsentDoesNotReach
from media_archive.units.service import find_unit


@strawberry.input(description="What to say anew about an asset; what is left out stays as it is.")
class DescribeAssetInput:
    id: strawberry.ID = strawberry.field(description="The asset.")
    title: str | None = strawberry.field(default=None, description="What it is called, 1 to 300 characters.")
    description: str | None = strawberry.field(default=None, description="What it is about, at most 10,000 characters.")
    language: str | None = strawberry.field(default=None, description="ISO 639 code of its language.")
    kind: str | None = strawberry.field(default=None, description="Code of its kind, see `assetKinds`.")
    topics: list[str] | None = strawberry.field(
        default=None, description="Codes of org's topics, at most 10; replaces the list."
    )
    visibility: str | None = strawberry.field(
        default=None, description="`public` (takes an editor), `union`, `subtree`, `unit` or `private`."
    )


@strawberry.type(description="The asset is described anew.")
class DescribeAssetSuccess:
    asset: Asset = strawberry.field(description="The asset as it is now.")


DescribeAssetResult = result("DescribeAssetResult", DescribeAssetSuccess, ConsentDoesNotReach)


@strawberry.type
class AssetQuery:
    @strawberry.field(description="One material; an error NOT_FOUND also when the caller may not see it.")
    async def asset(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The asset.")]
    ) -> Asset | None:
        return Asset.of(await service.asset(info.context.caller, parse_id(id, "asset")))

    @strawberry.field(description="Materials that the caller may see, those added last first.")
    async def assets(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        unit: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only those of exactly this unit.")
        ] = None,
        within: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only those of this unit and all below it.")
        ] = None,
        kind: Annotated[str | None, strawberry.argument(description="Only those of this kind.")] = None,
        topic: Annotated[str | None, strawberry.argument(description="Only those on this topic.")] = None,
    ) -> Connection[Asset]:
        asked = window(first, after, int, str)
        wanted = service.Filter(
            unit_id=parse_id(unit, "unit") if unit is not None else None,
            within_path=(await find_unit(parse_id(within, "unit"))).path if within is not None else None,
            kind=kind,
            topic=topic,
        )
        rows = await service.list_assets(info.context.caller, wanted, asked)
        return asked.page(rows, Asset.of, service.cursor_of)

    @strawberry.field(description="The kinds of material there are.")
    async def asset_kinds(self) -> list[AssetKind]:
        return [AssetKind(code=row["code"], name_vi=row["vi"], name_en=row["en"]) for row in await service.kinds()]


@strawberry.type
class AssetMutation:
    @mutation(DescribeAssetResult, description="Say anew what a material is, and who may see it.")
    async def describe_asset(
        self,
        info: Info,
        input: Annotated[DescribeAssetInput, strawberry.argument(description="The asset and what to say.")],
    ) -> DescribeAssetSuccess:
        changes = service.Changes(
            title=input.title,
            description=input.description,
            language=input.language,
            kind=input.kind,
            topics=tuple(input.topics) if input.topics is not None else None,
            visibility=input.visibility,
        )
        row = await service.describe_asset(info.context.caller, parse_id(input.id, "asset"), changes)
        return DescribeAssetSuccess(asset=Asset.of(row))

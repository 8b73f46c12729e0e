"""What the graph can ask about assets, and how it has them described anew."""

from typing import Annotated

import strawberry

from kit.graphql import After, Connection, First, Info, mutation, parse_id, result, window
from media_archive.assets import service
from media_archive.assets.types import Asset, AssetKind
from media_archive.description.about import terms
from media_archive.description.inputs import SaidAnew
from media_archive.description.types import AssetTerm
from media_archive.rights.reach import ConsentDoesNotReach
from media_archive.units.service import find_unit


@strawberry.input(description="What to say anew about an asset; what is left out stays as it is.")
class DescribeAssetInput(SaidAnew):
    id: strawberry.ID = strawberry.field(description="The asset.")


@strawberry.input(description="What to say anew about several assets alike; what is left out stays as it is.")
class DescribeAssetsInput(SaidAnew):
    ids: list[strawberry.ID] = strawberry.field(description="The assets, 1 to 200.")


@strawberry.type(description="The asset is described anew.")
class DescribeAssetSuccess:
    asset: Asset = strawberry.field(description="The asset as it is now.")


@strawberry.type(description="All of the assets are described anew.")
class DescribeAssetsSuccess:
    assets: list[Asset] = strawberry.field(description="The assets as they are now, in the order of the ids.")


DescribeAssetsResult = result("DescribeAssetsResult", DescribeAssetsSuccess, ConsentDoesNotReach)
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
        unit_id: Annotated[
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
            unit_id=parse_id(unit_id, "unit") if unit_id is not None else None,
            within_path=(await find_unit(parse_id(within, "unit"))).path if within is not None else None,
            kind=kind,
            topic=topic,
        )
        rows = await service.list_assets(info.context.caller, wanted, asked)
        return asked.page(rows, Asset.of, service.cursor_of)

    @strawberry.field(
        description="Today's terms of a vocabulary of the archive, `union_event` or `audience`; others have none."
    )
    async def asset_terms(
        self, vocabulary: Annotated[str, strawberry.argument(description="The vocabulary's name.")]
    ) -> list[AssetTerm]:
        # PostgreSQL keeps no NUL, so no vocabulary is called by one.
        found = await terms(vocabulary) if "\0" not in vocabulary else []
        return [AssetTerm(code=row["code"], name_vi=row["vi"], name_en=row["en"]) for row in found]

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
        asset_id = parse_id(input.id, "asset")
        row = await service.describe_asset(info.context.caller, asset_id, input.changes())
        return DescribeAssetSuccess(asset=Asset.of(row))

    @mutation(
        DescribeAssetsResult,
        description="Say the same anew about up to 200 materials, all of them or, when one is refused, none.",
    )
    async def describe_assets(
        self,
        info: Info,
        input: Annotated[DescribeAssetsInput, strawberry.argument(description="The assets and what to say.")],
    ) -> DescribeAssetsSuccess:
        ids = [parse_id(one, "asset") for one in input.ids]
        rows = await service.describe_assets(info.context.caller, ids, input.changes())
        return DescribeAssetsSuccess(assets=[Asset.of(row) for row in rows])

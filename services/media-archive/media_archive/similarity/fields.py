"""How people say what is a near-duplicate and what is none."""

from typing import Annotated

import strawberry

from kit.graphql import Info, mutation, parse_id, result
from media_archive.assets import service as assets
from media_archive.assets.types import Asset
from media_archive.similarity import service


@strawberry.input(description="What somebody thinks of two pictures that look alike.")
class DecideNearDuplicateInput:
    asset: strawberry.ID = strawberry.field(description="One of the two assets.")
    other: strawberry.ID = strawberry.field(description="The other one, from `Asset.nearDuplicates`.")
    state: str = strawberry.field(description="`accepted`: they show the same; `rejected`: they don't.")


@strawberry.type(description="It is decided.")
class DecideNearDuplicateSuccess:
    asset: Asset = strawberry.field(description="The first asset as it is now.")


DecideNearDuplicateResult = result("DecideNearDuplicateResult", DecideNearDuplicateSuccess)


@strawberry.type
class SimilarityMutation:
    @mutation(
        DecideNearDuplicateResult,
        description="Accept or reject that two pictures show the same. You must see both and contribute to the unit of "
        "one of them; it may be decided anew.",
    )
    async def decide_near_duplicate(
        self,
        info: Info,
        input: Annotated[DecideNearDuplicateInput, strawberry.argument(description="The pair and the decision.")],
    ) -> DecideNearDuplicateSuccess:
        caller, asset_id = info.context.caller, parse_id(input.asset, "asset")
        await service.decide_near_duplicate(caller, asset_id, parse_id(input.other, "asset"), input.state)
        return DecideNearDuplicateSuccess(asset=Asset.of(await assets.asset(caller, asset_id)))

"""Which pairs wait for a decision, and how people say what is a near-duplicate and what is none."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import strawberry

from kit.db import Record
from kit.graphql import After, Connection, First, Info, mutation, parse_id, result, window
from media_archive.assets import service as assets
from media_archive.assets.types import Asset
from media_archive.similarity import service, waiting


@strawberry.type(description="Two assets whose pictures look alike; nobody said yet whether they show the same.")
class WaitingNearDuplicate:
    is_mirrored: bool = strawberry.field(description="Whether one shows the same as the other in a mirror.")
    found_at: datetime = strawberry.field(description="When the pair was found.")
    one_id: strawberry.Private[UUID]
    other_id: strawberry.Private[UUID]

    @strawberry.field(description="One of the two; null when it was hidden at this very moment.")
    async def asset(self, info: Info) -> Asset | None:
        return await _asset(info, self.one_id)

    @strawberry.field(description="The other one; null when it was hidden at this very moment.")
    async def other(self, info: Info) -> Asset | None:
        return await _asset(info, self.other_id)

    @classmethod
    def of(cls, row: Record) -> Self:
        """Show a pair."""
        return cls(
            is_mirrored=row["is_mirrored"],
            found_at=row["found_at"],
            one_id=row["first_id"],
            other_id=row["second_id"],
        )


async def _asset(info: Info, asset_id: UUID) -> Asset | None:
    row = await info.context.loaders.assets.load((info.context.caller, asset_id))
    return None if row is None else Asset.of(row)


@strawberry.input(description="What somebody thinks of two pictures that look alike.")
class DecideNearDuplicateInput:
    asset_id: strawberry.ID = strawberry.field(description="One of the two assets.")
    other_id: strawberry.ID = strawberry.field(
        description="The other one, from `Asset.nearDuplicates` or `waitingNearDuplicates`."
    )
    state: str = strawberry.field(description="`accepted`: they show the same; `rejected`: they don't.")


@strawberry.type(description="It is decided.")
class DecideNearDuplicateSuccess:
    asset: Asset = strawberry.field(description="The first asset as it is now.")


DecideNearDuplicateResult = result("DecideNearDuplicateResult", DecideNearDuplicateSuccess)


@strawberry.type
class SimilarityQuery:
    @strawberry.field(
        description="Pairs of pictures that look alike and wait for `decideNearDuplicate`, of which the caller may see "
        "both and one is of a unit or of those below it; those found last first. You must be a contributor of the unit."
    )
    async def waiting_near_duplicates(
        self,
        info: Info,
        unit_id: Annotated[strawberry.ID, strawberry.argument(description="The unit.")],
        first: First = 20,
        after: After = None,
    ) -> Connection[WaitingNearDuplicate] | None:
        asked = window(first, after, int, str, str)
        caller, unit = info.context.caller, parse_id(unit_id, "unit")
        rows = await waiting.waiting_pairs_at(caller, unit, asked.limit, asked.after)
        return asked.page(rows, WaitingNearDuplicate.of, key=waiting.cursor_of)


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
        caller, asset_id = info.context.caller, parse_id(input.asset_id, "asset")
        await service.decide_near_duplicate(caller, asset_id, parse_id(input.other_id, "asset"), input.state)
        return DecideNearDuplicateSuccess(asset=Asset.of(await assets.asset(caller, asset_id)))

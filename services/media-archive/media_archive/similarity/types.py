"""How the graph shows near-duplicates."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from kit.db import Record
from kit.errors import InvalidInput
from kit.graphql import First, Info, window
from media_archive.similarity.states import STATES

if TYPE_CHECKING:
    from media_archive.assets.types import Asset


@strawberry.type(description="Another picture that shows what an asset's picture shows.")
class AssetNearDuplicate:
    state: str = strawberry.field(
        description="`suggested` (found by comparing pictures), `accepted` or `rejected` (by a person)."
    )
    is_mirrored: bool = strawberry.field(description="Whether it shows the same as in a mirror.")
    found_at: datetime = strawberry.field(description="When the pair was found.")
    decided_at: datetime | None = strawberry.field(description="When it was accepted or rejected; null until then.")
    other: Annotated["Asset", strawberry.lazy("media_archive.assets.types")] = strawberry.field(
        description="The other asset."
    )

    @classmethod
    def of(cls, row: Record) -> Self:
        """Show a pair from one side."""
        # The two types need one another.
        from media_archive.assets.types import Asset

        return cls(
            state=row["pair_state"],
            is_mirrored=row["is_mirrored"],
            found_at=row["found_at"],
            decided_at=row["decided_at"],
            other=Asset.of(row),
        )


@strawberry.type
class ComparedAsset:
    """What the comparing of pictures adds to an asset."""

    id: strawberry.ID

    @strawberry.field(
        description="Pictures that the caller may see and that show the same, what awaits a decision first. Whoever "
        "contributes to the unit of one of the two decides by `decideNearDuplicate`."
    )
    async def near_duplicates(
        self,
        info: Info,
        first: First = 10,
        state: Annotated[
            str | None,
            strawberry.argument(
                description="Only `suggested`, `accepted` or `rejected` ones; left out: all but rejected ones."
            ),
        ] = None,
    ) -> list[AssetNearDuplicate]:
        window(first, None)
        if state is not None and state not in STATES:
            raise InvalidInput(
                "state", "chọn suggested, accepted hoặc rejected", "must be suggested, accepted or rejected"
            )
        key = (info.context.caller, self.id, first, state)
        return [AssetNearDuplicate.of(row) for row in await info.context.loaders.near_duplicates.load(key)]

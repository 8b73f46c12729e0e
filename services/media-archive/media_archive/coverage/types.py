"""How the graph shows coverage."""

from datetime import datetime
from typing import Annotated, Self

import strawberry

from kit.db import Record
from kit.graphql import Info
from media_archive.coverage.service import Coverage, checked_year

Year = Annotated[int, strawberry.argument(description="The year in which materials were made, from 1929 to this one.")]


@strawberry.type(description="How many materials a unit has, by its own word, that are not in the archive.")
class MaterialCount:
    year: int = strawberry.field(description="The year in which they were made.")
    kind: str = strawberry.field(description="Code of their kind, see `assetKinds`.")
    is_digital: bool = strawberry.field(
        description="Whether they are in digital form elsewhere; else on paper or tape."
    )
    number: int = strawberry.field(description="How many.")
    told_at: datetime = strawberry.field(description="When that was told.")

    @classmethod
    def of(cls, row: Record) -> Self:
        """Show what a unit told."""
        return cls(
            year=row["year"],
            kind=row["kind"],
            is_digital=row["is_digital"],
            number=row["number"],
            told_at=row["told_at"],
        )


@strawberry.type(
    description="How far the targets for materials are reached in a unit and all below it, for materials of one year. "
    "The programme asks that by 2028 100 % are digitised and shared, and 50 % of products are digital."
)
class MaterialCoverage:
    year: int = strawberry.field(description="The year in which the materials were made.")
    materials: int = strawberry.field(description="All that are known of: in the archive, and told of by units.")
    digitised: int = strawberry.field(description="In the archive, or in digital form elsewhere.")
    items: int = strawberry.field(description="In the archive.")
    described: int = strawberry.field(description="Of those: with title, description, a topic and a language.")
    shared: int = strawberry.field(description="Of those: to be seen beyond their own unit.")
    reused: int = strawberry.field(description="Of those: used by a unit other than their own.")
    products: int = strawberry.field(description="All materials but papers of the office.")
    digital_products: int = strawberry.field(description="Of those: in digital form.")
    digitised_percent: float | None = strawberry.field(description="Digitised, of all materials; null of none.")
    described_percent: float | None = strawberry.field(description="Described, of what is in the archive.")
    shared_percent: float | None = strawberry.field(description="Shared, of all materials.")
    reused_percent: float | None = strawberry.field(description="Reused, of what is in the archive.")
    digital_products_percent: float | None = strawberry.field(description="Digital products, of all products.")
    counted_at: datetime | None = strawberry.field(
        description="When the archive was counted; null if it never was, every half hour otherwise."
    )

    @classmethod
    def of(cls, coverage: Coverage) -> Self:
        """Show the numbers and the shares."""
        return cls(
            year=coverage.year,
            materials=coverage.materials,
            digitised=coverage.digitised,
            items=coverage.items,
            described=coverage.described,
            shared=coverage.shared,
            reused=coverage.reused,
            products=coverage.products,
            digital_products=coverage.digital_products,
            digitised_percent=coverage.share("digitised"),
            described_percent=coverage.share("described"),
            shared_percent=coverage.share("shared"),
            reused_percent=coverage.share("reused"),
            digital_products_percent=coverage.share("digital_products"),
            counted_at=coverage.counted_at,
        )


@strawberry.type
class CoveredUnit:
    """What a unit tells of coverage; part of the graph's `Unit`."""

    id: strawberry.ID = strawberry.field(description="Stable id, the same as in org.")

    @strawberry.field(
        description="How far the targets for materials are reached in the unit and all below it; null for unknown "
        "units, and for those where the caller neither contributes nor reads figures as an analyst."
    )
    async def coverage(self, info: Info, year: Year) -> MaterialCoverage | None:
        found = await info.context.loaders.coverage.load((info.context.caller, self.id, checked_year(year)))
        return MaterialCoverage.of(found) if found is not None else None

    @strawberry.field(
        description="What the unit itself told of materials outside the archive; null where `coverage` is."
    )
    async def material_counts(self, info: Info, year: Year) -> list[MaterialCount] | None:
        found = await info.context.loaders.material_counts.load((info.context.caller, self.id, checked_year(year)))
        return None if found is None else [MaterialCount.of(row) for row in found]

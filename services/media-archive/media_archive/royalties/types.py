"""How the graph shows rate cards, authors and what is owed them. Money is in whole dong."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from kit.db import Record
from kit.graphql import Connection

if TYPE_CHECKING:
    from media_archive.assets.types import Unit

LazyUnit = Annotated["Unit", strawberry.lazy("media_archive.assets.types")]


def _unit(row: Record) -> "Unit":
    from media_archive.assets.types import Unit

    return Unit(id=strawberry.ID(str(row["unit_id"])))


@strawberry.type(description="What a unit pays for one product of a kind, over a range of days.")
class RoyaltyRate:
    id: strawberry.ID = strawberry.field(description="Stable id.")
    unit: LazyUnit = strawberry.field(description="The unit that pays; units below without a card of their own do too.")
    kind: str = strawberry.field(description="Code of the kind of material, see `assetKinds`.")
    valid_from: date = strawberry.field(description="First day on which it holds.")
    valid_to: date | None = strawberry.field(description="First day on which it no longer holds; null: until changed.")
    coefficient: float = strawberry.field(description="The highest coefficient of a product, with two decimals.")
    unit_value: float = strawberry.field(description="Value of one unit of the coefficient, in whole dong.")
    basis: str = strawberry.field(description="The decision on which it rests; may be empty.")

    @classmethod
    def of(cls, row: Record) -> Self:
        """Show a rate card."""
        return cls(
            id=strawberry.ID(str(row["id"])),
            unit=_unit(row),
            kind=row["kind"],
            valid_from=row["valid_from"],
            valid_to=row["valid_to"],
            coefficient=row["coefficient"] / 100,
            unit_value=float(row["unit_value"]),
            basis=row["basis"],
        )


@strawberry.type(description="Somebody whom a unit pays for materials.")
class RoyaltyAuthor:
    id: strawberry.ID = strawberry.field(description="Stable id.")
    name: str | None = strawberry.field(description="The name; null once it was erased.")
    unit: LazyUnit = strawberry.field(description="The unit that noted the author.")

    @classmethod
    def of(cls, row: Record) -> Self:
        """Show an author."""
        return cls(id=strawberry.ID(str(row["id"])), name=row["name"], unit=_unit(row))


@strawberry.type(description="An author of a material and the share that is theirs.")
class RoyaltyShare:
    author: RoyaltyAuthor = strawberry.field(description="The author.")
    percent: float = strawberry.field(description="The share in percent, with two decimals; all add up to 100.")

    @classmethod
    def of(cls, row: Record) -> Self:
        """Show an author's share."""
        return cls(author=RoyaltyAuthor.of(row), percent=row["share"] / 100)


@strawberry.type(description="What is owed for one publication, or the reversal of that. Never changed.")
class RoyaltyCharge:
    id: strawberry.ID = strawberry.field(description="Stable id.")
    publication_id: strawberry.ID = strawberry.field(description="The publication, an entry of `reuses`.")
    published_on: date = strawberry.field(description="Day of the publication.")
    kind: str = strawberry.field(description="Kind of the material when it was charged.")
    coefficient: float = strawberry.field(description="The coefficient given to the product.")
    unit_value: float = strawberry.field(description="Value of one unit of the coefficient, in dong.")
    amount: float = strawberry.field(description="What is owed in dong; negative for a reversal.")
    note: str = strawberry.field(description="Why it was reversed; otherwise empty.")
    recorded_at: datetime = strawberry.field(description="When it was recorded.")

    @classmethod
    def of(cls, row: Record) -> Self:
        """Show a charge."""
        return cls(
            id=strawberry.ID(str(row["id"])),
            publication_id=strawberry.ID(str(row["reuse_id"])),
            published_on=row["published_on"],
            kind=row["kind"],
            coefficient=row["coefficient"] / 100,
            unit_value=float(row["unit_value"]),
            amount=float(row["amount"]),
            note=row["note"],
            recorded_at=row["recorded_at"],
        )


@strawberry.type(description="What a unit owes one author for a half-year.")
class RoyaltySum:
    author: RoyaltyAuthor = strawberry.field(description="The author.")
    publications: int = strawberry.field(description="How many publications it is for; reversed ones do not count.")
    amount: float = strawberry.field(description="What is owed in dong.")

    @classmethod
    def of(cls, row: Record) -> Self:
        """Show what an author gets."""
        return cls(author=RoyaltyAuthor.of(row), publications=row["publications"], amount=float(row["amount"]))


@strawberry.type(description="What one unit owes all of its authors for a half-year.")
class RoyaltyUnitTotal:
    unit: LazyUnit = strawberry.field(description="The unit.")
    publications: int = strawberry.field(description="How many publications it is for; reversed ones do not count.")
    amount: float = strawberry.field(description="What is owed in dong, without what units below owe.")

    @classmethod
    def of(cls, row: Record) -> Self:
        """Show what a unit owes."""
        return cls(unit=_unit(row), publications=row["publications"], amount=float(row["amount"]))


@strawberry.type(description="What a unit owes its authors for a half-year, as it was recorded by the end of a day.")
class RoyaltyStatement:
    year: int = strawberry.field(description="The year of the publications.")
    half: int = strawberry.field(description="Its half, 1 or 2.")
    as_of: date = strawberry.field(description="What was recorded by the end of this day counts.")
    publications: int = strawberry.field(description="How many publications count.")
    amount: float = strawberry.field(description="What is owed for all of them, in dong.")
    authors: Connection[RoyaltySum] = strawberry.field(description="What each author gets, in the order of their ids.")

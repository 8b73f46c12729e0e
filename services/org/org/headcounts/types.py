"""Headcounts as the graph shows them."""

from datetime import date

import strawberry

from kit import db


@strawberry.type(
    description="How many people of one age band and gender there are. A cell that is not listed is unknown, not zero."
)
class UnitHeadcountCell:
    age_band: str = strawberry.field(description="Code of the vocabulary `age_band`.")
    gender: str = strawberry.field(description="Code of the vocabulary `gender`.")
    members: int = strawberry.field(description="Members of the union.")
    workers: int = strawberry.field(
        description="Workers, members or not; from another list than members, so either may be larger."
    )

    @classmethod
    def of(cls, row: db.Record) -> "UnitHeadcountCell":
        """Return the cell of a row."""
        return cls(age_band=row["age_band"], gender=row["gender"], members=row["members"], workers=row["workers"])


@strawberry.type(
    description="The people of a unit and of all units below it, as last published. "
    "These are plain counts, with no small-cell protection."
)
class UnitHeadcount:
    cells: list[UnitHeadcountCell] = strawberry.field(
        description="Sums by age band and gender, in the order of the vocabularies."
    )
    members: int = strawberry.field(description="Sum of the members of all cells.")
    workers: int = strawberry.field(description="Sum of the workers of all cells.")
    units_counted: int = strawberry.field(
        description="How many units have published; the people of all others are missing here."
    )
    oldest_day: date = strawberry.field(description="The day of the oldest publication in the sums.")
    newest_day: date = strawberry.field(description="The day of the newest publication in the sums.")
    sources: list[str] = strawberry.field(
        description="Where the numbers come from: up to ten different sources, `demo` for made-up ones."
    )

    @classmethod
    def of(cls, coverage: db.Record, cells: list[db.Record]) -> "UnitHeadcount":
        """Return the sums of a subtree."""
        return cls(
            cells=[UnitHeadcountCell.of(row) for row in cells],
            members=sum(row["members"] for row in cells),
            workers=sum(row["workers"] for row in cells),
            units_counted=coverage["units_counted"],
            oldest_day=coverage["oldest_day"],
            newest_day=coverage["newest_day"],
            sources=coverage["sources"],
        )

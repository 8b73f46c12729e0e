"""Headcounts as the graph shows them."""

from datetime import date, datetime
from enum import Enum
from typing import Annotated

import strawberry

from kit.errors import InvalidInput
from kit.graphql import After, Connection, First, Info, window
from org.headcounts import service
from org.headcounts.service import Cell, Coverage, Dimension, Publication, SubtreeSum, SummedCell


@strawberry.enum(description="What headcounts can be grouped by.")
class HeadcountDimension(Enum):
    AGE_BAND = strawberry.enum_value("age_band", description="Age band.")
    GENDER = strawberry.enum_value("gender", description="Gender.")
    EDUCATION = strawberry.enum_value("education", description="Education; null where it was not stated.")
    FIELD = strawberry.enum_value("field", description="Field of work; null where it was not stated.")
    REGION = strawberry.enum_value("region", description="The unit's region on that day; null where it spans regions.")
    LEVEL = strawberry.enum_value("level", description="The unit's level on that day.")
    KIND = strawberry.enum_value("kind", description="The unit's kind on that day.")


_DIMENSIONS: dict[HeadcountDimension, Dimension] = dict(zip(HeadcountDimension, service.DIMENSIONS, strict=True))


def shown(count: int) -> int:
    """Return a sum that fits the graph's Int; HeadcountBeyondInt when it does not."""
    if count > service.LARGEST_INT:
        raise service.HeadcountBeyondInt()
    return count


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
    def of(cls, cell: SummedCell) -> "UnitHeadcountCell":
        """Return the cell of a sum by age band and gender."""
        return cls(
            age_band=str(cell.age_band),
            gender=str(cell.gender),
            members=shown(cell.members),
            workers=shown(cell.workers),
        )


@strawberry.type(
    description="The people of one group. A code is null where the question did not group by it, where it was not "
    "stated, or, for a region, where the unit spans several. A group that is not listed is unknown, not zero."
)
class UnitHeadcountGroup:
    age_band: str | None = strawberry.field(description="Code of the vocabulary `age_band`.")
    gender: str | None = strawberry.field(description="Code of the vocabulary `gender`.")
    education: str | None = strawberry.field(description="Code of the vocabulary `education`.")
    field: str | None = strawberry.field(description="Code of the vocabulary `field`.")
    region: str | None = strawberry.field(description="Code of the vocabulary `region`.")
    level: str | None = strawberry.field(description="Code of the vocabulary `level`.")
    kind: str | None = strawberry.field(description="Code of the vocabulary `unit_kind`.")
    members: int = strawberry.field(description="Members of the union.")
    workers: int = strawberry.field(description="Workers, members or not.")

    @classmethod
    def of(cls, cell: SummedCell) -> "UnitHeadcountGroup":
        """Return a group of a sum."""
        codes = {dimension: getattr(cell, dimension) for dimension in service.DIMENSIONS}
        return cls(members=shown(cell.members), workers=shown(cell.workers), **codes)


@strawberry.type(
    description="The people of a unit and of all units below it, each with its newest publication up to the day. "
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
    units_carried_over: int = strawberry.field(
        description="For how many of these the numbers are not their own but carried over by a reorganisation."
    )
    units_assumed: int = strawberry.field(
        description="For how many of these the shares of their predecessors were assumptions."
    )
    oldest_day: date = strawberry.field(description="The day of the oldest publication in the sums.")
    newest_day: date = strawberry.field(description="The day of the newest publication in the sums.")
    path: strawberry.Private[str]
    day: strawberry.Private[date]

    @classmethod
    def of(cls, found: SubtreeSum, path: str, day: date) -> "UnitHeadcount | None":
        """Return the sum of the subtree at a path on a day, None where nobody published."""
        if found.oldest_day is None or found.newest_day is None:
            return None
        return cls(
            cells=[UnitHeadcountCell.of(cell) for cell in found.cells],
            members=shown(sum(cell.members for cell in found.cells)),
            workers=shown(sum(cell.workers for cell in found.cells)),
            units_counted=found.units_counted,
            units_carried_over=found.units_carried,
            units_assumed=found.units_assumed,
            oldest_day=found.oldest_day,
            newest_day=found.newest_day,
            path=path,
            day=day,
        )

    @strawberry.field(description="Where the numbers come from: up to ten different sources, `demo` for made-up ones.")
    async def sources(self, info: Info) -> list[str]:
        return await info.context.loaders.headcounts.sources_by_path.load((self.path, self.day))

    @strawberry.field(
        description="Sums by any of the dimensions, in the order of the vocabularies. "
        "They always add up to the same total: people of whom something is not stated have a group of their own."
    )
    async def groups(
        self,
        info: Info,
        by: Annotated[
            list[HeadcountDimension],
            strawberry.argument(description="What to group by, none twice; the empty list gives the total."),
        ],
        first: First = 20,
        after: After = None,
    ) -> Connection[UnitHeadcountGroup]:
        dimensions = tuple(_DIMENSIONS[dimension] for dimension in by)
        if len(set(dimensions)) < len(dimensions):
            raise InvalidInput("by", "có tiêu chí lặp lại.", "names a dimension twice.")
        asked = window(first, after, int)
        start = max(0, asked.after[0]) if asked.after else 0
        found = await info.context.loaders.headcounts.groups_by_path.load((self.path, (self.day, dimensions)))
        rows = list(enumerate(found.cells, start=1))[start : start + asked.limit]
        return asked.page(rows, lambda row: UnitHeadcountGroup.of(row[1]), lambda row: (row[0],))


@strawberry.type(
    description="How much of a unit and all units below it has published headcounts. Those missing are listed by "
    "`headcountMissing` of the unit."
)
class UnitHeadcountCoverage:
    units: int = strawberry.field(description="How many units there are on the day, the unit itself counted.")
    units_counted: int = strawberry.field(description="How many of them have published.")
    units_missing: int = strawberry.field(description="How many of them have not; of their people nothing is known.")

    @classmethod
    def of(cls, coverage: Coverage) -> "UnitHeadcountCoverage":
        """Return what is known of a subtree."""
        return cls(
            units=coverage.units,
            units_counted=coverage.units_counted,
            units_missing=coverage.units - coverage.units_counted,
        )


@strawberry.type(description="A cell as it was published. Where education or field of work is null, it was not stated.")
class HeadcountPublicationCell:
    age_band: str = strawberry.field(description="Code of the vocabulary `age_band`.")
    gender: str = strawberry.field(description="Code of the vocabulary `gender`.")
    education: str | None = strawberry.field(description="Code of the vocabulary `education`; null: not stated.")
    field: str | None = strawberry.field(description="Code of the vocabulary `field`; null: not stated.")
    members: int = strawberry.field(description="Members of the union.")
    workers: int = strawberry.field(description="Workers, members or not.")

    @classmethod
    def of(cls, cell: Cell) -> "HeadcountPublicationCell":
        """Return a published cell."""
        return cls(
            age_band=cell.age_band,
            gender=cell.gender,
            education=cell.education,
            field=cell.field,
            members=cell.members,
            workers=cell.workers,
        )


@strawberry.type(
    description="What a unit published of the people attached to itself, units below it not counted, for one day. "
    "Corrected and withdrawn publications stay on record."
)
class HeadcountPublication:
    id: strawberry.ID = strawberry.field(description="Opaque id.")
    day: date = strawberry.field(description="The day on which people were counted.")
    source: str = strawberry.field(description="Where the numbers come from.")
    origin: str = strawberry.field(
        description="How they came here: `entered` by hand, from a `file`, or carried over by a `reorganisation`."
    )
    is_assumed: bool = strawberry.field(
        description="Whether they were carried over by shares that are assumptions, not counts."
    )
    tree_version: int | None = strawberry.field(
        description="The version of the tree that the reorganisation made; null when nothing was carried over."
    )
    published_by: str | None = strawberry.field(
        description="The account that published it; null where that was not recorded yet."
    )
    published_at: datetime = strawberry.field(description="When it was published.")
    replaced_at: datetime | None = strawberry.field(
        description="When it was corrected or withdrawn; null while it counts."
    )
    replaced_by: str | None = strawberry.field(description="The account that corrected or withdrew it.")
    replaced_why: str | None = strawberry.field(description="Why it was corrected or withdrawn.")
    corrects: strawberry.ID | None = strawberry.field(
        description="The id of the publication in whose place it was put; null when there was none."
    )
    cells: list[HeadcountPublicationCell] = strawberry.field(
        description="Its cells, at most 10,000. A cell that is not there is unknown, not zero."
    )

    @classmethod
    def of(cls, publication: Publication) -> "HeadcountPublication":
        """Return a stored publication."""
        return cls(
            id=strawberry.ID(str(publication.id)),
            day=publication.day,
            source=publication.source,
            origin=publication.origin,
            is_assumed=publication.is_assumed,
            tree_version=publication.tree_version,
            published_by=publication.published_by,
            published_at=publication.published_at,
            replaced_at=publication.replaced_at,
            replaced_by=publication.replaced_by,
            replaced_why=publication.replaced_why,
            corrects=strawberry.ID(str(publication.corrects)) if publication.corrects else None,
            cells=[HeadcountPublicationCell.of(cell) for cell in publication.cells],
        )

    @staticmethod
    def position(publication: Publication) -> tuple[str, str, str]:
        """Return where a publication stands in the list of its unit's."""
        return publication.day.isoformat(), publication.published_at.isoformat(), str(publication.id)

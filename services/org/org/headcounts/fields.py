"""Publishing headcounts."""

from datetime import date
from typing import Annotated

import strawberry

from kit.graphql import Info, mutation, parse_id, result
from org.headcounts import service
from org.units.service import UnitDateInFuture, find_unit
from org.units.types import Unit


@strawberry.input(description="How many people of one age band and gender there are.")
class HeadcountCellInput:
    age_band: str = strawberry.field(description="Code of the vocabulary `age_band`.")
    gender: str = strawberry.field(description="Code of the vocabulary `gender`.")
    members: int = strawberry.field(description="Members of the union, not negative.")
    workers: int = strawberry.field(description="Workers, members or not; not negative.")


@strawberry.input(description="All that is known of the people attached to a unit itself, units below it not counted.")
class PublishHeadcountsInput:
    unit_id: strawberry.ID = strawberry.field(description="The unit; you must be an editor of it.")
    day: date = strawberry.field(description="The day on which people were counted, not in the future.")
    source: str = strawberry.field(description="Where the numbers come from, at most 200 characters.")
    cells: list[HeadcountCellInput] = strawberry.field(
        description="One to 100 cells, none twice. A cell left out is unknown, not zero."
    )


@strawberry.type(description="The headcounts were published; they replace those of the same unit and day.")
class PublishHeadcountsSuccess:
    unit: Unit = strawberry.field(description="The unit.")
    day: date = strawberry.field(description="The day they are of.")


PublishHeadcountsResult = result("PublishHeadcountsResult", PublishHeadcountsSuccess, UnitDateInFuture)


@strawberry.type
class HeadcountMutation:
    """Changes of headcounts."""

    @mutation(
        PublishHeadcountsResult,
        description="Publish a unit's headcounts of a day as a whole. You must be an editor of the unit.",
    )
    async def publish_headcounts(
        self, info: Info, input: Annotated[PublishHeadcountsInput, strawberry.argument(description="The headcounts.")]
    ) -> PublishHeadcountsSuccess:
        unit_id = parse_id(input.unit_id, "unit")
        cells = [service.Cell(cell.age_band, cell.gender, cell.members, cell.workers) for cell in input.cells]
        await service.publish_headcounts(info.context.caller, unit_id, input.day, cells, input.source)
        return PublishHeadcountsSuccess(unit=Unit.of(await find_unit(unit_id)), day=input.day)

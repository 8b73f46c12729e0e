"""How units tell the graph of materials outside the archive."""

from typing import Annotated

import strawberry

from kit.graphql import Info, mutation, parse_id, result
from media_archive.coverage import service
from media_archive.coverage.types import MaterialCount


@strawberry.input(description="How many materials of a kind and year a unit has that are not in the archive.")
class SetMaterialCountInput:
    unit_id: strawberry.ID = strawberry.field(description="The unit.")
    year: int = strawberry.field(description="The year in which they were made, from 1929 to this one.")
    kind: str = strawberry.field(description="Code of their kind, see `assetKinds`.")
    is_digital: bool = strawberry.field(
        description="Whether they are in digital form elsewhere; else on paper or tape."
    )
    number: int = strawberry.field(description="How many, at most 10,000,000; replaces what was told before.")


@strawberry.type(description="The number is noted.")
class SetMaterialCountSuccess:
    material_count: MaterialCount = strawberry.field(description="What is told now.")


SetMaterialCountResult = result("SetMaterialCountResult", SetMaterialCountSuccess)


@strawberry.type
class CoverageMutation:
    @mutation(
        SetMaterialCountResult,
        description="Tell how many materials a unit has that are not in the archive. You must be a contributor of it.",
    )
    async def set_material_count(
        self, info: Info, input: Annotated[SetMaterialCountInput, strawberry.argument(description="What to note.")]
    ) -> SetMaterialCountSuccess:
        row = await service.set_material_count(
            info.context.caller,
            parse_id(input.unit_id, "unit"),
            input.year,
            input.kind,
            input.number,
            is_digital=input.is_digital,
        )
        return SetMaterialCountSuccess(material_count=MaterialCount.of(row))

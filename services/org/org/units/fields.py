"""Questions about units, which everybody may ask, and changes of the tree."""

from datetime import date
from typing import Annotated

import strawberry

from kit.errors import NotFound
from kit.graphql import After, Connection, First, Info, mutation, parse_id, result, window
from org.units import service
from org.units.types import Unit


@strawberry.input(description="A unit that is to be created.")
class CreateUnitInput:
    parent_id: strawberry.ID = strawberry.field(description="The unit directly above; you must be an admin of it.")
    name_vi: str = strawberry.field(description="Name in Vietnamese, at most 250 characters; unique under the parent.")
    name_en: str | None = strawberry.field(default=None, description="Name in English, at most 250 characters.")
    short_name: str | None = strawberry.field(default=None, description="Short name, at most 60 characters.")
    code: str = strawberry.field(
        description="Unique code: letters A–Z and digits, separated by `-` or `.`, at most 40 characters."
    )
    level: str = strawberry.field(
        description="Code of the vocabulary `level`; it must be allowed under the parent's on that day."
    )
    kind: str = strawberry.field(description="Code of the vocabulary `unit_kind`.")
    region: str | None = strawberry.field(default=None, description="Code of the vocabulary `region`.")
    on: date | None = strawberry.field(
        default=None, description="The day it came into being, not in the future; today when left out."
    )


@strawberry.input(description="The new names of a unit. A name that is left out is one that the unit no longer has.")
class RenameUnitInput:
    id: strawberry.ID = strawberry.field(description="The unit; you must be an editor of it.")
    name_vi: str = strawberry.field(description="Name in Vietnamese, at most 250 characters; unique under the parent.")
    name_en: str | None = strawberry.field(default=None, description="Name in English, at most 250 characters.")
    short_name: str | None = strawberry.field(default=None, description="Short name, at most 60 characters.")
    on: date | None = strawberry.field(
        default=None,
        description="The day from which they hold: not in the future, not before the last names; today when left out.",
    )


@strawberry.input(description="Where a unit goes, with everything below it.")
class MoveUnitInput:
    id: strawberry.ID = strawberry.field(description="The unit; you must be an admin of the unit directly above it.")
    parent_id: strawberry.ID = strawberry.field(
        description="The unit that will be directly above; you must be an admin of it."
    )
    on: date | None = strawberry.field(
        default=None,
        description="The day from which it is there: not in the future, not before its last move; today when left out.",
    )


@strawberry.type(description="The unit was created.")
class CreateUnitSuccess:
    unit: Unit = strawberry.field(description="The new unit.")


@strawberry.type(description="The unit has its names.")
class RenameUnitSuccess:
    unit: Unit = strawberry.field(description="The unit with its new names.")


@strawberry.type(description="The unit stands under its new parent.")
class MoveUnitSuccess:
    unit: Unit = strawberry.field(description="The unit in its new place.")


CreateUnitResult = result(
    "CreateUnitResult",
    CreateUnitSuccess,
    service.UnitNameTaken,
    service.UnitCodeTaken,
    service.UnitLevelNotAllowed,
    service.UnitDateBackwards,
    service.UnitDateInFuture,
)
RenameUnitResult = result(
    "RenameUnitResult", RenameUnitSuccess, service.UnitNameTaken, service.UnitDateBackwards, service.UnitDateInFuture
)
MoveUnitResult = result(
    "MoveUnitResult",
    MoveUnitSuccess,
    service.UnitCycle,
    service.UnitNameTaken,
    service.UnitLevelNotAllowed,
    service.UnitDateBackwards,
    service.UnitDateInFuture,
)


@strawberry.type
class UnitQuery:
    """Root fields of units."""

    @strawberry.field(description="The unit of an id; NOT_FOUND when there is none.")
    async def unit(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The unit's id.")]
    ) -> Unit | None:
        row = await info.context.loaders.unit_by_id.load(parse_id(id, "unit"))
        if row is None:
            raise NotFound("unit", id)
        return Unit.of(row)

    @strawberry.field(description="The unit of a code, in either case; NOT_FOUND when there is none.")
    async def unit_by_code(
        self, code: Annotated[str, strawberry.argument(description="Such as `EVN`.")]
    ) -> Unit | None:
        return Unit.of(await service.find_unit_by_code(code))

    @strawberry.field(
        description="Units, best match of `query` first, or all in Vietnamese order of their names. "
        "Accents may be left out; those that are typed count."
    )
    async def units(
        self,
        first: First = 20,
        after: After = None,
        query: Annotated[
            str | None, strawberry.argument(description="Words of a name, or a code; at most 200 characters.")
        ] = None,
        level: Annotated[
            str | None, strawberry.argument(description="Only this level, a code of the vocabulary `level`.")
        ] = None,
        kind: Annotated[
            str | None, strawberry.argument(description="Only this kind, a code of the vocabulary `unit_kind`.")
        ] = None,
        region: Annotated[
            str | None, strawberry.argument(description="Only this region, a code of the vocabulary `region`.")
        ] = None,
        within: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only this unit and those below it.")
        ] = None,
    ) -> Connection[Unit]:
        asked = window(first, after, int, str, int)
        wanted = service.UnitSearch(
            query, level, kind, region, parse_id(within, "unit") if within is not None else None
        )
        rows = await service.search_units(wanted, asked.limit, asked.after)
        return asked.page(rows, Unit.of, lambda row: (row["rank"], row["sort_key"], row["number"]))

    @strawberry.field(description="How many changes the tree has seen; the same number means the same tree.")
    async def tree_version(self) -> int:
        return await service.current_tree_version()


@strawberry.type
class UnitMutation:
    """Changes of the tree."""

    @mutation(CreateUnitResult, description="Create a unit. You must be an admin of the unit above it.")
    async def create_unit(
        self, info: Info, input: Annotated[CreateUnitInput, strawberry.argument(description="The new unit.")]
    ) -> CreateUnitSuccess:
        new = service.NewUnit(
            parent_id=parse_id(input.parent_id, "unit"),
            names=service.UnitNames.checked(input.name_vi, input.name_en, input.short_name),
            code=input.code,
            level=input.level,
            kind=input.kind,
            region=input.region,
            on=input.on,
        )
        return CreateUnitSuccess(unit=Unit.of(await service.create_unit(info.context.caller, new)))

    @mutation(
        RenameUnitResult,
        description="Give a unit new names from a day on; the former stay on record. You must be an editor of it.",
    )
    async def rename_unit(
        self, info: Info, input: Annotated[RenameUnitInput, strawberry.argument(description="The unit and its names.")]
    ) -> RenameUnitSuccess:
        names = service.UnitNames.checked(input.name_vi, input.name_en, input.short_name)
        return RenameUnitSuccess(
            unit=Unit.of(await service.rename_unit(info.context.caller, parse_id(input.id, "unit"), names, input.on))
        )

    @mutation(
        MoveUnitResult,
        description="Put a unit, with everything below it, under another one from a day on. "
        "You must be an admin of both the unit it leaves and the one it joins.",
    )
    async def move_unit(
        self,
        info: Info,
        input: Annotated[MoveUnitInput, strawberry.argument(description="The unit and where it goes.")],
    ) -> MoveUnitSuccess:
        moved = await service.move_unit(
            info.context.caller, parse_id(input.id, "unit"), parse_id(input.parent_id, "unit"), input.on
        )
        return MoveUnitSuccess(unit=Unit.of(moved))

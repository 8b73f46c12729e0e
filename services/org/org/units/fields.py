"""Questions about units, which everybody may ask, and changes of the tree."""

from datetime import date
from typing import Annotated

import strawberry

from kit import db
from kit.calendar import today
from kit.graphql import After, Connection, First, Info, mutation, parse_id, result, window
from org.units import service
from org.units.types import AsOf, Unit, unit_or_none


@strawberry.input(description="What a change of the organisation rests on.")
class DecisionInput:
    number: str | None = strawberry.field(default=None, description="Number of the decision, at most 100 characters.")
    file: str | None = strawberry.field(
        default=None, description="Where its file is, such as an archive item's address; at most 500 characters."
    )
    note: str | None = strawberry.field(
        default=None, description="What else is to be remembered; at most 2,000 characters."
    )

    def checked(self) -> service.Decision:
        """Return the decision, cleaned."""
        return service.Decision.checked(self.number, self.file, self.note)


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
        default=None, description="The day it comes into being, at most five years ahead; today when left out."
    )
    province: str | None = strawberry.field(default=None, description="The province's code that day, two digits.")
    commune: str | None = strawberry.field(default=None, description="The commune's code that day, five digits.")
    address: str | None = strawberry.field(default=None, description="Postal address, at most 300 characters.")
    phone: str | None = strawberry.field(default=None, description="Telephone of the office.")
    email: str | None = strawberry.field(default=None, description="E-mail address of the office.")
    website: str | None = strawberry.field(default=None, description="Web address, beginning with `https://`.")
    decision: DecisionInput | None = strawberry.field(default=None, description="What the change rests on.")

    def new_unit(self) -> service.NewUnit:
        """Return the unit, cleaned."""
        return service.NewUnit(
            parent_id=parse_id(self.parent_id, "unit"),
            names=service.UnitNames.checked(self.name_vi, self.name_en, self.short_name),
            code=self.code,
            level=self.level,
            kind=self.kind,
            region=self.region,
            on=self.on,
            facts=service.UnitFacts.checked(
                self.province, self.commune, self.address, self.phone, self.email, self.website
            ),
        )


@strawberry.input(description="The new names of a unit. A name that is left out is one that the unit no longer has.")
class RenameUnitInput:
    id: strawberry.ID = strawberry.field(description="The unit; you must be an editor of it.")
    name_vi: str = strawberry.field(description="Name in Vietnamese, at most 250 characters; unique under the parent.")
    name_en: str | None = strawberry.field(default=None, description="Name in English, at most 250 characters.")
    short_name: str | None = strawberry.field(default=None, description="Short name, at most 60 characters.")
    on: date | None = strawberry.field(
        default=None,
        description="The day from which they hold, at most five years ahead; today when left out. They hold until the "
        "day on which the unit was to get other names anyway.",
    )
    decision: DecisionInput | None = strawberry.field(default=None, description="What the change rests on.")

    def names(self) -> service.UnitNames:
        """Return the names, cleaned."""
        return service.UnitNames.checked(self.name_vi, self.name_en, self.short_name)


@strawberry.input(description="Where a unit goes, with everything below it.")
class MoveUnitInput:
    id: strawberry.ID = strawberry.field(description="The unit; you must be an admin of the unit directly above it.")
    parent_id: strawberry.ID = strawberry.field(
        description="The unit that will be directly above; you must be an admin of it."
    )
    on: date | None = strawberry.field(
        default=None,
        description="The day from which it is there, at most five years ahead; today when left out. It stays until the "
        "day on which it was to be moved anyway.",
    )
    decision: DecisionInput | None = strawberry.field(default=None, description="What the change rests on.")


@strawberry.input(
    description="What else is to change about a unit. A field that is left out stays; "
    "null empties it where it may be empty."
)
class ChangeUnitInput:
    id: strawberry.ID = strawberry.field(
        description="The unit; you must be an editor of it, for code, level and kind an admin of the unit above it."
    )
    code: str | None = strawberry.field(default=strawberry.UNSET, description="Unique code.")
    level: str | None = strawberry.field(default=strawberry.UNSET, description="Code of the vocabulary `level`.")
    kind: str | None = strawberry.field(default=strawberry.UNSET, description="Code of the vocabulary `unit_kind`.")
    region: str | None = strawberry.field(default=strawberry.UNSET, description="Code of the vocabulary `region`.")
    province: str | None = strawberry.field(default=strawberry.UNSET, description="The province's code, two digits.")
    commune: str | None = strawberry.field(default=strawberry.UNSET, description="The commune's code, five digits.")
    address: str | None = strawberry.field(default=strawberry.UNSET, description="Postal address.")
    phone: str | None = strawberry.field(default=strawberry.UNSET, description="Telephone of the office.")
    email: str | None = strawberry.field(default=strawberry.UNSET, description="E-mail address of the office.")
    website: str | None = strawberry.field(default=strawberry.UNSET, description="Web address.")
    on: date | None = strawberry.field(
        default=None, description="The day from which it holds, at most five years ahead; today when left out."
    )
    decision: DecisionInput | None = strawberry.field(default=None, description="What the change rests on.")

    def changes(self) -> dict[str, str | None]:
        """Return what was given."""
        given = {name: getattr(self, name) for name in service.CHANGEABLE}
        return {name: value for name, value in given.items() if value is not strawberry.UNSET}


@strawberry.type(description="The unit was created.")
class CreateUnitSuccess:
    unit: Unit = strawberry.field(description="The new unit.")


@strawberry.type(description="The unit has its names.")
class RenameUnitSuccess:
    unit: Unit = strawberry.field(description="The unit with its new names.")


@strawberry.type(description="The unit is as it was asked for.")
class ChangeUnitSuccess:
    unit: Unit = strawberry.field(description="The unit with what has changed.")


@strawberry.type(description="The unit stands under its new parent.")
class MoveUnitSuccess:
    unit: Unit = strawberry.field(description="The unit in its new place.")


CreateUnitResult = result(
    "CreateUnitResult",
    CreateUnitSuccess,
    service.UnitNameTaken,
    service.UnitCodeTaken,
    service.UnitLevelNotAllowed,
    service.UnitParentNotThere,
    service.UnitDateBackwards,
    service.UnitDateTooFar,
)
RenameUnitResult = result(
    "RenameUnitResult",
    RenameUnitSuccess,
    service.UnitNameTaken,
    service.UnitClosed,
    service.UnitDateBackwards,
    service.UnitDateTooFar,
)
ChangeUnitResult = result(
    "ChangeUnitResult",
    ChangeUnitSuccess,
    service.UnitCodeTaken,
    service.UnitLevelNotAllowed,
    service.UnitClosed,
    service.UnitDateBackwards,
    service.UnitDateTooFar,
)
MoveUnitResult = result(
    "MoveUnitResult",
    MoveUnitSuccess,
    service.UnitCycle,
    service.UnitNameTaken,
    service.UnitLevelNotAllowed,
    service.UnitParentNotThere,
    service.UnitClosed,
    service.UnitDateBackwards,
    service.UnitDateTooFar,
)


@strawberry.type
class UnitQuery:
    """Root fields of units."""

    @strawberry.field(
        description="The unit of an id, for ever: one that has closed as it was last. NOT_FOUND when there is none, "
        "UNIT_NOT_ON_DAY when it did not exist on the day that `asOf` names."
    )
    async def unit(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The unit's id.")],
        as_of: AsOf = None,
    ) -> Unit | None:
        unit_id = parse_id(id, "unit")
        found = await unit_or_none(info, unit_id, as_of)
        return found or Unit.of(await service.find_unit(unit_id, as_of), as_of)

    @strawberry.field(
        description="The unit that has a code, in either case, today or on a day; a code that no unit has today finds "
        "the last that had it. NOT_FOUND when there is none."
    )
    async def unit_by_code(
        self, code: Annotated[str, strawberry.argument(description="Such as `EVN`.")], as_of: AsOf = None
    ) -> Unit | None:
        return Unit.of(await service.find_unit_by_code(code, as_of), as_of)

    @strawberry.field(
        description="Units, best match of `query` first, or all in Vietnamese order of their names. "
        "Accents may be left out; those that are typed count. Units are found by names and codes of that day, then by "
        "the province or commune that they are in, then by names and codes that they had. "
        "Null when an argument is refused."
    )
    async def units(
        self,
        first: First = 20,
        after: After = None,
        query: Annotated[
            str | None,
            strawberry.argument(description="Words of a name, a code, or a place; at most 200 characters."),
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
        as_of: AsOf = None,
        include_closed: Annotated[
            bool,
            strawberry.argument(
                description="With a query: also units that have closed by then, as they were last; `closedOn` tells."
            ),
        ] = False,
    ) -> Connection[Unit] | None:
        asked = window(first, after, int, str, int)
        scope = parse_id(within, "unit") if within is not None else None
        wanted = service.UnitSearch(query, level, kind, region, scope, as_of, include_closed)
        rows = await service.search_units(wanted, asked.limit, asked.after)

        def shown(row: db.Record) -> Unit:
            has_closed = row["closed_on"] is not None and row["closed_on"] <= wanted.day
            return Unit.of(row, None if has_closed else as_of)

        return asked.page(rows, shown, lambda row: (row["rank"], row["sort_key"], row["number"]))

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
        made = await service.create_unit(info.context.caller, input.new_unit(), _decision(input))
        return CreateUnitSuccess(unit=await _on(made, input.on))

    @mutation(
        RenameUnitResult,
        description="Give a unit new names from a day on; the former stay on record. You must be an editor of it.",
    )
    async def rename_unit(
        self, info: Info, input: Annotated[RenameUnitInput, strawberry.argument(description="The unit and its names.")]
    ) -> RenameUnitSuccess:
        renamed = await service.rename_unit(
            info.context.caller, parse_id(input.id, "unit"), input.names(), input.on, _decision(input)
        )
        return RenameUnitSuccess(unit=await _on(renamed, input.on))

    @mutation(
        ChangeUnitResult,
        description="Change a unit's code, level, kind, region, place or contact from a day on; "
        "what was stays on record.",
    )
    async def change_unit(
        self,
        info: Info,
        input: Annotated[ChangeUnitInput, strawberry.argument(description="The unit and what changes.")],
    ) -> ChangeUnitSuccess:
        changed = await service.change_unit(
            info.context.caller, parse_id(input.id, "unit"), input.changes(), input.on, _decision(input)
        )
        return ChangeUnitSuccess(unit=await _on(changed, input.on))

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
            info.context.caller,
            parse_id(input.id, "unit"),
            parse_id(input.parent_id, "unit"),
            input.on,
            _decision(input),
        )
        return MoveUnitSuccess(unit=await _on(moved, input.on))


async def _on(unit: db.Record, day: date | None) -> Unit:
    """Return a changed unit as of the day of the change where that lies ahead."""
    if day is None or day <= today():
        return Unit.of(unit)
    return Unit.of(await service.find_unit(unit["id"], day), day)


def _decision(input: CreateUnitInput | RenameUnitInput | ChangeUnitInput | MoveUnitInput) -> service.Decision | None:
    return input.decision.checked() if input.decision else None

"""Questions about groups of units, which everybody may ask, and keeping groups."""

from datetime import date
from typing import Annotated

import strawberry

from kit.calendar import today
from kit.graphql import After, Connection, First, Info, mutation, parse_id, result, window
from org.groups import reading, service
from org.groups.types import UnitGroup, UnitGroupSet, by_name_and_id
from org.units.service import UnitNotOnDay

Owner = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only those of this unit; of all units when left out.")
]


@strawberry.input(description="A set of groups that is to be made.")
class CreateUnitGroupSetInput:
    owner_id: strawberry.ID = strawberry.field(description="The unit that owns it; you must be an editor of it.")
    name_vi: str = strawberry.field(description="Name in Vietnamese, at most 200 characters.")
    name_en: str = strawberry.field(description="Name in English, at most 200 characters.")


@strawberry.input(description="Other names of a set of groups.")
class RenameUnitGroupSetInput:
    id: strawberry.ID = strawberry.field(description="The set; you must be an editor of its owner.")
    name_vi: str = strawberry.field(description="Name in Vietnamese, at most 200 characters.")
    name_en: str = strawberry.field(description="Name in English, at most 200 characters.")


@strawberry.input(description="Other names of a group.")
class RenameUnitGroupInput:
    id: strawberry.ID = strawberry.field(description="The group; you must be an editor of its owner.")
    name_vi: str = strawberry.field(description="Name in Vietnamese, at most 200 characters.")
    name_en: str = strawberry.field(description="Name in English, at most 200 characters.")


@strawberry.input(description="A group that is to be made.")
class CreateUnitGroupInput:
    owner_id: strawberry.ID = strawberry.field(description="The unit that owns it; you must be an editor of it.")
    name_vi: str = strawberry.field(description="Name in Vietnamese, at most 200 characters.")
    name_en: str = strawberry.field(description="Name in English, at most 200 characters.")
    set_id: strawberry.ID | None = strawberry.field(
        default=None, description="A set of the same owner, in which a unit is in one group at most; it never changes."
    )
    since: date | None = strawberry.field(default=None, description="Its first day; today when left out.")


@strawberry.input(description="A group that ends.")
class CloseUnitGroupInput:
    id: strawberry.ID = strawberry.field(description="The group; you must be an editor of its owner.")
    on: date | None = strawberry.field(
        default=None, description="The first day on which it no longer exists; today when left out."
    )


@strawberry.input(description="Units that come into a group from a day on.")
class AddUnitsToGroupInput:
    id: strawberry.ID = strawberry.field(description="The group; you must be an editor of its owner.")
    unit_ids: list[strawberry.ID] = strawberry.field(description="The units, at most 500.")
    on: date | None = strawberry.field(default=None, description="Their first day in it; today when left out.")


@strawberry.input(description="Units that leave a group on a day.")
class RemoveUnitsFromGroupInput:
    id: strawberry.ID = strawberry.field(description="The group; you must be an editor of its owner.")
    unit_ids: list[strawberry.ID] = strawberry.field(description="The units, at most 500.")
    on: date | None = strawberry.field(
        default=None, description="The first day on which they are not in it; today when left out."
    )


@strawberry.type(description="The set of groups is there.")
class CreateUnitGroupSetSuccess:
    group_set: UnitGroupSet = strawberry.field(description="The new set.")


@strawberry.type(description="The set of groups has its names.")
class RenameUnitGroupSetSuccess:
    group_set: UnitGroupSet = strawberry.field(description="The set.")


@strawberry.type(description="The group is there.")
class CreateUnitGroupSuccess:
    group: UnitGroup = strawberry.field(description="The new group.")


@strawberry.type(description="The group has its names.")
class RenameUnitGroupSuccess:
    group: UnitGroup = strawberry.field(description="The group.")


@strawberry.type(description="The group has an end.")
class CloseUnitGroupSuccess:
    group: UnitGroup = strawberry.field(description="The group.")


@strawberry.type(description="The units are in the group.")
class AddUnitsToGroupSuccess:
    added: int = strawberry.field(description="How many of them were not in it that day.")
    group: UnitGroup = strawberry.field(description="The group on that day.")


@strawberry.type(description="The units are not in the group.")
class RemoveUnitsFromGroupSuccess:
    removed: int = strawberry.field(description="How many of them were in it that day or later.")
    group: UnitGroup = strawberry.field(description="The group on that day.")


CreateUnitGroupSetResult = result("CreateUnitGroupSetResult", CreateUnitGroupSetSuccess, service.UnitGroupNameTaken)
RenameUnitGroupSetResult = result("RenameUnitGroupSetResult", RenameUnitGroupSetSuccess, service.UnitGroupNameTaken)
CreateUnitGroupResult = result(
    "CreateUnitGroupResult", CreateUnitGroupSuccess, service.UnitGroupNameTaken, UnitNotOnDay
)
RenameUnitGroupResult = result("RenameUnitGroupResult", RenameUnitGroupSuccess, service.UnitGroupNameTaken)
CloseUnitGroupResult = result("CloseUnitGroupResult", CloseUnitGroupSuccess, service.UnitGroupNotOnDay)
AddUnitsToGroupResult = result(
    "AddUnitsToGroupResult",
    AddUnitsToGroupSuccess,
    service.UnitGroupNotOnDay,
    service.UnitInOtherGroup,
    service.UnitOutsideGroup,
    UnitNotOnDay,
)
RemoveUnitsFromGroupResult = result("RemoveUnitsFromGroupResult", RemoveUnitsFromGroupSuccess)


@strawberry.type
class GroupQuery:
    """Root fields of groups."""

    @strawberry.field(description="The group of an id, also one that has closed; NOT_FOUND when there is none.")
    async def unit_group(
        self,
        id: Annotated[strawberry.ID, strawberry.argument(description="The group's id.")],
        as_of: Annotated[
            date | None, strawberry.argument(description="The day for its units; today by default.")
        ] = None,
    ) -> UnitGroup | None:
        return UnitGroup.of(await reading.find_group(parse_id(id, "group")), as_of)

    @strawberry.field(description="The groups that exist on a day, in Vietnamese order of their names.")
    async def unit_groups(
        self,
        first: First = 20,
        after: After = None,
        owner_id: Owner = None,
        set_id: Annotated[strawberry.ID | None, strawberry.argument(description="Only those of this set.")] = None,
        as_of: Annotated[date | None, strawberry.argument(description="The day; today by default.")] = None,
    ) -> Connection[UnitGroup]:
        asked = window(first, after, str, str)
        owner = parse_id(owner_id, "unit") if owner_id is not None else None
        group_set = parse_id(set_id, "group set") if set_id is not None else None
        rows = await reading.list_groups(owner, group_set, as_of or today(), asked.limit, asked.after)
        return asked.page(rows, lambda row: UnitGroup.of(row, as_of), by_name_and_id)

    @strawberry.field(description="The sets of groups, in Vietnamese order of their names.")
    async def unit_group_sets(
        self, first: First = 20, after: After = None, owner_id: Owner = None
    ) -> Connection[UnitGroupSet]:
        asked = window(first, after, str, str)
        owner = parse_id(owner_id, "unit") if owner_id is not None else None
        return asked.page(await reading.list_sets(owner, asked.limit, asked.after), UnitGroupSet.of, by_name_and_id)


@strawberry.type
class GroupMutation:
    """Changes of groups."""

    @mutation(
        CreateUnitGroupSetResult,
        description="Make a set of groups in which a unit is in one group at most. You must be an editor of its owner.",
    )
    async def create_unit_group_set(
        self, info: Info, input: Annotated[CreateUnitGroupSetInput, strawberry.argument(description="The new set.")]
    ) -> CreateUnitGroupSetSuccess:
        owner = parse_id(input.owner_id, "unit")
        row = await service.found_set(info.context.caller, owner, input.name_vi, input.name_en)
        return CreateUnitGroupSetSuccess(group_set=UnitGroupSet.of(row))

    @mutation(
        RenameUnitGroupSetResult, description="Give a set of groups other names. You must be an editor of its owner."
    )
    async def rename_unit_group_set(
        self, info: Info, input: Annotated[RenameUnitGroupSetInput, strawberry.argument(description="The set's names.")]
    ) -> RenameUnitGroupSetSuccess:
        set_id = parse_id(input.id, "group set")
        row = await service.rename_set(info.context.caller, set_id, input.name_vi, input.name_en)
        return RenameUnitGroupSetSuccess(group_set=UnitGroupSet.of(row))

    @mutation(CreateUnitGroupResult, description="Make a group of units. You must be an editor of its owner.")
    async def create_unit_group(
        self, info: Info, input: Annotated[CreateUnitGroupInput, strawberry.argument(description="The new group.")]
    ) -> CreateUnitGroupSuccess:
        row = await service.found_group(
            info.context.caller,
            parse_id(input.owner_id, "unit"),
            input.name_vi,
            input.name_en,
            parse_id(input.set_id, "group set") if input.set_id is not None else None,
            input.since,
        )
        return CreateUnitGroupSuccess(group=UnitGroup.of(row, input.since))

    @mutation(RenameUnitGroupResult, description="Give a group other names. You must be an editor of its owner.")
    async def rename_unit_group(
        self, info: Info, input: Annotated[RenameUnitGroupInput, strawberry.argument(description="The group's names.")]
    ) -> RenameUnitGroupSuccess:
        group_id = parse_id(input.id, "group")
        row = await service.rename_group(info.context.caller, group_id, input.name_vi, input.name_en)
        return RenameUnitGroupSuccess(group=UnitGroup.of(row))

    @mutation(
        CloseUnitGroupResult,
        description="End a group; who was in it when stays on record. You must be an editor of its owner.",
    )
    async def close_unit_group(
        self, info: Info, input: Annotated[CloseUnitGroupInput, strawberry.argument(description="The group's end.")]
    ) -> CloseUnitGroupSuccess:
        row = await service.close_group(info.context.caller, parse_id(input.id, "group"), input.on)
        return CloseUnitGroupSuccess(group=UnitGroup.of(row))

    @mutation(
        AddUnitsToGroupResult,
        description="Put units into a group from a day on: all of them, or none. You must be an editor of its owner.",
    )
    async def add_units_to_group(
        self, info: Info, input: Annotated[AddUnitsToGroupInput, strawberry.argument(description="The units.")]
    ) -> AddUnitsToGroupSuccess:
        group_id, units = parse_id(input.id, "group"), [parse_id(unit, "unit") for unit in input.unit_ids]
        added = await service.add_units(info.context.caller, group_id, units, input.on)
        return AddUnitsToGroupSuccess(added=added, group=UnitGroup.of(await reading.find_group(group_id), input.on))

    @mutation(
        RemoveUnitsFromGroupResult,
        description="Take units out of a group from a day on; that they were in it stays on record. "
        "You must be an editor of its owner.",
    )
    async def remove_units_from_group(
        self, info: Info, input: Annotated[RemoveUnitsFromGroupInput, strawberry.argument(description="The units.")]
    ) -> RemoveUnitsFromGroupSuccess:
        group_id, units = parse_id(input.id, "group"), [parse_id(unit, "unit") for unit in input.unit_ids]
        removed = await service.remove_units(info.context.caller, group_id, units, input.on)
        group = UnitGroup.of(await reading.find_group(group_id), input.on)
        return RemoveUnitsFromGroupSuccess(removed=removed, group=group)

"""Founding, renaming and closing departments."""

from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry

from kit.calendar import today
from kit.graphql import Info, mutation, parse_id, result
from org.people import service
from org.people.types import UnitDepartment
from org.units.service import UnitClosed


@strawberry.input(description="A department that a unit is to have.")
class FoundDepartmentInput:
    unit_id: strawberry.ID = strawberry.field(description="The unit; you must be an editor of it.")
    name_vi: str = strawberry.field(
        description="Name in Vietnamese, at most 250 characters; unique in the unit on a day."
    )
    name_en: str | None = strawberry.field(default=None, description="Name in English, at most 250 characters.")
    kind: str | None = strawberry.field(
        default=None, description="Code of the vocabulary `department_kind`; left out for a kind of its own."
    )
    on: date | None = strawberry.field(default=None, description="The day from which it exists; today when left out.")
    decision_number: str | None = strawberry.field(
        default=None, description="Number of the decision, at most 100 characters."
    )


@strawberry.input(description="What a department is called from a day on; what it was called before stays on record.")
class RenameDepartmentInput:
    id: strawberry.ID = strawberry.field(description="The department; you must be an editor of its unit.")
    name_vi: str = strawberry.field(
        description="Name in Vietnamese, at most 250 characters; unique in the unit on a day."
    )
    name_en: str | None = strawberry.field(default=None, description="Name in English, at most 250 characters.")
    kind: str | None = strawberry.field(
        default=None, description="Code of the vocabulary `department_kind`; left out for a kind of its own."
    )
    on: date | None = strawberry.field(
        default=None, description="The day from which it holds, not before the last names; today when left out."
    )
    decision_number: str | None = strawberry.field(
        default=None, description="Number of the decision, at most 100 characters."
    )


@strawberry.input(description="A department that is to close.")
class CloseDepartmentInput:
    id: strawberry.ID = strawberry.field(description="The department; you must be an editor of its unit.")
    on: date | None = strawberry.field(
        default=None, description="The first day on which it no longer exists; today when left out."
    )


@strawberry.type(description="The unit has the department.")
class FoundDepartmentSuccess:
    department: UnitDepartment = strawberry.field(description="The department.")


@strawberry.type(description="The department has its names.")
class RenameDepartmentSuccess:
    department: UnitDepartment = strawberry.field(description="The department, as it is from that day on.")


@strawberry.type(description="The department and its posts close on that day.")
class CloseDepartmentSuccess:
    department: UnitDepartment = strawberry.field(description="The department, as it was last.")


FoundDepartmentResult = result(
    "FoundDepartmentResult",
    FoundDepartmentSuccess,
    service.DepartmentNameTaken,
    service.PeopleDateBackwards,
    UnitClosed,
)
RenameDepartmentResult = result(
    "RenameDepartmentResult",
    RenameDepartmentSuccess,
    service.DepartmentNameTaken,
    service.DepartmentClosed,
    service.PeopleDateBackwards,
)
CloseDepartmentResult = result(
    "CloseDepartmentResult",
    CloseDepartmentSuccess,
    service.DepartmentInUse,
    service.DepartmentClosed,
    service.PeopleDateBackwards,
)


@strawberry.type
class DepartmentMutation:
    """Changes of departments."""

    @mutation(
        FoundDepartmentResult,
        description="Give a unit a department from a day on. You must be an editor of the unit.",
    )
    async def found_department(
        self, info: Info, input: Annotated[FoundDepartmentInput, strawberry.argument(description="The department.")]
    ) -> FoundDepartmentSuccess:
        on = input.on or today()
        made = await service.found_department(
            info.context.caller,
            parse_id(input.unit_id, "unit"),
            input.kind,
            input.name_vi,
            input.name_en,
            on,
            decision=input.decision_number,
        )
        return FoundDepartmentSuccess(department=await _shown(info, made.id, on))

    @mutation(
        RenameDepartmentResult,
        description="Give a department its names from a day on; the former stay on record. "
        "You must be an editor of the unit.",
    )
    async def rename_department(
        self, info: Info, input: Annotated[RenameDepartmentInput, strawberry.argument(description="The names.")]
    ) -> RenameDepartmentSuccess:
        department_id, on = parse_id(input.id, "department"), input.on or today()
        await service.rename_department(
            info.context.caller, department_id, input.kind, input.name_vi, input.name_en, on, input.decision_number
        )
        return RenameDepartmentSuccess(department=await _shown(info, department_id, on))

    @mutation(
        CloseDepartmentResult,
        description="Let a department, with its posts, no longer exist from a day on. You must be an editor of the "
        "unit, and nobody may hold a post in it from that day on.",
    )
    async def close_department(
        self, info: Info, input: Annotated[CloseDepartmentInput, strawberry.argument(description="Which, and when.")]
    ) -> CloseDepartmentSuccess:
        department_id, on = parse_id(input.id, "department"), input.on or today()
        await service.close_department(info.context.caller, department_id, on)
        return CloseDepartmentSuccess(department=await _shown(info, department_id, on))


async def _shown(info: Info, department_id: UUID, on: date) -> UnitDepartment:
    (row,) = await service.departments_by_id(info.context.caller, [department_id], on)
    return UnitDepartment.of(row)

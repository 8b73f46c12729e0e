"""Seats, appointments and the ends of terms; and who collaborates."""

from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry

from kit.calendar import today
from kit.graphql import Info, mutation, parse_id, result
from org.people import service
from org.units.service import UnitClosed, find_unit
from org.units.types import Unit


@strawberry.input(description="How many seats a post of a unit, or of one of its departments, has from a day on.")
class SetPostSeatsInput:
    unit_id: strawberry.ID = strawberry.field(description="The unit; you must be an editor of it.")
    department_id: strawberry.ID | None = strawberry.field(
        default=None, description="The department; left out for a post of the unit itself."
    )
    post: str = strawberry.field(description="Code of the vocabulary `post`.")
    seats: int = strawberry.field(description="How many people may hold it at a time, at most 1000; 0: no longer set.")
    on: date | None = strawberry.field(
        default=None, description="The first day, not before the last change; today when left out."
    )
    decision_number: str | None = strawberry.field(
        default=None, description="Number of the decision, at most 100 characters."
    )


@strawberry.input(description="Who is to hold which post, where and how long.")
class AppointPersonInput:
    person_id: strawberry.ID = strawberry.field(
        description="The person; you must be an editor of a unit that answers for them."
    )
    unit_id: strawberry.ID = strawberry.field(description="The unit; you must be an editor of it.")
    department_id: strawberry.ID | None = strawberry.field(
        default=None, description="The department; left out for a post of the unit itself."
    )
    post: str = strawberry.field(description="Code of the vocabulary `post`, such as `chair` or `spokesperson`.")
    on: date | None = strawberry.field(default=None, description="The first day of the term; today when left out.")
    until: date | None = strawberry.field(
        default=None, description="The first day after the term; left out when it is open."
    )
    decision_number: str | None = strawberry.field(
        default=None, description="Number of the decision, at most 100 characters."
    )


@strawberry.input(description="Which term ends early, when and why.")
class EndAppointmentInput:
    id: strawberry.ID = strawberry.field(description="The appointment; you must be an editor of the unit.")
    on: date | None = strawberry.field(
        default=None, description="The first day on which the person no longer holds the post; today when left out."
    )
    reason: str = strawberry.field(description="Code of the vocabulary `appointment_end_reason`.")


@strawberry.input(description="Who is to collaborate with which unit.")
class AddCollaboratorInput:
    person_id: strawberry.ID = strawberry.field(
        description="The person; you must be an editor of a unit that answers for them."
    )
    unit_id: strawberry.ID = strawberry.field(description="The unit; you must be an editor of it.")
    kind: str = strawberry.field(description="Code of the vocabulary `collaborator_kind`.")
    on: date | None = strawberry.field(default=None, description="The first day; today when left out.")
    until: date | None = strawberry.field(default=None, description="The first day after; left out when it is open.")
    decision_number: str | None = strawberry.field(
        default=None, description="Number of the decision, at most 100 characters."
    )


@strawberry.input(description="Which collaboration ends, and when.")
class EndCollaborationInput:
    id: strawberry.ID = strawberry.field(description="The collaborator; you must be an editor of the unit.")
    on: date | None = strawberry.field(
        default=None, description="The first day on which the person no longer collaborates; today when left out."
    )


@strawberry.type(description="The post has so many seats from that day on.")
class SetPostSeatsSuccess:
    unit: Unit = strawberry.field(description="The unit.")


@strawberry.type(description="The person holds the post from that day on.")
class AppointPersonSuccess:
    id: strawberry.ID = strawberry.field(description="The appointment.")
    unit: Unit = strawberry.field(description="The unit.")


@strawberry.type(description="The term ends on that day.")
class EndAppointmentSuccess:
    unit: Unit = strawberry.field(description="The unit.")


@strawberry.type(description="The person is in the unit's network from that day on.")
class AddCollaboratorSuccess:
    id: strawberry.ID = strawberry.field(description="The collaborator.")
    unit: Unit = strawberry.field(description="The unit.")


@strawberry.type(description="The person is no longer in the unit's network from that day on.")
class EndCollaborationSuccess:
    unit: Unit = strawberry.field(description="The unit.")


SetPostSeatsResult = result(
    "SetPostSeatsResult",
    SetPostSeatsSuccess,
    service.PostFull,
    service.DepartmentNotThere,
    service.PeopleDateBackwards,
    UnitClosed,
)
AppointPersonResult = result(
    "AppointPersonResult",
    AppointPersonSuccess,
    service.PostFull,
    service.PostHeldAlready,
    service.DepartmentNotThere,
    service.PersonErased,
    service.PeopleDateBackwards,
    UnitClosed,
)
EndAppointmentResult = result(
    "EndAppointmentResult", EndAppointmentSuccess, service.TermOver, service.PeopleDateBackwards
)
AddCollaboratorResult = result(
    "AddCollaboratorResult",
    AddCollaboratorSuccess,
    service.CollaboratorAlready,
    service.PersonErased,
    service.PeopleDateBackwards,
    UnitClosed,
)
EndCollaborationResult = result(
    "EndCollaborationResult", EndCollaborationSuccess, service.TermOver, service.PeopleDateBackwards
)


@strawberry.type
class PostMutation:
    """Changes of posts and of the network of collaborators."""

    @mutation(
        SetPostSeatsResult,
        description="Say how many seats a post has from a day on. You must be an editor of the unit.",
    )
    async def set_post_seats(
        self, info: Info, input: Annotated[SetPostSeatsInput, strawberry.argument(description="The post.")]
    ) -> SetPostSeatsSuccess:
        unit_id = parse_id(input.unit_id, "unit")
        await service.set_seats(
            info.context.caller,
            unit_id,
            input.post,
            input.seats,
            input.on or today(),
            _optional_id(input.department_id, "department"),
            input.decision_number,
        )
        return SetPostSeatsSuccess(unit=await _unit(unit_id))

    @mutation(
        AppointPersonResult,
        description="Give a person a post for a term. You must be an editor of the unit, and of a unit that answers "
        "for the person.",
    )
    async def appoint_person(
        self, info: Info, input: Annotated[AppointPersonInput, strawberry.argument(description="The appointment.")]
    ) -> AppointPersonSuccess:
        unit_id = parse_id(input.unit_id, "unit")
        made = await service.appoint(
            info.context.caller,
            parse_id(input.person_id, "person"),
            unit_id,
            input.post,
            input.on or today(),
            input.until,
            _optional_id(input.department_id, "department"),
            decision=input.decision_number,
        )
        return AppointPersonSuccess(id=strawberry.ID(str(made.id)), unit=await _unit(unit_id))

    @mutation(
        EndAppointmentResult,
        description="Let a term end before its time. You must be an editor of the unit.",
    )
    async def end_appointment(
        self, info: Info, input: Annotated[EndAppointmentInput, strawberry.argument(description="The end.")]
    ) -> EndAppointmentSuccess:
        unit_id = await service.end_appointment(
            info.context.caller, parse_id(input.id, "appointment"), input.on or today(), input.reason
        )
        return EndAppointmentSuccess(unit=await _unit(unit_id))

    @mutation(
        AddCollaboratorResult,
        description="Take a person into a unit's network of collaborators. You must be an editor of the unit, and "
        "of a unit that answers for the person.",
    )
    async def add_collaborator(
        self, info: Info, input: Annotated[AddCollaboratorInput, strawberry.argument(description="The collaborator.")]
    ) -> AddCollaboratorSuccess:
        unit_id = parse_id(input.unit_id, "unit")
        made = await service.add_collaborator(
            info.context.caller,
            parse_id(input.person_id, "person"),
            unit_id,
            input.kind,
            input.on or today(),
            input.until,
            input.decision_number,
        )
        return AddCollaboratorSuccess(id=strawberry.ID(str(made.id)), unit=await _unit(unit_id))

    @mutation(
        EndCollaborationResult,
        description="Let a person leave a unit's network of collaborators. You must be an editor of the unit.",
    )
    async def end_collaboration(
        self, info: Info, input: Annotated[EndCollaborationInput, strawberry.argument(description="The end.")]
    ) -> EndCollaborationSuccess:
        unit_id = await service.end_collaboration(
            info.context.caller, parse_id(input.id, "collaborator"), input.on or today()
        )
        return EndCollaborationSuccess(unit=await _unit(unit_id))


def _optional_id(value: strawberry.ID | None, kind: str) -> UUID | None:
    return parse_id(value, kind) if value is not None else None


async def _unit(unit_id: UUID) -> Unit:
    return Unit.of(await find_unit(unit_id))

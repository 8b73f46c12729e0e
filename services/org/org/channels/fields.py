"""One channel by its id, and keeping channels on record."""

from datetime import date
from typing import Annotated

import strawberry

from kit.errors import InvalidInput
from kit.graphql import Info, mutation, parse_id, result
from org.channels import reading, service
from org.channels.types import UnitChannel
from org.units.service import UnitNotOnDay


@strawberry.input(description="What may change about a channel. What is left out is what it does not have.")
class ChannelFactsInput:
    name: str = strawberry.field(description="What people call it, at most 200 characters.")
    audience: str = strawberry.field(description="Whom it is for: code of the vocabulary `channel_audience`.")
    address: str | None = strawberry.field(
        default=None,
        description="A web address for kinds on the web (`https://` is added where a scheme is missing), a mailbox for "
        "`email`; where it stands or hangs for others. At most 500 characters.",
    )
    is_public: bool = strawberry.field(default=True, description="Whether everybody may see it.")
    manager_department_id: strawberry.ID | None = strawberry.field(
        default=None, description="The department of the unit that looks after it; not together with an appointment."
    )
    manager_appointment_id: strawberry.ID | None = strawberry.field(
        default=None, description="The appointment in the unit whose holder looks after it."
    )


@strawberry.input(description="A channel that is to be put on record.")
class AddChannelInput:
    unit_id: strawberry.ID = strawberry.field(description="The unit; you must be an editor of it.")
    kind: str = strawberry.field(description="Code of the vocabulary `channel_kind`; it never changes.")
    facts: ChannelFactsInput = strawberry.field(description="The channel's facts.")
    since: date | None = strawberry.field(default=None, description="Its first day; today when left out.")
    until: date | None = strawberry.field(
        default=None, description="The first day on which it no longer exists; null when no end is known."
    )


@strawberry.input(description="Other facts of a channel from a day on.")
class ChangeChannelInput:
    id: strawberry.ID = strawberry.field(description="The channel; you must be an editor of its unit.")
    facts: ChannelFactsInput = strawberry.field(description="All its facts from then on.")
    on: date | None = strawberry.field(
        default=None, description="The first day, not before the last change; today when left out."
    )


@strawberry.input(description="A channel that ends.")
class CloseChannelInput:
    id: strawberry.ID = strawberry.field(description="The channel; you must be an editor of its unit.")
    on: date | None = strawberry.field(
        default=None, description="The first day on which it no longer exists; today when left out."
    )


@strawberry.type(description="The channel is on record.")
class AddChannelSuccess:
    channel: UnitChannel = strawberry.field(description="The channel on its first day.")


@strawberry.type(description="The channel has its facts.")
class ChangeChannelSuccess:
    channel: UnitChannel = strawberry.field(description="The channel with its new facts.")


@strawberry.type(description="The channel has an end.")
class CloseChannelSuccess:
    channel: UnitChannel = strawberry.field(description="The channel on its last day.")


AddChannelResult = result("AddChannelResult", AddChannelSuccess, service.ChannelAddressTaken, UnitNotOnDay)
ChangeChannelResult = result(
    "ChangeChannelResult",
    ChangeChannelSuccess,
    service.ChannelAddressTaken,
    service.ChannelClosed,
    service.ChannelDateBackwards,
)
CloseChannelResult = result(
    "CloseChannelResult", CloseChannelSuccess, service.ChannelClosed, service.ChannelDateBackwards
)


@strawberry.type
class ChannelQuery:
    """Root fields of channels."""

    @strawberry.field(
        description="The channel of an id on a day; NOT_FOUND when there is none, or the caller may not see it."
    )
    async def unit_channel(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The channel's id.")],
        as_of: Annotated[
            date | None,
            strawberry.argument(description="The day; when left out today, or when the channel was last there."),
        ] = None,
    ) -> UnitChannel | None:
        return UnitChannel.of(await reading.find_channel(info.context.caller, parse_id(id, "channel"), as_of), as_of)


@strawberry.type
class ChannelMutation:
    """Changes of channels."""

    @mutation(AddChannelResult, description="Put a channel of a unit on record. You must be an editor of the unit.")
    async def add_channel(
        self, info: Info, input: Annotated[AddChannelInput, strawberry.argument(description="The new channel.")]
    ) -> AddChannelSuccess:
        row = await service.add_channel(
            info.context.caller,
            parse_id(input.unit_id, "unit"),
            input.kind,
            _facts(input.facts),
            input.since,
            input.until,
        )
        return AddChannelSuccess(channel=UnitChannel.of(row, row["since"]))

    @mutation(
        ChangeChannelResult,
        description="Give a channel other facts from a day on; the former stay on record. "
        "You must be an editor of its unit.",
    )
    async def change_channel(
        self, info: Info, input: Annotated[ChangeChannelInput, strawberry.argument(description="The channel's facts.")]
    ) -> ChangeChannelSuccess:
        row = await service.change_channel(
            info.context.caller, parse_id(input.id, "channel"), _facts(input.facts), input.on
        )
        return ChangeChannelSuccess(channel=UnitChannel.of(row))

    @mutation(CloseChannelResult, description="End a channel; it stays on record. You must be an editor of its unit.")
    async def close_channel(
        self, info: Info, input: Annotated[CloseChannelInput, strawberry.argument(description="The channel's end.")]
    ) -> CloseChannelSuccess:
        row = await service.close_channel(info.context.caller, parse_id(input.id, "channel"), input.on)
        return CloseChannelSuccess(channel=UnitChannel.of(row))


def _facts(input: ChannelFactsInput) -> service.ChannelFacts:
    return service.ChannelFacts(
        name=input.name,
        audience=input.audience,
        address=input.address,
        is_public=input.is_public,
        manager=_manager(input.manager_department_id, input.manager_appointment_id),
    )


def _manager(department: str | None, appointment: str | None) -> service.Manager | None:
    if department is not None and appointment is not None:
        raise InvalidInput(
            "managerAppointmentId",
            "chỉ chọn một ban hoặc một chức danh phụ trách.",
            "give either a department or an appointment.",
        )
    if department is not None:
        return service.Manager("department", parse_id(department, "department"))
    if appointment is not None:
        return service.Manager("appointment", parse_id(appointment, "appointment"))
    return None

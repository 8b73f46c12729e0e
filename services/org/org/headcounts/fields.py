"""Publishing, correcting and withdrawing headcounts."""

from datetime import date
from typing import Annotated

import strawberry

from kit.graphql import Info, mutation, parse_id, result
from org.headcounts import service
from org.units.service import UnitDateInFuture, UnitNotOnDay, find_unit
from org.units.types import Unit


@strawberry.input(description="How many people of one age band and gender there are.")
class HeadcountCellInput:
    age_band: str = strawberry.field(description="Code of the vocabulary `age_band`.")
    gender: str = strawberry.field(description="Code of the vocabulary `gender`.")
    education: str | None = strawberry.field(
        default=None, description="Code of the vocabulary `education`; left out when it is not stated."
    )
    field: str | None = strawberry.field(
        default=None, description="Code of the vocabulary `field`; left out when it is not stated."
    )
    members: int = strawberry.field(description="Members of the union, not negative.")
    workers: int = strawberry.field(description="Workers, members or not; not negative.")


_CELLS = f"One to {service.MOST_CELLS} cells, none twice. A cell left out is unknown, not zero."
_SOURCE = "Where the numbers come from, at most 200 characters."


@strawberry.input(description="All that is known of the people attached to a unit itself, units below it not counted.")
class PublishHeadcountsInput:
    unit_id: strawberry.ID = strawberry.field(description="The unit; you must be an editor of it.")
    day: date = strawberry.field(
        description="The day on which people were counted, not in the future; the unit exists on it."
    )
    source: str = strawberry.field(description=_SOURCE)
    cells: list[HeadcountCellInput] = strawberry.field(description=_CELLS)


@strawberry.input(description="What a unit should have published for a day, and why that is known only now.")
class CorrectHeadcountsInput:
    unit_id: strawberry.ID = strawberry.field(description="The unit; you must be an editor of it.")
    day: date = strawberry.field(description="The day whose headcounts are corrected.")
    source: str = strawberry.field(description=_SOURCE)
    cells: list[HeadcountCellInput] = strawberry.field(description=_CELLS + " They replace all former ones.")
    why: str = strawberry.field(description="The reason, at most 500 characters; it stays on record.")


@strawberry.input(description="Headcounts that should not have been published, for example those of another unit.")
class WithdrawHeadcountsInput:
    unit_id: strawberry.ID = strawberry.field(description="The unit; you must be an editor of it.")
    day: date = strawberry.field(description="The day whose headcounts are withdrawn.")
    why: str = strawberry.field(description="The reason, at most 500 characters; it stays on record.")


@strawberry.type(description="Something unusual about headcounts that were published all the same.")
class HeadcountNotice:
    code: str = strawberry.field(description="Stable code, such as `MORE_MEMBERS_THAN_WORKERS`.")
    message: str = strawberry.field(description="What it is, in the language of the request.")
    cells: int = strawberry.field(description="In how many cells.")


_NOTICES = "What to look at again, at most one notice of each kind; nothing was refused because of it."


@strawberry.type(description="The headcounts were published.")
class PublishHeadcountsSuccess:
    unit: Unit = strawberry.field(description="The unit.")
    day: date = strawberry.field(description="The day they are of.")
    notices: list[HeadcountNotice] = strawberry.field(description=_NOTICES)


@strawberry.type(description="The headcounts were corrected; the former ones stay on record.")
class CorrectHeadcountsSuccess:
    unit: Unit = strawberry.field(description="The unit.")
    day: date = strawberry.field(description="The day they are of.")
    notices: list[HeadcountNotice] = strawberry.field(description=_NOTICES)


@strawberry.type(description="The headcounts count no longer; they stay on record.")
class WithdrawHeadcountsSuccess:
    unit: Unit = strawberry.field(description="The unit.")
    day: date = strawberry.field(description="The day they were of.")


PublishHeadcountsResult = result(
    "PublishHeadcountsResult",
    PublishHeadcountsSuccess,
    service.HeadcountsAlreadyPublished,
    UnitDateInFuture,
    UnitNotOnDay,
)
CorrectHeadcountsResult = result(
    "CorrectHeadcountsResult", CorrectHeadcountsSuccess, service.HeadcountsNotPublished, UnitDateInFuture, UnitNotOnDay
)
WithdrawHeadcountsResult = result("WithdrawHeadcountsResult", WithdrawHeadcountsSuccess, service.HeadcountsNotPublished)


@strawberry.type
class HeadcountMutation:
    """Changes of headcounts."""

    @mutation(
        PublishHeadcountsResult,
        description="Publish a unit's headcounts of a day as a whole. You must be an editor of the unit. "
        "Those of a day that has some already are corrected by `correctHeadcounts`.",
    )
    async def publish_headcounts(
        self, info: Info, input: Annotated[PublishHeadcountsInput, strawberry.argument(description="The headcounts.")]
    ) -> PublishHeadcountsSuccess:
        unit_id = parse_id(input.unit_id, "unit")
        new = await service.publish_headcounts(
            info.context.caller, unit_id, input.day, _cells(input.cells), input.source
        )
        unit = Unit.of(await find_unit(unit_id))
        return PublishHeadcountsSuccess(unit=unit, day=input.day, notices=_notices(info, new))

    @mutation(
        CorrectHeadcountsResult,
        description="Correct the headcounts that a unit published for a day. You must be an editor of the unit. "
        "The former ones stay on record, with who corrected them, when and why.",
    )
    async def correct_headcounts(
        self, info: Info, input: Annotated[CorrectHeadcountsInput, strawberry.argument(description="The correction.")]
    ) -> CorrectHeadcountsSuccess:
        unit_id = parse_id(input.unit_id, "unit")
        new = await service.correct_headcounts(
            info.context.caller, unit_id, input.day, _cells(input.cells), input.source, input.why
        )
        unit = Unit.of(await find_unit(unit_id))
        return CorrectHeadcountsSuccess(unit=unit, day=input.day, notices=_notices(info, new))

    @mutation(
        WithdrawHeadcountsResult,
        description="Withdraw the headcounts that a unit published for a day. You must be an editor of the unit. "
        "What was published before that day counts again; where nothing was, it is missing.",
    )
    async def withdraw_headcounts(
        self,
        info: Info,
        input: Annotated[WithdrawHeadcountsInput, strawberry.argument(description="What is withdrawn.")],
    ) -> WithdrawHeadcountsSuccess:
        unit_id = parse_id(input.unit_id, "unit")
        await service.withdraw_headcounts(info.context.caller, unit_id, input.day, input.why)
        return WithdrawHeadcountsSuccess(unit=Unit.of(await find_unit(unit_id)), day=input.day)


def _notices(info: Info, new: service.NewPublication) -> list[HeadcountNotice]:
    is_english = info.context.language == "en"
    found = service.notices_of(new.cells)
    return [HeadcountNotice(code=one.code, message=one.en if is_english else one.vi, cells=one.cells) for one in found]


def _cells(given: list[HeadcountCellInput]) -> list[service.Cell]:
    return [
        service.Cell(cell.age_band, cell.gender, cell.members, cell.workers, cell.education, cell.field)
        for cell in given
    ]

"""The graph's ways to read quick polls, make one and close it."""

from typing import Annotated
from uuid import UUID

import strawberry

from kit.graphql import After, Connection, First, Info, mutation, parse_id, result
from survey.polls import reading, service, types
from survey.programmes.service.authoring import SurveyTargetClosed
from survey.programmes.service.frame import SurveyTargetTooSmall
from survey.programmes.service.waves import SurveyWaveNotOpen
from survey.programmes.types import wave_window

CreateQuickPollResult = result(
    "CreateQuickPollResult",
    types.QuickPollSuccess,
    service.TooManyQuickPolls,
    SurveyTargetClosed,
    SurveyTargetTooSmall,
)
ChangeQuickPollResult = result("ChangeQuickPollResult", types.QuickPollSuccess)
CloseQuickPollResult = result("CloseQuickPollResult", types.QuickPollSuccess, SurveyWaveNotOpen)


@strawberry.type
class PollQueries:
    @strawberry.field(
        description="Quick polls that ask the people of a unit, its own and those of units above it, the latest "
        "first: those that were ever open, and for contributors and analysts of the unit that asks all."
    )
    async def quick_polls(
        self,
        info: Info,
        unit: Annotated[strawberry.ID, strawberry.argument(description="The unit's id.")],
        first: First = 20,
        after: After = None,
    ) -> Connection[types.QuickPoll] | None:
        asked = wave_window(first, after)
        rows = await reading.polls_asking(info.context.caller, parse_id(unit, "unit"), asked)
        return asked.page(rows, types.QuickPoll.of, key=lambda poll: (poll.opens_at.isoformat(), str(poll.id)))


@strawberry.type
class PollMutations:
    @mutation(
        CreateQuickPollResult,
        description="Ask a unit's people one question. It opens at once or at its time, and while news of the union's "
        "tree are on their way when they are in. A unit has at most 5 polls that are not over, and makes at most 10 "
        "on a day. Needs a contributor of the unit.",
    )
    async def create_quick_poll(
        self,
        info: Info,
        input: Annotated[types.CreateQuickPollInput, strawberry.argument(description="The poll.")],
    ) -> types.QuickPollSuccess:
        poll = service.NewPoll(
            unit_id=parse_id(input.unit_id, "unit"),
            question=input.asked,
            closes_at=input.closes_at,
            opens_at=input.opens_at,
            allowed_origins=input.allowed_origins,
        )
        return await _shown(info, await service.create_poll(info.context.caller, poll))

    @mutation(
        ChangeQuickPollResult,
        description="Change which websites may show a quick poll within their pages, also once it is over. Needs a "
        "contributor of its unit.",
    )
    async def change_quick_poll(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The poll's id.")],
        allowed_origins: Annotated[
            list[str],
            strawberry.argument(description="All that may, such as `https://example.vn`; at most 10."),
        ],
    ) -> types.QuickPollSuccess:
        poll_id = parse_id(id, "quick poll")
        await service.change_origins(info.context.caller, poll_id, allowed_origins)
        return await _shown(info, poll_id)

    @mutation(
        CloseQuickPollResult,
        description="Close an open quick poll now, for good, or call off one that is not open yet. Needs a "
        "contributor of its unit.",
    )
    async def close_quick_poll(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The poll's id.")]
    ) -> types.QuickPollSuccess:
        poll_id = parse_id(id, "quick poll")
        await service.close_poll(info.context.caller, poll_id)
        return await _shown(info, poll_id)


async def _shown(info: Info, poll_id: UUID) -> types.QuickPollSuccess:
    return types.QuickPollSuccess(poll=types.QuickPoll.of(await reading.poll_by_id(info.context.caller, poll_id)))

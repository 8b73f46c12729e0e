"""The graph's fields about results."""

from typing import Annotated
from uuid import UUID

import strawberry

from kit.graphql import Info, mutation, parse_id, result
from kit.jobs import enqueue
from survey.results import publishing_types, reading, service, types
from survey.results.arguments import (
    AsOfToday,
    By,
    Filters,
    QuestionCode,
    UnitId,
    WaveId,
    by_of,
    filters_of,
    place_for,
    release_for,
)
from survey.results.comparing_fields import ComparingQueries
from survey.results.jobs import release_requested
from survey.results.reach_fields import ReachMutations, ReachQueries
from survey.results.readiness import AnswersNotMixed, NoFrame, NothingNew
from survey.results.service import ReleaseUnderWay

PublishSurveyReleaseResult = result(
    "PublishSurveyReleaseResult",
    publishing_types.PublishSurveyReleaseSuccess,
    AnswersNotMixed,
    NothingNew,
    NoFrame,
    ReleaseUnderWay,
)

ReleaseId = Annotated[strawberry.ID, strawberry.argument(description="Id of the release.")]
RequestId = Annotated[strawberry.ID, strawberry.argument(description="Id of the request.")]


@strawberry.type
class ResultsQuery(ComparingQueries, ReachQueries):
    """Fields of the root that read results."""

    @strawberry.field(description="A release. Null with NOT_FOUND also when the caller may not see it.")
    async def survey_release(self, info: Info, id: ReleaseId) -> types.SurveyRelease | None:
        release = await reading.release_of(info.context.caller, parse_id(id, "release"))
        return types.SurveyRelease.of(release)

    @strawberry.field(
        description="One question's result by up to three segments, from the wave's newest release that the caller may "
        "see. Null with NOT_FOUND when there is none, or the release has no table of that question. Of several "
        "choices, as of all questions, the base is whoever answered the question."
    )
    async def survey_result(
        self,
        info: Info,
        wave_id: WaveId,
        question: QuestionCode,
        by: By,
        filters: Filters = None,
        unit_id: UnitId = None,
        as_of_today: AsOfToday = False,
    ) -> types.SurveyResult | None:
        release, place = await place_for(info, wave_id, unit_id, today=as_of_today)
        found = await reading.question_result(release, question, by_of(by), filters_of(filters), place)
        return types.SurveyResult.of(found, info.context.language)

    @strawberry.field(
        description="How many took part, of how many people, by up to three segments, from the wave's newest release "
        "that the caller may see. Null with NOT_FOUND when there is none."
    )
    async def survey_result_participation(
        self,
        info: Info,
        wave_id: WaveId,
        by: By,
        filters: Filters = None,
        unit_id: UnitId = None,
        as_of_today: AsOfToday = False,
    ) -> types.SurveyResultParticipation | None:
        release, place = await place_for(info, wave_id, unit_id, today=as_of_today)
        found = await reading.participation(release, by_of(by), filters_of(filters), place)
        return types.SurveyResultParticipation.of(found, info.context.language)

    @strawberry.field(
        description="The questions that the wave's newest release has results of. "
        "Null with NOT_FOUND when the caller may see no release."
    )
    async def survey_result_questions(self, info: Info, wave_id: WaveId) -> list[types.SurveyResultQuestion] | None:
        release = await release_for(info, wave_id)
        questions = await reading.questions_of(release)
        return [types.SurveyResultQuestion.of(question, info.context.language) for question in questions]

    @strawberry.field(description="What has become of a wish for a release, for the owner unit's analysts.")
    async def survey_release_request(self, info: Info, id: RequestId) -> publishing_types.SurveyReleaseRequest | None:
        request = await service.request_of(info.context.caller, parse_id(id, "release request"))
        return publishing_types.SurveyReleaseRequest.of(request)


@strawberry.type
class ResultsMutation(ReachMutations):
    """Fields of the root that publish results."""

    @mutation(
        PublishSurveyReleaseResult,
        description="Have a wave's mixed answers counted, protected and published as its next release. "
        "Needs an analyst of the programme's owner unit.",
    )
    async def publish_survey_release(
        self,
        info: Info,
        input: Annotated[
            publishing_types.PublishSurveyReleaseInput,
            strawberry.argument(description="Which wave's results, and for whom."),
        ],
    ) -> publishing_types.PublishSurveyReleaseSuccess:
        wave_id = parse_id(input.wave_id, "wave")
        request = await service.request_release(info.context.caller, wave_id, is_public=input.is_public)
        await enqueue(release_requested, str(request.id))
        return publishing_types.PublishSurveyReleaseSuccess(request=publishing_types.SurveyReleaseRequest.of(request))


@strawberry.type
class WaveReleases:
    """Fields of a wave about its releases; they share the loader `releases_by_wave`."""

    id: strawberry.ID = strawberry.field(description="The wave's id.")

    @strawberry.field(description="The newest release that the caller may see.")
    async def latest_release(self, info: Info) -> types.SurveyRelease | None:
        found = await self._releases(info)
        return types.SurveyRelease.of(found[0]) if found else None

    @strawberry.field(description="The releases that the caller may see, newest first, at most 100.")
    async def releases(self, info: Info) -> list[types.SurveyRelease]:
        return [types.SurveyRelease.of(release) for release in await self._releases(info)]

    async def _releases(self, info: Info) -> list[reading.Release]:
        return await info.context.loaders.releases_by_wave.load((info.context.caller, UUID(self.id)))

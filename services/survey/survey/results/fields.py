"""The graph's fields about results."""

from typing import Annotated
from uuid import UUID

import strawberry

from kit.errors import NotFound
from kit.graphql import Info, mutation, parse_id, result
from kit.jobs import enqueue
from survey.questionnaires.definition import SEGMENTS
from survey.results import reading, service, types
from survey.results.jobs import release_requested
from survey.results.service import AnswersNotMixed, NoFrame, NothingNew, ReleaseUnderWay

PublishSurveyReleaseResult = result(
    "PublishSurveyReleaseResult",
    types.PublishSurveyReleaseSuccess,
    AnswersNotMixed,
    NothingNew,
    NoFrame,
    ReleaseUnderWay,
)

ReleaseId = Annotated[strawberry.ID, strawberry.argument(description="Id of the release.")]
RequestId = Annotated[strawberry.ID, strawberry.argument(description="Id of the request.")]
WaveId = Annotated[strawberry.ID, strawberry.argument(description="Id of the wave.")]
UnitId = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        description="Id of a unit of the wave's frame; null: the wave's target. Units below the target are for their "
        "analysts and those of the programme's owner."
    ),
]
QuestionCode = Annotated[str, strawberry.argument(description="Code of the question.")]
By = Annotated[
    list[str],
    strawberry.argument(description="Segments to split by: any of `AGE_BAND`, `GENDER`, `REGION`; none: everyone."),
]
Filters = Annotated[
    types.SurveyResultFilter | None, strawberry.argument(description="Categories to keep to, one of a segment.")
]


@strawberry.type
class ResultsQuery:
    """Fields of the root that read results."""

    @strawberry.field(description="A release. Null with NOT_FOUND also when the caller may not see it.")
    async def survey_release(self, info: Info, id: ReleaseId) -> types.SurveyRelease | None:
        release = await reading.release_of(info.context.caller, parse_id(id, "release"))
        return types.SurveyRelease.of(release)

    @strawberry.field(
        description="One question's result by segments, from the wave's newest release that the caller may see. "
        "Null with NOT_FOUND when there is none, or the release has no table of that question."
    )
    async def survey_result(
        self,
        info: Info,
        wave_id: WaveId,
        question: QuestionCode,
        by: By,
        filters: Filters = None,
        unit_id: UnitId = None,
    ) -> types.SurveyResult | None:
        release = await reading.latest_release(info.context.caller, parse_id(wave_id, "release"))
        if release is None:
            raise NotFound("release", wave_id)
        unit = parse_id(unit_id, "unit") if unit_id is not None else release.target_id
        await reading.require_unit(info.context.caller, release, unit)
        found = await reading.question_result(release, question, _by(by), _filters(filters), unit)
        return types.SurveyResult.of(found, info.context.language)

    @strawberry.field(
        description="The questions that the wave's newest release has results of. "
        "Null with NOT_FOUND when the caller may see no release."
    )
    async def survey_result_questions(self, info: Info, wave_id: WaveId) -> list[types.SurveyResultQuestion] | None:
        release = await reading.latest_release(info.context.caller, parse_id(wave_id, "release"))
        if release is None:
            raise NotFound("release", wave_id)
        questions = await reading.questions_of(release)
        return [types.SurveyResultQuestion.of(question, info.context.language) for question in questions]

    @strawberry.field(description="What has become of a wish for a release, for the owner unit's analysts.")
    async def survey_release_request(self, info: Info, id: RequestId) -> types.SurveyReleaseRequest | None:
        request = await service.request_of(info.context.caller, parse_id(id, "release request"))
        return types.SurveyReleaseRequest.of(request)


@strawberry.type
class ResultsMutation:
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
            types.PublishSurveyReleaseInput, strawberry.argument(description="Which wave's results, and for whom.")
        ],
    ) -> types.PublishSurveyReleaseSuccess:
        wave_id = parse_id(input.wave_id, "wave")
        request = await service.request_release(info.context.caller, wave_id, is_public=input.is_public)
        await enqueue(release_requested, str(request.id))
        return types.PublishSurveyReleaseSuccess(request=types.SurveyReleaseRequest.of(request))


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


def _by(names: list[str]) -> list[str]:
    return [name.lower() for name in names]


def _filters(given: types.SurveyResultFilter | None) -> dict[str, str]:
    chosen = {name: getattr(given, name) for name in SEGMENTS} if given else {}
    return {name: code for name, code in chosen.items() if code is not None}

"""The graph's fields about downloads and open answers."""

from typing import Annotated

import strawberry

from kit.graphql import After, Connection, First, Info, mutation, parse_id, result, window
from kit.jobs import enqueue
from survey.downloads import service, types
from survey.downloads.jobs import download_requested
from survey.downloads.open_answers import service as open_answers
from survey.downloads.service import DownloadLimitReached, WaveNotOver
from survey.questionnaires.definition import OTHER

RequestSurveyDownloadResult = result(
    "RequestSurveyDownloadResult", types.RequestSurveyDownloadSuccess, DownloadLimitReached, WaveNotOver
)

ReleaseId = Annotated[strawberry.ID, strawberry.argument(description="Id of the release.")]


@strawberry.type
class DownloadQueries:
    """Fields of the root that read downloads and open answers."""

    @strawberry.field(description="A file that you asked for. Null with NOT_FOUND when it is not yours.")
    async def survey_download(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Id of the download.")]
    ) -> types.SurveyDownload | None:
        return types.SurveyDownload.of(await service.download(info.context.caller, parse_id(id, "download")))

    @strawberry.field(description="The files that you asked for, newest first.")
    async def survey_downloads(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[types.SurveyDownload] | None:
        asked = window(first, after, str, str)
        found = await service.downloads(info.context.caller, asked.limit, asked.after)
        return asked.page(found, types.SurveyDownload.of, key=lambda each: (each.asked_at.isoformat(), str(each.id)))

    @strawberry.field(
        description="The questions of a release that were answered in words, in the questionnaire's order. For "
        "analysts of the programme's owner; null with FORBIDDEN or NOT_FOUND for others."
    )
    async def survey_open_questions(self, info: Info, release_id: ReleaseId) -> list[types.SurveyOpenQuestion] | None:
        found = await open_answers.open_questions(info.context.caller, parse_id(release_id, "release"))
        return [
            types.SurveyOpenQuestion(code=each.code, text=each.text.in_(info.context.language), texts=each.texts)
            for each in found
        ]

    @strawberry.field(
        description="What people wrote to a question of a release, all of the target together; empty when hidden. For "
        "analysts of the programme's owner; null with FORBIDDEN or NOT_FOUND for others."
    )
    async def survey_open_answers(
        self,
        info: Info,
        release_id: ReleaseId,
        question: Annotated[
            str, strawberry.argument(description=f"The question's code, with `.{OTHER}` behind it for “other”.")
        ],
        first: First = 20,
        after: After = None,
    ) -> Connection[types.SurveyOpenAnswer] | None:
        asked = window(first, after, int)
        begin = asked.after[0] if asked.after else 0
        found = await open_answers.texts_of(
            info.context.caller, parse_id(release_id, "release"), question, asked.limit, begin
        )
        return asked.page(found, lambda each: types.SurveyOpenAnswer(text=each[1]), key=lambda each: (each[0],))


@strawberry.type
class DownloadMutations:
    """Fields of the root that ask for files."""

    @mutation(
        RequestSurveyDownloadResult,
        description="Ask for a file of a release. You must be signed in; files are kept for a day.",
    )
    async def request_survey_download(
        self,
        info: Info,
        input: Annotated[
            types.RequestSurveyDownloadInput, strawberry.argument(description="The release, and what to make of it.")
        ],
    ) -> types.RequestSurveyDownloadSuccess:
        found = await service.ask_download(
            info.context.caller,
            parse_id(input.release_id, "release"),
            kind=input.kind,
            format=input.format,
            language=input.file_language,
            unit_id=parse_id(input.unit_id, "unit") if input.unit_id is not None else None,
        )
        await enqueue(download_requested, str(found.id))
        return types.RequestSurveyDownloadSuccess(download=types.SurveyDownload.of(found))

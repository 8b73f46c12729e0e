"""The graph's way to answer: for union apps, with the form's own check."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from kit.errors import InvalidInput
from kit.graphql import Info, mutation, result
from survey.answers import service, types
from survey.collection.admission import Proof

THANKS = {
    "vi": "Cảm ơn anh/chị. Câu trả lời đã được nhận.",
    "en": "Thank you. Your answers have been received.",
}

SubmitSurveyAnswersResult = result(
    "SubmitSurveyAnswersResult",
    types.SubmitSurveyAnswersSuccess,
    types.AnswersInvalid,
    service.UnknownCollector,
    service.WaveClosed,
    service.AlreadySubmitted,
)


@strawberry.type
class AnswerMutations:
    @mutation(
        SubmitSurveyAnswersResult,
        description="Store the answers of one form. Anonymous: who is signed in is neither needed nor looked at.",
    )
    async def submit_survey_answers(
        self,
        info: Info,
        input: Annotated[types.SubmitSurveyAnswersInput, strawberry.argument(description="The filled form.")],
    ) -> types.SubmitSurveyAnswersSuccess | types.AnswersInvalid:
        language = info.context.language
        try:
            await service.submit(input.collector, Proof(input.submission_key), _raw(input.answers))
        except service.AnswersInvalid as error:
            return types.AnswersInvalid.of(error, language)
        return types.SubmitSurveyAnswersSuccess(thanks=THANKS[language])


def _raw(answers: Sequence[types.SurveyAnswerInput]) -> dict[str, list[str]]:
    raw = {answer.question: answer.values for answer in answers}
    if len(raw) < len(answers):
        raise InvalidInput("answers", "mỗi câu hỏi chỉ được nêu một lần", "name each question once")
    return raw

"""The graph's way to answer: for union apps, with the form's own check."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import strawberry

from kit.errors import DomainError, InvalidInput
from kit.graphql import Info, mutation, result
from survey.answers import service, types
from survey.answers.allowances import FORM, GARBAGE, MISTAKE, SHARED, Limits, TooManyRequests, network_at
from survey.answers.receipts import is_received
from survey.collection.admission import Proof
from survey.collection.refusals import REFUSALS, NotAdmitted

THANKS = {
    "vi": "Cảm ơn anh/chị. Câu trả lời đã được nhận.",
    "en": "Thank you. Your answers have been received.",
}


class SignedIn(DomainError):
    """Answers are taken from nobody who is signed in: send them without `Authorization` and without cookies."""

    code = "SIGNED_IN"
    vi = "Câu trả lời phải được gửi khi không đăng nhập, để không ai biết là của ai."
    en = "Answers are taken only from somebody who is not signed in, so that nobody knows whose they are."


SubmitSurveyAnswersResult = result(
    "SubmitSurveyAnswersResult",
    types.SubmitSurveyAnswersSuccess,
    types.AnswersInvalid,
    service.UnknownCollector,
    service.WaveClosed,
    service.AlreadySubmitted,
    service.AlreadyAnswered,
    service.TryLater,
    service.OpenLinkFull,
    TooManyRequests,
    SignedIn,
    *REFUSALS,
)


Written = Annotated[str, strawberry.argument(description="The receipt, as people may write it.")]


@strawberry.type
class AnswerQueries:
    @strawberry.field(
        description="Whether the form of a receipt is stored: `received` or `unknown`. Says nothing of the answers."
    )
    async def survey_receipt(self, receipt: Written) -> str:
        return "received" if await is_received(receipt) else "unknown"


@strawberry.type
class AnswerMutations:
    @mutation(
        SubmitSurveyAnswersResult,
        description="Store the answers of one form. Anonymous: refused (`SIGNED_IN`) when somebody is signed in.",
    )
    async def submit_survey_answers(
        self,
        info: Info,
        input: Annotated[types.SubmitSurveyAnswersInput, strawberry.argument(description="The filled form.")],
    ) -> types.SubmitSurveyAnswersSuccess | types.AnswersInvalid:
        if info.context.caller.subject is not None:
            raise SignedIn()
        language = info.context.language
        try:
            with charged(info.context.network):
                proof = Proof(input.submission_key, input.slip, input.credential)
                receipt = await service.submit(input.collector, proof, _raw(input.answers))
        except service.AnswersInvalid as error:
            return types.AnswersInvalid.of(error, language)
        return types.SubmitSurveyAnswersSuccess(thanks=THANKS[language], receipt=str(receipt))


@contextmanager
def charged(network: str | None, limits: Limits = SHARED) -> Iterator[None]:
    """Charge a submission to the network that it comes from, as at the form; TooManyRequests when that has no more."""
    counted = network_at(network) if network else None
    if counted is None:
        yield
        return
    allowance = limits.of(counted)
    if seconds := allowance.wait_for(FORM):
        raise TooManyRequests(seconds=seconds)
    allowance.take(FORM)
    try:
        yield
    except (service.AlreadySubmitted, service.TryLater):
        raise
    except (service.AnswersInvalid, service.AlreadyAnswered, service.WaveClosed, NotAdmitted):
        allowance.take(MISTAKE - FORM)
        raise
    except DomainError:
        allowance.take(GARBAGE - FORM)
        raise


def _raw(answers: Sequence[types.SurveyAnswerInput]) -> dict[str, list[str]]:
    raw = {answer.question: answer.values for answer in answers}
    if len(raw) < len(answers):
        raise InvalidInput("answers", "mỗi câu hỏi chỉ được nêu một lần", "name each question once")
    return raw

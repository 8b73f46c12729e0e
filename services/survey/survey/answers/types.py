"""How apps send answers through the graph, and what they are told."""

import strawberry

from kit.errors import Language
from kit.graphql.mutations import Problem
from survey.answers.service import AnswersInvalid as Invalid


@strawberry.input(description="The answer to one question.")
class SurveyAnswerInput:
    question: str = strawberry.field(
        description="The question's code; `<question>.<row>` for a row of a matrix, `<question>.other` for the "
        "words at a choice that takes some."
    )
    values: list[str] = strawberry.field(
        description="Choice codes (of a ranking the best first), or one number, date or text; empty for what was left "
        "out."
    )


@strawberry.input(description="One filled form.")
class SubmitSurveyAnswersInput:
    collector: str = strawberry.field(description="The collector's code.")
    submission_key: str = strawberry.field(
        description="A random text of 22 to 64 letters, digits, _ or - made for this form alone; "
        "sending the same key again stores nothing."
    )
    answers: list[SurveyAnswerInput] = strawberry.field(description="The answers, at most one entry for each question.")
    slip: str | None = strawberry.field(
        default=None, description="The code of a slip as somebody typed it, where the collector's kind asks for one."
    )
    credential: str | None = strawberry.field(
        default=None, description="The credential in base64url, where the collector's kind asks for one."
    )


@strawberry.type(description="What is wrong with one answer.")
class SurveyAnswerIssue:
    question: str = strawberry.field(description="The question's code.")
    code: str = strawberry.field(description="Stable name of what is wrong, for programs.")
    message: str = strawberry.field(description="What to do about it, for people, in the language they asked for.")


@strawberry.type(description="Some answers can't be accepted; nothing was stored.")
class AnswersInvalid(Problem):
    issues: list[SurveyAnswerIssue] = strawberry.field(description="What is wrong, question by question.")

    @classmethod
    def of(cls, error: Invalid, language: Language) -> "AnswersInvalid":
        """Show what is wrong in a language."""
        issues = [
            SurveyAnswerIssue(question=issue.question, code=issue.code, message=issue.message(language))
            for issue in error.issues
        ]
        return cls(code=error.code, message=error.message(language), issues=issues)


@strawberry.type(description="The answers are stored, once.")
class SubmitSurveyAnswersSuccess:
    thanks: str = strawberry.field(description="Words of thanks, in the language asked for.")
    receipt: str = strawberry.field(
        description="Sixteen letters and digits in fours, with which `surveyReceipt` tells whether the form is stored."
    )

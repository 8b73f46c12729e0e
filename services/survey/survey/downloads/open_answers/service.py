"""Reading open answers of a release: for analysts of the programme's owner, and only what the release froze."""

from dataclasses import dataclass
from uuid import UUID

from kit import db
from kit.errors import NotFound
from kit.identity import Caller
from survey.downloads.open_answers.questions import OpenQuestion, open_questions_of
from survey.downloads.service import require_owner
from survey.questionnaires.definition import Text
from survey.questionnaires.service import published_definition
from survey.results import reading
from survey.results.reading import Release


@dataclass(frozen=True)
class CountedQuestion:
    """A question with how many wrote something; None while that is hidden."""

    code: str
    text: Text
    texts: int | None


async def open_questions(caller: Caller, release_id: UUID) -> list[CountedQuestion]:
    """Return all questions that are answered in words. NotFound and Forbidden as for the texts."""
    release = await _release(caller, release_id)
    found = await db.rows("SELECT question_code, texts FROM release_open_question WHERE release_id = $1", release_id)
    texts = {row["question_code"]: row["texts"] for row in found}
    return [CountedQuestion(each.code, each.text, texts.get(each.code)) for each in await _questions(release)]


async def texts_of(
    caller: Caller, release_id: UUID, question: str, limit: int, after: int = 0
) -> list[tuple[int, str]]:
    """Return up to `limit` texts with their positions, after a position; none where they are hidden.

    Needs an analyst of the programme's owner unit; NotFound for a question that is not answered in words.
    """
    release = await _release(caller, release_id)
    if all(each.code != question for each in await _questions(release)):
        raise NotFound("question", question)
    found = await db.rows(
        """SELECT position, text FROM release_open_answer
           WHERE release_id = $1 AND question_code = $2 AND position > $3::bigint ORDER BY position LIMIT $4""",
        release_id,
        question,
        after,
        limit,
    )
    return [(row["position"], row["text"]) for row in found]


async def _release(caller: Caller, release_id: UUID) -> Release:
    caller.require_someone()
    release = await reading.release_of(caller, release_id)
    require_owner(caller, release)
    return release


async def _questions(release: Release) -> list[OpenQuestion]:
    return open_questions_of(await published_definition(release.version_id))

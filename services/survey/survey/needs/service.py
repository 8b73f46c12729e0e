"""What people want the union to tell them more about, by topic: read from the newest release that asked it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.identity import Caller
from survey.questionnaires.definition import Text
from survey.results.cells import CellResult, ChoiceResult
from survey.results.questions import Question
from survey.results.reading import (
    QuestionResult,
    Release,
    newest_release_asking,
    question_result,
    questions_of,
)
from survey.results.unit_tables import Place, places_of
from survey.units.service import path_of

CONCEPT = "topic_demand"
"""The concept of the question whose choices are org's topics."""

CallerAndUnit = tuple[Caller, UUID]


@dataclass(frozen=True)
class Needs:
    """Where the demand of a unit's people is read: a release, its question, and whose tables answer."""

    release: Release
    question: Question
    place: Place
    everyone: CellResult
    """All people of the place together."""

    def wanted(self, topic: str) -> ChoiceResult | None:
        """Return how many of everyone want to hear more on a topic; None where it was not asked or is hidden."""
        return self.everyone.choice(topic)

    def rank(self, topic: str) -> int | None:
        """Return the topic's place among those asked, 1 for the most wanted; alike are placed alike."""
        mine = self.wanted(topic)
        if mine is None:
            return None
        return 1 + sum(choice.share > mine.share for choice in self.everyone.choices)


@dataclass(frozen=True)
class Topic:
    """A topic of communication as org's vocabulary has it today."""

    code: str
    name: Text


async def topics_in_unit(caller: Caller, unit_id: UUID) -> list[Topic]:
    """Return today's topics, the most wanted by the unit's people first, then those of which nothing is known.

    Anyone may ask: the demand is that of releases that the caller may see. NotFound for an unknown unit.
    """
    topics = await _topics_today()
    needs = await needs_of(caller, unit_id)

    def place(at: int) -> tuple[float, int]:
        wanted = needs.wanted(topics[at].code) if needs else None
        return (-wanted.share if wanted else 1.0, at)

    return [topics[at] for at in sorted(range(len(topics)), key=place)]


async def topics_by_code(codes: Sequence[str]) -> list[Topic | None]:
    """Return today's topics of these codes; None for what is none."""
    known = {topic.code: topic for topic in await _topics_today()}
    return [known.get(code) for code in codes]


async def needs_of(caller: Caller, unit_id: UUID) -> Needs | None:
    """Return where a unit's demand is read: its own tables if the caller may read them and they tell it.

    Otherwise those of the wave's target, to which the unit belongs. None when no release that the caller may see asked
    people of the unit; NotFound for an unknown unit.
    """
    release = await newest_release_asking(caller, CONCEPT, await path_of(unit_id))
    if release is None:
        return None
    question = next((each for each in await questions_of(release) if each.concept == CONCEPT), None)
    if question is None:
        return None
    (own,) = await places_of(caller, [release], unit_id)
    target = Place(release.target_id, (release.target_id,))
    for place in (own, target):
        if place is not None:
            (everyone,) = (await question_result(release, question.code, (), {}, place)).cells
            if everyone.base is not None or place is target:
                return Needs(release, question, place, everyone)
    return None


async def all_needs(keys: Sequence[CallerAndUnit]) -> list[Needs | None]:
    """Return the needs of several units: a few statements for each, and of a gap list all topics have one unit."""
    return [await needs_of(caller, unit_id) for caller, unit_id in keys]


async def segments_of(keys: Sequence[tuple[Needs, tuple[str, ...]]]) -> list[QuestionResult]:
    """Return the demand by segments; the topics of a unit share it."""
    return [await question_result(needs.release, needs.question.code, by, {}, needs.place) for needs, by in keys]


async def _topics_today() -> list[Topic]:
    found = await db.rows(
        "SELECT code, vi, en FROM term WHERE vocabulary = 'topic' AND valid @> $1::date ORDER BY position, code",
        today(),
    )
    return [Topic(row["code"], Text({"vi": row["vi"], "en": row["en"]})) for row in found]

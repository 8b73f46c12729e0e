"""How the graph shows what people want to hear more about."""

from typing import Annotated

import strawberry

from kit.errors import Language
from kit.graphql import Info, parse_id
from survey.needs import service
from survey.questionnaires.definition import SEGMENTS
from survey.results.arguments import By, by_of
from survey.results.cells import CellResult
from survey.results.types import OfUnit, SurveyChoiceResult, SurveyResultQuestion, unit_told

BY_DEFAULT = [name.upper() for name in SEGMENTS[:1]]


@strawberry.type(description="A segment of the people, and how many of it want to hear more on a topic.")
class SurveyTopicDemandCell:
    age_band: str | None = strawberry.field(description="Code of the age band; null for all ages.")
    gender: str | None = strawberry.field(description="Code of the gender; null for all.")
    region: str | None = strawberry.field(description="Code of the region; null for all regions.")
    label: str = strawberry.field(description="The segment in words, in the caller's language.")
    base: int | None = strawberry.field(description="n: how many answered; null where the cell is hidden.")
    people: int | None = strawberry.field(description="N: how many people the wave's frame holds here; null if hidden.")
    wanted: SurveyChoiceResult | None = strawberry.field(
        description="The share that wants more of it, with its interval; null where it is hidden or was not asked."
    )
    people_wanting: int | None = strawberry.field(
        description="That share of the people, rounded: about how many want more of it."
    )

    @classmethod
    def of(cls, cell: CellResult, topic: str, language: Language) -> "SurveyTopicDemandCell":
        """Return what a cell tells of a topic."""
        age_band, gender, region = cell.segment
        wanted = cell.choice(topic)
        return cls(
            age_band=age_band,
            gender=gender,
            region=region,
            label=cell.label.in_(language),
            base=cell.base,
            people=cell.people,
            wanted=SurveyChoiceResult.of(wanted, language) if wanted else None,
            people_wanting=round(wanted.share * cell.people) if wanted and cell.people is not None else None,
        )


@strawberry.type(
    description="The released demand for a topic. Where the unit's own tables may not be read or tell nothing, "
    "`unitId` is the wave's target, to whose people the unit's belong."
)
class SurveyTopicDemand(OfUnit):
    question: SurveyResultQuestion = strawberry.field(description="The question that asked for topics.")
    rank: int | None = strawberry.field(
        description="Its place among the topics asked, 1 for the most wanted; null where it was not asked or is hidden."
    )
    everyone: SurveyTopicDemandCell = strawberry.field(description="All people together.")
    topic: strawberry.Private[str]
    needs: strawberry.Private[service.Needs]

    @strawberry.field(description="The demand by up to three segments, in the vocabularies' order.")
    async def segments(self, info: Info, by: By = BY_DEFAULT) -> list[SurveyTopicDemandCell]:
        segments = tuple(by_of(by))
        found = await info.context.loaders.demand_by_segment.load((self.needs, segments))
        return [SurveyTopicDemandCell.of(cell, self.topic, info.context.language) for cell in found.cells]

    @classmethod
    def of(cls, needs: service.Needs, topic: str, language: Language) -> "SurveyTopicDemand":
        """Return what a unit's needs tell of a topic."""
        return cls(
            **unit_told(needs.release, needs.place),
            question=SurveyResultQuestion.of(needs.question, language),
            rank=needs.rank(topic),
            everyone=SurveyTopicDemandCell.of(needs.everyone, topic, language),
            topic=topic,
            needs=needs,
        )


@strawberry.federation.type(
    keys=["topic unit"],
    description="A topic of communication as it concerns a unit: how many of its people want to hear more on it, and "
    "what the archive holds. What is wanted and not there is the gap to fill.",
)
class TopicInUnit:
    topic: str = strawberry.field(description="Code of org's topic.")
    unit: strawberry.ID = strawberry.field(description="Id of the unit.")

    @strawberry.field(description="What the topic is called in the caller's language; null for none of today's topics.")
    async def name(self, info: Info) -> str | None:
        topic = await info.context.loaders.topic.load(self.topic)
        return topic.name.in_(info.context.language) if topic else None

    @strawberry.field(
        description="What people want, from the newest release that asked for topics and that the caller may see; null "
        "when there is none, or it did not ask for this topic."
    )
    async def demand(self, info: Info) -> SurveyTopicDemand | None:
        needs = await info.context.loaders.needs.load((info.context.caller, parse_id(self.unit, "unit")))
        if needs is None or self.topic not in needs.question.codes:
            return None
        return SurveyTopicDemand.of(needs, self.topic, info.context.language)

    @classmethod
    def resolve_reference(cls, topic: str, unit: strawberry.ID) -> "TopicInUnit":
        """Stand in for a topic and a unit; whether they are known is asked for their fields."""
        return cls(topic=topic, unit=unit)


UnitAsked = Annotated[strawberry.ID, strawberry.argument(description="Id of the unit.")]

"""The graph's field about what people want to hear more about."""

import strawberry

from kit.graphql import Info, parse_id
from survey.needs import service
from survey.needs.types import TopicInUnit, UnitAsked


@strawberry.type
class NeedsQueries:
    @strawberry.field(
        description="Today's topics for a unit, those first of which most people want to hear more, as released; with "
        "what the archive holds on each, the list of gaps a communications officer works from. NOT_FOUND for an "
        "unknown unit."
    )
    async def topics_in_unit(self, info: Info, unit_id: UnitAsked) -> list[TopicInUnit] | None:
        topics = await service.topics_in_unit(info.context.caller, parse_id(unit_id, "unit"))
        return [TopicInUnit(topic=topic.code, unit=unit_id) for topic in topics]

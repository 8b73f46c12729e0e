"""How the graph shows what the archive holds on a topic for a unit."""

from datetime import date
from typing import Annotated, Self

import strawberry

from kit.errors import InvalidInput, none_of
from kit.graphql import First, Info, parse_id, window
from media_archive.assets.types import Asset
from media_archive.needs.service import SEGMENTS, Holding, Made

By = Annotated[
    list[str],
    strawberry.argument(description="By what to tell people apart: any of `AGE_BAND`, `GENDER`, `REGION`, each once."),
]
_BY_DEFAULT = ["AGE_BAND"]
_CALLED = {"AGE_BAND": ("độ tuổi", "age"), "GENDER": ("giới tính", "gender"), "REGION": ("vùng", "region")}


@strawberry.type(description="How many materials of one kind there are.")
class ArchiveKindCount:
    kind: str = strawberry.field(description="Code of the kind, see `assetKinds`.")
    count: int = strawberry.field(description="How many there are.")


@strawberry.type(description="What the archive holds on a topic for a unit, as far as the caller may see.")
class ArchiveTopicHolding:
    total: int = strawberry.field(description="All materials on the topic that the caller may see.")
    own: int = strawberry.field(description="Those of the unit and of all below it.")
    others: int = strawberry.field(description="Those that other units made and share.")
    recent: int = strawberry.field(description="Of all, those made within the last year.")
    newest_on: date | None = strawberry.field(description="Day on which the newest was made; null when there is none.")
    kinds: list[ArchiveKindCount] = strawberry.field(description="How many of each kind, most first.")

    @classmethod
    def of(cls, holding: Holding) -> Self:
        """Return a holding as the graph shows it."""
        return cls(
            total=holding.total,
            own=holding.own,
            others=holding.others,
            recent=holding.recent,
            newest_on=holding.newest_on,
            kinds=[ArchiveKindCount(kind=kind, count=count) for kind, count in holding.kinds.items()],
        )


@strawberry.type(
    description="How many materials on a topic are described as made for a segment of the people. What names nobody is "
    "for everybody: for a segment there is what names it and what is null in that respect, and no material is in both."
)
class ArchiveSegmentHolding:
    age_band: str | None = strawberry.field(description="Code of the age band; null: made for no one in particular.")
    gender: str | None = strawberry.field(description="Code of the gender; null: made for no one in particular.")
    region: str | None = strawberry.field(description="Code of the region; null: made for no one in particular.")
    total: int = strawberry.field(description="How many there are that the caller may see.")
    recent: int = strawberry.field(description="Of these, made within the last year.")

    @classmethod
    def of(cls, made: Made) -> Self:
        """Return a count as the graph shows it."""
        age_band, gender, region = made.segment
        return cls(age_band=age_band, gender=gender, region=region, total=made.total, recent=made.recent)


@strawberry.federation.type(
    keys=["topic unit"],
    description="A topic of communication as it concerns a unit: how many of its people want to hear more on it, and "
    "what the archive holds. What is wanted and not there is the gap to fill.",
)
class TopicInUnit:
    topic: str = strawberry.field(description="Code of org's topic.")
    unit: strawberry.ID = strawberry.field(description="Id of the unit.")

    @strawberry.field(description="What the archive holds on it; null for units that nobody knows.")
    async def holding(self, info: Info) -> ArchiveTopicHolding | None:
        key = (info.context.caller, self.topic, parse_id(self.unit, "unit"))
        found = await info.context.loaders.needs.holdings.load(key)
        return ArchiveTopicHolding.of(found) if found else None

    @strawberry.field(
        description="For which segments of the people its materials are described: beside the demand of a segment, "
        "whether there is anything made for it. Segments without materials are left out."
    )
    async def made_for(self, info: Info, by: By = _BY_DEFAULT) -> list[ArchiveSegmentHolding] | None:
        key = (info.context.caller, self.topic, _segments(by))
        return [ArchiveSegmentHolding.of(made) for made in await info.context.loaders.needs.made_for.load(key)]

    @strawberry.field(description="The newest materials on the topic that the caller may see, whoever made them.")
    async def newest_assets(self, info: Info, first: First = 5) -> list[Asset] | None:
        window(first, None)
        rows = await info.context.loaders.needs.newest_on_topic.load((info.context.caller, self.topic, first))
        return [Asset.of(row) for row in rows]

    @classmethod
    def resolve_reference(cls, topic: str, unit: strawberry.ID) -> Self:
        """Stand in for a topic and a unit; whether they are known is asked for their fields."""
        return cls(topic=topic, unit=unit)


def _segments(by: list[str]) -> tuple[str, ...]:
    """Return segments as the service names them; InvalidInput for others, or one named twice."""
    names = tuple(sorted(name.lower() for name in by))
    if len(set(names)) < len(names):
        raise InvalidInput("by", "mỗi phân tổ chỉ được nêu một lần.", "names a segment twice.")
    if not set(names) <= set(SEGMENTS):
        raise none_of("by", _CALLED)
    return names

"""How the graph shows quick polls."""

from datetime import datetime
from uuid import UUID

import strawberry

from kit.graphql import Info
from survey.polls.question import Bilingual, PollQuestion
from survey.polls.reading import Poll
from survey.programmes.types import SurveyWave
from survey.units.types import Unit


@strawberry.type(
    description="One question to all people of a unit and of those below it, open for hours or days. Its wave keeps "
    "answers apart from people as every wave does. When it is over and enough have answered, its result is published "
    "by itself: `surveyResult` of the wave, for the question `question`."
)
class QuickPoll:
    id: strawberry.ID = strawberry.field(description="The poll's id.")
    unit: Unit = strawberry.field(description="The unit that asks.")
    state: str = strawberry.field(description="`planned`, `open`, `closed`, or `cancelled` before it was ever open.")
    opens_at: datetime = strawberry.field(description="When it opens, or opened.")
    closes_at: datetime = strawberry.field(description="When it closes, or closed.")
    kind: str = strawberry.field(description="`single`, `multiple` or `scale`.")
    title_vi: str = strawberry.field(description="Its title in Vietnamese; the question where it has none.")
    title_en: str = strawberry.field(description="Its title in English; what the Vietnamese one says without it.")
    question_vi: str = strawberry.field(description="The question in Vietnamese.")
    question_en: str | None = strawberry.field(description="The question in English, if it is asked in it.")
    link: str = strawberry.field(description="The address at which people answer.")
    embed: str = strawberry.field(
        description="A page that other websites may show within theirs, of the `allowedOrigins`. It needs no "
        "JavaScript, sets no cookie, and shows the result when there is one."
    )
    snippet: str = strawberry.field(description="HTML that shows `embed` within a page.")
    allowed_origins: list[str] = strawberry.field(description="The websites that may show it; none: only its link.")
    result_state: str = strawberry.field(
        description="`not_yet`; `asked`: it is being made or there; `too_few`: too few have answered for one."
    )
    wave_id: strawberry.Private[UUID]

    @strawberry.field(description="Its wave; null before the opening for those who are not the unit's staff.")
    async def wave(self, info: Info) -> SurveyWave | None:
        row = await info.context.loaders.wave.load((info.context.caller, self.wave_id))
        return SurveyWave.of(row) if row else None

    @classmethod
    def of(cls, poll: Poll) -> "QuickPoll":
        """Show a poll."""
        return cls(
            id=strawberry.ID(str(poll.id)),
            unit=Unit(id=strawberry.ID(str(poll.unit_id))),
            state=poll.state,
            opens_at=poll.opens_at,
            closes_at=poll.closes_at,
            kind=poll.kind,
            title_vi=poll.title_vi,
            title_en=poll.title_en,
            question_vi=poll.question_vi,
            question_en=poll.question_en,
            link=poll.link,
            embed=poll.embed,
            snippet=poll.snippet,
            allowed_origins=list(poll.allowed_origins),
            result_state=poll.outcome or "not_yet",
            wave_id=poll.wave_id,
        )


@strawberry.input(description="A text of a quick poll.")
class QuickPollTextInput:
    vi: str = strawberry.field(description="In Vietnamese.")
    en: str | None = strawberry.field(default=None, description="In English: either all texts of a poll, or none.")

    @property
    def text(self) -> Bilingual:
        """The text as the service takes it."""
        return Bilingual(self.vi, self.en)


@strawberry.input(description="A new quick poll.")
class CreateQuickPollInput:
    unit_id: strawberry.ID = strawberry.field(description="The unit that asks, and whose people are asked: 50 or more.")
    kind: str = strawberry.field(description="`single`: one choice; `multiple`: any of them; `scale`: a point.")
    question: QuickPollTextInput = strawberry.field(description="The question, up to 300 characters.")
    choices: list[QuickPollTextInput] = strawberry.field(
        default_factory=list,
        description="2 to 12 choices; of a scale none, or what its lowest and its highest point mean.",
    )
    minimum: int = strawberry.field(default=1, description="The lowest point of a scale, 0 or more.")
    maximum: int = strawberry.field(default=5, description="The highest point of a scale, 10 or less.")
    title: QuickPollTextInput | None = strawberry.field(
        default=None, description="A title, up to 200 characters; by default it is a quick poll."
    )
    segments: list[str] = strawberry.field(
        default_factory=list,
        description="What to ask besides, so that results can be split: `age_band`, `gender`. By default nothing.",
    )
    opens_at: datetime | None = strawberry.field(
        default=None, description="When it opens, within 60 days; by default at once."
    )
    closes_at: datetime = strawberry.field(description="When it closes: 1 hour to 31 days after the opening.")
    allowed_origins: list[str] = strawberry.field(
        default_factory=list,
        description="Websites that may show it within their pages, such as `https://example.vn`; at most 10.",
    )

    @property
    def asked(self) -> PollQuestion:
        """The question as the service takes it."""
        return PollQuestion(
            kind=self.kind,
            text=self.question.text,
            choices=[choice.text for choice in self.choices],
            minimum=self.minimum,
            maximum=self.maximum,
            title=self.title.text if self.title else None,
            segments=self.segments,
        )


@strawberry.type(description="A quick poll was made, changed, closed or called off.")
class QuickPollSuccess:
    poll: QuickPoll = strawberry.field(description="The poll as it is now.")

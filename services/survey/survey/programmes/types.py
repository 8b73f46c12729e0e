"""How the graph shows programmes, waves and participation."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

import strawberry

from kit import db
from kit.graphql import After, Connection, First, Info, Window, foreign_cursor, parse_id, window
from survey.collection.types import SurveyCollector
from survey.programmes.service import participation as counted
from survey.programmes.service import reading
from survey.questionnaires.types import QuestionnaireVersion
from survey.results.fields import WaveReleases
from survey.units.types import Unit


@strawberry.type(description="How many people of a unit's part of a wave took part, by a daily snapshot.")
class SurveyParticipation:
    expected: int = strawberry.field(description="People in the response groups of this part, when the wave opened.")
    answered: int | None = strawberry.field(
        description="Answers, to the nearest 5 in each group; null before a snapshot."
    )
    rate: float | None = strawberry.field(description="Answers per person expected, at most 1.")
    day: date | None = strawberry.field(description="The day of the snapshot; never live.")

    @classmethod
    def of(cls, found: counted.Participation | None) -> "SurveyParticipation | None":
        """Show a participation."""
        if found is None:
            return None
        return cls(expected=found.expected, answered=found.answered, rate=found.rate, day=found.day)


@strawberry.type(description="Why a wave whose time has come is not open yet.")
class SurveyWaveProblem:
    code: str = strawberry.field(description="Stable name of the problem, for programs.")
    message: str = strawberry.field(description="What is in the way, for people, in the language they asked for.")


@strawberry.federation.type(keys=["id"], description="One round of a survey programme.")
class SurveyWave(WaveReleases):
    id: strawberry.ID = strawberry.field(description="The wave's id.")
    number: int = strawberry.field(description="1 for a programme's first wave, then 2, 3, ….")
    state: str = strawberry.field(description="`planned`, `open` or `closed`.")
    opens_at: datetime = strawberry.field(description="When it opens, or opened.")
    closes_at: datetime = strawberry.field(description="When it closes, or closed.")
    frozen_at: datetime | None = strawberry.field(description="When its frame was frozen; null while it is planned.")
    tree_version: int | None = strawberry.field(description="The version of the union's tree in its frame.")
    programme_id: strawberry.Private[UUID]
    version_id: strawberry.Private[UUID | None]
    reached_from: strawberry.Private[UUID | None]
    problem: strawberry.Private[db.Record]

    @strawberry.field(
        description="Why it could not be opened when its time had come; it is tried again every minute. Null when "
        "nothing is in the way, and as soon as it is open."
    )
    def opening_problem(self, info: Info) -> SurveyWaveProblem | None:
        if self.problem["problem_code"] is None:
            return None
        message = self.problem[f"problem_{info.context.language}"]
        return SurveyWaveProblem(code=self.problem["problem_code"], message=message)

    @strawberry.field(description="The programme it belongs to.")
    async def programme(self, info: Info) -> "SurveyProgramme | None":
        row = await info.context.loaders.programme.load((info.context.caller, self.programme_id))
        return SurveyProgramme.of(row) if row else None

    @strawberry.field(description="The questionnaire version it asks; null while it is planned.")
    async def questionnaire_version(self, info: Info) -> QuestionnaireVersion | None:
        return await QuestionnaireVersion.asked(info, self.version_id)

    @strawberry.field(
        description="The addresses of its form: the whole wave's once it is open; of groups for the owner's staff."
    )
    async def collectors(self, info: Info, first: First = 20, after: After = None) -> Connection[SurveyCollector]:
        asked = window(first, after, str, str)
        rows = await reading.collectors(info.context.caller, UUID(self.id), asked)
        return asked.page(rows, SurveyCollector.of, key=lambda row: (row["path"] or "", row["code"]))

    @strawberry.field(
        description="Who took part in a unit's part of the wave. For the unit's contributors, editors and analysts; "
        "null for others, and where the unit's people are pooled with other units'."
    )
    async def participation(
        self,
        info: Info,
        unit: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="A unit; by default the one this wave was reached from, else the target."),
        ] = None,
    ) -> SurveyParticipation | None:
        unit_id = parse_id(unit, "unit") if unit else self.reached_from
        found = await info.context.loaders.participation.load((info.context.caller, UUID(self.id), unit_id))
        return SurveyParticipation.of(found)

    @classmethod
    def of(cls, row: db.Record, reached_from: UUID | None = None) -> "SurveyWave":
        """Show a wave."""
        return cls(
            id=strawberry.ID(str(row["id"])),
            number=row["number"],
            state=row["state"],
            opens_at=row["opens_at"],
            closes_at=row["closes_at"],
            frozen_at=row["frozen_at"],
            tree_version=row["tree_version"],
            programme_id=row["programme_id"],
            version_id=row["questionnaire_version_id"],
            reached_from=reached_from,
            problem=row,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> "SurveyWave | None":
        """Return a wave that the caller may see."""
        row = await info.context.loaders.wave.load((info.context.caller, parse_id(id, "survey wave")))
        return cls.of(row) if row else None


def wave_window(first: int, after: str | None) -> Window:
    """Check which part of a list of waves is asked for; InvalidInput for a cursor of another list."""
    asked = window(first, after, str, str)
    if asked.after is None:
        return asked
    try:
        opens_at, wave_id = datetime.fromisoformat(asked.after[0]), UUID(asked.after[1])
        return Window(first, (opens_at.astimezone(UTC), wave_id))
    except (ValueError, OverflowError) as error:
        raise foreign_cursor() from error


def wave_page(asked: Window, rows: Sequence[db.Record], reached_from: UUID | None = None) -> Connection[SurveyWave]:
    """Return a page of waves, the latest first."""
    return asked.page(
        rows,
        lambda row: SurveyWave.of(row, reached_from),
        key=lambda row: (row["opens_at"].isoformat(), str(row["id"])),
    )


@strawberry.type(description="A survey that comes back by a rule.")
class SurveyProgramme:
    id: strawberry.ID = strawberry.field(description="The programme's id.")
    code: str = strawberry.field(description="Its stable code.")
    title_vi: str = strawberry.field(description="Its title in Vietnamese.")
    title_en: str = strawberry.field(description="Its title in English.")
    owner: Unit = strawberry.field(description="The unit that runs it.")
    target: Unit = strawberry.field(description="The unit whose people it asks, with all units below.")
    recurrence: str = strawberry.field(description="When waves begin: an RFC 5545 recurrence rule from `startsOn`.")
    starts_on: date = strawberry.field(description="The day from which the rule counts.")
    wave_days: int = strawberry.field(description="For how many days a wave is open.")
    minimum_base: int = strawberry.field(description="The fewest answers of which a result is shown.")

    @strawberry.field(description="Its waves, the latest first; planned ones for the owner's staff.")
    async def waves(self, info: Info, first: First = 20, after: After = None) -> Connection[SurveyWave]:
        asked = wave_window(first, after)
        key = (info.context.caller, UUID(self.id), asked)
        return wave_page(asked, await info.context.loaders.waves_of_programme.load(key))

    @classmethod
    def of(cls, row: db.Record) -> "SurveyProgramme":
        """Show a programme."""
        return cls(
            id=strawberry.ID(str(row["id"])),
            code=row["code"],
            title_vi=row["title_vi"],
            title_en=row["title_en"],
            owner=Unit(id=strawberry.ID(str(row["owner_unit_id"]))),
            target=Unit(id=strawberry.ID(str(row["target_unit_id"]))),
            recurrence=row["recurrence"],
            starts_on=row["starts_on"],
            wave_days=row["wave_days"],
            minimum_base=row["minimum_base"],
        )


@strawberry.input(description="A new survey programme.")
class CreateSurveyProgrammeInput:
    code: str = strawberry.field(description="A code of a–z, 0–9 and _, unique over all units.")
    title_vi: str = strawberry.field(description="Its title in Vietnamese.")
    title_en: str = strawberry.field(description="Its title in English.")
    owner_unit_id: strawberry.ID = strawberry.field(description="The unit that runs it.")
    target_unit_id: strawberry.ID = strawberry.field(description="The unit whose people it asks, within the owner.")
    questionnaire_id: strawberry.ID = strawberry.field(description="The questionnaire whose newest version is asked.")
    starts_on: date = strawberry.field(description="The day from which the rule counts.")
    recurrence: str = strawberry.field(
        default="FREQ=MONTHLY;INTERVAL=6", description="An RFC 5545 recurrence rule by week, month or year."
    )
    wave_days: int = strawberry.field(default=30, description="For how many days a wave is open, 1 to 366.")
    minimum_base: int = strawberry.field(
        default=10, description="The fewest answers of which a result is shown; 10 or more."
    )


@strawberry.type(description="A survey programme was started.")
class CreateSurveyProgrammeSuccess:
    programme: SurveyProgramme = strawberry.field(description="The programme.")


@strawberry.type(description="A wave was planned, opened or closed.")
class SurveyWaveSuccess:
    wave: SurveyWave = strawberry.field(description="The wave as it is now.")

"""How the graph shows programmes, waves and participation."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

import strawberry

from kit import db, settings
from kit.errors import InvalidInput
from kit.graphql import After, Connection, First, Info, Window, foreign_cursor, parse_id, window
from survey.collection.types import SurveyCollector
from survey.programmes.service import cadence as cadences
from survey.programmes.service import changing, planning, reading
from survey.programmes.service import participation as counted
from survey.programmes.service.authoring import check_first_day
from survey.questionnaires.types import QuestionnaireVersion
from survey.results.fields import WaveReleases
from survey.units.types import Unit


@strawberry.type(description="How many people of a unit's part of a wave took part, by a daily snapshot.")
class SurveyParticipation:
    expected: int = strawberry.field(description="People in the response groups of this part, when the wave opened.")
    answered: int | None = strawberry.field(
        description="Answers, to the nearest 5 in each group; null: not counted. Nobody having answered is 0."
    )
    rate: float | None = strawberry.field(description="Answers per person expected, at most 1.")
    day: date | None = strawberry.field(description="The day that the snapshot counts to its end; never live.")

    @classmethod
    def of(cls, found: counted.Participation) -> "SurveyParticipation":
        """Show a participation."""
        return cls(expected=found.expected, answered=found.answered, rate=found.rate, day=found.day)


@strawberry.type(description="How many people of a response group took part, by a daily snapshot.")
class SurveyGroupParticipation:
    name_vi: str | None = strawberry.field(
        description="The group's name in Vietnamese; null: those who answered by the link of the whole wave."
    )
    name_en: str | None = strawberry.field(
        description="The group's name in English; null: those who answered by the link of the whole wave."
    )
    expected: int | None = strawberry.field(
        description="People in the group when the wave opened; null where there is no group."
    )
    answered: int | None = strawberry.field(description="Answers, to the nearest 5; null before a snapshot.")
    rate: float | None = strawberry.field(description="Answers per person expected, at most 1.")
    day: date | None = strawberry.field(description="The day that the snapshot counts to its end; never live.")

    @classmethod
    def of(cls, found: counted.GroupParticipation) -> "SurveyGroupParticipation":
        """Show a group's participation."""
        return cls(
            name_vi=found.name_vi,
            name_en=found.name_en,
            expected=found.expected,
            answered=found.answered,
            rate=found.rate,
            day=found.day,
        )


@strawberry.type(description="That a wave closes later than was first said.")
class SurveyWaveExtension:
    closed_first: datetime = strawberry.field(description="When it was to close at first.")
    reason: str = strawberry.field(description="Why it closes later, in its staff's words.")


@strawberry.type(description="Why a wave whose time has come is not open yet.")
class SurveyWaveProblem:
    code: str = strawberry.field(description="Stable name of the problem, for programs.")
    message: str = strawberry.field(description="What is in the way, for people, in the language they asked for.")


@strawberry.federation.type(keys=["id"], description="One round of a survey programme.")
class SurveyWave(WaveReleases):
    id: strawberry.ID = strawberry.field(description="The wave's id.")
    number: int = strawberry.field(
        description="1 for the wave that was planned first, then 2, 3, …; a cancelled one keeps its number."
    )
    state: str = strawberry.field(description="`planned`, `open`, `closed`, or `cancelled` before it was ever open.")
    opens_at: datetime = strawberry.field(description="When it opens, or opened.")
    closes_at: datetime = strawberry.field(description="When it closes, or closed.")
    frozen_at: datetime | None = strawberry.field(description="When its frame was frozen; null while it is planned.")
    tree_version: int | None = strawberry.field(description="The version of the union's tree in its frame.")
    ways: list[str] = strawberry.field(
        description="How people answer: some of `open_link`, `slip`, `credential` and `paper`."
    )
    extension: SurveyWaveExtension | None = strawberry.field(description="That it closes later than was first said.")
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
        description="The page with what a unit needs to call its people to the wave: poster, QR code, texts, a "
        "loudspeaker script. Opens for the unit's contributors; null when the wave is over."
    )
    def kit_url(
        self, unit: Annotated[strawberry.ID, strawberry.argument(description="The unit whose people are called.")]
    ) -> str | None:
        if self.state not in ("planned", "open"):
            return None
        return f"{settings.current().public_url}/results/kit/{self.id}?unit={parse_id(unit, 'unit')}"

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
        return SurveyParticipation.of(found) if found else None

    @strawberry.field(
        description="Who took part in a unit's part of the wave, day by day from its first one to the last that has "
        "ended. A day on which nothing was counted has `answered` null. Visible as `participation` is."
    )
    async def participation_by_day(
        self,
        info: Info,
        unit: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="A unit; by default the one this wave was reached from, else the target."),
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[SurveyParticipation] | None:
        asked = _day_window(first, after)
        unit_id = parse_id(unit, "unit") if unit else self.reached_from
        key = (info.context.caller, UUID(self.id), unit_id, asked)
        found = await info.context.loaders.participation_by_day.load(key)
        if found is None:
            return None
        return asked.page(found, SurveyParticipation.of, key=lambda row: (str(row.day),))

    @strawberry.field(
        description="Who took part, by response group, in the order of the tree. For editors and analysts of the "
        "owner unit; null for others, and before the opening."
    )
    async def participation_by_group(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[SurveyGroupParticipation] | None:
        asked = window(first, after, str, str)
        key = (info.context.caller, UUID(self.id), asked)
        found = await info.context.loaders.participation_by_group.load(key)
        if found is None:
            return None
        return asked.page(found, SurveyGroupParticipation.of, key=lambda row: (row.path, str(row.id or "")))

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
            ways=row["ways"],
            extension=_extension(row),
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


def _extension(row: db.Record) -> SurveyWaveExtension | None:
    if row["extended_from"] is None:
        return None
    return SurveyWaveExtension(closed_first=row["extended_from"], reason=row["extension_reason"])


def _day_window(first: int, after: str | None) -> Window:
    asked = window(first, after, str)
    if asked.after is None:
        return asked
    try:
        return Window(first, (date.fromisoformat(asked.after[0]),))
    except ValueError as error:
        raise foreign_cursor() from error


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


@strawberry.type(description="How often a survey asks: a rule, the days it gives, and what it means.")
class SurveyCadence:
    recurrence: str = strawberry.field(description="The RFC 5545 recurrence rule, in its one spelling.")
    code: str | None = strawberry.field(description="Its name among `surveyCadencePresets`; null: made by hand.")
    words_vi: str = strawberry.field(description="What the rule means, in Vietnamese.")
    words_en: str = strawberry.field(description="What the rule means, in English.")
    starts_on: strawberry.Private[date]

    @strawberry.field(description="The next days on which waves begin by the rule.")
    def days(
        self,
        count: Annotated[int, strawberry.argument(description="How many, 1 to 50.")] = 6,
        since: Annotated[
            date | None, strawberry.argument(description="From which day on; by default from the rule's first day on.")
        ] = None,
    ) -> list[date]:
        if not 1 <= count <= 50:
            raise InvalidInput("count", "phải từ 1 đến 50", "must be between 1 and 50")
        return cadences.next_days(self.recurrence, self.starts_on, count, since or self.starts_on)

    @classmethod
    def of(cls, recurrence: str, starts_on: date) -> "SurveyCadence":
        """Show a checked rule from its first day."""
        words, preset = cadences.in_words(recurrence, starts_on), cadences.preset_named(recurrence, starts_on)
        return cls(
            recurrence=recurrence,
            code=preset.code if preset else None,
            words_vi=words.vi,
            words_en=words.en,
            starts_on=starts_on,
        )


@strawberry.type(description="A rule that has a name, to choose from.")
class SurveyCadencePreset:
    code: str = strawberry.field(description="Its stable name, for `cadence` when a programme is started or changed.")
    name_vi: str = strawberry.field(description="Its name for people in Vietnamese.")
    name_en: str = strawberry.field(description="Its name for people in English.")
    is_default: bool = strawberry.field(description="Whether a programme has it unless told otherwise.")
    preset: strawberry.Private[cadences.Preset]

    @strawberry.field(description="What it gives from a first day on.")
    def cadence(
        self, starts_on: Annotated[date, strawberry.argument(description="The day from which the rule counts.")]
    ) -> SurveyCadence:
        check_first_day(starts_on)
        return SurveyCadence.of(self.preset.rule(starts_on), starts_on)

    @classmethod
    def of(cls, preset: cadences.Preset) -> "SurveyCadencePreset":
        """Show a preset."""
        return cls(
            code=preset.code,
            name_vi=preset.name_vi,
            name_en=preset.name_en,
            is_default=preset == cadences.TWICE_A_YEAR,
            preset=preset,
        )


@strawberry.type(description="A survey that comes back by a rule.")
class SurveyProgramme:
    id: strawberry.ID = strawberry.field(description="The programme's id.")
    code: str = strawberry.field(description="Its stable code.")
    kind: str = strawberry.field(
        description="`survey`; or `poll`: a quick poll's, which asks once, has ended from its start and is not listed."
    )
    title_vi: str = strawberry.field(description="Its title in Vietnamese.")
    title_en: str = strawberry.field(description="Its title in English.")
    owner: Unit = strawberry.field(description="The unit that runs it.")
    target: Unit = strawberry.field(description="The unit whose people it asks, with all units below.")
    recurrence: str = strawberry.field(description="When waves begin: an RFC 5545 recurrence rule from `startsOn`.")
    starts_on: date = strawberry.field(description="The day from which the rule counts.")
    wave_days: int = strawberry.field(description="For how many days a wave is open.")
    minimum_base: int = strawberry.field(description="The fewest answers of which a result is shown.")
    ways: list[str] = strawberry.field(
        description="How people answer its waves unless a wave says otherwise: some of `open_link`, `slip`, "
        "`credential` and `paper`."
    )
    state: str = strawberry.field(
        description="`active`; `paused`, while nothing opens; or `ended`, for good. Open waves go on in any case."
    )

    @strawberry.field(description="How often it asks, in plain words and in days.")
    def cadence(self) -> SurveyCadence:
        return SurveyCadence.of(self.recurrence, self.starts_on)

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
            kind=row["kind"],
            title_vi=row["title_vi"],
            title_en=row["title_en"],
            owner=Unit(id=strawberry.ID(str(row["owner_unit_id"]))),
            target=Unit(id=strawberry.ID(str(row["target_unit_id"]))),
            recurrence=row["recurrence"],
            starts_on=row["starts_on"],
            wave_days=row["wave_days"],
            minimum_base=row["minimum_base"],
            ways=row["ways"],
            state=row["state"],
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
    cadence: str | None = strawberry.field(
        default=None,
        description="One of `surveyCadencePresets` by its code; twice a year when there is no rule either.",
    )
    recurrence: str | None = strawberry.field(
        default=None,
        description="Instead of `cadence`: an RFC 5545 recurrence rule of days by week, month or year.",
    )
    wave_days: int = strawberry.field(default=30, description="For how many days a wave is open, 1 to 366.")
    minimum_base: int = strawberry.field(
        default=10, description="The fewest answers of which a result is shown; 10 or more."
    )
    ways: list[str] = strawberry.field(
        default_factory=lambda: ["open_link"],
        description="How people answer: at least one of `open_link`, `slip`, `credential` and `paper`.",
    )


@strawberry.type(description="A survey programme was started.")
class CreateSurveyProgrammeSuccess:
    programme: SurveyProgramme = strawberry.field(description="The programme.")


@strawberry.input(description="What is to be different about a survey programme; what is left out stays.")
class ChangeSurveyProgrammeInput:
    id: strawberry.ID = strawberry.field(description="The programme's id.")
    title_vi: str | None = strawberry.field(default=None, description="Its title in Vietnamese.")
    title_en: str | None = strawberry.field(default=None, description="Its title in English.")
    cadence: str | None = strawberry.field(default=None, description="The code of one of `surveyCadencePresets`.")
    recurrence: str | None = strawberry.field(
        default=None, description="Instead of `cadence`: an RFC 5545 recurrence rule of days by week, month or year."
    )
    starts_on: date | None = strawberry.field(default=None, description="The day from which the rule counts.")
    wave_days: int | None = strawberry.field(default=None, description="For how many days a wave is open, 1 to 366.")
    ways: list[str] | None = strawberry.field(
        default=None, description="How people answer: at least one of `open_link`, `slip`, `credential` and `paper`."
    )
    minimum_base: int | None = strawberry.field(
        default=None, description="The fewest answers of which a result is shown; it can only be raised."
    )
    state: str | None = strawberry.field(
        default=None, description="`paused`, `active` to resume, or `ended`, for good, which cancels what is planned."
    )


@strawberry.type(description="What a change of a programme does to one of its planned waves.")
class SurveyPlannedWaveEffect:
    change: str = strawberry.field(description="`kept`, `moved`, `planned` (it is new) or `cancelled`.")
    number: int = strawberry.field(description="The wave's number.")
    opens_at: datetime = strawberry.field(description="When it opens, or would have opened.")
    closes_at: datetime = strawberry.field(description="When it closes, or would have closed.")
    opens_at_before: datetime | None = strawberry.field(description="When it was to open before; null: it is new.")
    closes_at_before: datetime | None = strawberry.field(description="When it was to close before; null: it is new.")

    @classmethod
    def of(cls, effect: planning.Effect) -> "SurveyPlannedWaveEffect":
        """Show an effect."""
        opened, closed = effect.before or (None, None)
        return cls(
            change=effect.change,
            number=effect.wave.number,
            opens_at=effect.wave.opens_at,
            closes_at=effect.wave.closes_at,
            opens_at_before=opened,
            closes_at_before=closed,
        )


@strawberry.type(description="A survey programme was changed, or would be.")
class ChangeSurveyProgrammeSuccess:
    programme: SurveyProgramme = strawberry.field(description="The programme with the change.")
    planned_waves: list[SurveyPlannedWaveEffect] = strawberry.field(
        description="What becomes of its planned waves: those that its rule has planned, and when it ends all of them."
    )

    @classmethod
    def of(cls, changed: changing.Changed) -> "ChangeSurveyProgrammeSuccess":
        """Show a change."""
        return cls(
            programme=SurveyProgramme.of(changed.programme),
            planned_waves=[SurveyPlannedWaveEffect.of(effect) for effect in changed.effects],
        )


@strawberry.type(description="A wave was planned, changed, cancelled, opened, extended or closed.")
class SurveyWaveSuccess:
    wave: SurveyWave = strawberry.field(description="The wave as it is now.")

"""The life of a wave: planned, moved or cancelled, opened with a frozen frame, extended, closed for good."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, time
from uuid import UUID

from kit import db
from kit.calendar import VIETNAM
from kit.errors import DomainError, InvalidInput
from kit.identity import SYSTEM, Caller
from survey.audit.service import tell_of_wave
from survey.calendar import FURTHEST, now
from survey.collection.service import add_collectors
from survey.programmes.models import Programme, Wave
from survey.programmes.service.authoring import (
    LONGEST_POLL,
    LONGEST_WAVE,
    SurveyProgrammeEnded,
    SurveyProgrammePaused,
    SurveyTargetClosed,
    checked_ways,
    editable_programme,
    editable_wave,
    programme_of_wave,
)
from survey.programmes.service.frame import freeze
from survey.programmes.service.planning import add_wave, cancel, give_ways, lock, save, times_of
from survey.programmes.service.telling import tell
from survey.questionnaires.service import newest_published
from survey.units.news import SurveyTreeUnsettled, current_position, hold
from survey.units.service import path_on, tree_version

log = logging.getLogger("survey.programmes")

# Org tells of a day's changes within the first minutes of it: see survey.units.news.
EARLIEST = time(0, 5)


class SurveyWaveNotPlanned(DomainError):
    """Only a planned wave can be opened; a closed one stays closed."""

    code = "SURVEY_WAVE_NOT_PLANNED"
    vi = "Đợt khảo sát không còn ở trạng thái dự kiến."
    en = "The wave is not planned any more."


class SurveyWaveNotOpen(DomainError):
    """Only an open wave can be closed."""

    code = "SURVEY_WAVE_NOT_OPEN"
    vi = "Đợt khảo sát không đang mở."
    en = "The wave is not open."


class QuestionnaireNotPublished(DomainError):
    """The programme's questionnaire has no published version that could be asked."""

    code = "QUESTIONNAIRE_NOT_PUBLISHED"
    vi = "Phiếu hỏi của chương trình chưa có phiên bản nào được công bố."
    en = "The programme's questionnaire has no published version."


async def plan_wave(
    caller: Caller, programme_id: UUID, *, opens_at: datetime, closes_at: datetime, ways: Sequence[str] | None = None
) -> Wave:
    """Plan one more wave, besides those of the programme's rule. Needs an editor of the owner unit.

    It is answered in the programme's ways unless others are named.
    """
    programme = await editable_programme(caller, programme_id)
    if programme.state == "ended":
        raise SurveyProgrammeEnded()
    _check_times(programme, opens_at, closes_at)
    return await add_wave(caller, programme, opens_at, closes_at, ways=None if ways is None else checked_ways(ways))


async def change_wave(
    caller: Caller,
    wave_id: UUID,
    *,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
    ways: Sequence[str] | None = None,
) -> Wave:
    """Give a planned wave another time or other ways to answer; what is None stays. Needs an editor of the owner unit.

    A wave that was moved by hand does not follow the rule any more.
    """
    async with db.transaction():
        wave, programme = await _planned_wave(caller, wave_id)
        if opens_at is not None or closes_at is not None:
            before = times_of(wave)
            wave.opens_at, wave.closes_at = opens_at or wave.opens_at, closes_at or wave.closes_at
            _check_times(programme, wave.opens_at, wave.closes_at)
            wave.is_fixed = True
            wave.problem_code = wave.problem_vi = wave.problem_en = None
            await save(wave, "opens_at", "closes_at", "is_fixed", "problem_code", "problem_vi", "problem_en")
            await tell("wave.moved", wave.id)
            await tell_of_wave(caller, "wave.moved", wave.id, before, times_of(wave))
        if ways is not None:
            await give_ways(caller, wave, checked_ways(ways))
        return wave


async def cancel_wave(caller: Caller, wave_id: UUID) -> Wave:
    """Cancel a planned wave, for good: the rule plans no other for its day. Needs an editor of the owner unit."""
    async with db.transaction():
        wave, _ = await _planned_wave(caller, wave_id)
        return (await cancel(caller, wave, keep_day=True)).wave


async def _planned_wave(caller: Caller, wave_id: UUID) -> tuple[Wave, Programme]:
    # The programme before the wave, as whoever plans by its rule does: else two could wait for each other.
    await lock(await programme_of_wave(caller, wave_id))
    wave, programme = await editable_wave(caller, wave_id)
    if wave.state != "planned":
        raise SurveyWaveNotPlanned()
    return wave, programme


def _check_times(programme: Programme, opens_at: datetime, closes_at: datetime) -> None:
    for field, moment in (("opensAt", opens_at), ("closesAt", closes_at)):
        if moment.tzinfo is None:
            raise InvalidInput(field, "thiếu múi giờ", "lacks a time zone")
        if abs(moment - now()) > FURTHEST:
            raise InvalidInput(field, "cách hôm nay hơn mười năm", "is more than ten years away")
    if closes_at <= opens_at:
        raise InvalidInput("closesAt", "phải sau lúc mở", "must be after the opening")
    if closes_at <= now():
        raise InvalidInput("closesAt", "đã qua", "is in the past")
    _check_length(programme, opens_at, closes_at)


def _check_length(programme: Programme, opens_at: datetime, closes_at: datetime) -> None:
    longest = LONGEST_POLL if programme.kind == "poll" else LONGEST_WAVE
    if closes_at - opens_at > longest:
        days = longest.days
        raise InvalidInput("closesAt", f"đợt kéo dài quá {days} ngày", f"makes the wave longer than {days} days")


async def open_by_hand(caller: Caller, wave_id: UUID, clock: Callable[[], datetime] = now) -> Wave:
    """Open a planned wave now, as `open_wave` does, unless news of the tree are still on their way.

    Raises SurveyTreeUnsettled when they are, and until 00:05 Viet Nam time: what the day changes may not be told yet.
    """
    wave, _ = await editable_wave(caller, wave_id)
    if wave.state != "planned":
        raise SurveyWaveNotPlanned()
    return await open_settled(caller, wave_id, await current_position(), clock)


async def open_settled(
    caller: Caller, wave_id: UUID, position: int | None, clock: Callable[[], datetime] = now
) -> Wave:
    """Open a planned wave as `open_by_hand` does, when org's news are applied up to `position` and none came since."""
    async with db.transaction():
        moment = clock()
        if _is_early(moment):
            raise SurveyTreeUnsettled()
        await hold(position)
        return await _open(caller, wave_id, moment)


def _is_early(moment: datetime) -> bool:
    return moment.astimezone(VIETNAM).time() < EARLIEST


async def open_wave(caller: Caller, wave_id: UUID) -> Wave:
    """Open a planned wave now: freeze its questionnaire version, tree, groups and headcounts, and make its addresses.

    Needs an editor of the owner unit. The frame is that of the target on this day, as far as it is known here.
    """
    return await _open(caller, wave_id, now())


async def _open(caller: Caller, wave_id: UUID, moment: datetime) -> Wave:
    async with db.transaction():
        wave, programme = await editable_wave(caller, wave_id)
        if wave.state != "planned":
            raise SurveyWaveNotPlanned()
        if programme.state == "paused":
            raise SurveyProgrammePaused()
        if wave.closes_at <= moment:
            raise InvalidInput("id", "thời gian của đợt khảo sát đã qua", "the wave's time is over")
        version = await newest_published(programme.questionnaire_id)
        if version is None:
            raise QuestionnaireNotPublished()
        day = moment.astimezone(VIETNAM).date()
        target_path = await path_on(programme.target_unit_id, day)
        if target_path is None:
            raise SurveyTargetClosed()
        groups = await freeze(wave.id, target_path, day)
        await add_collectors(wave.id, groups, wave.ways)
        wave.state, wave.frozen_at, wave.tree_version = "open", moment, await tree_version()
        wave.opens_at, wave.questionnaire_version_id = min(wave.opens_at, moment), version.id
        wave.problem_code = wave.problem_vi = wave.problem_en = None
        opened = ("state", "frozen_at", "tree_version", "opens_at", "questionnaire_version_id")
        await save(wave, *opened, "problem_code", "problem_vi", "problem_en")
        await tell("wave.opened", wave.id)
        opened_with = {"opens_at": wave.opens_at, "questionnaire_version_id": version.id}
        opened_with |= {"tree_version": wave.tree_version, "groups": len(groups)}
        await tell_of_wave(caller, "wave.opened", wave.id, after=opened_with)
        return wave


async def extend_wave(caller: Caller, wave_id: UUID, *, closes_at: datetime, reason: str) -> Wave:
    """Let an open wave close later, and say why. Needs an editor of the owner unit.

    A wave is open for at most 366 days. SurveyWavesOverlap when it would run into the next one; SurveyWaveNotOpen also
    when its time is over and only the clock has not closed it yet: answers have been refused since.
    """
    async with db.transaction():
        wave, programme = await editable_wave(caller, wave_id)
        if wave.state != "open" or wave.closes_at <= now():
            raise SurveyWaveNotOpen()
        if closes_at.tzinfo is None:
            raise InvalidInput("closesAt", "thiếu múi giờ", "lacks a time zone")
        if closes_at <= wave.closes_at:
            raise InvalidInput("closesAt", "phải sau lúc đóng hiện nay", "must be after the present closing")
        _check_length(programme, wave.opens_at, closes_at)
        if not 0 < len(reason.strip()) <= 500 or "\0" in reason:
            raise InvalidInput("reason", "phải có từ 1 đến 500 ký tự", "must have 1 to 500 characters")
        closed_before, wave.closes_at = wave.closes_at, closes_at
        wave.extended_from, wave.extension_reason = wave.extended_from or closed_before, reason.strip()
        await save(wave, "closes_at", "extended_from", "extension_reason")
        await tell("wave.extended", wave.id, closed_before=closed_before)
        # Why is told to everybody, at the wave; what people write has no place in the trail.
        until = {"closes_at": closed_before}, {"closes_at": wave.closes_at}
        await tell_of_wave(caller, "wave.extended", wave.id, *until)
        return wave


async def close_wave(caller: Caller, wave_id: UUID) -> Wave:
    """Close an open wave now, for good. Needs an editor of the owner unit."""
    async with db.transaction():
        wave, _ = await editable_wave(caller, wave_id)
        if wave.state != "open":
            raise SurveyWaveNotOpen()
        wave.state, wave.closes_at = "closed", min(wave.closes_at, now())
        await save(wave, "state", "closes_at")
        await tell("wave.closed", wave.id)
        await tell_of_wave(caller, "wave.closed", wave.id, after={"closes_at": wave.closes_at})
        return wave


async def close_due() -> None:
    """Close the waves whose time is over."""
    for wave in await Wave.filter(state="open", closes_at__lte=now()):
        try:
            await close_wave(SYSTEM, wave.id)
        except DomainError as error:
            log.warning("wave %s stays open: %s", wave.id, error.message("en"))


async def open_due(position: int | None, clock: Callable[[], datetime] = now) -> None:
    """Open the waves whose time has come, from 00:05 Viet Nam time on, and when org's news are in.

    `position` is where that is so: see `survey.units.news.settled_position`. Why a wave can't be opened is noted on
    it, and it is tried again the next time.
    """
    moment = clock()
    for wave in await Wave.filter(state="planned", opens_at__lte=moment, closes_at__gt=moment):
        # Looked at for each: midnight may come while the ones before are being opened.
        moment = clock()
        if _is_early(moment):
            return
        try:
            async with db.transaction():
                await hold(position)
                await _open(SYSTEM, wave.id, moment)
        except DomainError as problem:
            await _note(wave, problem)


async def _note(wave: Wave, problem: DomainError) -> None:
    """Show a wave's staff why it could not be opened; the log tells it once and not every minute."""
    noted = await db.execute(
        """
        UPDATE wave SET problem_code = $2, problem_vi = $3, problem_en = $4
        WHERE id = $1 AND state = 'planned'
          AND (problem_code, problem_vi, problem_en) IS DISTINCT FROM ($2::text, $3::text, $4::text)
        """,
        wave.id,
        problem.code,
        problem.message("vi"),
        problem.message("en"),
    )
    if noted == "UPDATE 1":
        log.warning("wave %s stays planned: %s", wave.id, problem.message("en"))

"""The life of a wave: planned ahead by the programme's rule, opened with a frozen frame, closed for good."""

import logging
from collections.abc import Callable
from datetime import datetime, time, timedelta
from uuid import UUID, uuid4

from tortoise.exceptions import IntegrityError

from kit import db
from kit.calendar import VIETNAM
from kit.errors import DomainError, InvalidInput
from kit.identity import SYSTEM, Caller
from survey.calendar import FURTHEST, now, start_of
from survey.collection.service import add_collectors
from survey.programmes.models import Programme, Wave
from survey.programmes.service.authoring import SurveyTargetClosed, editable_programme, editable_wave
from survey.programmes.service.frame import freeze
from survey.programmes.service.recurrence import days_of
from survey.questionnaires.service import newest_published
from survey.units.news import hold
from survey.units.service import path_on, tree_version

log = logging.getLogger("survey.programmes")

PLANNED_AHEAD = 2

# Org tells of a day's changes within the first minutes of it: see survey.units.news.
EARLIEST = time(0, 5)


class SurveyWavesOverlap(DomainError):
    """The programme has another wave in this time."""

    code = "SURVEY_WAVES_OVERLAP"
    vi = "Chương trình đã có một đợt khảo sát trong khoảng thời gian này."
    en = "The programme has another wave in this time."


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


async def plan_wave(caller: Caller, programme_id: UUID, *, opens_at: datetime, closes_at: datetime) -> Wave:
    """Plan one more wave, besides those of the programme's rule. Needs an editor of the owner unit."""
    programme = await editable_programme(caller, programme_id)
    for field, moment in (("opensAt", opens_at), ("closesAt", closes_at)):
        if moment.tzinfo is None:
            raise InvalidInput(field, "thiếu múi giờ", "lacks a time zone")
        if abs(moment - now()) > FURTHEST:
            raise InvalidInput(field, "cách hôm nay hơn mười năm", "is more than ten years away")
    if closes_at <= opens_at:
        raise InvalidInput("closesAt", "phải sau lúc mở", "must be after the opening")
    if closes_at <= now():
        raise InvalidInput("closesAt", "đã qua", "is in the past")
    return await _add_wave(programme, opens_at, closes_at)


async def open_wave(caller: Caller, wave_id: UUID) -> Wave:
    """Open a planned wave now: freeze its questionnaire version, tree, groups and headcounts, and make its addresses.

    Needs an editor of the owner unit. The frame is that of the target on this day.
    """
    return await _open(caller, wave_id, now())


async def _open(caller: Caller, wave_id: UUID, moment: datetime) -> Wave:
    async with db.transaction():
        wave, programme = await editable_wave(caller, wave_id)
        if wave.state != "planned":
            raise SurveyWaveNotPlanned()
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
        await _save(wave, *opened, "problem_code", "problem_vi", "problem_en")
        return wave


async def close_wave(caller: Caller, wave_id: UUID) -> Wave:
    """Close an open wave now, for good. Needs an editor of the owner unit."""
    async with db.transaction():
        wave, _ = await editable_wave(caller, wave_id)
        if wave.state != "open":
            raise SurveyWaveNotOpen()
        wave.state, wave.closes_at = "closed", min(wave.closes_at, now())
        await _save(wave, "state", "closes_at")
        return wave


async def plan_ahead() -> None:
    """See to it that each programme has its next two waves planned by its rule."""
    async for programme in Programme.all():
        await _plan_next(programme)


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
        if moment.astimezone(VIETNAM).time() < EARLIEST:
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


async def _plan_next(programme: Programme) -> None:
    missing = PLANNED_AHEAD - await Wave.filter(programme_id=programme.id, state="planned", closes_at__gt=now()).count()
    last = await Wave.filter(programme_id=programme.id).order_by("-closes_at").first()
    for day in days_of(programme.recurrence, programme.starts_on):
        if missing <= 0:
            return
        opens_at, closes_at = start_of(day), start_of(day + timedelta(days=programme.wave_days))
        if closes_at <= now() or (last is not None and opens_at < last.closes_at):
            continue
        await _add_wave(programme, opens_at, closes_at)
        missing -= 1


async def _add_wave(programme: Programme, opens_at: datetime, closes_at: datetime) -> Wave:
    try:
        async with db.transaction():
            # Lock the programme, or two waves may take one number.
            await Programme.filter(id=programme.id).select_for_update().first()
            number = await Wave.filter(programme_id=programme.id).count() + 1
            wave = await Wave.create(
                id=uuid4(),
                programme_id=programme.id,
                number=number,
                opens_at=opens_at,
                closes_at=closes_at,
                ways=programme.ways,
            )
            await add_collectors(wave.id, [None], wave.ways)
            return wave
    except IntegrityError as error:
        if db.violated(error) == "wave_no_overlap":
            raise SurveyWavesOverlap() from error
        raise


async def _save(wave: Wave, *fields: str) -> None:
    try:
        async with db.transaction():
            await wave.save(update_fields=fields)
    except IntegrityError as error:
        if db.violated(error) == "wave_no_overlap":
            raise SurveyWavesOverlap() from error
        raise

"""The life of a wave: planned ahead by the programme's rule, opened with a frozen frame, closed for good."""

import logging
from collections.abc import Awaitable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from tortoise.exceptions import IntegrityError

from kit import db
from kit.calendar import VIETNAM
from kit.errors import DomainError, InvalidInput
from kit.identity import SYSTEM, Caller
from survey.calendar import FURTHEST, now, start_of
from survey.collection.service import add_collectors
from survey.programmes.models import Programme, Wave
from survey.programmes.service.authoring import editable_programme, editable_wave
from survey.programmes.service.frame import freeze
from survey.programmes.service.recurrence import days_of
from survey.questionnaires.service import newest_published
from survey.units.service import path_of, tree_version

log = logging.getLogger("survey.programmes")

PLANNED_AHEAD = 2


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

    Needs an editor of the owner unit.
    """
    async with db.transaction():
        wave, programme = await editable_wave(caller, wave_id)
        moment = now()
        if wave.state != "planned":
            raise SurveyWaveNotPlanned()
        if wave.closes_at <= moment:
            raise InvalidInput("id", "thời gian của đợt khảo sát đã qua", "the wave's time is over")
        version = await newest_published(programme.questionnaire_id)
        if version is None:
            raise QuestionnaireNotPublished()
        target_path = await path_of(programme.target_unit_id)
        groups = await freeze(wave.id, target_path, moment.astimezone(VIETNAM).date())
        await add_collectors(wave.id, groups)
        wave.state, wave.frozen_at, wave.tree_version = "open", moment, await tree_version()
        wave.opens_at, wave.questionnaire_version_id = min(wave.opens_at, moment), version.id
        await _save(wave, "state", "frozen_at", "tree_version", "opens_at", "questionnaire_version_id")
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


async def turn_waves() -> None:
    """Open and close the waves whose time has come. One that can't be opened is logged, and tried again next time."""
    moment = now()
    for wave in await Wave.filter(state="open", closes_at__lte=moment):
        await _try(close_wave(SYSTEM, wave.id), wave)
    for wave in await Wave.filter(state="planned", opens_at__lte=moment, closes_at__gt=moment):
        await _try(open_wave(SYSTEM, wave.id), wave)


async def _try(turn: Awaitable[Wave], wave: Wave) -> None:
    try:
        await turn
    except DomainError as error:
        log.warning("wave %s stays %s: %s", wave.id, wave.state, error.message("en"))


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
                id=uuid4(), programme_id=programme.id, number=number, opens_at=opens_at, closes_at=closes_at
            )
            await add_collectors(wave.id, [None])
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

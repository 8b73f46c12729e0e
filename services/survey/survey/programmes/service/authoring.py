"""Starting a programme, and saying who may touch one."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import get_args
from uuid import UUID, uuid4

from kit import db
from kit.calendar import today
from kit.errors import DomainError, InvalidInput, NotFound
from kit.identity import Caller
from kit.paths import is_within
from survey.audit.service import tell_of_programme
from survey.calendar import FURTHEST
from survey.collection.service import Way
from survey.programmes.models import Programme, Wave
from survey.programmes.service.cadence import chosen_rule
from survey.programmes.service.recurrence import checked_rule
from survey.questionnaires.definition import is_code
from survey.questionnaires.models import Questionnaire
from survey.units.service import path_of, path_on

LONGEST_WAVE = timedelta(days=366)
LONGEST_POLL = timedelta(days=31)


class SurveyProgrammeCodeTaken(DomainError):
    """Another programme has this code; codes are unique over all units."""

    code = "SURVEY_PROGRAMME_CODE_TAKEN"
    vi = "Đã có chương trình khảo sát mang mã “{programme_code}”."
    en = "There is a survey programme with the code “{programme_code}” already."


class SurveyOwnerClosed(DomainError):
    """The unit that is to run the programme has closed."""

    code = "SURVEY_OWNER_CLOSED"
    vi = "Đơn vị chủ trì đã kết thúc hoạt động."
    en = "The unit that is to run the programme has closed."


class SurveyTargetClosed(DomainError):
    """The unit whose people are to be asked has closed: nobody belongs to it any more."""

    code = "SURVEY_TARGET_CLOSED"
    vi = "Đơn vị được khảo sát đã kết thúc hoạt động."
    en = "The unit whose people are to be asked has closed."


class SurveyProgrammeEnded(DomainError):
    """The programme has ended, for good."""

    code = "SURVEY_PROGRAMME_ENDED"
    vi = "Chương trình khảo sát đã kết thúc."
    en = "The survey programme has ended."


class SurveyProgrammePaused(DomainError):
    """The programme is paused: no wave opens until it is resumed."""

    code = "SURVEY_PROGRAMME_PAUSED"
    vi = "Chương trình khảo sát đang tạm dừng; tiếp tục chương trình rồi mới mở đợt được."
    en = "The survey programme is paused; resume it before a wave can open."


async def create_programme(
    caller: Caller,
    *,
    code: str,
    title_vi: str,
    title_en: str,
    owner_unit_id: UUID,
    target_unit_id: UUID,
    questionnaire_id: UUID,
    starts_on: date,
    recurrence: str | None = None,
    cadence: str | None = None,
    wave_days: int = 30,
    minimum_base: int = 10,
    ways: Sequence[str] = ("open_link",),
) -> Programme:
    """Start a programme. Needs an editor of the owner unit, within which the target lies; both exist today.

    It asks by a rule, or by one that has a name (`cadence`); twice a year when neither is given.
    """
    caller.require_someone()
    owner_path = await path_of(owner_unit_id)
    caller.require("editor", owner_path)
    if not is_within(await path_of(target_unit_id), owner_path):
        raise InvalidInput("targetUnitId", "phải thuộc đơn vị chủ trì", "must lie within the owner unit")
    if await path_on(owner_unit_id, today()) is None:
        raise SurveyOwnerClosed()
    if await path_on(target_unit_id, today()) is None:
        raise SurveyTargetClosed()
    if not await Questionnaire.filter(id=questionnaire_id).exists():
        raise NotFound("questionnaire", questionnaire_id)
    if not is_code(code):
        raise InvalidInput("code", "chỉ gồm a–z, 0–9 và _, bắt đầu bằng chữ", "takes a–z, 0–9 and _, a letter first")
    check_titles(title_vi, title_en)
    check_numbers(starts_on, wave_days, minimum_base)
    async with db.refusing({"programme_code_key": SurveyProgrammeCodeTaken(programme_code=code)}):
        programme = await Programme.create(
            id=uuid4(),
            code=code,
            title_vi=title_vi.strip(),
            title_en=title_en.strip(),
            owner_unit_id=owner_unit_id,
            target_unit_id=target_unit_id,
            questionnaire_id=questionnaire_id,
            recurrence=chosen_rule(recurrence, cadence, starts_on, wave_days),
            starts_on=starts_on,
            wave_days=wave_days,
            minimum_base=minimum_base,
            ways=checked_ways(ways),
        )
        await tell_of_programme(caller, "programme.created", programme.id, None, told_of(programme))
        return programme


def told_of(programme: Programme) -> dict[str, object]:
    """Return what the audit trail tells of a programme as it is."""
    names = ("code", "title_vi", "title_en", "owner_unit_id", "target_unit_id", "questionnaire_id", "recurrence")
    names += ("starts_on", "wave_days", "minimum_base", "ways", "state")
    return {name: getattr(programme, name) for name in names}


def previewed_rule(caller: Caller, recurrence: str, starts_on: date, wave_days: int) -> str:
    """Return a rule in its one spelling, or raise what `create_programme` would. Needs somebody who is signed in.

    It changes nothing and tells nothing of anybody; but a rule that never comes takes a while to find out.
    """
    caller.require_someone()
    check_numbers(starts_on, wave_days)
    return checked_rule(recurrence, starts_on, wave_days)


async def editable_programme(caller: Caller, programme_id: UUID) -> Programme:
    """Return a programme that the caller may change; else SignInRequired, NotFound or Forbidden."""
    caller.require_someone()
    programme = await Programme.filter(id=programme_id).first()
    if programme is None:
        raise NotFound("survey programme", programme_id)
    caller.require("editor", await path_of(programme.owner_unit_id))
    return programme


async def editable_wave(caller: Caller, wave_id: UUID) -> tuple[Wave, Programme]:
    """Return a wave, locked until the end of the transaction, and its programme, if the caller may change them."""
    programme = await programme_of_wave(caller, wave_id)
    return await Wave.filter(id=wave_id).select_for_update().get(), programme


async def programme_of_wave(caller: Caller, wave_id: UUID) -> Programme:
    """Return the programme of a wave, if the caller may change it; nothing is locked."""
    caller.require_someone()
    wave = await Wave.filter(id=wave_id).first()
    if wave is None:
        raise NotFound("survey wave", wave_id)
    return await editable_programme(caller, wave.programme_id)


def check_titles(title_vi: str, title_en: str) -> None:
    """Raise InvalidInput for a title that can't be shown."""
    for field, title in (("titleVi", title_vi), ("titleEn", title_en)):
        if not 0 < len(title.strip()) <= 200 or "\0" in title:
            raise InvalidInput(field, "phải có từ 1 đến 200 ký tự", "must have 1 to 200 characters")


def check_numbers(starts_on: date, wave_days: int, minimum_base: int = 10) -> None:
    """Raise InvalidInput for what no programme can run by."""
    if not 1 <= wave_days <= LONGEST_WAVE.days:
        raise InvalidInput("waveDays", "phải từ 1 đến 366", "must be between 1 and 366")
    if not 10 <= minimum_base <= 10_000:
        raise InvalidInput("minimumBase", "phải từ 10 đến 10000", "must be between 10 and 10000")
    check_first_day(starts_on)


def check_first_day(starts_on: date) -> None:
    """Raise InvalidInput for a day from which nobody counts."""
    if abs(starts_on - today()) > FURTHEST:
        raise InvalidInput("startsOn", "cách hôm nay hơn mười năm", "is more than ten years away")


def checked_ways(ways: Sequence[str]) -> list[Way]:
    """Return ways to answer, each once and in their one order; InvalidInput for none or an unknown one."""
    found = [way for way in get_args(Way) if way in ways]
    if not found or len(set(ways)) != len(found):
        known = ", ".join(get_args(Way))
        raise InvalidInput("ways", f"phải có ít nhất một trong: {known}", f"takes at least one of: {known}")
    return found

"""Quick polls: made in one go, answered and counted as a wave is, closed on time, told once they are over.

A poll is a questionnaire of one question, a programme that has ended from its start, and that programme's only wave.
So everything that keeps answers apart from people is the wave's, and nothing of it is written a second time.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Literal
from uuid import UUID, uuid4

from kit import db
from kit.calendar import VIETNAM, today
from kit.errors import DomainError, InvalidInput, NotFound
from kit.identity import SYSTEM, Caller
from kit.jobs import enqueue
from survey.audit.service import tell_of_wave
from survey.calendar import now
from survey.collection.service import ALPHABET
from survey.polls.origins import checked_origins
from survey.polls.question import Bilingual, PollQuestion, checked_question, poll_definition
from survey.programmes.models import Programme, Wave
from survey.programmes.service import frame, planning, waves
from survey.programmes.service.authoring import LONGEST_POLL, SurveyTargetClosed
from survey.questionnaires import service as questionnaires
from survey.results.jobs import release_requested
from survey.results.readiness import AnswersNotMixed, NothingNew
from survey.results.service import ReleaseUnderWay, request_release
from survey.units.news import SurveyTreeUnsettled, current_position
from survey.units.service import path_of, path_on

SHORTEST = timedelta(hours=1)
FURTHEST_AHEAD = timedelta(days=60)
# The table has so many places, and so many turns a day, for each unit.
MOST_RUNNING = 5
MOST_A_DAY = 10
# Results asked for in one run of the job.
_AT_ONCE = 50
# It asks once, on the day from which its rule counts.
_ONCE = "FREQ=DAILY;COUNT=1"


class TooManyQuickPolls(DomainError):
    """The unit has as many polls as it may have at one time, or make on one day."""

    code = "TOO_MANY_QUICK_POLLS"
    vi = "Mỗi đơn vị có nhiều nhất {running} cuộc hỏi nhanh chưa kết thúc, và tạo nhiều nhất {a_day} cuộc một ngày."
    en = "A unit has at most {running} quick polls that are not over, and makes at most {a_day} on a day."


@dataclass(frozen=True, slots=True)
class NewPoll:
    """A poll as its maker wants it; it opens at once when `opens_at` is None."""

    unit_id: UUID
    question: PollQuestion
    closes_at: datetime
    opens_at: datetime | None = None
    allowed_origins: Sequence[str] = ()


async def create_poll(caller: Caller, poll: NewPoll, clock: Callable[[], datetime] = now) -> UUID:
    """Make a poll among all people of a unit and of those below it; return its id. Needs a contributor of the unit.

    It opens at once, or at its time; or, while news of the union's tree are on their way, within minutes of when they
    are in. Raises what would keep its wave from opening today: SurveyTargetClosed, SurveyTargetTooSmall, UnknownCode.
    """
    caller.require_someone()
    caller.require("contributor", await path_of(poll.unit_id))
    question, origins = checked_question(poll.question), checked_origins(poll.allowed_origins)
    opens_at = _checked_times(poll.opens_at, poll.closes_at)
    target_path = await path_on(poll.unit_id, today())
    if target_path is None:
        raise SurveyTargetClosed()
    position = await current_position() if poll.opens_at is None else None
    async with db.transaction():
        taken = await _take_place(poll.unit_id)
        await frame.check(target_path, today())
        wave = await _plan(replace(poll, question=question), opens_at)
        await db.execute(
            "INSERT INTO quick_poll (id, unit_id, wave_id, made_on, turn, place, allowed_origins)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            taken.id,
            poll.unit_id,
            wave.id,
            today(),
            taken.turn,
            taken.place,
            origins,
        )
        made = {"poll_id": taken.id, "kind": question.kind, "opens_at": opens_at, "closes_at": poll.closes_at}
        await tell_of_wave(caller, "poll.made", wave.id, after={**made, "allowed_origins": origins})
        if poll.opens_at is None:
            await _open_now(wave, position, clock)
        return taken.id


async def close_poll(caller: Caller, poll_id: UUID) -> None:
    """Close an open poll now, for good, or call off one that is not open yet. Needs a contributor of its unit.

    SurveyWaveNotOpen when it is over already.
    """
    caller.require_someone()
    poll = await db.row("SELECT unit_id, wave_id FROM quick_poll WHERE id = $1", poll_id)
    if poll is None:
        raise NotFound("quick poll", poll_id)
    caller.require("contributor", await path_of(poll["unit_id"]))
    async with db.transaction():
        try:
            await waves.cancel_wave(SYSTEM, poll["wave_id"])
        except waves.SurveyWaveNotPlanned:
            await waves.close_wave(SYSTEM, poll["wave_id"])
        await tell_of_wave(caller, "poll.closed", poll["wave_id"])


async def change_origins(caller: Caller, poll_id: UUID, origins: Sequence[str]) -> None:
    """Let other websites show a poll within theirs, these alone, also its result. Needs a contributor of its unit."""
    caller.require_someone()
    async with db.transaction():
        poll = await db.row(
            "SELECT unit_id, wave_id, allowed_origins FROM quick_poll WHERE id = $1 FOR UPDATE", poll_id
        )
        if poll is None:
            raise NotFound("quick poll", poll_id)
        caller.require("contributor", await path_of(poll["unit_id"]))
        allowed = checked_origins(origins)
        if allowed == poll["allowed_origins"]:
            return
        await db.execute("UPDATE quick_poll SET allowed_origins = $2 WHERE id = $1", poll_id, allowed)
        before = {"allowed_origins": poll["allowed_origins"]}
        await tell_of_wave(caller, "poll.origins_changed", poll["wave_id"], before, {"allowed_origins": allowed})


async def ask_for_results() -> None:
    """Have the results of polls that are over made and published, once their answers are mixed.

    Too few answers stay untold for good: none come after the end.
    """
    over = await db.rows(
        """
        SELECT q.wave_id FROM quick_poll q JOIN wave w ON w.id = q.wave_id JOIN unit u ON u.id = q.unit_id
        WHERE q.outcome IS NULL AND w.state = 'closed' AND NOT EXISTS (SELECT FROM inbox i WHERE i.wave_id = w.id)
        ORDER BY w.closes_at LIMIT $1
        """,
        _AT_ONCE,
    )
    for row in over:
        await _ask_for_result(row["wave_id"])


async def _ask_for_result(wave_id: UUID) -> None:
    async with db.transaction():
        try:
            request = await request_release(SYSTEM, wave_id, is_public=True)
        except AnswersNotMixed:
            return
        except NothingNew:
            await _note(wave_id, "too_few")
        except ReleaseUnderWay:
            # An analyst was faster.
            await _note(wave_id, "asked")
        else:
            await _note(wave_id, "asked")
            await enqueue(release_requested, str(request.id))


async def _note(wave_id: UUID, outcome: Literal["asked", "too_few"]) -> None:
    await db.execute("UPDATE quick_poll SET outcome = $2 WHERE wave_id = $1", wave_id, outcome)


def _checked_times(opens_at: datetime | None, closes_at: datetime) -> datetime:
    for field, moment in (("opensAt", opens_at), ("closesAt", closes_at)):
        if moment is not None and moment.tzinfo is None:
            raise InvalidInput(field, "thiếu múi giờ", "lacks a time zone")
    moment = now()
    opens = moment if opens_at is None else opens_at
    if opens < moment:
        raise InvalidInput("opensAt", "đã qua", "is in the past")
    if opens - moment > FURTHEST_AHEAD:
        days = FURTHEST_AHEAD.days
        raise InvalidInput("opensAt", f"cách hôm nay hơn {days} ngày", f"is more than {days} days ahead")
    # The moment passes between what somebody chose and here.
    if not SHORTEST - timedelta(minutes=5) <= closes_at - opens <= LONGEST_POLL:
        days = LONGEST_POLL.days
        raise InvalidInput(
            "closesAt", f"phải từ 1 giờ đến {days} ngày sau lúc mở", f"must be 1 hour to {days} days after the opening"
        )
    return opens


@dataclass(frozen=True, slots=True)
class _Taken:
    id: UUID
    place: int
    turn: int


async def _take_place(unit_id: UUID) -> _Taken:
    """Return a free place and turn of the unit's, which nobody else takes until the end of the transaction."""
    await db.execute("SELECT pg_advisory_xact_lock(hashtextextended('quick_poll ' || $1::uuid::text, 0))", unit_id)
    free = await db.row(
        """
        SELECT (SELECT min(each) FROM generate_series(1, $3::int) each WHERE NOT EXISTS (
                    SELECT FROM quick_poll q WHERE q.unit_id = $1 AND q.place = each)) AS place,
               (SELECT count(*)::int + 1 FROM quick_poll q WHERE q.unit_id = $1 AND q.made_on = $2) AS turn
        """,
        unit_id,
        today(),
        MOST_RUNNING,
    )
    assert free is not None
    if free["place"] is None or free["turn"] > MOST_A_DAY:
        raise TooManyQuickPolls(running=MOST_RUNNING, a_day=MOST_A_DAY)
    return _Taken(uuid4(), free["place"], free["turn"])


async def _plan(poll: NewPoll, opens_at: datetime) -> Wave:
    """Publish the questionnaire and plan the one wave of a programme that asks nothing else."""
    question = poll.question
    code = "poll_" + "".join(secrets.choice(ALPHABET) for _ in range(16))
    asker = await db.row("SELECT name_vi, name_en FROM unit WHERE id = $1", poll.unit_id)
    assert asker is not None
    definition = poll_definition(question, code, Bilingual(*asker), await _terms(question.segments))
    draft = await questionnaires.create_questionnaire(
        SYSTEM, code=code, owner_unit_id=poll.unit_id, definition=definition
    )
    await questionnaires.publish_version(SYSTEM, draft.id)
    title = question.title or question.text
    programme = await Programme.create(
        id=uuid4(),
        code=code,
        kind="poll",
        state="ended",
        title_vi=title.vi,
        title_en=title.en or title.vi,
        owner_unit_id=poll.unit_id,
        target_unit_id=poll.unit_id,
        questionnaire_id=draft.questionnaire_id,
        recurrence=_ONCE,
        starts_on=opens_at.astimezone(VIETNAM).date(),
        wave_days=ceil((poll.closes_at - opens_at) / timedelta(days=1)),
    )
    return await planning.add_wave(SYSTEM, programme, opens_at, poll.closes_at)


async def _terms(segments: Sequence[str]) -> Mapping[str, Mapping[str, Bilingual]]:
    found = await db.rows(
        "SELECT vocabulary, code, vi, en FROM term WHERE vocabulary = ANY ($1) AND valid @> $2::date"
        " ORDER BY vocabulary, position, code",
        list(segments),
        today(),
    )
    terms: dict[str, dict[str, Bilingual]] = {name: {} for name in segments}
    for row in found:
        terms[row["vocabulary"]][row["code"]] = Bilingual(row["vi"], row["en"])
    return terms


async def _open_now(wave: Wave, position: int | None, clock: Callable[[], datetime]) -> None:
    try:
        await waves.open_settled(SYSTEM, wave.id, position, clock)
    except SurveyTreeUnsettled:
        # The job that opens waves on time does it as soon as the news are in.
        return

"""Whether a wave's answers can become a release, and what else stands in the way of one."""

from dataclasses import dataclass
from uuid import UUID

from kit import db
from kit.errors import DomainError


class AnswersNotMixed(DomainError):
    """The wave is not open yet, or it is over and answers still wait to be mixed.

    While a wave is open its mixed answers may be released; once it is over, only all of them together.
    """

    code = "ANSWERS_NOT_MIXED"
    vi = "Đợt khảo sát chưa mở, hoặc đã kết thúc mà còn phiếu chưa trộn, nên chưa có kết quả."
    en = "The wave is not open yet, or it is over and answers wait to be mixed, so there are no results yet."


class NothingNew(DomainError):
    """Too few answers have come since the last release, or ever: a few people's answers would show."""

    code = "NOTHING_NEW"
    vi = "Cần ít nhất {minimum} câu trả lời mới kể từ lần công bố trước."
    en = "At least {minimum} new answers are needed since the last release."


class NoFrame(DomainError):
    """The wave froze no frame with people in it, so nobody can say whom its answers speak for."""

    code = "NO_FRAME"
    vi = "Đợt khảo sát này không có khung đối tượng."
    en = "This wave has no frame of people."


# What may stand in a request's way once the job looks at it; kept on the request as a code.
REFUSALS: dict[str, type[DomainError]] = {error.code: error for error in (AnswersNotMixed, NothingNew, NoFrame)}


@dataclass(frozen=True)
class Wave:
    """A wave as far as its releases need it."""

    id: UUID
    state: str
    owner_path: str | None
    target_id: UUID
    ways: list[str]
    version_id: UUID | None
    minimum_base: int


async def wave_of(wave_id: UUID) -> Wave | None:
    """Return a wave; None when there is none."""
    found = await db.row(
        """
        SELECT wave.id, wave.state, unit.path AS owner_path, wave.questionnaire_version_id AS version_id,
               programme.minimum_base, programme.target_unit_id AS target_id, wave.ways
        FROM wave JOIN programme ON programme.id = wave.programme_id LEFT JOIN unit ON unit.id = programme.owner_unit_id
        WHERE wave.id = $1
        """,
        wave_id,
    )
    return Wave(**found) if found else None


async def people_if_ready(wave: Wave) -> int:
    """Return how many people the wave's frame holds. Raises what stands in the way of releasing the answers of now."""
    waiting = await db.value("SELECT EXISTS (SELECT FROM inbox WHERE wave_id = $1)", wave.id)
    if wave.state not in ("open", "closed") or (wave.state == "closed" and waiting):
        raise AnswersNotMixed()
    people = await db.value("SELECT coalesce(sum(people), 0) FROM frame_cell WHERE wave_id = $1", wave.id)
    if not people:
        raise NoFrame()
    answers = await db.value("SELECT count(*) FROM answer WHERE wave_id = $1", wave.id)
    used = await db.value("SELECT coalesce(max(answers_used), 0) FROM release WHERE wave_id = $1", wave.id)
    if answers - used < wave.minimum_base:
        raise NothingNew(minimum=wave.minimum_base)
    return people

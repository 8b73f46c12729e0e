"""How a wave's answers become a release: asked for by an analyst, made in a job, sealed when it is stored."""

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from tortoise.exceptions import IntegrityError

from kit import db
from kit.errors import DomainError, NotFound
from kit.identity import Caller
from kit.jobs import TryLater

if TYPE_CHECKING:
    from survey.results.material import Material
from survey.audit.service import tell_of_wave


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


class ReleaseUnderWay(DomainError):
    """A release of this wave is being made; ask again when it is done."""

    code = "RELEASE_UNDER_WAY"
    vi = "Kết quả của đợt này đang được tính."
    en = "A release of this wave is being made."


# What may stand in a request's way once the job looks at it; kept on the request as a code.
REFUSALS: dict[str, type[DomainError]] = {error.code: error for error in (AnswersNotMixed, NothingNew, NoFrame)}


@dataclass(frozen=True)
class ReleaseRequest:
    """A wish for a release and what has become of it: waiting, running, done or refused (with `problem`)."""

    id: UUID
    wave_id: UUID
    is_public: bool
    is_simulated: bool
    seed: int
    state: str
    problem: str | None
    release_id: UUID | None


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


async def request_release(
    caller: Caller, wave_id: UUID, *, is_public: bool, is_simulated: bool = False, seed: int | None = None
) -> ReleaseRequest:
    """Ask for a release of a wave; the caller enqueues its making. Needs an analyst of the programme's owner unit.

    A simulated one says so wherever it is shown: its answers were made up. The seed settles ties between cells that
    could be hidden; it is random unless given.
    """
    caller.require_someone()
    async with db.transaction():
        wave = await _wave(wave_id)
        if wave is None or wave.owner_path is None:
            raise NotFound("wave", wave_id)
        caller.require("analyst", wave.owner_path)
        await _check(wave, await _mixed(wave_id))
        created = await db.row(
            """
            INSERT INTO release_request (id, wave_id, is_public, is_simulated, seed) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (wave_id) WHERE state IN ('waiting', 'running') DO NOTHING
            RETURNING *
            """,
            uuid4(),
            wave_id,
            is_public,
            is_simulated,
            secrets.randbelow(2**31) if seed is None else seed,
        )
        if created is None:
            raise ReleaseUnderWay()
        asked = {"request_id": created["id"], "is_public": is_public, "is_simulated": is_simulated}
        await tell_of_wave(caller, "release.requested", wave_id, after=asked)
        return _request(created)


async def request_of(caller: Caller, request_id: UUID) -> ReleaseRequest:
    """Return a request; NotFound for anyone but the analysts of the programme's owner unit."""
    found = await db.row("SELECT * FROM release_request WHERE id = $1", request_id)
    wave = await _wave(found["wave_id"]) if found else None
    if found is None or wave is None or wave.owner_path is None or not caller.may("analyst", wave.owner_path):
        raise NotFound("release request", request_id)
    return _request(found)


async def make_release(request_id: UUID) -> None:
    """Carry out a request: compute outside of any transaction, store in one. May run twice without harm."""
    found = await db.row(
        "UPDATE release_request SET state = 'running' WHERE id = $1 AND state IN ('waiting', 'running') RETURNING *",
        request_id,
    )
    if found is None:
        return
    try:
        await _make(_request(found))
    except tuple(REFUSALS.values()) as refusal:
        await db.execute(
            "UPDATE release_request SET state = 'refused', problem = $2 WHERE id = $1", request_id, refusal.code
        )
    except IntegrityError as error:
        if db.violated(error) != "release_number_key":
            raise
        raise TryLater(seconds=5) from error


async def forgotten_requests() -> list[UUID]:
    """Return the requests whose job seems lost: pending for longer than a job may take."""
    found = await db.rows(
        "SELECT id FROM release_request WHERE state IN ('waiting', 'running')"
        " AND requested_at < now() - interval '15 minutes' ORDER BY requested_at LIMIT 100"
    )
    return [row["id"] for row in found]


async def material_of(request: ReleaseRequest) -> "tuple[Wave, int, Material]":
    """Return the wave that a release was asked of, the people of its frame, and what the release is made from.

    Call it in a transaction: no answer is mixed until its end. Raises what stands in the way.
    """
    # Only the worker computes: web processes start without numpy and scipy, which take a second to import.
    from survey.results import making

    wave = await _wave(request.wave_id)
    assert wave is not None  # a request refers to its wave
    await db.execute("LOCK TABLE answer IN SHARE MODE")
    people = await _check(wave, await _mixed(wave.id))
    return wave, people, await making.read_wave(wave)


async def _make(request: ReleaseRequest) -> None:
    from survey.results import making

    async with db.transaction():
        wave, people, material = await material_of(request)
    composition = await making.computed(material, wave, request.seed)
    async with db.transaction():
        release_id = await making.store(request, wave, people, composition)
        await db.execute(
            "UPDATE release_request SET state = 'done', release_id = $2 WHERE id = $1", request.id, release_id
        )


async def _wave(wave_id: UUID) -> Wave | None:
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


async def _check(wave: Wave, answers: int) -> int:
    """Return how many people the frame holds; raise what stands in the way of releasing so many answers."""
    waiting = await db.value("SELECT EXISTS (SELECT FROM inbox WHERE wave_id = $1)", wave.id)
    if wave.state not in ("open", "closed") or (wave.state == "closed" and waiting):
        raise AnswersNotMixed()
    people = await db.value("SELECT coalesce(sum(people), 0) FROM frame_cell WHERE wave_id = $1", wave.id)
    if not people:
        raise NoFrame()
    used = await db.value("SELECT coalesce(max(answers_used), 0) FROM release WHERE wave_id = $1", wave.id)
    if answers - used < wave.minimum_base:
        raise NothingNew(minimum=wave.minimum_base)
    return people


async def _mixed(wave_id: UUID) -> int:
    return await db.value("SELECT count(*) FROM answer WHERE wave_id = $1", wave_id)


def _request(row: db.Record) -> ReleaseRequest:
    return ReleaseRequest(**{name: row[name] for name in ReleaseRequest.__dataclass_fields__})

"""How a wave's answers become a release: asked for by an analyst, made in a job, sealed when it is stored."""

import asyncio
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import orjson
from tortoise.exceptions import IntegrityError

from kit import db
from kit.errors import DomainError, NotFound
from kit.identity import Caller
from kit.jobs import TryLater
from survey.audit.service import tell_of_wave
from survey.questionnaires.service import published_definition
from survey.results.placement import FrameCell, Said, Values
from survey.results.segments import segment_terms

if TYPE_CHECKING:
    from survey.results.composition import Composition


class WaveNotClosed(DomainError):
    """The wave may still change: it is not closed, or answers wait to be mixed.

    Results come once the answers are final. Two releases that differ by some people would tell on them, also where each
    is safe by itself: what both show of the cells around a hidden one narrows it.
    """

    code = "WAVE_NOT_CLOSED"
    vi = "Đợt khảo sát chưa kết thúc hoặc còn phiếu chưa trộn, nên chưa có kết quả."
    en = "The wave is not closed, or answers of it wait to be mixed, so there are no results yet."


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
REFUSALS: dict[str, type[DomainError]] = {error.code: error for error in (WaveNotClosed, NothingNew, NoFrame)}


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
class _Wave:
    id: UUID
    state: str
    owner_path: str | None
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
        await _check(wave, await db.value("SELECT count(*) FROM answer WHERE wave_id = $1", wave_id))
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


async def _make(request: ReleaseRequest) -> None:
    wave = await _wave(request.wave_id)
    assert wave is not None  # a request refers to its wave
    number = 1 + await db.value("SELECT coalesce(max(number), 0) FROM release WHERE wave_id = $1", wave.id)
    composition = await _compose(wave, request.seed)
    people = await _check(wave, composition.answers_used)
    async with db.transaction():
        await _store(request, wave, number, people, composition)


async def _compose(wave: _Wave, seed: int) -> "Composition":
    # Only the worker computes: web processes start without numpy and scipy, which take a second to import.
    from survey.results.composition import WaveAnswers, compose

    if wave.version_id is None:
        raise WaveNotClosed()
    said, values = await _answers(wave.id)
    material = WaveAnswers(
        said=said,
        values=values,
        frame=await _frame(wave.id),
        definition=await published_definition(wave.version_id),
        order={name: list(terms) for name, terms in (await segment_terms(wave.id)).items()},
        salt=wave.id.bytes,
    )
    # Seconds of arithmetic: not on the loop that other jobs share.
    return await asyncio.to_thread(compose, material, minimum_base=wave.minimum_base, seed=seed)


async def _wave(wave_id: UUID) -> _Wave | None:
    found = await db.row(
        """
        SELECT wave.id, wave.state, unit.path AS owner_path, wave.questionnaire_version_id AS version_id,
               programme.minimum_base
        FROM wave JOIN programme ON programme.id = wave.programme_id LEFT JOIN unit ON unit.id = programme.owner_unit_id
        WHERE wave.id = $1
        """,
        wave_id,
    )
    return _Wave(**found) if found else None


async def _check(wave: _Wave, answers: int) -> int:
    """Return how many people the frame holds; raise what stands in the way of releasing so many answers."""
    waiting = await db.value("SELECT EXISTS (SELECT FROM inbox WHERE wave_id = $1)", wave.id)
    if wave.state != "closed" or waiting:
        raise WaveNotClosed()
    people = await db.value("SELECT coalesce(sum(people), 0) FROM frame_cell WHERE wave_id = $1", wave.id)
    if not people:
        raise NoFrame()
    used = await db.value("SELECT coalesce(max(answers_used), 0) FROM release WHERE wave_id = $1", wave.id)
    if answers - used < wave.minimum_base:
        raise NothingNew(minimum=wave.minimum_base)
    return people


async def _answers(wave_id: UUID) -> tuple[list[Said], list[Values]]:
    found = await db.rows(
        'SELECT age_band, gender, region, "values"::text AS "values" FROM answer WHERE wave_id = $1', wave_id
    )
    said: list[Said] = [(row["age_band"], row["gender"], row["region"]) for row in found]
    return said, [orjson.loads(row["values"]) for row in found]


async def _frame(wave_id: UUID) -> list[FrameCell]:
    found = await db.rows(
        """
        SELECT frame_cell.age_band, frame_cell.gender, response_group.region, sum(frame_cell.people)::int AS people
        FROM frame_cell JOIN response_group ON response_group.id = frame_cell.response_group_id
        WHERE frame_cell.wave_id = $1 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        """,
        wave_id,
    )
    return [FrameCell(**row) for row in found]


async def _store(request: ReleaseRequest, wave: _Wave, number: int, people: int, composition: "Composition") -> None:
    release_id = uuid4()
    columns = [list(column) for column in zip(*composition.cells, strict=True)]
    await db.execute(
        """
        INSERT INTO release_cell
            (release_id, question_code, choice_code, age_band, gender, region, shown, n, base, share, low, high)
        SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[],
                                 $8::int[], $9::int[], $10::float8[], $11::float8[], $12::float8[])
        """,
        release_id,
        *columns,
    )
    await db.execute(
        """
        INSERT INTO release
            (id, wave_id, number, is_public, is_simulated, answers_used, people, minimum_base, method, seed, sha256)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::jsonb, $10, $11)
        """,
        release_id,
        wave.id,
        number,
        request.is_public,
        request.is_simulated,
        composition.answers_used,
        people,
        wave.minimum_base,
        orjson.dumps(composition.method).decode(),
        request.seed,
        composition.sha256,
    )
    await db.execute("UPDATE release_request SET state = 'done', release_id = $2 WHERE id = $1", request.id, release_id)


def _request(row: db.Record) -> ReleaseRequest:
    return ReleaseRequest(**{name: row[name] for name in ReleaseRequest.__dataclass_fields__})

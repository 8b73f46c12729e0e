"""Asking for a release of a wave's answers, which a job then makes."""

import secrets
from dataclasses import dataclass
from uuid import UUID, uuid4

from kit import db
from kit.errors import DomainError, NotFound
from kit.identity import Caller
from survey.audit.service import tell_of_wave
from survey.results.readiness import people_if_ready, wave_of


class ReleaseUnderWay(DomainError):
    """A release of this wave is being made; ask again when it is done."""

    code = "RELEASE_UNDER_WAY"
    vi = "Kết quả của đợt này đang được tính."
    en = "A release of this wave is being made."


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


async def request_release(
    caller: Caller, wave_id: UUID, *, is_public: bool, is_simulated: bool = False, seed: int | None = None
) -> ReleaseRequest:
    """Ask for a release of a wave; the caller enqueues its making. Needs an analyst of the programme's owner unit.

    A simulated one says so wherever it is shown: its answers were made up. The seed settles ties between cells that
    could be hidden; it is random unless given.
    """
    caller.require_someone()
    async with db.transaction():
        wave = await wave_of(wave_id)
        if wave is None or wave.owner_path is None:
            raise NotFound("wave", wave_id)
        caller.require("analyst", wave.owner_path)
        await people_if_ready(wave)
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
        return told(created)


async def request_of(caller: Caller, request_id: UUID) -> ReleaseRequest:
    """Return a request; NotFound for anyone but the analysts of the programme's owner unit."""
    found = await db.row("SELECT * FROM release_request WHERE id = $1", request_id)
    wave = await wave_of(found["wave_id"]) if found else None
    if found is None or wave is None or wave.owner_path is None or not caller.may("analyst", wave.owner_path):
        raise NotFound("release request", request_id)
    return told(found)


async def forgotten_requests() -> list[UUID]:
    """Return the requests whose job seems lost: pending for longer than a job may take."""
    found = await db.rows(
        "SELECT id FROM release_request WHERE state IN ('waiting', 'running')"
        " AND requested_at < now() - interval '15 minutes' ORDER BY requested_at LIMIT 100"
    )
    return [row["id"] for row in found]


def told(row: db.Record) -> ReleaseRequest:
    """Return a request as its row tells it."""
    return ReleaseRequest(**{name: row[name] for name in ReleaseRequest.__dataclass_fields__})

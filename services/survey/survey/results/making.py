"""Making a release in the worker, which alone imports this: read, compute, store."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from uuid import UUID, uuid5

import orjson
from tortoise.exceptions import IntegrityError

from kit import db
from kit.jobs import TryLater
from survey import settings
from survey.downloads.open_answers.keeping import released_texts
from survey.results.composition import Composition, compose
from survey.results.material import Material, Source, packed, read
from survey.results.packing import Digest, Table
from survey.results.readiness import REFUSALS, AnswersNotMixed, Wave, people_if_ready, wave_of
from survey.results.service import ReleaseRequest, told

# Tables written at one time.
BLOCK = 1_000


async def make_release(request_id: UUID) -> None:
    """Carry out a request: compute outside of any transaction, store in one. May run twice without harm."""
    found = await db.row(
        "UPDATE release_request SET state = 'running' WHERE id = $1 AND state IN ('waiting', 'running') RETURNING *",
        request_id,
    )
    if found is None:
        return
    try:
        await _make(told(found))
    except tuple(REFUSALS.values()) as refusal:
        await db.execute(
            "UPDATE release_request SET state = 'refused', problem = $2 WHERE id = $1", request_id, refusal.code
        )
    except IntegrityError as error:
        if db.violated(error) != "release_number_key":
            raise
        raise TryLater(seconds=5) from error


async def material_of(request: ReleaseRequest) -> tuple[Wave, int, Material]:
    """Return the wave that a release was asked of, the people of its frame, and what the release is made from.

    Call it in a transaction: no answer is mixed until its end. Raises what stands in the way.
    """
    wave = await wave_of(request.wave_id)
    assert wave is not None  # a request refers to its wave
    await db.execute("LOCK TABLE answer IN SHARE MODE")
    people = await people_if_ready(wave)
    return wave, people, await read_wave(wave)


async def _make(request: ReleaseRequest) -> None:
    async with db.transaction():
        wave, people, material = await material_of(request)
    composition = await computed(material, wave, request.seed)
    async with db.transaction():
        release_id = await store(request, wave, people, composition)
        await db.execute(
            "UPDATE release_request SET state = 'done', release_id = $2 WHERE id = $1", request.id, release_id
        )


async def read_wave(wave: Wave) -> Material:
    """Read what a wave's release is made from; raise AnswersNotMixed of a wave that was never open."""
    target = await db.value("SELECT path FROM frame_unit WHERE wave_id = $1 AND unit_id = $2", wave.id, wave.target_id)
    if wave.version_id is None or target is None:
        raise AnswersNotMixed()
    return await read(Source(wave.id, target, wave.ways, wave.version_id, wave.minimum_base))


async def computed(material: Material, wave: Wave, seed: int) -> Composition:
    """Compute a release; minutes of arithmetic for millions, so not on the loop that other jobs share."""
    return await asyncio.to_thread(compose, material, minimum_base=wave.minimum_base, seed=seed)


async def store(request: ReleaseRequest, wave: Wave, people: int, composition: Composition) -> UUID:
    """Write a release in the caller's transaction and return its id; its tables come first, the release seals them."""
    # A job that runs again, since its worker died, finds and replaces what it left in the folder of workings.
    release_id = uuid5(request.id, "release")
    units = {
        row["path"]: row["unit_id"]
        for row in await db.rows("SELECT path, unit_id FROM frame_unit WHERE wave_id = $1", wave.id)
    }
    tables, digest = composition.tables(), Digest()
    while block := await asyncio.to_thread(_next, tables):
        digest.add(block)
        await _write(release_id, units, block)
    await db.execute_many(
        "INSERT INTO release_base (release_id, question_code, nodes, base, hidden)"
        " VALUES ($1, $2, $3::text::jsonb, $4, $5)",
        [(release_id, code, *packed(*kept)) for code, kept in composition.kept()],
    )
    await released_texts(wave, release_id, request.seed)
    axes = composition.material.axes
    shown, hidden = composition.cells
    await db.execute(
        """
        INSERT INTO release (id, wave_id, number, is_public, is_simulated, answers_used, people, minimum_base, method,
                             seed, sha256, axes, shown_cells, hidden_cells)
        SELECT $1, $2, 1 + coalesce(max(number), 0), $3, $4, $5, $6, $7, $8::text::jsonb, $9, $10, $11::text::jsonb,
               $12, $13
        FROM release WHERE wave_id = $2
        """,
        release_id,
        wave.id,
        request.is_public,
        request.is_simulated,
        composition.answers_used,
        people,
        wave.minimum_base,
        orjson.dumps(composition.method).decode(),
        request.seed,
        digest.hex,
        orjson.dumps(axes._asdict()).decode(),
        shown,
        hidden,
    )
    if folder := settings.current().release_workings:
        # It brings pyarrow along, which no other release needs.
        from survey.results.workings import keep_workings

        await asyncio.to_thread(keep_workings, folder, release_id, composition)
    return release_id


def _next(tables: Iterator[Table]) -> list[Table]:
    return list(islice(tables, BLOCK))


async def _write(release_id: UUID, units: Mapping[str, UUID], tables: Sequence[Table]) -> None:
    # Arrays as text: encoding them number by number takes longer than PostgreSQL takes to store them.
    await db.execute_many(
        """
        INSERT INTO release_table (release_id, question_code, unit_id, region, lies_in, n, people, share,
                                   low, high, error, mean, mean_error)
        VALUES ($1, $2, $3, $4, $5, $6::text::int[], $7::text::int[], $8::text::smallint[], $9::text::smallint[],
                $10::text::smallint[], $11::text::smallint[], $12::text::int[], $13::text::int[])
        """,
        [(release_id, table.question_code, units[table.path], *table[2:]) for table in tables],
    )

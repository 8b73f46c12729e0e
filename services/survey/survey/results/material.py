"""What a release is made from, read in the worker as one frozen set: the frame, the mixed answers, earlier releases."""

import asyncio
import zlib
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import orjson
from numpy.typing import NDArray

from kit import db
from survey.questionnaires.definition import Definition
from survey.questionnaires.service import published_definition
from survey.results.columns import Answers, Encoder, Row
from survey.results.nodes import Node, Piece
from survey.results.placement import Axes, Group, Placement, Said, kept_axes
from survey.results.questions import Question, countable
from survey.results.segments import segment_terms
from survey.weighting.residuals import Sample

# Answers read at one time: few enough to stay in the processor's cache while they are counted.
CHUNK = 2_000


@dataclass(frozen=True)
class Earlier:
    """What an earlier release was made of, of one question: bases with totals by node, and which of them it hid."""

    nodes: tuple[Node, ...]
    base: NDArray[np.int64]
    hidden: NDArray[np.bool_]


@dataclass(frozen=True)
class Material:
    """All that a release is computed from."""

    target: str
    sample: Sample
    questions: tuple[Question, ...]
    axes: Axes
    groups: tuple[Group, ...]
    pieces: tuple[Piece, ...]
    names_units: bool
    answers: Answers
    earlier: tuple[Mapping[str, Earlier], ...]
    """Of each earlier release, the oldest first, by question."""


@dataclass(frozen=True)
class Source:
    """Which wave is read, and the rules of its programme."""

    wave_id: UUID
    target: str
    ways: Sequence[str]
    version_id: UUID
    minimum_base: int


async def read(source: Source) -> Material:
    """Read everything of a wave, in a transaction during which its answers do not change."""
    definition = await published_definition(source.version_id)
    questions = tuple(countable(definition))
    ids, groups = await _groups(source.wave_id)
    axes = await _axes(source, groups, definition)
    placement = Placement(axes, groups, source.target, source.wave_id.bytes)
    answers = await _answers(source.wave_id, ids, Encoder(questions, placement))
    return Material(
        target=source.target,
        sample="self_selected" if "open_link" in source.ways else "census",
        questions=questions,
        axes=axes,
        groups=groups,
        pieces=placement.pieces,
        names_units=not placement.has_ungrouped,
        answers=answers,
        earlier=await _earlier(source.wave_id),
    )


async def _groups(wave_id: UUID) -> tuple[dict[UUID, int], tuple[Group, ...]]:
    cells = await db.rows(
        "SELECT response_group_id, age_band, gender, people FROM frame_cell WHERE wave_id = $1", wave_id
    )
    people: defaultdict[UUID, dict[tuple[str, str], int]] = defaultdict(dict)
    for cell in cells:
        people[cell["response_group_id"]][cell["age_band"], cell["gender"]] = cell["people"]
    found = await db.rows(
        "SELECT id, path, region FROM response_group WHERE wave_id = $1 ORDER BY path, region, name_vi, people", wave_id
    )
    groups = tuple(Group(row["path"], row["region"], people[row["id"]]) for row in found)
    return {row["id"]: number for number, row in enumerate(found)}, groups


async def _axes(source: Source, groups: Sequence[Group], definition: Definition) -> Axes:
    """Return the categories of the wave's first release, or those that its answers call for: tables stay comparable."""
    first = await db.value("SELECT axes::text FROM release WHERE wave_id = $1 ORDER BY number LIMIT 1", source.wave_id)
    if first:
        kept = orjson.loads(first)
        return Axes(*(tuple(kept[name]) for name in Axes._fields))
    found = await db.rows(
        """
        SELECT age_band, gender, CASE WHEN response_group_id IS NULL THEN region END AS region, count(*) AS number
        FROM answer WHERE wave_id = $1 GROUP BY 1, 2, 3
        """,
        source.wave_id,
    )
    said: list[tuple[Said, int]] = [((row["age_band"], row["gender"], row["region"]), row["number"]) for row in found]
    order = {name: list(terms) for name, terms in (await segment_terms(source.wave_id)).items()}
    return kept_axes(said, order, source.minimum_base, groups)


async def _answers(wave_id: UUID, ids: Mapping[UUID, int], encoder: Encoder) -> Answers:
    async for chunk in _chunks(wave_id, ids):
        # Seconds of arithmetic in all: not on the loop that other jobs share.
        await asyncio.to_thread(encoder.add, chunk)
    return await asyncio.to_thread(encoder.finish)


async def _chunks(wave_id: UUID, ids: Mapping[UUID, int]) -> AsyncIterator[list[Row]]:
    """Yield all answers of a wave, a part at a time: together they may be larger than memory."""
    await db.execute(
        f"""
        DECLARE release_answers NO SCROLL CURSOR FOR
        SELECT response_group_id, age_band, gender, region, "values"::text AS "values"
        FROM answer WHERE wave_id = '{wave_id}'::uuid
        """
    )
    try:
        while found := await db.rows(f"FETCH {CHUNK} FROM release_answers"):
            yield [
                Row(
                    None if row[0] is None else ids[row[0]],
                    (row[1], row[2], row[3]),
                    row[4],
                )
                for row in found
            ]
    finally:
        await db.execute("CLOSE release_answers")


async def _earlier(wave_id: UUID) -> tuple[Mapping[str, Earlier], ...]:
    found = await db.rows(
        """
        SELECT release.number, kept.question_code, kept.nodes::text AS nodes, kept.base, kept.hidden
        FROM release JOIN release_base kept ON kept.release_id = release.id
        WHERE release.wave_id = $1 ORDER BY release.number, kept.question_code
        """,
        wave_id,
    )
    releases: defaultdict[int, dict[str, Earlier]] = defaultdict(dict)
    for row in found:
        releases[row["number"]][row["question_code"]] = unpacked(row["nodes"], row["base"], row["hidden"])
    return tuple(releases.values())


def packed(nodes: Sequence[Node], base: NDArray[np.int64], hidden: NDArray[np.bool_]) -> tuple[str, bytes, bytes]:
    """Return what is kept of one question's bases for the next release of the wave."""
    shape = {"shape": base.shape[1:], "nodes": [list(node) for node in nodes]}
    return (
        orjson.dumps(shape).decode(),
        zlib.compress(base.astype("<i4").tobytes()),
        zlib.compress(np.packbits(hidden).tobytes()),
    )


def unpacked(nodes: str, base: bytes, hidden: bytes) -> Earlier:
    """Return what `packed` has packed."""
    kept = orjson.loads(nodes)
    shape = (len(kept["nodes"]), *kept["shape"])
    counts = np.frombuffer(zlib.decompress(base), dtype="<i4").reshape(shape).astype(np.int64)
    bits = np.unpackbits(np.frombuffer(zlib.decompress(hidden), dtype=np.uint8), count=counts.size)
    return Earlier(tuple(Node(*node) for node in kept["nodes"]), counts, bits.reshape(shape).astype(np.bool_))

"""Mixing: once a day, and when a wave is over, sealed answers are opened and moved, in random order, among the others.

Of a wave that is open a batch moves only if at least 50 of one response group are in it and at least 50 stay behind,
chosen at random, so that the last batch has 50 as well. What stays is sealed anew to today's key, in random order, so
that the day's key can be destroyed: from then on nobody can tell from the inbox, its dead rows, the write-ahead log or
a backup what was in it. Each batch is one transaction: whenever this is killed nothing is lost, nothing is there twice,
and the next run goes on.
"""

import asyncio
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from kit import db
from kit.calendar import today
from survey.answers.validation import segments
from survey.questionnaires.service import published_definition
from survey.sealing.boxes import Place, Unopenable, open_all, seal
from survey.sealing.service import key_of, keys_before, private_keys

SMALLEST_BATCH = 50
LARGEST_BATCH = 5_000
# Rows whose order is drawn at one time: 100,000 places in the table, not their contents.
MOST_DRAWN = 100_000

RowPlace = tuple[int, int]
"""PostgreSQL's `ctid`: a row of the inbox has no other name."""


@dataclass(frozen=True)
class _Round:
    """One run over one wave: the keys to which what may move is sealed."""

    wave_id: UUID
    is_over: bool
    private: Mapping[UUID, X25519PrivateKey]


@dataclass(frozen=True, slots=True)
class _Opened:
    """A row of the inbox and its content."""

    ctid: RowPlace
    place: Place
    content: bytes


async def waves_to_mix(day: date | None = None) -> list[UUID]:
    """Return the waves that are over and those that have answers from earlier days, as far as they wait to be mixed."""
    found = await db.rows(
        """
        SELECT DISTINCT wave_id FROM inbox
        JOIN wave ON wave.id = wave_id JOIN sealing_key ON sealing_key.id = sealing_key_id
        WHERE wave.state <> 'open' OR sealing_key.day < $1
        """,
        day or today(),
    )
    return [row["wave_id"] for row in found]


async def mix(wave_id: UUID, day: date | None = None) -> int:
    """Mix what may be mixed of a wave on a day, seal the rest of earlier days anew; return how many answers moved.

    Once the wave is over all of it moves, also of this day. What can't be opened stays where it is.
    """
    day = day or today()
    state = await db.value("SELECT state FROM wave WHERE id = $1", wave_id)
    private = await private_keys()
    earlier = set(await keys_before(day))
    is_over = state != "open"
    usable = {key_id: key for key_id, key in private.items() if is_over or key_id in earlier}
    now = _Round(wave_id, is_over, usable)
    moved = sum([await _mix_group(now, group_id) for group_id in await _groups(now)])
    if not is_over:
        await _seal_anew(now, day)
    return moved


async def _groups(now: _Round) -> list[UUID | None]:
    found = await db.rows(
        "SELECT DISTINCT response_group_id FROM inbox WHERE wave_id = $1 AND sealing_key_id = ANY ($2)",
        now.wave_id,
        list(now.private),
    )
    return [row["response_group_id"] for row in found]


async def _mix_group(now: _Round, group_id: UUID | None) -> int:
    moved = 0
    while True:
        moving = await _draw(now, group_id)
        count = -(-len(moving) // (LARGEST_BATCH + SMALLEST_BATCH))
        # In equal parts: none is smaller than half of the largest.
        moved += sum([await _move(now, moving[part::count]) for part in range(count)])
        if len(moving) < MOST_DRAWN:
            return moved


async def _draw(now: _Round, group_id: UUID | None) -> list[RowPlace]:
    """Return the rows of a group that may move, in random order: all but 50, or none, while the wave is open."""
    found = await db.rows(
        "SELECT ctid FROM inbox WHERE wave_id = $1 AND sealing_key_id = ANY ($2) AND"
        f" response_group_id {'IS NULL' if group_id is None else '= $4'} LIMIT $3",
        now.wave_id,
        list(now.private),
        MOST_DRAWN + SMALLEST_BATCH,
        *([] if group_id is None else [group_id]),
    )
    drawn: list[RowPlace] = [row["ctid"] for row in found]
    secrets.SystemRandom().shuffle(drawn)
    if len(drawn) == MOST_DRAWN + SMALLEST_BATCH:
        return drawn[:MOST_DRAWN]
    if now.is_over:
        return drawn
    return drawn[:-SMALLEST_BATCH] if len(drawn) >= 2 * SMALLEST_BATCH else []


async def _move(now: _Round, places: Sequence[RowPlace]) -> int:
    async with db.transaction():
        # One batch of a wave at a time: what another run left behind could be too few to hide in.
        version_id = await db.value(
            "SELECT questionnaire_version_id FROM wave WHERE id = $1 FOR NO KEY UPDATE", now.wave_id
        )
        opened = await _opened(now, places)
        if opened is None:
            return 0
        definition = await published_definition(version_id)
        answers = [
            (row.place.response_group_id, *segments(definition, orjson.loads(row.content)), row.content.decode())
            for row in opened
        ]
        secrets.SystemRandom().shuffle(answers)
        await _delete(opened)
        await db.execute(
            """
            INSERT INTO answer (wave_id, response_group_id, questionnaire_version_id, age_band, gender, region, values)
            SELECT $1, group_id, $2, age_band, gender, region, content::jsonb
            FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[])
                AS _ (group_id, age_band, gender, region, content)
            """,
            now.wave_id,
            version_id,
            *([answer[column] for answer in answers] for column in range(5)),
        )
        return len(answers)


async def _seal_anew(now: _Round, day: date) -> None:
    """Seal what stays to today's key, in random order over all groups."""
    found = await db.rows(
        "SELECT ctid FROM inbox WHERE wave_id = $1 AND sealing_key_id = ANY ($2)", now.wave_id, list(now.private)
    )
    drawn: list[RowPlace] = [row["ctid"] for row in found]
    secrets.SystemRandom().shuffle(drawn)
    for start in range(0, len(drawn), LARGEST_BATCH):
        await _rewrite(now, drawn[start : start + LARGEST_BATCH], day)


async def _rewrite(now: _Round, places: Sequence[RowPlace], day: date) -> None:
    key = await key_of(day)
    if key is None:
        return
    async with db.transaction():
        await db.execute("SELECT FROM wave WHERE id = $1 FOR NO KEY UPDATE", now.wave_id)
        opened = await _opened(now, places)
        if opened is None:
            return
        secrets.SystemRandom().shuffle(opened)
        boxes = seal(key.public, [(row.place, row.content) for row in opened])
        await _delete(opened)
        await db.execute(
            "INSERT INTO inbox (wave_id, response_group_id, sealing_key_id, sealed)"
            " SELECT $1, group_id, $2, sealed FROM unnest($3::uuid[], $4::bytea[]) AS _ (group_id, sealed)",
            now.wave_id,
            key.id,
            [row.place.response_group_id for row in opened],
            boxes,
        )


async def _opened(now: _Round, places: Sequence[RowPlace]) -> list[_Opened] | None:
    """Return rows that open, locked; None when some are not where they were: another run has been here."""
    found = await db.rows(
        """
        SELECT ctid, response_group_id, sealing_key_id, sealed FROM inbox
        WHERE ctid = ANY ($1::tid[]) AND wave_id = $2 AND sealing_key_id = ANY ($3) FOR UPDATE
        """,
        list(places),
        now.wave_id,
        list(now.private),
    )
    if len(found) != len(places):
        return None
    boxes = [(row["sealing_key_id"], Place(now.wave_id, row["response_group_id"]), row["sealed"]) for row in found]
    # Not on the loop that other jobs share: 5,000 boxes take half a second.
    contents = await asyncio.to_thread(open_all, now.private, boxes)
    return [
        _Opened(row["ctid"], place, content)
        for row, (_, place, _), content in zip(found, boxes, contents, strict=True)
        if not isinstance(content, Unopenable)
    ]


async def _delete(rows: Iterable[_Opened]) -> None:
    await db.execute("DELETE FROM inbox WHERE ctid = ANY ($1::tid[])", [row.ctid for row in rows])

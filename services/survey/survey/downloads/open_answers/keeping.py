"""Freezing open answers with a release: a sample of what was written, without names, in an order of chance."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from typing import Protocol
from uuid import UUID

from kit import db
from kit.texts import nfc
from survey.downloads.open_answers.questions import is_field, open_questions_of
from survey.downloads.open_answers.redaction import redacted
from survey.questionnaires.service import published_definition

# A question with fewer texts than this stays hidden.
FEWEST = 10
# Nobody reads more than this of one question; of more texts a sample is kept, each as likely as any other.
MOST_KEPT = 20_000
_CHUNK = 5_000


class Wave(Protocol):
    """A wave as far as its open answers need it."""

    @property
    def id(self) -> UUID: ...
    @property
    def state(self) -> str: ...
    @property
    def version_id(self) -> UUID | None: ...
    @property
    def minimum_base(self) -> int: ...


class _Sample:
    """Keeps some of the texts that it is shown: Vitter's algorithm R (ACM TOMS 11, 1985)."""

    def __init__(self, chance: random.Random) -> None:
        self.texts: list[str] = []
        self.seen = 0
        self._chance = chance

    def add(self, text: str) -> None:
        """Show one more text."""
        self.seen += 1
        if len(self.texts) < MOST_KEPT:
            self.texts.append(text)
        elif (place := self._chance.randrange(self.seen)) < MOST_KEPT:
            self.texts[place] = text


async def released_texts(wave: Wave, release_id: UUID, seed: int) -> None:
    """Freeze a wave's open answers with a release that is about to be stored, in the caller's transaction.

    Only those of a wave that is over: before, two releases would differ by the texts of those who came between. A
    question with fewer than ten texts, or than the programme's minimum, gets none.
    """
    if wave.state != "closed" or wave.version_id is None:
        return
    codes = [question.code for question in open_questions_of(await published_definition(wave.version_id))]
    if not codes:
        return
    # The order is the seed's alone: not that in which answers are stored.
    chance = random.Random(f"{seed}:{wave.id}")  # noqa: S311  # nobody gains by guessing an order
    samples = {code: _Sample(chance) for code in codes}
    async for chunk in _chunks(wave.id, codes):
        for code, text in chunk:
            samples[code].add(text)
    for code, sample in samples.items():
        await _keep(release_id, code, sample, max(FEWEST, wave.minimum_base), chance)


async def _keep(release_id: UUID, code: str, sample: _Sample, fewest: int, chance: random.Random) -> None:
    if len(sample.texts) < fewest:
        return
    texts = sorted(sample.texts)
    chance.shuffle(texts)
    clean = await asyncio.to_thread(_redacted, texts)
    await db.execute(
        "INSERT INTO release_open_question (release_id, question_code, texts, kept) VALUES ($1, $2, $3, $4)",
        release_id,
        code,
        sample.seen,
        len(clean),
    )
    await db.execute(
        """INSERT INTO release_open_answer (release_id, question_code, position, text)
           SELECT $1, $2, kept.position, kept.text FROM unnest($3::text[]) WITH ORDINALITY AS kept (text, position)""",
        release_id,
        code,
        clean,
    )


def _redacted(texts: Sequence[str]) -> list[str]:
    return [redacted(text) for text in texts]


async def _chunks(wave_id: UUID, codes: Sequence[str]) -> AsyncIterator[list[tuple[str, str]]]:
    """Yield what was written, a part at a time: together it may be larger than memory."""
    named = ", ".join(f"'{code}'" for code in codes if is_field(code))
    await db.execute(
        f"""DECLARE open_answers NO SCROLL CURSOR FOR
            SELECT written.key, written.text FROM answer
            CROSS JOIN LATERAL (SELECT key, "values" ->> key AS text FROM unnest(ARRAY[{named}]) AS key) AS written
            WHERE wave_id = '{wave_id}'::uuid AND written.text ~ '[[:graph:]]'"""
    )
    try:
        while found := await db.rows(f"FETCH {_CHUNK} FROM open_answers"):
            written = ((row["key"], nfc(row["text"]).strip()) for row in found)
            yield [(code, text) for code, text in written if text]
    finally:
        await db.execute("CLOSE open_answers")

"""A made-up archive of any size: provinces with their units, and texts of made-up Vietnamese syllables.

A text has 40 syllables in the median and 500 or more in one of twenty; words are two syllables, drawn by Zipf's law.
The same seed gives the same archive.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from kit.paths import label

PROVINCES, UNITS_OF_PROVINCE = 34, 60
TOPICS = 20
_KINDS = ("news", "photo", "article", "leaflet", "video", "report", "document", "poster", "slides", "scanned_document")
_VISIBILITIES = ("union", "public", "subtree", "unit", "private")
_SHARES = (0.5, 0.25, 0.1, 0.1, 0.05)
_WORDS = 20_000
# A logarithmic normal distribution: its median, and its 95th hundredth at 500.
_MEDIAN, _SPREAD, _LONGEST = 40, 1.535, 20_000
_BLOCK = 20_000
_SHA256 = b"\1" * 32
_ONSETS = (*"bcdđghklmnstvx", "ch", "kh", "ng", "nh", "ph", "qu", "th", "tr")
_RHYMES = (
    *"aêiouưy",
    *("ai", "an", "anh", "ao", "ac", "ay", "ăn", "ăng", "ân", "âm", "em", "en", "êu", "in", "inh", "iêu", "iên"),
    *("oi", "on", "ong", "ôn", "ông", "ơi", "ung", "uôn", "ưng", "ươi"),
)
_TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")


@dataclass(frozen=True)
class Filled:
    """What was made: how much, the paths of the provinces, and words, the frequent ones first."""

    assets: int
    provinces: tuple[str, ...]
    words: tuple[str, ...]


class Filler:
    """Writes an archive into the database of a connection."""

    def __init__(self, connection: Any, assets: int, seed: int) -> None:
        self._connection = connection
        self._assets = assets
        self._chance = np.random.default_rng(seed)
        self._words = _made_up_words(self._chance)
        shares = 1 / np.arange(1, _WORDS + 1)
        self._drawn = np.cumsum(shares / shares.sum())
        self._paths = [_path(1), *(_path(1, 2 + at) for at in range(PROVINCES))]
        self._units = [
            _path(1, 2 + province, 100 + province * UNITS_OF_PROVINCE + unit)
            for province in range(PROVINCES)
            for unit in range(UNITS_OF_PROVINCE)
        ]

    async def fill(self) -> Filled:
        """Write units, topics, a file, and all assets with their texts."""
        await self._fill_around()
        for start in range(0, self._assets, _BLOCK):
            await self._fill_block(start, min(_BLOCK, self._assets - start))
        await self._connection.execute("ANALYZE")
        return Filled(self._assets, tuple(self._paths[1:]), tuple(self._words))

    async def _fill_around(self) -> None:
        await self._connection.execute(
            "INSERT INTO stored_file (sha256, size, media_type) VALUES ($1, 1, 'text/plain')", _SHA256
        )
        units = [
            (UUID(int=_number(path)), _number(path), path, f"Đơn vị {_number(path)}", f"Unit {_number(path)}", path)
            for path in [*self._paths, *self._units]
        ]
        await self._connection.executemany(
            """INSERT INTO unit (id, number, path, name_vi, name_en, code, level, kind, tree_version)
               VALUES ($1, $2, $3, $4, $5, $6, 'level', 'kind', 1)""",
            units,
        )
        await self._connection.executemany(
            """INSERT INTO term (vocabulary, code, valid_from, vi, en, position)
               VALUES ('topic', $1, '-infinity', $2, $1, 1)""",
            [(f"topic_{at}", " ".join(self._words[at * 3 : at * 3 + 2])) for at in range(TOPICS)],
        )

    async def _fill_block(self, start: int, count: int) -> None:
        rows = list(self._rows(start, count))
        columns = "id unit_id unit_path kind title language topics visibility sha256 file_name created_on added_at"
        copied = (
            ("asset", columns, [row for row, _ in rows]),
            ("asset_version", "asset_id number sha256 file_name", [(row[0], 1, _SHA256, "a.txt") for row, _ in rows]),
            ("asset_text", "asset_id source state text", [(row[0], "document", "done", text) for row, text in rows]),
        )
        async with self._connection.transaction():
            for table, names, records in copied:
                await self._connection.copy_records_to_table(table, columns=names.split(), records=records)

    def _rows(self, start: int, count: int) -> Iterator[tuple[tuple[Any, ...], str]]:
        lengths = np.exp(np.log(_MEDIAN) + _SPREAD * self._chance.standard_normal(count))
        texts = self._texts(np.clip(lengths, 4, _LONGEST).astype(int) // 2)
        titles = self._texts(self._chance.integers(3, 6, count))
        # Large provinces have more than small ones, as in life.
        units = (len(self._units) * self._chance.random(count) ** 1.5).astype(int)
        kinds = (len(_KINDS) * self._chance.random(count) ** 2).astype(int)
        topics = (TOPICS * self._chance.random((count, 2)) ** 2).astype(int)
        seen = self._chance.choice(len(_VISIBILITIES), count, p=_SHARES)
        days = (3650 * self._chance.random(count) ** 1.5).astype(int)
        for at in range(count):
            path = self._units[units[at]]
            row = (
                UUID(int=(int(self._chance.integers(2**62)) << 64) + start + at),
                UUID(int=_number(path)),
                path,
                _KINDS[kinds[at]],
                titles[at].capitalize(),
                "vi" if at % 20 else "en",
                sorted({f"topic_{topics[at, 0]}", f"topic_{topics[at, 1]}"}),
                _VISIBILITIES[seen[at]],
                _SHA256,
                "a.txt",
                date(2026, 6, 1) - timedelta(days=int(days[at])),
                datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=7 * (start + at)),
            )
            yield row, texts[at]

    def _texts(self, lengths: Any) -> list[str]:
        """Return texts of so many words each."""
        drawn = np.searchsorted(self._drawn, self._chance.random(int(lengths.sum())))
        ends = np.cumsum(lengths)
        return [
            " ".join([self._words[one] for one in drawn[end - length : end]])
            for end, length in zip(ends.tolist(), lengths.tolist(), strict=True)
        ]


def _made_up_words(chance: Any) -> list[str]:
    spelled = [onset + rhyme[0] + tone + rhyme[1:] for onset in _ONSETS for rhyme in _RHYMES for tone in _TONES]
    # Composed, as the archive writes every text it takes in.
    syllables = [unicodedata.normalize("NFC", one) for one in spelled]
    chosen = chance.integers(len(syllables), size=(_WORDS, 2))
    return [f"{syllables[first]} {syllables[second]}" for first, second in chosen]


def _path(*numbers: int) -> str:
    return "".join(label(number) for number in numbers)


def _number(path: str) -> int:
    return int(path[-5:], 36)

"""Somebody who owns the database server and wants to know who said what. One attacker for every implementation.

Known beforehand: who holds which slip, so which token each worker spends; everybody's response group, age and gender;
and the order in which they submitted. Read: all tables with `ctid` and `xmin`, the write-ahead log by pg_walinspect and
as raw bytes, data files of backups, logs. Each way of attacking gives a guess for each worker; where it knows nothing it
takes one of the answers of the worker's group and segment at random.
"""

import random
import re
from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import numpy as np

# How far apart, in bytes, two things may lie in a file to be taken for one.
NEAR = 4_096
CHUNK = 4_000_000
SECRET = re.compile(rb"secret[0-9a-f]{16}")


@dataclass(frozen=True)
class Target:
    """The tables of an implementation: what spends tokens, what holds answers, and where answers wait before."""

    tokens: str
    answers: str
    waiting: str | None


@dataclass(frozen=True)
class Stored:
    """A row of an answer table as it lies there."""

    secret: str
    cell: tuple[str, str, str]
    xmin: int
    length: int


@dataclass(frozen=True)
class Logged:
    """An insert in the write-ahead log."""

    xid: str
    table: str
    length: int
    data: bytes


Guesses = dict[int, str]


class Attacker:
    """What was read, and what can be made of it."""

    def __init__(self, known: list[dict], target: Target) -> None:
        self.known, self.target = known, target
        self.worker_of = {worker["token"]: worker["number"] for worker in known}
        self.cell_of = {worker["number"]: (worker["group"], worker["age"], worker["gender"]) for worker in known}
        self.tokens: list[tuple[int, int]] = []
        self.answers: list[Stored] = []
        self.log: list[Logged] = []

    async def read(self, connection: asyncpg.Connection, since: str) -> None:
        """Read the tables in the order in which rows lie in them, and the inserts in the order of the log."""
        for row in await connection.fetch(
            f"SELECT token, xmin::text::bigint AS xmin FROM {self.target.tokens} ORDER BY ctid"
        ):
            self.tokens.append((self.worker_of[row["token"].hex()], row["xmin"]))
        for row in await connection.fetch(
            "SELECT values->>'comment' AS text, response_group_id, age_band, gender, xmin::text::bigint AS xmin,"
            f" pg_column_size(values) AS length FROM {self.target.answers} ORDER BY ctid"
        ):
            cell = (str(row["response_group_id"]), row["age_band"], row["gender"])
            self.answers.append(Stored(row["text"][:22], cell, row["xmin"], row["length"]))
        await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_walinspect")
        names = [name for name in (self.target.tokens, self.target.answers, self.target.waiting) if name]
        for row in await connection.fetch(
            """
            SELECT info.xid::text, class.relname, info.record_length,
                   coalesce(block.block_data, '') || coalesce(block.block_fpi_data, '') AS data
            FROM pg_get_wal_block_info($1::text::pg_lsn, pg_current_wal_lsn()) AS block
            JOIN pg_get_wal_records_info($1::text::pg_lsn, pg_current_wal_lsn()) AS info USING (start_lsn)
            JOIN pg_class class ON class.relfilenode = block.relfilenode
            WHERE class.relname = ANY ($2) AND block.record_type LIKE 'INSERT%' AND info.resource_manager = 'Heap'
            ORDER BY start_lsn
            """,
            since,
            names,
        ):
            self.log.append(Logged(row["xid"], row["relname"], row["record_length"], row["data"]))

    def attacks(self, raw: Sequence[bytes]) -> dict[str, Guesses]:
        """Every way of attacking, with its guesses. `raw`: log segments and data files, as bytes."""
        return {
            "one transaction wrote both": self._same(self.tokens, [(each.secret, each.xmin) for each in self.answers]),
            "rows lie in one order": self._zipped(
                [number for number, _ in self.tokens], [each.secret for each in self.answers]
            ),
            "who came first lies first": self._zipped(
                [worker["number"] for worker in self.known],
                [each.secret for each in sorted(self.answers, key=lambda each: each.xmin)],
            ),
            "the log has both in one transaction": self._same(
                [(number, xid) for number, xid in self._logged_tokens()],
                [(secret, xid) for secret, xid, _ in self._logged_answers()],
            ),
            "the log has both in one order": self._zipped(
                [number for number, _ in self._logged_tokens()], [secret for secret, *_ in self._logged_answers()]
            ),
            "their bytes lie close together": self._near(raw),
            "a long text makes a long row": self._by_length(),
        }

    def _logged_tokens(self) -> list[tuple[int, str]]:
        numbers = {bytes.fromhex(token): number for token, number in self.worker_of.items()}
        found: dict[int, str] = {}
        for each in self.log:
            if each.table == self.target.tokens:
                # A page that is logged whole holds many; rows fill it from its end, so the newest lies first.
                for _, token in _positions(each.data, numbers)[:1]:
                    found.setdefault(numbers[token], each.xid)
        return list(found.items())

    def _logged_answers(self) -> list[tuple[str, str, int]]:
        found: dict[str, tuple[str, int]] = {}
        for each in self.log:
            if each.table == self.target.answers:
                for secret in SECRET.findall(each.data):
                    found.setdefault(secret.decode(), (each.xid, each.length))
        return [(secret, *rest) for secret, rest in found.items()]

    def _same(self, tokens: Iterable[tuple[int, object]], answers: Iterable[tuple[str, object]]) -> Guesses:
        written = defaultdict(list)
        for secret, transaction in answers:
            written[transaction].append(secret)
        cells = {each.secret: each.cell for each in self.answers}
        guesses: Guesses = {}
        for number, transaction in tokens:
            fitting = [secret for secret in written[transaction] if cells[secret] == self.cell_of[number]]
            if fitting:
                guesses[number] = fitting[0]
        return guesses

    def _zipped(self, numbers: Iterable[int], secrets: Iterable[str]) -> Guesses:
        """The first of a group and segment with its first answer, the second with the second …"""
        cells = {each.secret: each.cell for each in self.answers}
        by_cell = defaultdict(list)
        for secret in secrets:
            by_cell[cells[secret]].append(secret)
        turns = {cell: iter(found) for cell, found in by_cell.items()}
        guesses: Guesses = {}
        for number in numbers:
            if secret := next(turns.get(self.cell_of[number], iter(())), None):
                guesses[number] = secret
        return guesses

    def _near(self, raw: Sequence[bytes]) -> Guesses:
        cells = {each.secret: each.cell for each in self.answers}
        tokens = {bytes.fromhex(token): number for token, number in self.worker_of.items()}
        best: dict[int, tuple[int, str]] = {}
        for content in raw:
            secrets = [(found.start(), found[0].decode()) for found in SECRET.finditer(content)]
            places = [place for place, _ in secrets]
            for at, token in _positions(content, tokens) if secrets else ():
                number = tokens[token]
                for place, secret in secrets[bisect(places, at - NEAR) : bisect(places, at + NEAR)]:
                    guess = (abs(place - at), secret)
                    if cells.get(secret) == self.cell_of[number] and guess < best.get(number, (NEAR, "")):
                        best[number] = guess
        return {number: secret for number, (_, secret) in best.items()}

    def _by_length(self) -> Guesses:
        """The waiting row beside a token: the longer it is, the longer the text."""
        boxes, tokens = defaultdict(list), defaultdict(list)
        for number, xid in self._logged_tokens():
            tokens[xid].append(number)
        for each in self.log:
            if each.table == self.target.waiting:
                boxes[each.xid].append(each.length)
        length_of = {
            number: length
            for xid, numbers in tokens.items()
            for number, length in zip(numbers, boxes[xid], strict=False)
        }
        numbers = sorted(length_of, key=lambda number: length_of[number])
        return self._zipped(numbers, [each.secret for each in sorted(self.answers, key=lambda each: each.length)])

    def hits_by_the_night(self, guesses: Guesses, rng: random.Random, times: int) -> tuple[int, list[int]]:
        """How many guesses are right, and how many would be if only an answer's night told anything.

        For that the answers of one night, group and segment are dealt anew, so many times, to those they came from.
        """
        truth = {worker["text"][:22]: worker["number"] for worker in self.known}
        dealt = defaultdict(list)
        for each in self.answers:
            dealt[each.xmin, each.cell].append(each.secret)
        found: list[int] = []
        for _ in range(times):
            right = 0
            for secrets in dealt.values():
                anew = rng.sample(secrets, len(secrets))
                right += sum(guesses.get(truth[old]) == new for old, new in zip(secrets, anew, strict=True))
            found.append(right)
        return sum(guesses.get(number) == secret for secret, number in truth.items()), found

    def hits(self, guesses: Guesses, rng: random.Random) -> int:
        """How many guesses are right, with a random answer of the cell where there is no guess."""
        by_cell = defaultdict(list)
        for each in self.answers:
            by_cell[each.cell].append(each.secret)
        right = 0
        for worker in self.known:
            number = worker["number"]
            guess = guesses.get(number) or rng.choice(by_cell[self.cell_of[number]])
            right += guess == worker["text"][:22]
        return right


def _positions(content: bytes, tokens: dict[bytes, int]) -> list[tuple[int, bytes]]:
    """Where tokens lie in bytes: by a table of their first two bytes, so that many megabytes take a second."""
    begins = np.zeros(65_536, dtype=bool)
    begins[[int.from_bytes(token[:2], "little") for token in tokens]] = True
    found: list[tuple[int, bytes]] = []
    for start in range(0, len(content), CHUNK):
        chunk = np.frombuffer(content[start : start + CHUNK + 31], dtype=np.uint8).astype(np.uint16)
        places = np.flatnonzero(begins[chunk[:-1] | chunk[1:] << 8]) + start
        found += [(int(at), content[at : at + 32]) for at in places if content[at : at + 32] in tokens]
    return found


def files_below(folder: Path, pattern: str = "*") -> list[bytes]:
    """The contents of the files below a folder."""
    return [path.read_bytes() for path in sorted(folder.rglob(pattern)) if path.is_file()]

"""A wave's answers as columns of small numbers, as far as releases count them: a hundred bytes an answer, no texts.

Rows come in chunks in any order; what is made of them does not depend on the order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from survey.results.placement import Placement, Said
from survey.results.questions import Question

Column = NDArray[np.int32]


class Row(NamedTuple):
    """One answer: its response group (none for those who got a link for all), its segments, and its values as JSON."""

    group: int | None
    said: Said
    values: str


@dataclass(frozen=True)
class Ticks:
    """What was chosen of one question: for each answer the number of a pattern, and which choices a pattern has.

    Pattern 0 has none: nothing was said. Of a single choice the patterns are its choices, of several what was ticked.
    """

    pattern: Column
    patterns: NDArray[np.bool_]
    """Patterns × choices."""


@dataclass(frozen=True)
class Answers:
    """All answers of a wave: for each its piece, age band and gender (numbers of the placement's), and the ticks."""

    piece: Column
    age_band: Column
    gender: Column
    ticks: tuple[Ticks, ...]
    drawn: int
    """How many answers lacked a segment, or had too rare a one, and were placed by chance."""

    @property
    def count(self) -> int:
        """How many answers there are."""
        return len(self.piece)


class _Collected:
    """The patterns of one question so far."""

    def __init__(self, question: Question) -> None:
        self._code = question.code
        self._has_several = question.has_several
        self._index = {code: at for at, code in enumerate(question.codes)}
        self._known: dict[object, int] = {None: 0}
        self._numbers: dict[tuple[int, ...], int] = {(): 0}
        self._found: list[Column] = [np.empty(0, np.int32)]

    def add(self, values: Sequence[Mapping[str, Any]]) -> None:
        """Add what a chunk of answers chose."""
        code, known = self._code, self._known
        found: list[Any] = [answer.get(code) for answer in values]
        said = [tuple(one) if one.__class__ is list else one for one in found] if self._has_several else found
        for new in set(said).difference(known):
            known[new] = self._number(new)
        self._found.append(np.array([known[one] for one in said], dtype=np.int32))

    def _number(self, said: object) -> int:
        """Return the pattern of an answer that was not met before; codes that the question lacks don't count."""
        named: Sequence[object] = said if isinstance(said, tuple) else (said,)
        chosen = {self._index[code] for one in named if (code := str(one)) in self._index}
        return self._numbers.setdefault(tuple(sorted(chosen)), len(self._numbers))

    def ticks(self) -> Ticks:
        """Return all of them."""
        patterns = np.zeros((len(self._numbers), len(self._index)), dtype=np.bool_)
        for chosen, number in self._numbers.items():
            patterns[number, list(chosen)] = True
        return Ticks(np.concatenate(self._found), patterns)


class Encoder:
    """Takes rows chunk by chunk and gives columns."""

    def __init__(self, questions: Sequence[Question], placement: Placement) -> None:
        self._placement = placement
        self._collected = [_Collected(question) for question in questions]
        self._places: list[NDArray[np.int32]] = [np.empty((0, 3), np.int32)]

    def add(self, chunk: Sequence[Row]) -> None:
        """Take some more rows."""
        values = [orjson.loads(row.values) for row in chunk]
        for collected in self._collected:
            collected.add(values)
        place = self._placement.place
        self._places.append(np.array([place(row.group, row.said, row.values) for row in chunk], dtype=np.int32))

    def finish(self) -> Answers:
        """Return the columns of all rows taken."""
        places = np.concatenate([each.reshape(-1, 3) for each in self._places])
        ticks = tuple(collected.ticks() for collected in self._collected)
        return Answers(places[:, 0].copy(), places[:, 1].copy(), places[:, 2].copy(), ticks, self._placement.drawn)

"""A wave's answers as columns of small numbers, as far as releases count them: a hundred bytes an answer, no texts.

Rows come in chunks in any order; what is made of them does not depend on the order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    """What was chosen of one question: pairs of an answer's number and a choice's, and who chose anything."""

    rows: Column
    choices: Column
    answered: Column


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


@dataclass
class _Collected:
    """The ticks of one question so far."""

    index: Mapping[str, int]
    rows: list[NDArray[np.int32]] = field(default_factory=list[NDArray[np.int32]])
    choices: list[NDArray[np.int32]] = field(default_factory=list[NDArray[np.int32]])

    def add(self, code: str, values: Sequence[Mapping[str, Any]], first: int) -> None:
        """Add the ticks of a chunk whose first answer has the number `first`."""
        rows: list[int] = []
        choices: list[int] = []
        get = self.index.get
        for number, answer in enumerate(values, first):
            said = answer.get(code)
            if said is None:
                continue
            for one in said if isinstance(said, list) else (said,):  # pyright: ignore[reportUnknownVariableType]
                choice = get(str(one))  # pyright: ignore[reportUnknownArgumentType]
                if choice is not None:
                    rows.append(number)
                    choices.append(choice)
        self.rows.append(np.array(rows, dtype=np.int32))
        self.choices.append(np.array(choices, dtype=np.int32))

    def ticks(self) -> Ticks:
        """Return all of them."""
        rows = np.concatenate([np.empty(0, np.int32), *self.rows])
        choices = np.concatenate([np.empty(0, np.int32), *self.choices])
        # The rows ascend: whoever differs from the one before is somebody new.
        first = np.ones(len(rows), dtype=np.bool_)
        first[1:] = rows[1:] != rows[:-1]
        return Ticks(rows, choices, rows[first])


class Encoder:
    """Takes rows chunk by chunk and gives columns."""

    def __init__(self, questions: Sequence[Question], placement: Placement) -> None:
        self._questions = questions
        self._placement = placement
        self._collected = [_Collected({code: at for at, code in enumerate(each.codes)}) for each in questions]
        self._places: list[NDArray[np.int32]] = [np.empty((0, 3), np.int32)]
        self._count = 0

    def add(self, chunk: Sequence[Row]) -> None:
        """Take some more rows."""
        values = [orjson.loads(row.values) for row in chunk]
        for question, collected in zip(self._questions, self._collected, strict=True):
            collected.add(question.code, values, self._count)
        place = self._placement.place
        self._places.append(np.array([place(row.group, row.said, row.values) for row in chunk], dtype=np.int32))
        self._count += len(chunk)

    def finish(self) -> Answers:
        """Return the columns of all rows taken."""
        places = np.concatenate([each.reshape(-1, 3) for each in self._places])
        ticks = tuple(collected.ticks() for collected in self._collected)
        return Answers(places[:, 0].copy(), places[:, 1].copy(), places[:, 2].copy(), ticks, self._placement.drawn)

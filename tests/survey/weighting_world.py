"""Made-up waves, as single answers and as the counts that are made of them, for tests of weighted estimates."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from survey.estimation.calibration import Margin, post_stratify, rake, trimmed
from survey.estimation.design import Design, sample
from survey.weighting.frame import Weights, levels_of_cells

Ints = NDArray[np.int64]
PIECES = 3
CHOICES = 4
TICKS = 3
VALUES = np.array([1.0, 2.0, 4.0, 5.0])
MISSING = -1


@dataclass(frozen=True)
class Wave:
    """A wave's frame (P × A × G people) and its n answers; each place has PIECES leaf pieces."""

    people: Ints
    piece: Ints
    age: Ints
    gender: Ints
    scale: Ints
    """The choice of a scale, MISSING for none (n)."""
    ticks: Ints
    """Whether each choice of another question was ticked (n × TICKS), MISSING where neither was answered."""

    @property
    def place(self) -> Ints:
        return np.repeat(np.arange(len(self.people)), PIECES)

    @property
    def answers(self) -> Ints:
        found = np.zeros(self.people.shape, dtype=np.int64)
        np.add.at(found, (self.place[self.piece], self.age, self.gender), 1)
        return found

    def counted(self, columns: Ints) -> tuple[Ints, Ints]:
        """Return `base` (L × A × G) and `chosen` (L × A × G × C) of columns of 0 and 1 (n × C), MISSING for neither."""
        shape = (len(self.place), *self.people.shape[1:])
        base, chosen = np.zeros(shape, dtype=np.int64), np.zeros((*shape, columns.shape[1]), dtype=np.int64)
        said = columns[:, 0] != MISSING
        at = (self.piece[said], self.age[said], self.gender[said])
        np.add.at(base, at, 1)
        np.add.at(chosen, at, columns[said])
        return base, chosen

    @property
    def scale_columns(self) -> Ints:
        columns = np.equal.outer(self.scale, np.arange(CHOICES)).astype(np.int64)
        columns[self.scale == MISSING] = MISSING
        return columns

    @property
    def nodes(self) -> list[list[int]]:
        """A node below the places, a place, one across two of them, one of parts of several, and all."""
        last = len(self.place) - 1
        return [
            [0],
            [0, 1, 2],
            [1, 2, 3],
            [0, 3, 5, last],
            list(range(last + 1)),
        ]

    @property
    def parts(self) -> csr_array:
        return as_parts(self.nodes, len(self.place))

    def domain(self, node: list[int], age: int, gender: int) -> NDArray[np.bool_]:
        """Return who belongs to a cell of a node; the last place of an axis is all."""
        _, ages, genders = self.people.shape
        return (
            np.isin(self.piece, node)
            & ((self.age == age) | (age == ages))
            & ((self.gender == gender) | (gender == genders))
        )


def as_parts(nodes: list[list[int]], pieces: int) -> csr_array:
    rows = np.repeat(np.arange(len(nodes)), [len(node) for node in nodes])
    return csr_array((np.ones(len(rows)), (rows, np.concatenate(nodes))), shape=(len(nodes), pieces))


def made_up(seed: int, people: Ints, answers: Ints) -> Wave:
    """Return a wave with these many answers (P × A × G), spread over the pieces; opinions differ by age and gender."""
    random = np.random.default_rng(seed)
    cell = np.repeat(np.arange(answers.size), answers.reshape(-1))
    place, age, gender = np.unravel_index(cell, answers.shape)
    size = len(cell)
    leaning = np.stack([0.4 - 0.1 * gender, 0.2 + 0.05 * age, 0.2 + 0.1 * gender, 0.2 - 0.05 * age], axis=1)
    scale = (random.random((size, 1)) > leaning.cumsum(axis=1)).sum(axis=1).clip(0, CHOICES - 1)
    ticks = (random.random((size, TICKS)) < np.array([0.3, 0.55, 0.9])).astype(np.int64)
    scale[random.random(size) < 0.1] = MISSING
    ticks[scale == MISSING] = MISSING
    return Wave(people, place * PIECES + random.integers(0, PIECES, size), age, gender, scale, ticks)


def row_design(wave: Wave, weights: Weights, *, census: bool) -> Design:
    """Return the design of the single answers that the weights describe, by `survey.estimation`."""
    at = (wave.place[wave.piece], wave.age, wave.gender)
    stratum = weights.stratum[at]
    used = weights.stratum >= 0
    there = np.bincount(weights.stratum[used], weights.people[used])
    size = len(stratum)
    design = sample(
        size=size,
        weights=np.ones(size),
        strata=[stratum] if census else [],
        populations=[there[stratum]] if census else [],
    )
    if weights.raking is None:
        return post_stratify(design, Margin(stratum, dict(enumerate(there.tolist()))))
    levels = levels_of_cells((weights.raking.place, weights.raking.age_band, weights.raking.gender))
    margins = [
        Margin(table[at], {int(level): float(weights.people[table == level].sum()) for level in np.unique(table)})
        for table in levels
    ]
    raked = rake(design, margins, tolerance=1e-12, rounds=2000)
    mean = weights.people.sum() / size
    return trimmed(raked, lower=mean / 5, upper=mean * 5)


def _table(*places: list[list[int]]) -> Ints:
    return np.array(places, dtype=np.int64)


# By kind: people and answers of place × age × gender.
PLENTY = (
    _table([[90, 60], [80, 70], [40, 45]], [[200, 210], [120, 90], [60, 75]], [[55, 140], [66, 77], [88, 99]]),
    _table([[30, 22], [41, 12], [15, 17]], [[25, 60], [38, 20], [14, 19]], [[11, 44], [12, 33], [20, 10]]),
)
# Few of some ages; too few women in the second place; the third has too few altogether, the fourth nobody; and one age
# band has answers where the frame has no people.
FEW = (
    _table(
        [[90, 60], [80, 70], [40, 45]],
        [[20, 210], [12, 90], [6, 75]],
        [[10, 9], [8, 7], [0, 3]],
        [[12, 4], [6, 7], [8, 9]],
        [[100, 120], [130, 90], [0, 40]],
    ),
    _table(
        [[30, 4], [5, 12], [15, 6]],
        [[2, 60], [3, 20], [1, 19]],
        [[1, 2], [0, 3], [0, 1]],
        [[0, 0], [0, 0], [0, 0]],
        [[40, 35], [22, 10], [2, 16]],
    ),
)
# Young women and old men hardly answered, in one place nobody but its office.
UNEVEN = (
    _table([[900, 600], [80, 70], [400, 450]], [[200, 210], [120, 90], [60, 750]], [[3000, 400], [660, 770], [88, 99]]),
    _table([[12, 90], [30, 25], [60, 11]], [[25, 60], [38, 20], [14, 10]], [[10, 4], [12, 10], [0, 3]]),
)

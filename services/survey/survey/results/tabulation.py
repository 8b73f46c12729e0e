"""From columns of answers to counts: every question by piece, age band and gender, and by node with all totals."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from survey.results.columns import Answers, Column, Ticks

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Size:
    """How many pieces, age bands and genders there are."""

    pieces: int
    age_bands: int
    genders: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """The shape of counts by piece, age band and gender."""
        return (self.pieces, self.age_bands, self.genders)


@dataclass(frozen=True)
class Tally:
    """One question's counts by piece, age band and gender: who answered it, and who chose what (last axis)."""

    base: Counts
    chosen: Counts


def cells_of(answers: Answers, size: Size) -> Column:
    """Return the number of each answer's cell, counting through genders first, then age bands, then pieces."""
    return ((answers.piece * size.age_bands + answers.age_band) * size.genders + answers.gender).astype(np.int32)


def participation(cells: Column, size: Size) -> Counts:
    """Return how many answers each cell has."""
    return np.bincount(cells, minlength=int(np.prod(size.shape))).reshape(size.shape)


def tallied(cells: Column, ticks: Ticks, size: Size) -> Tally:
    """Count one question's answers by cell."""
    length, choices = int(np.prod(size.shape)), ticks.patterns.shape[1]
    chosen = np.empty((length, choices), dtype=np.int64)
    for choice in range(choices):
        chosen[:, choice] = np.bincount(cells[ticks.patterns[ticks.pattern, choice]], minlength=length)
    base = np.bincount(cells[ticks.pattern > 0], minlength=length)
    return Tally(base.reshape(size.shape), chosen.reshape(*size.shape, choices))


def by_node(counts: Counts, made_of: csr_array) -> Counts:
    """Return counts (piece, age, gender, …) by node, with the totals of age and gender appended to these axes."""
    flat = counts.reshape(counts.shape[0], -1)
    summed = np.rint(made_of @ flat).astype(np.int64).reshape(-1, *counts.shape[1:])
    for axis in (1, 2):
        summed = np.concatenate([summed, summed.sum(axis=axis, keepdims=True)], axis=axis)
    return summed

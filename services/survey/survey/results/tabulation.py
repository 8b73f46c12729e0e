"""From single answers to counts: every question by age band, gender and region (`SEGMENTS`), with all the margins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey.questionnaires.definition import SEGMENTS
from survey.results.placement import Place, Values
from survey.results.questions import Question

Counts = NDArray[np.int64]
Cells = NDArray[np.int64]


@dataclass(frozen=True)
class Categories:
    """The categories of each axis of a table, in order. An axis has one place more: its last is the total."""

    age_band: tuple[str, ...]
    gender: tuple[str, ...]
    region: tuple[str, ...]

    @property
    def axes(self) -> tuple[tuple[str, ...], ...]:
        """The categories axis by axis."""
        return (self.age_band, self.gender, self.region)

    @property
    def shape(self) -> tuple[int, int, int]:
        """The shape of a table with its totals."""
        return (len(self.age_band) + 1, len(self.gender) + 1, len(self.region) + 1)

    def segment(self, place: Sequence[int]) -> tuple[str | None, str | None, str | None]:
        """Return the codes at a place of a table; None stands for all."""
        age_band, gender, region = (
            codes[index] if index < len(codes) else None for codes, index in zip(self.axes, place, strict=True)
        )
        return age_band, gender, region


@dataclass(frozen=True)
class Table:
    """One question's counts.

    `base[a, g, r]` is how many answered it, `counts[c, a, g, r]` how many of those chose choice c; the last place of
    the axes a, g and r holds the total. A multiple choice counts in each choice that was ticked.
    """

    question: Question
    base: Counts
    counts: Counts


@dataclass(frozen=True)
class Tabulation:
    """All counts of a set of answers; `participation` counts the answers themselves, laid out like a base."""

    categories: Categories
    participation: Counts
    tables: tuple[Table, ...]

    @property
    def answers(self) -> int:
        """How many answers were counted."""
        return int(self.participation[-1, -1, -1])


def with_margins(inner: Counts) -> Counts:
    """Return counts over (…, age, gender, region) with the totals of the last three axes appended to each."""
    for axis in (-3, -2, -1):
        inner = np.concatenate([inner, inner.sum(axis=axis, keepdims=True)], axis=axis)
    return inner


def tabulate(
    places: Sequence[Place], values: Sequence[Values], questions: Sequence[Question], order: Mapping[str, Sequence[str]]
) -> Tabulation:
    """Count answers, given by their places (see `placement`) and their values.

    `order` names the categories of each segment in the order in which tables show them; unknown ones follow by name.
    """
    categories = _categories(places, order)
    cells = _cells(places, categories)
    size = tuple(extent - 1 for extent in categories.shape)
    everyone = np.ones(len(values), dtype=bool)
    return Tabulation(
        categories=categories,
        participation=with_margins(_count(cells, everyone, size)),
        tables=tuple(_table(question, values, cells, size) for question in questions),
    )


def _categories(places: Sequence[Place], order: Mapping[str, Sequence[str]]) -> Categories:
    found: dict[str, tuple[str, ...]] = {}
    for axis, name in enumerate(SEGMENTS):
        present = {place[axis] for place in places}
        known = [code for code in order.get(name, ()) if code in present]
        found[name] = (*known, *sorted(present.difference(known)))
    return Categories(**found)


def _cells(places: Sequence[Place], categories: Categories) -> Cells:
    """Return the number of each answer's cell, counting through the last axis first."""
    cells = np.zeros(len(places), dtype=np.int64)
    for axis, codes in enumerate(categories.axes):
        index = {code: position for position, code in enumerate(codes)}
        cells = cells * len(codes) + np.array([index[place[axis]] for place in places], dtype=np.int64)
    return cells


def _count(cells: Cells, chosen: NDArray[np.bool_], size: tuple[int, ...]) -> Counts:
    return np.bincount(cells[chosen], minlength=int(np.prod(size))).reshape(size).astype(np.int64)


def _table(question: Question, values: Sequence[Values], cells: Cells, size: tuple[int, ...]) -> Table:
    index = {code: position for position, code in enumerate(question.choices)}
    chosen = np.zeros((len(question.choices), len(values)), dtype=bool)
    for row, answer in enumerate(values):
        for code in _codes(answer.get(question.code)):
            if code in index:
                chosen[index[code], row] = True
    answered = np.asarray(chosen.any(axis=0))
    counts = np.stack([_count(cells, choice, size) for choice in chosen])
    return Table(question, base=with_margins(_count(cells, answered, size)), counts=with_margins(counts))


def _codes(value: object) -> list[str]:
    """Return the choices that an answer names; a point on a scale is the choice of its number."""
    if value is None:
        return []
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]

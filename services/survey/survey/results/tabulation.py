"""From single answers to counts: every question by age band, gender and region (`SEGMENTS`), with all the margins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey.questionnaires.definition import NOT_SAID, SEGMENTS

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Question:
    """A question whose answers can be counted: its code and the codes of its choices in order."""

    code: str
    choices: tuple[str, ...]


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
    answers: pd.DataFrame, questions: Sequence[Question], order: Mapping[str, Sequence[str]], minimum_base: int
) -> Tabulation:
    """Count answers given as columns `age_band`, `gender`, `region` (None: not said) and `values` (a dict).

    `order` names the categories of each segment in the order in which tables show them; unknown ones follow by name.
    Answers of a category that has fewer than `minimum_base` answers over all are left out of everything: as the rest
    of a total they would give themselves away, or else force other columns to be hidden.
    """
    segments = answers.loc[:, list(SEGMENTS)].fillna(NOT_SAID)
    keep = _without_rare(segments, minimum_base)
    segments = segments.loc[keep]
    values = answers.loc[keep, "values"].tolist()
    categories = _categories(segments, order)
    place = _places(segments, categories)
    size = tuple(extent - 1 for extent in categories.shape)
    everyone = np.ones(len(values), dtype=bool)
    return Tabulation(
        categories=categories,
        participation=with_margins(_count(place, everyone, size)),
        tables=tuple(_table(question, values, place, size) for question in questions),
    )


def _without_rare(segments: pd.DataFrame, minimum_base: int) -> pd.Series:
    keep = pd.Series(True, index=segments.index)
    while True:
        before = int(keep.sum())
        for name in SEGMENTS:
            # Leaving answers out of one segment may make a category of another rare.
            sizes = segments.loc[keep, name].value_counts()
            keep &= segments[name].map(sizes).fillna(0) >= minimum_base
        if int(keep.sum()) == before:
            return keep


def _categories(segments: pd.DataFrame, order: Mapping[str, Sequence[str]]) -> Categories:
    found: dict[str, tuple[str, ...]] = {}
    for name in SEGMENTS:
        present = set(segments[name])
        known = [code for code in order.get(name, ()) if code in present]
        found[name] = (*known, *sorted(present.difference(known)))
    return Categories(**found)


def _places(segments: pd.DataFrame, categories: Categories) -> NDArray[np.int64]:
    place = np.zeros(len(segments), dtype=np.int64)
    for name, codes in zip(SEGMENTS, categories.axes, strict=True):
        index = {code: position for position, code in enumerate(codes)}
        place = place * len(codes) + np.array([index[code] for code in segments[name]], dtype=np.int64)
    return place


def _count(place: NDArray[np.int64], chosen: NDArray[np.bool_], size: tuple[int, ...]) -> Counts:
    return np.bincount(place[chosen], minlength=int(np.prod(size))).reshape(size).astype(np.int64)


def _table(
    question: Question, values: Sequence[Mapping[str, Any]], place: NDArray[np.int64], size: tuple[int, ...]
) -> Table:
    index = {code: position for position, code in enumerate(question.choices)}
    chosen = np.zeros((len(question.choices), len(values)), dtype=bool)
    for row, answer in enumerate(values):
        for code in _codes(answer.get(question.code)):
            if code in index:
                chosen[index[code], row] = True
    answered = np.asarray(chosen.any(axis=0))
    counts = np.stack([_count(place, choice, size) for choice in chosen])
    return Table(question, base=with_margins(_count(place, answered, size)), counts=with_margins(counts))


def _codes(value: object) -> list[str]:
    """Return the choices that an answer names; a point on a scale is the choice of its number."""
    if value is None:
        return []
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]

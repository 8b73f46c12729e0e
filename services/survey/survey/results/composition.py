"""A release's cells, made from answers: counted, protected, and only then given shares and intervals.

Nothing here reads or writes; the same answers, rules and seed give the same cells, in the same order.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import orjson

from survey.questionnaires.definition import Definition
from survey.results.intervals import CONFIDENCE, wilson
from survey.results.placement import FrameCell, Said, Values, placed
from survey.results.protection import Layer, Mask, Shown, protect
from survey.results.questions import PARTICIPATION, countable
from survey.results.tabulation import Categories, Counts, Table, Tabulation, tabulate

# Questions that at least this share of all people answered are hidden and shown alike: what one of them hides, no
# other gives away.
COMMON = 0.8


class Cell(NamedTuple):
    """One row of a release; see the table `release_cell` for what may be null when."""

    question_code: str
    choice_code: str | None
    age_band: str | None
    gender: str | None
    region: str | None
    shown: bool
    n: int | None = None
    base: int | None = None
    share: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class WaveAnswers:
    """All that a release is made from: what `placed` and `tabulate` take."""

    said: Sequence[Said]
    values: Sequence[Values]
    frame: Sequence[FrameCell]
    definition: Definition
    order: Mapping[str, Sequence[str]]
    salt: bytes


@dataclass(frozen=True)
class Composition:
    """A release before it is stored."""

    answers_used: int
    cells: tuple[Cell, ...]
    method: dict[str, Any]

    @property
    def sha256(self) -> str:
        """The SHA-256 (hex) of the cells as JSON, to show that computing again gives the same."""
        return hashlib.sha256(orjson.dumps([list(cell) for cell in self.cells])).hexdigest()


def compose(wave: WaveAnswers, *, minimum_base: int, seed: int) -> Composition:
    """Place, count, protect and describe; the seed only settles which of equally good cells are hidden."""
    places, drawn = placed(wave.said, wave.values, wave.frame, minimum_base, wave.salt)
    counted = tabulate(places, wave.values, countable(wave.definition), wave.order)
    masks = _masks(counted, minimum_base, seed)
    cells = list(_base_rows(PARTICIPATION, counted.categories, counted.participation, masks[PARTICIPATION]))
    for table in counted.tables:
        mask = masks[table.question.code]
        cells += _base_rows(table.question.code, counted.categories, table.base, mask)
        cells += _choice_rows(table, counted.categories, mask)
    return Composition(counted.answers, tuple(cells), _method(minimum_base, drawn))


def _masks(counted: Tabulation, minimum_base: int, seed: int) -> dict[str, Mask]:
    """Return what to hide, by question: one pattern for participation and the common questions, more for the others."""
    common = {PARTICIPATION: Layer(counted.participation)}
    rarer: list[Table] = []
    for table in counted.tables:
        if table.base[-1, -1, -1] >= COMMON * counted.answers:
            common[table.question.code] = Layer(table.base)
        else:
            rarer.append(table)
    shared = protect(list(common.values()), minimum_base, seed)
    masks = dict.fromkeys(common, shared)
    # Nobody answered a question who did not take part.
    participants = Shown(counted.participation, shared)
    for table in rarer:
        layer = Layer(table.base, within=participants)
        masks[table.question.code] = protect([layer], minimum_base, seed, hidden=shared)
    return masks


def _base_rows(code: str, categories: Categories, base: Counts, mask: Mask) -> Iterator[Cell]:
    for place in np.ndindex(*categories.shape):
        shown = not mask[place]
        yield Cell(code, None, *categories.segment(place), shown=shown, base=int(base[place]) if shown else None)


def _choice_rows(table: Table, categories: Categories, mask: Mask) -> Iterator[Cell]:
    for place in np.ndindex(*categories.shape):
        if mask[place]:
            continue
        base = int(table.base[place])
        for index, choice in enumerate(table.question.choices):
            n = int(table.counts[(index, *place)])
            low, high = wilson(n, base)
            yield Cell(table.question.code, choice, *categories.segment(place), True, n, base, n / base, low, high)


def _method(minimum_base: int, drawn: int) -> dict[str, Any]:
    return {
        "sample": "self_selected",
        "weighting": "none",
        "interval": "wilson",
        "confidence": CONFIDENCE,
        "hidden_below": minimum_base,
        "protection": "small_cells, lines, audit by linear programming",
        "placed": drawn if drawn >= minimum_base else None,
        "version": 1,
    }

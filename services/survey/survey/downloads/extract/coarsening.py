"""k-anonymity by local recoding: combinations of what could tell people apart are joined until each has k answers.

After L. Sweeney, "Achieving k-anonymity privacy protection using generalization and suppression" (International Journal
of Uncertainty, Fuzziness and Knowledge-Based Systems 10, 2002), with recoding of cells instead of whole columns, and
nothing suppressed. What k-anonymity does not promise: that the answers of k alike people differ, nor that somebody who
knows more of a person than these columns does not find them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

K = 5

# The categories that a column's value stands for: one, or several that were joined.
Value = frozenset[int]
# One value of each column.
Cell = tuple[Value, ...]


class Column(NamedTuple):
    """A column of categories 0 … size − 1; of an ordered one neighbours are joined before it is dropped."""

    name: str
    size: int
    ordered: bool = False

    @property
    def everything(self) -> Value:
        """The value that tells nothing."""
        return frozenset(range(self.size))


class TooFewAnswers(ValueError):
    """Fewer than k answers in all."""


def coarsened(
    answers: Mapping[tuple[int, ...], int], columns: Sequence[Column], k: int = K
) -> dict[tuple[int, ...], Cell]:
    """Return for each combination that is present (with its number of answers) what it is told as.

    Each combination told has at least k answers. The first column is given up first, the last one last; where columns
    are as equal, the smallest partner joins. Deterministic. Raises TooFewAnswers below k.
    """
    if sum(answers.values()) < k:
        raise TooFewAnswers
    joined = _Joined({combination: tuple(frozenset((code,)) for code in combination) for combination in answers})
    for stage, column in enumerate(columns):
        if column.ordered:
            _join_neighbours(joined, answers, columns, stage, k)
        _drop(joined, answers, columns, stage, k)
    return joined.told


class _Joined:
    """What each combination is told as so far."""

    def __init__(self, told: dict[tuple[int, ...], Cell]) -> None:
        self.told = told

    def groups(self, answers: Mapping[tuple[int, ...], int], stage: int) -> Iterable[Counter[Cell]]:
        """Return the cells with their answers, those together that agree in all columns after a stage."""
        found: defaultdict[Cell, Counter[Cell]] = defaultdict(Counter)
        for combination, cell in self.told.items():
            found[cell[stage + 1 :]][cell] += answers[combination]
        return found.values()

    def replace(self, new: Mapping[Cell, Cell]) -> None:
        """Tell the combinations of some cells as others."""
        if new:
            self.told = {combination: new.get(cell, cell) for combination, cell in self.told.items()}


def _drop(
    joined: _Joined, answers: Mapping[tuple[int, ...], int], columns: Sequence[Column], stage: int, k: int
) -> None:
    """Give up the columns up to a stage where cells are too small, in as few other cells as reach k."""
    new: dict[Cell, Cell] = {}
    for group in joined.groups(answers, stage):
        taken = [cell for cell, number in group.items() if number < k]
        if not taken:
            continue
        given_up = tuple(column.everything for column in columns[: stage + 1])
        whole = (*given_up, *taken[0][stage + 1 :])
        # Who is told as little already counts without losing anything: they come first.
        others = sorted(
            (cell for cell in group if group[cell] >= k),
            key=lambda cell, whole=whole: (cell != whole, group[cell], _order(cell)),
        )
        while sum(group[cell] for cell in taken) < k and others:
            taken.append(others.pop(0))
        new |= dict.fromkeys(taken, whole)
    joined.replace(new)


def _join_neighbours(
    joined: _Joined, answers: Mapping[tuple[int, ...], int], columns: Sequence[Column], stage: int, k: int
) -> None:
    """Join neighbouring categories of an ordered column where cells are too small."""
    given_up = tuple(column.everything for column in columns[:stage])
    new: dict[Cell, Cell] = {}
    for group in joined.groups(answers, stage):
        cells, came_from = Counter(group), {cell: {cell} for cell in group}
        while small := sorted((cell for cell in cells if cells[cell] < k), key=lambda c: (cells[c], _order(c))):
            cell = small[0]
            partners = [other for other in cells if other != cell]
            if not partners:
                break
            partner = min(partners, key=lambda other: (_distance(cell, other, stage), cells[other], _order(other)))
            both = (*given_up, _span(cell[stage] | partner[stage]), *cell[stage + 1 :])
            number = cells.pop(cell) + cells.pop(partner)
            sources = came_from.pop(cell) | came_from.pop(partner)
            cells[both] += number
            came_from[both] = came_from.get(both, set()) | sources
        new |= {source: cell for cell, sources in came_from.items() for source in sources}
    joined.replace(new)


def _distance(one: Cell, other: Cell, stage: int) -> int:
    return min(abs(a - b) for a in one[stage] for b in other[stage])


def _span(value: Value) -> Value:
    return frozenset(range(min(value), max(value) + 1))


def _order(cell: Cell) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(sorted(value)) for value in cell)

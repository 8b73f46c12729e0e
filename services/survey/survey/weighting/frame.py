"""Weights by which the answers of a wave stand for all people of its frozen frame, found from counts alone.

Everything is a table over place × age band × gender (P × A × G): how many people the frame has there, and how many of
them answered. All answers of a cell weigh the same, so no answer is ever looked at.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from survey.estimation.calibration import Margin, rake
from survey.estimation.design import Codes, Design, Floats
from survey.estimation.errors import DesignInvalid, EstimationError, NotConverged, TrimInfeasible

Counts = NDArray[np.int64]
Kind = Literal["post_stratified", "collapsed", "raked"]

MINIMUM = 10
"""A post-stratum has at least this many answers: with fewer, its own weight is a matter of chance."""

CAP = 5.0
"""No answer should weigh more than this many times the mean; trimmed ones weigh no less than the mean by it."""

AGE = 1

# Tables of place × age × gender with empty cells settle slowly, and are small.
ROUNDS = 2000
SETTLED = 1e-12
TRIMS = 10_000


class NoPeople(EstimationError):
    """The frame has nobody, so there is nobody for the answers to stand for."""


class NoAnswers(EstimationError):
    """Nobody answered, so nobody can stand for the people of the frame."""


@dataclass(frozen=True, slots=True)
class Collapsed:
    """What had to be counted together: levels that do not stand alone, of those that have people or answers.

    `places` count with another place, `genders` (of a place, or of places that count together) with another gender,
    `age_bands` (of such a gender) with the next age band. `cells` of place × age × gender share their post-stratum.
    """

    places: int
    genders: int
    age_bands: int
    cells: int


@dataclass(frozen=True, slots=True)
class Raking:
    """Margins that were raked to: each place's (P), age band's (A) and gender's (G) level, −1 for none.

    Levels of fewer answers than the minimum are joined as post-strata are. `weight` (P × A × G): before trimming.
    """

    place: Codes
    age_band: Codes
    gender: Codes
    weight: Floats


@dataclass(frozen=True, slots=True)
class Trimming:
    """Bounds that weights were cut to, the share of answers that were, and the share of all weight that was moved.

    `miss` is by how much, of its people, the margin that was hurt most is missed since.
    """

    lower: float
    upper: float
    share: float
    moved: float
    miss: float


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the answers, and how they were found. All tables are P × A × G.

    `weight` is that of each answer of a cell, 0 where nobody answered. `stratum` numbers the post-strata, −1 where are
    neither people nor answers; a cell with people of whom nobody answered has the number of those who stand for them.
    """

    people: Floats
    answers: Counts
    weight: Floats
    stratum: Codes
    kind: Kind
    collapsed: Collapsed
    raking: Raking | None
    trimming: Trimming | None

    @property
    def size(self) -> int:
        """How many answers there are."""
        return int(self.answers.sum())

    @property
    def effective_size(self) -> float:
        """Kish's (Σw)² / Σw²: how many equally weighted answers these are worth (L. Kish, Survey Sampling, 1965)."""
        return float((self.answers * self.weight).sum() ** 2 / (self.answers * self.weight**2).sum())

    @property
    def design_effect(self) -> float:
        """Kish's n·Σw² / (Σw)²: by how much unequal weights make variances larger."""
        return self.size / self.effective_size

    @property
    def covered(self) -> float:
        """People of cells in which somebody answered."""
        return float(self.people[self.answers > 0].sum())

    @property
    def uncovered(self) -> float:
        """People of cells in which nobody answered: others of their post-stratum stand for them."""
        return float(self.people[self.answers == 0].sum())

    @property
    def answers_without_people(self) -> int:
        """Answers of cells in which the frame has nobody: they count in the post-stratum that the cell joined."""
        return int(self.answers[self.people == 0].sum())


class _Rule(NamedTuple):
    minimum: int
    limit: float
    """The largest weight that joining should lead to."""


def weigh(people: ArrayLike, answers: ArrayLike, *, minimum: int = MINIMUM, cap: float = CAP) -> Weights:
    """Return the weights of answers (P × A × G counts) that stand for people (P × A × G headcounts).

    Each cell with people and at least `minimum` answers is a post-stratum: weight = people / answers. Others join:
    age bands of a gender and place with the next; only where all ages together are too few, genders of a place; only
    where the whole place is too few, places. The group with the fewest answers joins first (of equals the first one),
    and the smallest partner with whom no weight exceeds `cap` times the mean; where there is none, the partner with
    whom the weight is least. Of what has joined, ages and genders are told apart again as far as answers suffice.

    Where a weight still exceeds `cap` times the mean, the weights are raked instead to the margins of place, age and
    gender (levels joined by the same rule) and trimmed to mean/cap … mean·cap, what was cut being shared equally by
    the rest, as R's survey::trimWeights(strict = TRUE) does. When raking finds no weights, since empty cells forbid
    them, or some that lie more than `cap` times beyond these bounds, the post-strata's weights are trimmed: errors are
    those of a regression by the raked weights, and one that trimming changes so much makes them as large as it likes.

    No answer is dropped: those of a cell without people count in the post-stratum that it joins. Raises NoPeople,
    NoAnswers, and DesignInvalid for tables that do not match, negative numbers, a minimum under 1 or a cap not above 1.
    """
    population, counts = _checked(people, answers)
    if minimum < 1 or cap <= 1:
        raise DesignInvalid("the minimum is at least 1, and the cap above 1")
    mean = float(population.sum() / counts.sum())
    rule = _Rule(minimum, cap * mean)
    stratum, collapsed = _post_strata(population, counts, rule)
    weight = _post_stratified(population, counts, stratum)
    kind: Kind = "collapsed" if collapsed.cells else "post_stratified"
    if weight.max() <= rule.limit:
        return Weights(population, counts, weight, stratum, kind, collapsed, None, None)
    levels = _margins(population, counts, rule)
    bounds = (mean / cap, mean * cap)
    raked = _raked(population, counts, levels)
    if raked is not None and _is_far(raked[counts > 0], bounds, cap):
        raked = None
    raking = None if raked is None else Raking(*levels, raked)
    weight, trimming = _trimmed(weight if raked is None else raked, population, counts, levels, bounds)
    return Weights(
        population, counts, weight, stratum, kind if raking is None else "raked", collapsed, raking, trimming
    )


def _checked(people: ArrayLike, answers: ArrayLike) -> tuple[Floats, Counts]:
    population, given = np.asarray(people, dtype=np.float64), np.asarray(answers)
    if population.ndim != 3 or population.shape != given.shape:
        raise DesignInvalid(f"people {population.shape} and answers {given.shape} are not one place × age × gender")
    if not np.all(np.isfinite(given) & (given >= 0) & (given == np.floor(given))):
        raise DesignInvalid("answers are counted in whole numbers, 0 or more")
    if not np.all(np.isfinite(population) & (population >= 0)):
        raise DesignInvalid("people are counted in numbers, 0 or more")
    counts = given.astype(np.int64)
    if population.sum() == 0:
        raise NoPeople("the frame has nobody")
    if counts.sum() == 0:
        raise NoAnswers("nobody answered")
    return population, counts


def _post_strata(people: Floats, answers: Counts, rule: _Rule) -> tuple[Codes, Collapsed]:
    """Return each cell's post-stratum, and what was joined: places first, then within them genders, then ages."""
    stratum = np.full(people.shape, -1, dtype=np.intp)
    used = (people > 0) | (answers > 0)
    joint_places = joint_genders = joint_ages = 0
    code = 0
    for places in _groups(_joined(people.sum(axis=(1, 2)), answers.sum(axis=(1, 2)), rule)):
        joint_places += len(places) if len(places) > 1 else 0
        here, answered = people[places].sum(axis=0), answers[places].sum(axis=0)
        for genders in _groups(_joined(here.sum(axis=0), answered.sum(axis=0), rule)):
            joint_genders += len(genders) if len(genders) > 1 else 0
            by_age = here[:, genders].sum(axis=1), answered[:, genders].sum(axis=1)
            for ages in _groups(_joined(*by_age, rule, ordered=True)):
                joint_ages += len(ages) if len(ages) > 1 else 0
                stratum[np.ix_(places, ages, genders)] = code
                code += 1
    stratum[~used] = -1
    sharing = np.bincount(stratum[used])
    return stratum, Collapsed(joint_places, joint_genders, joint_ages, int(sharing[sharing > 1].sum()))


def _joined(people: Floats, answers: Counts, rule: _Rule, *, ordered: bool = False) -> Codes:
    """Return each level's group after joining, −1 for a level with neither people nor answers.

    `ordered`: only neighbours join.
    """
    groups = [[int(level)] for level in np.flatnonzero((people > 0) | (answers > 0))]
    there = np.array([people[group[0]] for group in groups])
    given = np.array([answers[group[0]] for group in groups], dtype=np.float64)
    while len(groups) > 1 and np.any(weak := (given < rule.minimum) | (there == 0)):
        first = int(np.argmin(np.where(weak, given, np.inf)))
        second = _partner(first, there, given, rule.limit, ordered=ordered)
        kept, gone = min(first, second), max(first, second)
        groups[kept] += groups.pop(gone)
        for sums in (there, given):
            sums[kept] += sums[gone]
        there, given = np.delete(there, gone), np.delete(given, gone)
    found = np.full(len(people), -1, dtype=np.intp)
    for code, group in enumerate(groups):
        found[group] = code
    return found


def _partner(one: int, people: Floats, answers: Floats, limit: float, *, ordered: bool) -> int:
    every = np.arange(len(people))
    others = every[np.abs(every - one) == 1] if ordered else every[every != one]
    together = answers[others] + answers[one]
    people_each = (people[others] + people[one]) / np.where(together > 0, together, np.nan)
    weight = np.where(together > 0, people_each, np.inf)
    excess = np.where(weight > limit, weight, 0.0)
    return int(others[np.lexsort((others, answers[others], excess))[0]])


def _groups(codes: Codes) -> Iterator[Codes]:
    for code in range(int(codes.max()) + 1):
        yield np.flatnonzero(codes == code)


def _post_stratified(people: Floats, answers: Counts, stratum: Codes) -> Floats:
    used = stratum >= 0
    there = np.bincount(stratum[used], people[used])
    given = np.bincount(stratum[used], answers[used])
    return np.where(answers > 0, (there / np.maximum(given, 1))[stratum], 0.0)


def _margins(people: Floats, answers: Counts, rule: _Rule) -> tuple[Codes, Codes, Codes]:
    """Return the levels of places, age bands and genders, joined where there are too few answers."""
    place, age_band, gender = (
        _joined(people.sum(axis=others), answers.sum(axis=others), rule, ordered=axis == AGE)
        for axis, others in enumerate(((1, 2), (0, 2), (0, 1)))
    )
    return place, age_band, gender


def levels_of_cells(levels: tuple[Codes, Codes, Codes]) -> tuple[Codes, Codes, Codes]:
    """Return the levels of place (P), age (A) and gender (G) as tables P × A × G."""
    place, age_band, gender = levels
    shape = (len(place), len(age_band), len(gender))
    return (
        np.broadcast_to(place[:, None, None], shape),
        np.broadcast_to(age_band[None, :, None], shape),
        np.broadcast_to(gender[None, None, :], shape),
    )


def _raked(people: Floats, answers: Counts, levels: tuple[Codes, Codes, Codes]) -> Floats | None:
    """Return the weights that meet all margins, None when there are none."""
    filled = answers > 0
    # Raking only ever sums weights by level, so a cell of n answers is one row with the weight n.
    cells = Design(answers[filled].astype(np.float64), ())
    margins = [
        Margin(table[filled], dict(enumerate(_sums(people, table).tolist()))) for table in levels_of_cells(levels)
    ]
    try:
        raked = rake(cells, margins, tolerance=SETTLED, rounds=ROUNDS)
    except NotConverged:
        return None
    weight = np.zeros(people.shape)
    weight[filled] = raked.weights / cells.weights
    return weight


def _is_far(weights: Floats, bounds: tuple[float, float], times: float) -> bool:
    lower, upper = bounds
    return bool(weights.min() * times < lower or weights.max() > upper * times)


def _sums(values: Floats, codes: Codes) -> Floats:
    used = codes >= 0
    return np.bincount(codes[used], values[used]).astype(np.float64)


def _trimmed(
    weight: Floats,
    people: Floats,
    answers: Counts,
    levels: tuple[Codes, Codes, Codes],
    bounds: tuple[float, float],
) -> tuple[Floats, Trimming]:
    filled = answers > 0
    before, counts = weight[filled], answers[filled].astype(np.float64)
    after = trim_counted(before, counts, *bounds)
    lower, upper = bounds
    outside = (before < lower) | (before > upper)
    moved = np.maximum(after - before, 0.0) @ counts / (before @ counts)
    trimmed = np.zeros_like(weight)
    trimmed[filled] = after
    misses = [
        float(np.max(np.abs(_sums(trimmed * answers, table) / total - 1)))
        for table in levels_of_cells(levels)
        for total in [_sums(people, table)]
    ]
    share = float(counts[outside].sum() / counts.sum())
    return trimmed, Trimming(lower, upper, share, float(moved), max(misses))


def trim_counted(weights: Floats, counts: Floats, lower: float, upper: float) -> Floats:
    """Return weights (k), each of as many answers (k), cut to lower…upper, the sum over all answers kept.

    What `survey.estimation.calibration.trim` does row by row. Where all weights lie outside, those that were cut to the
    bound away from which the rest must go take it. Raises TrimInfeasible when the mean lies outside.
    """
    total = float(weights @ counts)
    if not lower * counts.sum() <= total <= upper * counts.sum():
        raise TrimInfeasible("the mean weight lies outside the bounds")
    for _ in range(TRIMS):
        outside = (weights < lower * (1 - SETTLED)) | (weights > upper * (1 + SETTLED))
        if not np.any(outside):
            return np.clip(weights, lower, upper)
        cut = np.clip(weights, lower, upper)
        rest = float((weights - cut) @ counts)
        takers = ~outside
        if not np.any(takers):
            takers = cut < upper if rest > 0 else cut > lower
        weights = np.where(takers, cut + rest / counts[takers].sum(), cut)
    raise TrimInfeasible("the bounds can't be met together")

"""Whether two segments, or a unit and one above it, differ by more than chance: from released numbers alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import hypot
from uuid import UUID

from kit import db
from kit.errors import InvalidInput, NotFound
from kit.identity import Caller
from survey.questionnaires.definition import Text
from survey.results.cells import CellResult, Wanted, cells_at, cells_of
from survey.results.inference import Correction, Difference, corrected, difference, freedom_of
from survey.results.questions import Question, Segment
from survey.results.reading import Release, cut_of, place_of, question_of, segment_labels
from survey.results.unit_tables import Place

MOST_PAIRS = 60
MEAN = Text({"vi": "Trung bình", "en": "Mean"})


@dataclass(frozen=True)
class Compared:
    """One choice's share, or a scale's mean (no code), in two cells; `p` is corrected for all made together."""

    code: str | None
    text: Text
    value: float
    reference: float
    difference: Difference
    p: float | None = None


@dataclass(frozen=True)
class Pair:
    """Two cells, and how they differ: in nothing that is told where one of them is hidden."""

    one: CellResult
    other: CellResult
    differences: tuple[Compared, ...]


@dataclass(frozen=True)
class Comparison:
    """Pairs of a question's cells in a release."""

    release: Release
    question: Question
    place: Place
    reference: Place
    correction: Correction
    pairs: tuple[Pair, ...]


@dataclass(frozen=True)
class Asked:
    """What is compared: a question's choice, or all of them, and how p-values are corrected."""

    question: str
    choice: str | None
    correction: str


@dataclass(frozen=True)
class Estimate:
    """A share or mean of a cell, with its standard error, the error that rounding adds, and its base."""

    code: str | None
    text: Text
    value: float
    error: float
    rounding: float
    base: int

    @property
    def whole_error(self) -> float:
        """Both errors together."""
        return hypot(self.error, self.rounding)


async def compare_segments(
    release: Release, asked: Asked, pairs: Sequence[tuple[Segment, Segment]], place: Place
) -> Comparison:
    """Return how the segments of each pair differ at a place of a release.

    They have to be disjoint, and count as independent: Var(p₁ − p₂) = s₁² + s₂². Raises NotFound for a question without
    results, InvalidInput for a choice or correction that there is not, for no pair, more than 60, or overlapping ones.
    """
    question, correction = await _checked(release, asked)
    if not 0 < len(pairs) <= MOST_PAIRS:
        raise InvalidInput("pairs", f"cần 1 đến {MOST_PAIRS} cặp", f"needs 1 to {MOST_PAIRS} pairs")
    if not all(_are_disjoint(one, other) for one, other in pairs):
        raise InvalidInput(
            "pairs", "hai nhóm của một cặp không được có người chung", "the two segments of a pair must share nobody"
        )
    wanted = Wanted(release.id, release.axes, question, place.units)
    labels = await segment_labels(release)
    cells = await cells_at(wanted, [segment for pair in pairs for segment in pair], labels)
    made = [
        Pair(one, other, tuple(independent(one, other, asked.choice)))
        for one, other in zip(cells[::2], cells[1::2], strict=True)
    ]
    return Comparison(release, question, place, place, correction, with_corrected(made, correction))


async def compare_unit(
    caller: Caller, release: Release, asked: Asked, units: tuple[UUID, UUID | None], by: Sequence[str]
) -> Comparison:
    """Return how a unit of the frame differs from one above it (None: from the next above), by segments.

    The unit is part of the other. With w the share of the whole's weight that is the unit's, p = w·p_u + (1 − w)·p_r
    with p_r of the rest, which is independent of the unit; so Cov(p_u, p) = w·s_u², and
    Var(p_u − p) = s_u² + s² − 2·w·s_u² (stratified mean: W. G. Cochran, Sampling Techniques, 3rd edition, 1977,
    section 5.3). w is not published: the smaller of the shares of the people and of the answers is taken, which errs
    on the side of a larger error. Rounding adds its own variance.

    Raises NotFound unless the caller may read the tables of both.
    """
    question, correction = await _checked(release, asked)
    cut = cut_of(by, {})
    unit_id, above_id = units
    place = await place_of(caller, release, unit_id)
    above_id = await _above(release, unit_id, above_id)
    reference = await place_of(caller, release, above_id)
    wanted = [Wanted(release.id, release.axes, question, each.units) for each in (place, reference)]
    cells, whole = await cells_of(wanted, cut, await segment_labels(release))
    made = [Pair(one, other, tuple(nested(one, other, asked.choice))) for one, other in zip(cells, whole, strict=True)]
    return Comparison(release, question, place, reference, correction, with_corrected(made, correction))


async def _above(release: Release, unit_id: UUID, above_id: UUID | None) -> UUID:
    """Return the unit above one in the wave's frame, the next or the one named; NotFound when there is none."""
    found = await db.value(
        """
        SELECT above.unit_id
        FROM frame_unit unit
        JOIN frame_unit target ON target.wave_id = unit.wave_id AND target.unit_id = $3
        JOIN frame_unit above ON above.wave_id = unit.wave_id AND starts_with(unit.path, above.path)
             AND above.path <> unit.path AND starts_with(above.path, target.path)
        WHERE unit.wave_id = $1 AND unit.unit_id = $2 AND ($4::uuid IS NULL OR above.unit_id = $4)
        ORDER BY length(above.path) DESC LIMIT 1
        """,
        release.wave_id,
        unit_id,
        release.target_id,
        above_id,
    )
    if found is None:
        raise NotFound("unit", above_id or unit_id)
    return found


def independent(one: CellResult, other: CellResult, choice: str | None) -> list[Compared]:
    """Return how two cells differ whose answers are of different people."""
    return [
        _compared(a, b, hypot(a.error, b.error), freedom_of([(a.whole_error, a.base), (b.whole_error, b.base)]))
        for a, b in zip(estimates(one, choice), estimates(other, choice), strict=False)
    ]


def nested(one: CellResult, whole: CellResult, choice: str | None) -> list[Compared]:
    """Return how a cell differs from the one that it is part of."""
    if one.base is None or whole.base is None:
        return []
    part = min(one.standing_for / whole.standing_for, one.base / whole.base)
    found: list[Compared] = []
    for a, b in zip(estimates(one, choice), estimates(whole, choice), strict=True):
        variance = max(a.error**2 + b.error**2 - 2 * part * a.error**2, 0.0)
        rest = max(b.error**2 - (part * a.error) ** 2, 0.0) ** 0.5
        freedom = freedom_of([((1 - part) * a.error, a.base), (rest, max(b.base - a.base, 2))])
        found.append(_compared(a, b, variance**0.5 if part < 1 else 0.0, freedom))
    return found


def estimates(cell: CellResult, choice: str | None) -> list[Estimate]:
    """Return a cell's share of each choice, or of one, and of a scale its mean; nothing of a hidden cell."""
    if cell.base is None:
        return []
    found = [
        Estimate(each.code, each.text, each.share, each.error, cell.rounding, cell.base)
        for each in cell.choices
        if choice in (None, each.code)
    ]
    if choice is None and cell.mean is not None and cell.mean_error is not None:
        found.append(Estimate(None, MEAN, cell.mean, cell.mean_error, cell.rounding, cell.base))
    return found


def with_corrected(pairs: Sequence[Pair], correction: Correction) -> tuple[Pair, ...]:
    """Return the pairs with the p-values of all their differences corrected together."""
    values = iter(corrected([one.difference.p for pair in pairs for one in pair.differences], correction))
    return tuple(
        replace(pair, differences=tuple(replace(one, p=next(values)) for one in pair.differences)) for pair in pairs
    )


def correction_of(name: str) -> Correction:
    """Return a correction by its name; InvalidInput when there is none."""
    if name in ("HOLM", "BH"):
        return name
    raise InvalidInput("correction", "chỉ có `HOLM` và `BH`", "there are `HOLM` and `BH`")


def require_choice(question: Question, choice: str | None) -> None:
    """Raise InvalidInput for a choice that a question lacks."""
    if choice is not None and choice not in question.codes:
        raise InvalidInput("choice", "câu hỏi không có lựa chọn này", "the question has no such choice")


async def _checked(release: Release, asked: Asked) -> tuple[Question, Correction]:
    correction = correction_of(asked.correction)
    question = await question_of(release, asked.question)
    require_choice(question, asked.choice)
    return question, correction


def _compared(one: Estimate, other: Estimate, error: float, freedom: float) -> Compared:
    """Return a comparison; `error` is the sampling error of the difference, to which comes that of both roundings."""
    value = one.value - other.value
    whole = hypot(error, one.rounding, other.rounding) if error > 0 else 0.0
    return Compared(one.code, one.text, one.value, other.value, difference(value, whole, freedom))


def _are_disjoint(one: Segment, other: Segment) -> bool:
    return any(a is not None and b is not None and a != b for a, b in zip(one, other, strict=True))

"""The cells of a release's tables: which are shown, with which numbers, and the same for several units together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import hypot
from uuid import UUID

from kit import db
from survey.questionnaires.definition import NOT_SAID, SEGMENTS, Text
from survey.results.inference import wilson_weighted
from survey.results.questions import PARTICIPATION, Question, Segment
from survey.results.rounding import ERROR_UNIT, MEAN_UNIT, SHARE_UNIT, rounding_error
from survey.results.segments import Terms

# A shown base below this is flagged: its shares move a lot with a few answers.
SOLID_BASE = 30


@dataclass(frozen=True)
class ChoiceResult:
    """How many of a cell chose something, as a weighted share with its error and 95 % interval."""

    code: str
    text: Text
    share: float
    low: float
    high: float
    error: float


@dataclass(frozen=True)
class CellResult:
    """One segment's result. `base` is null and `choices` empty when it is hidden, whatever the reason.

    `base`: how many answered; `people`: how many the frame holds; `mean`: of a scale, with its standard error.
    `standing_for`: how many of the people would answer the question, had all been reached. `rounding`: the standard
    error that rounding adds to its shares and mean, where it is not in their own.
    """

    segment: Segment
    label: Text
    base: int | None
    choices: tuple[ChoiceResult, ...] = ()
    people: int | None = None
    mean: float | None = None
    mean_error: float | None = None
    standing_for: float = 0.0
    rounding: float = 0.0

    @property
    def is_low(self) -> bool:
        """Whether the base is shown and too small to lean on."""
        return self.base is not None and self.base < SOLID_BASE

    @property
    def coverage(self) -> float | None:
        """The share of the people who answered; above 1 where more answered than the headcount knows."""
        return self.base / self.people if self.base is not None and self.people else None

    def choice(self, code: str) -> ChoiceResult | None:
        """Return the result of a choice; None when the cell is hidden or has no such choice."""
        return next((choice for choice in self.choices if choice.code == code), None)


@dataclass(frozen=True)
class Wanted:
    """Whose tables of what are read: of a release and question (None: participation), a unit or several together."""

    release_id: UUID
    axes: Mapping[str, Sequence[str]]
    question: Question | None
    units: tuple[UUID, ...]

    @property
    def code(self) -> str:
        """The code under which the tables are stored."""
        return self.question.code if self.question else PARTICIPATION


@dataclass(frozen=True)
class Cut:
    """By which segments a table is split, and to which categories it keeps."""

    by: tuple[str, ...]
    filters: Mapping[str, str]

    @property
    def by_region(self) -> bool:
        """Whether it is about regions."""
        return "region" in self.by or "region" in self.filters


Rows = Mapping[tuple[UUID, str, UUID], Sequence[db.Record]]


async def cells_of(wanted: Sequence[Wanted], cut: Cut, labels: Terms) -> list[tuple[CellResult, ...]]:
    """Return the cells of each, in the labels' order: a cell for each combination, hidden ones too. One statement."""
    rows = await _rows(wanted)
    found = [_found(each, labels, rows, by_region=cut.by_region) for each in wanted]
    ages, genders, regions = (_codes(name, at, cut, labels, found) for at, name in enumerate(SEGMENTS))
    segments = list(product(ages, genders, regions))
    return [tuple(cells.get(each) or hidden(each, labels) for each in segments) for cells in found]


async def cells_at(wanted: Wanted, segments: Sequence[Segment], labels: Terms) -> list[CellResult]:
    """Return the cells of some segments. One statement."""
    rows = await _rows([wanted])
    found = [_found(wanted, labels, rows, by_region=by_region) for by_region in (False, True)]
    return [found[each[2] is not None].get(each) or hidden(each, labels) for each in segments]


def hidden(segment: Segment, labels: Terms) -> CellResult:
    """Return a cell of which nothing is told."""
    return CellResult(segment, label(segment, labels), None)


async def _rows(wanted: Sequence[Wanted]) -> Rows:
    keys: set[tuple[UUID, str, UUID]] = {
        (each.release_id, code, unit_id)
        for each in wanted
        for unit_id in each.units
        # Bases of all who took part tell how many people those who answered a question stand for.
        for code in (each.code, PARTICIPATION)
    }
    found = await db.rows(
        """
        SELECT release_id, question_code, unit_id, region, lies_in, n, people, share, low, high, error, mean,
               mean_error
        FROM release_table
        JOIN unnest($1::uuid[], $2::text[], $3::uuid[]) AS wanted (release_id, question_code, unit_id)
          USING (release_id, question_code, unit_id)
        """,
        *([key[at] for key in keys] for at in range(3)),
    )
    rows: dict[tuple[UUID, str, UUID], list[db.Record]] = {}
    for row in found:
        rows.setdefault((row["release_id"], row["question_code"], row["unit_id"]), []).append(row)
    return rows


def _found(wanted: Wanted, labels: Terms, rows: Rows, *, by_region: bool) -> dict[Segment, CellResult]:
    parts = [_shown(wanted, unit_id, labels, rows, by_region=by_region) for unit_id in wanted.units]
    return parts[0][0] if len(parts) == 1 else _together(parts)


def _together(parts: Sequence[tuple[dict[Segment, CellResult], str | None]]) -> dict[Segment, CellResult]:
    """Return the cells of several units together: hidden where one that is needed is hidden."""
    segments = {segment for cells, _ in parts for segment in cells}
    found: dict[Segment, CellResult] = {}
    for segment in segments:
        # A unit that lies in another region has nobody in this one: of it no cell is needed.
        needed = [cells.get(segment) for cells, lies_in in parts if segment[2] is None or lies_in in (None, segment[2])]
        shown = [cell for cell in needed if cell is not None]
        if len(shown) == len(needed):
            found[segment] = combined(shown)
    return found


def combined(cells: Sequence[CellResult]) -> CellResult:
    """Return disjoint shown cells of one segment as one.

    Their shares p_i are weighted by how many people their answers stand for, D_i: p = Σ D_i p_i / Σ D_i with the
    standard error √(Σ D_i² s_i²) / Σ D_i, that of a stratified mean (W. G. Cochran, Sampling Techniques, 3rd edition,
    1977, theorem 5.3). D_i = N_i · n_i / t_i, the frame's people by how many of those who took part (t_i) answered the
    question (n_i); where all did, D_i = N_i. That D_i is an estimate itself is left out. s_i² has the variance that
    rounding added. The interval is Wilson's.
    """
    first = cells[0]
    weights = [cell.standing_for for cell in cells]
    base = sum(cell.base or 0 for cell in cells)
    choices = tuple(
        _choice_together([(cell.choices[at], cell.rounding) for cell in cells], weights, base)
        for at in range(len(first.choices))
    )
    mean = mean_error = None
    if first.mean is not None:
        parts = [(cell.mean or 0.0, hypot(cell.mean_error or 0.0, cell.rounding)) for cell in cells]
        mean, mean_error = weighted(parts, weights)
    people = sum(cell.people or 0 for cell in cells)
    return CellResult(first.segment, first.label, base, choices, people, mean, mean_error, sum(weights))


def _choice_together(parts: Sequence[tuple[ChoiceResult, float]], weights: Sequence[float], base: int) -> ChoiceResult:
    share, error = weighted([(part.share, hypot(part.error, rounding)) for part, rounding in parts], weights)
    low, high = wilson_weighted(share, error, base)
    return replace(parts[0][0], share=share, error=error, low=low, high=high)


def weighted(parts: Iterable[tuple[float, float]], weights: Sequence[float]) -> tuple[float, float]:
    """Return the weighted mean of independent estimates (each with its standard error), and its standard error."""
    total = sum(weights)
    estimates, errors = zip(*parts, strict=True)
    mean = sum(weight * one for weight, one in zip(weights, estimates, strict=True)) / total
    error = sum((weight * one) ** 2 for weight, one in zip(weights, errors, strict=True)) ** 0.5 / total
    return mean, error


def _codes(
    name: str, position: int, cut: Cut, labels: Terms, found: Sequence[Mapping[Segment, object]]
) -> list[str | None]:
    if name in cut.filters:
        return [cut.filters[name]]
    if name not in cut.by:
        return [None]
    seen = {segment[position] for cells in found for segment in cells}
    # People who did not say are a column of their own only where it is shown.
    return [code for code in labels[name] if code != NOT_SAID or code in seen]


def _shown(
    wanted: Wanted, unit_id: UUID, labels: Terms, rows: Rows, *, by_region: bool
) -> tuple[dict[Segment, CellResult], str | None]:
    """Return the shown cells of a unit, of all its regions or as a whole, and the region it lies in if it is one."""
    tables = rows.get((wanted.release_id, wanted.code, unit_id), ())
    lies_in = next((row["lies_in"] for row in tables if row["lies_in"] is not None), None)
    # A unit in one region is that region's part of itself.
    whole = not by_region or lies_in is not None
    chosen = [row for row in tables if (row["region"] is None) == whole]
    took_part = {row["region"]: row["n"] for row in rows.get((wanted.release_id, PARTICIPATION, unit_id), ())}
    places = list(product((*wanted.axes["age_band"], None), (*wanted.axes["gender"], None)))
    cells: dict[Segment, CellResult] = {}
    for row in chosen:
        region = (row["region"] or row["lies_in"]) if by_region else None
        for at, (age_band, gender) in enumerate(places):
            if row["n"][at] is not None:
                segment = (age_band, gender, region)
                cells[segment] = _cell(wanted.question, segment, row, at, label(segment, labels), took_part)
    return cells, lies_in


def _cell(
    question: Question | None,
    segment: Segment,
    row: db.Record,
    at: int,
    text: Text,
    took_part: Mapping[str | None, Sequence[int | None]],
) -> CellResult:
    mean, mean_error = (
        None if row[name] is None or row[name][at] is None else row[name][at] / MEAN_UNIT
        for name in ("mean", "mean_error")
    )
    base, people = row["n"][at], row["people"][at]
    # Whatever shows a question's base shows how many took part: participation hides least.
    standing_for = people * base / (took_part[row["region"]][at] or base)
    choices = _choices(question, row, at) if question else ()
    return CellResult(segment, text, base, choices, people, mean, mean_error, standing_for, rounding_error(base))


def _choices(question: Question, row: db.Record, at: int) -> tuple[ChoiceResult, ...]:
    first = at * len(question.choices)
    return tuple(
        ChoiceResult(
            choice.code,
            choice.text,
            share=row["share"][place] / SHARE_UNIT,
            low=row["low"][place] / SHARE_UNIT,
            high=row["high"][place] / SHARE_UNIT,
            error=row["error"][place] / ERROR_UNIT,
        )
        for place, choice in enumerate(question.choices, first)
    )


def label(segment: Segment, labels: Terms) -> Text:
    """Return a segment in words; a code without words stands for itself."""
    texts = [
        labels[name].get(code) or Text({"vi": code, "en": code})
        for name, code in zip(SEGMENTS, segment, strict=True)
        if code is not None
    ]
    if not texts:
        return Text({"vi": "Tất cả", "en": "Everyone"})
    return Text({language: " · ".join(text.in_(language) for text in texts) for language in ("vi", "en")})

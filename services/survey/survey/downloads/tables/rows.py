"""A unit's released tables as tidy rows: one for each cell and choice, hidden cells among them without numbers."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import NamedTuple
from uuid import UUID

from kit import db
from kit.identity import SYSTEM
from survey.questionnaires.definition import NOT_SAID, SEGMENTS, Text
from survey.results import reading
from survey.results.cells import Wanted, cells_at
from survey.results.questions import PARTICIPATION, Question, Segment
from survey.results.reading import CellResult, ChoiceResult, Release
from survey.results.segments import Terms
from survey.results.unit_tables import Place

# All ways to split a table, everyone first: together they hold each cell once.
SPLITS: tuple[tuple[str, ...], ...] = tuple(
    split for size in range(len(SEGMENTS) + 1) for split in combinations(SEGMENTS, size)
)
PARTICIPATION_TEXT = Text({"vi": "Số người trả lời", "en": "How many answered"})


@dataclass(frozen=True)
class Unit:
    """The unit that a file is of."""

    id: UUID
    code: str
    name: Text


@dataclass(frozen=True)
class Table:
    """All cells of one question, or of participation (None)."""

    question: Question | None
    cells: tuple[CellResult, ...]

    def cell(self, segment: Segment) -> CellResult | None:
        """Return one cell."""
        return next((cell for cell in self.cells if cell.segment == segment), None)


@dataclass(frozen=True)
class Contents:
    """All that a file of tables tells."""

    release: Release
    unit: Unit
    place: Place
    """Whose released tables these are: the unit's own, or those of the units from which it came."""
    labels: dict[str, dict[str, Text]]
    """Of each segment the categories' texts."""
    tables: tuple[Table, ...]
    """Participation first, then the questions in their order."""


class Row(NamedTuple):
    """One line of the tidy table; the names are the columns' in every format."""

    programme: str
    wave: int
    release: int
    release_id: str
    is_simulated: bool
    unit_id: str
    unit_code: str
    unit_vi: str
    unit_en: str
    is_combined: bool
    is_wider: bool
    question: str
    concept: str | None
    kind: str | None
    question_vi: str
    question_en: str
    age_band: str | None
    age_band_vi: str | None
    age_band_en: str | None
    gender: str | None
    gender_vi: str | None
    gender_en: str | None
    region: str | None
    region_vi: str | None
    region_en: str | None
    choice: str | None
    choice_vi: str | None
    choice_en: str | None
    status: str
    low_base: bool | None
    n: int | None
    people: int | None
    coverage: float | None
    share: float | None
    low: float | None
    high: float | None
    standard_error: float | None
    mean: float | None
    mean_error: float | None


async def contents(release: Release, unit_id: UUID, tell: Callable[[float], Awaitable[None]] | None = None) -> Contents:
    """Read all tables of a unit in a release; `tell` hears which part of them is read."""
    questions = await reading.questions_of(release)
    # Rights were asked when the file was ordered.
    place = await reading.place_of(SYSTEM, release, unit_id)
    labels = await reading.segment_labels(release)
    segments = list(_all_segments(labels))
    tables: list[Table] = []
    for number, question in enumerate((None, *questions), start=1):
        wanted = Wanted(release.id, release.axes, question, place.units)
        tables.append(Table(question, tuple(await cells_at(wanted, segments, labels))))
        if tell:
            await tell(number / (len(questions) + 1))
    texts = {name: dict(terms) for name, terms in labels.items()}
    return Contents(release, await unit_of(unit_id), place, texts, tuple(tables))


def _all_segments(labels: Terms) -> Iterator[Segment]:
    """Yield all combinations of categories; those who did not say are placed in one, so there is no cell of them."""
    for split in SPLITS:
        ages, genders, regions = (
            [code for code in labels[name] if code != NOT_SAID] if name in split else [None] for name in SEGMENTS
        )
        yield from product(ages, genders, regions)


async def unit_of(unit_id: UUID) -> Unit:
    """Return a unit with the name that it has now; a unit that is not known any more has only its id."""
    found = await db.row("SELECT code, name_vi, name_en FROM unit WHERE id = $1", unit_id)
    if found is None:
        return Unit(unit_id, "", Text({"vi": str(unit_id), "en": str(unit_id)}))
    return Unit(unit_id, found["code"] or "", Text({"vi": found["name_vi"], "en": found["name_en"]}))


def tidy(found: Contents) -> Iterator[Row]:
    """Yield all rows: of a hidden cell one for each choice, too, so that every cell has the same rows."""
    for table in found.tables:
        for cell in table.cells:
            yield from _rows(found, table.question, cell)


def _rows(found: Contents, question: Question | None, cell: CellResult) -> Iterator[Row]:
    if question is None:
        yield _row(found, None, cell, None, None, None)
        return
    numbers: Sequence[ChoiceResult | None] = cell.choices or (None,) * len(question.choices)
    for choice, counted in zip(question.choices, numbers, strict=True):
        yield _row(found, question, cell, choice.code, choice.text, counted)


def _row(
    found: Contents,
    question: Question | None,
    cell: CellResult,
    choice: str | None,
    choice_text: Text | None,
    counted: ChoiceResult | None,
) -> Row:
    release, unit = found.release, found.unit
    text = question.text if question else PARTICIPATION_TEXT
    is_shown = cell.base is not None
    return Row(
        programme=release.programme_code,
        wave=release.wave_number,
        release=release.number,
        release_id=str(release.id),
        is_simulated=release.is_simulated,
        unit_id=str(unit.id),
        unit_code=unit.code,
        unit_vi=unit.name.in_("vi"),
        unit_en=unit.name.in_("en"),
        is_combined=found.place.is_combined,
        is_wider=found.place.is_wider,
        question=question.code if question else PARTICIPATION,
        concept=question.concept if question else None,
        kind=question.kind if question else None,
        question_vi=text.in_("vi"),
        question_en=text.in_("en"),
        **_segments(found, cell.segment),
        choice=choice,
        choice_vi=choice_text.in_("vi") if choice_text else None,
        choice_en=choice_text.in_("en") if choice_text else None,
        status="shown" if is_shown else "hidden",
        low_base=cell.is_low if is_shown else None,
        n=cell.base,
        people=cell.people,
        coverage=cell.coverage,
        share=counted.share if counted else None,
        low=counted.low if counted else None,
        high=counted.high if counted else None,
        standard_error=counted.error if counted else None,
        mean=cell.mean,
        mean_error=cell.mean_error,
    )


def _segments(found: Contents, segment: Segment) -> dict[str, str | None]:
    columns: dict[str, str | None] = {}
    for name, code in zip(SEGMENTS, segment, strict=True):
        text = found.labels[name].get(code) if code is not None else None
        columns |= {
            name: code,
            f"{name}_vi": text.in_("vi") if text else code,
            f"{name}_en": text.in_("en") if text else code,
        }
    return columns

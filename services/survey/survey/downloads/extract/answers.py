"""A wave's answers as its release counts them, with their weights and with segments that are coarse enough.

The segments are those of the release's tables: people who did not say one were placed by chance, as there. Weights are
found as there, too, and then averaged over all answers of a combination that is told: a weight of its own would tell
the place, age band and gender that the combination no longer does.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kit import db
from kit.paths import WIDTH
from survey.downloads.extract.coarsening import Cell, Column, coarsened
from survey.downloads.service import WaveNotOver
from survey.questionnaires.definition import SEGMENTS, Text
from survey.questionnaires.definition import Question as Asked
from survey.questionnaires.service import published_definition
from survey.results import reading
from survey.results.columns import Ticks
from survey.results.composition import count
from survey.results.material import Material, Source, read
from survey.results.questions import Question
from survey.results.reading import Release
from survey.weighting.frame import weigh

NOBODY = Text({"vi": "Không trả lời", "en": "No answer"})
NO_UNIT = Text({"vi": "Không rõ đơn vị", "en": "Unit not known"})
UNIT = "unit"
_NAMES = {
    UNIT: Text({"vi": "Đơn vị ngay dưới phạm vi khảo sát", "en": "Unit right below the target"}),
    "region": Text({"vi": "Vùng", "en": "Region"}),
    "age_band": Text({"vi": "Nhóm tuổi", "en": "Age band"}),
    "gender": Text({"vi": "Giới tính", "en": "Gender"}),
}


@dataclass(frozen=True)
class Trait:
    """A column that could tell people apart: its categories with their codes and texts, in order."""

    name: str
    text: Text
    codes: tuple[str, ...]
    texts: tuple[Text, ...]

    def code(self, value: frozenset[int]) -> str:
        """Return the code of one category, or of several that were joined; `*` for all."""
        if len(value) == len(self.codes):
            return "*"
        return "+".join(self.codes[at] for at in sorted(value))

    def label(self, value: frozenset[int], language: str) -> str:
        """Return the same in words."""
        if len(value) == len(self.codes):
            return "Không nêu trong bản này" if language == "vi" else "Not told here"
        between = " hoặc " if language == "vi" else " or "
        return between.join(self.texts[at].in_(language) for at in sorted(value))


@dataclass(frozen=True)
class Extract:
    """All that a row-level file tells: for each answer its cell of traits, its weight, and what was chosen."""

    release: Release
    traits: tuple[Trait, ...]
    cells: tuple[Cell, ...]
    cell: NDArray[np.int32]
    """Of each answer the number of its cell."""
    weight: NDArray[np.float64]
    questions: tuple[Question, ...]
    ticks: tuple[Ticks, ...]
    original: int
    """How many combinations there were before they were coarsened."""

    @property
    def answers(self) -> int:
        """How many answers there are."""
        return len(self.cell)


async def extract(release: Release) -> Extract:
    """Read all answers of a release, which holds all of its wave."""
    definition = await published_definition(release.version_id)
    async with db.transaction():
        material = await _material(release)
    names = await _names_below(release)
    labels = await reading.segment_labels(release)
    segments = tuple(
        question for question in definition.questions if question.privacy == "segment" and question.role not in SEGMENTS
    )
    kept = {question.code for question in definition.questions if question.privacy == "plain"}
    return await asyncio.to_thread(_extract, release, material, _Texts(names, labels), segments, kept)


@dataclass(frozen=True)
class _Texts:
    units: Mapping[str, Text]
    segments: Mapping[str, Mapping[str, Text]]

    def of(self, name: str, code: str) -> Text:
        return self.segments[name].get(code) or Text({"vi": code, "en": code})


async def _material(release: Release) -> Material:
    wave = await db.row(
        """SELECT wave.ways, frame_unit.path FROM wave
           LEFT JOIN frame_unit ON frame_unit.wave_id = wave.id AND frame_unit.unit_id = $2 WHERE wave.id = $1""",
        release.wave_id,
        release.target_id,
    )
    if wave is None or wave["path"] is None:
        raise WaveNotOver()
    source = Source(release.wave_id, wave["path"], wave["ways"], release.version_id, release.minimum_base)
    return await read(source)


async def _names_below(release: Release) -> dict[str, Text]:
    """Return the names of the frame's units by path."""
    found = await db.rows(
        """SELECT frame_unit.path, unit.name_vi, unit.name_en FROM frame_unit
           JOIN unit ON unit.id = frame_unit.unit_id WHERE frame_unit.wave_id = $1""",
        release.wave_id,
    )
    return {row["path"]: Text({"vi": row["name_vi"], "en": row["name_en"]}) for row in found}


def _extract(release: Release, material: Material, texts: _Texts, segments: Sequence[Asked], kept: set[str]) -> Extract:
    asked = {question.code: number for number, question in enumerate(material.questions)}
    columns = [_segment(material, asked[each.code]) for each in reversed(segments) if each.code in asked]
    traits = [_trait(material.questions[asked[each.code]]) for each in reversed(segments) if each.code in asked]
    unit, unit_trait = _units(material, texts)
    regions = tuple(dict.fromkeys((*material.axes.region, *(piece.region for piece in material.pieces))))
    region = np.array([regions.index(piece.region) for piece in material.pieces])[material.answers.piece]
    traits += [
        *(_axis(name, getattr(material.axes, name), texts) for name in ("age_band", "gender")),
        unit_trait,
        _axis("region", regions, texts),
    ]
    columns += [material.answers.age_band, material.answers.gender, unit, region]
    codes = np.stack(columns, axis=1).astype(np.int32)
    combinations, of_combination = np.unique(codes, axis=0, return_inverse=True)
    counts = Counter(
        dict(zip(map(tuple, combinations.tolist()), np.bincount(of_combination.ravel()).tolist(), strict=True))
    )
    told = coarsened(counts, [Column(t.name, len(t.codes), t.name == "age_band") for t in traits])
    cells = sorted(set(told.values()), key=lambda cell: [sorted(value) for value in cell])
    number = {cell: at for at, cell in enumerate(cells)}
    cell = np.array([number[told[tuple(each)]] for each in combinations.tolist()], dtype=np.int32)[
        of_combination.ravel()
    ]
    questions = [at for at, question in enumerate(material.questions) if question.code.partition(".")[0] in kept]
    return Extract(
        release=release,
        traits=tuple(traits),
        cells=tuple(cells),
        cell=cell,
        weight=_averaged(_weights(material, release.minimum_base), cell),
        questions=tuple(material.questions[at] for at in questions),
        ticks=tuple(material.answers.ticks[at] for at in questions),
        original=len(combinations),
    )


def _segment(material: Material, number: int) -> NDArray[np.int32]:
    """Return of each answer what it says of a further segment; the last category: nothing."""
    question, ticks = material.questions[number], material.answers.ticks[number]
    said = np.where(ticks.patterns.any(axis=1), ticks.patterns.argmax(axis=1), len(question.codes))
    return said.astype(np.int32)[ticks.pattern]


def _trait(question: Question) -> Trait:
    texts = (*(choice.text for choice in question.choices), NOBODY)
    return Trait(question.code, question.text, (*question.codes, ""), texts)


def _axis(name: str, codes: tuple[str, ...], texts: _Texts) -> Trait:
    return Trait(name, _NAMES[name], codes, tuple(texts.of(name, code) for code in codes))


def _units(material: Material, texts: _Texts) -> tuple[NDArray[np.int32], Trait]:
    """Return the unit right below the target of each answer; whoever answered for no unit below it is of none."""
    width = len(material.target) + WIDTH
    below = [piece.path[:width] if len(piece.path) >= width else "" for piece in material.pieces]
    paths = sorted(set(below), key=lambda path: (path == "", path))
    # A code of its own for each: paths are nobody's business.
    codes = tuple(f"u{number}" if path else "" for number, path in enumerate(paths, start=1))
    # A unit that is not known any more has only its code.
    names = tuple(
        texts.units.get(path, Text({"vi": code, "en": code})) if path else NO_UNIT
        for path, code in zip(paths, codes, strict=True)
    )
    numbers = np.array([paths.index(path) for path in below], dtype=np.int32)
    return numbers[material.answers.piece], Trait(UNIT, _NAMES[UNIT], codes, names)


def _weights(material: Material, minimum: int) -> NDArray[np.float64]:
    """Return the weight that each answer has in the release's tables."""
    counted = count(material, minimum)
    places = np.array(counted.nodes.places)
    shape = (int(places.max()) + 1, counted.size.age_bands, counted.size.genders)
    people, answered = np.zeros(shape), np.zeros(shape, dtype=np.int64)
    np.add.at(people, places, counted.people)
    np.add.at(answered, places, counted.participation)
    weights = weigh(people, answered, minimum=minimum)
    number = {piece: at for at, piece in enumerate(counted.nodes.pieces)}
    place = np.array([places[number[piece]] if piece in number else -1 for piece in material.pieces])
    answers = material.answers
    return weights.weight[place[answers.piece], answers.age_band, answers.gender]


def _averaged(weight: NDArray[np.float64], cell: NDArray[np.int32]) -> NDArray[np.float64]:
    return (np.bincount(cell, weight) / np.bincount(cell))[cell]

"""What may be read of the results: releases, and one question's result by segments. Everything comes from releases."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any
from uuid import UUID

import orjson

from kit import db
from kit.errors import InvalidInput, NotFound
from kit.identity import Caller, scope_predicate
from survey.questionnaires.definition import NOT_SAID, SEGMENTS, Text
from survey.questionnaires.service import published_definition
from survey.results.questions import PARTICIPATION, Question, Segment, countable
from survey.results.rounding import ERROR_UNIT, MEAN_UNIT, SHARE_UNIT
from survey.results.segments import Terms, segment_terms

# A shown base below this is flagged: its shares move a lot with a few answers.
SOLID_BASE = 30
# What a category's or a programme's code can look like; anything else is not worth a look at the database.
_CODE = re.compile("[a-z0-9][a-z0-9_]{0,62}")
NOT_SAID_TEXT = Text({"vi": "Không nêu", "en": "Not said"})


@dataclass(frozen=True)
class Release:
    """A release as its readers see it. `answers` is null where even that number would say too much."""

    id: UUID
    wave_id: UUID
    number: int
    published_at: datetime
    is_public: bool
    is_simulated: bool
    answers: int | None
    people: int
    minimum_base: int
    method: Mapping[str, Any]
    axes: Mapping[str, Sequence[str]]
    target_id: UUID
    owner_path: str | None
    version_id: UUID
    wave_number: int
    programme_code: str
    programme_title: Text
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True)
class ChoiceResult:
    """How many of a cell chose something: `n` of them, and the weighted share with its error and 95 % interval."""

    code: str
    text: Text
    n: int
    share: float
    low: float
    high: float
    error: float


@dataclass(frozen=True)
class CellResult:
    """One segment's result. `base` is null and `choices` empty when it is hidden, whatever the reason.

    `base`: how many answered; `people`: how many the frame holds; `mean`: of a scale, with its standard error.
    """

    segment: Segment
    label: Text
    base: int | None
    choices: tuple[ChoiceResult, ...] = ()
    people: int | None = None
    mean: float | None = None
    mean_error: float | None = None

    @property
    def is_low(self) -> bool:
        """Whether the base is shown and too small to lean on."""
        return self.base is not None and self.base < SOLID_BASE

    @property
    def coverage(self) -> float | None:
        """The share of the people who answered; above 1 where more answered than the headcount knows."""
        return self.base / self.people if self.base is not None and self.people else None


@dataclass(frozen=True)
class QuestionResult:
    """One question's result by segments, of a unit; the question is None for participation, which has bases only."""

    release: Release
    question: Question | None
    unit_id: UUID
    cells: tuple[CellResult, ...]


_RELEASE = """
    SELECT release.id, release.wave_id, release.number, release.published_at, release.is_public,
           release.is_simulated, total.n[cardinality(total.n)] AS answers, release.people, release.minimum_base,
           release.method::text AS method, release.axes::text AS axes, programme.target_unit_id AS target_id,
           owner.path AS owner_path, wave.questionnaire_version_id AS version_id,
           wave.number AS wave_number, wave.opens_at, wave.closes_at,
           programme.code AS programme_code, programme.title_vi, programme.title_en
    FROM release
    JOIN wave ON wave.id = release.wave_id
    JOIN programme ON programme.id = wave.programme_id
    LEFT JOIN unit owner ON owner.id = programme.owner_unit_id
    LEFT JOIN release_table total ON total.release_id = release.id AND total.question_code = '*'
        AND total.unit_id = programme.target_unit_id AND total.region IS NULL
"""


def _visible(caller: Caller, first_parameter: int) -> tuple[str, list[str]]:
    scope, arguments = scope_predicate(caller, "analyst", "owner.path", first_parameter)
    return f"(release.is_public OR {scope})", arguments


async def release_of(caller: Caller, release_id: UUID) -> Release:
    """Return a release; NotFound also for one that the caller may not see."""
    visible, arguments = _visible(caller, 2)
    found = await db.row(f"{_RELEASE} WHERE release.id = $1 AND {visible}", release_id, *arguments)
    if found is None:
        raise NotFound("release", release_id)
    return _release(found)


async def latest_release(caller: Caller, wave_id: UUID) -> Release | None:
    """Return the newest release of a wave that the caller may see."""
    visible, arguments = _visible(caller, 2)
    found = await db.row(
        f"{_RELEASE} WHERE release.wave_id = $1 AND {visible} ORDER BY release.number DESC LIMIT 1", wave_id, *arguments
    )
    return _release(found) if found else None


async def releases_by_wave(caller: Caller, wave_ids: Sequence[UUID], most: int = 100) -> list[list[Release]]:
    """Return what the caller may see of each wave's releases, newest first, at most `most` of each wave."""
    visible, arguments = _visible(caller, 3)
    found = await db.rows(
        f"""
        SELECT * FROM (
            SELECT ranked.*, row_number() OVER (PARTITION BY wave_id ORDER BY number DESC) AS place
            FROM ({_RELEASE} WHERE release.wave_id = ANY($1) AND {visible}) AS ranked
        ) AS placed WHERE place <= $2 ORDER BY number DESC
        """,
        list(wave_ids),
        most,
        *arguments,
    )
    releases: dict[UUID, list[Release]] = {wave_id: [] for wave_id in wave_ids}
    for row in found:
        releases[row["wave_id"]].append(_release(row))
    return [releases[wave_id] for wave_id in wave_ids]


async def public_releases(most: int = 100) -> list[Release]:
    """Return the newest public release of each wave, newest waves first; quick polls show their own."""
    found = await db.rows(
        f"""
        SELECT * FROM (
            SELECT DISTINCT ON (wave_id) *
            FROM ({_RELEASE} WHERE release.is_public AND programme.kind = 'survey') AS public
            ORDER BY wave_id, number DESC
        ) AS newest ORDER BY closes_at DESC, wave_id LIMIT $1
        """,
        most,
    )
    return [_release(row) for row in found]


async def find_release(caller: Caller, programme: str, wave_number: int) -> Release:
    """Return the newest visible release of a programme's wave, named by code and number as in a page's address."""
    if not _CODE.fullmatch(programme):
        raise NotFound("release", f"{programme}/{wave_number}")
    wave_id = await db.value(
        "SELECT wave.id FROM wave JOIN programme ON programme.id = wave.programme_id WHERE code = $1 AND number = $2",
        programme,
        wave_number,
    )
    found = await latest_release(caller, wave_id) if wave_id else None
    if found is None:
        raise NotFound("release", f"{programme}/{wave_number}")
    return found


async def questions_of(release: Release) -> list[Question]:
    """Return the questions that a release has results of, in the questionnaire's order."""
    return countable(await published_definition(release.version_id))


async def question_result(
    release: Release, question_code: str, by: Sequence[str], filters: Mapping[str, str], unit_id: UUID | None = None
) -> QuestionResult:
    """Return a question's result in a release, of the target or a unit: a cell for each combination of `by`.

    `filters` names one category of a segment, in `by` or not. A category that nobody belongs to, that is too small or
    that does not exist gives a hidden cell, and so does a unit without results. NotFound for a question without
    results, InvalidInput for other segments. Whoever calls it for a unit below the target asks `require_unit` first.
    """
    _check_segments(by, filters)
    question = next((each for each in await questions_of(release) if each.code == question_code), None)
    if question is None:
        raise NotFound("question", question_code)
    unit_id = unit_id or release.target_id
    return QuestionResult(release, question, unit_id, await _cells(release, question, unit_id, by, filters))


async def participation(
    release: Release, by: Sequence[str], filters: Mapping[str, str], unit_id: UUID | None = None
) -> QuestionResult:
    """Return how many took part by segments, as the bases of cells without choices."""
    _check_segments(by, filters)
    unit_id = unit_id or release.target_id
    return QuestionResult(release, None, unit_id, await _cells(release, None, unit_id, by, filters))


async def require_unit(caller: Caller, release: Release, unit_id: UUID) -> None:
    """Raise NotFound unless the caller may read a unit's tables.

    Those of the target are as public as their release. Below it they are for the programme owner's analysts, and for
    analysts of the unit or one above it: also whether a unit belongs to a wave's frame is theirs to know.
    """
    if unit_id == release.target_id:
        return
    path = await db.value(
        """
        SELECT coalesce(unit.path, frame_unit.path) FROM frame_unit LEFT JOIN unit ON unit.id = frame_unit.unit_id
        WHERE frame_unit.wave_id = $1 AND frame_unit.unit_id = $2
        """,
        release.wave_id,
        unit_id,
    )
    allowed = path is not None and (
        caller.may("analyst", path) or (release.owner_path is not None and caller.may("analyst", release.owner_path))
    )
    if not allowed:
        raise NotFound("unit", unit_id)


async def segment_labels(release: Release) -> Terms:
    """Return the categories of each segment with their texts; last the people who did not say."""
    terms = await segment_terms(release.wave_id)
    return {name: {**terms[name], NOT_SAID: NOT_SAID_TEXT} for name in SEGMENTS}


async def _cells(
    release: Release, question: Question | None, unit_id: UUID, by: Sequence[str], filters: Mapping[str, str]
) -> tuple[CellResult, ...]:
    labels = await segment_labels(release)
    tables = await _tables(release.id, question.code if question else PARTICIPATION, unit_id)
    found = _shown(tables, release.axes, question, labels, "region" in by or "region" in filters)
    codes = [_codes(name, labels, found, position, by, filters) for position, name in enumerate(SEGMENTS)]
    combinations = ((age, gender, region) for age in codes[0] for gender in codes[1] for region in codes[2])
    return tuple(found.get(segment) or CellResult(segment, _label(segment, labels), None) for segment in combinations)


def _codes(
    name: str,
    labels: Terms,
    shown: Mapping[Segment, object],
    position: int,
    by: Sequence[str],
    filters: Mapping[str, str],
) -> list[str | None]:
    if name in filters:
        return [filters[name]]
    if name not in by:
        return [None]
    seen = {segment[position] for segment in shown}
    # People who did not say are a column of their own only where it is shown.
    return [code for code in labels[name] if code != NOT_SAID or code in seen]


async def _tables(release_id: UUID, question_code: str, unit_id: UUID) -> list[db.Record]:
    return await db.rows(
        """
        SELECT region, lies_in, n, people, chosen, share, low, high, error, mean, mean_error FROM release_table
        WHERE release_id = $1 AND question_code = $2 AND unit_id = $3
        """,
        release_id,
        question_code,
        unit_id,
    )


def _shown(
    tables: Sequence[db.Record],
    axes: Mapping[str, Sequence[str]],
    question: Question | None,
    labels: Terms,
    by_region: bool,
) -> dict[Segment, CellResult]:
    """Return the shown cells of a unit: of all its regions, or of the unit as a whole."""
    wanted = [row for row in tables if (row["region"] is not None) == by_region]
    if by_region and not wanted:
        # A unit in one region is that region's part of itself.
        wanted = [row for row in tables if row["lies_in"] is not None]
    places = list(product((*axes["age_band"], None), (*axes["gender"], None)))
    cells: dict[Segment, CellResult] = {}
    for row in wanted:
        region = (row["region"] or row["lies_in"]) if by_region else None
        for at, (age_band, gender) in enumerate(places):
            if row["n"][at] is not None:
                segment = (age_band, gender, region)
                cells[segment] = _cell(segment, row, at, question, labels)
    return cells


def _cell(segment: Segment, row: db.Record, at: int, question: Question | None, labels: Terms) -> CellResult:
    mean, mean_error = (
        None if row[name] is None or row[name][at] is None else row[name][at] / MEAN_UNIT
        for name in ("mean", "mean_error")
    )
    choices = _choices(question, row, at) if question else ()
    return CellResult(segment, _label(segment, labels), row["n"][at], choices, row["people"][at], mean, mean_error)


def _choices(question: Question, row: db.Record, at: int) -> tuple[ChoiceResult, ...]:
    first = at * len(question.choices)
    return tuple(
        ChoiceResult(
            choice.code,
            choice.text,
            n=row["chosen"][place],
            share=row["share"][place] / SHARE_UNIT,
            low=row["low"][place] / SHARE_UNIT,
            high=row["high"][place] / SHARE_UNIT,
            error=row["error"][place] / ERROR_UNIT,
        )
        for place, choice in enumerate(question.choices, first)
    )


def _untranslated(code: str) -> Text:
    return Text({"vi": code, "en": code})


def _label(segment: Segment, labels: Terms) -> Text:
    texts = [
        labels[name].get(code) or _untranslated(code)
        for name, code in zip(SEGMENTS, segment, strict=True)
        if code is not None
    ]
    if not texts:
        return Text({"vi": "Tất cả", "en": "Everyone"})
    return Text({language: " · ".join(text.in_(language) for text in texts) for language in ("vi", "en")})


def _check_segments(by: Sequence[str], filters: Mapping[str, str]) -> None:
    unknown = next((name for name in (*by, *filters) if name not in SEGMENTS), None)
    if unknown is not None:
        raise InvalidInput("by", f"không có phân tổ “{unknown[:50]}”", f"there is no segment “{unknown[:50]}”")


def _release(row: db.Record) -> Release:
    values = {name: row[name] for name in Release.__dataclass_fields__ if name in row}
    return Release(
        **{**values, "method": orjson.loads(row["method"]), "axes": orjson.loads(row["axes"])},
        programme_title=Text({"vi": row["title_vi"], "en": row["title_en"]}),
    )

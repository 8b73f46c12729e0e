"""What may be read of the results: releases, and one question's result by segments. Everything comes from releases."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from kit import db
from kit.errors import InvalidInput, NotFound
from kit.identity import Caller, scope_predicate
from survey.questionnaires.definition import NOT_SAID, SEGMENTS, Question, Text
from survey.questionnaires.service import published_definition
from survey.results.questions import PARTICIPATION, Segment, choices_of, countable
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
    version_id: UUID
    wave_number: int
    programme_code: str
    programme_title: Text
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True)
class ChoiceResult:
    """How many chose something: `n` of the cell's base, as a share with its 95 % interval."""

    code: str
    text: Text
    n: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class CellResult:
    """One segment's result. `base` is null and `choices` empty when it is hidden, whatever the reason."""

    segment: Segment
    label: Text
    base: int | None
    choices: tuple[ChoiceResult, ...]

    @property
    def is_low(self) -> bool:
        """Whether the base is shown and too small to lean on."""
        return self.base is not None and self.base < SOLID_BASE


@dataclass(frozen=True)
class QuestionResult:
    """One question's result by segments; the question is None for participation, which has bases only."""

    release: Release
    question: Question | None
    cells: tuple[CellResult, ...]


_RELEASE = """
    SELECT release.id, release.wave_id, release.number, release.published_at, release.is_public,
           release.is_simulated, total.base AS answers, release.people, release.minimum_base,
           release.method::text AS method, wave.questionnaire_version_id AS version_id,
           wave.number AS wave_number, wave.opens_at, wave.closes_at,
           programme.code AS programme_code, programme.title_vi, programme.title_en
    FROM release
    JOIN wave ON wave.id = release.wave_id
    JOIN programme ON programme.id = wave.programme_id
    LEFT JOIN unit ON unit.id = programme.owner_unit_id
    LEFT JOIN release_cell total ON total.release_id = release.id AND total.question_code = '*'
        AND total.choice_code IS NULL AND total.age_band IS NULL AND total.gender IS NULL AND total.region IS NULL
"""


def _visible(caller: Caller, first_parameter: int) -> tuple[str, list[str]]:
    scope, arguments = scope_predicate(caller, "analyst", "unit.path", first_parameter)
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
    definition = await published_definition(release.version_id)
    counted = {question.code for question in countable(definition)}
    return [question for question in definition.questions if question.code in counted]


async def question_result(
    release: Release, question_code: str, by: Sequence[str], filters: Mapping[str, str]
) -> QuestionResult:
    """Return a question's result in a release: a cell for each combination of the segments in `by`.

    `filters` names one category of a segment, in `by` or not. A category that nobody belongs to, that is too small or
    that does not exist gives a hidden cell. NotFound for a question without results, InvalidInput for other segments.
    """
    _check_segments(by, filters)
    question = next((each for each in await questions_of(release) if each.code == question_code), None)
    if question is None:
        raise NotFound("question", question_code)
    return QuestionResult(release, question, await _cells(release, question, by, filters))


async def participation(release: Release, by: Sequence[str], filters: Mapping[str, str]) -> QuestionResult:
    """Return how many took part by segments, as the bases of cells without choices."""
    _check_segments(by, filters)
    return QuestionResult(release, None, await _cells(release, None, by, filters))


async def segment_labels(release: Release) -> Terms:
    """Return the categories of each segment with their texts; last the people who did not say."""
    terms = await segment_terms(release.wave_id)
    return {name: {**terms[name], NOT_SAID: NOT_SAID_TEXT} for name in SEGMENTS}


async def _cells(
    release: Release, question: Question | None, by: Sequence[str], filters: Mapping[str, str]
) -> tuple[CellResult, ...]:
    labels = await segment_labels(release)
    shown = await _shown(release.id, question.code if question else PARTICIPATION, by, filters)
    codes = [_codes(name, labels, shown, position, by, filters) for position, name in enumerate(SEGMENTS)]
    combinations = ((age, gender, region) for age in codes[0] for gender in codes[1] for region in codes[2])
    return tuple(_cell(segment, shown.get(segment, []), question, labels) for segment in combinations)


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


async def _shown(
    release_id: UUID, question_code: str, by: Sequence[str], filters: Mapping[str, str]
) -> dict[Segment, list[db.Record]]:
    if not all(_CODE.fullmatch(code) for code in filters.values()):
        return {}
    arguments: list[object] = [release_id, question_code]
    conditions: list[str] = []
    for name in SEGMENTS:
        if name in filters:
            arguments.append(filters[name])
            conditions.append(f"{name} = ${len(arguments)}")
        else:
            conditions.append(f"{name} IS {'NOT NULL' if name in by else 'NULL'}")
    found = await db.rows(
        f"""
        SELECT age_band, gender, region, choice_code, n, base, share, low, high FROM release_cell
        WHERE release_id = $1 AND question_code = $2 AND shown AND {" AND ".join(conditions)}
        """,
        *arguments,
    )
    cells: dict[Segment, list[db.Record]] = {}
    for row in found:
        cells.setdefault((row["age_band"], row["gender"], row["region"]), []).append(row)
    return cells


def _cell(segment: Segment, found: Sequence[db.Record], question: Question | None, labels: Terms) -> CellResult:
    label = _label(segment, labels)
    if not found:
        return CellResult(segment, label, None, ())
    by_code = {row["choice_code"]: row for row in found}
    return CellResult(segment, label, found[0]["base"], tuple(_choices(question, by_code) if question else ()))


def _choices(question: Question, by_code: Mapping[str, db.Record]) -> list[ChoiceResult]:
    texts = {choice.code: choice.text for choice in question.choices}
    return [
        ChoiceResult(code, texts.get(code) or _untranslated(code), row["n"], row["share"], row["low"], row["high"])
        for code in choices_of(question)
        if (row := by_code.get(code)) is not None
    ]


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
        **{**values, "method": orjson.loads(row["method"])},
        programme_title=Text({"vi": row["title_vi"], "en": row["title_en"]}),
    )

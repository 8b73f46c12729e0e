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
from survey.questionnaires.definition import NOT_SAID, SEGMENTS, Text
from survey.questionnaires.service import published_definition
from survey.results.cells import SOLID_BASE, CellResult, ChoiceResult, Cut, Wanted, cells_of
from survey.results.questions import Question, countable
from survey.results.segments import Terms, segment_terms
from survey.results.unit_tables import Place, places_of

__all__ = ["SOLID_BASE", "CellResult", "ChoiceResult"]

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
    programme_id: UUID
    programme_code: str
    programme_title: Text
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True)
class QuestionResult:
    """One question's result by segments, of a unit; the question is None for participation, which has bases only."""

    release: Release
    question: Question | None
    place: Place
    cells: tuple[CellResult, ...]

    @property
    def unit_id(self) -> UUID:
        """The unit that was asked about."""
        return self.place.unit_id


_RELEASE = """
    SELECT release.id, release.wave_id, release.number, release.published_at, release.is_public,
           release.is_simulated, total.n[cardinality(total.n)] AS answers, release.people, release.minimum_base,
           release.method::text AS method, release.axes::text AS axes, programme.target_unit_id AS target_id,
           owner.path AS owner_path, wave.questionnaire_version_id AS version_id,
           wave.number AS wave_number, wave.opens_at, wave.closes_at,
           programme.id AS programme_id, programme.code AS programme_code, programme.title_vi, programme.title_en
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


async def newest_release_asking(caller: Caller, concept: str, path: str) -> Release | None:
    """Return the newest visible release of the wave that closed last among those that asked the concept of people here.

    `path`: of a unit; its people are asked by waves whose target is the unit or stands above it today.
    """
    visible, arguments = _visible(caller, 3)
    found = await db.row(
        f"""{_RELEASE}
        JOIN questionnaire_version version ON version.id = wave.questionnaire_version_id
        JOIN unit target ON target.id = programme.target_unit_id
        WHERE {visible} AND programme.kind = 'survey' AND version.published_at IS NOT NULL
          AND version.definition @> $1::text::jsonb AND starts_with($2, target.path)
        ORDER BY wave.closes_at DESC, wave.id, release.number DESC LIMIT 1""",
        orjson.dumps({"sections": [{"questions": [{"concept": concept}]}]}).decode(),
        path,
        *arguments,
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


async def newest_releases(
    caller: Caller, *, programme_id: UUID | None = None, owner_id: UUID | None = None, most: int = 20
) -> list[Release]:
    """Return the newest visible release of each of the latest waves, the latest first, of a programme or an owner."""
    visible, arguments = _visible(caller, 4)
    found = await db.rows(
        f"""
        SELECT * FROM (
            SELECT DISTINCT ON (wave_id) *
            FROM ({_RELEASE} WHERE {visible} AND (programme.id = $1 OR programme.owner_unit_id = $2)
                  AND programme.kind = 'survey') AS seen
            ORDER BY wave_id, number DESC
        ) AS newest ORDER BY opens_at DESC, wave_id LIMIT $3
        """,
        programme_id,
        owner_id,
        most,
        *arguments,
    )
    return [_release(row) for row in found]


async def visible_releases(caller: Caller, most: int = 100) -> list[Release]:
    """Return the newest visible release of each wave, newest waves first; quick polls show their own."""
    visible, arguments = _visible(caller, 2)
    found = await db.rows(
        f"""
        SELECT * FROM (
            SELECT DISTINCT ON (wave_id) *
            FROM ({_RELEASE} WHERE {visible} AND programme.kind = 'survey') AS visible
            ORDER BY wave_id, number DESC
        ) AS newest ORDER BY closes_at DESC, wave_id LIMIT $1
        """,
        most,
        *arguments,
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
    release: Release,
    question_code: str,
    by: Sequence[str],
    filters: Mapping[str, str],
    place: Place | UUID | None = None,
) -> QuestionResult:
    """Return a question's result in a release, of the target or a place: a cell for each combination of `by`.

    `filters` names one category of a segment, in `by` or not. A category that nobody belongs to, that is too small or
    that does not exist gives a hidden cell, and so does a unit without results. NotFound for a question without
    results, InvalidInput for other segments. Whoever calls it for a unit below the target asks `place_of` first.
    """
    cut = cut_of(by, filters)
    question = await question_of(release, question_code)
    return await _result(release, question, cut, place)


async def participation(
    release: Release, by: Sequence[str], filters: Mapping[str, str], place: Place | UUID | None = None
) -> QuestionResult:
    """Return how many took part by segments, as the bases of cells without choices."""
    return await _result(release, None, cut_of(by, filters), place)


async def question_of(release: Release, code: str) -> Question:
    """Return a question that a release has tables of; NotFound when it has none of that code."""
    question = next((each for each in await questions_of(release) if each.code == code), None)
    if question is None:
        raise NotFound("question", code)
    return question


async def require_unit(caller: Caller, release: Release, unit_id: UUID) -> None:
    """Raise NotFound unless the caller may read a unit's tables, as `place_of` does."""
    await place_of(caller, release, unit_id)


async def place_of(caller: Caller, release: Release, unit_id: UUID | None, *, today: bool = False) -> Place:
    """Return whose tables answer for a unit in a release (None: for the target); NotFound unless they may be read.

    Those of the target are as public as their release. Below it they are for the programme owner's analysts, and for
    analysts of the unit or one above it: also whether a unit belongs to a wave's frame is theirs to know. A unit that
    the frame does not have, or with `today` any, answers with those from which it came.
    """
    (place,) = await places_of(caller, [release], unit_id, as_of_today=today)
    if place is None:
        raise NotFound("unit", unit_id)
    return place


async def segment_labels(release: Release) -> Terms:
    """Return the categories of each segment with their texts; last the people who did not say."""
    terms = await segment_terms(release.wave_id)
    return {name: {**terms[name], NOT_SAID: NOT_SAID_TEXT} for name in SEGMENTS}


def cut_of(by: Sequence[str], filters: Mapping[str, str]) -> Cut:
    """Return how a table is cut; InvalidInput for a segment that does not exist, or one named twice."""
    if len(set(by)) < len(by):
        raise InvalidInput("by", "một phân tổ được nêu hai lần", "a segment is named twice")
    unknown = next((name for name in (*by, *filters) if name not in SEGMENTS), None)
    if unknown is not None:
        told, known = unknown[:50].upper(), ", ".join(SEGMENTS).upper()
        raise InvalidInput(
            "by", f"không có phân tổ “{told}”: chỉ có {known}", f"there is no segment “{told}”: only {known}"
        )
    return Cut(tuple(by), filters)


async def _result(release: Release, question: Question | None, cut: Cut, place: Place | UUID | None) -> QuestionResult:
    if not isinstance(place, Place):
        place = Place(place or release.target_id, (place or release.target_id,))
    wanted = Wanted(release.id, release.axes, question, place.units)
    (cells,) = await cells_of([wanted], cut, await segment_labels(release))
    return QuestionResult(release, question, place, cells)


def _release(row: db.Record) -> Release:
    values = {name: row[name] for name in Release.__dataclass_fields__ if name in row}
    return Release(
        **{**values, "method": orjson.loads(row["method"]), "axes": orjson.loads(row["axes"])},
        programme_title=Text({"vi": row["title_vi"], "en": row["title_en"]}),
    )

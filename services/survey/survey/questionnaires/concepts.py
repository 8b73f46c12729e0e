"""A concept's history: the published versions that ask it, in which words, and what changed from one to the next."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from kit import db
from kit.graphql.paging import Window
from kit.identity import Caller, scope_predicate
from survey.questionnaires import definition as definitions

Document = Mapping[str, Any]

# What is compared as it stands; choices and rows are compared one by one.
_PROPERTIES = (
    "code",
    "kind",
    "text",
    "hint",
    "required",
    "role",
    "weighting_margin",
    "privacy",
    "order",
    "places",
    "minimum",
    "maximum",
    "decimals",
    "maximum_length",
    "earliest",
    "latest",
    "section_shown_if",
    "shown_if",
    "constraint",
)
_LISTS = (("choice", "choices"), ("row", "rows"))


@dataclass(frozen=True, slots=True)
class Change:
    """One difference from the version before: of a property, or of the choice or row with a code."""

    what: str
    code: str | None
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class ConceptQuestion:
    """A question that asks the concept, as the definition writes it, and what changed since the version before."""

    document: Document
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class ConceptVersion:
    """A published version that asks the concept; `place` sorts, the newest is the greatest."""

    id: UUID
    questionnaire_code: str
    number: int
    previous_number: int | None
    sha256: str
    published_at: datetime
    place: int
    questions: tuple[ConceptQuestion, ...]


async def concept_is_known(caller: Caller, concept: str) -> bool:
    """Whether some version that the caller may read asks the concept."""
    return bool(await _read(caller, concept, 1, None))


async def concept_versions(caller: Caller, concept: str, asked: Window) -> list[ConceptVersion]:
    """Return the published versions that ask a concept, the newest first.

    Everybody may read what a wave has asked, editors and analysts of its owner also what none has asked yet.
    """
    return [_version(row, concept) for row in await _read(caller, concept, asked.limit, asked.after)]


async def _read(caller: Caller, concept: str, limit: int, after: tuple[Any, ...] | None) -> Sequence[db.Record]:
    if not definitions.is_code(concept):
        return []
    editor, editor_of = scope_predicate(caller, "editor", "unit.path", 5)
    analyst, analyst_of = scope_predicate(caller, "analyst", "unit.path", 5 + len(editor_of))
    return await db.rows(
        f"""
        SELECT version.id, version.number, version.sha256, version.published_at, version.definition,
               questionnaire.code AS questionnaire_code,
               previous.number AS previous_number, previous.definition AS previous, place.at AS place
        FROM questionnaire_version version
        JOIN questionnaire ON questionnaire.id = version.questionnaire_id
        LEFT JOIN unit ON unit.id = questionnaire.owner_unit_id
        CROSS JOIN LATERAL (SELECT (extract(epoch FROM version.published_at) * 1000000)::bigint AS at) AS place
        LEFT JOIN LATERAL (
            SELECT number, definition FROM questionnaire_version earlier
            WHERE earlier.questionnaire_id = version.questionnaire_id AND earlier.number < version.number
              AND published_at IS NOT NULL AND definition @> $1::jsonb
            ORDER BY number DESC LIMIT 1
        ) AS previous ON true
        WHERE version.published_at IS NOT NULL AND version.definition @> $1::jsonb
          AND ($3::bigint IS NULL OR (place.at, version.id::text) < ($3, $4::text))
          AND (EXISTS (SELECT FROM wave WHERE wave.questionnaire_version_id = version.id) OR {editor} OR {analyst})
        ORDER BY place.at DESC, version.id::text DESC LIMIT $2
        """,
        orjson.dumps({"sections": [{"questions": [{"concept": concept}]}]}).decode(),
        limit,
        *(after or (None, None)),
        *editor_of,
        *analyst_of,
    )


def _version(row: db.Record, concept: str) -> ConceptVersion:
    earlier = list(_asking(row["previous"], concept)) if row["previous"] else []
    return ConceptVersion(
        id=row["id"],
        questionnaire_code=row["questionnaire_code"],
        number=row["number"],
        previous_number=row["previous_number"],
        sha256=row["sha256"],
        published_at=row["published_at"],
        place=row["place"],
        questions=tuple(
            ConceptQuestion(each, tuple(_changes(_counterpart(each, earlier), each)))
            for each in _asking(row["definition"], concept)
        ),
    )


def _asking(definition: str, concept: str) -> Iterator[Document]:
    for section in orjson.loads(definition)["sections"]:
        for question in section["questions"]:
            if question.get("concept") == concept:
                yield {**question, "section_shown_if": section.get("shown_if")}


def _counterpart(question: Document, earlier: Sequence[Document]) -> Document | None:
    """Return the question before: that of the same code, or the only one."""
    same = next((each for each in earlier if each["code"] == question["code"]), None)
    return same or (earlier[0] if len(earlier) == 1 else None)


def _changes(before: Document | None, after: Document) -> Iterator[Change]:
    if before is None:
        return
    for name in _PROPERTIES:
        if before.get(name) != after.get(name):
            yield Change(name, None, before.get(name), after.get(name))
    for what, name in _LISTS:
        yield from _list_changes(what, before.get(name, ()), after.get(name, ()))


def _list_changes(what: str, before: Sequence[Document], after: Sequence[Document]) -> Iterator[Change]:
    old, new = ({each["code"]: each for each in documents} for documents in (before, after))
    for code, each in old.items():
        if code not in new:
            yield Change(f"{what}_removed", code, each, None)
    for code, each in new.items():
        if code not in old:
            yield Change(f"{what}_added", code, None, each)
        elif each != old[code]:
            yield Change(f"{what}_changed", code, old[code], each)
    kept, still = [code for code in old if code in new], [code for code in new if code in old]
    if kept != still:
        yield Change(f"{what}s_reordered", None, kept, still)

"""Reading vocabularies, and asking of a code whether it holds on a day."""

import re
from collections.abc import Sequence
from datetime import date

from kit import db
from kit.errors import NotFound, UnknownCode

_CODE = re.compile(r"[a-z0-9][a-z0-9_]{0,59}")


def is_code(text: str) -> bool:
    """Whether a text can be a code at all; PostgreSQL need not see what can't be."""
    return _CODE.fullmatch(text) is not None


async def find_vocabulary(name: str) -> db.Record:
    """Return the vocabulary of a name, or raise NotFound."""
    found = (
        await db.row("SELECT name, label_vi, label_en FROM vocabulary WHERE name = $1", name) if is_code(name) else None
    )
    if found is None:
        raise NotFound("vocabulary", name)
    return found


async def list_vocabularies(limit: int, after: str | None) -> list[db.Record]:
    """Return vocabularies by name, at most `limit`, after the name `after`."""
    return await db.rows(
        "SELECT name, label_vi, label_en FROM vocabulary WHERE $2::text IS NULL OR name > $2 ORDER BY name LIMIT $1",
        limit,
        after,
    )


async def terms_of(names: Sequence[str], limit: int, on: date, after: tuple[int, str] | None) -> list[db.Record]:
    """Return up to `limit` terms of each vocabulary that hold on a day, in their order, after (position, code)."""
    position, code = after or (None, None)
    return await db.rows(
        """SELECT found.* FROM unnest($1::text[]) AS asked (name) CROSS JOIN LATERAL (
             SELECT vocabulary, code, label_vi, label_en, position, lower(valid) AS since, upper(valid) AS until
             FROM term
             WHERE vocabulary = asked.name AND valid @> $3::date AND ($4::bigint IS NULL OR (position, code) > ($4, $5))
             ORDER BY position, code LIMIT $2) AS found""",
        list(names),
        limit,
        on,
        position,
        code,
    )


async def require_term(field: str, vocabulary: str, code: str, on: date) -> None:
    """Raise UnknownCode unless the vocabulary has the code on that day.

    Inside a transaction the term can't be ended before it is over: see end_term.
    """
    known = is_code(code) and await db.value(
        "SELECT true FROM term WHERE vocabulary = $1 AND code = $2 AND valid @> $3::date FOR KEY SHARE",
        vocabulary,
        code,
        on,
    )
    if not known:
        raise await unknown_code(field, vocabulary, code, on)


async def codes_known(codes: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return those of the (vocabulary, code) that there are, or were, or will be, on whatever day."""
    asked = [pair for pair in codes if is_code(pair[1])]
    found = await db.rows(
        """SELECT DISTINCT vocabulary, code FROM term
           WHERE (vocabulary, code) IN (SELECT * FROM unnest($1::text[], $2::text[]))""",
        [vocabulary for vocabulary, _ in asked],
        [code for _, code in asked],
    )
    return {(row["vocabulary"], row["code"]) for row in found}


async def unknown_code(field: str, vocabulary: str, code: str, on: date) -> UnknownCode:
    """Return the refusal of a code that a vocabulary does not have on a day, in words that people know it by."""
    return UnknownCode(field, vocabulary, code, on, (await vocabulary_names()).get(vocabulary))


async def vocabulary_names() -> dict[str, tuple[str, str]]:
    """Return what people call each vocabulary, in Vietnamese and English."""
    found = await db.rows("SELECT name, label_vi, label_en FROM vocabulary")
    return {row["name"]: (row["label_vi"], row["label_en"]) for row in found}


async def codes_on(vocabulary: str, day: date) -> set[str]:
    """Return the codes that a vocabulary has on a day."""
    found = await db.rows("SELECT code FROM term WHERE vocabulary = $1 AND valid @> $2::date", vocabulary, day)
    return {row["code"] for row in found}


async def labels(vocabulary: str, code: str, on: date) -> tuple[str, str]:
    """Return a term's Vietnamese and English label on a day, the code itself where it has none that day."""
    found = await db.row(
        """SELECT label_vi, label_en FROM term WHERE vocabulary = $1 AND code = $2
           ORDER BY valid @> $3::date DESC, upper(valid) DESC NULLS FIRST LIMIT 1""",
        vocabulary,
        code,
        on,
    )
    return (found["label_vi"], found["label_en"]) if found else (code, code)


async def labels_by_code(*names: str) -> dict[tuple[str, str], db.Record]:
    """Return the newest labels of every code that the vocabularies have or had, by (vocabulary, code)."""
    found = await db.rows(
        """SELECT DISTINCT ON (vocabulary, code) vocabulary, code, label_vi, label_en FROM term
           WHERE vocabulary = ANY($1) ORDER BY vocabulary, code, upper(valid) DESC NULLS FIRST""",
        list(names),
    )
    return {(row["vocabulary"], row["code"]): row for row in found}

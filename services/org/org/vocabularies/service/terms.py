"""Changing vocabularies: terms are added, relabelled, ended and put in another order, and the other services told."""

from collections.abc import Sequence
from datetime import date

from kit import db
from kit.calendar import today
from kit.errors import DomainError, InvalidInput
from kit.events import publish
from kit.identity import Caller
from org.audit.service import record
from org.vietnamese import clean
from org.vocabularies.service.authority import require_top_admin
from org.vocabularies.service.read import find_vocabulary, is_code, unknown_code
from org.vocabularies.service.uses import uses_from

LONGEST_LABEL = 200
MOST_TERMS = 500


class TermExists(DomainError):
    """The vocabulary has this code on that day or on a later one."""

    code = "TERM_EXISTS"
    vi = "Danh mục “{called_vi}” đã có mã “{term_code}” từ ngày {day} trở đi."
    en = "The vocabulary “{called_en}” has the code “{term_code}” on {day} or later."
    extra = {"vocabulary": str, "term_code": str}


class TermInUse(DomainError):
    """Something is still recorded under this code on that day or later; `uses` counts it."""

    code = "TERM_IN_USE"
    vi = "“{term_vi}” của danh mục “{called_vi}” còn được dùng {uses} lần từ ngày {day} trở đi."
    en = "“{term_en}” of the vocabulary “{called_en}” is used {uses} times on {day} or later."
    extra = {"vocabulary": str, "term_code": str, "uses": int}


async def add_term(
    caller: Caller, vocabulary: str, code: str, label_vi: str, label_en: str, since: date | None = None
) -> db.Record:
    """Give a vocabulary a term from a day on (None: today), at the end of its order; return the vocabulary.

    Needs an admin of the top. A code that has ended may begin again.
    """
    top = await require_top_admin(caller)
    since = since or today()
    if not is_code(code):
        raise InvalidInput(
            "code",
            "gồm chữ thường không dấu, số và “_”, không quá 60 ký tự.",
            "consists of lower-case letters a–z, digits and “_”, at most 60 characters.",
        )
    vi, en = _label("labelVi", label_vi), _label("labelEn", label_en)
    async with db.transaction():
        found = await _lock(vocabulary)
        await _require_room(found, code, since)
        await db.execute(
            """INSERT INTO term (vocabulary, code, label_vi, label_en, position, valid)
               SELECT $1::text, $2, $3, $4, coalesce(max(position), 0) + 1, daterange($5, NULL) FROM term
               WHERE vocabulary = $1::text""",
            vocabulary,
            code,
            vi,
            en,
            since,
        )
        after = {"label_vi": vi, "label_en": en, "since": since.isoformat()}
        await record(caller, "vocabulary.term_added", top, "term", f"{vocabulary}/{code}", None, after)
        await _tell(vocabulary)
    return found


async def relabel_term(
    caller: Caller, vocabulary: str, code: str, label_vi: str, label_en: str, on: date | None = None
) -> db.Record:
    """Give a term other labels from a day on (None: today); the former stay on record. Needs an admin of the top.

    A second change on one day replaces the first; labels that begin later stay.
    """
    top = await require_top_admin(caller)
    on = on or today()
    vi, en = _label("labelVi", label_vi), _label("labelEn", label_en)
    async with db.transaction():
        found = await _lock(vocabulary)
        term = await _term_on(vocabulary, code, on)
        if (term["label_vi"], term["label_en"]) == (vi, en):
            return found
        if term["since"] == on:
            await db.execute("UPDATE term SET label_vi = $2, label_en = $3 WHERE id = $1", term["id"], vi, en)
        else:
            await db.execute("UPDATE term SET valid = daterange(lower(valid), $2) WHERE id = $1", term["id"], on)
            await db.execute(
                """INSERT INTO term (vocabulary, code, label_vi, label_en, position, valid)
                   VALUES ($1, $2, $3, $4, $5, daterange($6, $7))""",
                vocabulary,
                code,
                vi,
                en,
                term["position"],
                on,
                term["until"],
            )
        before = {"label_vi": term["label_vi"], "label_en": term["label_en"]}
        after = {"label_vi": vi, "label_en": en, "on": on.isoformat()}
        await record(caller, "vocabulary.term_relabelled", top, "term", f"{vocabulary}/{code}", before, after)
        await _tell(vocabulary)
    return found


async def end_term(caller: Caller, vocabulary: str, code: str, on: date | None = None) -> db.Record:
    """Let a term no longer hold from a day on (None: today). Needs an admin of the top.

    UnknownCode when it does not hold on that day; TermInUse while anything is recorded under it from then on.
    """
    top = await require_top_admin(caller)
    on = on or today()
    async with db.transaction():
        found = await _lock(vocabulary)
        term = await _term_on(vocabulary, code, on)
        uses = await uses_from(vocabulary, code, on)
        if uses:
            words = {"term_vi": term["label_vi"], "term_en": term["label_en"], **_called(found)}
            raise TermInUse(vocabulary=vocabulary, term_code=code, uses=uses, day=on, **words)
        await db.execute(
            "DELETE FROM term WHERE vocabulary = $1 AND code = $2 AND lower(valid) >= $3", vocabulary, code, on
        )
        await db.execute(
            """UPDATE term SET valid = daterange(lower(valid), $3)
               WHERE vocabulary = $1 AND code = $2 AND valid @> $3::date""",
            vocabulary,
            code,
            on,
        )
        before = {"until": term["until"]}
        await record(
            caller, "vocabulary.term_ended", top, "term", f"{vocabulary}/{code}", before, {"until": on.isoformat()}
        )
        await _tell(vocabulary)
    return found


async def reorder_terms(caller: Caller, vocabulary: str, codes: Sequence[str]) -> db.Record:
    """Put a vocabulary's terms in an order: `codes` are all that hold today. Needs an admin of the top.

    Terms that do not hold today come after these, in the order in which they were.
    """
    top = await require_top_admin(caller)
    async with db.transaction():
        found = await _lock(vocabulary)
        await _require_all(vocabulary, codes)
        await db.execute(
            """UPDATE term SET position = placed.position FROM (
                 SELECT code, row_number() OVER (ORDER BY array_position($2::text[], code), min(position), code)::int
                   AS position
                 FROM term WHERE vocabulary = $1 GROUP BY code) AS placed
               WHERE term.vocabulary = $1 AND term.code = placed.code""",
            vocabulary,
            list(codes),
        )
        await record(caller, "vocabulary.reordered", top, "vocabulary", vocabulary, None, {"codes": list(codes)})
        await _tell(vocabulary)
    return found


async def _lock(vocabulary: str) -> db.Record:
    found = await find_vocabulary(vocabulary)
    # Changes of the tree check codes in bulk under this lock. It comes first, as it does there: nobody holds what the
    # other waits for.
    await db.execute("SELECT version FROM tree_version FOR UPDATE")
    # Two changes of one vocabulary wait for one another, so that each tells the others of the whole.
    await db.execute("SELECT FROM vocabulary WHERE name = $1 FOR NO KEY UPDATE", vocabulary)
    return found


async def _term_on(vocabulary: str, code: str, on: date) -> db.Record:
    found = is_code(code) and await db.row(
        # Whoever has found the term and is about to use it (require_term) is waited for.
        """SELECT id, label_vi, label_en, position, lower(valid) AS since, upper(valid) AS until FROM term
           WHERE vocabulary = $1 AND code = $2 AND valid @> $3::date FOR UPDATE""",
        vocabulary,
        code,
        on,
    )
    if not found:
        raise await unknown_code("code", vocabulary, code, on)
    return found


def _called(vocabulary: db.Record) -> dict[str, str]:
    return {"called_vi": vocabulary["label_vi"], "called_en": vocabulary["label_en"]}


async def _require_room(found: db.Record, code: str, since: date) -> None:
    vocabulary: str = found["name"]
    taken = await db.value(
        "SELECT EXISTS (SELECT FROM term WHERE vocabulary = $1 AND code = $2 AND valid && daterange($3, NULL))",
        vocabulary,
        code,
        since,
    )
    if taken:
        raise TermExists(vocabulary=vocabulary, term_code=code, day=since, **_called(found))
    if await db.value("SELECT count(*) FROM term WHERE vocabulary = $1", vocabulary) >= MOST_TERMS:
        raise InvalidInput(
            "vocabulary", f"đã có {MOST_TERMS} mục, là nhiều nhất.", f"has {MOST_TERMS} terms, which is the most."
        )


async def _require_all(vocabulary: str, codes: Sequence[str]) -> None:
    held = await db.rows(
        "SELECT DISTINCT code FROM term WHERE vocabulary = $1 AND valid @> $2::date", vocabulary, today()
    )
    known = {row["code"] for row in held}
    for code in codes:
        if code not in known:
            raise await unknown_code("codes", vocabulary, code, today())
    if len(codes) != len(known) or len(set(codes)) != len(codes):
        raise InvalidInput(
            "codes",
            "phải có mỗi mã đang dùng của danh mục đúng một lần.",
            "must have each code that the vocabulary has today exactly once.",
        )


def _label(field: str, text: str) -> str:
    label = clean(text)
    if not 1 <= len(label) <= LONGEST_LABEL:
        raise InvalidInput(
            field, f"phải có từ 1 đến {LONGEST_LABEL} ký tự.", f"must have between 1 and {LONGEST_LABEL} characters."
        )
    return label


async def _tell(vocabulary: str) -> None:
    terms = await db.rows(
        """SELECT code, label_vi, label_en, position, lower(valid) AS since, upper(valid) AS until FROM term
           WHERE vocabulary = $1 ORDER BY position, code, valid""",
        vocabulary,
    )
    told = [
        {
            "code": term["code"],
            "vi": term["label_vi"],
            "en": term["label_en"],
            "position": term["position"],
            "valid_from": term["since"],
            "valid_to": term["until"],
        }
        for term in terms
    ]
    await publish("vocabulary.changed", {"vocabulary": vocabulary, "terms": told})

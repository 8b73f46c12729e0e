"""Collectors: short addresses that people can read aloud, and what stands behind one."""

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from kit import db
from kit.errors import DomainError
from survey.calendar import now

# Neither 0 and o nor 1, i and l: a code has one spelling, also when it is copied from a poster by hand.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
CODE_LENGTH = 7
LONGEST_CODE = 16
# What people take for each other on a poster, small or capital: each of these for the one below it. Two random codes
# look alike once in 240 million pairs. An index has this expression.
_LOOKS_LIKE = "g6qdo0j1ilzsbv"
_LOOKS = "9999997777258u"
_SHAPES = str.maketrans(_LOOKS_LIKE, _LOOKS)
_BETWEEN = re.compile(r"[\s\-–—_.,:;/|()]+")

Phase = Literal["not_yet_open", "open", "closed"]
Way = Literal["open_link", "slip", "credential", "paper"]
"""How people answer at an address, and what keeps them from answering twice: nothing but their browser; a printed slip;
a blind-signed credential; a slip on a paper form, which a steward types in."""


class SurveyWayWithdrawn(DomainError):
    """The wave was planned with this way to answer, and is answered in others now."""

    code = "WAY_WITHDRAWN"
    vi = "Cách trả lời này không còn dùng; anh/chị hỏi công đoàn cơ sở cách trả lời mới."
    en = "This way to answer is not used any more; please ask your union office for the new one."


@dataclass(frozen=True, slots=True)
class Collection:
    """What stands behind a collector's code."""

    code: str
    kind: Way
    wave_id: UUID
    response_group_id: UUID | None
    questionnaire_version_id: UUID | None
    title_vi: str
    title_en: str
    opens_at: datetime
    closes_at: datetime
    state: str

    @property
    def phase(self) -> Phase:
        """Whether answers are taken at this moment; time alone closes a wave, before any job does."""
        if self.state in ("closed", "cancelled") or self.closes_at <= now():
            return "closed"
        return "open" if self.state == "open" else "not_yet_open"


def new_code() -> str:
    """Return a random code; about 3.5·10¹⁰ exist, so a repeated one is refused by the table and not expected."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def canonical_code(text: str) -> str | None:
    """Return the one spelling of a code, however people write it (capitals, spaces, hyphens); None for no code."""
    code = written_code(text)
    return code if code and all(character in ALPHABET for character in code) else None


def written_code(text: str) -> str | None:
    """Return what somebody wrote as a code, in small letters and without what stands between; None for no code.

    It may have characters that no code has, because they look like some that codes do have.
    """
    code = _BETWEEN.sub("", text.lower())
    return code if 4 <= len(code) <= LONGEST_CODE and code.isascii() and code.isalnum() else None


async def add_collectors(wave_id: UUID, groups: Sequence[UUID | None], ways: Iterable[str] = ("open_link",)) -> None:
    """Make a wave's addresses for some ways: an open link for each of these groups, and one address for each other way.

    None stands for the whole wave, to which the addresses of the other ways belong. What is there stays.
    """
    wanted = [(way, group) for way in ways for group in groups if group is None or way == "open_link"]
    await db.execute_many(
        """
        INSERT INTO collector (code, wave_id, response_group_id, kind) VALUES ($1, $2, $3, $4)
        ON CONFLICT ON CONSTRAINT collector_one_per_group DO NOTHING
        """,
        [(new_code(), wave_id, group, way) for way, group in wanted],
    )


async def set_ways(wave_id: UUID, ways: Sequence[Way]) -> None:
    """Give a wave, which is not open yet, addresses for these ways alone. One that is withdrawn stays the way's own.

    Somebody may have printed it: it says what has become of it, and is used again when the way comes back.
    """
    await db.execute(
        """
        WITH gone AS (DELETE FROM collector WHERE wave_id = $1 AND kind <> ALL ($2::text[]) RETURNING code, kind)
        INSERT INTO withdrawn_collector (code, wave_id, kind) SELECT code, $1, kind FROM gone
        """,
        wave_id,
        list(ways),
    )
    await db.execute(
        """
        WITH back AS (DELETE FROM withdrawn_collector WHERE wave_id = $1 AND kind = ANY ($2::text[])
                      RETURNING code, kind)
        INSERT INTO collector (code, wave_id, kind) SELECT code, $1, kind FROM back
        """,
        wave_id,
        list(ways),
    )
    await add_collectors(wave_id, [None], ways)


async def is_withdrawn(code: str) -> bool:
    """Whether a code, as people may write it, was that of a way to answer which its wave does not offer any more."""
    written = written_code(code)
    return written is not None and await db.value(
        f"SELECT EXISTS (SELECT FROM withdrawn_collector WHERE translate(code, '{_LOOKS_LIKE}', '{_LOOKS}') = $1)",
        written.translate(_SHAPES),
    )


async def find_collection(code: str) -> Collection | None:
    """Return what stands behind a code as people may write it.

    A code that none is like in every character stands for the one that looks like it, if there is only one.
    """
    written = written_code(code)
    if written is None:
        return None
    found = await db.rows(
        f"""
        SELECT c.code, c.kind, c.wave_id, c.response_group_id, w.questionnaire_version_id, p.title_vi, p.title_en,
               w.opens_at, w.closes_at, w.state
        FROM collector c JOIN wave w ON w.id = c.wave_id JOIN programme p ON p.id = w.programme_id
        WHERE translate(c.code, '{_LOOKS_LIKE}', '{_LOOKS}') = $1 ORDER BY c.code <> $2 LIMIT 2
        """,
        written.translate(_SHAPES),
        written,
    )
    is_clear = len(found) == 1 or (found and found[0]["code"] == written)
    return Collection(**found[0]) if is_clear else None

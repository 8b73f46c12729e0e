"""Collectors: short addresses that people can read aloud, and what stands behind one."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from kit import db
from survey.calendar import now

# Neither 0 and o nor 1, i and l: a code has one spelling, also when it is copied from a poster by hand.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
CODE_LENGTH = 7
LONGEST_CODE = 16

Phase = Literal["not_yet_open", "open", "closed"]
Way = Literal["open_link", "slip", "credential", "paper"]
"""How people answer at an address, and what keeps them from answering twice: nothing but their browser; a printed slip;
a blind-signed credential; a slip on a paper form, which a steward types in."""


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
    code = text.lower().replace("-", "").replace(" ", "")
    return code if 4 <= len(code) <= LONGEST_CODE and all(character in ALPHABET for character in code) else None


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


async def find_collection(code: str) -> Collection | None:
    """Return what stands behind a code as people may write it."""
    canonical = canonical_code(code)
    if canonical is None:
        return None
    found = await db.row(
        """
        SELECT c.code, c.kind, c.wave_id, c.response_group_id, w.questionnaire_version_id, p.title_vi, p.title_en,
               w.opens_at, w.closes_at, w.state
        FROM collector c JOIN wave w ON w.id = c.wave_id JOIN programme p ON p.id = w.programme_id
        WHERE c.code = $1
        """,
        canonical,
    )
    return Collection(**found) if found else None

"""One change of the tree: begun with a version of its own, ended with paths, an audit entry and news for the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import asyncpg

from kit import db
from kit.calendar import today
from kit.errors import InvalidInput
from kit.identity import Caller
from org.units.service.rules import DEEPEST
from org.vietnamese import clean

LONGEST = {"decisionNumber": 100, "decisionFile": 500, "note": 2000}


@dataclass(frozen=True, slots=True)
class Decision:
    """What a change rests on: the number of the decision, where its file is, and what else is to be remembered."""

    number: str | None = None
    file: str | None = None
    note: str | None = None

    @classmethod
    def checked(cls, number: str | None = None, file: str | None = None, note: str | None = None) -> "Decision":
        """Return a cleaned decision; InvalidInput when a text is too long. Blank texts count as none."""
        return cls(_text("decisionNumber", number), _text("decisionFile", file), _text("note", note))


def _text(field: str, value: str | None) -> str | None:
    text = clean(value or "")
    if len(text) > LONGEST[field]:
        raise InvalidInput(field, f"dài hơn {LONGEST[field]} ký tự.", f"is longer than {LONGEST[field]} characters.")
    return text or None


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the tree under way."""

    version: int
    kind: str
    on: date
    caller: Caller

    @property
    def is_in_force(self) -> bool:
        """Whether it holds already; one that does not is told to others on its day."""
        return self.on <= today()


async def begin(
    caller: Caller, kind: str, on: date, decision: Decision | None = None, undoes: int | None = None
) -> Change:
    """Raise the version of the tree, which must be locked, and put the change on record."""
    decision = decision or Decision()
    version = await db.value("UPDATE tree_version SET version = version + 1 RETURNING version")
    change = Change(version, kind, on, caller)
    await db.execute(
        """INSERT INTO reorganisation
             (version, kind, effective_on, decision_number, decision_file, note, made_by, is_announced, undoes)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        version,
        kind,
        on,
        decision.number,
        decision.file,
        decision.note,
        caller.subject,
        change.is_in_force,
        undoes,
    )
    return change


async def derive_paths(units: Sequence[UUID]) -> list[UUID]:
    """Write anew the paths of changed units and of all below them; return the units that stand elsewhere now.

    Raises InvalidInput when one of them would stand deeper than the tree may be, on whatever day.
    """
    try:
        return await db.value("SELECT derive_unit_paths($1::uuid[])", list(units))
    except asyncpg.CheckViolationError as error:
        if db.violated(error) != "unit_path_depth_bounded":
            raise
    raise InvalidInput(
        "parentId", f"cây tổ chức không quá {DEEPEST} tầng.", f"the tree may not be deeper than {DEEPEST} units."
    )

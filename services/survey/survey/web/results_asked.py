"""What an address of the results pages asks for, and the addresses of what lies beside it."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request

from kit.errors import NotFound

# Further pages of a unit's parts than this are not asked for by anybody who clicks.
MOST_PAGES = 1_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A page's query: everything is in the address, so that it can be sent on, printed and gone back to.

    `unit_id`: None for the wave's target. `choice`: whose share is compared between segments. `page`: of the unit's
    parts, from 0.
    """

    question: str | None = None
    by: tuple[str, ...] = ()
    unit_id: UUID | None = None
    with_parent: bool = False
    choice: str | None = None
    page: int = 0

    @classmethod
    def of(cls, request: Request) -> "Asked":
        """Read a query; NotFound for a unit that cannot be one."""
        query = request.query_params
        return cls(
            question=query.get("question") or None,
            by=tuple(dict.fromkeys(name for name in query.getlist("by") if name)),
            unit_id=_unit_id(query.get("unit", "")),
            with_parent=query.get("parent") == "1",
            choice=query.get("choice") or None,
            page=_page(query.get("page", "")),
        )

    def address(self, **changes: Any) -> str:
        """Return the address of the same with changes, relative to the wave's."""
        asked = replace(self, **changes)
        pairs: list[tuple[str, str]] = [("question", asked.question)] if asked.question else []
        pairs += [("by", name) for name in asked.by]
        pairs += [("unit", str(asked.unit_id))] if asked.unit_id else []
        pairs += [("parent", "1")] if asked.with_parent else []
        pairs += [("choice", asked.choice)] if asked.choice else []
        pairs += [("page", str(asked.page))] if asked.page else []
        return f"?{urlencode(pairs)}"

    def question_address(self, code: str) -> str:
        """Return the address of another question, split alike."""
        return self.address(question=code, choice=None, page=0)

    def unit_address(self, unit_id: UUID | None) -> str:
        """Return the address of the same for another unit."""
        return self.address(unit_id=unit_id, with_parent=self.with_parent and unit_id is not None, page=0)

    @property
    def overview_address(self) -> str:
        """The address of the unit's overview."""
        return Asked(unit_id=self.unit_id).address()


def _unit_id(text: str) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound("unit", text) from error


def _page(text: str) -> int:
    return min(int(text), MOST_PAGES) if text.isascii() and text.isdigit() and len(text) < 9 else 0

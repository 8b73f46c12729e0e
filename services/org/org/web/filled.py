"""What somebody filled in, as texts, and what is wrong with it: shown beside its fields when the form comes back."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kit import db
from kit.errors import DomainError, InvalidInput, Language, NotFound, SignInRequired
from org.units import service as units
from org.units.service.search import LONGEST_QUERY
from org.web.days import day_asked

MOST_SUGGESTED = 5
# Where a refusal belongs that names no field: the first of these that the form has.
_FIELDS_OF = {
    "UNIT_NAME_TAKEN": ("name_vi", "parent"),
    "UNIT_CODE_TAKEN": ("code",),
    "LEVEL_NOT_ALLOWED": ("level", "parent", "children_to", "into"),
    "CYCLE": ("parent", "children_to", "into"),
    "PARENT_NOT_THERE": ("parent", "children_to", "into", "on"),
    "UNIT_HAS_CHILDREN": ("children_to", "rest"),
    "UNIT_CLOSED": ("on",),
    "DATE_BACKWARDS": ("on", "until"),
    "DATE_TOO_FAR": ("on",),
    "DATE_IN_FUTURE": ("day", "on"),
    "UNIT_NOT_ON_DAY": ("day", "on"),
    "POST_FULL": ("post", "kind"),
    "POST_HELD_ALREADY": ("post",),
    "COLLABORATOR_ALREADY": ("post", "kind"),
    "DEPARTMENT_NOT_THERE": ("department",),
    "TERM_OVER": ("on",),
}
# What the graph calls a field, where the form has another word for it.
_CALLED = {
    "parent_id": "parent",
    "share": "shares",
    "sources": "others",
    "children": "rest",
    "takes_other_children": "rest",
}
# What a refusal says that a field said: of several fields it is about that one.
_NAMED_BY = {
    "UNIT_NAME_TAKEN": "name",
    "UNIT_CODE_TAKEN": "taken",
    "UNKNOWN_CODE": "unknown_code",
    "DATE_BACKWARDS": "day",
}


@dataclass(slots=True)
class Filled:
    """The texts of a form by field; what is wrong by field ("" for the form as a whole); units that fields name."""

    texts: Mapping[str, str]
    problems: dict[str, DomainError] = field(default_factory=dict[str, DomainError])
    units: dict[str, db.Record] = field(default_factory=dict[str, db.Record])
    suggested: dict[str, list[db.Record]] = field(default_factory=dict[str, list[db.Record]])

    def text(self, name: str) -> str:
        """Return what a field says, blank for nothing."""
        return self.texts.get(name, "").strip()

    def optional(self, name: str) -> str | None:
        """Return what a field says, None for nothing."""
        return self.text(name) or None

    def day(self, name: str) -> date | None:
        """Return the day that a field says, None for nothing or for what is none, which is noted."""
        with self.noting(name):
            return day_asked(self.text(name))
        return None

    async def unit(self, name: str, *, required: bool = False) -> db.Record | None:
        """Return the unit whose code a field says; what may be meant by another text is suggested."""
        code = self.text(name)
        if not code:
            if required:
                self.problems.setdefault(name, blank(name))
            return None
        try:
            found = await units.find_unit_by_code(code)
        except NotFound:
            self.problems.setdefault(
                name,
                InvalidInput(
                    name, f"không có đơn vị nào mã “{code[:60]}”.", f"there is no unit with the code “{code[:60]}”."
                ),
            )
            self.suggested[name] = await _similar(code)
            return None
        self.units[name] = found
        return found

    @contextmanager
    def noting(self, name: str = "", prefix: str = "") -> Iterator[None]:
        """Note a refusal for a field, or for the one that it is about, one that begins with `prefix` first."""
        try:
            yield
        except SignInRequired:
            raise
        except DomainError as error:
            self.problems.setdefault(name or self.about(error, prefix), error)

    def about(self, error: DomainError, prefix: str = "") -> str:
        """Return the field that a refusal is about, blank when the form has none."""
        named = str(error.details.get("field", ""))
        snake = re.sub(r"(?<=[a-z])[A-Z]", lambda letter: f"_{letter[0].lower()}", named)
        wanted = _FIELDS_OF.get(error.code, (_CALLED.get(snake, snake),) if snake else ())
        value = str(error.details.get(_NAMED_BY.get(error.code, ""), "")).casefold()
        found = [name for one in wanted for name in self.texts if name == one or name.endswith(f"-{one}")]
        said = [name for name in found if value and self.text(name).casefold() == value]
        own = [name for name in found if prefix and name.startswith(prefix)]
        return [*said, *own, *found, ""][0]

    def said(self, name: str, language: Language) -> str:
        """Return what is wrong with a field in people's words, blank when nothing is."""
        error = self.problems.get(name)
        if error is None:
            return ""
        message = error.message(language).removeprefix(f"{error.details.get('field')}: ")
        return message[:1].upper() + message[1:]


async def _similar(text: str) -> list[db.Record]:
    if len(text) > LONGEST_QUERY:
        return []
    return (await units.search_units(units.UnitSearch(query=text), MOST_SUGGESTED, None))[:MOST_SUGGESTED]


def blank(name: str) -> InvalidInput:
    """Return the refusal of a field that must not be blank."""
    return InvalidInput(name, "không được để trống.", "must not be blank.")


def texts_of(given: Any) -> dict[str, str]:
    """Return the texts of a query or a posted form; of a field that was said twice the last: a button's."""
    # A zero byte is nothing that a person types, and PostgreSQL takes none.
    return {name: value.replace("\x00", "\ufffd") for name, value in given.multi_items() if isinstance(value, str)}

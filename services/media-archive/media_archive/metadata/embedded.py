"""What a file says of itself, in the few words that the archive takes from it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from kit.calendar import today
from media_archive.assets.description import cleaned

LONGEST = {"title": 300, "description": 10_000, "creator": 300, "rights": 1_000}
MOST_WORDS, LONGEST_WORD = 50, 200

_DAY = re.compile(r"\s*(?:D:)?(\d{4})[-:/. ]?(\d{2})[-:/. ]?(\d{2})")
_EARLIEST = date(1840, 1, 1)
# What programs write into a title when nobody gave one.
_MADE_BY_PROGRAMS = re.compile(r"(?i)(microsoft (word|powerpoint|excel) - .*|untitled|powerpoint presentation|slide 1)")


@dataclass(frozen=True, slots=True)
class Embedded:
    """Texts in NFC without controls, empty where a file says nothing."""

    title: str = ""
    description: str = ""
    keywords: tuple[str, ...] = ()
    creator: str = ""
    people: tuple[str, ...] = ()
    rights: str = ""
    made_on: date | None = None


NOTHING_SAID = Embedded()


def said(
    *,
    title: str = "",
    description: str = "",
    keywords: Iterable[str] = (),
    creator: str = "",
    people: Iterable[str] = (),
    rights: str = "",
    day: str = "",
) -> Embedded:
    """Return what a file says, cleaned and cut to what the archive keeps; a day that can't be is none."""
    line = _line(title, LONGEST["title"])
    return Embedded(
        title="" if _MADE_BY_PROGRAMS.fullmatch(line) else line,
        description=cleaned(description).strip()[: LONGEST["description"]],
        keywords=_words(keywords),
        creator=_line(creator, LONGEST["creator"]),
        people=_words(people),
        rights=_line(rights, LONGEST["rights"]),
        made_on=day_of(day),
    )


def merged(sources: Sequence[Embedded]) -> Embedded:
    """Return of each thing what the first source says that says it."""
    return Embedded(
        title=next((one.title for one in sources if one.title), ""),
        description=next((one.description for one in sources if one.description), ""),
        keywords=next((one.keywords for one in sources if one.keywords), ()),
        creator=next((one.creator for one in sources if one.creator), ""),
        people=next((one.people for one in sources if one.people), ()),
        rights=next((one.rights for one in sources if one.rights), ""),
        made_on=next((one.made_on for one in sources if one.made_on), None),
    )


def day_of(text: str) -> date | None:
    """Return the day at the beginning of a text such as `2026:05:01 10:00:00`, `2026-05-01T10:00` or `D:20260501`."""
    found = _DAY.match(text)
    if found is None:
        return None
    try:
        day = date(*map(int, found.groups()))
    except ValueError:
        return None
    return day if _EARLIEST <= day <= today() else None


def _line(text: str, most: int) -> str:
    return " ".join(cleaned(text).split())[:most].strip()


def _words(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(clean for word in words if (clean := _line(word, LONGEST_WORD))))[:MOST_WORDS]

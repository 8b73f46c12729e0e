"""Codes and texts as ours must be: codes of a–z, 0–9 and _; texts without markup and places for answers."""

import re
import unicodedata
from collections.abc import Sequence

from kit.texts import nfc, nfd

LONGEST_TEXT = 4_000
_LONGEST_CODE = 60
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,500}>")
_MARK = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1|(?m:^\s{0,3}#{1,6}\s+)")
_LINK = re.compile(r"\[([^\[\]]+)\]\((?:https?://|mailto:)[^()\s]+\)")
_REFERENCE = re.compile(r"\$\{[^{}]*\}")
_BLANKS = re.compile(r"[ \t]+")
ELLIPSIS = "…"


def folded(text: str) -> str:
    """Return a text as a code has its letters: lower case, no diacritics, `_` for all else."""
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", nfd(text.lower().replace("đ", "d")))
        if not unicodedata.combining(letter)
    )
    return re.sub(r"_+", "_", re.sub(r"[^a-z0-9_]", "_", plain)).strip("_") if not _is_code(text) else text


def _is_code(text: str) -> bool:
    return re.fullmatch(r"[a-z0-9][a-z0-9_]{0,62}", text) is not None


class Codes:
    """The codes that are taken in one namespace."""

    def __init__(self, stem: str, *, may_begin_with_digit: bool = False) -> None:
        self.stem = stem
        self.may_begin_with_digit = may_begin_with_digit
        self.taken = set[str]()

    def of(self, name: str) -> str:
        """Return a code for a name that no one has yet."""
        code = folded(name)
        if re.match(r"-\d", name.strip()):
            code = f"minus_{code}"
        if not code:
            code = f"{self.stem}_{len(self.taken) + 1}"
        elif not self.may_begin_with_digit and not ("a" <= code[0] <= "z"):
            code = f"{self.stem}_{code}"
        if not _is_code(code):
            code = code[:_LONGEST_CODE].strip("_")
        return self._free(code)

    def _free(self, code: str) -> str:
        found, number = code, 1
        while found in self.taken:
            number += 1
            found = f"{code[: 62 - len(str(number))]}_{number}"
        self.taken.add(found)
        return found


def cleaned(text: str) -> str:
    """Return a text in NFC without control characters, markup, and with … where an answer was to be put in."""
    text = nfc(text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " "))
    text = "".join(each for each in text if each in "\n\t" or unicodedata.category(each) not in ("Cc", "Cs"))
    text = _REFERENCE.sub(ELLIPSIS, _unmarked(text))
    return "\n".join(_BLANKS.sub(" ", line).strip() for line in text.split("\n")).strip()


def references(texts: Sequence[str]) -> str:
    """Return the places for answers in texts, as they are written."""
    return ", ".join(dict.fromkeys(found for text in texts for found in _REFERENCE.findall(text)))


def is_marked(text: str) -> bool:
    """Whether a text has markup that is taken out."""
    return _unmarked(text) != text


def _unmarked(text: str) -> str:
    # Longer ones are refused; no need to look at all of it.
    text = re.sub(r"<br\s*/?>", "\n", text[: 2 * LONGEST_TEXT], flags=re.IGNORECASE)
    text = _LINK.sub(r"\1", _TAG.sub("", text))
    before = None
    # A mark may stand within another; what is left has to stay as it is when it is read again.
    while text != before:
        before, text = text, _MARK.sub(lambda match: match[2] or "", text)
    return text

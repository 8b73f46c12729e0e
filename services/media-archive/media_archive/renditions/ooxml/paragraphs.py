"""Paragraphs and tables, which documents and slides write alike."""

from media_archive.renditions.ooxml.package import Attributes
from media_archive.renditions.ooxml.text import Text

# Properties hold no text (but tab stops that look like tabs), a fallback says again what stands before it, and what was
# deleted or moved away is no longer said.
_PASSED_OVER = frozenset({"pPr", "rPr", "Fallback", "del", "moveFrom"})
# Fields whose text is the number of the slide or today's date.
_CHANGING = ("slidenum", "datetime")
_SEPARATORS = {"tab": "\t", "br": "\n", "cr": "\n"}


class Paragraphs:
    """Reads a part: each paragraph and each row of a table on a line, cells apart by tabs."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._passing = 0
        self._cells = 0
        self._is_text = False

    def start(self, name: str, attributes: Attributes) -> None:
        """Open an element."""
        if self._passing or _is_passed_over(name, attributes):
            self._passing += 1
        elif name == "t":
            self._is_text = True
        elif name == "tc":
            self._cells += 1
        elif name == "p":
            self._end_paragraph()  # a text box stands inside the paragraph that it is anchored to
        elif name == "noBreakHyphen":
            self._text.add("-")
        else:
            self._text.separate(_SEPARATORS.get(name, ""))

    def end(self, name: str) -> None:
        """Close an element."""
        if self._passing:
            self._passing -= 1
        elif name == "t":
            self._is_text = False
        elif name == "p":
            self._end_paragraph()
        elif name == "tc":
            self._cells -= 1
            self._text.separate("\t")
        elif name == "tr":
            self._text.separate("\n")

    def characters(self, text: str) -> None:
        """Take the text of runs; what stands between elements is the layout of the file."""
        if self._is_text and not self._passing:
            self._text.add(text)

    def _end_paragraph(self) -> None:
        self._text.separate(" " if self._cells else "\n")


def _is_passed_over(name: str, attributes: Attributes) -> bool:
    return name in _PASSED_OVER or (name == "fld" and attributes.get("type", "").startswith(_CHANGING))

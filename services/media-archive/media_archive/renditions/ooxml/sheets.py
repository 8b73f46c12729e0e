"""The text of workbooks: each sheet's name, and its rows as they were last calculated."""

import math
import re
from collections.abc import Iterable
from datetime import date, timedelta

from media_archive.renditions.ooxml.package import Attributes, Package
from media_archive.renditions.ooxml.text import EnoughText, Text

MOST_ROWS = 20_000
"""Rows with content that are read of one sheet."""

_WORKBOOK = "xl/workbook.xml"
_MOST_STRING_CHARACTERS = 20_000_000
# Letters that XML can't hold, and some that it can, are written as _x000D_ (ECMA-376 part 1, 22.9.2.19).
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
# Formats that Excel knows by number and that show a day (ECMA-376 part 1, 18.8.30).
_DAY_FORMATS = frozenset({*range(14, 18), 22, *range(27, 37), *range(50, 59)})
# What a format shows as it is: quoted and escaped letters, widths, colours and countries.
_LITERAL = re.compile(r'"[^"]*"|[\\_*].|\[[^\]]*\]')
_LONGEST_FORMAT = 255
# In the year 9839; not long after it our days end.
_LAST_DAY = 2_900_000
# Excel counts a 29 February 1900, so days from March 1900 on are counted from here.
_EPOCH, _MACINTOSH_EPOCH = date(1899, 12, 30), date(1904, 1, 1)


def read_workbook(package: Package, text: Text) -> None:
    """Read an XLSX: sheets in their order, at most MOST_ROWS rows of each. No formulas, comments or drawings."""
    related = package.related(_WORKBOOK)
    cells = _Cells(
        _strings(package, (one.part for one in related if one.kind == "sharedStrings"), text),
        _day_styles(package, (one.part for one in related if one.kind == "styles")),
        _epoch(package),
    )
    parts = {one.id: one.part for one in related if one.kind == "worksheet"}
    for sheet in package.attributes_of(_WORKBOOK, "sheet"):
        text.separate("\n\n")
        text.add(sheet.get("name", ""))
        text.separate("\n")
        # A part that several sheets claim is read for the first.
        if part := parts.pop(sheet.get("r:id", ""), None):
            _read_sheet(package, part, cells, text)


def _read_sheet(package: Package, part: str, cells: "_Cells", text: Text) -> None:
    try:
        package.read(part, _Rows(cells, text))
    except _EnoughRows:
        text.is_cut = True


class _EnoughRows(Exception):
    """The sheet has more rows than are read; others follow."""


class _Cells:
    """What cells mean: their strings and days are kept elsewhere in the workbook."""

    def __init__(self, strings: list[str], day_styles: frozenset[str], epoch: date) -> None:
        self._strings = strings
        self._day_styles = day_styles
        self._epoch = epoch

    def text_of(self, kind: str, style: str, value: str) -> str:
        """Return what a person would look for; nothing for errors and for what is no value of its kind."""
        if kind == "s":
            return self._string(value)
        if kind in ("str", "inlineStr", "d"):
            return _unescaped(value)
        if kind == "n":
            return self._number(style, value)
        return ""

    def _string(self, value: str) -> str:
        try:
            place = int(value)
        except ValueError:
            return ""
        return self._strings[place] if 0 <= place < len(self._strings) else ""

    def _number(self, style: str, value: str) -> str:
        try:
            number = float(value)
        except ValueError:
            return ""
        if style in self._day_styles and 1 <= number <= _LAST_DAY:
            return (self._epoch + timedelta(days=int(number))).strftime("%d/%m/%Y")
        return f"{number:.15g}" if math.isfinite(number) else ""


class _Rows:
    """Reads the cells of a sheet, row by row."""

    def __init__(self, cells: _Cells, text: Text) -> None:
        self._cells = cells
        self._text = text
        self._rows = 0
        self._row_has_text = False
        self._kind = self._style = ""
        self._value: list[str] = []
        self._is_value = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "c":
            self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "0")
            self._value = []
        elif name in ("v", "t"):
            self._is_value = True

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self._is_value = False
        elif name == "c":
            self._end_cell()
        elif name == "row":
            self._end_row()

    def characters(self, text: str) -> None:
        if self._is_value:
            self._value.append(text)

    def _end_cell(self) -> None:
        shown = self._cells.text_of(self._kind, self._style, "".join(self._value)).strip()
        if shown and not self._row_has_text:
            self._begin_row()
        self._text.add(shown)
        self._text.separate("\t")

    def _begin_row(self) -> None:
        if self._rows == MOST_ROWS:
            raise _EnoughRows()
        self._rows += 1
        self._row_has_text = True

    def _end_row(self) -> None:
        self._row_has_text = False
        self._text.separate("\n")


def _strings(package: Package, parts: Iterable[str], text: Text) -> list[str]:
    strings = _Strings()
    try:
        for part in parts:
            package.read(part, strings)
    except _EnoughStrings:
        text.is_cut = True
    return strings.strings


class _EnoughStrings(EnoughText):
    """More is not kept in memory; cells that use what comes later stay empty."""


class _Strings:
    """Reads the strings that cells share, without the reading aids of East Asian scripts."""

    def __init__(self) -> None:
        self.strings: list[str] = []
        self._pieces: list[str] = []
        self._left = _MOST_STRING_CHARACTERS
        self._is_text = self._is_aid = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "rPh":
            self._is_aid = True
        elif name == "t":
            self._is_text = not self._is_aid

    def end(self, name: str) -> None:
        if name == "rPh":
            self._is_aid = False
        elif name == "t":
            self._is_text = False
        elif name == "si":
            self.strings.append(_unescaped("".join(self._pieces)))
            self._pieces = []

    def characters(self, text: str) -> None:
        if not self._is_text:
            return
        self._pieces.append(text)
        self._left -= len(text)
        if self._left < 0:
            raise _EnoughStrings()


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(_letter, text)


def _letter(escaped: re.Match[str]) -> str:
    letter = chr(int(escaped[1], 16))
    # Half of a pair is no letter, and a control is none that anybody typed.
    return letter if letter.isprintable() else " "


def _epoch(package: Package) -> date:
    said = package.attributes_of(_WORKBOOK, "workbookPr")
    return _MACINTOSH_EPOCH if any(one.get("date1904") in ("1", "true") for one in said) else _EPOCH


def _day_styles(package: Package, parts: Iterable[str]) -> frozenset[str]:
    """Return the numbers of the styles that show a day."""
    styles = _Styles()
    for part in parts:
        package.read(part, styles)
    return frozenset(str(place) for place, used in enumerate(styles.used) if used in styles.day_formats)


class _Styles:
    """Reads which formats show days, and which format each style of cells uses."""

    def __init__(self) -> None:
        self.day_formats = {str(one) for one in _DAY_FORMATS}
        self.used: list[str] = []
        self._is_of_cells = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "numFmt" and _shows_day(attributes.get("formatCode", "")):
            self.day_formats.add(attributes.get("numFmtId", ""))
        elif name == "cellXfs":
            self._is_of_cells = True
        elif name == "xf" and self._is_of_cells:
            self.used.append(attributes.get("numFmtId", ""))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._is_of_cells = False

    def characters(self, text: str) -> None:
        """Styles have no text."""


def _shows_day(code: str) -> bool:
    letters = _LITERAL.sub("", code[:_LONGEST_FORMAT]).lower()
    return "d" in letters or "y" in letters

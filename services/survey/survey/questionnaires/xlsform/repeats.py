"""Groups that XLSForms ask again and again, and we ask once: the loop's places for its choices are taken out."""

import re
from collections.abc import Iterable, Mapping, Sequence

from survey.questionnaires.xlsform.book import Line
from survey.questionnaires.xlsform.kinds import RowType
from survey.questionnaires.xlsform.report import Remark, shortened
from survey.questionnaires.xlsform.wording import ELLIPSIS

# `begin loop over crops` fills these in for each choice of the list: `How many %(label)s?`.
_PLACE = re.compile(r"%\(\w+\)s")
_REFERENCE = re.compile(r"\$\{[^{}]*\}")
_FORMULAS = ("relevant", "constraint", "calculation")
Row = tuple[RowType | None, Line]


def asked_once(rows: Iterable[Row], sheet: str, remarks: list[Remark]) -> list[Row]:
    """Return the rows without the places that a loop fills in; what was taken out is added to `remarks`."""
    found, depth = list[Row](), 0
    for row, line in rows:
        if row is not None and row.kind == "end_repeat":
            depth = max(0, depth - 1)
        found.append((row, _without_places(line, sheet, remarks) if depth else line))
        depth += row is not None and row.kind == "begin_repeat"
    return found


def _without_places(line: Line, sheet: str, remarks: list[Remark]) -> Line:
    written: Mapping[str, Sequence[str]] = {
        "name": [line["name"]],
        **{column: list(line.text(column).values()) for column, _ in line.texts},
    }
    places = {column: places for column, texts in written.items() if (places := _places(texts))}
    for column, what in places.items():
        remarks.append(Remark("LOOP_PLACE", sheet, line.number, column, {"what": shortened(what, 60)}))
    cells = {
        column: _named(text) if column == "name" else _named_within(text) if column in _FORMULAS else text
        for column, text in line.cells.items()
    }
    return Line(line.number, cells, {key: _PLACE.sub(ELLIPSIS, text) for key, text in line.texts.items()})


def _places(texts: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(found for text in texts for found in _PLACE.findall(text)))


def _named(name: str) -> str:
    return _PLACE.sub("", name).strip("_-. ") if _PLACE.search(name) else name


def _named_within(formula: str) -> str:
    """Return a formula that speaks of questions by the names that they have now."""
    return _REFERENCE.sub(lambda found: f"${{{_named(found[0][2:-1])}}}", formula)

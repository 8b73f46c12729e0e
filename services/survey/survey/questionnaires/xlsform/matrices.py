"""Groups that are one question of ours: a table of choices, and KoboToolbox's own tables and rankings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from survey.questionnaires.xlsform.book import MEDIA, Line
from survey.questionnaires.xlsform.choices import ChoiceList, ChoiceLists
from survey.questionnaires.xlsform.kinds import BEGINS, RowType
from survey.questionnaires.xlsform.texts import Texts
from survey.questionnaires.xlsform.wording import Codes, folded

MOST_ROWS = 30
MOST_RANKED = 20
_YES = ("yes", "true", "true()", "1")
_PLAIN = ("relevant", "constraint", "read_only", "default", "calculation", "choice_filter", "loa_role", *MEDIA)
Rows = Sequence[tuple[RowType | None, Line]]


@dataclass(frozen=True, slots=True)
class Matrix:
    """A group as one question: how many rows of the sheet it takes, where it ends, and what the names in it mean."""

    kind: str
    end: int
    rows: int
    text: dict[str, str]
    hint: dict[str, str] | None
    properties: dict[str, Any]
    codes: Mapping[str, str]
    names: Mapping[str, str] = field(default_factory=dict[str, str])


def matrix_of(rows: Rows, place: int, lists: ChoiceLists, texts: Texts, sheet: str) -> Matrix | None:
    """Return the group that begins at a place as one question; None when it is a section like others."""
    row, line = rows[place]
    assert row is not None
    if line["disabled"] or not line.text("label") or texts.is_too_long(line, "label"):
        return None
    inner = _inner(rows, place, BEGINS[row.kind])
    if not inner or any(texts.is_too_long(each, "label") for _, each in inner):
        return None
    if row.kind == "begin_group":
        return _table(line, inner, place, lists, texts, sheet)
    if row.kind == "begin_score":
        return _score(line, inner, place, lists, texts, sheet)
    return _ranking(line, inner, place, lists, texts, sheet) if row.kind == "begin_rank" else None


def _inner(rows: Rows, place: int, end: str) -> list[tuple[RowType, Line]]:
    """Return the rows between begin and end; nothing when they are too many, or not all of one kind."""
    found = list[tuple[RowType, Line]]()
    for row, line in rows[place + 1 : place + 2 + MOST_ROWS]:
        if row is not None and row.kind == end:
            return found
        if row is None or row.kind not in ("single", "score_row", "rank_level") or line["disabled"]:
            return []
        found.append((row, line))
    return []


def _table(
    line: Line, inner: Sequence[tuple[RowType, Line]], place: int, lists: ChoiceLists, texts: Texts, sheet: str
) -> Matrix | None:
    first, first_line = inner[0]
    if "table-list" not in line["appearance"].lower():
        return None
    alike = all(
        row.kind == "single"
        and row.list_name == first.list_name
        and not row.or_other
        and each.text("label")
        and not each.text("hint")
        and not any(each[column] for column in _PLAIN)
        and (each["required"].lower() in _YES) == (first_line["required"].lower() in _YES)
        for row, each in inner
    )
    found = lists.find(first.list_name) if alike else None
    return _matrix(line, inner, place, found, texts, sheet, first_line["required"])


def _score(
    line: Line, inner: Sequence[tuple[RowType, Line]], place: int, lists: ChoiceLists, texts: Texts, sheet: str
) -> Matrix | None:
    alike = all(row.kind == "score_row" and each.text("label") for row, each in inner)
    found = lists.find(line["score_choices"]) if alike else None
    return _matrix(line, inner, place, found, texts, sheet, line["required"])


def _matrix(
    line: Line,
    inner: Sequence[tuple[RowType, Line]],
    place: int,
    found: ChoiceList | None,
    texts: Texts,
    sheet: str,
    required: str,
) -> Matrix | None:
    text = texts.of(line, "label", sheet)
    if found is None or text is None or not 2 <= len(found.documents) <= 200 or _has_other(found):
        return None
    codes, names, documents = Codes("row", may_begin_with_digit=True), dict[str, str](), list[dict[str, Any]]()
    stem = f"{folded(line['name'])}_"
    for _, each in inner:
        code = codes.of(each["name"].removeprefix(stem) or "row")
        names.setdefault(each["name"], code)
        documents.append({"code": code, "text": texts.of(each, "label", sheet)})
    properties = {"rows": documents, "choices": [dict(each) for each in found.documents]}
    if required.lower() in _YES:
        properties |= {"required": True}
    end, count = place + len(inner) + 2, len(inner) + 2
    names.pop("", None)
    return Matrix("matrix", end, count, text, texts.of(line, "hint", sheet), properties, found.codes, names)


def _ranking(
    line: Line, inner: Sequence[tuple[RowType, Line]], place: int, lists: ChoiceLists, texts: Texts, sheet: str
) -> Matrix | None:
    """Return KoboToolbox's ranking: so many places are given to the items of a list."""
    found, text = lists.find(line["rank_items"]), texts.of(line, "label", sheet)
    if found is None or text is None or any(row.kind != "rank_level" for row, _ in inner):
        return None
    if not 2 <= len(found.documents) <= MOST_RANKED or len(inner) > len(found.documents) or _has_other(found):
        return None
    properties: dict[str, Any] = {"choices": [dict(each) for each in found.documents]}
    if len(inner) < len(found.documents):
        properties["places"] = len(inner)
    if line["required"].lower() in _YES:
        properties["required"] = True
    end, count = place + len(inner) + 2, len(inner) + 2
    return Matrix("ranking", end, count, text, texts.of(line, "hint", sheet), properties, found.codes)


def _has_other(found: ChoiceList) -> bool:
    return any("other" in each for each in found.documents)

"""An XLSForm as rows of named cells: sheets and headings as people write them, in any of the forms that files have."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kit.texts import nfc
from kit.workbooks import (
    XLS,
    XLSX,
    Fault,
    Limits,
    SheetRow,
    WorkbookSheet,
    WorkbookTooLarge,
    WorkbookUnreadable,
    read_workbook,
)
from survey.questionnaires.xlsform.languages import Languages
from survey.questionnaires.xlsform.report import Remark, WorkbookRefused, shortened

MOST_MEGABYTES = 10
_LIMITS = Limits(unpacked=60 * 1024 * 1024, sheets=60, rows=20_000)
# More questions than anybody is asked: what is longer is no form.
MOST_SURVEY_ROWS = 3_000
# So many rows may stand above the headings.
_ABOVE = 10

# Columns whose texts may be in several languages.
TEXTS = ("label", "hint", "constraint_message", "loa_title", "loa_introduction")
# Other names that XLSForms use, or used, for a column.
_ALIASES = {
    "caption": "label",
    "tag": "name",
    "value": "name",
    "command": "type",
    "list": "list_name",
    "relevance": "relevant",
    "bind::relevant": "relevant",
    "bind::constraint": "constraint",
    "bind::jr:constraintmsg": "constraint_message",
    "bind::jr::constraintmsg": "constraint_message",
    "constraint_msg": "constraint_message",
    "bind::required": "required",
    "bind::readonly": "read_only",
    "readonly": "read_only",
    "bind::calculate": "calculation",
    "calculate": "calculation",
    "control::appearance": "appearance",
    "id_string": "form_id",
    "title": "form_title",
    "jr::count": "repeat_count",
    "control::jr:count": "repeat_count",
    "kobo--score-choices": "score_choices",
    "kobo--rank-items": "rank_items",
}
# By sheet; all others are said to have no meaning.
KNOWN_COLUMNS: Mapping[str, frozenset[str]] = {
    "survey": frozenset(
        {
            *("type", "name", "label", "hint", "required", "relevant", "constraint", "constraint_message"),
            *("appearance", "parameters", "choice_filter", "default", "calculation", "read_only", "disabled"),
            *("score_choices", "rank_items", "repeat_count"),
            *("loa_concept", "loa_privacy", "loa_role", "loa_weighting_margin", "loa_minimum", "loa_maximum"),
            *("loa_decimals", "loa_places", "loa_maximum_length", "loa_earliest", "loa_latest", "loa_relevant"),
            "loa_constraint",
        }
    ),
    "choices": frozenset({"list_name", "name", "label", "loa_other"}),
    "settings": frozenset(
        {"form_title", "form_id", "version", "default_language", "name", "loa_title", "loa_introduction"}
    ),
    "loa_words": frozenset({"language", "vietnamese", "text"}),
}
# What goes with a question's text; it is said of each row that has it, not of the column.
MEDIA: tuple[str, ...] = ("image", "big-image", "audio", "video")
# Sheets that say nothing of a form.
_SILENT = ("changelog", "instructions", "readme", "notes")


@dataclass(frozen=True, slots=True)
class Line:
    """A row: its number, its cells by column, and its texts by column and language."""

    number: int
    cells: Mapping[str, str]
    texts: Mapping[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def text(self, column: str) -> dict[str, str]:
        """Return what a column says, by language."""
        return {language: text for (name, language), text in self.texts.items() if name == column}


@dataclass(frozen=True, slots=True)
class Book:
    """A whole XLSForm."""

    survey: Sequence[Line]
    choices: Sequence[Line]
    settings: Line
    words: Sequence[Line]
    languages: Sequence[str]
    filled: bool
    """Whether Vietnamese is not in the workbook, so that other texts have to stand in for it."""
    names: Mapping[str, str]
    """The sheets' names as the workbook has them."""


@dataclass(frozen=True, slots=True)
class _Column:
    base: str
    language: str | None
    heading: str


@dataclass(frozen=True, slots=True)
class _Table:
    """A sheet with the place of its headings found."""

    role: str
    sheet: WorkbookSheet
    heading_row: int
    columns: Sequence[_Column]
    rows: Sequence[SheetRow]


def read_book(content: bytes, remarks: list[Remark]) -> Book:
    """Return the XLSForm in a file's bytes: XLSX, XLS, or text with sections (CSV, or a table of Markdown).

    What there is to say of sheets and columns is added to `remarks`. WorkbookRefused for what is no XLSForm.
    """
    tables = _tables(_sheets(content), remarks)
    if "survey" not in tables:
        raise WorkbookRefused(Remark("NO_SURVEY_SHEET"))
    if len(tables["survey"].rows) > MOST_SURVEY_ROWS:
        raise WorkbookRefused(Remark("WORKBOOK_TOO_LARGE"))
    languages = _languages(tables, remarks)
    lines = {role: [_line(table, row, languages) for row in table.rows] for role, table in tables.items()}
    settings = lines.get("settings", [])
    return Book(
        survey=lines["survey"],
        choices=lines.get("choices", []),
        settings=settings[0] if settings else Line(2, {}),
        words=lines.get("loa_words", []),
        languages=languages.codes,
        filled=languages.filled,
        names={role: table.sheet.name for role, table in tables.items()},
    )


def _sheets(content: bytes) -> list[WorkbookSheet]:
    if len(content) > MOST_MEGABYTES * 1024 * 1024:
        raise WorkbookRefused(Remark("FILE_TOO_LARGE", details={"what": str(MOST_MEGABYTES)}))
    try:
        return read_workbook(content, _LIMITS) if content.startswith((XLS, XLSX)) else _written(content)
    except WorkbookTooLarge as error:
        raise WorkbookRefused(Remark("WORKBOOK_TOO_LARGE")) from error
    except (WorkbookUnreadable, UnicodeDecodeError, csv.Error) as error:
        raise WorkbookRefused(Remark("NOT_A_WORKBOOK")) from error


def _written(content: bytes) -> list[WorkbookSheet]:
    """Return the sheets of a form in text: a line with a sheet's name, then its rows one cell further in."""
    text = nfc(content.decode("utf-8-sig"))
    if "\x00" in text:
        raise WorkbookUnreadable()
    sheets, rows = list[WorkbookSheet](), list[SheetRow]()
    for number, cells in _lines(text):
        if cells and cells[0].strip():
            if any(cell.strip() for cell in cells[1:]):
                raise WorkbookUnreadable()
            rows = []
            sheets.append(WorkbookSheet(cells[0].strip(), rows, ()))
        elif any(cell.strip() for cell in cells):
            rows.append(SheetRow(number, cells[1:]))
            if len(rows) > _LIMITS.rows:
                raise WorkbookTooLarge()
    if len(sheets) > _LIMITS.sheets:
        raise WorkbookTooLarge()
    if not any(sheet.name.lower() == "survey" for sheet in sheets):
        # Some other text, or bytes that happen to be one.
        raise WorkbookUnreadable()
    return sheets


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    if text.lstrip().startswith("|"):
        for number, line in enumerate(text.splitlines(), start=1):
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if not all(set(cell) <= {"-", ":"} for cell in cells) or not any(cells):
                yield number, cells
        return
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = 1
    for cells in reader:
        yield number, cells
        number = reader.line_num + 1


def _tables(sheets: Sequence[WorkbookSheet], remarks: list[Remark]) -> dict[str, _Table]:
    found = dict[str, _Table]()
    for sheet in sheets:
        role = re.sub(r"[\s_]+", "_", sheet.name.strip().lower())
        if role in KNOWN_COLUMNS and role not in found and (table := _table(role, sheet)) is not None:
            found[role] = table
    if "survey" not in found:
        assumed = next((table for sheet in sheets if (table := _table("survey", sheet)) is not None), None)
        if assumed is not None:
            found["survey"] = assumed
            remarks.append(Remark("SHEET_ASSUMED", assumed.sheet.name, details={"what": shortened(assumed.sheet.name)}))
    used = {table.sheet.name for table in found.values()} | {sheet.name for sheet in sheets if not sheet.rows}
    left = (sheet.name for sheet in sheets if sheet.name not in used and sheet.name.strip().lower() not in _SILENT)
    remarks.extend(Remark("SHEET_IGNORED", name, details={"what": shortened(name)}) for name in left)
    for table in found.values():
        remarks += _column_remarks(table)
        remarks += _fault_remarks(table)
    return found


def _table(role: str, sheet: WorkbookSheet) -> _Table | None:
    """Return a sheet with its headings; None for one that has none, such as a survey sheet without a type."""
    wanted = {"survey": "type", "choices": "list_name"}.get(role)
    for place, row in enumerate(sheet.rows[:_ABOVE]):
        columns = [_column(cell) for cell in row.cells]
        if wanted is None or any(column.base == wanted for column in columns):
            return _Table(role, sheet, row.number, columns, sheet.rows[place + 1 :])
    return None


def _column(heading: str) -> _Column:
    """Return the column that a heading means: `LABEL :: English (en)`, `label:English`, `bind:jr:constraintMsg` …."""
    text = " ".join(nfc(heading).split())
    lowered = re.sub(r"\s*::?\s*", "::", text.lower()).replace(" ", "_")
    for name in (lowered, lowered.replace("::", ":", 2).replace(":", "::", 1)):
        if name in _ALIASES:
            return _Column(_ALIASES[name], None, text)
    base, *rest = re.split(r"\s*::?\s*", text, maxsplit=1)
    base = base.strip().lower().replace(" ", "_")
    if base == "media" and rest:
        return _Column(re.split(r"\s*::?\s*", rest[0], maxsplit=1)[0].lower(), None, text)
    base = _ALIASES.get(base, base)
    if rest and base not in TEXTS and base not in MEDIA:
        return _Column(lowered, None, text)
    return _Column(base, rest[0].strip() if rest and base in TEXTS else None, text)


def _column_remarks(table: _Table) -> Iterable[Remark]:
    for column in table.columns:
        if column.heading and column.base not in KNOWN_COLUMNS[table.role] and column.base not in MEDIA:
            what = shortened(column.heading, 60)
            yield Remark("COLUMN_UNKNOWN", table.sheet.name, table.heading_row, what, {"what": what})


def _fault_remarks(table: _Table) -> Iterable[Remark]:
    for fault in table.sheet.faults:
        if fault.column < len(table.columns) and table.columns[fault.column].base in KNOWN_COLUMNS[table.role]:
            yield _fault_remark(table, fault)


def _fault_remark(table: _Table, fault: Fault) -> Remark:
    code = "CELL_FORMULA" if fault.kind == "formula" else "CELL_ERROR"
    return Remark(code, table.sheet.name, fault.row, shortened(table.columns[fault.column].heading, 60))


def _languages(tables: Mapping[str, _Table], remarks: list[Remark]) -> Languages:
    languages = Languages(_default_language(tables.get("settings")))
    for role in ("survey", "choices", "settings"):
        for column in tables[role].columns if role in tables else ():
            if column.language is not None:
                languages.add(column.language)
    bare = next((c for c in tables["survey"].columns if c.base == "label" and c.language is None), None)
    languages.settle(bare.heading if bare else None)
    remarks += languages.remarks(tables["survey"].sheet.name, tables["survey"].heading_row)
    return languages


def _default_language(table: _Table | None) -> str:
    if table is None or not table.rows:
        return ""
    cells = zip(table.columns, table.rows[0].cells, strict=False)
    return next((cell.strip() for column, cell in cells if column.base == "default_language"), "")


def _line(table: _Table, row: SheetRow, languages: Languages) -> Line:
    cells, texts = dict[str, str](), dict[tuple[str, str], str]()
    for column, cell in zip(table.columns, row.cells, strict=False):
        text = cell.strip()
        if not text or not column.base:
            continue
        if column.base in TEXTS:
            language = languages.code_of(column.language)
            if language is not None:
                texts.setdefault((column.base, language), text)
        else:
            cells.setdefault(column.base, text)
    return Line(row.number, cells, texts)

"""A questionnaire as an XLSForm workbook that KoboToolbox and ODK open, and that reads back as exactly the same.

What XLSForm has no word for (concept, privacy, …) stands in columns that begin with `loa_`; other programs pass over
them. Where a formula would be read back as another expression, the exact one stands beside it, in JSON.
"""

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from survey.questionnaires.xlsform import xpath
from survey.questionnaires.xlsform.choices import OTHER_NAME
from survey.questionnaires.xlsform.formulas import constraint_text, day_text, shown_if_text
from survey.questionnaires.xlsform.languages import heading, titled
from survey.questionnaires.xlsform.questions import DEFAULT_DECIMALS
from survey.questionnaires.xlsform.reading import import_workbook
from survey.questionnaires.xlsform.rules import bounds_of, days_of

Document = Mapping[str, Any]
Cells = dict[str, str]

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_SURVEY = (
    *("type", "name", "label", "hint", "required", "relevant", "constraint", "constraint_message", "appearance"),
    *("parameters", "loa_concept", "loa_privacy", "loa_role", "loa_weighting_margin", "loa_minimum", "loa_maximum"),
    *("loa_decimals", "loa_places", "loa_maximum_length", "loa_earliest", "loa_latest", "loa_relevant"),
    "loa_constraint",
)
_TEXTS = ("label", "hint", "constraint_message", "loa_title", "loa_introduction")
_TYPES = {"single": "select_one", "multiple": "select_multiple", "ranking": "rank"}


def export_workbook(definition: Document, *, code: str = "", version: str = "") -> bytes:
    """Return a definition that `checked` passes as an XLSX workbook. `code` and `version` are named in its settings."""
    draft = _Writing(definition, frozenset(), code, version).content()
    back = import_workbook(draft).definition
    # What comes back otherwise gets its exact expression written beside the formula.
    differing = _differing(definition, back or {"sections": []})
    return _Writing(definition, differing, code, version).content() if differing else draft


def _differing(definition: Document, back: Document) -> frozenset[tuple[str, str]]:
    """Return the (code, property) of conditions and constraints that did not come back as they were."""
    found = dict(_logic(back))
    return frozenset(key for key, value in _logic(definition) if found.get(key) != value)


def _logic(definition: Document) -> Iterator[tuple[tuple[str, str], Any]]:
    for section in definition["sections"]:
        yield (f"section {section['code']}", "relevant"), section.get("shown_if")
        for question in section["questions"]:
            yield (question["code"], "relevant"), question.get("shown_if")
            yield (question["code"], "constraint"), question.get("constraint", {}).get("expression")


@dataclass(slots=True)
class _Sheet:
    """Rows of cells by column; texts by column and language."""

    columns: Sequence[str]
    rows: list[tuple[Cells, Mapping[str, Document]]] = field(default_factory=list[tuple[Cells, Mapping[str, Document]]])

    def add(self, cells: Mapping[str, str | None], **texts: Document | None) -> None:
        """Add a row, without the cells that are blank."""
        kept = {name: cell for name, cell in cells.items() if cell}
        self.rows.append((kept, {name: text for name, text in texts.items() if text}))


class _Writing:
    def __init__(self, definition: Document, exactly: frozenset[tuple[str, str]], code: str, version: str) -> None:
        self.definition = definition
        self.exactly = exactly
        self.code = code
        self.version = version
        self.languages: Sequence[str] = definition["languages"]
        further = definition.get("further_languages", {})
        self.names = {language: entry["name"] for language, entry in further.items()}
        questions = [question for section in definition["sections"] for question in section["questions"]]
        self.kinds = {question["code"]: question["kind"] for question in questions}
        self.rows = _row_names(questions)
        self.lists = dict[bytes, str]()
        self.survey = _Sheet(_SURVEY)
        self.choices = _Sheet(("list_name", "name", "label", "loa_other"))

    def content(self) -> bytes:
        for section in self.definition["sections"]:
            self._section(section)
        settings = _Sheet(("form_title", "form_id", "version", "default_language", "loa_title", "loa_introduction"))
        title = self.definition["title"]
        first = self.languages[0]
        settings.add(
            {
                "form_title": title[first],
                "form_id": self.code,
                "version": self.version,
                "default_language": titled(first, self.names),
            },
            loa_title=title,
            loa_introduction=self.definition.get("introduction"),
        )
        sheets = {"survey": self.survey, "choices": self.choices, "settings": settings}
        words = self._words()
        if words.rows:
            sheets["loa_words"] = words
        return self._file(sheets)

    def _words(self) -> _Sheet:
        words = _Sheet(("language", "vietnamese", "text"))
        for language, entry in self.definition.get("further_languages", {}).items():
            words.add({"language": language, "text": entry["name"]})
            for vietnamese, text in entry.get("words", {}).items():
                words.add({"language": language, "vietnamese": vietnamese, "text": text})
        return words

    def _section(self, section: Document) -> None:
        cells = {"type": "begin_group", "name": section["code"]}
        cells |= self._relevant(f"section {section['code']}", section)
        self.survey.add(cells, label=section["title"])
        for question in section["questions"]:
            if question["kind"] == "matrix":
                self._matrix(question)
            else:
                self._question(question)
        self.survey.add({"type": "end_group"})

    def _question(self, question: Document) -> None:
        code = question["code"]
        cells: dict[str, str | None] = {
            "type": self._type(question),
            "name": code,
            "required": _yes(question, "required"),
        }
        cells |= {"parameters": self._parameters(question), **self._own(question), **_measured(question)}
        cells |= self._relevant(code, question)
        cells |= self._constraint(question)
        message = question.get("constraint", {}).get("message")
        self.survey.add(cells, label=question["text"], hint=question.get("hint"), constraint_message=message)

    def _matrix(self, question: Document) -> None:
        """Write a matrix as a group that is shown as a table, with a question for each row."""
        code = question["code"]
        cells: dict[str, str | None] = {"type": "begin_group", "name": code, "appearance": "table-list"}
        cells |= {**_measured(question), **self._relevant(code, question), **self._constraint(question)}
        message = question.get("constraint", {}).get("message")
        self.survey.add(cells, label=question["text"], hint=question.get("hint"), constraint_message=message)
        name = self._list(code, question["choices"])
        for row in question["rows"]:
            inner = {"type": f"select_one {name}", "name": self.rows[code, row["code"]]}
            self.survey.add({**inner, "required": _yes(question, "required")}, label=row["text"])
        self.survey.add({"type": "end_group"})

    def _type(self, question: Document) -> str:
        kind = question["kind"]
        if kind in _TYPES:
            other = any(choice.get("other") and choice["code"] == OTHER_NAME for choice in question["choices"])
            name = self._list(question["code"], question["choices"])
            return f"{_TYPES[kind]} {name}{' or_other' if other else ''}"
        if kind == "number":
            return "decimal" if question.get("decimals") else "integer"
        return str({"scale": "range", "short_text": "text", "long_text": "text"}.get(kind, kind))

    def _parameters(self, question: Document) -> str | None:
        if question["kind"] == "scale":
            labels = question.get("choices")
            labelled = f" tick_labelset={self._list(question['code'], labels)}" if labels else ""
            return f"start={question['minimum']} end={question['maximum']} step=1{labelled}"
        return "randomize=true" if question.get("order") == "random" else None

    def _own(self, question: Document) -> dict[str, str | None]:
        """Return what only some kinds have."""
        kind = question["kind"]
        if kind == "long_text":
            return {"appearance": "multiline"}
        if kind == "number":
            bounds = {"loa_minimum": str(question["minimum"]), "loa_maximum": str(question["maximum"])}
            decimals = question.get("decimals", 0)
            return {**bounds, "loa_decimals": str(decimals) if decimals not in (0, DEFAULT_DECIMALS) else None}
        if kind == "date":
            days = {f"loa_{name}": question[name] for name in ("earliest", "latest") if name in question}
            return {column: day_text(day) for column, day in days.items()}
        longest = question.get("maximum_length") if kind in ("single", "multiple") else None
        places = question.get("places")
        return {
            "loa_maximum_length": None if longest is None else str(longest),
            "loa_places": None if places is None else str(places),
        }

    def _relevant(self, key: str, holder: Document) -> dict[str, str | None]:
        if "shown_if" not in holder:
            return {}
        text = shown_if_text(holder["shown_if"], self._name, self.kinds)
        return {"relevant": text, "loa_relevant": self._exact(key, "relevant", text, holder["shown_if"])}

    def _constraint(self, question: Document) -> dict[str, str | None]:
        expression = question.get("constraint", {}).get("expression")
        parts = self._structure(question)
        if expression is not None:
            text = constraint_text(expression, self._name, self.kinds, question["code"])
            bracketed = f"({text})" if parts and " or " in text else text
            if question["kind"] == "matrix":
                # A group has no constraint in XLSForm.
                return {"loa_constraint": self._exact(question["code"], "", "", expression)}
            exact = self._exact(question["code"], "constraint", " and ".join([*parts, bracketed]), expression)
            parts.append(bracketed)
            return {"constraint": " and ".join(parts), "loa_constraint": exact}
        return {"constraint": " and ".join(parts)}

    def _structure(self, question: Document) -> list[str]:
        """Return the properties of a question that are constraints in XLSForm."""
        if question["kind"] == "number":
            return [xpath.unparsed(each) for each in bounds_of(question)]
        if question["kind"] == "date":
            return [xpath.unparsed(each) for each in days_of(question)]
        if question["kind"].endswith("_text") and "maximum_length" in question:
            return [f"string-length(.) <= {question['maximum_length']}"]
        alone = [choice["code"] for choice in question.get("choices", ()) if choice.get("exclusive")]
        return [f"not(selected(., '{code}') and count-selected(.) > 1)" for code in alone]

    def _exact(self, key: str, column: str, text: str, expression: Any) -> str | None:
        if column and (key, column) not in self.exactly:
            return None
        return orjson.dumps({"of": text, "is": expression}).decode()

    def _name(self, code: str, row: str | None) -> str:
        return code if row is None else self.rows[code, row]

    def _list(self, code: str, choices: Sequence[Document]) -> str:
        """Return the name of a list with these choices, which questions with the same ones share."""
        rows = [{key: value for key, value in each.items() if key != "exclusive"} for each in choices]
        key = orjson.dumps(rows)
        if key in self.lists:
            return self.lists[key]
        self.lists[key] = code
        for choice in rows:
            other = "yes" if choice.get("other") and choice["code"] != OTHER_NAME else None
            self.choices.add({"list_name": code, "name": choice["code"], "loa_other": other}, label=choice["text"])
        return code

    def _file(self, sheets: Mapping[str, _Sheet]) -> bytes:
        book = Workbook(write_only=True)
        for name, sheet in sheets.items():
            table: WriteOnlyWorksheet = book.create_sheet(name)
            table.freeze_panes = "A2"
            columns = list(self._columns(sheet))
            table.append(_cells(table, [title for title, _, _ in columns], is_bold=True))
            for cells, texts in sheet.rows:
                row = [
                    cells.get(column, "") if language is None else texts.get(column, {}).get(language, "")
                    for _, column, language in columns
                ]
                table.append(_cells(table, row))
        file = io.BytesIO()
        book.save(file)
        return file.getvalue()

    def _columns(self, sheet: _Sheet) -> Iterator[tuple[str, str, str | None]]:
        """Return the columns that are needed: their headings, names, and languages."""
        used = {name for cells, texts in sheet.rows for name in (*cells, *texts)}
        for column in sheet.columns:
            if column in _TEXTS:
                if column in used or column == "label":
                    yield from ((heading(column, each, self.names), column, each) for each in self.languages)
            elif column in used or not column.startswith("loa_"):
                yield column, column, None


def _cells(table: WriteOnlyWorksheet, texts: Iterable[str], *, is_bold: bool = False) -> list[Cell]:
    cells = list[Cell]()
    for text in texts:
        cell = WriteOnlyCell(table, value=_ILLEGAL.sub("", text) or None)
        if text:
            # Else a text that begins with = would be a formula.
            cell.data_type = "s"
        if is_bold:
            cell.font = Font(bold=True)
        cells.append(cell)
    return cells


def _measured(question: Document) -> dict[str, str | None]:
    if question["kind"] == "note":
        return {}
    concept, role = question["concept"], question.get("role")
    usual = "free_text" if question["kind"].endswith("_text") else "segment" if role else "plain"
    return {
        "loa_concept": None if concept == question["code"] else concept,
        "loa_privacy": None if question["privacy"] == usual else question["privacy"],
        "loa_role": role,
        "loa_weighting_margin": _yes(question, "weighting_margin"),
    }


def _yes(holder: Document, name: str) -> str | None:
    return "yes" if holder.get(name) else None


def _row_names(questions: Sequence[Document]) -> dict[tuple[str, str], str]:
    """Return a name for each row of a matrix that nothing else has."""
    taken, found = {question["code"] for question in questions}, dict[tuple[str, str], str]()
    for question in questions:
        for row in question.get("rows", ()):
            name = f"{question['code']}_{row['code']}"
            while name in taken:
                name += "_"
            taken.add(name)
            found[question["code"], row["code"]] = name
    return found

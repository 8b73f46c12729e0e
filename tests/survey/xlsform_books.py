"""Workbooks for tests, written cell by cell."""

import io
from collections.abc import Sequence
from typing import Any

import orjson
from openpyxl import Workbook

from survey.questionnaires.xlsform.reading import Imported, import_workbook
from survey.questionnaires.xlsform.writing import export_workbook

Rows = Sequence[Sequence[Any]]
YES_NO = (("list_name", "name", "label"), ("yn", "yes", "Có"), ("yn", "no", "Không"))


def workbook(survey: Rows, choices: Rows = YES_NO, settings: Rows = (), **others: Rows) -> bytes:
    """An XLSX with these sheets."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in {"survey": survey, "choices": choices, "settings": settings, **others}.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def rows(*questions: dict[str, Any]) -> list[list[Any]]:
    """A survey sheet of rows given by column; the headings are all columns that some row has."""
    columns = list(dict.fromkeys(column for each in questions for column in each))
    return [columns, *([each.get(column) for column in columns] for each in questions)]


def asked(type: str, name: str, **more: Any) -> dict[str, Any]:
    """A row of the survey sheet, with a label."""
    return {"type": type, "name": name, "label": name.capitalize(), **more}


def imported(*questions: dict[str, Any], choices: Rows = YES_NO, settings: Rows = ()) -> Imported:
    """What comes of a survey sheet with these rows."""
    return import_workbook(workbook(rows(*questions), choices, settings))


def questions_of(result: Imported) -> dict[str, dict[str, Any]]:
    """The questions that were imported, by code."""
    assert result.definition is not None
    return {each["code"]: each for section in result.definition["sections"] for each in section["questions"]}


def said(result: Imported, *levels: str) -> list[tuple[int | None, str]]:
    """Row and code of the remarks of some levels; refused and changed when none are named."""
    return [(each.row, each.code) for each in result.remarks if each.level in (levels or ("refused", "changed"))]


def canonical(definition: Any) -> bytes:
    """A definition as its digest is made of."""
    return orjson.dumps(definition, option=orjson.OPT_SORT_KEYS)


def comes_back(definition: Any) -> bool:
    """Whether a definition survives being written and read."""
    return canonical(import_workbook(export_workbook(definition)).definition) == canonical(definition)


def reasons(result: Imported, code: str, language: str = "en") -> list[str]:
    """The words of the remarks with a code."""
    return [each.message(language) for each in result.remarks if each.code == code]

"""Workbooks to fill in: a table with an example row, what each column means, and the codes that it takes."""

import io
from datetime import date

from openpyxl import Workbook

from org.exchange.sheets import Sheet
from org.exchange.writing import write_head
from org.vocabularies import service as vocabularies

MOST_TERMS = 500


async def template(sheet: Sheet, on: date) -> bytes:
    """Return the workbook of a table, with the codes that hold on a day."""
    book = Workbook(write_only=True)
    table = book.create_sheet(sheet.vi[:31])
    write_head(table, [column.vi for column in sheet.columns])
    table.append([column.example for column in sheet.columns])
    about = book.create_sheet("Hướng dẫn")
    write_head(about, ["Cột", "Bắt buộc", "Giải thích", "Column", "Explanation"])
    for column in sheet.columns:
        about.append([column.vi, "x" if column.is_required else "", column.about_vi, column.en, column.about_en])
    codes = book.create_sheet("Danh mục")
    write_head(codes, ["Cột", "Mã", "Nghĩa", "Meaning"])
    for column in sheet.columns:
        if column.vocabulary:
            for term in await vocabularies.terms_of([column.vocabulary], MOST_TERMS, on, None):
                codes.append([column.vi, term["code"], term["label_vi"], term["label_en"]])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()

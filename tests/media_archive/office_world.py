"""Office documents for tests: real ones from files, and packages put together part by part."""

import io
import zipfile
from datetime import date
from pathlib import Path

from openpyxl import Workbook

REAL = Path(__file__).parent / "office"

_RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = {
    "word": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "xl": "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
}


def package(parts: dict[str, str | bytes]) -> bytes:
    """A package of these parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        for name, content in parts.items():
            file.writestr(name, content)
    return buffer.getvalue()


def relationships(*targets: tuple[str, str], external: bool = False) -> str:
    """Relationships rId1, rId2… of these kinds to these targets."""
    mode = ' TargetMode="External"' if external else ""
    listed = "".join(
        f'<Relationship Id="rId{place}" Type="{_RELATIONSHIPS}/{kind}" Target="{target}"{mode}/>'
        for place, (kind, target) in enumerate(targets, start=1)
    )
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{listed}</Relationships>'
    )


def word_part(inside: str, root: str = "document") -> str:
    """A part of a word processor document."""
    return (
        f'<w:{root} xmlns:w="{_MAIN["word"]}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"{inside}</w:{root}>"
    )


def paragraph(text: str) -> str:
    return f'<w:p><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def word(*paragraphs: str, **parts: str) -> bytes:
    """A word processor document with these paragraphs; further parts are related by their names."""
    given: dict[str, str | bytes] = {f"word/{kind}.xml": word_part(inside, kind) for kind, inside in parts.items()}
    return package(
        {
            "word/document.xml": word_part("".join(paragraphs)),
            "word/_rels/document.xml.rels": relationships(*((kind, f"{kind}.xml") for kind in parts)),
            **given,
        }
    )


def book(*sheets: str, strings: str = "", styles: str = "", properties: str = "") -> bytes:
    """A workbook of sheets S1, S2… with these rows."""
    names = "".join(
        f'<sheet name="S{place}" sheetId="{place}" r:id="rId{place}"/>' for place in range(1, len(sheets) + 1)
    )
    related = [("worksheet", f"worksheets/sheet{place}.xml") for place in range(1, len(sheets) + 1)]
    main = _MAIN["xl"]
    return package(
        {
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{_RELATIONSHIPS}">{properties}<sheets>{names}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relationships(
                *related, ("sharedStrings", "/xl/sharedStrings.xml"), ("styles", "styles.xml")
            ),
            "xl/styles.xml": f'<styleSheet xmlns="{main}">{styles}</styleSheet>',
            "xl/sharedStrings.xml": f'<sst xmlns="{main}">{strings}</sst>',
            **{
                f"xl/worksheets/sheet{place}.xml": f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>'
                for place, rows in enumerate(sheets, start=1)
            },
        }
    )


def member_list() -> bytes:
    """A workbook as openpyxl writes it: words in decomposed letters, a day, an amount, a formula, two sheets."""
    workbook = Workbook()
    sheet = workbook.create_sheet("Đoàn viên", 0)
    sheet.append(["Họ tên", "Ngày vào", "Mức hỗ trợ", "Tỷ lệ"])
    sheet.append(
        ["Tha\u0323\u0302t la\u0300 Tra\u0302\u0300n Thi\u0323 Bi\u0301ch", date(2026, 5, 1), 12_500_000, 0.1 + 0.2]
    )
    sheet["C2"].number_format = '#,##0\\ "đồng/day"'
    sheet["E2"] = "=C2*2"
    workbook.worksheets[1].title = "Ghi chú"
    workbook.worksheets[1]["B7"] = "Số liệu đã chốt"
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()

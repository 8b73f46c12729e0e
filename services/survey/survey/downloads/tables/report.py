"""A release's tables as a report to be printed: A4, question by question, of the whole unit and by each segment.

The typefaces are those of the forms on paper, DejaVu's reduced to the letters of Vietnamese and English.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from kit.errors import Language
from survey.collection.printing import paper
from survey.downloads.cells import plain
from survey.downloads.progress import Progress
from survey.downloads.service import Download
from survey.downloads.tables.drawing import Series, intervals_chart, most_series
from survey.downloads.tables.rows import Contents, contents
from survey.downloads.tables.rows import Table as Cells
from survey.downloads.tables.words import HIDDEN, both, method_lines
from survey.questionnaires.definition import SEGMENTS, Text
from survey.results.formats import Formats
from survey.results.questions import Question
from survey.results.reading import CellResult, Release

PLAIN, BOLD = "LoaReport", "LoaReportBold"
# Groups beside each other in one table: more of them follow in the next.
MOST_COLUMNS = 5
_EDGE = 17 * mm
_GREY, _PALE = HexColor("#666666"), HexColor("#eef2f7")
SEGMENT_NAMES = {
    "age_band": both("Theo nhóm tuổi", "By age"),
    "gender": both("Theo giới tính", "By gender"),
    "region": both("Theo vùng", "By region"),
}
_BODY = ParagraphStyle("body", fontName=PLAIN, fontSize=9, leading=12.5)
_SMALL = ParagraphStyle("small", fontName=PLAIN, fontSize=7, leading=9.5)
_STRONG = ParagraphStyle("strong", fontName=BOLD, fontSize=7, leading=9.5)
_HEAD = ParagraphStyle("head", fontName=BOLD, fontSize=12, leading=16, spaceBefore=10, spaceAfter=4)
_PART = ParagraphStyle("part", fontName=BOLD, fontSize=9.5, leading=13, spaceBefore=8, spaceAfter=3)
_TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=20, leading=27, spaceAfter=8)


async def write_report(found: Download, release: Release, path: Path, progress: Progress) -> None:
    """Write the report of a unit in the download's language."""
    read = await contents(release, found.unit_id, lambda part: progress.reach(part * 0.5))
    await asyncio.to_thread(Report(read, found.language).write, path)


class _Numbered(Canvas):
    """Writes at the foot of each page which one it is, of how many."""

    foot = "{} / {}"

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802  # reportlab's name
        self._pages.append(dict(self.__dict__))
        self._startPage()  # pyright: ignore[reportAttributeAccessIssue]  # as in reportlab's own example of “page x of y”

    def save(self) -> None:
        pages = self._pages
        for number, page in enumerate(pages, start=1):
            self.__dict__.update(page)
            self.setFont(PLAIN, 7)
            self.setFillColor(_GREY)
            self.drawRightString(A4[0] - _EDGE, 9 * mm, self.foot.format(number, len(pages)))
            super().showPage()
        super().save()


class Report:
    """Puts the parts of a report together."""

    def __init__(self, read: Contents, language: Language) -> None:
        self._read = read
        self._language: Language = language
        self._formats = Formats(language)
        _register()

    def write(self, path: Path) -> None:
        """Write the PDF."""
        title = f"{self._read.release.programme_title.in_(self._language)} – {self._read.unit.name.in_(self._language)}"
        document = SimpleDocTemplate(
            str(path),
            pagesize=A4,
            leftMargin=_EDGE,
            rightMargin=_EDGE,
            topMargin=_EDGE,
            bottomMargin=_EDGE,
            title=title,
            author="Loa",
            lang=self._language,
            invariant=1,
        )
        page = type("Numbered", (_Numbered,), {"foot": self._say("Trang {} / {}", "Page {} of {}")})
        document.build([*self._front(), *self._questions()], canvasmaker=page)

    def _front(self) -> list[Any]:
        release = self._read.release
        parts: list[Any] = [
            Paragraph(_safe(release.programme_title.in_(self._language)), _TITLE),
            Paragraph(_safe(self._read.unit.name.in_(self._language)), _HEAD),
            Spacer(1, 6),
            Paragraph(self._say("Cách tính", "How the numbers were made"), _HEAD),
        ]
        lines = [
            [Paragraph(_safe(line.name.in_(self._language)), _STRONG), Paragraph(_safe(line.value), _SMALL)]
            for line in method_lines(release, self._read.place, self._language)
        ]
        parts.append(_table(lines, [55 * mm, A4[0] - 2 * _EDGE - 55 * mm]))
        parts += [Paragraph(self._say("Đọc bảng", "Reading the tables"), _HEAD), Paragraph(self._reading(), _BODY)]
        parts.append(Paragraph(self._say("Ai đã trả lời", "Who took part"), _HEAD))
        parts += self._participation()
        return [*parts, PageBreak()]

    def _reading(self) -> str:
        return self._say(
            "Tỷ lệ đã gia trọng; trong ngoặc là khoảng tin cậy 95%. Trên biểu đồ, dấu là tỷ lệ, vạch ngang là khoảng "
            "tin cậy; số thứ tự như trong bảng. Dấu * là nhóm có dưới 30 phiếu: xin đọc thận trọng. Dấu – là ô không "
            "công bố. ",
            "Shares are weighted; their 95% intervals stand in brackets. In charts a mark is a share and the line "
            "across it the interval; rows are numbered as in the table. * marks groups of under 30 answers: read them "
            "with care. – is a cell that is not published. ",
        ) + _safe(HIDDEN.in_(self._language))

    def _participation(self) -> list[Any]:
        head = [
            self._say("Nhóm", "Group"),
            self._say("Số phiếu", "Answers"),
            self._say("Số người", "People"),
            self._say("Tỷ lệ trả lời", "Coverage"),
        ]
        rows = [[Paragraph(text, _STRONG) for text in head]]
        for cell in self._plain_cells(self._read.tables[0]):
            shown = (
                ["–"] * 3
                if cell.base is None or cell.people is None or cell.coverage is None
                else [
                    self._formats.number(cell.base),
                    self._formats.number(cell.people),
                    self._formats.percent(cell.coverage),
                ]
            )
            rows.append([Paragraph(_safe(text), _SMALL) for text in (cell.label.in_(self._language), *shown)])
        return [_table(rows, [80 * mm, 30 * mm, 30 * mm, 30 * mm])]

    def _plain_cells(self, table: Cells) -> list[CellResult]:
        """Return everyone, and each segment by itself."""
        return [cell for cell in table.cells if sum(code is not None for code in cell.segment) <= 1]

    def _questions(self) -> list[Any]:
        parts: list[Any] = []
        for number, table in enumerate(self._read.tables[1:], start=1):
            if table.question is None:
                continue
            parts += [
                CondPageBreak(90 * mm),
                Paragraph(_safe(f"{number}. {table.question.text.in_(self._language)}"), _HEAD),
            ]
            if table.question.has_several:
                several = self._say(
                    "Mỗi người chọn được nhiều câu, tổng có thể vượt 100%.",
                    "Everyone could choose several: shares may add up to more than 100%.",
                )
                parts.append(Paragraph(several, _SMALL))
            everyone = [cell for cell in table.cells if not any(cell.segment)]
            parts += self._part(table.question, everyone)
            for position, name in enumerate(SEGMENTS):
                cells = [
                    cell
                    for cell in table.cells
                    if [at for at, code in enumerate(cell.segment) if code is not None] == [position]
                ]
                if cells:
                    title = SEGMENT_NAMES[name].in_(self._language)
                    parts += [CondPageBreak(60 * mm), Paragraph(title, _PART), *self._part(table.question, cells)]
        return parts

    def _part(self, question: Question, cells: Sequence[CellResult]) -> list[Any]:
        """Return a chart and a table of the shown groups, and the names of the others."""
        shown = [cell for cell in cells if cell.base is not None]
        if not shown:
            return [Paragraph(_safe(HIDDEN.in_(self._language)), _SMALL)]
        most = most_series(len(question.choices))
        parts: list[Any] = [
            intervals_chart(
                [Series(plain(cell.label.in_(self._language)), cell.choices) for cell in shown[start : start + most]],
                PLAIN,
            )
            for start in range(0, len(shown), most)
        ]
        for start in range(0, len(shown), MOST_COLUMNS):
            parts += [self._table(question, shown[start : start + MOST_COLUMNS]), Spacer(1, 4)]
        hidden = "; ".join(cell.label.in_(self._language) for cell in cells if cell.base is None)
        if hidden:
            parts.append(Paragraph(_safe(self._say(f"Không công bố: {hidden}.", f"Not published: {hidden}.")), _SMALL))
        return parts

    def _table(self, question: Question, cells: Sequence[CellResult]) -> Table:
        rows = [[Paragraph("", _STRONG), *(Paragraph(_safe(c.label.in_(self._language)), _STRONG) for c in cells)]]
        rows.append([Paragraph("n / N", _SMALL), *(Paragraph(self._bases(cell), _SMALL) for cell in cells)])
        for at, choice in enumerate(question.choices):
            label = _safe(f"{at + 1}. {choice.text.in_(self._language)}")
            rows.append([Paragraph(label, _SMALL), *(Paragraph(self._share(cell, at), _SMALL) for cell in cells)])
        if question.points:
            label = self._say("Trung bình (sai số)", "Mean (error)")
            rows.append([Paragraph(label, _SMALL), *(Paragraph(self._mean(cell), _SMALL) for cell in cells)])
        whole = A4[0] - 2 * _EDGE
        first = 55 * mm if len(cells) > 1 else 90 * mm
        return _table(rows, [first, *[(whole - first) / len(cells)] * len(cells)])

    def _bases(self, cell: CellResult) -> str:
        assert cell.base is not None
        assert cell.people is not None
        return f"{self._formats.number(cell.base)} / {self._formats.number(cell.people)}{' *' if cell.is_low else ''}"

    def _share(self, cell: CellResult, at: int) -> str:
        assert cell.base is not None
        choice = cell.choices[at]
        share, low, high = (self._formats.share(each, cell.base) for each in (choice.share, choice.low, choice.high))
        return f"<b>{share}</b> ({low} – {high})"

    def _mean(self, cell: CellResult) -> str:
        if cell.mean is None or cell.mean_error is None:
            return "–"
        return f"{self._formats.mean(cell.mean)} ({self._formats.mean(cell.mean_error)})"

    def _say(self, vi: str, en: str) -> str:
        return Text({"vi": vi, "en": en}).in_(self._language)


def _table(rows: Sequence[Sequence[Any]], widths: Sequence[float]) -> Table:
    style = [
        ("LINEBELOW", (0, 0), (-1, -1), 0.3, HexColor("#cccccc")),
        ("BACKGROUND", (0, 0), (-1, 0), _PALE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
    return Table(cast(Any, [list(row) for row in rows]), list(widths), repeatRows=1, style=TableStyle(style))


def _safe(text: str) -> str:
    """Return a text as reportlab's markup."""
    return escape(plain(text))


def _register() -> None:
    folder = Path(paper.__file__).parent / "typefaces"
    for name, file in ((PLAIN, "DejaVuSans.ttf"), (BOLD, "DejaVuSans-Bold.ttf")):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(folder / file)))
    pdfmetrics.registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD, italic=PLAIN, boldItalic=BOLD)

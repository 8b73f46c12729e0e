"""Makes the documents beside it with python-docx and python-pptx (both MIT), as people's programs would.

They are kept as files: both libraries bring lxml, and where it is installed openpyxl reads workbooks with it, so our
tests would no longer run what production runs. To make them anew:

    uv run --no-project --with python-docx --with python-pptx tests/media_archive/office/make.py
"""

import unicodedata
from pathlib import Path

from docx import Document
from pptx import Presentation
from pptx.util import Cm

HERE = Path(__file__).parent


def plan() -> None:
    """A plan with a header, a table, text in decomposed letters and a footer."""
    document = Document()
    section = document.sections[0]
    section.header.paragraphs[0].text = "CÔNG ĐOÀN THAN – KHOÁNG SẢN VIỆT NAM"
    section.footer.paragraphs[0].text = "Nơi nhận: Ban Thường vụ"
    document.add_heading("Kế hoạch số 12")
    paragraph = document.add_paragraph("Tuyên tr")
    paragraph.add_run("uyền").bold = True
    paragraph.add_run(" pháp luật lao động\tnăm 2026\ncho đoàn viên")
    document.add_paragraph(unicodedata.normalize("NFD", "Hỗ trợ thợ lò ở khu tập thể Cẩm Phả"))
    table = document.add_table(2, 2)
    for cell, text in zip(
        (cell for row in table.rows for cell in row.cells),
        ("Việc", "Chủ trì", "Tư vấn lưu động", "Ban Chính sách\nBan Tuyên giáo"),
        strict=True,
    ):
        cell.text = text
    document.add_paragraph("Tổ chức thực hiện")
    document.save(str(HERE / "ke-hoach.docx"))


def lecture() -> None:
    """Two slides, shown in the other order than they were made, with a table and the speaker's notes."""
    slides = Presentation()
    for title, note in (("Quyền lợi đoàn viên", "Nhắc về thẻ đoàn viên"), ("Bài giảng an toàn", "Chào hỏi trước")):
        slide = slides.slides.add_slide(slides.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = unicodedata.normalize("NFD", f"{title} là gì?\nAi được hưởng?")
        slide.notes_slide.notes_text_frame.text = note
    table = slides.slides[0].shapes.add_table(1, 2, Cm(2), Cm(10), Cm(12), Cm(2)).table
    table.cell(0, 0).text, table.cell(0, 1).text = "Trợ cấp", "2.000.000 đồng"
    order = slides.slides._sldIdLst
    order.insert(0, order[1])
    slides.save(str(HERE / "bai-giang.pptx"))


if __name__ == "__main__":
    plan()
    lecture()

"""Slips on paper: each with its code and a QR code that opens the form with it, the whole in Vietnamese and English."""

import re
from datetime import UTC, datetime

import pypdfium2
import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.collection.printing.occasion import Occasion
from survey.collection.printing.paper import HEIGHT, WIDTH, wrapped
from survey.collection.printing.qr import Codes, Matrix, qr_code
from survey.collection.printing.slip_sheets import slip_sheets
from survey.collection.slips.codes import ALPHABET, LENGTH, new_code, printed

OCCASION = Occasion(
    title_vi="Khảo sát nhu cầu thông tin của đoàn viên và người lao động ngành than năm 2026, đợt hai",
    title_en="What members and workers need to know",
    wave_number=2,
    closes_at=datetime(2026, 12, 31, 17, tzinfo=UTC),
    unit_vi="Công đoàn Công ty Than Vàng Danh – Vinacomin",
    unit_en="Vang Danh Coal Union",
    unit_code="TKV-VD",
    collector="nhucau2",
    origin="https://khaosat.congdoan.example",
)
WRITTEN = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5}")


def matrix_of(text: str) -> list[list[int]]:
    made = segno.make(text.encode(), mode="byte", error="m", mask=3, boost_error=False, micro=False)
    return [list(map(int, row)) for row in made.matrix]


def modules(matrix: Matrix) -> list[list[int]]:
    return [list(map(int, row)) for row in matrix.rows()]


@settings(max_examples=40, deadline=None)
@given(st.text(ALPHABET, min_size=LENGTH, max_size=LENGTH))
def test_summed_qr_codes_are_those_made_one_by_one(ending):
    codes = Codes("https://khaosat.example/f/nhucau2#s=", LENGTH)
    assert modules(codes.of(ending)) == matrix_of(codes.beginning + ending)


@pytest.mark.parametrize("host", ["a.vn", "khaosat.congdoan.example", "x" * 150 + ".example"])
def test_summed_qr_codes_hold_for_every_size(host):
    codes = Codes(f"https://{host}/f/nhucau2#s=", LENGTH)
    for code in (new_code(), new_code()):
        assert codes.of(code) == qr_code(codes.beginning + code)
        assert modules(codes.of(code)) == matrix_of(codes.beginning + code)


@pytest.fixture(scope="module")
def codes() -> list[str]:
    return [new_code() for _ in range(23)]


@pytest.fixture(scope="module")
def pdf(codes) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(slip_sheets(OCCASION, codes))


def text_of(page: pypdfium2.PdfPage) -> str:
    return " ".join(page.get_textpage().get_text_range().split())


def test_every_slip_is_there_once_after_a_page_for_who_gives_them_out(pdf, codes):
    first, *sheets = [text_of(page) for page in pdf]
    assert len(sheets) == 3
    assert WRITTEN.findall(first) == []
    assert [WRITTEN.findall(sheet) for sheet in sheets] == [
        [printed(code) for code in codes[start : start + 10]] for start in (0, 10, 20)
    ]
    assert "23 phiếu" in first
    assert "Xáo trộn" in first or "xáo trộn" in first
    assert "One for each person, drawn by themselves." in first


def test_a_slip_says_where_when_and_in_which_language(pdf):
    sheet = text_of(pdf[3])
    assert sheet.count("khaosat.congdoan.example/f/nhucau2") == 3
    # The wave closes at midnight in Viet Nam: the last day is the one before.
    assert sheet.count("đến hết 31/12/2026") == 3
    assert sheet.count("Works once.") == 3
    assert "Vàng Danh" in sheet


def test_the_drawn_qr_code_is_the_slips(pdf, codes):
    """Sampled in the middle of each module of the first slip's code on the rendered page."""
    scale = 6.0
    picture = pdf[1].render(scale=scale).to_pil().convert("L")
    expected = matrix_of(f"https://khaosat.congdoan.example/f/nhucau2#s={codes[0]}")
    wide = (WIDTH - 16) / 2
    left, top, side = 8 + wide - 5 - 29, 8 + 5, 29.0
    pixels = picture.width / WIDTH
    assert picture.height / HEIGHT == pytest.approx(pixels, rel=0.01)
    step = side / len(expected)
    seen = [
        [
            int(
                picture.getpixel((int((left + (x + 0.5) * step) * pixels), int((top + (y + 0.5) * step) * pixels)))
                < 128
            )
            for x in range(len(expected))
        ]
        for y in range(len(expected))
    ]
    assert seen == expected


def test_nothing_of_the_making_is_in_the_file(codes):
    assert slip_sheets(OCCASION, codes) == slip_sheets(OCCASION, codes)


def test_long_names_do_not_run_over(codes):
    long = Occasion(
        **{
            **{name: getattr(OCCASION, name) for name in Occasion.__dataclass_fields__},
            "title_vi": "Khảo sát " * 60,
            "unit_vi": "Côngđoàncôngtytráchnhiệmhữuhạnmộtthànhviên" * 6,
            "origin": "https://khaosat.congdoanthanhphohochiminh-mot-ten-rat-dai.example",
        }
    )
    document = pypdfium2.PdfDocument(slip_sheets(long, codes[:1]))
    # What is written beside the code ends before it begins.
    sheet = document[1].get_textpage()
    beside = [
        sheet.get_charbox(place)
        for place in range(sheet.count_chars())
        if sheet.get_charbox(place)[1] > (HEIGHT - 8 - 34) / 25.4 * 72
    ]
    assert beside
    assert max(box[2] for box in beside) / 72 * 25.4 < 8 + (WIDTH - 16) / 2 - 5 - 29


def test_words_are_wrapped_and_too_long_ones_broken():
    assert wrapped("một hai ba", 10, 1_000) == ["một hai ba"]
    assert wrapped("", 10, 50) == [""]
    lines = wrapped("dài" * 100 + " ngắn", 10, 50)
    assert "".join(lines).replace(" ", "") == "dài" * 100 + "ngắn"
    assert len(lines) > 5

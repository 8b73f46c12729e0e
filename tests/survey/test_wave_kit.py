"""The wave kit: what it says, how it is read aloud, that its poster is whole and its QR code leads to the form."""

import io
import zipfile
from datetime import UTC, datetime
from uuid import UUID

import pypdfium2
import pytest
import segno

from kit.calendar import VIETNAM
from survey.collection.printing.paper import HEIGHT, WIDTH
from survey.collection.service import ALPHABET
from survey.wave_kit import reading_aloud, texts
from survey.wave_kit.parts import PARTS, archive
from survey.wave_kit.poster import poster
from survey.wave_kit.service import Occasion


def occasion(**told) -> Occasion:
    usual = {
        "wave_id": UUID(int=7),
        "title_vi": "Khảo sát nhu cầu thông tin của đoàn viên và người lao động ngành than năm 2026",
        "title_en": "What members and workers need to know",
        "wave_number": 2,
        "state": "open",
        "opens_at": datetime(2026, 12, 1, 1, tzinfo=UTC),
        "closes_at": datetime(2026, 12, 31, 17, tzinfo=UTC),
        "unit_vi": "Công đoàn Công ty Than Vàng Danh – Vinacomin",
        "unit_en": "Vang Danh Coal Union",
        "unit_code": "TKV-VD",
        "code": "k7xw2ph",
        "way": "open_link",
        "ways": ("open_link", "slip"),
        "is_of_group": True,
        "origin": "https://khaosat.congdoan.example",
    }
    return Occasion(**{**usual, **told})


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "không"),
        (5, "năm"),
        (10, "mười"),
        (11, "mười một"),
        (15, "mười lăm"),
        (21, "hai mươi mốt"),
        (24, "hai mươi tư"),
        (30, "ba mươi"),
        (55, "năm mươi lăm"),
        (105, "một trăm linh năm"),
        (1_000, "một nghìn"),
        (2_006, "hai nghìn không trăm linh sáu"),
        (2_026, "hai nghìn không trăm hai mươi sáu"),
        (2_110, "hai nghìn một trăm mười"),
        (9_999, "chín nghìn chín trăm chín mươi chín"),
    ],
)
def test_numbers_are_read_as_vietnamese_reads_them(value, words):
    assert reading_aloud.number(value) == words


@pytest.mark.parametrize("value", [-1, 10_000])
def test_other_numbers_are_not_read(value):
    with pytest.raises(ValueError, match="only numbers"):
        reading_aloud.number(value)


def test_days_and_hours_are_read():
    moment = datetime(2026, 4, 5, 17, 30, tzinfo=VIETNAM)
    assert reading_aloud.day(moment) == "ngày mùng năm tháng tư năm hai nghìn không trăm hai mươi sáu"
    assert reading_aloud.hour(moment) == "mười bảy giờ ba mươi phút"
    assert reading_aloud.hour(datetime(2026, 1, 1, 8, tzinfo=VIETNAM)) == "tám giờ"


def test_every_character_of_codes_has_a_name_of_its_own():
    names = reading_aloud.spelled(ALPHABET)
    assert len(set(names)) == len(ALPHABET)
    assert reading_aloud.spelled("a2") == ["chữ a như An", "số hai"]


def test_an_address_is_read_sign_by_sign():
    assert reading_aloud.address("khao-sat.vn:80") == "khao, gạch ngang, sat, chấm, vn, hai chấm, tám, không"


def test_the_script_spells_the_code_twice_and_tells_the_day_in_words():
    said = texts.loudspeaker(occasion())
    assert said.vi.count("Số bảy.\nChữ ích xì như Xuân.\nChữ vê kép.\nSố hai.\n") == 2
    assert "đến hết ngày ba mươi mốt tháng mười hai năm hai nghìn không trăm hai mươi sáu" in said.vi
    assert "khaosat, chấm, congdoan, chấm, example, gạch chéo, f, gạch chéo" in said.vi
    # Nothing but words is read aloud: what the union named itself is as it is.
    assert not any(letter.isdigit() for letter in said.vi.replace("năm 2026", ""))
    assert said.en.count("K – 7 – X – W – 2 – P – H") == 2


@pytest.mark.parametrize("say", [texts.zalo, texts.facebook])
def test_messages_hold_the_link_the_day_and_the_promise(say):
    said = say(occasion())
    for words, day in ((said.vi, "đến hết ngày 31/12/2026"), (said.en, "until the end of 31/12/2026")):
        assert words.count("https://khaosat.congdoan.example/f/k7xw2ph") == 1
        assert day in words
    assert "Không ghi tên, không cần đăng nhập." in said.vi
    assert "No names, no signing in." in said.en
    assert len(texts.zalo(occasion()).vi) < 600


def test_a_wave_that_ends_within_a_day_or_is_yet_to_open_says_so():
    ends = occasion(closes_at=datetime(2026, 12, 31, 10, 30, tzinfo=UTC))
    assert texts.until(ends).vi == "đến 17:30 ngày 31/12/2026"
    assert "đến mười bảy giờ ba mươi phút, ngày ba mươi mốt" in texts.loudspeaker(ends).vi
    planned = occasion(state="planned")
    assert texts.until(planned).en == "from 01/12/2026 until the end of 31/12/2026"
    assert "từ ngày mùng một tháng mười hai" in texts.loudspeaker(planned).vi


@pytest.mark.parametrize(
    ("way", "words"),
    [("slip", "Rút một phiếu mã"), ("credential", "đăng nhập một lần"), ("paper", "Nhận phiếu giấy ở công đoàn")],
)
def test_what_people_need_before_is_said(way, words):
    about = occasion(way=way)
    assert words in texts.HOW[about.way].vi
    assert words in text_of(poster(about))
    for say in (texts.zalo, texts.facebook, texts.loudspeaker):
        assert say(about) != say(occasion())
    # Who has to sign in is not told that nobody has to.
    assert ("không cần đăng nhập" in texts.zalo(about).vi) is (way != "credential")


def text_of(pdf: bytes) -> str:
    return " ".join(pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range().split())


def test_the_poster_is_one_page_with_all_that_it_must_say():
    pdf = poster(occasion())
    assert len(pypdfium2.PdfDocument(pdf)) == 1
    said = text_of(pdf)
    for words in (
        "Khảo sát nhu cầu thông tin",
        "khaosat.congdoan.example/f/k7xw2ph",
        "Trả lời đến hết ngày 31/12/2026",
        "Không ghi tên, không cần đăng nhập.",
        "What members and workers need to know – please answer until the end of 31/12/2026.",
    ):
        assert words in said
    assert poster(occasion()) == pdf


def test_the_longest_names_stay_on_the_page():
    about = occasion(
        title_vi="Khảo sát " * 60,
        title_en="What members need " * 40,
        unit_vi="Côngđoàncôngtytráchnhiệmhữuhạnmộtthànhviên" * 6,
        origin="https://khaosat.congdoanthanhphohochiminh-mot-ten-rat-dai.example",
        way="credential",
        state="planned",
    )
    document = pypdfium2.PdfDocument(poster(about))
    assert len(document) == 1
    written = document[0].get_textpage()
    boxes = [written.get_charbox(place) for place in range(written.count_chars())]
    points = 72 / 25.4
    assert min(box[0] for box in boxes) >= 14 * points
    assert max(box[2] for box in boxes) <= (WIDTH - 14) * points
    assert min(box[1] for box in boxes if box[1] != box[3]) >= 10 * points
    assert max(box[3] for box in boxes) <= (HEIGHT - 10) * points


def test_the_posters_qr_code_leads_to_the_form():
    about = occasion()
    expected = [
        list(map(int, row))
        for row in segno.make(about.url.encode(), mode="byte", error="m", mask=3, boost_error=False, micro=False).matrix
    ]
    picture = pypdfium2.PdfDocument(poster(about))[0].render(scale=4).to_pil().convert("L")
    rows = [
        y
        for y in range(picture.height)
        if sum(picture.getpixel((x, y)) < 128 for x in range(picture.width)) > picture.width // 8
    ]
    pixels = picture.width / WIDTH
    left, side = (WIDTH - 100) / 2 * pixels, 100 * pixels
    # The finder patterns' upper edge is the first row of this width that is dark for 7 modules from the left.
    module = side / len(expected)
    top = next(
        y for y in rows if all(picture.getpixel((int(left + place * module / 2) + 1, y)) < 128 for place in range(14))
    )
    seen = [
        [
            int(picture.getpixel((int(left + (x + 0.5) * module), int(top + (y + 0.5) * module))) < 128)
            for x in range(len(expected))
        ]
        for y in range(len(expected))
    ]
    assert seen == expected


def test_the_archive_holds_each_part_and_is_always_the_same():
    about = occasion()
    packed = zipfile.ZipFile(io.BytesIO(archive(about)))
    assert packed.namelist() == [
        "doc-truoc.txt",
        "ap-phich.pdf",
        "ma-qr.svg",
        "ma-qr.png",
        "zalo.txt",
        "facebook.txt",
        "loa-phat-thanh.txt",
    ]
    assert all(packed.read(name) == part.make(about) for name, part in PARTS.items())
    assert archive(about) == archive(about)
    assert packed.read("ma-qr.png").startswith(b"\x89PNG")
    assert b"<svg" in packed.read("ma-qr.svg")
    first = packed.read("doc-truoc.txt").decode("utf-8-sig")
    assert "https://khaosat.congdoan.example/results/slips/00000000-0000-0000-0000-000000000007" in first
    assert "results/slips" not in PARTS["doc-truoc.txt"].make(occasion(ways=("open_link",))).decode()

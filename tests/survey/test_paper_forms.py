"""A questionnaire on paper has all its questions with large boxes, and a slip of its own on every page of each copy."""

import re
from datetime import UTC, datetime
from importlib.resources import files

import orjson
import pypdfium2
import pytest
from kinds_world import every_kind
from survey_world import MINE, PATHS, SMALL, definition, unit_id
from ways_world import contributor, offering, submit

from kit import db
from kit.errors import Forbidden, InvalidInput, NotFound, SignInRequired
from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import caller_as
from survey.answers.service import AlreadyAnswered
from survey.collection.printing.form_pages import form_pages
from survey.collection.printing.occasion import Occasion
from survey.collection.slips.codes import new_code, printed
from survey.collection.slips.printing import print_forms
from survey.collection.slips.service import SurveyWayNotOffered, TooManySlips
from survey.questionnaires.checking import checked

OCCASION = Occasion(
    title_vi="Khảo sát tin tức",
    title_en="News survey",
    wave_number=1,
    closes_at=datetime(2026, 12, 31, 17, tzinfo=UTC),
    unit_vi="Công đoàn Mỏ",
    unit_en="Mine Union",
    unit_code="u4",
    collector="nhucau2",
    origin="https://khaosat.example",
)
WRITTEN = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5}")
DEMO = orjson.loads(files("survey.demo").joinpath("questionnaire.json").read_bytes())


def pages(pdf: bytes) -> list[str]:
    return [" ".join(page.get_textpage().get_text_range().split()) for page in pypdfium2.PdfDocument(pdf)]


@pytest.mark.parametrize("shown_in", ["vi", "en"])
@pytest.mark.parametrize("document", [definition(), every_kind(), DEMO], ids=["small", "all kinds", "demo"])
def test_every_question_and_choice_is_on_each_copy(document, shown_in):
    asked = checked(document)
    codes = [new_code(), new_code()]
    drawn = pages(form_pages(OCCASION, asked, codes, shown_in))
    half = len(drawn) // 2
    for code, copy in zip(codes, (drawn[:half], drawn[half:]), strict=True):
        # On every page its own code and no other.
        assert [WRITTEN.findall(page) for page in copy] == [[printed(code)]] * half
        whole = " ".join(copy)
        for question in asked.questions:
            for text in (question.text, *(each.text for each in (*question.choices, *question.rows))):
                assert all(word in whole for word in text.in_(shown_in).split()), text.in_(shown_in)
            if question.hint:
                assert all(word in whole for word in question.hint.in_(shown_in).split())
    assert "khaosat.example/f/nhucau2" in drawn[0]
    assert f"1/{half}" in drawn[0]


def test_conditions_and_instructions_are_in_words():
    [page, *_] = pages(form_pages(OCCASION, checked(definition()), [new_code()]))
    assert "Chỉ trả lời nếu ở câu 1 anh/chị chọn “Có”." in page
    assert "Không ghi tên. Đánh dấu X vào ô." in page
    assert "(bắt buộc)" in page
    assert "Nộp trước khi hết ngày 31/12/2026" in page


def test_boxes_are_large():
    document = pypdfium2.PdfDocument(form_pages(OCCASION, checked(definition()), [new_code()]))
    picture = document[0].render(scale=4).to_pil().convert("L")
    pixels = picture.width / 210
    # Down the left edge of the boxes: each is drawn as an upright of at least five millimetres.
    column = [picture.getpixel((round(15 * pixels), y)) < 140 for y in range(picture.height)]
    runs = [len(run) for run in "".join("x" if dark else " " for dark in column).split()]
    assert sum(run > 5 * pixels for run in runs) >= 8


def test_copies_share_their_drawing():
    asked = checked(DEMO)
    one, many = (len(form_pages(OCCASION, asked, [new_code() for _ in range(count)])) for count in (1, 41))
    # A further copy costs its QR codes and its number, not its questions.
    assert (many - one) / 40 < one / 2


@pytest.fixture
async def wave(world):
    await offering(world, "paper")
    return await world.open_wave()


async def printed_for(wave, unit: int = MINE, amount: int = 2, caller=None, **more):
    who = caller or contributor(PATHS[unit])
    return await print_forms(who, wave_id=wave.id, unit_id=unit_id(unit), amount=amount, language="vi", **more)


async def test_a_steward_prints_forms_and_each_is_typed_in_once(wave):
    made = await printed_for(wave)
    assert set(WRITTEN.findall(" ".join(pages(made.pdf)))) == {printed(code) for code in made.slips.codes}
    for number, code in enumerate(made.slips.codes):
        await submit(made.slips.collector, f"paper-{number}", slip=printed(code))
        with pytest.raises(AlreadyAnswered):
            await submit(made.slips.collector, f"again-{number}", slip=code)
    assert await db.value("SELECT count(*) FROM inbox") == 2


async def test_before_the_opening_the_newest_published_version_is_printed(world):
    await offering(world, "paper")
    made = await printed_for(await world.planned_wave())
    assert "Tin có đến không?" in " ".join(pages(made.pdf))


async def test_refused_forms_leave_no_slips(world, wave):
    for refusal, more in (
        (InvalidInput, {"amount": 501}),
        (InvalidInput, {"amount": 0}),
        (TooManySlips, {"unit": SMALL, "amount": 61}),
        (Forbidden, {"caller": caller_as("worker", PATHS[MINE])}),
        (SignInRequired, {"caller": ANONYMOUS}),
        (NotFound, {"unit": 99, "caller": SYSTEM}),
    ):
        with pytest.raises(refusal):
            await printed_for(wave, **more)
    with pytest.raises(NotFound):
        await print_forms(SYSTEM, wave_id=unit_id(1), unit_id=unit_id(MINE), amount=1, language="vi")
    assert await db.value("SELECT count(*) FROM slip_batch") == 0


async def test_a_wave_without_paper_prints_none(world):
    await offering(world, "slip")
    with pytest.raises(SurveyWayNotOffered):
        await printed_for(await world.open_wave())
    assert await db.value("SELECT count(*) FROM slip") == 0

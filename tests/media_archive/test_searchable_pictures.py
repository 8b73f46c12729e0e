"""A scan that came as a picture gets a PDF in which its text is found and copied; a photograph gets none."""

import io

import pypdfium2
from archive_world import Union, add, picture, scanned_page
from media_world import kept, needs, state
from PIL import Image, ImageChops

from kit import db
from media_archive.renditions.text_jobs import read_text

LINES = ("KẾ HOẠCH TUYÊN TRUYỀN", "Tháng Công nhân năm 2026")
READ_WELL = ("Tháng Công nhân năm 2026", "Hỗ trợ thợ lò ở khu tập thể Cẩm Phả")
AUTHOR = "Nguyen Van Chup"


def page(*lines: str) -> Image.Image:
    return Image.open(io.BytesIO(scanned_page(*lines)))


def words_of(document: pypdfium2.PdfDocument, number: int) -> str:
    return " ".join(document[number].get_textpage().get_text_bounded().split())


async def test_a_telephones_picture_of_a_page_is_upright_and_its_words_stand_where_they_are_seen(union: Union):
    needs("tesseract")
    upright = page(*LINES)
    said = Image.Exif()
    said[0x0112], said[0x013B] = 6, AUTHOR
    buffer = io.BytesIO()
    upright.rotate(90, expand=True).save(buffer, "JPEG", quality=90, exif=said)
    asset_id = await add(union.factory, "Kế hoạch", buffer.getvalue())
    await read_text(asset_id)
    assert await state(asset_id, "searchable") == ("done", None)
    made = await kept(asset_id, "searchable")
    assert AUTHOR.encode() not in made
    with pypdfium2.PdfDocument(made) as document:
        assert len(document) == 1
        assert LINES[1] in words_of(document, 0)
        width, height = document[0].get_size()
        # A telephone does not say how large the page was: it is taken for A4, lying.
        assert (round(width), round(height)) == (842, 458)
        text = document[0].get_textpage()
        found = text.search("TUYÊN").get_next()
        assert found is not None
        left, _, _, top = text.get_charbox(found[0])
        assert 0.2 < left / width < 0.5
        assert top / height > 0.8
        drawn = document[0].render(scale=1654 / width).to_pil().convert("L").resize(upright.size)
        off = ImageChops.difference(drawn.resize((64, 36)), upright.resize((64, 36)))
        assert ImageChops.invert(off).point([0] * 243 + [1] * 13).getextrema() == (1, 1)


async def test_every_page_of_a_tiff_in_black_and_white_is_read(union: Union):
    needs("tesseract")
    first, second = (page(line, line).point([0] * 128 + [255] * 128).convert("1") for line in READ_WELL)
    buffer = io.BytesIO()
    first.save(buffer, "TIFF", save_all=True, append_images=[second], compression="group4", dpi=(200, 200))
    asset_id = await add(union.factory, "Kế hoạch", buffer.getvalue())
    await read_text(asset_id)
    assert await state(asset_id, "searchable") == ("done", None)
    made = await kept(asset_id, "searchable")
    # One bit for each dot, packed as fax machines do.
    assert len(made) < 40_000
    with pypdfium2.PdfDocument(made) as document:
        assert [line in words_of(document, number) for number, line in enumerate(READ_WELL)] == [True, True]
        assert [round(length) for length in document[1].get_size()] == [595, 324]
    read = await db.value("SELECT text FROM asset_text WHERE asset_id = $1::uuid AND source = 'ocr'", asset_id)
    assert [line in read for line in READ_WELL] == [True, True]


async def test_a_photograph_needs_none(union: Union):
    needs("tesseract")
    asset_id = await add(union.factory, "Ảnh", picture(size=(600, 400)))
    await read_text(asset_id)
    assert await state(asset_id, "searchable") == ("none", "LITTLE_TEXT_FOUND")
    assert await db.value("SELECT state || text FROM asset_text WHERE asset_id = $1::uuid", asset_id) == "done"

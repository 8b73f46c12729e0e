"""Pictures of pages for reading: grey where a page is, in colour where letters may stand out by colour alone."""

from pathlib import Path

import pytest
from PIL import Image

from media_archive.renditions import pdf


@pytest.mark.parametrize(
    ("paper", "ink", "mode"),
    [
        ((240, 240, 240), (30, 30, 30), "L"),
        ((255, 255, 255), (250, 220, 0), "RGB"),
        ((255, 255, 255), (0, 0, 250), "RGB"),
    ],
    ids=["grey", "yellow", "blue"],
)
async def test_a_page_is_read_in_the_colours_it_has(
    tmp_path: Path, paper: tuple[int, int, int], ink: tuple[int, int, int], mode: str
):
    page = Image.new("RGB", (300, 400), paper)
    page.paste(ink, (100, 100, 200, 200))
    page.save(tmp_path / "page.pdf", "PDF", quality=100)
    (drawn,) = await pdf.readable_pages(tmp_path / "page.pdf", [0], 800, tmp_path)
    with Image.open(drawn) as picture:
        assert (picture.mode, picture.size) == (mode, (600, 800))
        shown = picture.convert("RGB").getpixel((300, 300))
    assert isinstance(shown, tuple)
    assert all(abs(one - other) <= 8 for one, other in zip(shown, ink, strict=True))

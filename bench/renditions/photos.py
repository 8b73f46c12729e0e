"""Photographs of nothing, as large as a telephone's and about as hard to decode: shapes, shades and grain."""

import io
import random

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from media_archive.demo.fonts import font

SIZE = (4_000, 3_000)
"""Twelve megapixels."""

_GRAIN = (1_000, 750)


def photo(seed: int) -> bytes:
    """Return a JPEG of twelve megapixels and two to four megabytes; another seed makes another."""
    chance = random.Random(seed)  # noqa: S311  # made up, and for measuring
    image = Image.linear_gradient("L").rotate(chance.choice((0, 90, 180))).resize(SIZE).convert("RGB")
    pen = ImageDraw.Draw(image)
    for _ in range(60):
        x, y, across = chance.randrange(SIZE[0]), chance.randrange(SIZE[1]), chance.randrange(50, 700)
        colour = (chance.randrange(256), chance.randrange(256), chance.randrange(256))
        pen.ellipse((x, y, x + across, y + across // 2), fill=colour)
    grain = Image.frombytes("RGB", _GRAIN, chance.randbytes(3 * _GRAIN[0] * _GRAIN[1]))
    soft = grain.filter(ImageFilter.GaussianBlur(0.7)).resize(SIZE, Image.Resampling.BILINEAR)
    buffer = io.BytesIO()
    Image.blend(image, soft, 0.25).save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def scanned_pages(pages: int) -> bytes:
    """Return a PDF of A4 pages as a scanner gives them at 200 dots an inch, with forty lines of Vietnamese each."""
    letters = ImageFont.truetype(font("serif"), 34)
    made: list[Image.Image] = []
    for number in range(1, pages + 1):
        page = Image.new("L", (1_654, 2_339), 240)
        pen = ImageDraw.Draw(page)
        for line in range(40):
            said = f"{number}.{line}. Công đoàn cơ sở chăm lo đời sống đoàn viên, người lao động quý {line % 4 + 1}"
            pen.text((120, 130 + 52 * line), said, font=letters, fill=30)
        made.append(page)
    buffer = io.BytesIO()
    made[0].save(buffer, "PDF", resolution=200, save_all=True, append_images=made[1:])
    return buffer.getvalue()

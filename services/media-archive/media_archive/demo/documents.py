"""Papers for the demo: PDFs with text, pages as a scanner gives them, and printed matter as pictures."""

import io
import random
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter, ImageFont
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from media_archive.demo.fonts import Face, font

Colour = tuple[int, int, int]

MADE_UP = "Tài liệu minh họa do phần mềm Loa tạo, không phải văn bản thật"
_PAGE = (1240, 1754)  # A4 at 150 dpi
_RED, _GOLD, _BLUE, _PAPER = (178, 30, 36), (250, 214, 80), (14, 79, 147), (255, 253, 247)


def text_pdf(title: str, paragraphs: Sequence[str]) -> bytes:
    """Return an A4 PDF with a text layer."""
    buffer = io.BytesIO()
    canvas = _canvas(buffer, A4, title)
    width, height = A4
    y = height - 72
    y = _write(canvas, title, 60, y, "LoaBold", 17, 52)
    y -= 12
    for paragraph in paragraphs:
        if y < 110:
            canvas.showPage()
            y = height - 72
        y = _write(canvas, paragraph, 60, y, "LoaSerif", 12, 78) - 8
    _foot(canvas, width)
    canvas.save()
    return buffer.getvalue()


def slides(title: str, pages: Sequence[tuple[str, Sequence[str]]]) -> bytes:
    """Return a PDF of lecture slides, one page for each heading with its points."""
    size = landscape(A4)
    buffer = io.BytesIO()
    canvas = _canvas(buffer, size, title)
    for heading, points in [(title, [MADE_UP]), *pages]:
        canvas.setFillColorRGB(0.055, 0.31, 0.576)
        canvas.rect(0, size[1] - 96, size[0], 96, stroke=0, fill=1)
        canvas.setFillColorRGB(1, 1, 1)
        _write(canvas, heading, 42, size[1] - 44, "LoaBold", 24, 50)
        canvas.setFillColorRGB(0.1, 0.1, 0.12)
        y = size[1] - 150
        for point in points:
            y = _write(canvas, f"• {point}", 54, y, "LoaSans", 18, 62) - 14
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def picture_pdf(title: str, pages: Sequence[tuple[Image.Image, str]]) -> bytes:
    """Return a PDF of pictures with captions."""
    buffer = io.BytesIO()
    canvas = _canvas(buffer, A4, title)
    width, height = A4
    for number, (picture, caption) in enumerate(pages):
        if number == 0:
            _write(canvas, title, 60, height - 66, "LoaBold", 18, 48)
        tall = (width - 120) * picture.height / picture.width
        jpeg = io.BytesIO()
        picture.save(jpeg, "JPEG", quality=82)
        canvas.drawImage(ImageReader(jpeg), 60, height - 130 - tall, width - 120, tall)
        _write(canvas, caption, 60, height - 156 - tall, "LoaSerif", 12, 78)
        _foot(canvas, width)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _canvas(buffer: io.BytesIO, size: tuple[float, float], title: str) -> Canvas:
    faces: dict[str, Face] = {"LoaSans": "sans", "LoaBold": "bold", "LoaSerif": "serif"}
    for name, face in faces.items():
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, font(face)))
    # Invariant: the same paper has the same bytes, and is kept once.
    canvas = Canvas(buffer, pagesize=size, invariant=1)
    canvas.setTitle(title)
    canvas.setAuthor("Loa")
    return canvas


def _write(canvas: Canvas, text: str, x: float, y: float, name: str, size: float, letters: int) -> float:
    canvas.setFont(name, size)
    for line in textwrap.wrap(text, letters):
        canvas.drawString(x, y, line)
        y -= size * 1.45
    return y


def _foot(canvas: Canvas, width: float) -> None:
    canvas.setFont("LoaSans", 8)
    canvas.drawCentredString(width / 2, 40, MADE_UP)


@dataclass(frozen=True, slots=True)
class Letter:
    """A plan or a notice on paper."""

    sender: str
    number: str
    title: str
    paragraphs: tuple[str, ...]


def scanned_page(letter: Letter, seed: int) -> Image.Image:
    """Return a page as a flatbed scanner gives it: a little askew, grey, with dust and uneven light."""
    page = Image.new("L", _PAGE, 250)
    pen = ImageDraw.Draw(page)
    pen.text((110, 90), letter.sender.upper(), font=_font("serif", 28), fill=20)
    pen.text((110, 132), letter.number, font=_font("serif", 26), fill=30)
    y = _wrapped(pen, letter.title.upper(), (150, 250), 40, _font("serif", 34), 20)
    y += 40
    for paragraph in letter.paragraphs:
        y = _wrapped(pen, paragraph, (110, y), 66, _font("serif", 29), 25) + 16
    pen.text((110, _PAGE[1] - 80), MADE_UP, font=_font("sans", 20), fill=90)
    return _as_scanned(page, seed)


def _as_scanned(page: Image.Image, seed: int) -> Image.Image:
    chance = random.Random(seed)  # noqa: S311  # dust, not a secret
    page = page.rotate(chance.uniform(-0.7, 0.7), Image.Resampling.BICUBIC, fillcolor=250)
    page = page.filter(ImageFilter.GaussianBlur(0.7))
    pen = ImageDraw.Draw(page)
    for _ in range(260):
        x, y, wide = chance.randrange(page.width), chance.randrange(page.height), chance.choice((1, 1, 1, 2))
        pen.ellipse([x, y, x + wide, y + wide], fill=chance.randrange(60, 200))
    light = Image.linear_gradient("L").rotate(chance.choice((0, 90, 180))).resize(page.size)
    shaded = Image.composite(page, page.point(lambda value: int(value * 0.9)), light)
    noise = Image.effect_noise((page.width // 2, page.height // 2), 40).resize(page.size)
    return Image.blend(shaded, noise, 0.07)


def sheet(
    title: str,
    lines: Sequence[str],
    *,
    colour: Colour = _BLUE,
    size: tuple[int, int] = (1240, 1754),
    footer: str = MADE_UP,
) -> Image.Image:
    """Return a leaflet or poster as a picture."""
    image = Image.new("RGB", size, _PAPER)
    pen = ImageDraw.Draw(image)
    width, height = size
    band = int(height * 0.24)
    pen.rectangle([0, 0, width, band], fill=colour)
    pen.rectangle([0, band, width, band + 14], fill=_GOLD)
    letters = max(12, int(width / 44))
    _wrapped(pen, title, (width // 14, height // 20), letters, _font("bold", width // 19), (255, 255, 255))
    y = band + height // 20
    for line in lines:
        pen.ellipse([width // 14, y + 12, width // 14 + 20, y + 32], fill=colour)
        y = _wrapped(pen, line, (width // 14 + 46, y), int(letters * 1.45), _font("sans", width // 30), (27, 27, 31))
        y += height // 45
    pen.text((width // 14, height - height // 28), footer, font=_font("sans", width // 62), fill=(85, 85, 94))
    return image


def chart(title: str, bars: Sequence[tuple[str, int]], note: str) -> Image.Image:
    """Return an infographic of percentages as bars."""
    image = Image.new("RGB", (1200, 260 + 150 * len(bars)), _PAPER)
    pen = ImageDraw.Draw(image)
    _wrapped(pen, title, (70, 50), 40, _font("bold", 44), _BLUE)
    for place, (label, percent) in enumerate(bars):
        y = 190 + 150 * place
        pen.text((70, y), label, font=_font("sans", 32), fill=(27, 27, 31))
        pen.rounded_rectangle([70, y + 48, 1010, y + 96], 10, fill=(226, 230, 238))
        pen.rounded_rectangle(
            [70, y + 48, 70 + max(24, 940 * percent // 100), y + 96], 10, fill=_BLUE if place % 2 else _RED
        )
        pen.text((1030, y + 50), f"{percent} %", font=_font("bold", 34), fill=(27, 27, 31))
    pen.text((70, image.height - 66), note, font=_font("sans", 22), fill=(85, 85, 94))
    return image


def png(image: Image.Image) -> bytes:
    """Return a picture as PNG."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def jpeg(image: Image.Image, quality: int = 86) -> bytes:
    """Return a picture as JPEG."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def scanned_pdf(pages: Sequence[Image.Image]) -> bytes:
    """Return a PDF whose pages are pictures, as a scanner makes it."""
    buffer = io.BytesIO()
    pages[0].save(buffer, "PDF", save_all=True, append_images=pages[1:], resolution=150)
    return buffer.getvalue()


def _font(face: Face, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font(face), size)


def _wrapped(
    pen: ImageDraw.ImageDraw,
    text: str,
    at: tuple[int, int],
    letters: int,
    with_font: ImageFont.FreeTypeFont,
    fill: int | Colour,
) -> int:
    """Write lines of so many letters and return where the next paragraph begins."""
    x, y = at
    for line in textwrap.wrap(text, letters):
        pen.text((x, y), line, font=with_font, fill=fill)
        y += int(with_font.size * 1.42)
    return y

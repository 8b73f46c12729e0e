"""Pictures to tell apart, all different, drawn from a seed: scenes, notices of a few templates, scans, charts, clouds.

Half of them are hard on purpose: notices made from one template differ in their words alone, some in one line.
"""

import random
from collections.abc import Callable
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from media_archive.demo.fonts import font
from media_archive.demo.scenes import Place, scene

Draw = Callable[[random.Random], Image.Image]

_SYLLABLES = """
    an toàn lao động công đoàn đoàn viên người thợ mùa xuân tết sum vầy hội nghị phong trào thi đua đối thoại tháng
    công nhân chăm lo đời sống tuyên truyền pháp luật hợp đồng bảo hiểm phúc lợi nhà ở hiến máu văn nghệ thể thao
    khen thưởng đại hội tiền lương ca đêm mỏ than điện lực dệt may bến cảng tổ đội xí nghiệp gia đình trường học
""".split()  # noqa: SIM905  # a list of words is for machines
_PLACES: tuple[Place, ...] = ("power_line", "mine", "factory", "meeting", "harbour", "field_day")
_COLOURS = [(178, 24, 36), (18, 84, 150), (20, 110, 70), (240, 180, 20), (90, 40, 120), (245, 245, 240), (35, 35, 45)]
_TEMPLATES = 6


def pictures(seed: int, count: int) -> list[Draw]:
    """Return so many ways to draw: call one with `random.Random(f"{seed}-{place}")`, its place in the list."""
    kinds: list[Draw] = [_scene, _notice, _dated_notice, _cloud, _scan, _notice, _chart, _photo_notice]
    return [kinds[place % len(kinds)] for place in range(count)]


def draw(seed: int, place: int, count: int) -> Image.Image:
    """Return one of the `count` pictures of a seed; RGB, its longest side 640 to 900 pixels."""
    chance = random.Random(f"{seed}-{place}")  # noqa: S311  # a picture, not a secret
    return pictures(seed, count)[place](chance)


def _scene(chance: random.Random) -> Image.Image:
    size = chance.choice([(840, 560), (800, 600), (600, 800), (900, 506)])
    return scene(chance.choice(_PLACES), chance.randrange(1 << 30), size)


def _notice(chance: random.Random) -> Image.Image:
    """A notice of one of six templates: its headline and its lines are its own."""
    image, pen = _template(chance.randrange(_TEMPLATES))
    _write(pen, (60, 150), _words(chance, 3, 5).upper(), 52, 520, (255, 255, 255))
    for line in range(4):
        _write(pen, (60, 420 + 62 * line), _words(chance, 4, 7), 26, 520, (30, 30, 40))
    return image


def _dated_notice(chance: random.Random) -> Image.Image:
    """A notice whose headline is that of all others of its template; who is asked to come, when and where differs."""
    template = chance.randrange(2)
    image, pen = _template(template)
    headline = ("HỘI NGHỊ NGƯỜI LAO ĐỘNG", "THƯ MỜI TẾT SUM VẦY")[template]
    _write(pen, (60, 150), headline, 52, 520, (255, 255, 255))
    _write(pen, (60, 420), "Kính mời: " + _words(chance, 3, 4), 30, 520, (30, 30, 40))
    hour, minute, day, month = (chance.randrange(*span) for span in ((6, 20), (0, 60), (1, 29), (1, 13)))
    _write(pen, (60, 520), f"{hour} giờ {minute:02}, ngày {day}/{month}", 30, 520, (30, 30, 40))
    _write(pen, (60, 600), "Tại: " + _words(chance, 2, 4), 30, 520, (30, 30, 40))
    return image


def invitation(template: int, line: str) -> Image.Image:
    """Return a notice of a template with one line of one's own."""
    image, pen = _template(template)
    _write(pen, (60, 150), "HỘI NGHỊ NGƯỜI LAO ĐỘNG", 52, 520, (255, 255, 255))
    _write(pen, (60, 420), line, 30, 520, (30, 30, 40))
    return image


def _photo_notice(chance: random.Random) -> Image.Image:
    """One of three photographs with a band of words below it."""
    image = _backdrop(chance.randrange(3)).copy()
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 470, 840, 630), fill=(18, 84, 150))
    _write(pen, (40, 490), _words(chance, 4, 6).upper(), 40, 760, (255, 255, 255))
    return image


@cache
def _backdrop(number: int) -> Image.Image:
    image = Image.new("RGB", (840, 630), (255, 255, 255))
    image.paste(scene(_PLACES[number], 77 + number, (840, 470)), (0, 0))
    return image


def _template(number: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    look = random.Random(f"template-{number}")  # noqa: S311  # a picture, not a secret
    paper = look.choice([(250, 246, 235), (235, 242, 250), (255, 255, 255)])
    image = Image.new("RGB", (640, 800), paper)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, 640, 380), fill=look.choice(_COLOURS[:3]))
    for _ in range(7):
        x, y, radius = look.randrange(640), look.randrange(60, 380), look.randrange(15, 90)
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=look.choice(_COLOURS), width=6)
    pen.ellipse((270, 20, 370, 120), fill=(240, 180, 20))
    pen.rectangle((0, 760, 640, 800), fill=look.choice(_COLOURS[:3]))
    return image, pen


def _scan(chance: random.Random) -> Image.Image:
    """A page of print on grey paper."""
    shade = chance.randrange(225, 248)
    image = Image.new("RGB", (640, 900), (shade, shade, shade - chance.randrange(8)))
    pen = ImageDraw.Draw(image)
    _write(pen, (120, 60), "CÔNG ĐOÀN CƠ SỞ", 22, 500, (20, 20, 20))
    for line in range(chance.randrange(20, 32)):
        _write(pen, (60, 130 + 23 * line), _words(chance, 7, 11), 15, 540, (35, 35, 35))
    return image


def _chart(chance: random.Random) -> Image.Image:
    """Columns and a headline, as in reports: the same axes in all of them."""
    image = Image.new("RGB", (800, 600), (255, 255, 255))
    pen = ImageDraw.Draw(image)
    _write(pen, (60, 30), _words(chance, 4, 6).capitalize(), 32, 700, (30, 30, 40))
    pen.line((60, 100, 60, 540, 760, 540), fill=(60, 60, 60), width=3)
    colour = chance.choice(_COLOURS[:5])
    for column in range(8):
        pen.rectangle((90 + 84 * column, 540 - chance.randrange(30, 400), 146 + 84 * column, 538), fill=colour)
    return image


def _cloud(chance: random.Random) -> Image.Image:
    """Light and dark as in photographs: the power of a wave falls with its frequency."""
    width, height = chance.choice([(800, 600), (720, 720), (600, 800)])
    noise = np.random.default_rng(chance.randrange(1 << 30))
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
    frequency[0, 0] = 1
    layers = []
    for _ in range(3):
        waves = np.fft.rfft2(noise.standard_normal((height, width))) / frequency**1.3
        layer = np.fft.irfft2(waves, (height, width))
        low, high = np.percentile(layer, (1, 99))
        layers.append(np.clip((layer - low) / (high - low), 0, 1) * 225 + 15)
    mixed = 0.7 * layers[0][..., None] + 0.3 * np.stack(layers, axis=-1)
    return Image.fromarray(mixed.astype(np.uint8))


def _words(chance: random.Random, least: int, most: int) -> str:
    return " ".join(chance.choice(_SYLLABLES) for _ in range(chance.randint(least, most)))


def _write(
    pen: ImageDraw.ImageDraw, at: tuple[int, int], text: str, size: int, width: int, fill: tuple[int, int, int]
) -> None:
    letters, line, y = _letters(size), "", at[1]
    for word in text.split():
        if line and letters.getlength(f"{line} {word}") > width:
            pen.text((at[0], y), line, font=letters, fill=fill)
            line, y = word, y + round(size * 1.25)
        else:
            line = f"{line} {word}".strip()
    pen.text((at[0], y), line, font=letters, fill=fill)


@cache
def _letters(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font("bold"), size)

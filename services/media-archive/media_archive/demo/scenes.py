"""Pictures of places that do not exist: drawn from a seed, so that the demo looks alike on every machine."""

import itertools
import math
import random
from collections.abc import Iterator
from typing import Literal

from PIL import Image, ImageDraw, ImageFilter

Place = Literal["power_line", "mine", "factory", "meeting", "harbour", "field_day"]
Pen = ImageDraw.ImageDraw

_SKIES = [((120, 170, 215), (235, 240, 245)), ((240, 170, 110), (250, 225, 190)), ((95, 120, 160), (205, 215, 225))]
_SHIRTS = [(20, 92, 160), (196, 60, 40), (240, 170, 30), (40, 130, 90), (230, 230, 235)]


def scene(place: Place, seed: int, size: tuple[int, int] = (1600, 1067)) -> Image.Image:
    """Return a picture of a made-up place, with the grain of a camera."""
    chance = random.Random(f"{place}-{seed}")  # noqa: S311  # a picture, not a secret
    image = _sky(size, *chance.choice(_SKIES))
    pen = ImageDraw.Draw(image)
    _hills(pen, size, chance)
    {
        "power_line": _power_line,
        "mine": _mine,
        "factory": _factory,
        "meeting": _meeting,
        "harbour": _harbour,
        "field_day": _field_day,
    }[place](pen, size, chance)
    return _grain(image.filter(ImageFilter.GaussianBlur(0.8)))


def frames(place: Place, seed: int, count: int, size: tuple[int, int] = (640, 360)) -> Iterator[Image.Image]:
    """Yield a film's pictures: a slow pan over a wide scene."""
    width, height = size
    wide = scene(place, seed, (width * 2, height))
    for number in range(count):
        left = int((1 - math.cos(math.pi * number / max(1, count - 1))) / 2 * width)
        yield wide.crop((left, 0, left + width, height))


def _sky(size: tuple[int, int], top: tuple[int, int, int], bottom: tuple[int, int, int]) -> Image.Image:
    mask = Image.linear_gradient("L").resize(size)
    return Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), mask)


def _grain(image: Image.Image) -> Image.Image:
    noise = Image.effect_noise((image.width // 2, image.height // 2), 60).resize(image.size)
    return Image.blend(image, Image.merge("RGB", (noise, noise, noise)), 0.06)


def _hills(pen: Pen, size: tuple[int, int], chance: random.Random) -> None:
    width, height = size
    for layer, colour in enumerate(((120, 150, 130), (95, 128, 100), (78, 108, 80))):
        base, waves = height * (0.52 + 0.09 * layer), [(chance.uniform(1, 4), chance.uniform(0, 7)) for _ in range(3)]
        line = [
            (x, base - sum(height * 0.03 * math.sin(rate * x / width * 6 + shift) for rate, shift in waves))
            for x in range(0, width + 9, 8)
        ]
        pen.polygon([*line, (width, height), (0, height)], fill=colour)


def _power_line(pen: Pen, size: tuple[int, int], chance: random.Random) -> None:
    width, height = size
    tops = [(int(width * at), int(height * chance.uniform(0.16, 0.26))) for at in (0.1, 0.38, 0.66, 0.94)]
    for x, top in tops:
        half = width // 36
        pen.line([(x, top), (x - half, int(height * 0.8))], fill=(70, 74, 80), width=5)
        pen.line([(x, top), (x + half, int(height * 0.8))], fill=(70, 74, 80), width=5)
        for arm in range(3):
            y = top + (arm + 1) * height // 22
            pen.line([(x - half, y), (x + half, y)], fill=(70, 74, 80), width=4)
    for (x1, y1), (x2, y2) in itertools.pairwise(tops):
        for arm in range(3):
            drop = (arm + 1) * height / 22
            steps = [n / 20 for n in range(21)]
            sag = [(x1 + (x2 - x1) * t, y1 + (y2 - y1) * t + drop + 60 * t * (1 - t)) for t in steps]
            pen.line(sag, fill=(50, 52, 56), width=2)
    _people(pen, size, chance, 4, helmets=True)


def _mine(pen: Pen, size: tuple[int, int], chance: random.Random) -> None:
    width, height = size
    for step in range(6):
        y = height * (0.5 + 0.075 * step)
        pen.polygon(
            [
                (0, y),
                (width * (0.85 - 0.05 * step), y),
                (width * (0.9 - 0.05 * step), y + height * 0.08),
                (0, y + height * 0.08),
            ],
            fill=(62 - 6 * step, 60 - 6 * step, 62 - 6 * step),
        )
    for truck in range(3):
        x, y = int(width * (0.12 + 0.22 * truck)), int(height * (0.55 + 0.06 * truck))
        pen.rectangle([x, y, x + width // 12, y + height // 22], fill=(226, 160, 20))
        pen.rectangle([x + width // 12, y + height // 60, x + width // 9, y + height // 22], fill=(200, 70, 40))
        for wheel in (0.2, 0.8):
            cx = x + int(width / 12 * wheel)
            pen.ellipse([cx - 14, y + height // 24, cx + 14, y + height // 24 + 28], fill=(25, 25, 25))
    _people(pen, size, chance, 5, helmets=True)


def _factory(pen: Pen, size: tuple[int, int], chance: random.Random) -> None:
    width, height = size
    x = 0
    while x < width:
        wide, tall = chance.randint(width // 8, width // 5), chance.randint(height // 6, height // 3)
        wall = chance.randint(150, 215)
        pen.rectangle([x, height * 0.72 - tall, x + wide - 6, height * 0.74], fill=(wall, wall - 8, wall - 20))
        for column in range(x + 18, x + wide - 30, 46):
            for row in range(int(height * 0.72 - tall) + 20, int(height * 0.7), 50):
                pen.rectangle([column, row, column + 24, row + 26], fill=(70, 105, 140))
        x += wide
    pen.rectangle([0, height * 0.74, width, height], fill=(120, 120, 118))
    _people(pen, size, chance, 12, helmets=False)


def _meeting(pen: Pen, size: tuple[int, int], chance: random.Random) -> None:
    width, height = size
    pen.rectangle([0, 0, width, height], fill=(222, 205, 178))
    pen.rectangle([width * 0.12, height * 0.1, width * 0.88, height * 0.36], fill=(178, 30, 36))
    pen.rectangle([width * 0.2, height * 0.2, width * 0.8, height * 0.23], fill=(250, 214, 80))
    pen.rectangle([0, height * 0.7, width, height], fill=(140, 100, 66))
    for row in range(3):
        _row_of_people(pen, size, chance, int(height * (0.62 + 0.13 * row)), 9 + row * 2, 0.05 + 0.01 * row)


def _harbour(pen: Pen, size: tuple[int, int], chance: random.Random) -> None:
    width, height = size
    pen.rectangle([0, height * 0.62, width, height], fill=(64, 104, 128))
    for crane in (0.2, 0.5, 0.78):
        x = int(width * crane)
        pen.line([(x, height * 0.24), (x, height * 0.64)], fill=(190, 60, 40), width=10)
        pen.line([(x - width // 9, height * 0.28), (x + width // 7, height * 0.24)], fill=(190, 60, 40), width=8)
    for _ in range(22):
        x, y = chance.randint(0, width - 90), int(height * 0.62) - 34 * chance.randint(1, 3)
        pen.rectangle([x, y, x + 86, y + 32], fill=chance.choice(_SHIRTS), outline=(40, 40, 40))
    pen.rectangle([0, height * 0.8, width, height], fill=(150, 148, 142))
    _people(pen, size, chance, 6, helmets=True)


def _field_day(pen: Pen, size: tuple[int, int], chance: random.Random) -> None:
    width, height = size
    pen.rectangle([0, height * 0.66, width, height], fill=(84, 142, 70))
    for lane in range(5):
        y = height * (0.7 + 0.06 * lane)
        pen.line([(0, y), (width, y)], fill=(235, 240, 235), width=4)
    for flag in range(14):
        x = int(width * flag / 13)
        pen.polygon([(x, height * 0.4), (x + 34, height * 0.42), (x, height * 0.45)], fill=chance.choice(_SHIRTS))
    pen.line([(0, height * 0.4), (width, height * 0.4)], fill=(90, 90, 90), width=3)
    _people(pen, size, chance, 14, helmets=False)


def _people(pen: Pen, size: tuple[int, int], chance: random.Random, count: int, *, helmets: bool) -> None:
    width, height = size
    for place in sorted(chance.sample(range(4, 96), count)):
        tall = int(height * chance.uniform(0.2, 0.28))
        _person(pen, int(width * place / 100), int(height * 0.96), tall, chance, helmet=helmets)


def _row_of_people(pen: Pen, size: tuple[int, int], chance: random.Random, y: int, count: int, share: float) -> None:
    width, height = size
    for place in range(count):
        _person(
            pen,
            int(width * (place + 0.5) / count),
            y + int(height * share * 4),
            int(height * share * 4.4),
            chance,
            helmet=False,
        )


def _person(pen: Pen, x: int, foot: int, tall: int, chance: random.Random, *, helmet: bool) -> None:
    head = max(6, tall // 8)
    shirt = chance.choice(_SHIRTS)
    pen.rectangle([x - head, foot - tall + 2 * head, x + head, foot - tall // 2], fill=shirt)
    pen.rectangle([x - head + 3, foot - tall // 2, x - 2, foot], fill=(40, 44, 60))
    pen.rectangle([x + 2, foot - tall // 2, x + head - 3, foot], fill=(40, 44, 60))
    pen.ellipse([x - head + 3, foot - tall, x + head - 3, foot - tall + 2 * head], fill=(206, 160, 124))
    cap = (250, 205, 40) if helmet else (30, 26, 24)
    pen.pieslice([x - head, foot - tall - 4, x + head, foot - tall + 2 * head], 180, 360, fill=cap)

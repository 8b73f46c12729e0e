"""Three sizes of a picture from one decode, beside decoding it once for each size as one writes it first."""

import io
import statistics
import time
from collections.abc import Callable, Sequence

from PIL import Image, ImageOps

from media_archive.renditions.images import encode, thumbnails
from media_archive.renditions.plans import THUMBNAILS

BOUND = 0.5
"""Part of the time of decoding once for each size that all three may take."""


def once_each(content: bytes) -> list[bytes]:
    """Open, decode, turn upright, shrink and write the picture for each size: Pillow's own defaults, our encoding."""
    made: list[bytes] = []
    for side in THUMBNAILS.values():
        with Image.open(io.BytesIO(content)) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
        upright.thumbnail((side, side))
        made.append(encode(upright).content)
    return made


def measured(photos: Sequence[bytes], rounds: int) -> dict[str, float]:
    """Return median milliseconds a photo for both ways, in turn, and their ratio."""
    took: dict[str, list[float]] = {"one decode": [], "a decode each": []}
    for _ in range(rounds):
        for photo in photos:
            took["one decode"].append(_milliseconds(lambda photo=photo: thumbnails(photo, list(THUMBNAILS.values()))))
            took["a decode each"].append(_milliseconds(lambda photo=photo: once_each(photo)))
    medians = {name: statistics.median(times) for name, times in took.items()}
    return medians | {"ratio": medians["one decode"] / medians["a decode each"]}


def _milliseconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return 1_000 * (time.perf_counter() - begin)

"""What happens to pictures on their way from unit to unit: each alteration by its name."""

import io
from collections.abc import Callable

from PIL import Image, ImageEnhance, ImageOps

Alter = Callable[[Image.Image], Image.Image]


def _resized(share: float) -> Alter:
    return lambda image: image.resize(
        (round(image.width * share), round(image.height * share)), Image.Resampling.BICUBIC
    )


def _recompressed(quality: int) -> Alter:
    def alter(image: Image.Image) -> Image.Image:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=quality)
        return Image.open(io.BytesIO(buffer.getvalue())).convert("RGB")

    return alter


def _brightened(factor: float) -> Alter:
    return lambda image: ImageEnhance.Brightness(image).enhance(factor)


def _cropped(left: float, top: float, right: float, bottom: float) -> Alter:
    """Parts of the width and height that are cut off at each side."""
    return lambda image: image.crop(
        (
            round(image.width * left),
            round(image.height * top),
            round(image.width * (1 - right)),
            round(image.height * (1 - bottom)),
        )
    )


ALTERATIONS: dict[str, Alter] = {
    "grey": lambda image: ImageOps.grayscale(image).convert("RGB"),
    "half the size": _resized(0.5),
    "twice the size": _resized(2),
    "JPEG at 30": _recompressed(30),
    "JPEG at 60": _recompressed(60),
    "30 % brighter": _brightened(1.3),
    "30 % darker": _brightened(0.7),
    "crop 5 % in all": _cropped(0.025, 0.025, 0.025, 0.025),
    "crop 5 % at each side": _cropped(0.05, 0.05, 0.05, 0.05),
    "crop 5 % left": _cropped(0.05, 0, 0, 0),
    "crop 5 % top and right": _cropped(0, 0.05, 0.05, 0),
    "crop 5 % bottom": _cropped(0, 0, 0, 0.05),
    "mirror": ImageOps.mirror,
}

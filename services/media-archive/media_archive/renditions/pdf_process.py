"""The process that `renditions.pdf` starts for one question about one PDF; answers as JSON."""

import base64
import io
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image, ImageChops

_SECONDS = 60
_DRAWING_SECONDS = 45
_MEMORY_BYTES = 2_000_000_000


def count(path: str) -> dict[str, Any]:
    """How many pages there are; the first has to open."""
    with pypdfium2.PdfDocument(path) as document:
        if len(document):
            document[0].get_size()
        return {"pages": len(document)}


def texts(path: str, most_pages: str) -> dict[str, Any]:
    """The text layers of the first pages."""
    with pypdfium2.PdfDocument(path) as document:
        pages = range(min(len(document), int(most_pages)))
        return {"texts": [document[number].get_textpage().get_text_bounded() for number in pages]}


def picture(path: str, number: str, longest_side: str) -> dict[str, Any]:
    """One page as PNG in base64."""
    with pypdfium2.PdfDocument(path) as document:
        buffer = io.BytesIO()
        _drawn(document, int(number), int(longest_side)).save(buffer, "PNG", compress_level=1)
    return {"png": base64.b64encode(buffer.getvalue()).decode()}


def readable(path: str, folder: str, longest_side: str, *numbers: str) -> dict[str, Any]:
    """Pages as PNG files in a folder for who reads them: grey where they have no colour, a tenth less work to read."""
    with pypdfium2.PdfDocument(path) as document:
        for number in numbers:
            image = _drawn(document, int(number), int(longest_side))
            red, green, blue = image.split()
            is_grey = not any(ImageChops.difference(one, green).getbbox() for one in (red, blue))
            (green if is_grey else image).save(Path(folder, f"{number}.png"), "PNG", compress_level=1)
    return {}


def _drawn(document: pypdfium2.PdfDocument, number: int, longest_side: int) -> Image.Image:
    page = document[number]
    try:
        return page.render(scale=longest_side / max(page.get_size())).to_pil().convert("RGB")
    finally:
        page.close()


def pictures(path: str, folder: str, most_pages: str, longest_side: str) -> dict[str, Any]:
    """The first pages as WebP files in a folder; those that there is time for."""
    until = time.monotonic() + _DRAWING_SECONDS
    sizes: list[tuple[int, int]] = []
    with pypdfium2.PdfDocument(path) as document:
        for number in range(min(len(document), int(most_pages))):
            image = _drawn(document, number, int(longest_side))
            image.save(Path(folder, f"{number}.webp"), "WEBP", quality=80, method=1)
            sizes.append(image.size)
            if time.monotonic() > until:
                break
        return {"pages": len(document), "sizes": sizes}


def main(what: str, path: str, *more: str) -> int:
    """Answer within limits of time and memory; 1 when pdfium can't read the file."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    answers = {"count": count, "texts": texts, "picture": picture, "pictures": pictures, "readable": readable}
    try:
        answer = answers[what](path, *more)
    except pypdfium2.PdfiumError:
        return 1
    sys.stdout.write(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

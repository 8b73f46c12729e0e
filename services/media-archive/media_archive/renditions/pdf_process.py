"""The process that `renditions.pdf` starts for one question about one PDF; answers as JSON."""

import base64
import io
import json
import resource
import sys
from typing import Any

import pypdfium2

_SECONDS = 60
_MEMORY_BYTES = 2_000_000_000


def count(path: str) -> dict[str, Any]:
    """How many pages there are; the first has to open."""
    with pypdfium2.PdfDocument(path) as document:
        if len(document):
            document[0].get_size()
        return {"pages": len(document)}


def texts(path: str, most_pages: int) -> dict[str, Any]:
    """The text layers of the first pages."""
    with pypdfium2.PdfDocument(path) as document:
        pages = range(min(len(document), most_pages))
        return {"texts": [document[number].get_textpage().get_text_bounded() for number in pages]}


def picture(path: str, number: int, longest_side: int) -> dict[str, Any]:
    """One page as PNG in base64."""
    with pypdfium2.PdfDocument(path) as document:
        page = document[number]
        image = page.render(scale=longest_side / max(page.get_size())).to_pil()
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "PNG", compress_level=1)
    return {"png": base64.b64encode(buffer.getvalue()).decode()}


def main(what: str, path: str, *numbers: str) -> int:
    """Answer within limits of time and memory; 1 when pdfium can't read the file."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    answers = {"count": count, "texts": texts, "picture": picture}
    try:
        answer = answers[what](path, *map(int, numbers))
    except pypdfium2.PdfiumError:
        return 1
    sys.stdout.write(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""Reading the text of a picture with tesseract, a program that may be missing."""

import asyncio
import csv
import io
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from media_archive import processes

LANGUAGE = "vie"
_SECONDS = 90
# Below this a "word" is mostly the grain of a photograph (tesseract's confidence goes from 0 to 100).
_LEAST_CONFIDENCE = 40.0
_WORD_LEVEL = "5"
# Programs that were asked once: every page would ask again.
_KNOWN_TO_READ: set[str] = set()


class OcrUnavailable(Exception):
    """There is nothing to read with; `reason` is the code that people are shown."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class OcrFailed(Exception):
    """Tesseract could not read this picture."""


async def require_tesseract() -> str:
    """Return the path of tesseract; OcrUnavailable when it or its Vietnamese data is not installed."""
    program = shutil.which("tesseract")
    if program is None:
        raise OcrUnavailable("TESSERACT_MISSING")
    if program not in _KNOWN_TO_READ:
        listed = await processes.run([program, "--list-langs"], seconds=10)
        if LANGUAGE not in listed.output.decode(errors="replace").split():
            raise OcrUnavailable("TESSERACT_VIETNAMESE_MISSING")
        _KNOWN_TO_READ.add(program)
    return program


@dataclass(frozen=True, slots=True)
class ReadPage:
    """What a page says, and a PDF of one page of its size with these words, unseen, where they stand."""

    text: str
    layer: bytes


async def read_pages(pictures: Sequence[Path], folder: Path) -> list[ReadPage]:
    """Return of each picture its text, a line for each line, paragraphs apart, and its layer for a PDF.

    One start of tesseract reads them all, which spares a twentieth of the time; what it writes is left in `folder`.
    OcrUnavailable without tesseract; OcrFailed when it fails or takes longer than 90 s for each.
    """
    await _recognise(pictures, folder)
    table = Path(folder, "read.tsv").read_text("utf-8", errors="replace")
    layers = await asyncio.to_thread(_apart, folder / "read.pdf")
    return [ReadPage(text, layer) for text, layer in zip(_texts_of(table, len(pictures)), layers, strict=True)]


async def _recognise(pictures: Sequence[Path], folder: Path) -> None:
    program = await require_tesseract()
    listed = folder / "pictures.txt"
    listed.write_text("".join(f"{picture}\n" for picture in pictures))
    how = ["-l", LANGUAGE, "-c", "textonly_pdf=1", "tsv", "pdf"]
    try:
        # One thread each: the worker runs several side by side.
        done = await processes.run(
            [program, str(listed), str(folder / "read"), *how],
            seconds=_SECONDS * len(pictures),
            environment={"OMP_THREAD_LIMIT": "1"},
        )
    except TimeoutError as error:
        raise OcrFailed("took too long") from error
    if done.status != 0:
        raise OcrFailed(f"tesseract ended with {done.status}")


def _apart(path: Path) -> list[bytes]:
    """Return each page as a PDF of its own."""
    parts: list[bytes] = []
    with pikepdf.open(path) as whole:
        for page in whole.pages:
            with pikepdf.new() as part:
                part.pages.append(page)
                buffer = io.BytesIO()
                part.save(buffer)
            parts.append(buffer.getvalue())
    return parts


def _texts_of(table: str, pages: int) -> list[str]:
    """Return the text of each page of tesseract's table (TSV), which numbers them from 1."""
    rows: list[list[dict[str, str]]] = [[] for _ in range(pages)]
    for row in csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE):
        rows[int(row["page_num"]) - 1].append(row)
    return [_text_of(one) for one in rows]


def _text_of(rows: Sequence[Mapping[str, str]]) -> str:
    """Join a page's words into lines and paragraphs, without the words that tesseract doubts."""
    lines: dict[tuple[str, str, str], list[str]] = {}
    for row in rows:
        word = (row["text"] or "").strip()
        if row["level"] != _WORD_LEVEL or not word or float(row["conf"]) < _LEAST_CONFIDENCE:
            continue
        lines.setdefault((row["block_num"], row["par_num"], row["line_num"]), []).append(word)
    paragraphs: dict[tuple[str, str], list[str]] = {}
    for (block, paragraph, _), words in lines.items():
        paragraphs.setdefault((block, paragraph), []).append(" ".join(words))
    return "\n\n".join("\n".join(each) for each in paragraphs.values())

"""Reading the text of a picture with tesseract, a program that may be missing."""

import csv
import io
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

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


async def read_page(png: bytes) -> ReadPage:
    """Return the text of a page, a line for each line, paragraphs apart, and its layer for a PDF, of one recognition.

    OcrUnavailable without tesseract; OcrFailed when it fails or takes longer than 90 s.
    """
    with tempfile.TemporaryDirectory(prefix="loa-ocr-") as folder:
        await _recognise(png, Path(folder), "tsv", "pdf")
        text = _text_of(Path(folder, "page.tsv").read_text("utf-8", errors="replace"))
        return ReadPage(text, Path(folder, "page.pdf").read_bytes())


async def _recognise(png: bytes, folder: Path, *outputs: str) -> None:
    program = await require_tesseract()
    picture = Path(folder, "page.png")
    picture.write_bytes(png)
    only_text = ["-c", "textonly_pdf=1"]
    command = [program, str(picture), str(Path(folder, "page")), "-l", LANGUAGE, *only_text, *outputs]
    try:
        # One thread each: the worker runs several pages side by side.
        done = await processes.run(command, seconds=_SECONDS, environment={"OMP_THREAD_LIMIT": "1"})
    except TimeoutError as error:
        raise OcrFailed("took too long") from error
    if done.status != 0:
        raise OcrFailed(f"tesseract ended with {done.status}")


def _text_of(table: str) -> str:
    """Join tesseract's table of words (TSV) into lines and paragraphs, without the words it doubts."""
    lines: dict[tuple[str, str, str], list[str]] = {}
    for row in csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE):
        word = (row["text"] or "").strip()
        if row["level"] != _WORD_LEVEL or not word or float(row["conf"]) < _LEAST_CONFIDENCE:
            continue
        lines.setdefault((row["block_num"], row["par_num"], row["line_num"]), []).append(word)
    paragraphs: dict[tuple[str, str], list[str]] = {}
    for (block, paragraph, _), words in lines.items():
        paragraphs.setdefault((block, paragraph), []).append(" ".join(words))
    return "\n\n".join("\n".join(each) for each in paragraphs.values())

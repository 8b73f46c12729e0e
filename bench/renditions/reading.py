"""Scanned pages read and laid over as a searchable PDF, beside ocrmypdf where it is installed; both use all cores."""

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import Awaitable, Sequence
from pathlib import Path

from media_archive.renditions import pdf, text_jobs

BOUND = 1.0
"""Times of ocrmypdf's rate of pages that ours has to have."""


def measured(content: bytes, pages: int, folder: Path) -> dict[str, float | None]:
    """Return pages a second of both, None where ocrmypdf is not installed, and their ratio."""
    source = folder / "scan.pdf"
    source.write_bytes(content)
    begin = time.perf_counter()
    asyncio.run(_ours(source, folder, pages))
    ours = pages / (time.perf_counter() - begin)
    theirs = _theirs(source, folder, pages)
    return {"loa": ours, "ocrmypdf": theirs, "ratio": ours / theirs if theirs else None}


async def _ours(source: Path, folder: Path, pages: int) -> None:
    """What the job `read_text` does between fetching the original and keeping what it made."""
    await pdf.page_texts(source, pages)

    def draw(numbers: Sequence[int], into: Path) -> Awaitable[list[Path]]:
        return pdf.readable_pages(source, numbers, text_jobs.SIDE, into)

    read = await text_jobs.read_scans(range(pages), draw)
    layers = folder / "layers"
    layers.mkdir()
    for number, page in enumerate(read):
        Path(layers, f"{number}.pdf").write_bytes(page.layer)
    await pdf.lay_text_over(source, layers, folder / "ours.pdf")


def _theirs(source: Path, folder: Path, pages: int) -> float | None:
    program = shutil.which("ocrmypdf")
    if program is None:
        return None
    how = ["-l", "vie", "--output-type", "pdf", "--optimize", "0", "--jobs", str(os.cpu_count() or 1)]
    begin = time.perf_counter()
    subprocess.run([program, *how, "--quiet", str(source), str(folder / "theirs.pdf")], check=True)
    return pages / (time.perf_counter() - begin)

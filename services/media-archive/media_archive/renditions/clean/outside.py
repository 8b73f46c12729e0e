"""Cleaning documents in a process of its own: what strangers packed may want all of a machine."""

import sys
from pathlib import Path

from media_archive import processes
from media_archive.renditions.clean.errors import CannotBeCleaned

_SECONDS = 150


async def clean_pdf(source: Path, target: Path) -> None:
    """Write a PDF's public copy; CannotBeCleaned also when it takes too long."""
    await _do("clean", source, target)


async def clean_package(source: Path, target: Path) -> None:
    """Write an office document's public copy; CannotBeCleaned also when it takes too long."""
    await _do("office", source, target)


async def lay_text_over(source: Path, layers: Path, target: Path) -> None:
    """Write a clean copy of a PDF with the pages `layers/<number>.pdf` over its own; CannotBeCleaned as above."""
    await _do("lay", source, target, str(layers))


async def _do(what: str, source: Path, target: Path, *more: str) -> None:
    command = [sys.executable, "-m", "media_archive.renditions.clean.process", what, str(source), str(target), *more]
    try:
        done = await processes.run(command, seconds=_SECONDS)
    except TimeoutError as error:
        raise CannotBeCleaned from error
    if done.status != 0:
        raise CannotBeCleaned

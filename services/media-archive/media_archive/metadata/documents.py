"""What PDFs and office documents say of themselves."""

import json
import sys
import zipfile
import zlib
from lzma import LZMAError
from pathlib import Path

from media_archive import processes
from media_archive.metadata import xmp
from media_archive.metadata.embedded import Embedded, merged, said
from media_archive.renditions.ooxml.package import Attributes, Package, PackageUnreadable
from media_archive.renditions.ooxml.text import EnoughText

_CORE = "docProps/core.xml"
_LONGEST_CORE = 1_000_000
_PDF_SECONDS = 30


async def of_pdf(path: Path) -> Embedded:
    """Return what a PDF says; nothing when it can't be read in time."""
    command = [sys.executable, "-m", "media_archive.metadata.pdf_process", str(path)]
    try:
        done = await processes.run(command, seconds=_PDF_SECONDS)
    except TimeoutError:
        return Embedded()
    if done.status != 0:
        return Embedded()
    told: dict[str, str] = json.loads(done.output)
    words = told.pop("keywords", "").replace(";", ",").split(",")
    return merged([xmp.read(told.pop("xmp", "").encode()), said(keywords=words, **told)])


def of_office(path: Path) -> Embedded:
    """Return what the core properties of an office document say; nothing when there are none, or damaged ones."""
    properties = _Properties()
    try:
        with zipfile.ZipFile(path) as file:
            if file.getinfo(_CORE).file_size > _LONGEST_CORE:
                return Embedded()
            Package(file).read(_CORE, properties)
    except (PackageUnreadable, EnoughText, zipfile.BadZipFile, zlib.error, LZMAError, OSError, ValueError, RuntimeError,
            KeyError, EOFError):  # fmt: skip
        return Embedded()
    told = properties.told
    return said(
        title=told.get("title", ""),
        description=told.get("description") or told.get("subject", ""),
        keywords=told.get("keywords", "").replace(";", ",").split(","),
        creator=told.get("creator", ""),
        day=told.get("created", ""),
    )


class _Properties:
    """Notes the text of each element that has no other in it."""

    def __init__(self) -> None:
        self.told: dict[str, str] = {}
        self._text = list[str]()

    def start(self, name: str, attributes: Attributes) -> None:
        """Begin anew."""
        self._text = []

    def end(self, name: str) -> None:
        """Keep the first text of this name."""
        self.told.setdefault(name, "".join(self._text))
        self._text = []

    def characters(self, text: str) -> None:
        """Note text."""
        self._text.append(text)

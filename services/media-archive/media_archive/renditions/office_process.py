"""The process that `renditions.office` starts for one office document; answers as JSON."""

import json
import resource
import sys
import zipfile
import zlib
from lzma import LZMAError

from media_archive.renditions.ooxml.documents import read_document, read_slides
from media_archive.renditions.ooxml.package import Package, PackageUnreadable
from media_archive.renditions.ooxml.sheets import read_workbook
from media_archive.renditions.ooxml.text import EnoughText, Text

_SECONDS = 60
_MEMORY_BYTES = 1_000_000_000
_READERS = {"docx": read_document, "pptx": read_slides, "xlsx": read_workbook}
# What zipfile raises for what is damaged, has a password (RuntimeError) or is packed in a way of its own.
_UNREADABLE = (
    PackageUnreadable,
    zipfile.BadZipFile,
    zlib.error,
    LZMAError,
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    MemoryError,
)


def text_of(ending: str, path: str, most_characters: int) -> Text:
    """Return the text of a document of this kind, cut off at so many characters."""
    text = Text(most_characters)
    with zipfile.ZipFile(path) as file:
        try:
            _READERS[ending](Package(file), text)
        except EnoughText:
            text.is_cut = True
    return text


def main(ending: str, path: str, most_characters: str) -> int:
    """Answer within limits of time and memory; 1 when the document can't be read."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    try:
        text = text_of(ending, path, int(most_characters))
    except _UNREADABLE:
        return 1
    sys.stdout.write(json.dumps({"text": str(text), "is_cut": text.is_cut}))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

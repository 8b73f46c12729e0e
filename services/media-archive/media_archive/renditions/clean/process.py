"""The process that `renditions.clean.outside` starts for one document of strangers: `clean`, `lay` or `office`."""

import resource
import sys
import zipfile
import zlib
from lzma import LZMAError
from pathlib import Path

import pikepdf

from media_archive.renditions.clean.errors import CannotBeCleaned
from media_archive.renditions.clean.packages import clean_package
from media_archive.renditions.clean.pdfs import clean_pdf, lay_over

_SECONDS = 120
_MEMORY_BYTES = 3_000_000_000
_FILE_BYTES = 2_000_000_000
# What pikepdf and zipfile raise for what is damaged, has a password (RuntimeError) or is built in a way of its own.
_UNREADABLE = (
    CannotBeCleaned,
    pikepdf.PdfError,
    zipfile.BadZipFile,
    zlib.error,
    LZMAError,
    OSError,
    EOFError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    RuntimeError,
    MemoryError,
)


def main(what: str, source: str, target: str, layers: str = "") -> int:
    """Do one thing within limits of time, memory and output; 1 when the document can't be read or cleaned."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE_BYTES, _FILE_BYTES))
    try:
        if what == "lay":
            files = sorted(Path(layers).iterdir(), key=lambda file: int(file.stem))
            lay_over(Path(source), {int(file.stem): file for file in files}, Path(target))
        elif what == "office":
            clean_package(Path(source), Path(target))
        else:
            clean_pdf(Path(source), Path(target))
    except _UNREADABLE:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

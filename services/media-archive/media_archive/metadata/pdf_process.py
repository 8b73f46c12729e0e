"""The process that `metadata.documents` starts for one PDF: qpdf is native code that meets hostile files."""

import json
import resource
import sys

import pikepdf

from media_archive.metadata.xmp import LONGEST

_SECONDS = 30
_MEMORY_BYTES = 1_000_000_000
_LONGEST = 20_000
_INFO = {
    "/Title": "title",
    "/Subject": "description",
    "/Keywords": "keywords",
    "/Author": "creator",
    "/CreationDate": "day",
}


def told_by(path: str) -> dict[str, str]:
    """Return the texts of the document's information and its XMP."""
    told: dict[str, str] = {}
    with pikepdf.open(path) as pdf:
        for name, value in pdf.docinfo.items():
            if name in _INFO and isinstance(value, pikepdf.String):
                told[_INFO[name]] = str(value)[:_LONGEST]
        stream = pdf.Root.get("/Metadata")
        if isinstance(stream, pikepdf.Stream):
            told["xmp"] = stream.read_bytes()[: LONGEST + 1].decode(errors="replace")
    return told


def main(path: str) -> int:
    """Answer within limits of time and memory; 1 when the file can't be read."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    try:
        told = told_by(path)
    except (pikepdf.PdfError, ValueError, MemoryError, OSError):
        return 1
    sys.stdout.write(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

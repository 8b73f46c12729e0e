"""Office documents without their properties, the names of who wrote notes and changes, and paths of their machines.

ECMA-376: part 2 (packages and core properties), part 1, 22.2 and 22.3 (properties), 17.13 (notes and changes).
"""

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from media_archive.renditions.clean.errors import CannotBeCleaned
from media_archive.renditions.clean.exif import UPRIGHT
from media_archive.renditions.clean.gif import clean_gif
from media_archive.renditions.clean.jpeg import clean_jpeg
from media_archive.renditions.clean.png import clean_png

_MOST_MEMBER_BYTES = 200_000_000
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_EMPTY = {
    "docProps/core.xml": b'<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
    b'core-properties"/>',
    "docProps/app.xml": b'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/'
    b'extended-properties"/>',
    "docProps/custom.xml": b'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/'
    b'custom-properties"/>',
}
_HEAD = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# Attributes that name who wrote a note or a change, and on which machine or in which session.
_WHO = re.compile(
    rb"""(\s(?:w:author|w:initials|author|initials|userId|displayName|providerId|w15:userId|w15:providerId"""
    rb"""|w15:author|lastModifiedBy|userName)\s*=\s*)("[^"]*"|'[^']*')"""
)
_WHO_IN_CELLS = re.compile(rb"(<(?:\w+:)?author>)[^<]*(</(?:\w+:)?author>)")
_SESSIONS = re.compile(rb"""\s(?:w:rsid\w*|w14:paraId|w14:textId)\s*=\s*(?:"[^"]*"|'[^']*')""")
_SESSION_LIST = re.compile(rb"<w:rsids>.*?</w:rsids>", re.DOTALL)
_PATH_OF_FILE = re.compile(rb"<x15ac:absPath[^>]*/>")
_LOCAL_TARGET = re.compile(rb"""(\sTarget\s*=\s*)(["'])(?:file:|[A-Za-z]:\\|\\\\)[^"']*\2""", re.IGNORECASE)
# Settings of somebody's printer and a small picture of what the first page was once.
_PRINTERS = re.compile(r".*/printerSettings/[^/]+\.bin")
_THUMBNAIL = re.compile(r"docProps/thumbnail\.\w+")
_DOCUMENT_INSIDE = re.compile(r".*\.(?:docx|xlsx|pptx)", re.IGNORECASE)
# Objects of other programs, macros and drawings whose inside we do not know.
_UNKNOWN_INSIDE = re.compile(
    r".*\.(?:bin|ole|emf|wmf|doc|xls|ppt|docm|xlsm|pptm|tiff?|heic|mp4|mov|m4a|wdp)", re.IGNORECASE
)
_PICTURES: Mapping[str, Callable[[bytes], bytes]] = {
    ".jpg": lambda content: clean_jpeg(content, UPRIGHT),
    ".jpeg": lambda content: clean_jpeg(content, UPRIGHT),
    ".png": lambda content: clean_png(content, UPRIGHT),
    ".gif": clean_gif,
}


def clean_package(source: Path | io.BytesIO, target: Path | io.BytesIO, *, depth: int = 0) -> None:
    """Write the copy; what it says and how it looks stay. CannotBeCleaned when it holds what we can't look into."""
    if depth > 2:
        raise CannotBeCleaned
    with zipfile.ZipFile(source) as package, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for member in package.infolist():
            if member.is_dir():
                continue
            if member.file_size > _MOST_MEMBER_BYTES:
                raise CannotBeCleaned
            content = _cleaned(member.filename, package.read(member), depth)
            # A new entry: the old one's time, comment and extra fields tell of a machine.
            entry = zipfile.ZipInfo(member.filename, _LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            copy.writestr(entry, content)


def _cleaned(name: str, content: bytes, depth: int) -> bytes:
    if name in _EMPTY:
        return _HEAD + _EMPTY[name]
    if _PRINTERS.fullmatch(name) or _THUMBNAIL.fullmatch(name):
        return b""
    if name.endswith((".xml", ".rels", ".vml")):
        return _without_people(content)
    if _DOCUMENT_INSIDE.fullmatch(name):
        inside = io.BytesIO()
        clean_package(io.BytesIO(content), inside, depth=depth + 1)
        return inside.getvalue()
    if _UNKNOWN_INSIDE.fullmatch(name):
        raise CannotBeCleaned
    cleaner = _PICTURES.get(Path(name).suffix.lower())
    return cleaner(content) if cleaner else content


def _without_people(content: bytes) -> bytes:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        # UTF-16, which our patterns can't see through.
        raise CannotBeCleaned
    for pattern, instead in (
        (_WHO, rb'\1""'),
        (_WHO_IN_CELLS, rb"\1\2"),
        (_SESSIONS, b""),
        (_SESSION_LIST, b""),
        (_PATH_OF_FILE, b""),
        (_LOCAL_TARGET, rb"\1\2about:blank\2"),
    ):
        content = pattern.sub(instead, content)
    return content

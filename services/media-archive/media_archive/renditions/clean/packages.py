"""Office documents without their properties, the names of who wrote notes and changes, and paths of their machines.

ECMA-376: part 2 (packages and core properties), part 1, 22.2 and 22.3 (properties), 17.13 (notes and changes).
"""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

from media_archive.renditions.clean.errors import CannotBeCleaned
from media_archive.renditions.clean.exif import UPRIGHT
from media_archive.renditions.clean.gif import clean_gif
from media_archive.renditions.clean.jpeg import clean_jpeg
from media_archive.renditions.clean.png import clean_png
from media_archive.renditions.clean.webp import clean_webp

_MOST_MEMBER_BYTES = 200_000_000
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_PACKAGE = b"http://schemas.openxmlformats.org/package/2006/"
_OFFICE = b"http://schemas.openxmlformats.org/officeDocument/2006/"
_EMPTY = {
    "docProps/core.xml": b'<cp:coreProperties xmlns:cp="' + _PACKAGE + b'metadata/core-properties"/>',
    "docProps/app.xml": b'<Properties xmlns="' + _OFFICE + b'extended-properties"/>',
    "docProps/custom.xml": b'<Properties xmlns="' + _OFFICE + b'custom-properties"/>',
}
# The same by the names of their elements: some programs keep them elsewhere, and SharePoint keeps its own.
_PROPERTIES = {
    _PACKAGE + b"metadata/core-properties": _EMPTY["docProps/core.xml"],
    _OFFICE + b"extended-properties": _EMPTY["docProps/app.xml"],
    b"http://purl.oclc.org/ooxml/officeDocument/extendedProperties": _EMPTY["docProps/app.xml"],
    _OFFICE + b"custom-properties": _EMPTY["docProps/custom.xml"],
    b"http://purl.oclc.org/ooxml/officeDocument/customProperties": _EMPTY["docProps/custom.xml"],
    b"http://schemas.microsoft.com/office/2006/metadata/": b"<properties/>",
    b"http://www.w3.org/2000/09/xmldsig#": b'<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>',
}
_LONGEST_FIRST_TAG = 4_096
_HEAD = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# Attributes that name who wrote a note or a change, and on which machine or in which session.
_WHO = re.compile(
    rb"""(\s(?:w:author|w:initials|author|initials|userId|displayName|providerId|w15:userId|w15:providerId"""
    rb"""|w15:author|lastModifiedBy|userName)\s*=\s*)("[^"]*"|'[^']*')"""
)
_WHO_BY_NAME = re.compile(rb"""(<(?:\w+:)?(?:cmAuthor|author|userInfo)\s(?:[^>]*\s)?name\s*=\s*)("[^"]*"|'[^']*')""")
_WHO_IN_CELLS = re.compile(rb"(<(?:\w+:)?author>)[^<]*(</(?:\w+:)?author>)")
_SESSIONS = re.compile(rb"""\s(?:w:rsid\w*|w14:paraId|w14:textId)\s*=\s*(?:"[^"]*"|'[^']*')""")
_SESSION_LIST = re.compile(rb"<w:rsids>.*?</w:rsids>", re.DOTALL)
_PATH_OF_FILE = re.compile(rb"<x15ac:absPath[^>]*/>")
# A picture's description is the place it was taken from, where nobody wrote another one.
_PLACE_ON_DISK = re.compile(rb"""(=\s*")(?:file:/*)?(?:[A-Za-z]:[\\/]|\\\\)[^"]*[\\/]([^"\\/]*")""", re.IGNORECASE)
_HOME = re.compile(rb"""([A-Za-z]:[\\/](?:Users|Documents and Settings)[\\/])[^\\/"'<>;|]+""", re.IGNORECASE)
_SOURCES_OF_DATA = ("word/settings.xml", "xl/connections.xml")
_LOCAL_TARGET = re.compile(rb"""(\sTarget\s*=\s*)(["'])(?:file:|[A-Za-z]:\\|\\\\)[^"']*\2""", re.IGNORECASE)
# Settings of somebody's printer and a small picture of what the first page was once.
_PRINTERS = re.compile(r".*/printerSettings/[^/]+\.bin")
_THUMBNAIL = re.compile(r"docProps/thumbnail\.\w+")
_DOCUMENT_INSIDE = re.compile(r".*\.(?:docx|xlsx|pptx)", re.IGNORECASE)
# Letters, and pictures that have no room for more than their points. What we do not know may tell anything.
_SAYS_NOTHING = (".odttf", ".fntdata", ".ttf", ".otf", ".bmp")
_MARKUP = (".xml", ".rels", ".vml", ".psmdcp")
_OF_DRAWINGS = (
    re.compile(rb"<metadata\b.*?</metadata\s*>", re.DOTALL),
    re.compile(rb"<!--.*?-->", re.DOTALL),
    re.compile(rb"""\s(?:sodipodi|inkscape):[\w-]+\s*=\s*(?:"[^"]*"|'[^']*')"""),
)
_PICTURES: tuple[tuple[bytes, Callable[[bytes], bytes]], ...] = (
    (b"\xff\xd8\xff", lambda content: clean_jpeg(content, UPRIGHT)),
    (b"\x89PNG\r\n\x1a\n", lambda content: clean_png(content, UPRIGHT)),
    (b"GIF8", clean_gif),
    (b"RIFF", lambda content: clean_webp(content, UPRIGHT)),
)


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
    if not content or _PRINTERS.fullmatch(name) or _THUMBNAIL.fullmatch(name):
        return b""
    ending = f".{name.lower().rpartition('.')[2]}"  # also of a name that begins with the dot, such as `_rels/.rels`
    if ending in _MARKUP:
        return _cleaned_markup(name, content)
    if ending == ".svg":
        return _cleaned_drawing(content)
    if _DOCUMENT_INSIDE.fullmatch(name):
        inside = io.BytesIO()
        clean_package(io.BytesIO(content), inside, depth=depth + 1)
        return inside.getvalue()
    # By content: a photo from the web is called .jfif, one of a camera .jpe.
    for beginning, cleaner in _PICTURES:
        if content.startswith(beginning):
            return cleaner(content)
    if ending not in _SAYS_NOTHING:
        raise CannotBeCleaned
    return content


def _cleaned_markup(name: str, content: bytes) -> bytes:
    content = _without_people(content)
    if name.endswith(".rels") or name == "[Content_Types].xml":
        return content
    first = content[:_LONGEST_FIRST_TAG]
    for namespace, instead in _PROPERTIES.items():
        if namespace in first:
            return _HEAD + instead
    return _HOME.sub(rb"\1_", content) if name in _SOURCES_OF_DATA else content


def _cleaned_drawing(content: bytes) -> bytes:
    content = _without_people(content)
    for pattern in _OF_DRAWINGS:
        content = pattern.sub(b"", content)
    return content


def _without_people(content: bytes) -> bytes:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        # UTF-16, which our patterns can't see through.
        raise CannotBeCleaned
    for pattern, instead in (
        (_WHO, rb'\1""'),
        (_WHO_BY_NAME, rb'\1""'),
        (_WHO_IN_CELLS, rb"\1\2"),
        (_SESSIONS, b""),
        (_SESSION_LIST, b""),
        (_PATH_OF_FILE, b""),
        (_LOCAL_TARGET, rb"\1\2about:blank\2"),
        (_PLACE_ON_DISK, rb"\1\2"),
    ):
        content = pattern.sub(instead, content)
    return content

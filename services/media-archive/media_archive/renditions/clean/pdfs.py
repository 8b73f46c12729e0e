"""PDF without its information dictionary, its XMP, its attachments and what pictures inside of it tell."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pikepdf
from pikepdf import Dictionary, Name, Pdf, Rectangle, Stream, String

from media_archive.renditions.clean.errors import CannotBeCleaned
from media_archive.renditions.clean.jpeg import clean_jpeg

# ISO 32000-2: 14.3 (metadata), 14.5 (data of programs), 7.11.4 and 14.13 (attached files), 12.5.6.2 (who wrote a note).
_SAID = ("/Metadata", "/PieceInfo", "/LastModified", "/AF")
# `file:///C:/Users/…/`, `C:\\Users\\…\\`, `/C/Users/…/` (as 7.11.2 writes it), `/home/…/`, `\\\\server\\…\\`.
_ON_DISK = re.compile(r"(?:file:|[A-Za-z]:[\\/]|\\\\).*[\\/]", re.IGNORECASE | re.DOTALL)
_PLACE_ON_DISK = re.compile(f"{_ON_DISK.pattern}|/.*/", re.IGNORECASE | re.DOTALL)
_DEEPEST = 50
_SAID_OF_NOTES = ("/T", "/NM", "/M", "/CreationDate")
# A copy that was written anew is signed by nobody any more; what its pages show of it stays (12.8).
_SAID_BY_SIGNERS = (
    "/ByteRange",
    "/Contents",
    "/Cert",
    "/Name",
    "/Location",
    "/ContactInfo",
    "/M",
    "/Prop_Build",
    "/Reference",
)
_NOTES = frozenset(
    (
        *("/Text", "/FreeText", "/Line", "/Square", "/Circle", "/Polygon", "/PolyLine", "/Highlight", "/Underline"),
        *("/Squiggly", "/StrikeOut", "/Caret", "/Stamp", "/Ink", "/Popup", "/FileAttachment", "/Sound", "/Redact"),
    )
)


def clean_pdf(source: Path, target: Path) -> None:
    """Write the copy; its pages look the same. CannotBeCleaned when a picture in it is not built as it says."""
    with pikepdf.open(source) as document:
        strip(document)
        save(document, target)


def lay_over(source: Path, layers: Mapping[int, Path], target: Path) -> None:
    """Write a clean copy with each of these one-page PDFs over its page, numbered from 0, as large as the page."""
    with pikepdf.open(source) as document:
        strip(document)
        for number, layer in layers.items():
            with pikepdf.open(layer) as text:
                page = document.pages[number]
                page.add_overlay(text.pages[0], Rectangle(page.cropbox))
        save(document, target)


def save(document: Pdf, target: Path) -> None:
    """Write a document; its new identifier is made of its content, not of a time and a place."""
    document.save(
        target,
        deterministic_id=True,
        encryption=False,
        fix_metadata_version=False,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
    )


def strip(document: Pdf) -> None:
    """Remove what is said about a document, its objects and its pictures."""
    if "/Info" in document.trailer:
        del document.trailer["/Info"]
    if "/ID" in document.trailer:
        del document.trailer["/ID"]
    for name in ("/Collection", "/Perms", "/Legal", "/SpiderInfo"):
        _drop(document.Root, name)
    if document.Root.get("/PageMode") == Name.UseAttachments:
        _drop(document.Root, "/PageMode")
    if "/Names" in document.Root:
        _drop(document.Root.Names, "/EmbeddedFiles")
    for one in document.objects:
        for inside in _with_all_inside(one):
            _strip_object(inside)


def _with_all_inside(one: pikepdf.Object, depth: int = 0) -> Iterator[Stream | Dictionary]:
    """Yield an object and what is written within it; what it only refers to is an object of its own."""
    if depth > _DEEPEST:
        raise CannotBeCleaned
    if isinstance(one, Stream | Dictionary):
        yield one
        parts = [part for _, part in one.items()]
    else:
        parts = list(one) if isinstance(one, pikepdf.Array) else []
    for part in parts:
        # Numbers and names come as Python's own.
        if isinstance(part, pikepdf.Object) and not part.is_indirect:  # pyright: ignore[reportUnnecessaryIsInstance]
            yield from _with_all_inside(part, depth + 1)


def _strip_object(one: Stream | Dictionary) -> None:
    for name in _SAID:
        _drop(one, name)
    if "/ByteRange" in one:
        for name in _SAID_BY_SIGNERS:
            _drop(one, name)
    for name, place in (("/URI", _ON_DISK), ("/F", _PLACE_ON_DISK), ("/UF", _PLACE_ON_DISK)):
        _without_place(one, name, place)
    if str(one.get("/Subtype", "")) in _NOTES:
        for name in _SAID_OF_NOTES:
            _drop(one, name)
        _drop(one, "/FS")
    if isinstance(one, Stream) and _is_jpeg(one):
        parameters = one.get("/DecodeParms")
        one.write(clean_jpeg(one.read_raw_bytes()), filter=Name.DCTDecode)
        if parameters is not None:
            one["/DecodeParms"] = parameters


def _is_jpeg(one: Stream) -> bool:
    said = one.get("/Filter")
    if isinstance(said, pikepdf.Array):
        if len(said) != 1:
            # A JPEG that is packed once more: what it says can't be seen from outside.
            if Name.DCTDecode in list(said):
                raise CannotBeCleaned
            return False
        said = said[0]
    return said == Name.DCTDecode


def _without_place(one: pikepdf.Object, name: str, place: re.Pattern[str]) -> None:
    """Leave of a path on somebody's disk the name of the file."""
    said = one.get(name)
    if isinstance(said, String) and (found := place.match(str(said))):
        one[name] = String(str(said)[found.end() :])


def _drop(one: pikepdf.Object, name: str) -> None:
    if name in one:
        del one[name]

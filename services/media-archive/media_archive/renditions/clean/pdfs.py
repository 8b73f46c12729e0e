"""PDF without its information dictionary, its XMP, its attachments and what pictures inside of it tell."""

from collections.abc import Mapping
from pathlib import Path

import pikepdf
from pikepdf import Dictionary, Name, Pdf, Rectangle, Stream

from media_archive.renditions.clean.errors import CannotBeCleaned
from media_archive.renditions.clean.jpeg import clean_jpeg

# ISO 32000-2: 14.3 (metadata), 14.5 (data of programs), 7.11.4 and 14.13 (attached files), 12.5.6.2 (who wrote a note).
_SAID = ("/Metadata", "/PieceInfo", "/LastModified", "/AF")
_SAID_OF_NOTES = ("/T", "/NM", "/M", "/CreationDate")
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
        if isinstance(one, Stream | Dictionary):
            _strip_object(one)


def _strip_object(one: Stream | Dictionary) -> None:
    for name in _SAID:
        _drop(one, name)
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


def _drop(one: pikepdf.Object, name: str) -> None:
    if name in one:
        del one[name]

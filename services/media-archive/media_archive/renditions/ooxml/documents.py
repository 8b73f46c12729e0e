"""The text of word processor documents and of slides, in the order in which it is read."""

from media_archive.renditions.ooxml.package import Package, Relation
from media_archive.renditions.ooxml.paragraphs import Paragraphs
from media_archive.renditions.ooxml.text import Text

_DOCUMENT = "word/document.xml"
_PRESENTATION = "ppt/presentation.xml"


def read_document(package: Package, text: Text) -> None:
    """Read a DOCX: headers, the document with its tables and text boxes, diagrams, notes, footers. No comments."""
    related = package.related(_DOCUMENT)
    _read(package, _of(related, "header"), text)
    _read(package, [_DOCUMENT], text)
    for kind in ("diagramData", "footnotes", "endnotes", "footer"):
        _read(package, _of(related, kind), text)


def read_slides(package: Package, text: Text) -> None:
    """Read a PPTX: the slides as they are shown, each followed by its diagrams and the speaker's notes."""
    parts = {one.id: one.part for one in package.related(_PRESENTATION) if one.kind == "slide"}
    shown = [slide.get("r:id", "") for slide in package.attributes_of(_PRESENTATION, "sldId")]
    for slide in dict.fromkeys(parts[one] for one in shown if one in parts):
        related = package.related(slide)
        _read(package, [slide, *_of(related, "diagramData"), *_of(related, "notesSlide")], text)


def _of(related: list[Relation], kind: str) -> list[str]:
    return [one.part for one in related if one.kind == kind]


def _read(package: Package, parts: list[str], text: Text) -> None:
    for part in package.without_copies(parts):
        package.read(part, Paragraphs(text))
        text.separate("\n\n")

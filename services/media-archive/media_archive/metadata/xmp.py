"""XMP: metadata as XML (ISO 16684-1) that strangers wrote. Nothing is declared, nothing is built, depth is bounded."""

from typing import NoReturn
from xml.parsers import expat

from media_archive.metadata.embedded import Embedded, said

LONGEST = 2_000_000
"""Bytes of XMP that are read; pictures made of hundreds of layers have more, which say nothing of what they show."""

_DEEPEST, _MOST_VALUES = 100, 200
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_LANGUAGE = "http://www.w3.org/XML/1998/namespace lang"
_DC, _PHOTOSHOP = "http://purl.org/dc/elements/1.1/", "http://ns.adobe.com/photoshop/1.0/"
_XMP, _EXIF = "http://ns.adobe.com/xap/1.0/", "http://ns.adobe.com/exif/1.0/"
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_WANTED = {
    f"{_DC} title": "title",
    f"{_DC} description": "description",
    f"{_DC} subject": "keywords",
    f"{_DC} creator": "creator",
    f"{_DC} rights": "rights",
    f"{_IPTC} PersonInImage": "people",
    f"{_PHOTOSHOP} Headline": "headline",
    f"{_PHOTOSHOP} DateCreated": "day",
    f"{_EXIF} DateTimeOriginal": "taken",
    f"{_XMP} CreateDate": "made",
}


class _Unreadable(Exception):
    """It is no XMP, or more of it than any program writes."""


class _Values:
    """Collects the values of wanted properties, each with its language."""

    def __init__(self) -> None:
        self.found: dict[str, list[tuple[str, str]]] = {}
        self._stack: list[str] = []
        self._property, self._depth = "", 0
        self._language, self._text = "", list[str]()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Note an element; simple properties may be attributes of their description."""
        self._stack.append(name)
        if len(self._stack) > _DEEPEST:
            raise _Unreadable("too deep")
        if name == f"{_RDF} Description" and not self._property:
            for attribute, value in attributes.items():
                self._add(_WANTED.get(attribute, ""), "", value)
        if not self._property and name in _WANTED:
            self._property, self._depth = _WANTED[name], len(self._stack)
        self._language, self._text = attributes.get(_LANGUAGE, ""), []

    def end(self, _: str) -> None:
        """Take the text of the element that ends."""
        self._add(self._property, self._language, "".join(self._text))
        self._text = []
        if self._property and len(self._stack) == self._depth:
            self._property = ""
        self._stack.pop()

    def characters(self, text: str) -> None:
        """Note text of a wanted property."""
        if self._property:
            self._text.append(text)

    def _add(self, wanted: str, language: str, text: str) -> None:
        values = self.found.setdefault(wanted, []) if wanted and text.strip() else None
        if values is not None and len(values) < _MOST_VALUES:
            values.append((language, text.strip()))

    def best(self, wanted: str) -> str:
        """Return a property's value in Vietnamese, or in the language that stands for all, or the first."""
        values = self.found.get(wanted, [])
        spoken = {language.lower().partition("-")[0]: text for language, text in reversed(values)}
        return spoken.get("vi") or spoken.get("x") or (values[0][1] if values else "")

    def every(self, wanted: str) -> list[str]:
        """Return all values of a property."""
        return [text for _, text in self.found.get(wanted, [])]


def read(block: bytes) -> Embedded:
    """Return what XMP says; nothing when it is none, too long, or tries to declare something."""
    if len(block) > LONGEST:
        return Embedded()
    values = _Values()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = values.start
    parser.EndElementHandler = values.end
    parser.CharacterDataHandler = values.characters
    try:
        parser.Parse(block.strip(b"\0 \r\n\t"), True)
    except (expat.ExpatError, LookupError, ValueError, _Unreadable):  # or it says to be in letters of no known kind
        return Embedded()
    return said(
        title=values.best("title") or values.best("headline"),
        description=values.best("description"),
        keywords=values.every("keywords"),
        creator="; ".join(values.every("creator")),
        people=values.every("people"),
        rights=values.best("rights"),
        day=values.best("day") or values.best("taken") or values.best("made"),
    )


def _refuse(*_: object) -> NoReturn:
    raise _Unreadable("has a DTD")

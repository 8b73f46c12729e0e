"""Parts of an office document, read as what they are: XML written by strangers.

Expat reads along without building a tree, so a document takes no more memory than its longest tag and depth costs
nothing. Parts have no DTD (ECMA-376 part 2, 6.2.5): the first sign of one ends the reading, and with it every way to
declare an entity. What lies outside of the package is never looked at.
"""

import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, NoReturn, Protocol
from urllib.parse import unquote
from xml.parsers import expat

from media_archive.renditions.ooxml.text import EnoughText

MOST_XML_BYTES = 100_000_000
"""How much XML is unpacked of one document; pictures and films in it are not."""

_PIECE = 65_536
# Expat before 2.6 begins anew with every piece of a tag, so a tag of 50 MB takes minutes. Drawings have some of 1 MB.
_LONGEST_TAG = 4_000_000
# More slides, sheets or related parts than anybody has; they are kept in memory.
_MOST_ELEMENTS = 100_000

Attributes = dict[str, str]


class PackageUnreadable(Exception):
    """The document is damaged, locked, lacks its main part, or is no such document."""


class Reader(Protocol):
    """What is told of a part's elements, by their local names.

    The id of a relationship is the attribute `r:id`, others have their local name.
    """

    def start(self, name: str, attributes: Attributes) -> None: ...

    def end(self, name: str) -> None: ...

    def characters(self, text: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Relation:
    """That a part belongs to another: the last word of the relationship's type, such as `header`."""

    id: str
    kind: str
    part: str


class Package:
    """The parts of one document. Their names count in any case of letters."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file
        self._members = {member.filename.lower(): member for member in file.infolist()}
        self._left = MOST_XML_BYTES

    def read(self, part: str, reader: Reader) -> None:
        """Tell a reader of a part; EnoughText beyond MOST_XML_BYTES in all parts, PackageUnreadable."""
        member = self._members.get(part.lower())
        if member is None:
            raise PackageUnreadable(f"has no {part}")
        parser = _parser(reader)
        try:
            with self._file.open(member) as content:
                for end, piece in self._pieces(content):
                    parser.Parse(piece, False)
                    if end - parser.CurrentByteIndex > _LONGEST_TAG:
                        raise PackageUnreadable("a tag has no end")
                parser.Parse(b"", True)
        except (expat.ExpatError, LookupError) as error:  # or it says to be in letters of no known kind
            raise PackageUnreadable("a part is no XML") from error

    def _pieces(self, content: IO[bytes]) -> Iterator[tuple[int, bytes]]:
        end = 0
        while piece := content.read(_PIECE):
            self._left -= len(piece)
            if self._left < 0:
                raise EnoughText()
            end += len(piece)
            yield end, piece

    def attributes_of(self, part: str, element: str) -> list[Attributes]:
        """Return the attributes of all elements of a part that have this name; EnoughText for too many."""
        found = _Found(element)
        self.read(part, found)
        return found.attributes

    def related(self, part: str) -> list[Relation]:
        """Return what belongs to a part and is there: no addresses outside, and each content once for its kind."""
        folder, name = posixpath.split(part)
        relations = posixpath.join(folder, "_rels", f"{name}.rels")
        if relations.lower() not in self._members:
            return []
        return list(self._those_there(folder, self.attributes_of(relations, "Relationship")))

    def _those_there(self, folder: str, relationships: list[Attributes]) -> Iterator[Relation]:
        for one in relationships:
            target = posixpath.normpath(posixpath.join("/", folder, unquote(one.get("Target", "")))).lstrip("/")
            if one.get("TargetMode") != "External" and target.lower() in self._members:
                yield Relation(one.get("Id", ""), one.get("Type", "").rpartition("/")[2], target)

    def without_copies(self, parts: list[str]) -> list[str]:
        """Leave out what says the same again: every section may have a copy of the header."""
        members = ((part, self._members[part.lower()]) for part in parts)
        return list({(member.CRC, member.file_size): part for part, member in members}.values())


def _parser(reader: Reader) -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_declarations
    parser.StartElementHandler = lambda name, attributes: reader.start(_local(name), _locals(attributes))
    parser.EndElementHandler = lambda name: reader.end(_local(name))
    parser.CharacterDataHandler = reader.characters
    return parser


def _refuse_declarations(*_: object) -> NoReturn:
    raise PackageUnreadable("a part has a DTD")


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _locals(attributes: Attributes) -> Attributes:
    return {_attribute(name): value for name, value in attributes.items()}


def _attribute(name: str) -> str:
    namespace, _, local = name.rpartition(" ")
    return f"r:{local}" if namespace.endswith("/relationships") else local


class _Found:
    """Notes the attributes of the elements of one name."""

    def __init__(self, element: str) -> None:
        self._element = element
        self.attributes: list[Attributes] = []

    def start(self, name: str, attributes: Attributes) -> None:
        if name != self._element:
            return
        if len(self.attributes) == _MOST_ELEMENTS:
            raise EnoughText()
        self.attributes.append(attributes)

    def end(self, name: str) -> None:
        """Nothing is kept of what is inside."""

    def characters(self, text: str) -> None:
        """Nothing is kept of what is inside."""

"""Many materials to take away: a BagIt bag (RFC 8493) as a zip. Any archive can check it, and this one imports it.

The files lie in numbered folders under their own names. `data/metadata.csv` says of them what `loa archive import`
reads; `metadata/dublin-core.jsonld` says it in Dublin Core, for everybody else.
"""

import csv
import hashlib
import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from kit.calendar import today
from kit.db import Record
from kit.storage import storage
from media_archive.keeping.places import key_of
from media_archive.keeping.zipping import StreamedZip
from media_archive.tables import no_formula

_COLUMNS = ("file", "title", "description", "kind", "language", "topics", "visibility", "created_on", "source")
_CONTEXT = {
    "dcterms": "http://purl.org/dc/terms/",
    "premis": "http://www.loc.gov/premis/rdf/v3/",
    "title": "dcterms:title",
    "description": "dcterms:description",
    "type": "dcterms:type",
    "language": "dcterms:language",
    "subject": "dcterms:subject",
    "created": "dcterms:created",
    "available": "dcterms:available",
    "source": "dcterms:source",
    "format": "dcterms:format",
    "extent": "dcterms:extent",
    "license": "dcterms:license",
    "rightsHolder": "dcterms:rightsHolder",
    "publisher": "dcterms:publisher",
    "isPartOf": "dcterms:isPartOf",
    "hasVersion": "dcterms:hasVersion",
    "fixity": "premis:fixity",
}


@dataclass(frozen=True, slots=True)
class BaggedFile:
    """One file of a bag: where it lies below `data/`, its bytes, and the row of what it is."""

    path: str
    sha256: bytes
    size: int
    media_type: str
    row: Record


@dataclass(frozen=True, slots=True)
class Bag:
    """What a bag will hold, known before its first byte is sent."""

    title: str
    external_id: str
    unit: str
    files: list[BaggedFile]
    left_out: int

    @property
    def name(self) -> str:
        """The folder in which everything lies, and the zip's name."""
        return f"loa-{self.external_id[:8]}-{today():%Y%m%d}"


async def write_bag(bag: Bag) -> AsyncIterator[bytes]:
    """Yield the bytes of the bag's zip, as they are read from the store."""
    zipped, now = StreamedZip(), datetime.now(UTC)
    table, said = _table(bag.files), _linked_data(bag)
    payload = [(f"data/{one.path}", one.sha256.hex()) for one in bag.files] + [("data/metadata.csv", _sha256(table))]
    size = sum(one.size for one in bag.files) + len(table.encode())
    tags = {
        "bagit.txt": "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": _info(bag, size, len(payload)),
        "manifest-sha256.txt": _manifest(payload),
        "metadata/dublin-core.jsonld": said,
    }
    tags["tagmanifest-sha256.txt"] = _manifest([(name, _sha256(text)) for name, text in tags.items()])
    for name, text in (tags | {"data/metadata.csv": table}).items():
        yield zipped.add_text(f"{bag.name}/{name}", text, now)
    for one in bag.files:
        content = storage().stream(key_of(one.sha256), 0, one.size)
        async for piece in zipped.add(f"{bag.name}/data/{one.path}", one.size, one.row["added_at"], content):
            yield piece
    yield zipped.finish()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _manifest(entries: Sequence[tuple[str, str]]) -> str:
    return "".join(f"{digest}  {name}\n" for name, digest in entries)


def _info(bag: Bag, size: int, count: int) -> str:
    told = {
        "Source-Organization": bag.unit,
        "External-Description": bag.title,
        "External-Identifier": bag.external_id,
        "Bagging-Date": today().isoformat(),
        "Bag-Software-Agent": "Loa",
        "Payload-Oxum": f"{size}.{count}",
    }
    if bag.left_out:
        told["Internal-Sender-Description"] = (
            f"{bag.left_out} materials are left out: damaged, or not to be given away."
        )
    # A line that begins with a space would go on with the one before.
    return "".join(f"{name}: {' '.join(text.split())}\n" for name, text in told.items())


def _table(files: Sequence[BaggedFile]) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_COLUMNS)
    for one in files:
        told = dict(one.row) | {"file": one.path, "topics": ";".join(one.row["topics"])}
        # Whoever looks into it opens it in a spreadsheet; bringing it in takes the mark away again.
        table.writerow([no_formula(str(told[column])) for column in _COLUMNS])
    return text.getvalue()


def _linked_data(bag: Bag) -> str:
    graph = [_dublin_core(one) for one in bag.files]
    whole = {"@context": _CONTEXT, "@id": f"urn:uuid:{bag.external_id}", "title": bag.title, "publisher": bag.unit}
    return orjson.dumps(whole | {"@graph": graph}, option=orjson.OPT_INDENT_2).decode()


def _dublin_core(one: BaggedFile) -> dict[str, object]:
    row = one.row
    told: dict[str, object] = {
        "@id": f"urn:uuid:{row['id']}",
        "title": {"@value": row["title"], "@language": row["language"]},
        "description": row["description"],
        "type": row["kind"],
        "language": row["language"],
        "subject": row["topics"],
        "created": row["created_on"].isoformat(),
        "available": row["added_at"].isoformat(),
        "source": row["source"],
        "format": one.media_type,
        "extent": f"{one.size} bytes",
        "license": row["licence"],
        "rightsHolder": row["rights_holder"],
        "publisher": row["unit_name"],
        "isPartOf": row["part_of"],
        "hasVersion": f"data/{one.path}",
        "fixity": f"sha256:{one.sha256.hex()}",
    }
    return {name: value for name, value in told.items() if value}

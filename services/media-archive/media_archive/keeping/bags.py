"""A whole collection to take away: a BagIt bag (RFC 8493) as a zip, which any archive can check and this one imports.

The files lie in numbered folders under their own names. `data/metadata.csv` says of them what `loa archive import`
reads; `metadata/dublin-core.jsonld` says it in Dublin Core, for everybody else.
"""

import csv
import hashlib
import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath
from uuid import UUID

import orjson

from kit import db
from kit.audit import record
from kit.calendar import today
from kit.db import Record
from kit.errors import DomainError
from kit.identity import Caller
from kit.storage import storage
from media_archive.assets.visibility import visible_to
from media_archive.collections.service import collection
from media_archive.collections.visibility import collections_visible_to
from media_archive.keeping.places import key_of
from media_archive.keeping.zipping import StreamedZip
from media_archive.renditions.plans import PUBLIC
from media_archive.uploads.media_types import BY_NAME, TEXT

MOST_FILES = 10_000
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


class BagTooLarge(DomainError):
    """A bag holds no more files than so many; parts of the collection can be exported one by one."""

    code = "BAG_TOO_LARGE"
    vi = "Bộ sưu tập có quá nhiều tài liệu để xuất một lần (tối đa {most}). Hãy xuất từng bộ bên trong."
    en = "The collection has too many materials to export at once (at most {most}). Export those inside one by one."
    extra = {"most": int}


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


async def bag_of_collection(caller: Caller, collection_id: UUID) -> Bag:
    """Return what the caller is given of a collection and of those inside it that they may see.

    Contributors of a material's unit are given originals, all others the copies made for them; damaged files and
    materials without such a copy are left out and counted. Somebody has to be signed in, and the trail tells it.
    BagTooLarge beyond 10,000.
    """
    caller.require_someone()
    row = await collection(caller, collection_id)
    found = await _files(caller, collection_id)
    if len(found) > MOST_FILES:
        raise BagTooLarge(most=MOST_FILES)
    found.sort(key=lambda file: (file["place"], file["position"]))
    given = [one for one in (_given(caller, number, file) for number, file in enumerate(found, 1)) if one is not None]
    name = await db.value("SELECT name_vi FROM unit WHERE id = $1", row["unit_id"])
    told = {"files": len(given)}
    async with db.transaction():
        await record(caller, "collection.exported", row["unit_id"], "collection", str(collection_id), None, told)
    return Bag(row["title"], str(collection_id), name or "", given, len(found) - len(given))


async def _files(caller: Caller, collection_id: UUID) -> list[Record]:
    inside, places = collections_visible_to(caller, 4)
    visible, arguments = visible_to(caller, 4 + len(places))
    return await db.rows(
        f"""WITH RECURSIVE chosen AS (
                SELECT id, 0 AS level, ARRAY[sort_key] AS place, title FROM collection WHERE id = $1
                UNION ALL
                SELECT collection.id, level + 1, chosen.place || collection.sort_key, collection.title
                FROM chosen JOIN collection ON collection.parent_id = chosen.id WHERE {inside})
            SELECT DISTINCT ON (asset.id) asset.*, unit.name_vi AS unit_name, chosen.title AS collection_title,
                   chosen.place, collection_item.position,
                   original.size, original.media_type, original.damage, rendition.sha256 AS copy_sha256,
                   copy.size AS copy_size, copy.media_type AS copy_type, copy.damage AS copy_damage
            FROM chosen JOIN collection_item ON collection_item.collection_id = chosen.id
            JOIN asset ON asset.id = collection_item.asset_id
            JOIN stored_file AS original ON original.sha256 = asset.sha256
            LEFT JOIN unit ON unit.id = asset.unit_id
            LEFT JOIN rendition ON rendition.asset_id = asset.id AND rendition.name = $2
            LEFT JOIN stored_file AS copy ON copy.sha256 = rendition.sha256
            WHERE {visible} ORDER BY asset.id, chosen.level LIMIT $3""",
        collection_id,
        PUBLIC,
        MOST_FILES + 1,
        *places,
        *arguments,
    )


def _given(caller: Caller, number: int, row: Record) -> BaggedFile | None:
    """Return what the caller is given of a material; None when it is damaged, or an original alone."""
    name = row["file_name"].replace("%", "_")
    # A plain text has no place for what its words do not say: it is its own public copy.
    if row["media_type"] == TEXT.name or caller.may("contributor", row["unit_path"]):
        file = BaggedFile(f"{number:05}/{name}", row["sha256"], row["size"], row["media_type"], row)
        return file if row["damage"] is None else None
    if row["copy_sha256"] is None or row["copy_damage"] is not None:
        return None
    name = str(PurePath(name).with_suffix(f".{BY_NAME[row['copy_type']].ending}"))
    return BaggedFile(f"{number:05}/{name}", row["copy_sha256"], row["copy_size"], row["copy_type"], row)


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
        table.writerow([told[column] for column in _COLUMNS])
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
        "isPartOf": row["collection_title"],
        "hasVersion": f"data/{one.path}",
        "fixity": f"sha256:{one.sha256.hex()}",
    }
    return {name: value for name, value in told.items() if value}

"""A harvester of its own, strict about what the protocol's schemas say, and many public materials at once."""

import re
from dataclasses import dataclass, field
from uuid import UUID
from xml.etree import ElementTree as ET

from archive_world import TestUnit

from kit import db
from kit.testing import Client
from media_archive.assets.changes import record_changes

OAI = "{http://www.openarchives.org/OAI/2.0/}"
OAI_DC = "{http://www.openarchives.org/OAI/2.0/oai_dc/}"
DC = "{http://purl.org/dc/elements/1.1/}"
SECOND = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
ELEMENTS = {
    "title",
    "creator",
    "subject",
    "description",
    "publisher",
    "contributor",
    "date",
    "type",
    "format",
    "identifier",
    "source",
    "language",
    "relation",
    "coverage",
    "rights",
}
ERRORS = {
    "cannotDisseminateFormat",
    "idDoesNotExist",
    "badArgument",
    "badVerb",
    "noMetadataFormats",
    "noRecordsMatch",
    "badResumptionToken",
    "noSetHierarchy",
}
ATTRIBUTES = {"verb", "identifier", "metadataPrefix", "from", "until", "set", "resumptionToken"}
IDENTIFY = [
    "repositoryName",
    "baseURL",
    "protocolVersion",
    "adminEmail",
    "earliestDatestamp",
    "deletedRecord",
    "granularity",
]


@dataclass(frozen=True)
class Record:
    """A record as a harvester keeps it."""

    id: str
    datestamp: str
    sets: tuple[str, ...]
    fields: tuple[tuple[str, str], ...] | None  # None: deleted

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.fields or () if key == name]


async def oai(client: Client, **arguments: str) -> ET.Element:
    """Ask and return the answer's root, after looking whether it keeps to OAI-PMH.xsd."""
    reply = await client.get("/oai", params={name.rstrip("_"): value for name, value in arguments.items()})
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "text/xml; charset=utf-8"
    return checked(reply.content)


def checked(content: bytes) -> ET.Element:
    root = ET.fromstring(content)
    assert root.tag == f"{OAI}OAI-PMH"
    date, request, *body = root
    assert (date.tag, request.tag) == (f"{OAI}responseDate", f"{OAI}request")
    assert SECOND.fullmatch(date.text or "")
    assert set(request.attrib) <= ATTRIBUTES
    assert len(body) >= 1
    if body[0].tag == f"{OAI}error":
        assert {one.tag for one in body} == {f"{OAI}error"}
        assert {one.attrib["code"] for one in body} <= ERRORS
        assert (body[0].attrib["code"] in ("badVerb", "badArgument")) == (not request.attrib)
        return root
    assert len(body) == 1
    assert body[0].tag == OAI + request.attrib["verb"]
    _check_body(body[0])
    return root


def _check_body(body: ET.Element) -> None:
    names = [one.tag.removeprefix(OAI) for one in body]
    match body.tag.removeprefix(OAI):
        case "Identify":
            assert names == IDENTIFY
            assert re.fullmatch(r"\S+@(\S+\.)+\S+", body.findtext(f"{OAI}adminEmail") or "")
        case "ListMetadataFormats":
            assert names == ["metadataFormat"]
            assert [one.tag.removeprefix(OAI) for one in body[0]] == ["metadataPrefix", "schema", "metadataNamespace"]
        case "ListSets":
            assert set(names) <= {"set", "resumptionToken"}
            assert names[0] == "set"
        case "GetRecord":
            assert names == ["record"]
        case _:
            kind = "record" if body.tag == f"{OAI}ListRecords" else "header"
            assert names[0] == kind
            assert set(names[:-1]) <= {kind}
            assert names[-1] in (kind, "resumptionToken")
    for record in body.iter(f"{OAI}record"):
        _check_record(record)


def _check_record(record: ET.Element) -> None:
    header, *rest = record
    _header(header)
    if header.attrib.get("status") == "deleted":
        assert rest == []
        return
    (metadata,) = rest
    (dc,) = metadata
    assert (metadata.tag, dc.tag) == (f"{OAI}metadata", f"{OAI_DC}dc")
    for one in dc:
        assert one.tag.startswith(DC)
        assert one.tag.removeprefix(DC) in ELEMENTS
        assert set(one.attrib) <= {"{http://www.w3.org/XML/1998/namespace}lang"}
        assert len(one) == 0


def _header(header: ET.Element) -> Record:
    identifier, datestamp, *sets = header
    assert (identifier.tag, datestamp.tag) == (f"{OAI}identifier", f"{OAI}datestamp")
    assert {one.tag for one in sets} <= {f"{OAI}setSpec"}
    assert set(header.attrib.items()) <= {("status", "deleted")}
    assert re.fullmatch(
        r"oai:[a-zA-Z][a-zA-Z0-9\-]*(\.[a-zA-Z][a-zA-Z0-9\-]*)+:\S+|oai:[0-9.]+:\S+", identifier.text or ""
    )
    assert SECOND.fullmatch(datestamp.text or "")
    specs = tuple(one.text or "" for one in sets)
    assert all(re.fullmatch(r"([A-Za-z0-9\-_\.!~\*'\(\)])+(:[A-Za-z0-9\-_\.!~\*'\(\)]+)*", one) for one in specs)
    deleted = None if header.attrib else ()
    return Record((identifier.text or "").rpartition(":")[2], datestamp.text or "", specs, deleted)


def records(root: ET.Element) -> list[Record]:
    """Return the records (or headers) of an answer."""
    found = [_header(header) for header in root.iter(f"{OAI}header")]
    for place, record in enumerate(root.iter(f"{OAI}record")):
        if (dc := record.find(f"{OAI}metadata/{OAI_DC}dc")) is not None:
            fields = tuple((one.tag.removeprefix(DC), one.text or "") for one in dc)
            found[place] = Record(found[place].id, found[place].datestamp, found[place].sets, fields)
    return found


def code(root: ET.Element) -> str | None:
    """Return the code of an error."""
    error = root.find(f"{OAI}error")
    return None if error is None else error.attrib["code"]


def token(root: ET.Element) -> str | None:
    """Return the token with which a list goes on; empty at the end of one told in pieces."""
    return root.findtext(f".//{OAI}resumptionToken")


@dataclass
class Harvester:
    """Keeps a copy of the repository, asking only for what changed since the last answer."""

    client: Client
    since: str | None = None
    kept: dict[str, Record] = field(default_factory=dict[str, Record])

    async def harvest(self, **asked: str) -> int:
        """Ask for what changed; return in how many pieces it was told."""
        arguments = {"metadataPrefix": "oai_dc", **({"from": self.since} if self.since else {}), **asked}
        pieces = 0
        while True:
            root = await oai(self.client, verb="ListRecords", **arguments)
            pieces += 1
            self.since = root.findtext(f"{OAI}responseDate")
            if code(root) == "noRecordsMatch":
                return pieces
            assert code(root) is None
            self.kept |= {one.id: one for one in records(root)}
            if not (rest := token(root)):
                return pieces
            arguments = {"resumptionToken": rest}


async def many_public(unit: TestUnit, number: int) -> list[UUID]:
    """Put many public materials of one small file into the archive at once."""
    await db.execute(
        "INSERT INTO stored_file (sha256, size, media_type) VALUES (sha256('x'), 1, 'text/plain') ON CONFLICT DO NOTHING"
    )
    async with db.transaction():
        found = await db.rows(
            """WITH made AS (
                 INSERT INTO asset (id, unit_id, unit_path, kind, title, visibility, sha256, file_name, created_on)
                 SELECT gen_random_uuid(), $1, $2, 'leaflet', 'Tờ rơi ' || place, 'public', sha256('x'), 'a.txt', '2026-01-01'
                 FROM generate_series(1, $3::int) AS place RETURNING id)
               INSERT INTO asset_version (asset_id, number, sha256, file_name)
               SELECT id, 1, sha256('x'), 'a.txt' FROM made RETURNING asset_id""",
            unit.id,
            unit.path,
            number,
        )
        ids = [row["asset_id"] for row in found]
        await record_changes(ids)
    return ids

"""The protocol's XML, written by hand: a record is forty short lines, and thousands are asked at once."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import UUID
from xml.sax.saxutils import escape, quoteattr

from kit.db import Record
from media_archive.interop.oai.records import Names
from media_archive.settings import current

# What XML 1.0 has no way to say.
_UNSAYABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/ http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">
"""
FORMAT = """<metadataFormat><metadataPrefix>oai_dc</metadataPrefix>\
<schema>http://www.openarchives.org/OAI/2.0/oai_dc.xsd</schema>\
<metadataNamespace>http://www.openarchives.org/OAI/2.0/oai_dc/</metadataNamespace></metadataFormat>"""
_DC = """<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" \
xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/oai_dc/ http://www.openarchives.org/OAI/2.0/oai_dc.xsd">"""
# DCMI Type Vocabulary, by the kind of file.
_DCMI = {"image": "StillImage", "video": "MovingImage", "audio": "Sound"}


def text(value: str) -> str:
    """Return a text as the content of an element."""
    return escape(_UNSAYABLE.sub("", value))


def element(name: str, value: str) -> str:
    """Return an element with a text."""
    return f"<{name}>{text(value)}</{name}>"


def stamp(moment: datetime) -> str:
    """Return a moment as the protocol writes it, to the second and in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def base_url() -> str:
    """Return the repository's address."""
    return f"{current().public_url}/oai"


def host() -> str:
    """Return the name under which the repository gives identifiers, of the form that domain names have."""
    name = urlsplit(current().public_url).hostname or "localhost"
    return name if "." in name else f"{name}.localdomain"


def page_of(asset_id: UUID) -> str:
    """Return the address of a material's page."""
    return f"{current().public_url}/archive/items/{asset_id}"


def identifier(asset_id: UUID) -> str:
    """Return an item's identifier."""
    return f"oai:{host()}:{asset_id}"


def document(now: datetime, verb: str | None, arguments: Mapping[str, str], body: str) -> str:
    """Return a whole answer. `verb` is None where the request is not to be repeated: badVerb and badArgument."""
    named = {"verb": verb, **arguments} if verb is not None else {}
    attributes = "".join(f" {name}={quoteattr(_UNSAYABLE.sub('', value))}" for name, value in named.items())
    return (
        f"{_HEAD}{element('responseDate', stamp(now))}"
        f"<request{attributes}>{text(base_url())}</request>{body}</OAI-PMH>\n"
    )


def error(code: str, said: str) -> str:
    """Return a problem."""
    return f'<error code="{code}">{text(said)}</error>'


def resumption(token: str, cursor: int) -> str:
    """Return where a list goes on, or an empty token at the end of a list that was told in pieces."""
    return f'<resumptionToken cursor="{cursor}">{token}</resumptionToken>'


def header(row: Record, names: Names) -> str:
    """Return a record's header."""
    status = ' status="deleted"' if row["is_deleted"] else ""
    sets = "".join(f"<setSpec>{one}</setSpec>" for one in names.sets(row))
    return (
        f"<header{status}><identifier>{identifier(row['asset_id'])}</identifier>"
        f"<datestamp>{stamp(row['datestamp'])}</datestamp>{sets}</header>"
    )


def record(row: Record, names: Names) -> str:
    """Return a record: header and, while it is public, its description in Dublin Core."""
    if row["is_deleted"]:
        return f"<record>{header(row, names)}</record>"
    described = "".join(_dublin_core(row, names))
    return f"<record>{header(row, names)}<metadata>{_DC}{described}</oai_dc:dc></metadata></record>"


def one_set(row: Record) -> str:
    """Return a set."""
    return f"<set>{element('setSpec', row['spec'])}{element('setName', row['name_vi'])}</set>"


def _dublin_core(row: Record, names: Names) -> Iterable[str]:
    spoken = row["language"]
    yield f'<dc:title xml:lang="{spoken}">{text(row["title"])}</dc:title>'
    if row["creator"]:
        yield element("dc:creator", row["creator"])
    for code in row["topics"]:
        for language in ("vi", "en") if code in names.topics else ():
            yield f'<dc:subject xml:lang="{language}">{text(names.topics[code][language])}</dc:subject>'
    if row["description"]:
        yield f'<dc:description xml:lang="{spoken}">{text(row["description"])}</dc:description>'
    unit = names.units.get(row["unit_path"])
    if unit is not None:
        yield f'<dc:publisher xml:lang="vi">{text(unit["name_vi"])}</dc:publisher>'
    yield element("dc:date", row["created_on"].isoformat())
    yield element("dc:type", _DCMI.get(row["media_type"].partition("/")[0], "Text"))
    for language in ("vi", "en"):
        yield f'<dc:type xml:lang="{language}">{text(row[f"kind_{language}"])}</dc:type>'
    yield element("dc:format", row["media_type"])
    yield element("dc:identifier", page_of(row["asset_id"]))
    if row["source"]:
        yield element("dc:source", row["source"])
    yield element("dc:language", spoken)
    for source in names.sources.get(row["asset_id"], []):
        yield element("dc:relation", page_of(source))
    yield from _coverage(row, names)
    yield from _rights(row)


def _coverage(row: Record, names: Names) -> Iterable[str]:
    for place in row["places"] or []:
        yield element("dc:coverage", place)
    for place in names.places.get(row["asset_id"], []):
        for language, name in (("vi", place.vi), ("en", place.en)):
            yield f'<dc:coverage xml:lang="{language}">{text(name)}</dc:coverage>'


def _rights(row: Record) -> Iterable[str]:
    # What nobody knows is no statement of rights.
    if row["licence"] != "unknown":
        for language in ("vi", "en"):
            yield f'<dc:rights xml:lang="{language}">{text(row[f"licence_{language}"])}</dc:rights>'
    if row["licence_url"]:
        yield element("dc:rights", row["licence_url"])
    if row["rights_holder"]:
        yield element("dc:rights", f"© {row['rights_holder']}")

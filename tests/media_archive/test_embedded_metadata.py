"""What files say of themselves is read on the way in, in whatever letters, and offered; places and devices never are."""

import io
import shutil
import struct
import subprocess
import tempfile
import unicodedata
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import pikepdf
import pytest
from archive_world import Union, add, contributor, picture, worker
from PIL import Image
from reportlab.pdfgen.canvas import Canvas
from tortoise.exceptions import IntegrityError
from tus_world import Tus

from kit import db
from kit.calendar import today
from kit.identity import ANONYMOUS, SYSTEM
from kit.jobs import MemoryQueue
from kit.testing import Ask, Client, queries
from media_archive.metadata import exif, iim, xmp
from media_archive.metadata.embedded import NOTHING_SAID, Embedded, day_of
from media_archive.metadata.encodings import decoded
from media_archive.metadata.reading import read_embedded
from media_archive.uploads.media_types import media_type_of

EMBEDDED = (
    "query ($id: ID!) { asset(id: $id) { embedded { title description keywords creator people rights madeOn } } }"
)

TITLE, CAPTION = "Hội nghị người lao động", "Chủ tịch Trần Văn Hòa phát biểu ở Hòn Gai"
WORDS = ("an toàn", "thợ lò")


def written(content: bytes, ending: str, *arguments: str) -> bytes:
    """Return a file into which exiftool wrote tags; skips without it."""
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed (Debian: apt install libimage-exiftool-perl)")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"file.{ending}")
        path.write_bytes(content)
        command = ["exiftool", "-q", "-overwrite_original", *arguments, str(path)]
        subprocess.run(command, check=True, capture_output=True)
        return path.read_bytes()


async def read(content: bytes, tmp_path: Path) -> Embedded:
    path = tmp_path / "file"
    path.write_bytes(content)
    media_type = media_type_of(path)
    assert media_type is not None
    return await read_embedded(path, media_type)


DEVICE = ["-Make=Canon", "-Model=EOS", "-GPSLatitude=21.03", "-GPSLatitudeRef=N", "-XMP:City=Bí mật"]
XMP = [f"-XMP-dc:Title-vi={TITLE}", f"-XMP-dc:Description={CAPTION}", *(f"-XMP-dc:Subject+={word}" for word in WORDS),
       "-XMP-dc:Creator=Phòng Tuyên giáo", "-XMP-iptcExt:PersonInImage=Trần Văn Hòa", "-XMP-dc:Rights=Của EVN",
       "-XMP-photoshop:DateCreated=2024:05:01 10:00:00"]  # fmt: skip
SAYS = Embedded(TITLE, CAPTION, WORDS, "Phòng Tuyên giáo", ("Trần Văn Hòa",), "Của EVN", date(2024, 5, 1))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
async def test_xmp_of_every_kind_of_picture(tmp_path: Path, kind: str):
    content = written(picture(kind, (60, 40)), kind.lower(), *XMP, *DEVICE)
    assert await read(content, tmp_path) == SAYS


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
async def test_exif_of_every_kind_of_picture(tmp_path: Path, kind: str):
    said = ["-charset", "exif=utf8", f"-EXIF:ImageDescription={CAPTION}", "-EXIF:Artist=Lan",
            "-EXIF:Copyright=Của EVN", "-EXIF:DateTimeOriginal=2024:05:01 10:00:00"]  # fmt: skip
    content = written(picture(kind, (60, 40)), kind.lower(), *said, *DEVICE[:4])
    assert await read(content, tmp_path) == Embedded("", CAPTION, (), "Lan", (), "Của EVN", date(2024, 5, 1))


@pytest.mark.parametrize(
    ("charset", "text"),
    [("utf8", CAPTION), ("latin", "Visite à Génève, été"), ("vietnam", CAPTION)],
)
async def test_iim_in_its_encodings(tmp_path: Path, charset: str, text: str):
    said = [f"-IPTC:ObjectName={text}"[:60], f"-IPTC:Caption-Abstract={text}", "-IPTC:Keywords=a", "-IPTC:Keywords=b",
            "-IPTC:By-line=Lan", "-IPTC:DateCreated=2024:05:01"]  # fmt: skip
    if charset == "utf8":
        said.append("-IPTC:CodedCharacterSet=UTF8")
    if charset == "latin":
        content = written(picture(size=(60, 40)), "jpg", "-charset", "iptc=latin", *said)
        found = await read(content, tmp_path)
    elif charset == "utf8":
        found = await read(written(picture(size=(60, 40)), "jpg", *said), tmp_path)
    else:
        parts = ((120, in_1258(text)), (25, b"a"), (25, b"b"), (80, b"Lan"), (55, b"20240501"))
        found = iim.read(b"".join(b"\x1c\x02" + struct.pack(">BH", name, len(value)) + value for name, value in parts))
    assert (found.description, found.keywords, found.creator, found.made_on) == (
        text,
        ("a", "b"),
        "Lan",
        date(2024, 5, 1),
    )


def in_1258(text: str) -> bytes:
    """Return a text as Windows writes it: vowels with their hats composed, tones apart."""
    made = ""
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        tones = [one for one in parts if one in "\u0300\u0301\u0303\u0309\u0323"]
        base = unicodedata.normalize("NFC", "".join(one for one in parts if one not in tones))
        made += base + "".join(tones)
    return made.encode("cp1258")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (CAPTION.encode(), CAPTION),
        (unicodedata.normalize("NFD", CAPTION).encode(), CAPTION),
        (in_1258(CAPTION), CAPTION),
        (in_1258("Đường dây 500 kV"), "Đường dây 500 kV"),
        ("Où est l'été à Genève ?".encode("latin-1"), "Où est l'été à Genève ?"),
        (b"\xef\xbb\xbfabc\0\0", "abc"),
        (b"", ""),
        (b"\x81\x8d\xff", "\ufffd\ufffdÿ"),
    ],
)
def test_letters_are_recognised(raw: bytes, text: str):
    assert decoded(raw) == text


async def test_heic_as_telephones_write_it(tmp_path: Path):
    source = Path(__file__).parent / "pictures" / "telephone.heic"
    assert await read(written(source.read_bytes(), "heic", "-all=", *XMP, *DEVICE), tmp_path) == SAYS
    said = ["-EXIF:ImageDescription=Nha may", "-EXIF:DateTimeOriginal=2024:05:01 10:00:00"]
    found = await read(written(source.read_bytes(), "heic", "-all=", *said, *DEVICE[:4]), tmp_path)
    assert found == Embedded(description="Nha may", made_on=date(2024, 5, 1))


def pdf(title: str, **said: str) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.setTitle(title)
    canvas.setAuthor(said.get("author", ""))
    canvas.setSubject(said.get("subject", ""))
    canvas.setKeywords(said.get("keywords", ""))
    canvas.drawString(72, 700, "x")
    canvas.save()
    return buffer.getvalue()


async def test_pdf_says_by_its_information_and_rather_by_its_xmp(tmp_path: Path):
    plain = pdf(TITLE, author="Lan", subject=CAPTION, keywords="an toàn, thợ lò")
    found = await read(plain, tmp_path)
    assert found == Embedded(TITLE, CAPTION, WORDS, "Lan", (), "", found.made_on)
    buffer = io.BytesIO()
    with pikepdf.open(io.BytesIO(plain)) as document:
        with document.open_metadata(set_pikepdf_as_editor=False) as about:
            about["dc:title"] = "Tên trong XMP"
        document.save(buffer)
    assert (await read(buffer.getvalue(), tmp_path)).title == "Tên trong XMP"
    assert (await read(pdf("Microsoft Word - ke hoach.doc"), tmp_path)).title == ""


def office(core: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("word/document.xml", "<w:document xmlns:w='w'/>")
        package.writestr("docProps/core.xml", core)
    return buffer.getvalue()


CORE = f"""<cp:coreProperties xmlns:cp="cp" xmlns:dc="dc" xmlns:dcterms="t"><dc:title>{TITLE}</dc:title>
<dc:subject>{CAPTION}</dc:subject><cp:keywords>an toàn; thợ lò</cp:keywords><dc:creator>Lan</dc:creator>
<dcterms:created>2024-05-01T07:00:00Z</dcterms:created></cp:coreProperties>"""


# Letters of kinds that there are none of, that hold no text, or that are not for XML.
UNKNOWN = [
    f'<?xml version="1.0" encoding="{kind}"?><a/>' for kind in ("UTF-9", "rot13", "shift_jis", "idna", "undefined")
]


async def test_office_documents_say_by_their_core_properties(tmp_path: Path):
    assert await read(office(CORE), tmp_path) == Embedded(TITLE, CAPTION, WORDS, "Lan", (), "", date(2024, 5, 1))
    for core in (
        "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        "<a>" * 10,
        "<a>" + "b" * 1_000_001 + "</a>",
        "",
        *UNKNOWN,
    ):
        assert await read(office(core), tmp_path) == NOTHING_SAID


def packet(inside: str, head: str = "") -> bytes:
    return f"""{head}<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">{inside}</rdf:Description></rdf:RDF>
</x:xmpmeta>""".encode()


LAUGHS = "<!DOCTYPE lolz [<!ENTITY a 'lol'>" + "".join(
    f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9)
) + "]>"  # fmt: skip


@pytest.mark.parametrize(
    "block",
    [
        packet("<dc:title>&j;</dc:title>", LAUGHS),
        packet("<dc:title>" + "<a>" * 5_000 + "</a>" * 5_000 + "</dc:title>"),
        packet("<dc:title>" + "a" * 2_000_001 + "</dc:title>"),
        b"<x:xmpmeta",
        b"\xff\xfe" * 100,
        b"",
        *(one.encode() for one in UNKNOWN),
    ],
    ids=[
        "a billion laughs",
        "deep",
        "gigantic",
        "cut off",
        "no XML",
        "nothing",
        *(f"in {n}" for n in range(len(UNKNOWN))),
    ],
)
def test_hostile_xmp_says_nothing(block: bytes):
    assert xmp.read(block) == NOTHING_SAID


def test_of_several_languages_vietnamese_is_taken():
    values = '<rdf:li xml:lang="x-default">All</rdf:li><rdf:li xml:lang="en">E</rdf:li><rdf:li xml:lang="{}">V</rdf:li>'
    for language, best in (("vi-VN", "V"), ("fr", "All")):
        inside = f"<dc:title><rdf:Alt>{values.format(language)}</rdf:Alt></dc:title>"
        assert xmp.read(packet(inside)).title == best
    many = "".join(f"<rdf:li>{n}</rdf:li>" for n in range(500))
    assert len(xmp.read(packet(f"<dc:subject><rdf:Bag>{many}</rdf:Bag></dc:subject>")).keywords) == 50


@pytest.mark.parametrize(
    "block",
    [b"", b"II*\0", b"MM\0*\xff\xff\xff\xff", b"II*\0\x08\0\0\0\xff\xff" + b"\x0e\x01\x02\0\xff\xff\xff\xff" * 9,
     b"II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0"],
)  # fmt: skip
def test_broken_exif_says_nothing(block: bytes):
    assert exif.read(exif.tags_of(block)) == NOTHING_SAID


@pytest.mark.parametrize(
    "block", [b"", b"\x1c", b"\x1c\x02\x78\x80\xff", b"\x1c\x02\x78\xff\xff" + b"a" * 10, b"x" * 99]
)
def test_broken_iim_says_nothing(block: bytes):
    assert iim.read(block) == NOTHING_SAID


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "GIF"])
async def test_pictures_cut_off_anywhere_are_read_as_far_as_they_go(tmp_path: Path, kind: str):
    whole = picture(kind, (60, 40))
    for length in range(16, len(whole), max(1, len(whole) // 12)):
        assert await read(whole[:length], tmp_path) == NOTHING_SAID


async def test_a_packed_text_of_a_png_is_not_unpacked_without_end(tmp_path: Path):
    import zlib

    bomb = b"XML:com.adobe.xmp\0\x01\0\0\0" + zlib.compress(b"<a>" + b" " * 50_000_000 + b"</a>", 9)
    buffer = io.BytesIO()
    Image.new("L", (9, 9)).save(buffer, "PNG")
    content = buffer.getvalue()
    chunk = struct.pack(">I", len(bomb)) + b"iTXt" + bomb + struct.pack(">I", zlib.crc32(b"iTXt" + bomb))
    assert await read(content[:33] + chunk + content[33:], tmp_path) == NOTHING_SAID


@pytest.mark.parametrize(
    ("text", "day"),
    [("2024:05:01 10:00:00", date(2024, 5, 1)), ("D:20240501120000+07'00'", date(2024, 5, 1)), ("0000:00:00", None),
     ("2024-13-01", None), ("1700-01-01", None), ("9999-01-01", None), ("", None)],
)  # fmt: skip
def test_days_that_can_not_be_are_none(text: str, day: date | None):
    assert day_of(text) == day


async def test_fills_what_was_left_open_and_nothing_else(
    ask: Ask, client: Client, union: Union, job_queue: MemoryQueue
):
    content = written(picture(size=(60, 40)), "jpg", *XMP, *DEVICE)
    tus = Tus(client, contributor(union.factory))
    for said in ({}, {"title": "Tên của tôi", "created_on": "2020-02-02"}):
        await tus.send(await tus.opened(union.factory, len(content), **said), 0, content)
        await job_queue.run_all()
    found = await db.rows("SELECT title, created_on, description, topics FROM asset ORDER BY added_at")
    assert [tuple(row) for row in found] == [
        (TITLE, date(2024, 5, 1), "", []),
        ("Tên của tôi", date(2020, 2, 2), "", []),
    ]
    plain = picture(size=(61, 40))
    await tus.send(await tus.opened(union.factory, len(plain)), 0, plain)
    await job_queue.run_all()
    row = await db.row("SELECT title, file_name, created_on FROM asset ORDER BY added_at DESC LIMIT 1")
    assert row is not None
    assert (row["title"], row["created_on"]) == (Path(row["file_name"]).stem, today())


async def test_proposals_are_for_those_who_describe(ask: Ask, union: Union, tmp_path: Path):
    content = written(picture(size=(60, 40)), "jpg", *XMP, *DEVICE)
    asset_id = await add(union.factory, "Ảnh", content, visibility="public")
    told = (await ask(EMBEDDED, contributor(union.north), id=asset_id)).field["embedded"]
    assert told == {
        "title": TITLE,
        "description": CAPTION,
        "keywords": list(WORDS),
        "creator": "Phòng Tuyên giáo",
        "people": ["Trần Văn Hòa"],
        "rights": "Của EVN",
        "madeOn": "2024-05-01",
    }
    for caller in (ANONYMOUS, worker(union.factory), contributor(union.south)):
        assert (await ask(EMBEDDED, caller, id=asset_id)).field["embedded"] is None
    kept = str([tuple(row) for row in await db.rows("SELECT * FROM asset_embedded")])
    assert not any(word in kept for word in ("Canon", "EOS", "21.03", "Bí mật"))
    silent = await add(union.factory, "Im lặng", picture(size=(62, 40)))
    told: dict[str, Any] = (await ask(EMBEDDED, SYSTEM, id=silent)).field["embedded"]
    assert set(map(str, told.values())) == {"", "[]", "None"}


async def test_a_list_costs_one_statement(ask: Ask, union: Union):
    counts = set[int]()
    for number in range(3):
        await add(union.factory, f"Ảnh {number}")
        with queries() as statements:
            await ask("{ assets { nodes { embedded { title } } } }", SYSTEM)
        counts.add(statements.count)
    assert counts == {2}


BROKEN = {
    "asset_embedded_pkey": "INSERT INTO asset_embedded SELECT * FROM asset_embedded",
    "asset_embedded_asset_fkey": "UPDATE asset_embedded SET asset_id = gen_random_uuid()",
    "asset_embedded_bounded": "UPDATE asset_embedded SET title = repeat('a', 301)",
}


async def test_the_database_keeps_the_rules_of_what_files_say(union: Union):
    await add(union.factory, "Ảnh")
    await db.execute("INSERT INTO asset_embedded SELECT id, 'a', '', '{}', '', '{}', '', NULL FROM asset")
    for constraint, statement in BROKEN.items():
        with pytest.raises((IntegrityError, asyncpg.IntegrityConstraintViolationError)) as broken:
            async with db.transaction():
                await db.execute(statement)
        assert db.violated(broken.value) == constraint

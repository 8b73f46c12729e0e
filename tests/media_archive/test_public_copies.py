"""Whoever is not of the unit's makers is sent a copy that tells no place, no device and nobody's name; exiftool looks."""

import io
import zipfile
from pathlib import Path
from uuid import UUID

import pikepdf
import pytest
from archive_world import Union, add, contributor, editor, picture, worker
from media_world import (
    AUTHOR,
    MACHINE,
    MAKER,
    SERIAL,
    kept,
    needs,
    said_by_exiftool,
    state,
    telling_document,
    telling_film,
    telling_pdf,
    telling_picture,
)
from PIL import Image, ImageChops

from kit import db
from kit.identity import ANONYMOUS
from kit.testing import Client
from media_archive.files.addresses import file_path
from media_archive.renditions import work
from media_archive.renditions.clean.errors import CannotBeCleaned
from media_archive.renditions.clean.gif import clean_gif
from media_archive.renditions.clean.jpeg import clean_jpeg
from media_archive.renditions.clean.packages import clean_package
from media_archive.renditions.clean.pdfs import strip
from media_archive.renditions.jobs import make_renditions
from media_archive.renditions.public_jobs import make_public
from media_archive.uploads import keeping

# What a picture may say of itself: its own structure, its colours, and which way up it is.
_OF_THE_PICTURE = ("File:", "JFIF:", "ICC", "PNG:", "RIFF:", "GIF:", "Composite:")
_SECRETS = (MAKER, SERIAL, AUTHOR, AUTHOR.encode().decode("latin-1"), MACHINE)


def tells(content: bytes) -> list[str]:
    return [secret for secret in _SECRETS if secret.encode() in content or secret.encode("utf-16-le") in content]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "GIF"])
async def test_of_a_picture_only_the_picture_and_its_way_up_are_left(union: Union, tmp_path: Path, kind: str):
    needs("exiftool")
    content = telling_picture(kind)
    before = Path(tmp_path, "before")
    before.write_bytes(content)
    assert {MAKER, AUTHOR} & set(said_by_exiftool(before).values())
    asset_id = await add(union.factory, "Ảnh", content)
    await make_public(asset_id)
    after = Path(tmp_path, "after")
    after.write_bytes(await kept(asset_id, "public"))
    said = said_by_exiftool(after)
    other = {name for name in said if not name.startswith(_OF_THE_PICTURE)}
    allowed = {"IFD0:Orientation"} if kind in ("JPEG", "PNG", "WEBP") else set[str]()
    assert {name for name in other if not (kind == "TIFF" and name.startswith("IFD0:"))} <= allowed
    assert not [name for name in said if "GPS" in name or "Serial" in name or "Artist" in name or "Comment" in name]
    assert tells(after.read_bytes()) == []


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
async def test_the_pixels_are_the_same(union: Union, kind: str):
    content = telling_picture(kind)
    asset_id = await add(union.factory, "Ảnh", content)
    await make_public(asset_id)
    with Image.open(io.BytesIO(content)) as before, Image.open(io.BytesIO(await kept(asset_id, "public"))) as after:
        assert before.size == after.size
        assert before.getexif().get(0x0112) == after.getexif().get(0x0112)
        assert ImageChops.difference(before.convert("RGB"), after.convert("RGB")).getbbox() is None


async def test_colours_stay_and_what_hangs_on_behind_goes(union: Union):
    profile = Path(pikepdf.__file__).read_bytes()[:300]  # any bytes: nothing here looks into a profile
    content = picture(icc_profile=profile) + b"\x00\x00\x00\x18ftypmp42 a film of where I live"
    clean = clean_jpeg(content)
    assert b"where I live" not in clean
    with Image.open(io.BytesIO(clean)) as image:
        assert image.info["icc_profile"] == profile
    progressive = picture(progressive=True, quality=70)
    with Image.open(io.BytesIO(progressive)) as before, Image.open(io.BytesIO(clean_jpeg(progressive))) as after:
        assert ImageChops.difference(before, after).getbbox() is None


def test_a_gif_goes_on_moving():
    buffer = io.BytesIO()
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "green", "blue")]
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], loop=0, duration=50, comment=b"by me")
    with Image.open(io.BytesIO(clean_gif(buffer.getvalue()))) as image:
        said = (getattr(image, "n_frames", 1), image.info["loop"], image.info["duration"], "comment" in image.info)
    assert said == (3, 0, 50, False)


async def test_a_telephones_picture_is_shown_and_becomes_a_jpeg_for_others(
    client: Client, union: Union, tmp_path: Path
):
    """`pictures/telephone.heic` is a drawing of ours that heif-enc wrote with a camera's EXIF."""
    needs("exiftool")
    content = Path(__file__).with_name("pictures").joinpath("telephone.heic").read_bytes()
    asset_id = await add(union.factory, "Ảnh", content, visibility="public", file_name="IMG_0001.HEIC")
    await make_renditions(asset_id)
    await make_public(asset_id)
    with Image.open(io.BytesIO(await kept(asset_id, "thumb_320"))) as image:
        assert image.size == (128, 64)
    reply = await client.get(file_path(UUID(asset_id), "original", "IMG_0001.HEIC"))
    assert reply.headers["content-type"] == "image/jpeg"
    assert reply.headers["content-disposition"] == "inline; filename*=UTF-8''IMG_0001.jpg"
    after = Path(tmp_path, "after.jpg")
    after.write_bytes(reply.content)
    assert not [name for name in said_by_exiftool(after) if not name.startswith(_OF_THE_PICTURE)]


async def test_a_pdf_has_no_author_no_attachment_and_no_place_of_its_photos(union: Union, tmp_path: Path):
    needs("exiftool")
    content = telling_pdf(telling_picture("JPEG"))
    assert AUTHOR.encode() in content or AUTHOR.encode("utf-16-be") in content
    asset_id = await add(union.factory, "Kế hoạch", content)
    await make_public(asset_id)
    after = Path(tmp_path, "after.pdf")
    after.write_bytes(await kept(asset_id, "public"))
    assert {name for name in said_by_exiftool(after) if not name.startswith("File:")} <= {
        "PDF:PDFVersion",
        "PDF:Linearized",
        "PDF:PageCount",
        "PDF:PageMode",
    }
    with pikepdf.open(after) as document:
        assert len(document.attachments) == 0
        page = document.pages[0].obj
        note = page["/Annots"][0]
        assert ("/T" in note, str(note["/Contents"])) == (False, "Sửa lại")
        photo = page["/Resources"]["/XObject"]["/Photo"].read_raw_bytes()
        assert tells(photo) == []
        assert photo.startswith(b"\xff\xd8")


async def test_a_document_has_no_names_sessions_or_paths(union: Union, tmp_path: Path):
    needs("exiftool")
    asset_id = await add(union.factory, "Kế hoạch", telling_document(telling_picture("JPEG")))
    await make_public(asset_id)
    after = Path(tmp_path, "after.docx")
    after.write_bytes(await kept(asset_id, "public"))
    assert not {AUTHOR} & set(said_by_exiftool(after).values())
    with zipfile.ZipFile(after) as package:
        assert package.testzip() is None
        for name in package.namelist():
            assert tells(package.read(name)) == [], name
        text = package.read("word/document.xml").decode()
        assert "Kế hoạch tuyên truyền" in text
        assert "rsid" not in text
        assert {member.date_time[0] for member in package.infolist()} == {1980}


def cleaned(content: bytes) -> dict[str, bytes]:
    """The parts of a document's public copy."""
    made = io.BytesIO()
    clean_package(io.BytesIO(content), made)
    with zipfile.ZipFile(made) as package:
        return {name: package.read(name) for name in package.namelist()}


def people(root: str, namespace: str, inside: str) -> bytes:
    return f'<?xml version="1.0"?><p:{root} xmlns:p="{namespace}">{inside}</p:{root}>'.encode()


_METADATA = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
_SLIDES = "http://schemas.openxmlformats.org/presentationml/2006/main"
_BY = f"<dc:creator>{AUTHOR}</dc:creator>"
_ELSEWHERE = {
    "package/services/metadata/core-properties/0f1e.psmdcp": people("coreProperties", _METADATA, _BY),
    "docProps/core0.xml": people("coreProperties", _METADATA, _BY),
    "customXml/item1.xml": people("properties", "http://schemas.microsoft.com/office/2006/metadata/properties", _BY),
    "_xmlsignatures/sig1.xml": people("Signature", "http://www.w3.org/2000/09/xmldsig#", AUTHOR),
    "ppt/commentAuthors.xml": people("cmAuthorLst", _SLIDES, f'<p:cmAuthor id="0" name="{AUTHOR}" initials="TG"/>'),
    "ppt/authors.xml": people("authorLst", "urn:x", f"<p:author id='1' name='{AUTHOR}' userId='{SERIAL}'/>"),
    "ppt/slides/slide1.xml": people("sld", _SLIDES, f'<p:cNvPr id="4" name="Ảnh" descr="{MACHINE}\\anh.png"/>'),
    "xl/connections.xml": f'<c connection="Provider=x;Data Source={MACHINE}\\so.mdb;User=1"/>'.encode(),
    "ppt/media/image3.svg": f'<svg><!-- {AUTHOR} --><metadata>{_BY}</metadata><g inkscape:x="{AUTHOR}"/></svg>'.encode(),
}


def test_names_and_paths_are_taken_out_wherever_programs_keep_them():
    photos = {f"ppt/media/image1.{ending}": telling_picture("JPEG") for ending in ("jfif", "jpe", "JPG")}
    more = _ELSEWHERE | photos | {"ppt/media/image2.webp": telling_picture("WEBP")}
    assert [name for name, content in more.items() if not tells(content)] == []
    parts = cleaned(telling_document(telling_picture("JPEG"), **more))
    assert {name: tells(content) for name, content in parts.items() if tells(content)} == {}
    assert b'descr="anh.png"' in parts["ppt/slides/slide1.xml"]
    assert b"Data Source=C:\\Users\\_\\Desktop" in parts["xl/connections.xml"]
    assert parts["ppt/media/image3.svg"] == b"<svg><g/></svg>"


@pytest.mark.parametrize("name", ["ke-hoach.docx", "bai-giang.pptx"])
def test_documents_as_programs_write_them_keep_all_their_parts(name: str):
    content = Path(__file__).with_name("office").joinpath(name).read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        said = {part: package.read(part) for part in package.namelist()}
    parts = cleaned(content)
    assert set(parts) == set(said)
    emptied = {part.rpartition("/")[2] for part in said if said[part] and not parts[part]}
    assert emptied <= {"printerSettings1.bin", "thumbnail.jpeg"}
    assert parts["_rels/.rels"] == said["_rels/.rels"]


@pytest.mark.parametrize("name", ["word/media/a.mp3", "word/afchunk.rtf", "word/media/a.wav", "x/unknown", "a.html"])
def test_parts_that_we_do_not_know_are_not_given_away(name: str):
    with pytest.raises(CannotBeCleaned):
        cleaned(telling_document(b"", **{name: AUTHOR.encode()}))


def test_a_pdf_tells_no_signer_no_path_and_nothing_in_what_is_written_within_its_pages():
    made = io.BytesIO()
    with pikepdf.open(io.BytesIO(telling_pdf())) as document:
        page = document.pages[0].obj
        within = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, T=AUTHOR, Contents="Sửa")
        link = pikepdf.Dictionary(S=pikepdf.Name.URI, URI=f"file:///{MACHINE}\\a.pdf")
        launch = pikepdf.Dictionary(
            S=pikepdf.Name.GoToR, F=pikepdf.Dictionary(F="/home/tac/a.pdf", UF="/home/tac/a.pdf")
        )
        away = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://congdoan.vn/a/b")
        links = [pikepdf.Dictionary(Subtype=pikepdf.Name.Link, A=one) for one in (link, launch, away)]
        page.Annots = pikepdf.Array([within, *links])
        signed = pikepdf.Dictionary(Type=pikepdf.Name.Sig, Name=AUTHOR, Location=MACHINE, Contents=AUTHOR.encode())
        signed.ByteRange = pikepdf.Array([0, 1, 2, 3])
        field = pikepdf.Dictionary(FT=pikepdf.Name.Sig, T="Ký", V=document.make_indirect(signed))
        document.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([document.make_indirect(field)]))
        strip(document)
        document.save(made)
    with pikepdf.open(made) as document:
        note, *links = document.pages[0].obj.Annots
        assert ("/T" in note, str(note.Contents)) == (False, "Sửa")
        assert [str(links[0].A.URI), str(links[1].A.F.UF), str(links[2].A.URI)] == [
            "a.pdf",
            "a.pdf",
            "https://congdoan.vn/a/b",
        ]
        (field,) = document.Root.AcroForm.Fields
        assert (str(field.T), list(dict(field.V.items()))) == ("Ký", ["/Type"])


async def test_what_can_not_be_looked_into_has_no_public_copy(client: Client, union: Union):
    content = telling_document(telling_picture("JPEG"), **{"word/embeddings/oleObject1.bin": b"\xd0\xcf\x11\xe0 by me"})
    asset_id = await add(union.factory, "Kế hoạch", content, visibility="public", file_name="a.docx")
    await make_public(asset_id)
    assert await state(asset_id, "public") == ("failed", "CANNOT_BE_CLEANED")
    path = file_path(UUID(asset_id), "original", "a.docx")
    reply = await client.get(path)
    assert (reply.status_code, reply.json()["code"]) == (403, "FILE_HAS_NO_PUBLIC_COPY")
    assert (await client.get(path, caller=contributor(union.factory))).content == content


@pytest.mark.parametrize("kind", ["mp4", "mov", "webm", "mp3", "wav", "ogg", "m4a"])
async def test_films_and_sounds_say_nothing_of_where_and_who(union: Union, tmp_path: Path, kind: str):
    needs("exiftool", "ffmpeg")
    content = telling_film(kind, seconds=1)
    assert AUTHOR in tells(content)
    asset_id = await add(union.factory, "Phim", content)
    await make_public(asset_id)
    assert await state(asset_id, "public") == ("done", None)
    after = Path(tmp_path, f"after.{kind}")
    after.write_bytes(await kept(asset_id, "public"))
    said = said_by_exiftool(after)
    assert not [name for name, value in said.items() if value in (AUTHOR, MACHINE) or "GPS" in name]
    assert tells(after.read_bytes()) == []
    assert b"+21.0285" not in after.read_bytes()


async def test_who_makes_the_units_materials_gets_the_original_and_others_the_copy(client: Client, union: Union):
    content = telling_picture("JPEG")
    asset_id = await add(union.factory, "Ảnh", content, visibility="public")
    path = file_path(UUID(asset_id), "original", "a.jpg")
    waiting = await client.get(path)
    assert (waiting.status_code, waiting.json()["code"], waiting.headers["retry-after"]) == (
        503,
        "FILE_BEING_PREPARED",
        "60",
    )
    await make_public(asset_id)
    for maker in (contributor(union.factory), editor(union.north)):
        assert (await client.get(path, caller=maker)).content == content
    for other in (ANONYMOUS, worker(union.factory), contributor(union.south)):
        reply = await client.get(path, caller=other)
        assert (reply.status_code, reply.headers["content-type"]) == (200, "image/jpeg")
        assert tells(reply.content) == []
        assert reply.content == await kept(asset_id, "public")


async def test_a_copy_of_a_file_that_was_replaced_meanwhile_is_not_shown(union: Union):
    asset_id = await add(union.factory, "Ảnh", telling_picture("JPEG"))
    other = await add(union.factory, "Ảnh khác", telling_picture("PNG"))
    original = await work.begin(UUID(asset_id), ["public"])
    assert original is not None
    await db.execute("SET CONSTRAINTS ALL DEFERRED")
    await db.execute(
        "UPDATE asset SET sha256 = (SELECT sha256 FROM asset WHERE id = $2) WHERE id = $1", UUID(asset_id), UUID(other)
    )
    file = await keeping.keep(b"made of the file before", "image/jpeg")
    assert await work.finish(original, {"public": work.Made(file)}) is False
    assert await state(asset_id, "public") == ("running", None)

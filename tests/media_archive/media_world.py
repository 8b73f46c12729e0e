"""Films, sounds and documents that tell of their makers, and the programs that make and read them."""

import io
import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID

import pikepdf
import pytest
from archive_world import picture
from PIL import Image
from reportlab.pdfgen import canvas

from kit import db
from kit.storage import storage
from media_archive.uploads.keeping import key_of

MAKER = "MakerOfTheCamera"
SERIAL = "SERIAL-12345"
AUTHOR = "Nguyễn Văn Tác Giả"
MACHINE = "C:\\Users\\tacgia\\Desktop"
PLACE = "+21.0285+105.8542/"

_PACKAGES = {
    "exiftool": "libimage-exiftool-perl",
    "ffmpeg": "ffmpeg",
    "espeak-ng": "espeak-ng",
    "tesseract": "tesseract-ocr tesseract-ocr-vie",
}


def needs(*programs: str) -> None:
    """Skip with the reason where a program is missing; the full suite has to have it."""
    for program in programs:
        if shutil.which(program) is None:
            reason = f"{program} is not installed (Debian: apt install {_PACKAGES[program]})"
            if "LOA_REFERENCE_DIR" in os.environ:
                pytest.fail(f"the full suite needs it: {reason}")
            pytest.skip(reason)


def said_by_exiftool(file: Path) -> dict[str, str]:
    """What exiftool finds in a file, by group and name, but for what is about the file on this disk."""
    command = ["exiftool", "-json", "-G1", "-a", "-u", "-ee", str(file)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    (told,) = json.loads(done.stdout)
    of_the_disk = ("SourceFile", "System:", "ExifTool:")
    return {name: str(value) for name, value in told.items() if not name.startswith(of_the_disk)}


async def kept(asset_id: str, name: str) -> bytes:
    """The file of a rendition."""
    sha256 = await db.value("SELECT sha256 FROM rendition WHERE asset_id = $1 AND name = $2", UUID(asset_id), name)
    return await storage().get(key_of(sha256))


async def state(asset_id: str, name: str) -> tuple[str, str | None]:
    found = await db.row("SELECT state, reason FROM rendition WHERE asset_id = $1 AND name = $2", UUID(asset_id), name)
    assert found is not None
    return found["state"], found["reason"]


def telling_exif(orientation: int = 6) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = MAKER
    exif[0x013B] = AUTHOR
    exif[0xA431] = SERIAL
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (21.0, 2.0, 3.0), "E", (105.0, 51.0, 15.0)
    return exif.tobytes()


def telling_picture(kind: str, orientation: int = 6) -> bytes:
    """A picture that says where, with what and by whom it was taken, in every place its format has for that."""
    xmp = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>{AUTHOR}</a></x:xmpmeta>'.encode()
    options: dict[str, Any] = {"exif": telling_exif(orientation)}
    if kind in ("JPEG", "WEBP", "PNG"):
        options["xmp"] = xmp
    if kind in ("JPEG", "GIF"):
        options["comment"] = AUTHOR.encode()
    if kind == "GIF":
        del options["exif"]
    return picture(kind, (320, 200), **options)


def telling_film(kind: str, seconds: int = 2, size: str = "320x240") -> bytes:
    """A film or sound with a title, an author and a place in its head. It takes ffmpeg."""
    pictures = ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate=10:duration={seconds}"]
    sound = ["-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}"]
    what = sound if kind in ("mp3", "wav", "ogg", "m4a") else [*pictures, *sound]
    said = ["-metadata", f"location={PLACE}", "-metadata", f"artist={AUTHOR}", "-metadata", f"comment={MACHINE}"]
    target = Path(os.environ["LOA_STORAGE_URL"].removeprefix("file://")).parent / f"film-{os.getpid()}.{kind}"
    try:
        command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *what, *said, "-shortest", str(target)]
        subprocess.run(command, check=True, timeout=60)
        return target.read_bytes()
    finally:
        target.unlink(missing_ok=True)


def telling_pdf(photo: bytes | None = None) -> bytes:
    """A PDF with an author, XMP, a photo that tells where it was taken, a note by somebody and an attached file."""
    buffer = io.BytesIO()
    page = canvas.Canvas(buffer, pagesize=(300, 400))
    page.setAuthor(AUTHOR)
    page.drawString(50, 350, "Plan of the year, twelve words at least so that no page needs to be read by machines")
    page.save()
    with pikepdf.open(buffer) as document:
        with document.open_metadata() as said:
            said["dc:creator"] = [AUTHOR]
        note = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[10, 10, 30, 30], T=AUTHOR, Contents="Sửa lại"
        )
        document.pages[0].Annots = pikepdf.Array([document.make_indirect(note)])
        if photo:
            inside = document.make_stream(photo, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image)
            inside.Width, inside.Height, inside.BitsPerComponent = 320, 200, 8
            inside.ColorSpace, inside.Filter = pikepdf.Name.DeviceRGB, pikepdf.Name.DCTDecode
            document.pages[0].Resources.XObject = pikepdf.Dictionary(Photo=inside)
        document.attachments["secret.txt"] = AUTHOR.encode()
        made = io.BytesIO()
        document.save(made)
    return made.getvalue()


def telling_document(photo: bytes, **more: bytes) -> bytes:
    """A word processor's document by somebody, with a note, changes by session and a photo of a place."""
    word = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    members = {
        "[Content_Types].xml": b"<Types/>",
        "docProps/core.xml": f"<cp:coreProperties><dc:creator>{AUTHOR}</dc:creator></cp:coreProperties>".encode(),
        "docProps/app.xml": f"<Properties><Company>{AUTHOR}</Company></Properties>".encode(),
        "docProps/thumbnail.jpeg": photo,
        "word/document.xml": (
            f'<w:document {word}><w:body><w:p w:rsidR="00AB12CD"><w:ins w:id="1" w:author="{AUTHOR}">'
            "<w:r><w:t>Kế hoạch tuyên truyền</w:t></w:r></w:ins></w:p></w:body></w:document>"
        ).encode(),
        "word/comments.xml": f'<w:comments {word}><w:comment w:author="{AUTHOR}" w:initials="TG"/></w:comments>'.encode(),
        "word/_rels/settings.xml.rels": f'<R><Relationship Target="file:///{MACHINE}\\Normal.dotm"/></R>'.encode(),
        "word/media/image1.jpg": photo,
        **more,
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name, content in members.items():
            package.writestr(name, content)
    return buffer.getvalue()

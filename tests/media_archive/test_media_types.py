"""A file is what its bytes say."""

import io
import wave
from pathlib import Path

import pytest
from archive_world import box, office_file, picture, scanned_pdf
from PIL import Image

from media_archive.uploads.media_types import media_type_of


def wav() -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\x00\x01" * 800)
    return buffer.getvalue()


def ftyp(major: bytes, *compatible: bytes) -> bytes:
    return box(b"ftyp", major + b"\x00\x00\x00\x00" + b"".join(compatible)) + box(b"moov")


CASES = {
    "image/jpeg": picture("JPEG", (40, 30)),
    "image/png": picture("PNG", (40, 30)),
    "image/gif": picture("GIF", (40, 30)),
    "image/webp": picture("WEBP", (40, 30)),
    "image/tiff": picture("TIFF", (40, 30)),
    "image/heic": ftyp(b"heic", b"mif1", b"heic"),
    "application/pdf": scanned_pdf("Trang"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": office_file(),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": office_file("xl/workbook.xml"),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": office_file("ppt/presentation.xml"),
    "text/plain": "Kính thưa các đồng chí".encode(),
    "audio/mpeg": b"ID3\x04\x00\x00\x00\x00\x00\x00\xff\xfb\x90\x64",
    "audio/ogg": b"OggS\x00\x02",
    "audio/wav": wav(),
    "audio/mp4": ftyp(b"M4A ", b"isom"),
    "video/mp4": ftyp(b"isom", b"avc1"),
    "video/quicktime": ftyp(b"qt  "),
    "video/webm": b"\x1aE\xdf\xa3\x8fB\x82\x84webmB\x87\x81\x02B\x85\x81\x02",
}


@pytest.mark.parametrize("name", CASES)
def test_content_decides(tmp_path: Path, name: str):
    file = tmp_path / "misleading.exe"
    file.write_bytes(CASES[name])
    found = media_type_of(file)
    assert found is not None
    assert found.name == name


def test_a_heif_picture_with_a_generic_brand_is_a_picture_by_its_compatible_brands(tmp_path: Path):
    file = tmp_path / "f"
    file.write_bytes(ftyp(b"mif1", b"heic"))
    assert media_type_of(file).name == "image/heic"  # pyright: ignore[reportOptionalMemberAccess]


REFUSED = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "svg with a declaration": b'<?xml version="1.0"?>\n<svg/>',
    "svg after a byte order mark and blanks": b"\xef\xbb\xbf  \n<svg/>",
    "html": b"<!doctype html><script>alert(1)</script>",
    "a program": b"\x7fELF\x02\x01\x01\x00" + b"\x00" * 60,
    "a windows program": b"MZ\x90\x00\x03\x00",
    "a plain zip": office_file("readme.txt"),
    "a broken zip": b"PK\x03\x04 and nothing more",
    "text in an old encoding": "Kính thưa".encode("cp1258", errors="replace") + b"\xfd\xfe\x01",
    "matroska that is no webm": b"\x1aE\xdf\xa3\x93B\x82\x88matroska",
    "an avif picture": ftyp(b"avif", b"avif"),
    "only blanks": b"   \n  ",
}


@pytest.mark.parametrize("what", REFUSED)
def test_everything_else_is_refused(tmp_path: Path, what: str):
    file = tmp_path / "innocent.jpg"
    file.write_bytes(REFUSED[what])
    assert media_type_of(file) is None


def test_pillow_agrees_about_pictures():
    for name, content in CASES.items():
        if name.startswith("image/") and name != "image/heic":
            with Image.open(io.BytesIO(content)) as image:
                assert image.get_format_mimetype() == name

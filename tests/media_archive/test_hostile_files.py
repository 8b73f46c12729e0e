"""Files made to harm: they are refused with a reason, or what can be made of them is made in little room."""

import io
import struct
import subprocess
import sys
import threading
import zipfile
import zlib
from pathlib import Path

import pytest
from archive_world import Union, add, editor, picture
from PIL import Image

from kit import db
from kit.errors import DomainError
from kit.testing import Ask
from media_archive.renditions.clean.pictures import clean_picture
from media_archive.renditions.images import PictureDamaged, opened, readable, thumbnails
from media_archive.renditions.text_jobs import read_text
from media_archive.search.follow import Follower
from media_archive.uploads.inspection import inspect
from media_archive.uploads.media_types import JPEG


def package(how: int = zipfile.ZIP_DEFLATED, members: int = 1, name: str = "word/document.xml") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", how) as made:
        made.writestr("[Content_Types].xml", b"<Types/>")
        for number in range(members):
            made.writestr(name if not number else f"{number:0250d}", b"<w:document/>" * 99)
    return buffer.getvalue()


def with_stream(content: bytes, stream: bytes) -> bytes:
    """A package whose first packed member has other bytes than those that it was packed as."""
    head = content.index(b"PK\x03\x04", 1)
    name, extra = struct.unpack("<HH", content[head + 26 : head + 30])
    at = head + 30 + name + extra
    return content[:at] + stream + content[at + len(stream) :]


def gif_of(pictures: int) -> bytes:
    one = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(6) + one * pictures + b";"


def tiff_of(pages: int, second_side: int = 1) -> bytes:
    """A black and white point on each page; all pages have the same, whatever they say of their size."""
    entries = [(256, 1), (257, 1), (258, 1), (259, 1), (262, 1), (273, 8), (277, 1), (278, 1), (279, 1)]
    larger = [(256, second_side), (257, second_side), *entries[2:]]
    directory = len(entries) * 12 + 6
    made = [b"II*\x00", struct.pack("<I", 12), b"\x80\0\0\0"]
    for page in range(pages):
        made.append(struct.pack("<H", len(entries)))
        made += [struct.pack("<HHII", tag, 4, 1, value) for tag, value in (larger if page == 1 else entries)]
        made.append(struct.pack("<I", 12 + directory * (page + 1) if page + 1 < pages else 0))
    return b"".join(made)


def packed_by_none() -> bytes:
    return with_stream(package(), b"\x07")  # A kind of block that there is none of (RFC 1951, 3.2.3).


REFUSED = {
    "a WAV with a part longer than all": (b"RIFF\x14\0\0\0WAVEabcd\xe8\x03\0\0" + bytes(40), "FILE_BROKEN"),
    "an office file of which a packed part is damaged": (packed_by_none(), "FILE_BROKEN"),
    "an office file packed in a way that office does not": (package(zipfile.ZIP_LZMA), "FILE_BROKEN"),
    "an office file with an endless list of members": (package(members=9_000), "FILE_EXPANDS_TOO_MUCH"),
    "a GIF of more pictures than anybody looks at": (gif_of(5_001), "FILE_EXPANDS_TOO_MUCH"),
    "a TIFF of more pages than anybody reads": (tiff_of(5_001), "FILE_EXPANDS_TOO_MUCH"),
    "a TIFF with an enormous second page": (tiff_of(2, second_side=12_000), "FILE_EXPANDS_TOO_MUCH"),
    "a TIFF whose second page says no size": (tiff_of(2)[:130] + b"\0\0" + tiff_of(2)[132:], "FILE_BROKEN"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_is_refused_with_a_reason(tmp_path: Path, case: str):
    content, code = REFUSED[case]
    Path(tmp_path, "file").write_bytes(content)
    with pytest.raises(DomainError) as refused:
        await inspect(Path(tmp_path, "file"))
    assert refused.value.code == code


LET_IN = {"office": package(members=50), "GIF": gif_of(200), "GIF cut off": gif_of(200)[:-900], "TIFF": tiff_of(200)}


@pytest.mark.parametrize("case", LET_IN)
async def test_what_has_many_parts_for_a_reason_is_let_in(tmp_path: Path, case: str):
    Path(tmp_path, "file").write_bytes(LET_IN[case])
    assert (await inspect(Path(tmp_path, "file"))).family in ("image", "office")


def with_exif_that_cannot_be_written() -> bytes:
    """A photo on its side, of which EXIF says the resolution in words: its readers take that, its writers don't."""
    entries = struct.pack("<HHII", 0x0112, 3, 1, 6) + struct.pack("<HHI4s", 0x011A, 2, 4, b"much")
    exif = b"Exif\0\0II*\x00" + struct.pack("<IH", 8, 2) + entries + bytes(4)
    return picture("JPEG", (60, 40), exif=exif)


def test_a_photo_with_damaged_exif_is_shown_the_right_way_up(tmp_path: Path):
    file = Path(tmp_path, "photo.jpg")
    file.write_bytes(with_exif_that_cannot_be_written())
    (small,) = thumbnails(file, [60])
    assert (small.width, small.height) == (40, 60)
    with Image.open(io.BytesIO(readable(file))) as read:
        assert read.size == (40, 60)
    copy, _ = clean_picture(file, JPEG)
    with Image.open(io.BytesIO(copy)) as clean:
        assert clean.getexif()[0x0112] == 6


def test_whatever_a_picture_makes_its_reader_stumble_over_is_said_as_one_thing():
    for stumble in (TypeError, KeyError, ZeroDivisionError, struct.error, zlib.error):
        with pytest.raises(PictureDamaged), opened(picture(size=(9, 9))):
            raise stumble


def test_enormous_pictures_are_opened_one_at_a_time_and_others_beside_them(tmp_path: Path):
    large, small = Path(tmp_path, "large.png"), picture(size=(9, 9))
    Image.new("1", (6_400, 6_400)).save(large)
    entered = threading.Event()

    def look() -> None:
        with opened(large):
            entered.set()

    second = threading.Thread(target=look)
    with opened(large):
        second.start()
        with opened(small):
            assert not entered.wait(0.2)
    assert entered.wait(10)
    second.join()


def test_what_enormous_pictures_took_is_given_back():
    assert Image.core.get_block_size() > 32 << 20  # what glibc takes from the system for itself, at most


# The most that the process held itself: `ru_maxrss` would also be what its parent held.
_CLEANED = """
import sys
from pathlib import Path
from media_archive.renditions.clean.pictures import clean_picture
from media_archive.uploads.media_types import TIFF

def most():
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) // 1024

before = most()
copy, _ = clean_picture(Path(sys.argv[1]), TIFF)
Path(sys.argv[2]).write_bytes(copy)
print(most() - before)
"""


def test_a_scan_of_many_pages_is_cleaned_page_by_page(tmp_path: Path):
    source, target = Path(tmp_path, "scan.tif"), Path(tmp_path, "clean.tif")
    pages = [Image.new("RGB", (2_400, 2_400), (page, 0, 0)) for page in range(10)]
    pages[0].save(source, save_all=True, append_images=pages[1:], compression="tiff_lzw")
    done = subprocess.run(
        [sys.executable, "-c", _CLEANED, str(source), str(target)], capture_output=True, check=True, timeout=60
    )
    assert int(done.stdout) < 150  # MB; ten such pages are 230
    with Image.open(target) as copy:
        assert getattr(copy, "n_frames", 1) == 10
        copy.seek(7)
        assert copy.getpixel((0, 0)) == (7, 0, 0)


async def test_of_a_text_without_end_the_beginning_is_read(union: Union):
    asset_id = await add(union.factory, "Nhật ký", ("lương" * 500_000).encode())
    await read_text(asset_id)
    row = await db.row("SELECT state, reason, length(text) AS length FROM asset_text WHERE source = 'document'")
    assert row is not None
    assert tuple(row) == ("done", "FIRST_PAGES_ONLY", 2_000_000)


async def test_a_letter_under_half_a_million_marks_keeps_nobody_waiting(ask: Ask, union: Union, search: Follower):
    """To put them in order as they are takes an hour, in which the process does nothing else."""
    piled = "a" + "\u0301\u0323" * 250_000
    asset_id = await add(union.factory, "Nhật ký", f"{piled} lương".encode())
    await read_text(asset_id)
    document = """mutation ($input: DescribeAssetInput!) { describeAsset(input: $input) {
        ... on DescribeAssetSuccess { asset { description } } } }"""
    reply = await ask(document, editor(union.factory), input={"id": asset_id, "description": piled})
    assert len(reply.field["asset"]["description"]) == 30
    await search.catch_up()
    found = await ask('{ searchAssets(query: "luong") { nodes { snippet } } }', editor(union.factory))
    (hit,) = found.field["nodes"]
    assert hit["snippet"].endswith("lương")

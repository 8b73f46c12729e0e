"""Folders and bags are brought in whole, gone on with when cut off, and what is wrong with a file keeps no other out."""

import asyncio
import os
import sys
from pathlib import Path

import bagit
import pytest
from archive_world import Union, contributor, picture, small_union

from kit import db
from kit.errors import Forbidden, NotFound
from kit.identity import SYSTEM
from kit.jobs import MemoryQueue
from media_archive.imports.reading import ImportUnreadable, found_in
from media_archive.imports.service import Outcome, bring_in, unit_with_code
from media_archive.uploads.service import NewAsset

TABLE = """\
file,title,topics,visibility,created_on,kind
hội thao/trận 1.jpg,Trận mở màn,labour_law;benefits,union,2026-04-30,photo
nội quy.txt,,,,,
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "tư liệu"
    (root / "hội thao").mkdir(parents=True)
    (root / "hội thao" / "trận 1.jpg").write_bytes(picture(size=(640, 480)))
    (root / "hội thao" / "trận 2.jpg").write_bytes(picture(size=(800, 600)))
    (root / "nội quy.txt").write_text("Nội quy lao động", "utf-8")
    (root / "giả.jpg").write_bytes(b"<svg onload='alert(1)'/>")
    (root / ".DS_Store").write_bytes(b"\0")
    (root / "metadata.csv").write_text(TABLE, "utf-8-sig")
    return root


def common(union: Union) -> NewAsset:
    return NewAsset(unit_id=union.mine.id, title="", file_name="", source="Kho ảnh cũ")


def told(outcome: Outcome) -> tuple[int, int, list[tuple[str, str]]]:
    return outcome.added, outcome.there, [(name, error.code) for name, error in outcome.refused]


@pytest.mark.committed
async def test_a_folder_comes_in_as_its_table_says(union: Union, folder: Path):
    seen: list[tuple[int, int]] = []
    outcome = await bring_in(SYSTEM, common(union), found_in(folder), lambda done, total, _: seen.append((done, total)))
    assert told(outcome) == (3, 0, [("giả.jpg", "FILE_TYPE_NOT_ALLOWED")])
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    rows = await db.rows(
        "SELECT title, file_name, kind, topics, visibility, created_on::text, source FROM asset ORDER BY file_name"
    )
    assert [tuple(row)[:5] for row in rows] == [
        ("nội quy", "nội quy.txt", "article", [], "unit"),
        ("Trận mở màn", "trận 1.jpg", "photo", ["labour_law", "benefits"], "union"),
        ("trận 2", "trận 2.jpg", "photo", [], "unit"),
    ]
    assert rows[1]["created_on"] == "2026-04-30"
    assert {row["source"] for row in rows} == {"Kho ảnh cũ"}


@pytest.mark.committed
async def test_doing_it_again_adds_what_is_missing_only(union: Union, folder: Path):
    await bring_in(SYSTEM, common(union), found_in(folder), lambda *_: None)
    (folder / "mới.txt").write_text("Mới", "utf-8")
    (folder / "bản sao.txt").write_text("Mới", "utf-8")
    outcome = await bring_in(SYSTEM, common(union), found_in(folder), lambda *_: None)
    assert told(outcome) == (1, 4, [("giả.jpg", "FILE_TYPE_NOT_ALLOWED")])
    assert await db.value("SELECT count(*) FROM asset") == 4


async def test_a_valid_bag_comes_in_and_a_damaged_one_does_not(union: Union, folder: Path):
    bagit.make_bag(str(folder), checksums=["sha256"])
    assert [file.name for file in found_in(folder)] == [
        "giả.jpg",
        "hội thao/trận 1.jpg",
        "hội thao/trận 2.jpg",
        "nội quy.txt",
    ]
    (folder / "data" / "nội quy.txt").write_text("Nội quy khác", "utf-8")
    with pytest.raises(ImportUnreadable, match="the bag is not valid"):
        found_in(folder)


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("file,title\nkhông có.txt,Gì đó\n", "names files that are not there: không có.txt"),
        ("file,title\nnội quy.txt,A\nnội quy.txt,B\n", "row 3: named twice"),
        ("file,title\n,A\n", "row 2: no file is named"),
        ("file,tiêu đề\nnội quy.txt,A\n", "row 2: its columns may be"),
        ("file,title\nnội quy.txt,A,B\n", "row 2: its columns may be"),
        ("title\nA\n", "row 2: its columns may be"),
        ('file,title\nnội quy.txt,"A\n', "can't be read"),
    ],
)
def test_a_table_that_is_wrong_brings_nothing_in(folder: Path, table: str, why: str):
    (folder / "metadata.csv").write_text(table, "utf-8")
    with pytest.raises(ImportUnreadable, match=why):
        found_in(folder)


def test_a_table_in_another_encoding_is_named(folder: Path):
    (folder / "metadata.csv").write_bytes("file,title\nnội quy.txt,A\n".encode("utf-16"))
    with pytest.raises(ImportUnreadable, match="can't be read"):
        found_in(folder)


def test_links_do_not_lead_out_of_the_folder(folder: Path, tmp_path: Path):
    (tmp_path / "bí mật.txt").write_text("Bí mật", "utf-8")
    (folder / "đường dẫn.txt").symlink_to(tmp_path / "bí mật.txt")
    assert "đường dẫn.txt" not in [file.name for file in found_in(folder)]


def test_names_as_macos_stores_them_meet_the_table(folder: Path):
    decomposed = "no\u0302\u0323i quy.txt"
    (folder / "nội quy.txt").rename(folder / decomposed)
    (folder / "metadata.csv").write_text("file,title\nnội quy.txt,Nội quy 2026\n", "utf-8")
    assert {file.name: file.told for file in found_in(folder)}["nội quy.txt"] == {"title": "Nội quy 2026"}


async def test_who_may_not_upload_brings_nothing_in(union: Union, folder: Path):
    (folder / "giả.jpg").unlink()
    outcome = await bring_in(contributor(union.south), common(union), found_in(folder), lambda *_: None)
    assert told(outcome)[:2] == (0, 0)
    assert {type(error) for _, error in outcome.refused} == {Forbidden}
    assert await db.value("SELECT count(*) FROM stored_file") == 0


async def test_a_unit_is_found_by_its_code(union: Union):
    assert await unit_with_code("U5") == union.mine.id
    with pytest.raises(NotFound):
        await unit_with_code("U99")


HARMFUL = os.fsdecode(b"\xff\x1b[31m\x07.svg")


def names_to_harm(folder: Path) -> None:
    """Names that mean something to a terminal, or to what draws a line of progress."""
    (folder / "[").mkdir()
    (folder / "[" / "red].txt").write_text("Chuyện khác", "utf-8")
    (folder / HARMFUL).write_bytes(b"<svg/>")


async def ran(environment: dict[str, str], *arguments: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "media_archive.imports", *arguments),
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, problem = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, said.decode() + problem.decode()


@pytest.mark.committed
async def test_the_command_tells_what_came_of_each_file(
    database: object, valkey: str, folder: Path, job_queue: MemoryQueue
):
    await small_union()
    environment = {"LOA_REDIS_URL": valkey, "FORCE_COLOR": "1"}  # as in a terminal, with its line of progress
    names_to_harm(folder)
    status, said = await ran(environment, str(folder), "--unit", "U5", "--visibility", "union")
    assert status == 1
    assert "4 added, 0 were there already, 2 refused" in said
    assert "  \ufffd\ufffd[31m\ufffd.svg: FILE_TYPE_NOT_ALLOWED" in said
    assert "\x1b[31m\x07" not in said
    (folder / HARMFUL).unlink()
    assert "giả.jpg: FILE_TYPE_NOT_ALLOWED – Kho không nhận loại tệp này" in said
    (folder / "giả.jpg").unlink()
    status, said = await ran(environment, str(folder), "--unit", "U5")
    assert (status, "0 added, 4 were there already, 0 refused" in said) == (0, True)
    status, said = await ran(environment, str(folder), "--unit", "KHONG-CO")
    assert status == 1
    assert "Traceback" not in said
    assert await db.value("SELECT count(*) FROM asset WHERE visibility = 'union'") == 4

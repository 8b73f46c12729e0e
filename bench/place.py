"""A database of the measurements' own, migrated by the product, and gone when they end."""

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from kit import app, db, settings
from loa.embedded import Postgres, Program, Valkey, running
from loa.embedded.programs import free_port
from loa.keys import passport_keys
from loa.place import ROOT, Place
from loa.probe import answers

SERVICE = "org.app"


@dataclass(frozen=True)
class Scene:
    """Where the measurements take place: a folder, a server for databases, one for jobs."""

    folder: Path
    server_url: str
    redis_url: str

    @property
    def database(self) -> str:
        """The name of the database that is made here."""
        return f"loa_bench_{os.getpid()}"

    @property
    def database_url(self) -> str:
        """Where the database that is made here is."""
        return urlunsplit(urlsplit(self.server_url)._replace(path=f"/{self.database}"))

    def use(self) -> None:
        """Give this process, and those that it starts, the settings of the service on this scene."""
        private, public = passport_keys(self.folder / "passport.pem")
        os.environ.update(
            LOA_ENVIRONMENT="development",
            LOA_DATABASE_URL=self.database_url,
            LOA_REDIS_URL=self.redis_url,
            LOA_STORAGE_URL=f"file://{self.folder}/objects",
            LOA_PASSPORT_PRIVATE_KEY=private,
            LOA_PASSPORT_PUBLIC_KEY=public,
            LOA_INTERNAL_KEY="internal-key-of-the-measurements",
            LOA_LOG_LEVEL="warning",
        )
        settings.current.cache_clear()


@contextlib.contextmanager
def scene() -> Iterator[Scene]:
    """The servers that LOA_DATABASE_URL and LOA_REDIS_URL name; where they don't, embedded ones set up as `up` does."""
    parent = Place.default().data / "bench"
    parent.mkdir(parents=True, exist_ok=True)
    server_url, redis_url = os.environ.get("LOA_DATABASE_URL"), os.environ.get("LOA_REDIS_URL")
    before = dict(os.environ)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="org-tree-", dir=parent)))
        if not server_url:
            postgres = Postgres.at(folder / "postgres")
            postgres.initialise()
            stack.enter_context(running(postgres.program(), folder / "postgres.log"))
            server_url = postgres.url
        if not redis_url:
            valkey = Valkey.at(folder / "valkey")
            stack.enter_context(running(valkey.program(), folder / "valkey.log"))
            redis_url = valkey.url
        made = Scene(folder, server_url, redis_url)
        made.use()
        try:
            yield made
        finally:
            os.environ.clear()
            os.environ.update(before)
            settings.current.cache_clear()


@contextlib.contextmanager
def database(scene: Scene, application: str = SERVICE) -> Iterator[app.Service]:
    """A new database with all migrations of a service, for the length of a block."""
    service = app.load(application)
    asyncio.run(_administer(scene, f'CREATE DATABASE "{scene.database}" TEMPLATE template0'))
    try:
        asyncio.run(db.migrate(service.database()))
        yield service
    finally:
        asyncio.run(_administer(scene, f'DROP DATABASE IF EXISTS "{scene.database}" WITH (FORCE)'))


async def _administer(scene: Scene, statement: str) -> None:
    connection = await asyncpg.connect(scene.server_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@contextlib.contextmanager
def web(scene: Scene, application: str = SERVICE) -> Iterator[str]:
    """One process of a service as it is deployed; the address of its graph."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "uvicorn", f"{application}:app", "--host", "127.0.0.1", "--port", str(port)]
    # Between two questions over HTTP the same is asked in other ways, which may take longer than a connection lives.
    patience = ["--timeout-keep-alive", "600"]
    program = Program(
        name=application.partition(".")[0],
        command=[*command, "--log-level", "warning", *patience],
        folder=ROOT,
        ready=partial(answers, f"{address}/readyz"),
    )
    with running(program, scene.folder / f"{program.name}.log"):
        yield f"{address}/graphql"

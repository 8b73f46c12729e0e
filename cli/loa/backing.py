"""What stands behind the services: PostgreSQL, Valkey and files, embedded unless the environment names real servers."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from loa.databases import ensure_databases
from loa.embedded import Postgres, Program, Valkey
from loa.embedded.secrets import secret
from loa.place import Place
from loa.services import SERVICES


@dataclass(frozen=True)
class Backing:
    """Addresses, and the embedded servers that have to run for them to answer."""

    place: Place
    postgres: Postgres | None
    valkey: Valkey | None
    server_url: str
    redis_url: str
    storage_url: str

    @classmethod
    def of(cls, place: Place, environment: Mapping[str, str] = os.environ) -> "Backing":
        """What the environment asks for: LOA_DATABASE_URL, LOA_REDIS_URL and LOA_STORAGE_URL replace embedded parts."""
        server_url, redis_url = environment.get("LOA_DATABASE_URL", ""), environment.get("LOA_REDIS_URL", "")
        postgres = None if server_url else Postgres.at(place.postgres)
        valkey = None if redis_url else Valkey.at(place.valkey)
        return cls(
            place=place,
            postgres=postgres,
            valkey=valkey,
            server_url=server_url or (postgres.url if postgres else ""),
            redis_url=redis_url or (valkey.url if valkey else ""),
            storage_url=environment.get("LOA_STORAGE_URL") or place.objects.as_uri(),
        )

    def programs(self) -> list[Program]:
        """The embedded servers, ready to be started: PostgreSQL's data folder is made here on first use."""
        if self.storage_url == self.place.objects.as_uri():
            self.place.objects.mkdir(parents=True, exist_ok=True)
        if self.postgres:
            self.postgres.initialise()
        return [server.program() for server in (self.postgres, self.valkey) if server]

    async def databases(self) -> dict[str, str]:
        """Each service's own database, by package; made when missing."""
        names = {f"loa_{service.package}": service.package for service in SERVICES}
        urls = await ensure_databases(self.server_url, list(names), self._password_of)
        return {names[name]: url for name, url in urls.items()}

    def _password_of(self, name: str) -> str:
        return secret(self.place.keys / f"{name}.password")

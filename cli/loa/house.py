"""The processes of Loa and what each is told: its own database, the shared servers, and only the keys that it needs."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace

from loa.backing import Backing
from loa.embedded import Program
from loa.embedded.programs import free_ports
from loa.keys import Keys
from loa.lan import Certificate
from loa.place import ROOT, Place
from loa.probe import answers
from loa.services import MEDIA_ARCHIVE, ORG, SERVICES, SURVEY, ServiceName

GATEWAY = "gateway"
FRONT_DOOR = "front-door"


@dataclass(frozen=True)
class Origin:
    """The one address that browsers see, and what the front door listens on for it."""

    host: str
    port: int
    url: str
    certificate: Certificate | None = None


@dataclass(frozen=True)
class House:
    """All processes of one `up`, with the ports that were chosen for them."""

    place: Place
    backing: Backing
    keys: Keys
    databases: Mapping[str, str]
    origin: Origin
    ports: Mapping[str, int]

    @classmethod
    def plan(cls, place: Place, backing: Backing, keys: Keys, databases: Mapping[str, str], origin: Origin) -> "House":
        """Choose a free port for everything inside."""
        names = [GATEWAY, *(service.package for service in SERVICES)]
        return cls(place, backing, keys, databases, origin, dict(zip(names, free_ports(len(names)), strict=True)))

    def url(self, name: str) -> str:
        """The address of a process inside."""
        return f"http://127.0.0.1:{self.ports[name]}"

    @property
    def front_door_url(self) -> str:
        """The front door as processes of this machine reach it."""
        scheme = "https" if self.origin.certificate else "http"
        return f"{scheme}://127.0.0.1:{self.origin.port}"

    def service_environment(self, service: ServiceName) -> dict[str, str]:
        """What a service's worker and its commands are told; see `_web` for what its web process is not."""
        told = {
            **self._common(),
            "LOA_DATABASE_URL": self.databases[service.package],
            "LOA_REDIS_URL": self.backing.redis_url,
            "LOA_STORAGE_URL": self.backing.storage_url,
            "LOA_PASSPORT_PUBLIC_KEY": self.keys.passport_public,
        }
        if service == ORG:
            told["LOA_PASSPORT_PRIVATE_KEY"] = self.keys.passport_private
            told["LOA_INTERNAL_KEY"] = self.keys.internal
        if service == MEDIA_ARCHIVE:
            told["LOA_FILE_URL_KEY"] = self.keys.file_urls
            told["LOA_SEARCH_FOLDER"] = str(self.place.search)
        if service == SURVEY:
            told["LOA_CREDENTIAL_SECRET"] = self.keys.credentials
            told["LOA_SEALING_KEYS"] = str(self.place.sealing_keys)
        return told

    def gateway_environment(self) -> dict[str, str]:
        """What the gateway is told; it asks the development issuer for keys and tokens through the front door."""
        told = {
            **self._common(),
            **self._service_urls(),
            "LOA_REDIS_URL": self.backing.redis_url,
            "LOA_PASSPORT_PUBLIC_KEY": self.keys.passport_public,
            "LOA_INTERNAL_KEY": self.keys.internal,
            "LOA_OIDC_ISSUER": f"{self.origin.url}/issuer",
            **_CLIENT,
            "LOA_OIDC_JWKS_URL": f"{self.front_door_url}/issuer/jwks",
            "LOA_OIDC_TOKEN_URL": f"{self.front_door_url}/issuer/token",
            "LOA_OIDC_AUTHORIZE_URL": f"{self.origin.url}/issuer/authorize",
        }
        if self.origin.certificate:
            told["LOA_OIDC_CA_FILE"] = str(self.origin.certificate.authority_file)
        return told

    def front_door_environment(self) -> dict[str, str]:
        """What the front door and its development issuer are told."""
        told = {
            **self._common(),
            **self._service_urls(),
            **_CLIENT,
            "LOA_GATEWAY_URL": self.url(GATEWAY),
            "LOA_INTERNAL_KEY": self.keys.internal,
            "LOA_LISTEN_HOST": self.origin.host,
            "LOA_LISTEN_PORT": str(self.origin.port),
            "LOA_ISSUER_KEY_FILE": str(self.keys.issuer_file),
        }
        if self.origin.certificate:
            told["LOA_TLS_CERT"] = str(self.origin.certificate.chain_file)
            told["LOA_TLS_KEY"] = str(self.origin.certificate.key_file)
        return told

    def migration(self, service: ServiceName) -> Program:
        """A short process that brings a service's database up to date."""
        arguments = ["-m", "kit.migrate", service.app]
        return self._python(f"migrate-{service.package}", arguments, self.service_environment(service))

    def programs(self) -> list[Program]:
        """Everything that runs, but for the embedded servers."""
        webs = [self._web(service) for service in SERVICES]
        workers = [self._worker(service) for service in SERVICES]
        return [self._gateway(), *webs, self._front_door(), *workers]

    def _web(self, service: ServiceName) -> Program:
        port = self.ports[service.package]
        command = ["-m", "uvicorn", f"{service.app}:app", "--host", "127.0.0.1", "--port", str(port)]
        # Longer than callers keep an idle connection, or they would meet it closing.
        command += [
            "--no-access-log",
            "--no-server-header",
            "--timeout-keep-alive",
            "75",
            "--timeout-graceful-shutdown",
            "5",
        ]
        told = self.service_environment(service)
        # Whoever breaks into what faces the world shall not be able to open the inbox.
        told.pop("LOA_SEALING_KEYS", None)
        program = self._python(service.package, command, told)
        return replace(program, ready=lambda: answers(f"{self.url(service.package)}/readyz"))

    def _worker(self, service: ServiceName) -> Program:
        return self._python(
            f"{service.package}-worker", ["-m", "kit.worker", service.app], self.service_environment(service)
        )

    def _gateway(self) -> Program:
        command = ["-m", "gateway", "--host", "127.0.0.1", "--port", str(self.ports[GATEWAY])]
        program = self._python(GATEWAY, command, self.gateway_environment())
        return replace(program, ready=lambda: answers(f"{self.url(GATEWAY)}/readyz"))

    def _front_door(self) -> Program:
        program = self._python(FRONT_DOOR, ["-m", "loa.front_door"], self.front_door_environment())
        authority = self.origin.certificate.authority_file if self.origin.certificate else None
        return replace(program, ready=lambda: answers(f"{self.front_door_url}/healthz", authority))

    def _python(self, name: str, arguments: list[str], environment: dict[str, str]) -> Program:
        return Program(
            name=name,
            command=[sys.executable, *arguments],
            environment=environment,
            folder=ROOT,
            pid_file=self.place.processes / f"{name}.pid",
        )

    def _common(self) -> dict[str, str]:
        return {**ordinary_environment(), "LOA_ENVIRONMENT": "development", "LOA_PUBLIC_URL": self.origin.url}

    def _service_urls(self) -> dict[str, str]:
        return {service.variable: self.url(service.package) for service in (ORG, SURVEY, MEDIA_ARCHIVE)}


# The gateway as a client of the development issuer.
_CLIENT = {"LOA_OIDC_CLIENT_ID": "loa-web", "LOA_OIDC_AUDIENCE": "loa"}
# What a person may set for all processes at once; everything else named LOA_… is ours to say.
_PASSED_ON = {"LOA_LOG_LEVEL"}


def ordinary_environment() -> dict[str, str]:
    """The environment without settings meant for other processes."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOA_") or name in _PASSED_ON}
    return {**kept, "PYTHONUNBUFFERED": "1"}

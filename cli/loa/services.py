"""The services of this house, and how their processes are called."""

from dataclasses import dataclass
from pathlib import Path

from loa.place import ROOT


@dataclass(frozen=True)
class ServiceName:
    """One service: its package is its subgraph's name; its folder is written with a hyphen."""

    package: str

    @property
    def folder(self) -> Path:
        """Where its code and its schema file lie."""
        return ROOT / "services" / self.package.replace("_", "-")

    @property
    def app(self) -> str:
        """The module that declares it."""
        return f"{self.package}.app"

    @property
    def schema_file(self) -> Path:
        """Its committed schema."""
        return self.folder / "schema.graphql"

    @property
    def migration_names(self) -> set[str]:
        """Its migrations: numbered modules."""
        return {path.stem for path in (self.folder / self.package / "migrations").glob("[0-9]*.py")}

    @property
    def variable(self) -> str:
        """The setting that tells others its address."""
        return f"LOA_{self.package.upper()}_URL"


ORG = ServiceName("org")
SURVEY = ServiceName("survey")
MEDIA_ARCHIVE = ServiceName("media_archive")
SERVICES = (ORG, SURVEY, MEDIA_ARCHIVE)


def service_named(name: str) -> ServiceName:
    """The service of a name as a person writes it; raises KeyError."""
    return {service.package: service for service in SERVICES}[name.replace("-", "_")]

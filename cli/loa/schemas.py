"""The schema files in git: what they should say now, and which of them are stale."""

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from loa.embedded import CannotStart
from loa.house import ordinary_environment
from loa.place import ROOT
from loa.services import SERVICES, ServiceName

SUPERGRAPH = ROOT / "gateway" / "gateway" / "supergraph.graphql"
_PRINT = "import importlib, sys; sys.stdout.write(importlib.import_module(sys.argv[1]).service.schema.as_str())"


def current() -> dict[Path, str]:
    """The text that each schema file, and the supergraph, should have. Raises CannotStart when there is none."""
    with ThreadPoolExecutor() as pool:
        schemas = dict(zip((one.schema_file for one in SERVICES), pool.map(_schema_of, SERVICES), strict=True))
    return {**schemas, SUPERGRAPH: _composed(list(schemas.values()))}


def stale() -> list[Path]:
    """The files that do not say what they should."""
    return [path for path, text in current().items() if not path.exists() or path.read_text(encoding="utf-8") != text]


def rewrite() -> list[Path]:
    """Write what should be there; return the files that changed."""
    changed: list[Path] = []
    for path, text in current().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
            changed.append(path)
    return changed


def _schema_of(service: ServiceName) -> str:
    """A service's schema, printed by a process of its own: services never share one."""
    environment = {**ordinary_environment(), "LOA_ENVIRONMENT": "development", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-c", _PRINT, service.app]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise CannotStart(f"{service.package} has no schema:\n{done.stderr.strip()[-2000:]}")
    return done.stdout.rstrip() + "\n"


def _composed(schemas: list[str]) -> str:
    from gateway.composition import CompositionFailed, compose
    from gateway.planner.node import ModulesUnavailable

    with tempfile.TemporaryDirectory(prefix="loa-") as folder:
        files = {service.package: Path(folder) / f"{service.package}.graphql" for service in SERVICES}
        for file, text in zip(files.values(), schemas, strict=True):
            file.write_text(text, encoding="utf-8")
        try:
            return compose(files)
        except (CompositionFailed, ModulesUnavailable) as error:
            raise CannotStart(f"the schemas do not make one graph:{os.linesep}{error}") from error

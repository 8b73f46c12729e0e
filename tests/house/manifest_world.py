"""The manifests as a cluster would get them, and questions about them."""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from loa import manifests

Manifest = dict[str, Any]

SERVICES = ("gateway", "media-archive", "org", "survey")
WITH_DATABASE = ("media-archive", "org", "survey")
# An operator's own copies hold real secrets and are none of our business.
OVERLAYS = [path.name for path in manifests.overlays() if not path.name.startswith("local-")]
# Of PostgreSQL and Valkey in the overlay that brings its own.
SERVERS = ("postgres", "valkey")


@cache
def rendered(overlay: str) -> list[Manifest]:
    """The objects of an overlay. Skips where nothing can render, but not where everything must be tested."""
    try:
        text = manifests.rendered(manifests.renderer(), manifests.FOLDER / "overlays" / overlay)
    except manifests.NotRendered as reason:
        if "LOA_REFERENCE_DIR" in os.environ:
            raise
        pytest.skip(str(reason))
    return [each for each in yaml.safe_load_all(text) if each]


def of_kind(overlay: str, *kinds: str) -> dict[str, Manifest]:
    """The objects of some kinds, by name."""
    return {each["metadata"]["name"]: each for each in rendered(overlay) if each["kind"] in kinds}


def pods(overlay: str) -> dict[str, Manifest]:
    """The pod template of everything that makes pods, by name."""
    makers = of_kind(overlay, "Deployment", "StatefulSet", "Job")
    return {name: each["spec"]["template"] for name, each in makers.items()}


def containers(overlay: str) -> Iterator[tuple[str, Manifest]]:
    """Every container with the name of what makes its pod."""
    for name, pod in pods(overlay).items():
        for container in [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]:
            yield name, container


def service_of(pod: Manifest) -> str:
    """The service that a pod belongs to."""
    return pod["metadata"]["labels"]["app.kubernetes.io/name"]


def given(overlay: str, pod: Manifest) -> dict[str, tuple[str, str]]:
    """Each variable of a pod's container, with the object it comes from (without its hash) and its value."""
    found: dict[str, tuple[str, str]] = {}
    for source in pod["spec"]["containers"][0].get("envFrom", []):
        kind, reference = ("ConfigMap", "configMapRef") if "configMapRef" in source else ("Secret", "secretRef")
        name = source[reference]["name"]
        holder = of_kind(overlay, kind)[name]
        values = {**holder.get("data", {}), **decoded(holder)} if kind == "Secret" else holder["data"]
        found |= {variable: (name.rpartition("-")[0], value) for variable, value in values.items()}
    return found


def decoded(secret: Manifest) -> dict[str, str]:
    """A secret's values."""
    import base64

    return {name: base64.b64decode(value).decode() for name, value in secret.get("data", {}).items()}


def matches(selector: dict[str, str], pod: Manifest) -> bool:
    """Whether labels select a pod."""
    return selector.items() <= pod["metadata"]["labels"].items()


def chain(overlay: str, ingress: Manifest) -> list[Manifest]:
    """The middlewares that a request through an Ingress passes, in order."""
    namespace = ingress["metadata"]["namespace"]
    reference = ingress["metadata"]["annotations"]["traefik.ingress.kubernetes.io/router.middlewares"]
    name = reference.removeprefix(f"{namespace}-").removesuffix("@kubernetescrd")
    found = of_kind(overlay, "Middleware")
    if links := found[name]["spec"].get("chain"):
        return [found[link["name"]]["spec"] for link in links["middlewares"]]
    return [found[name]["spec"]]


def project_version(folder: Path) -> str:
    """The version that a member of the workspace has."""
    import tomllib

    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

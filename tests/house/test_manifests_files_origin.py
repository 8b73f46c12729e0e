"""The component that sends files from a host of their own: nothing but files is there, and no session reaches it."""

import os

import pytest
import yaml
from manifest_world import Manifest

from loa import manifests


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> list[Manifest]:
    """The production overlay with the component, as an operator would write it."""
    tmp_path = tmp_path_factory.mktemp("files-origin")
    there = {name: os.path.relpath(manifests.FOLDER / path, tmp_path.resolve()) for name, path in PARTS.items()}
    settings = {
        "name": "media-archive-settings",
        "behavior": "merge",
        "literals": ["LOA_FILES_URL=https://f.example.org"],
    }
    host = [
        {"op": "replace", "path": "/spec/tls/0/hosts/0", "value": "f.example.org"},
        {"op": "replace", "path": "/spec/rules/0/host", "value": "f.example.org"},
    ]
    written = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": "loa",
        "resources": [there["overlay"]],
        "components": [there["component"]],
        "configMapGenerator": [settings],
        "patches": [{"target": {"kind": "Ingress", "name": "files"}, "patch": yaml.safe_dump(host)}],
    }
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")
    try:
        text = manifests.rendered(manifests.renderer(), tmp_path)
    except manifests.NotRendered as reason:
        if "LOA_REFERENCE_DIR" in os.environ:
            raise
        pytest.skip(str(reason))
    return [each for each in yaml.safe_load_all(text) if each]


PARTS = {"overlay": "overlays/production", "component": "components/files-origin"}


def test_files_have_a_host_of_their_own_and_nothing_else_is_there(objects: list[Manifest]):
    ingresses = {each["metadata"]["name"]: each for each in objects if each["kind"] == "Ingress"}
    (rule,) = ingresses["files"]["spec"]["rules"]
    assert rule["host"] == "f.example.org"
    assert [(one["path"], one["backend"]["service"]["name"]) for one in rule["http"]["paths"]] == [
        ("/files", "media-archive-web")
    ]
    assert ingresses["files"]["spec"]["tls"] == [{"hosts": ["f.example.org"], "secretName": "loa-files-tls"}]
    others = {one["spec"]["rules"][0]["host"] for name, one in ingresses.items() if name != "files"}
    assert others == {"loa.example.org"}


def test_no_session_reaches_it_and_no_address_is_logged(objects: list[Manifest]):
    (files,) = [each for each in objects if each["kind"] == "Ingress" and each["metadata"]["name"] == "files"]
    annotations = files["metadata"]["annotations"]
    assert annotations["traefik.ingress.kubernetes.io/router.middlewares"] == "loa-nobody@kubernetescrd"
    assert annotations["traefik.ingress.kubernetes.io/router.observability.accesslogs"] == "false"
    (nobody,) = [each for each in objects if each["kind"] == "Middleware" and each["metadata"]["name"] == "nobody"]
    stripped = nobody["spec"]["headers"]["customRequestHeaders"]
    assert {"Cookie", "Authorization", "Loa-Passport"} <= {name for name, value in stripped.items() if value == ""}


def test_the_archive_is_told(objects: list[Manifest]):
    told = [
        each["data"]["LOA_FILES_URL"]
        for each in objects
        if each["kind"] == "ConfigMap" and "LOA_FILES_URL" in each["data"]
    ]
    assert told == ["https://f.example.org"]

"""The operator's handbook tells every setting as the programs declare it, and names only what exists."""

import re

import pytest
from settings_world import PACKAGES, settings_of, variables

from loa import manifests
from loa.place import ROOT

HANDBOOK = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
SECTIONS = {
    "kit": "Every service (org, survey, media-archive)",
    "org": "org",
    "survey": "survey",
    "media_archive": "media-archive",
    "gateway": "gateway",
    "loa": "Front door and development issuer (`python run.py up`; not in production)",
}


def rows_of(section: str) -> list[str]:
    """The rows of a section's table."""
    _, _, text = HANDBOOK.partition(f"\n### {section}\n")
    return re.findall(r"^\| `LOA_.*\|$", text.partition("\n### ")[0], re.MULTILINE)


@pytest.mark.parametrize("package", list(PACKAGES))
def test_every_setting_is_told_with_its_default_and_meaning(package):
    common = variables(settings_of("kit")).items() if package != "kit" else set()
    # What a service inherits is told once.
    own = [(name, told) for name, told in variables(settings_of(package)).items() if (name, told) not in common]
    wanted = [f"| `{name}` | {f'`{default}`' if default else ''} | {meaning} |" for name, (default, meaning) in own]
    assert rows_of(SECTIONS[package]) == wanted


def test_every_setting_has_a_meaning():
    for package in PACKAGES:
        for name, (_, meaning) in variables(settings_of(package)).items():
            assert meaning.endswith("."), name


def test_every_path_and_component_exists():
    named = set(re.findall(r"`(deploy/[\w/.-]+|compose\.yaml)`", HANDBOOK))
    assert "deploy/k8s/overlays/production" in named
    assert [path for path in named if not path.endswith("local-") and not (ROOT / path).exists()] == []
    offered = re.search(r"Parts to choose among \(`components/`\): (.*)", HANDBOOK)
    assert offered is not None
    there = {path.parent.name for path in manifests.FOLDER.glob("components/*/kustomization.yaml")}
    assert set(re.findall(r"`([\w-]+)` \(", offered[1])) == there


def test_every_module_that_is_run_exists():
    for module in re.findall(r"python -m kit\.worker ([\w.]+)", HANDBOOK):
        package, _, name = module.partition(".")
        assert (PACKAGES[package] / package / f"{name}.py").exists(), module

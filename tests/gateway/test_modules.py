"""The npm packages are put in place from the lock file, once, whoever asks and however many at a time."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest

from gateway.planner.node import EXPLORER, PLANNER, ModulesUnavailable, ensure_modules, install, is_installed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ensure_modules()
    copy = tmp_path / "planner"
    copy.mkdir()
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(PLANNER / name, copy / name)
    return copy


def test_two_at_once_install_once(folder: Path) -> None:
    said: list[str] = []
    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(install, folder, said.append) for _ in range(2)]:
            done.result()
    assert said == ["npm packages of planner"]
    assert is_installed(folder)
    assert (folder / "node_modules" / "graphql" / "package.json").is_file()
    assert not list(folder.glob(".install-*"))
    install(folder, said.append)
    assert len(said) == 1


def test_a_failed_installation_leaves_the_old_packages(folder: Path) -> None:
    old = folder / "node_modules" / "old"
    old.mkdir(parents=True)
    (folder / "package-lock.json").write_text("{}")
    with pytest.raises(ModulesUnavailable, match="npm could not install"):
        install(folder, lambda _: None)
    assert old.is_dir()
    assert not list(folder.glob(".install-*"))


@pytest.mark.parametrize("home", [PLANNER, EXPLORER])
def test_lock_files_name_no_registry_and_pin_every_package(home: Path) -> None:
    packages = orjson.loads((home / "package-lock.json").read_bytes())["packages"]
    for name, package in packages.items():
        assert "resolved" not in package, name
        assert name == "" or package["integrity"].startswith("sha512-"), name

"""run.py: finds uv, brings it where it is missing, and says what to do where it cannot."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run():
    spec = importlib.util.spec_from_file_location("bootstrap_run", ROOT / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def script(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    return path


def test_takes_the_uv_in_boot_before_the_machines(run, tmp_path, monkeypatch):
    ours = script(tmp_path / "boot" / "bin" / "uv", "echo uv 0.13.8")
    machines = script(tmp_path / "path" / "uv", "echo uv 0.13.9")
    monkeypatch.setenv("PATH", str(machines.parent), prepend=os.pathsep)
    assert run.found_uv(tmp_path / "boot") == ours
    ours.unlink()
    assert run.found_uv(tmp_path / "boot") == machines


def test_passes_over_a_uv_that_is_too_old_or_broken(run, tmp_path, monkeypatch):
    old = script(tmp_path / "path" / "uv", "echo uv 0.4.30")
    script(tmp_path / "boot" / "bin" / "uv", "exit 1")
    monkeypatch.setenv("PATH", str(old.parent), prepend=os.pathsep)
    assert run.found_uv(tmp_path / "boot") is None


def test_brings_uv_with_pip(run, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(run.shutil, "which", lambda _: None)
    boot = tmp_path / "boot"
    # A Python whose pip does what pip does with --target.
    python = script(
        tmp_path / "python",
        'test "$2" = pip || exit 9',
        f"mkdir -p {boot}/bin; printf '#!/bin/sh\\necho uv 0.13.8\\n' > {boot}/bin/uv; chmod +x {boot}/bin/uv",
    )
    assert run.bring_uv(boot, str(python)) == boot / "bin" / "uv"
    assert "bringing uv" in capsys.readouterr().out


def test_without_pip_it_makes_a_virtual_environment(run, tmp_path, monkeypatch):
    monkeypatch.setattr(run.shutil, "which", lambda _: None)
    boot = tmp_path / "boot"
    inner = tmp_path / "inner"
    script(
        inner,
        f"printf '#!/bin/sh\\necho uv 0.13.8\\n' > {boot}/venv/bin/uv; chmod +x {boot}/venv/bin/uv",
    )
    python = script(
        tmp_path / "python",
        'test "$2" = pip && { echo No module named pip >&2; exit 1; }',
        f"mkdir -p {boot}/venv/bin; cp {inner} {boot}/venv/bin/python",
    )
    assert run.bring_uv(boot, str(python)) == boot / "venv" / "bin" / "uv"


def test_with_neither_it_says_what_to_install(run, tmp_path, monkeypatch):
    monkeypatch.setattr(run.shutil, "which", lambda _: None)
    python = script(tmp_path / "python", "echo ensurepip is not available >&2; exit 1")
    with pytest.raises(run.CannotStart, match=r"(?s)apt install python3-pip python3-venv.*ensurepip is not available"):
        run.bring_uv(tmp_path / "boot", str(python))


def test_an_old_python_is_told_so(run, monkeypatch):
    monkeypatch.setattr(run, "OLDEST_PYTHON", (99, 0))
    with pytest.raises(run.CannotStart, match=r"needs Python 99\.0 or newer; this is 3\."):
        run.main([])


def test_it_needs_nothing_but_the_standard_library():
    done = subprocess.run(
        [sys.executable, "-S", "-I", "-c", f"import runpy; runpy.run_path({str(ROOT / 'run.py')!r}, run_name='x')"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")

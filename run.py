#!/usr/bin/env python3
"""Start Loa on a machine that has Python 3.11 and nothing else: `python run.py` is `python run.py up`.

Brings `uv` into `.boot/` when the machine has none, lets it build the locked environment in `.venv/`,
and becomes the `loa` command there. Standard library only, and readable by old Pythons, so that they can be told.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
BOOT = ROOT / ".boot"
UV = "uv>=0.13,<0.14"
OLDEST_UV = (0, 9)
OLDEST_PYTHON = (3, 11)
WINDOWS = os.name == "nt"


class CannotStart(Exception):
    """Something is missing on this machine; the message says what to do about it."""


def program(folder, name):
    """Where an environment made by this operating system keeps one of its programs."""
    return folder / ("Scripts" if WINDOWS else "bin") / (name + ".exe" if WINDOWS else name)


def uv_version(uv):
    try:
        said = subprocess.run([str(uv), "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return (0,)
    numbers = re.search(r"(\d+)\.(\d+)", said)
    return tuple(int(number) for number in numbers.groups()) if numbers else (0,)


def found_uv(boot=BOOT):
    """A uv that is new enough for the lock file: ours first, then the machine's."""
    # pip's --target always says bin/, a virtual environment says Scripts\ on Windows.
    ours = [boot / "bin" / ("uv.exe" if WINDOWS else "uv"), program(boot / "venv", "uv")]
    machines = shutil.which("uv")
    candidates = [path for path in ours if path.exists()] + ([Path(machines)] if machines else [])
    for candidate in candidates:
        if uv_version(candidate) >= OLDEST_UV:
            return candidate
    return None


def quietly(command):
    """Run a command; return what it complained about, or nothing when it went well."""
    try:
        done = subprocess.run(
            [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    except OSError as error:
        return str(error)
    return "" if done.returncode == 0 else (done.stdout.strip() or "exit code %d" % done.returncode)


def bring_uv(boot=BOOT, python=sys.executable):
    """Put uv into `.boot/`: with this Python's pip, and where that is missing, with a virtual environment's."""
    print("Loa: bringing uv into %s ..." % boot.name, flush=True)
    pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    complaints = [quietly([python, *pip, "--target", boot, UV])]
    if complaints[0]:
        complaints.append(quietly([python, "-m", "venv", boot / "venv"]))
        complaints.append(complaints[-1] or quietly([program(boot / "venv", "python"), *pip, UV]))
    uv = found_uv(boot)
    if uv:
        return uv
    raise CannotStart(
        "could not install uv. Install it (https://docs.astral.sh/uv/), or pip, or venv\n"
        "(Debian: apt install python3-pip python3-venv), then start again.\n\n" + "\n".join(filter(None, complaints))
    )


def prepare(uv, root=ROOT):
    """Make `.venv/` what the lock file says, and return its `loa` command."""
    environment = root / ".venv"
    python = program(environment, "python")
    command = [str(uv), "sync", "--frozen", "--inexact"]
    if python.exists():
        command.append("--quiet")
    else:
        print("Loa: building the environment in .venv (once, needs the network) ...", flush=True)
        command += ["--python", sys.executable]
    variables = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    variables["UV_PROJECT_ENVIRONMENT"] = str(environment)
    if subprocess.run(command, cwd=str(root), env=variables).returncode != 0:
        raise CannotStart("uv could not build the environment; its message is above.")
    return program(environment, "loa")


def become(command):
    """Replace this process, so that whoever started or kills it deals with `loa` itself."""
    if not WINDOWS:
        os.execv(command[0], command)
    child = subprocess.Popen(command)
    while True:
        try:
            sys.exit(child.wait())
        except KeyboardInterrupt:
            continue  # the child got the same Ctrl-C and is stopping in order


def main(arguments):
    if sys.version_info < OLDEST_PYTHON:
        raise CannotStart(
            "needs Python %d.%d or newer; this is %s (%s).\nStart it with a newer one: python3.11 run.py"
            % (*OLDEST_PYTHON, sys.version.split()[0], sys.executable)
        )
    os.chdir(str(ROOT))
    loa = prepare(found_uv() or bring_uv())
    become([str(loa), *(arguments or ["up"])])


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except CannotStart as reason:
        sys.exit("Loa: %s" % reason)

"""Processes that an earlier, killed run left behind: found by what it wrote down, and stopped before a new start."""

import json
import signal
from pathlib import Path

import psutil


def remember(file: Path, pid: int) -> None:
    """Write down a process so that it can be told from a later one that got the same number."""
    try:
        began = psutil.Process(pid).create_time()
    except psutil.Error:
        return  # it is gone already; its supervisor will see
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"pid": pid, "began": began}))


def recall(file: Path) -> psutil.Process | None:
    """The process of a file when it still runs."""
    try:
        noted = json.loads(file.read_text())
        process = psutil.Process(int(noted["pid"]))
        # The clock may be set in between; two processes of one number do not begin within two seconds.
        same = abs(process.create_time() - float(noted["began"])) < 2
        return process if same and is_alive(process) else None
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        return None


def is_alive(process: psutil.Process) -> bool:
    """Whether a process runs; one that ended and waits for its parent does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def end(process: psutil.Process, with_signal: int = signal.SIGTERM, within: float = 10) -> None:
    """Stop a process that is not our child: asked first, killed when it does not listen."""
    try:
        process.send_signal(with_signal)
        if _gone(process, within):
            return
        process.kill()
        _gone(process, 5)
    except psutil.NoSuchProcess:
        return


def _gone(process: psutil.Process, within: float) -> bool:
    gone, _ = psutil.wait_procs([process], timeout=within)
    return bool(gone) or not is_alive(process)


def end_all(folder: Path) -> list[str]:
    """Stop every process written down in a folder; return the names of those that still ran."""
    names: list[str] = []
    files = sorted(folder.glob("*.pid")) if folder.is_dir() else []
    processes = [(file, recall(file)) for file in files]
    for _, process in processes:
        if process:
            _ask(process)
    for file, process in processes:
        if process:
            end(process)
            names.append(file.stem)
        file.unlink(missing_ok=True)
    return names


def _ask(process: psutil.Process) -> None:
    try:
        process.terminate()
    except psutil.Error:
        return

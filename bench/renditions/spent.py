"""Time of processors that work took, whoever did it: what else runs on the machine changes it little."""

import os

import psutil


def seconds() -> float:
    """Return what this process and all that it started, and these, and so on, have used until now."""
    myself = psutil.Process(os.getpid())
    spent = 0.0
    for process in (myself, *myself.children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        spent += times.user + times.system
    return spent

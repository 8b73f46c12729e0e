"""Children that do not outlive their parent, where the operating system can arrange it (Linux)."""

import ctypes
import os
import signal
import sys

_SET_PARENT_DEATH_SIGNAL = 1
# Loaded before any fork: a child must not load libraries between fork and exec.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(with_signal: int = signal.SIGTERM) -> None:
    """Called in a child: the kernel sends it this signal when the thread that started it ends, even by `kill -9`."""
    if _LIBC is not None:
        _LIBC.prctl(_SET_PARENT_DEATH_SIGNAL, int(with_signal), 0, 0, 0)


def enter_user_namespace(uid: int) -> None:
    """Called in a child of root: be `uid` in the program's own eyes, while files still belong to the real root.

    Raises OSError where the machine forbids user namespaces.
    """
    assert _LIBC is not None
    real_uid, real_gid = os.geteuid(), os.getegid()
    if _LIBC.unshare(0x10000000):  # CLONE_NEWUSER
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{uid} {real_uid} 1")
    _write("/proc/self/gid_map", f"{uid} {real_gid} 1")


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)

"""Programs that we call: bounded in time, and gone with everything they started when the time is over."""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Done:
    """How a program ended and what it wrote to standard output."""

    status: int
    output: bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """What the kernel grants a program without limits of its own: address space, and the size of a file it writes."""

    memory_bytes: int
    file_bytes: int


async def run(
    command: Sequence[str],
    *,
    seconds: float,
    environment: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    given: bytes | None = None,
) -> Done:
    """Run a program to its end; TimeoutError (and the program's whole process group killed) when it takes too long.

    FileNotFoundError when there is no such program. `environment` is added to ours; `given` is its standard input.
    """
    process = await asyncio.create_subprocess_exec(
        *(command if limits is None else _limited(command, limits)),
        stdin=asyncio.subprocess.DEVNULL if given is None else asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, **(environment or {})},
        start_new_session=True,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(given), seconds)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return Done(process.returncode or 0, output)


def _limited(command: Sequence[str], limits: Limits) -> Sequence[str]:
    """Have a shell set limits and become the program: code of ours between fork and exec is not safe with threads."""
    # POSIX counts files in blocks of 512 bytes; memory is told in KiB by every shell that knows it.
    script = f'ulimit -v {limits.memory_bytes // 1024} && ulimit -f {limits.file_bytes // 512} && exec "$@"'
    return ["/bin/sh", "-c", script, "sh", *command]

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


async def run(command: Sequence[str], *, seconds: float, environment: Mapping[str, str] | None = None) -> Done:
    """Run a program to its end; TimeoutError (and the program's whole process group killed) when it takes too long.

    FileNotFoundError when there is no such program. `environment` is added to ours.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, **(environment or {})},
        start_new_session=True,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), seconds)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return Done(process.returncode or 0, output)

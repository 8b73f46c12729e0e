"""Keeps programs running: starts them side by side, restarts one that dies and says so, stops them in order."""

import asyncio
import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from loa.embedded import CannotStart, Program
from loa.embedded.programs import last_lines
from loa.voice import Voice

_GLANCE = 0.1
_LOG_LIMIT = 20 * 1024 * 1024


@dataclass(frozen=True)
class Patience:
    """How a supervisor treats a program that dies."""

    first_wait: float = 0.5
    longest_wait: float = 30
    # Who lived this long is forgiven earlier deaths.
    forgiven_after: float = 60
    # Who died this often without ever being ready is given up, with all the rest.
    attempts: int = 3


@dataclass
class Child:
    """One program and its present process."""

    program: Program
    log: Path
    process: subprocess.Popen[bytes]
    began: float = field(default_factory=time.monotonic)
    deaths: int = 0
    has_been_ready: asyncio.Event = field(default_factory=asyncio.Event)


class Supervisor:
    """Runs programs in groups; a later group may lean on an earlier one and is stopped before it."""

    def __init__(self, logs: Path, voice: Voice, patience: Patience | None = None) -> None:
        self._logs = logs
        self._voice = voice
        self._patience = patience or Patience()
        self._groups: list[list[Child]] = []
        self._keepers: list[asyncio.Task[None]] = []

    @property
    def children(self) -> list[Child]:
        """All children, in the order of their start."""
        return [child for group in self._groups for child in group]

    async def start(self, programs: Sequence[Program], on_ready: Callable[[Program], None] = lambda _: None) -> None:
        """Start a group and return when all of it is ready.

        Raises CannotStart when one dies again and again, or is not ready in its time; the caller then stops everything.
        """
        group: list[Child] = []
        self._groups.append(group)
        for program in programs:
            log = self._log_of(program)
            group.append(Child(program, log, _spawn(program, log, self._voice)))
        keepers = [asyncio.create_task(self._keep(child), name=f"keep {child.program.name}") for child in group]
        self._keepers += keepers
        waits = [asyncio.create_task(self._until_ready(child, on_ready)) for child in group]
        try:
            await _all_or_first_failure(waits, keepers)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def run(self, program: Program) -> None:
        """Run a program to its end. Raises CannotStart with its last words when it fails."""
        log = self._log_of(program)
        process = _spawn(program, log, self._voice)
        try:
            while process.poll() is None:
                await asyncio.sleep(_GLANCE / 2)
        finally:
            await _end(program, process)
        if process.returncode:
            raise CannotStart(
                f"{program.name} failed (code {process.returncode}); all of it is in {log}\n{last_lines(log)}"
            )

    async def failed(self) -> None:
        """Wait until a child is given up, which raises its CannotStart; never returns otherwise."""
        await asyncio.gather(*self._keepers)

    async def stop(self) -> None:
        """Stop everything, the last group first, each group side by side."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for group in reversed(self._groups):
            await asyncio.gather(*(_end(child.program, child.process) for child in group))

    async def _keep(self, child: Child) -> None:
        while True:
            while child.process.poll() is None:
                await asyncio.sleep(_GLANCE)
            await self._restart(child)

    async def _restart(self, child: Child) -> None:
        name, code = child.program.name, child.process.returncode
        lived = time.monotonic() - child.began
        child.deaths = 1 if lived > self._patience.forgiven_after else child.deaths + 1
        if not child.has_been_ready.is_set() and child.deaths >= self._patience.attempts:
            raise CannotStart(
                f"{name} ended {child.deaths} times ({_cause(code)}); its log is {child.log}\n{last_lines(child.log)}"
            )
        wait = min(self._patience.first_wait * 2 ** (child.deaths - 1), self._patience.longest_wait)
        self._voice.warn(name, f"ended ({_cause(code)}) after {lived:.0f} s; restarting in {wait:g} s")
        await asyncio.sleep(wait)
        child.process = _spawn(child.program, child.log, self._voice)
        child.began = time.monotonic()
        self._voice.of(name, f"restarted (process {child.process.pid})")

    async def _until_ready(self, child: Child, on_ready: Callable[[Program], None]) -> None:
        program = child.program
        deadline = time.monotonic() + program.ready_within
        while not (child.process.poll() is None and await program.ready()):
            if time.monotonic() > deadline:
                late = f"{program.name} was not ready within {program.ready_within:.0f} s"
                raise CannotStart(f"{late}; its log is {child.log}\n{last_lines(child.log)}")
            await asyncio.sleep(_GLANCE / 2)
        child.has_been_ready.set()
        on_ready(program)

    def _log_of(self, program: Program) -> Path:
        log = self._logs / f"{program.name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists() and log.stat().st_size > _LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
        return log


def _spawn(program: Program, log: Path, voice: Voice) -> subprocess.Popen[bytes]:
    """Start a program; a thread writes its lines to its log and shows those that matter."""
    mine, its = os.pipe()
    try:
        process = program.spawn(its)
    except CannotStart:
        os.close(mine)
        raise
    finally:
        os.close(its)
    listener = threading.Thread(
        target=_listen, args=(mine, program, log, voice), name=f"log {program.name}", daemon=True
    )
    listener.start()
    return process


def _listen(descriptor: int, program: Program, log: Path, voice: Voice) -> None:
    with os.fdopen(descriptor, "rb") as lines, log.open("ab", buffering=0) as file:
        shown = _Allowance()
        for line in lines:
            file.write(line)
            text = line.decode(errors="replace").rstrip()
            if program.notable.search(text) and shown.has_room():
                voice.echo(program.name, text if shown.room else f"{text}  (… more of this in {log})")


class _Allowance:
    """How much of a child's complaints is shown: a few at a time, the rest is in its log."""

    def __init__(self, lines: int = 5, seconds: float = 30) -> None:
        self._lines, self._seconds = lines, seconds
        self.room = lines
        self._since = time.monotonic()

    def has_room(self) -> bool:
        """Whether one more line is shown; `room` then says how many after it."""
        if time.monotonic() - self._since > self._seconds:
            self.room, self._since = self._lines, time.monotonic()
        self.room -= 1
        return self.room >= 0


async def _end(program: Program, process: subprocess.Popen[bytes]) -> None:
    """Ask a process to stop; kill it when it does not."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(program.stop_signal)
        deadline = time.monotonic() + program.stops_within
        while process.poll() is None and time.monotonic() < deadline:
            await asyncio.sleep(_GLANCE / 4)
        if process.poll() is None:
            process.kill()
            process.wait()
    program.forget()


async def _all_or_first_failure(waits: list[asyncio.Task[None]], keepers: list[asyncio.Task[None]]) -> None:
    pending = set(waits)
    while pending:
        done, _ = await asyncio.wait({*pending, *keepers}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        pending -= done


def _cause(code: int | None) -> str:
    if code is not None and code < 0:
        return f"signal {-code}"
    return f"code {code}"

"""What it takes to run one program: its command, how it is stopped, how one knows that it is ready."""

import asyncio
import contextlib
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from loa.embedded import leftovers, parents

WINDOWS = os.name == "nt"
NOTABLE = re.compile(r'"level":"(warning|error|critical)"|\b(WARNING|ERROR|CRITICAL|FATAL|PANIC)\b|^Traceback')


class CannotStart(Exception):
    """A program cannot be started on this machine; the message says what to do about it."""


def always_ready() -> Awaitable[bool]:
    """A program without a way to ask is ready as soon as it runs."""
    return asyncio.sleep(0, result=True)


@dataclass(frozen=True, kw_only=True)
class Program:
    """One program and the manners of living with it."""

    name: str
    command: list[str]
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    folder: Path | None = None
    ready: Callable[[], Awaitable[bool]] = always_ready
    ready_within: float = 60
    stop_signal: int = signal.SIGTERM
    stops_within: float = 10
    # Runs before each start, also before a restart: clears what a crash left behind.
    before_start: Callable[[], None] | None = None
    # Runs in the new process before the program does.
    preexec: Callable[[], None] | None = None
    # Which of its lines are worth showing on the terminal; the log has all of them.
    notable: re.Pattern[str] = NOTABLE
    # Where the process is written down, so that a later start finds it when the supervisor was killed.
    pid_file: Path | None = None

    def spawn(self, output: int) -> subprocess.Popen[bytes]:
        """Start the program with stdout and stderr in the file descriptor `output`; it dies with the calling thread.

        A console's Ctrl-C reaches the whole process group, so the program gets a session of its own: only its
        supervisor decides in which order programs stop.
        """
        if self.pid_file and (leftover := leftovers.recall(self.pid_file)):
            leftovers.end(leftover, self.stop_signal, self.stops_within)
        if self.before_start:
            self.before_start()
        try:
            process = subprocess.Popen(
                self.command,
                env=dict(self.environment),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=self._in_the_child(),
                start_new_session=not WINDOWS,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise CannotStart(f"{self.name} does not start: {error}") from error
        if self.pid_file:
            leftovers.remember(self.pid_file, process.pid)
        return process

    def _in_the_child(self) -> Callable[[], None] | None:
        if WINDOWS:
            return None

        def prepare() -> None:
            if self.preexec:
                self.preexec()
            # Last, because changing user clears it.
            parents.die_with_parent(self.stop_signal)

        return prepare

    def forget(self) -> None:
        """The process ended in order: nothing is left for a later start to find."""
        if self.pid_file:
            self.pid_file.unlink(missing_ok=True)


def free_ports(count: int) -> list[int]:
    """Different TCP ports on 127.0.0.1 that nobody listens on at this moment."""
    with contextlib.ExitStack() as held:
        listeners = [held.enter_context(socket.socket()) for _ in range(count)]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [int(listener.getsockname()[1]) for listener in listeners]


def free_port() -> int:
    """One such port."""
    return free_ports(1)[0]


def stop(process: subprocess.Popen[bytes], with_signal: int, within: float) -> None:
    """End a process: asked first, killed when it does not listen."""
    if process.poll() is None:
        process.send_signal(with_signal)
        try:
            process.wait(within)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


@contextlib.contextmanager
def running(program: Program, log: Path) -> Iterator[None]:
    """Run a program, unsupervised, for the length of a block that begins when it is ready; its output goes to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = program.spawn(output.fileno())
    try:
        asyncio.run(_until_ready(program, process, log))
        yield
    finally:
        stop(process, program.stop_signal, program.stops_within)
        program.forget()


async def _until_ready(program: Program, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + program.ready_within
    while not await program.ready():
        if process.poll() is not None:
            raise CannotStart(f"{program.name} ended with code {process.returncode}; see {log}\n{last_lines(log)}")
        if time.monotonic() > deadline:
            raise CannotStart(f"{program.name} was not ready within {program.ready_within:.0f} s; see {log}")
        await asyncio.sleep(0.03)


def last_lines(log: Path, count: int = 8) -> str:
    """The end of a log file, for a message."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
    except OSError:
        return ""

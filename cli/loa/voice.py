"""What the commands say on the terminal: progress and colours for a person, plain lines for a log file."""

import threading
import time
from types import TracebackType
from typing import Self

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

_COLOURS = ("cyan", "magenta", "blue", "green", "yellow")


class Voice:
    """One speaker for all that runs; may be used from any thread."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self._lock = threading.Lock()
        self._colours: dict[str, str] = {}

    def say(self, text: str) -> None:
        """One plain line."""
        with self._lock:
            self.console.print(Text(text), soft_wrap=True)

    def of(self, name: str, text: str, style: str = "") -> None:
        """One line about, or from, a child, behind its name."""
        with self._lock:
            colour = self._colours.setdefault(name, _COLOURS[len(self._colours) % len(_COLOURS)])
            self.console.print(Text.assemble((f"{name:<20} ", colour), (text, style)), soft_wrap=True)

    def warn(self, name: str, text: str) -> None:
        """One line about something that a person should see."""
        self.of(name, text, "bold red")

    def echo(self, name: str, line: str) -> None:
        """A child's own line; of a JSON line only what it says."""
        self.of(name, _message(line), "yellow")

    def steps(self, title: str, count: int) -> "Steps":
        """Progress over a known number of steps."""
        return Steps(self, title, count)


class Steps:
    """A progress bar where there is a terminal, else a line for each step with its time."""

    def __init__(self, voice: Voice, title: str, count: int) -> None:
        self._voice = voice
        self._count = count
        self._done = 0
        self._began = time.monotonic()
        self._bar: Progress | None = None
        self._task = TaskID(0)
        if voice.console.is_terminal:
            columns = (
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
            )
            self._bar = Progress(*columns, console=voice.console, transient=True)
            self._task = self._bar.add_task(title, total=count)
        else:
            voice.say(f"{title} …")

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def doing(self, text: str) -> None:
        """Tell what is going on now."""
        if self._bar:
            self._bar.update(self._task, description=text)

    def done(self, text: str) -> None:
        """One step is done."""
        self._done += 1
        if self._bar:
            self._bar.update(self._task, advance=1, description=text)
        else:
            self._voice.say(f"  [{self._done}/{self._count}] {text} ({time.monotonic() - self._began:.1f} s)")


def _message(line: str) -> str:
    if not line.startswith("{"):
        return line
    try:
        said = orjson.loads(line)
    except orjson.JSONDecodeError:
        return line
    return f"{said.get('level', '')}: {said.get('message', line)}" if isinstance(said, dict) else line

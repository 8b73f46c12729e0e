"""Tiny programs and a listening voice for the tests of the command line."""

import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from terminal_world import Terminal

from loa.embedded import Program
from loa.supervisor import Patience, Supervisor


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


@pytest.fixture
def python() -> Callable[..., Program]:
    """Makes a program of a few lines of Python."""

    def make(name: str, code: str, **options: object) -> Program:
        return Program(name=name, command=[sys.executable, "-S", "-c", code], **options)

    return make


@pytest.fixture
async def supervisor(tmp_path: Path, terminal: Terminal) -> AsyncIterator[Supervisor]:
    """Restarts at once and gives up after three deaths."""
    made = Supervisor(tmp_path / "log", terminal.voice, Patience(first_wait=0.05, longest_wait=0.2))
    yield made
    await made.stop()

"""The running house that is measured: its addresses, and how much processor time each of its processes has used."""

from dataclasses import dataclass

import psutil

from loa.occupancy import Card, running
from loa.place import Place

# What a process's command line contains, and what it is called in the table; the first that fits.
_NAMES = (
    ("kit.worker org.app", "org worker"),
    ("kit.worker survey.app", "survey worker"),
    ("kit.worker media_archive.app", "media_archive worker"),
    ("org.app:app", "org"),
    ("survey.app:app", "survey"),
    ("media_archive.app:app", "media_archive"),
    ("loa.front_door", "front door"),
    ("-m gateway", "gateway"),
    ("planner", "planner"),
    ("postgres", "PostgreSQL"),
    ("valkey", "Valkey"),
)


class NothingRuns(Exception):
    """There is no running `up` to measure."""


@dataclass(frozen=True)
class House:
    """A running `up`."""

    card: Card

    @classmethod
    def of_here(cls) -> "House":
        """The `up` of this checkout; NothingRuns when there is none."""
        card = running(Place.default())
        if card is None or not card.ready:
            raise NothingRuns("start `python run.py up` and `python run.py demo` first")
        return cls(card)

    def seconds(self) -> dict[str, float]:
        """Processor seconds used so far by each kind of process."""
        used: dict[str, float] = {}
        for process in psutil.Process(self.card.pid).children(recursive=True):
            try:
                words, times = " ".join(process.cmdline()), process.cpu_times()
            except psutil.Error:
                continue
            name = next((name for part, name in _NAMES if part in words), None)
            if name:
                used[name] = used.get(name, 0.0) + times.user + times.system
        return used


def spent(before: dict[str, float], after: dict[str, float], requests: int) -> dict[str, float]:
    """Milliseconds of processor time for each request, by process; what was not used at all is left out."""
    each = {name: (after[name] - before.get(name, 0.0)) * 1000 / max(requests, 1) for name in after}
    return {name: round(value, 3) for name, value in each.items() if value >= 0.001}

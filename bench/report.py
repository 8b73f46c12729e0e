"""How figures are shown: a table for people, JSON for comparing runs."""

import platform
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from bench.load import Figures


@dataclass
class Row:
    """One scenario on one server: the rounds, and the processor time each request took."""

    scenario: str
    server: str
    rounds: list[Figures]
    cpu: dict[str, float] = field(default_factory=dict[str, float])

    @property
    def per_second(self) -> float:
        """The median round's requests per second."""
        return statistics.median(figures.per_second for figures in self.rounds)

    def percentile(self, share: float) -> float:
        """The median round's latency at a share of requests, in milliseconds."""
        return statistics.median(figures.percentile(share) for figures in self.rounds)

    def as_json(self) -> dict[str, Any]:
        """The row as plain values."""
        return {
            "scenario": self.scenario,
            "server": self.server,
            "requests_per_second": round(self.per_second, 1),
            "p50_ms": round(self.percentile(0.5), 2),
            "p99_ms": round(self.percentile(0.99), 2),
            "cpu_ms_per_request": self.cpu,
            "rounds": [round(figures.per_second, 1) for figures in self.rounds],
        }


def show(rows: Sequence[Row]) -> None:
    """Print the table; a server measured beside Loa gets a ratio (Loa's requests per second over its)."""
    table = Table("scenario", "server", "req/s", "p50 ms", "p99 ms", "ratio", "CPU ms per request, by process")
    ours = {row.scenario: row for row in rows if row.server == "loa"}
    for row in rows:
        ratio = f"{ours[row.scenario].per_second / row.per_second:.2f}" if row.server != "loa" else ""
        cpu = ", ".join(f"{name} {value:.2f}" for name, value in _largest_first(row.cpu))
        speed, p50, p99 = f"{row.per_second:,.0f}", f"{row.percentile(0.5):.2f}", f"{row.percentile(0.99):.2f}"
        table.add_row(row.scenario, row.server, speed, p50, p99, ratio, cpu)
    # A file has no width to wrap at.
    Console(width=None if sys.stdout.isatty() else 180).print(table)


def _largest_first(cpu: dict[str, float]) -> list[tuple[str, float]]:
    """What is worth a look; the JSON holds the rest."""
    return sorted(((name, value) for name, value in cpu.items() if value >= 0.05), key=lambda item: -item[1])


def write(rows: Sequence[Row], settings: dict[str, Any], file: Path) -> None:
    """Write the figures as JSON, with what they were measured on."""
    machine = {"system": platform.platform(), "python": platform.python_version(), "at": datetime.now(UTC).isoformat()}
    content = {"machine": machine, "settings": settings, "rows": [row.as_json() for row in rows]}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))

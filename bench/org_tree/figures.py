"""How the figures are shown and kept: limit, figure, and whether the one is within the other."""

import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from bench.clock import Times
from bench.org_tree.asking import Figures
from bench.org_tree.moving import LIMIT, MoveFigures


def show(figures: list[Figures], moves: MoveFigures) -> None:
    """Print two tables: questions, and moves."""
    # A file has no width to wrap at.
    console = Console(width=None if sys.stdout.isatty() else 180)
    questions = Table(
        *("question", "limit ms", "verdict", "statements", "bare SQL ms p50 / p95 / p99", "graph ms", "over HTTP ms"),
        "graph / bare",
        title="Questions (milliseconds: p50 / p95 / p99)",
    )
    for one in figures:
        limit = "" if one.limit is None else f"{one.limit:g}"
        ratio = "" if one.ratio is None else f"{one.ratio:.1f}"
        times = (_three(one.bare), _three(one.graph), _three(one.http))
        questions.add_row(one.name, limit, _verdict(one.is_within), str(one.statements), *times, ratio)
    console.print(questions)
    console.print(_moves(moves))


def _moves(moves: MoveFigures) -> Table:
    table = Table(
        "what", "limit ms", "verdict", "ms p50 / p95 / p99", "longest ms", title=f"Moves of {moves.units} units"
    )
    table.add_row(
        "move, bare SQL", f"{LIMIT:g}", _verdict(moves.is_within), _three(moves.bare), f"{moves.bare.longest:.1f}"
    )
    table.add_row("move, by the service", "", "", _three(moves.service), f"{moves.service.longest:.1f}")
    for what, times in (("alone", moves.reader_quiet), ("beside a move", moves.reader_beside)):
        table.add_row(f"a reader, {what}", "", "", _three(times), f"{times.longest:.1f}")
    return table


def _verdict(is_within: bool | None) -> str:
    return {None: "", True: "ok", False: "over"}[is_within]


def _three(times: Times) -> str:
    return " / ".join(f"{times.percentile(share):.2f}" for share in (0.5, 0.95, 0.99)) if times.each else ""


def write(figures: list[Figures], moves: MoveFigures, settings: dict[str, Any], file: Path) -> None:
    """Write all figures as JSON, with what they were measured on."""
    machine = {"system": platform.platform(), "python": platform.python_version(), "at": datetime.now(UTC).isoformat()}
    content = {
        "machine": machine,
        "settings": settings,
        "questions": [_question(one) for one in figures],
        "moves": {
            "units": moves.units,
            "limit_ms": LIMIT,
            "is_within": moves.is_within,
            "bare": moves.bare.as_json(),
            "service": moves.service.as_json(),
            "reader_quiet": moves.reader_quiet.as_json(),
            "reader_beside": moves.reader_beside.as_json(),
        },
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))


def _question(one: Figures) -> dict[str, Any]:
    told = {"bare": one.bare, "graph": one.graph, "http": one.http}
    return {
        "question": one.name,
        "limit_ms": one.limit,
        "is_within": one.is_within,
        "statements": one.statements,
        **{side: times.as_json() for side, times in told.items() if times.each},
        "ratio": None if one.ratio is None else round(one.ratio, 2),
    }

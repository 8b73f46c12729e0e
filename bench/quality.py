"""Scenarios over a folder of reference data, so that other data of the same form can be run."""

from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table


def search(folder: Path) -> None:
    """Load a retrieval test collection (corpus.jsonl, queries.jsonl, qrels.tsv …) into the real index and judge it."""
    from bench.whoosh_reference import ask_all
    from media_archive.search.evaluation import evaluate

    table = Table("figure", "value")
    figures = evaluate(folder)
    for name, value in asdict(figures).items():
        table.add_row(name, f"{value:.4f}" if isinstance(value, float) else str(value))
    whoosh = ask_all(folder).percentile(0.95)
    table.add_row("p95_ms of Whoosh", f"{whoosh:.4f}")
    table.add_row("p95 as a part of Whoosh's", f"1/{whoosh / figures.p95_ms:.0f}")
    Console().print(table)


def reorganisation(folder: Path) -> None:
    """Replay the reorganisation of 1 July 2025 from the statistics office's tables: seconds to check, apply, undo."""
    from bench.reorganisation import reorganisation as replay

    replay(folder)


def xlsform(folder: Path, out: Path | None = None) -> None:
    """Import a folder of XLSForm workbooks and write them again: rows imported, refused and why, round trip."""
    from bench.xlsform import run as judge

    judge(folder, out)


QUALITY = {"search": search, "reorganisation": reorganisation, "xlsform": xlsform}


def run(name: str, folder: Path, out: Path | None = None) -> None:
    """Run a scenario on a folder; `out` is the file for those that write one."""
    if name == "xlsform":
        xlsform(folder, out)
    else:
        QUALITY[name](folder)

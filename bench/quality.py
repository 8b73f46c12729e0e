"""Scenarios over a folder of reference data, so that other data of the same form can be run."""

from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table


def search(folder: Path) -> None:
    """Load a retrieval test collection (corpus.jsonl, queries.jsonl, qrels.tsv …) into the real index and judge it."""
    from media_archive.search.evaluation import evaluate

    table = Table("figure", "value")
    for name, value in asdict(evaluate(folder)).items():
        table.add_row(name, f"{value:.4f}" if isinstance(value, float) else str(value))
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

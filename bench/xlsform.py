"""`bench xlsform DIR`: every workbook of a folder through the real import and export, row by row accounted for."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
from rich.console import Console
from rich.markup import escape

from survey.questionnaires.xlsform.reading import Counts, import_workbook
from survey.questionnaires.xlsform.report import Remark
from survey.questionnaires.xlsform.writing import export_workbook

ENDINGS = (".xlsx", ".xlsm", ".xls", ".csv", ".md")


@dataclass(frozen=True)
class Outcome:
    """What came of one workbook; `round_trip` is null where nothing was imported."""

    file: str
    counts: Counts
    remarks: Sequence[Remark]
    round_trip: bool | None
    seconds: float

    @property
    def refused(self) -> list[Remark]:
        """What is said of rows, lists or the whole file that were not imported."""
        return [remark for remark in self.remarks if remark.level == "refused"]

    def as_json(self) -> dict[str, object]:
        """Return the outcome for the file of results."""
        return {
            "file": self.file,
            **asdict(self.counts),
            "percent_of_supported": percent(self.counts.supported_imported, self.counts.supported),
            "round_trip": self.round_trip,
            "seconds": round(self.seconds, 3),
            "remarks": [
                {
                    "level": remark.level,
                    "sheet": remark.sheet,
                    "row": remark.row,
                    "column": remark.column,
                    "code": remark.code,
                    "reason": remark.message("en"),
                    "reason_vi": remark.message("vi"),
                }
                for remark in self.remarks
            ],
        }


def judge(file: Path, folder: Path) -> Outcome:
    """Import a workbook, write what came of it, and import that again."""
    begun = time.perf_counter()
    imported = import_workbook(file.read_bytes())
    same = None
    if imported.definition is not None:
        back = import_workbook(export_workbook(imported.definition)).definition
        same = back is not None and _canonical(back) == _canonical(imported.definition)
    seconds = time.perf_counter() - begun
    return Outcome(str(file.relative_to(folder)), imported.counts, imported.remarks, same, seconds)


def run(folder: Path, out: Path | None) -> None:
    """Judge all workbooks below a folder, print them, and write the whole to a file when asked for."""
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file())
    console = Console(highlight=False, soft_wrap=True)
    outcomes = list[Outcome]()
    for file in files:
        outcomes.append(judge(file, folder))
        _show(console, outcomes[-1])
    totals = _totals(outcomes)
    console.print()
    for name, figure in totals.items():
        console.print(f"{name.replace('_', ' ')}: {figure}")
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        document = {"totals": totals, "files": [each.as_json() for each in outcomes]}
        out.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))
        console.print(f"Written to {out}")


def percent(part: int, whole: int) -> float | None:
    """Return a share in per cent; None of nothing."""
    return round(100 * part / whole, 2) if whole else None


def _canonical(definition: Mapping[str, object]) -> bytes:
    return orjson.dumps(definition, option=orjson.OPT_SORT_KEYS)


def _show(console: Console, outcome: Outcome) -> None:
    counts = outcome.counts
    trip = {True: "the same", False: "CHANGED", None: "nothing to write"}[outcome.round_trip]
    console.print(
        f"{escape(outcome.file)}: {counts.rows} rows, {counts.imported} imported, {counts.refused} refused; "
        f"of supported types {counts.supported_imported} of {counts.supported}; "
        f"choices {counts.choices_imported} of {counts.choices}; round trip: {trip}"
    )
    for remark in outcome.remarks:
        if remark.level != "noted":
            place = f"{remark.sheet or 'file'}{f' row {remark.row}' if remark.row else ''}"
            console.print(f"    {remark.level:7} {escape(place)}: {remark.code} {escape(remark.message('en'))}")


def _totals(outcomes: Sequence[Outcome]) -> dict[str, object]:
    def total(name: str) -> int:
        return sum(int(getattr(outcome.counts, name)) for outcome in outcomes)

    supported, imported = total("supported"), total("supported_imported")
    written = [outcome.round_trip for outcome in outcomes if outcome.round_trip is not None]
    return {
        "files": len(outcomes),
        "files_imported": len(written),
        "rows": total("rows"),
        "rows_imported": total("imported"),
        "rows_refused": total("refused"),
        "rows_of_supported_types": supported,
        "rows_of_supported_types_imported": imported,
        "percent_of_supported": percent(imported, supported),
        "round_trips": len(written),
        "round_trips_the_same": sum(written),
    }

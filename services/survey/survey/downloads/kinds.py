"""What can be taken out of a release, and in which formats."""

from collections.abc import Mapping
from typing import Literal

Kind = Literal["tables", "report", "extract"]

FORMATS: Mapping[Kind, tuple[str, ...]] = {
    "tables": ("csv", "xlsx", "parquet"),
    "report": ("pdf",),
    "extract": ("sav", "csv", "parquet"),
}
# A comma-separated extract comes with its codebook, and so in an archive.
ENDINGS: Mapping[tuple[Kind, str], str] = {("extract", "csv"): "zip"}
MEDIA_TYPES: Mapping[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "pdf": "application/pdf",
    "sav": "application/x-spss-sav",
    "zip": "application/zip",
}


def ending(kind: Kind, format: str) -> str:
    """Return how the name of a file ends."""
    return ENDINGS.get((kind, format), format)

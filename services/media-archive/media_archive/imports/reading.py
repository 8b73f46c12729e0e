"""What is to be brought in: the files of a folder, or of a whole bag (RFC 8493), with what a table says of them.

The table is `metadata.csv` beside the files, in UTF-8: a column `file` with paths as they lie below the folder, and any
of `title`, `description`, `kind`, `language`, `topics` (apart by semicolons), `visibility`, `created_on`, `source`.
"""

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import bagit

from kit.texts import nfc
from media_archive.tables import read_cell

TABLE = "metadata.csv"
COLUMNS = frozenset(
    ("file", "title", "description", "kind", "language", "topics", "visibility", "created_on", "source")
)


class ImportUnreadable(Exception):
    """The folder, its table or its bag is not as it should be; the message is for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file and what the table says of it: columns with their text, empty ones left out."""

    path: Path
    name: str
    told: dict[str, str] = field(default_factory=dict[str, str])


def found_in(folder: Path) -> list[Found]:
    """Return what a folder or a bag holds, in the order of names; hidden files and the table itself are left out.

    ImportUnreadable for a bag that is not valid, a table that can't be read, and a table that names files which are
    not there: what was meant can't be known then.
    """
    root = _payload(folder)
    told = _table(root / TABLE)
    paths = sorted(_files(root), key=lambda path: path.relative_to(root).as_posix())
    found = [Found(path, _named(path, root), told.pop(_named(path, root), {})) for path in paths]
    if told:
        raise ImportUnreadable(f"{TABLE} names files that are not there: {', '.join(sorted(told)[:5])}")
    return found


def _payload(folder: Path) -> Path:
    if not (folder / "bagit.txt").is_file():
        if not folder.is_dir():
            raise ImportUnreadable(f"{folder} is no folder")
        return folder
    try:
        bagit.Bag(str(folder)).validate(processes=os.cpu_count() or 1)
    except bagit.BagError as error:
        raise ImportUnreadable(f"the bag is not valid: {error}") from error
    return folder / "data"


def _files(root: Path) -> Iterator[Path]:
    for at, folders, names in os.walk(root):
        folders[:] = [one for one in folders if not one.startswith(".")]
        for name in names:
            path = Path(at, name)
            # A link may lead out of what was meant to be brought in.
            if not name.startswith(".") and path != root / TABLE and path.is_file() and not path.is_symlink():
                yield path


def _named(path: Path, root: Path) -> str:
    # macOS stores names in pieces; the table and the file have to meet.
    return nfc(path.relative_to(root).as_posix())


def _table(path: Path) -> dict[str, dict[str, str]]:
    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        raise ImportUnreadable(f"{TABLE} can't be read: {error}") from error
    told: dict[str, dict[str, str]] = {}
    for number, row in enumerate(rows, start=2):
        if None in row or set(row) - COLUMNS or "file" not in row:
            raise ImportUnreadable(f"{TABLE}, row {number}: its columns may be {', '.join(sorted(COLUMNS))}")
        name = nfc(row["file"] or "")
        if not name or name in told:
            raise ImportUnreadable(f"{TABLE}, row {number}: {'no file is named' if not name else 'named twice'}")
        told[name] = {column: read_cell(text) for column, text in row.items() if column != "file" and text}
    return told

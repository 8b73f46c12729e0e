"""The handbook of the tables: its columns are written from the tables, so that it never tells another story.

`python -m org.exchange.handbook docs/exchange.md` writes them anew.
"""

import sys
from pathlib import Path

from org.exchange.sheets import SHEETS, Column, Sheet

BEGIN, END = "<!-- columns: begin -->", "<!-- columns: end -->"


def columns_as_markdown() -> str:
    """Return a section for each table, with what each of its columns means."""
    return "\n\n".join(_section(sheet) for sheet in SHEETS.values())


def rewritten(text: str) -> str:
    """Return a handbook with the columns as they are now between its two marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{columns_as_markdown()}\n{END}{after}"


def _section(sheet: Sheet) -> str:
    head = (
        f"### {sheet.vi} · {sheet.en} (`{sheet.name}`)\n\n"
        "| Tên cột | heading | or | needed | Giải thích | what it holds | example |\n"
        "| --- | --- | --- | --- | --- | --- | --- |"
    )
    return "\n".join([head, *(_line(column) for column in sheet.columns)])


def _line(column: Column) -> str:
    codes = f" (`{column.vocabulary}`)" if column.vocabulary else ""
    cells = (
        column.vi,
        column.en,
        f"`{column.name}`",
        "yes" if column.is_required else "",
        column.about_vi,
        column.about_en + codes,
        column.example,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    handbook = Path(sys.argv[1])
    handbook.write_text(rewritten(handbook.read_text("utf-8")), "utf-8")

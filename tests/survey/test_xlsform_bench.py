"""`bench xlsform DIR` accounts for every workbook of a folder."""

import subprocess
import sys

import orjson
from xlsform_books import asked, rows, workbook

from loa.place import ROOT


async def test_a_folder_of_workbooks_is_judged(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(workbook(rows(asked("select_one yn", "a"), asked("gps", "b"))))
    (tmp_path / "broken.xls").write_bytes(b"nothing")
    (tmp_path / "letter.txt").write_text("not a workbook")
    out = tmp_path / "out" / "figures.json"
    command = [sys.executable, "-m", "bench", "xlsform", str(tmp_path), "--out", str(out)]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert (
        "a.xlsx: 2 rows, 1 imported, 1 refused; of supported types 1 of 1; choices 2 of 2; round trip: the same"
        in printed
    )
    assert "survey row 3: PLACE" in printed
    figures = orjson.loads(out.read_bytes())
    assert (figures["totals"]["files"], figures["totals"]["percent_of_supported"]) == (2, 100.0)
    assert [each["round_trip"] for each in figures["files"]] == [True, None]
    assert figures["files"][1]["remarks"][0]["code"] == "NOT_A_WORKBOOK"

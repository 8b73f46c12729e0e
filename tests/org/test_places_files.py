"""The statistics office's two tables: read as they are, loaded whole or not at all, the same however often."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from kit import db
from kit.identity import SYSTEM
from org.places.files import PlacesFileInvalid, read_places
from org.places.service import PlaceRow, SuccessionRow, load_places

FIRST = date(2025, 7, 1)
BEFORE = "Tỉnh Thành Phố,Mã TP,Quận Huyện,Mã QH,Phường Xã,Mã PX,Cấp,Tên Tiếng Anh\n"
CONVERSION = (
    "Đơn vị hành chính từ ngày 01/7/2025,,,Đơn vị hành chính trước ngày 01/7/2025,,,,,\n"
    '"Tỉnh, thành phố",Tên Xã mới,Mã Xã mới,Tên Xã cũ,Mã Xã cũ,Ghi chú,Quận/huyện,Tỉnh cũ,\n'
)


def test_reads_the_communes_that_were():
    found = read_places(
        (
            "\ufeff" + BEFORE + "Thành phố Hà Nội,01,Quận Ba Đình,001,Phường Vĩnh Phúc,00006,Phường,Vinh Phuc Commune\n"
            "Thành phố Hải Phòng,31,Huyện Bạch Long Vĩ,318,,,Huyện,\n"
        ).encode()
    )
    assert found.places == [
        PlaceRow("district", "001", "Quận Ba Đình", "01", "01", None, FIRST),
        PlaceRow("commune", "00006", "Phường Vĩnh Phúc", "001", "01", None, FIRST, "Vinh Phuc Commune"),
        PlaceRow("district", "318", "Huyện Bạch Long Vĩ", "31", "31", None, FIRST),
    ]
    assert found.successions == []


def test_reads_what_became_of_them():
    found = read_places(
        (
            CONVERSION
            + "THÀNH PHỐ HÀ NỘI  ,,,,,,,,\n"
            + "Thành phố Hà Nội (01),Phường Ba Đình,00004,phường Ngọc Hà,00016,Nhập một phần\u0020\n".rstrip("\n")
            + ",Quận Ba Đình (001),Thành phố Hà Nội (01),\n"
            + 'Thành phố Hải Phòng (31),"Đặc khu Bạch Long Vĩ\n",11948,,,Sắp xếp toàn bộ huyện,'
            + "Huyện Bạch Long Vĩ (318),Thành phố Hải Phòng (31),\n"
            + "Tỉnh Ninh Bình (37),Xã Kim Đông,14698,Khu vực bãi bồi ven biển,,Nhập toàn bộ,"
            + "Huyện Kim Sơn (376),Tỉnh Ninh Bình (37),\n"
        ).encode()
    )
    assert [row for row in found.places if not row.is_hint] == [
        PlaceRow("commune", "00004", "Phường Ba Đình", "01", "01", FIRST, None),
        PlaceRow("commune", "11948", "Đặc khu Bạch Long Vĩ", "31", "31", FIRST, None),
        PlaceRow("commune", "14698", "Xã Kim Đông", "37", "37", FIRST, None),
    ]
    assert [(row.kind, row.code, row.name_vi) for row in found.places if row.is_hint] == [
        ("district", "001", "Quận Ba Đình"),
        ("commune", "00016", "Phường Ngọc Hà"),
        ("district", "318", "Huyện Bạch Long Vĩ"),
        ("district", "376", "Huyện Kim Sơn"),
    ]
    assert found.successions == [
        SuccessionRow("00016", "00004", FIRST, is_partial=True, note="Nhập một phần"),
        SuccessionRow("318", "11948", FIRST, is_partial=False, note="Sắp xếp toàn bộ huyện"),
    ]


GOOD = "Thành phố Hà Nội,01,Quận Ba Đình,001,Phường Vĩnh Phúc,00006,Phường,\n"


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (b"", 1),
        (b"a,b,c\n", 1),
        ((BEFORE + GOOD).encode().replace("Phúc".encode(), b"Ph\xfac"), 2),
        ((BEFORE + GOOD).encode("utf-16"), 1),
        ((BEFORE + GOOD + GOOD.replace("00006", "6")).encode(), 3),
        ((BEFORE + GOOD + GOOD.replace(",001,", ",,")).encode(), 3),
        ((BEFORE + GOOD.replace(",01,", ",٠١,")).encode(), 2),
        ((BEFORE + GOOD.replace("Phường Vĩnh Phúc", " ")).encode(), 2),
        ((BEFORE + GOOD + '"unfinished').encode(), 3),
        ((BEFORE + "only one cell\n").encode(), 2),
        ((CONVERSION + "Hà Nội,Phường Ba Đình,00004,Phường A,00001,x,Quận Ba Đình (001),Hà Nội (01),\n").encode(), 3),
        ((CONVERSION + "Hà Nội (01),Phường Ba Đình,4,Phường A,00001,x,Quận Ba Đình (001),Hà Nội (01),\n").encode(), 3),
        ((CONVERSION + "Hà Nội (01),Phường Ba Đình,00004,,00001,x,Quận Ba Đình (001),Hà Nội (01),\n").encode(), 3),
    ],
)
def test_names_the_first_row_that_it_can_not_read(content, row):
    with pytest.raises(PlacesFileInvalid) as refused:
        read_places(content)
    assert refused.value.details["row"] == row
    assert refused.value.message("en").startswith(f"Row {row}: ")


REFERENCE = os.environ.get("LOA_REFERENCE_DIR")


@pytest.mark.skipif(REFERENCE is None, reason="LOA_REFERENCE_DIR does not say where the statistics office's tables are")
@pytest.mark.parametrize("files", [("wards_before", "ward_conversion"), ("ward_conversion", "wards_before")])
async def test_loads_the_tables_of_the_statistics_office_in_either_order(files):
    contents = [
        read_places(Path(str(REFERENCE), "org-reference", f"{name}_2025-07-01.csv").read_bytes()) for name in files
    ]
    for found in contents:
        await load_places(SYSTEM, found.places, found.successions)
    assert await _counts() == {
        ("province", False): 53,
        ("province", True): 34,
        ("district", False): 696,
        # 10,051 in their own list, which is some months older, and ten more that only the conversion names.
        ("commune", False): 10_061,
        ("commune", True): 3_321,
    }
    assert await db.value("SELECT count(*) FROM place_succession WHERE length(old_code) > 2") == 10_570
    assert await db.value("SELECT count(DISTINCT new_code) FROM place_succession WHERE length(new_code) = 5") == 3_321
    assert await db.value("SELECT name_vi FROM place WHERE code = '471'") == "Huyện Cồn Cỏ"
    assert await db.value("SELECT province_code FROM place WHERE code = '471'") == "45"
    # Every commune is in a province that there is on its days, and was in a district until the reform.
    lost = """SELECT count(*) FROM place WHERE kind <> 'province' AND NOT EXISTS (
                SELECT FROM place AS above WHERE above.code = place.parent_code AND above.valid && place.valid)"""
    assert await db.value(lost) == 0
    for found in contents:
        again = await load_places(SYSTEM, found.places, found.successions)
        assert (again.places, again.successions) == (0, 0)


async def _counts():
    rows = await db.rows("SELECT kind, upper_inf(valid) AS open, count(*) AS places FROM place GROUP BY 1, 2")
    return {(row["kind"], row["open"]): row["places"] for row in rows}


async def test_a_command_says_how_it_is_used():
    done = subprocess.run([sys.executable, "-m", "org.places"], check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr.strip()) == (1, "usage: python -m org.places FILE...")


@pytest.mark.committed
async def test_a_command_loads_files_and_says_what_was_new(tmp_path):
    good, bad = tmp_path / "before.csv", tmp_path / "bad.csv"
    good.write_text(BEFORE + GOOD, encoding="utf-8")
    bad.write_text("a,b\n", encoding="utf-8")

    def load(*paths):
        command = [sys.executable, "-m", "org.places", *map(str, paths)]
        return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)

    assert load(good).stdout == "before.csv: 2 places and 0 successions changed\n"
    assert load(good).stdout == "before.csv: 0 places and 0 successions changed\n"
    refused = load(bad)
    assert (refused.returncode, refused.stderr.splitlines()[-1]) == (
        1,
        "Row 1: the columns are those of neither table.",
    )
    assert await db.value("SELECT count(*) FROM place WHERE kind <> 'province'") == 2
    missing = load(tmp_path / "nothing.csv")
    assert missing.returncode == 1
    assert "No such file" in missing.stderr

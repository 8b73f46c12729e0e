"""Reading the statistics office's two tables: communes before 1 July 2025, and what became of them on that day."""

import csv
import io
import re
from dataclasses import dataclass, field, replace
from datetime import date

from kit.errors import DomainError
from org.places.service import PlaceKind, PlaceRow, SuccessionRow
from org.vietnamese import clean

REFORM = date(2025, 7, 1)

_BEFORE = ("Tỉnh Thành Phố", "Mã TP", "Quận Huyện", "Mã QH", "Phường Xã", "Mã PX", "Cấp", "Tên Tiếng Anh")
_CONVERSION = (
    "Tỉnh, thành phố",
    "Tên Xã mới",
    "Mã Xã mới",
    "Tên Xã cũ",
    "Mã Xã cũ",
    "Ghi chú",
    "Quận/huyện",
    "Tỉnh cũ",
)
_WITH_CODE = re.compile(r"(.+) \((\d{2,3})\)")
_PARTLY = ("một phần", "phần còn lại")


class PlacesFileInvalid(DomainError):
    """A file of places can't be read; `row` is the line's number in the file."""

    code = "PLACES_FILE_INVALID"
    vi = "Dòng {row}: {reason_vi}"
    en = "Row {row}: {reason_en}"
    extra = {"row": int}


@dataclass
class PlacesFile:
    """What a file says."""

    places: list[PlaceRow] = field(default_factory=list[PlaceRow])
    successions: list[SuccessionRow] = field(default_factory=list[SuccessionRow])


def read_places(content: bytes) -> PlacesFile:
    """Return what a CSV in one of the two layouts says, or raise PlacesFileInvalid naming the first bad row."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _invalid(content.count(b"\n", 0, error.start) + 1, "không phải UTF-8.", "is not UTF-8.") from error
    numbered = _rows(text)
    heads = [tuple(cells[:8]) for _, cells in numbered[:2]]
    found = PlacesFile()
    if heads[:1] == [_BEFORE]:
        for row, cells in numbered[1:]:
            _before(row, cells, found)
    elif heads[1:] == [_CONVERSION]:
        for row, cells in numbered[2:]:
            _conversion(row, cells, found)
    else:
        raise _invalid(1, "các cột không đúng mẫu nào đã biết.", "the columns are those of neither table.")
    return found


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Return the rows with the lines on which they end, each with eight cells."""
    reader = csv.reader(io.StringIO(text), strict=True)
    found: list[tuple[int, list[str]]] = []
    try:
        found.extend((reader.line_num, [clean(cell) for cell in cells] + [""] * (8 - len(cells))) for cells in reader)
    except csv.Error as error:
        raise _invalid(reader.line_num, "không đúng định dạng CSV.", "is not CSV.") from error
    return found


def _before(row: int, cells: list[str], found: PlacesFile) -> None:
    _, province, district_name, district, name, code, _, name_en = cells[:8]
    if not any(cells):
        return
    _require_code(row, province, 2)
    _require_code(row, district, 3)
    found.places.append(_old("district", district, district_name, province, province, row))
    # A district without communes, such as an island, has a line of its own.
    if code:
        _require_code(row, code, 5)
        found.places.append(_old("commune", code, name, district, province, row, name_en or None))


def _conversion(row: int, cells: list[str], found: PlacesFile) -> None:
    province, name, code, old_name, old_code, note, district, old_province = cells[:8]
    if not any(cells[1:]):
        # A province's heading.
        return
    _require_code(row, code, 5)
    _, province_code = _named(row, province)
    found.places.append(PlaceRow("commune", code, _name(row, name), province_code, province_code, REFORM, None))
    district_name, district_code = _named(row, district)
    _, old_province_code = _named(row, old_province)
    hint = _old("district", district_code, district_name, old_province_code, old_province_code, row)
    found.places.append(replace(hint, is_hint=True))
    if old_code:
        _require_code(row, old_code, 5)
        hint = _old("commune", old_code, old_name, district_code, old_province_code, row)
        found.places.append(replace(hint, is_hint=True))
    # An island district had no communes: the district itself became one. Land that had no code has no predecessor.
    origin = old_code or (district_code if not old_name else None)
    if origin:
        is_partial = any(part in note.lower() for part in _PARTLY)
        found.successions.append(SuccessionRow(origin, code, REFORM, is_partial, note or None))


def _old(
    kind: PlaceKind, code: str, name: str, parent: str, province: str, row: int, name_en: str | None = None
) -> PlaceRow:
    return PlaceRow(kind, code, _name(row, name), parent, province, None, REFORM, name_en)


def _name(row: int, text: str) -> str:
    if not text:
        raise _invalid(row, "thiếu tên.", "a name is missing.")
    return text[0].upper() + text[1:]


def _named(row: int, text: str) -> tuple[str, str]:
    """Return the name and code in a text such as `Quận Ba Đình (001)`."""
    found = _WITH_CODE.fullmatch(text)
    if found is None:
        raise _invalid(row, f"“{text[:60]}” không có mã trong ngoặc.", f"“{text[:60]}” has no code in brackets.")
    return found[1], found[2]


def _require_code(row: int, code: str, length: int) -> None:
    if len(code) != length or not (code.isascii() and code.isdigit()):
        raise _invalid(
            row, f"“{code[:60]}” không phải mã {length} chữ số.", f"“{code[:60]}” is no code of {length} digits."
        )


def _invalid(row: int, reason_vi: str, reason_en: str) -> PlacesFileInvalid:
    return PlacesFileInvalid(row=row, reason_vi=reason_vi, reason_en=reason_en)

"""A statement as a workbook: what each author gets, and each line of it."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from kit.db import Record
from kit.errors import Language
from media_archive.royalties.rates import shown_coefficient
from media_archive.royalties.statements import Period
from media_archive.tables import Cell, Sheet, as_xlsx
from media_archive.units.service import KnownUnit

_ERASED = {"vi": "(đã xóa tên)", "en": "(name erased)"}
_GONE = {"vi": "(không còn trong kho)", "en": "(no longer in the archive)"}
_WORDS: dict[Language, dict[str, str]] = {
    "vi": {
        "sums": "Tổng hợp",
        "lines": "Chi tiết",
        "author": "Tác giả",
        "publications": "Số sản phẩm",
        "amount": "Số tiền (đồng)",
        "day": "Ngày đăng",
        "product": "Sản phẩm",
        "kind": "Loại",
        "link": "Nơi đăng",
        "coefficient": "Hệ số",
        "unit_value": "Giá trị một đơn vị hệ số (đồng)",
        "share": "Tỷ lệ (%)",
        "note": "Ghi chú",
        "total": "Cộng",
        "by_unit": "Theo đơn vị",
        "unit": "Đơn vị",
    },
    "en": {
        "sums": "Summary",
        "lines": "Lines",
        "author": "Author",
        "publications": "Products",
        "amount": "Amount (dong)",
        "day": "Published on",
        "product": "Product",
        "kind": "Kind",
        "link": "Where",
        "coefficient": "Coefficient",
        "unit_value": "Value of a unit (dong)",
        "share": "Share (%)",
        "note": "Note",
        "total": "Total",
        "by_unit": "By unit",
        "unit": "Unit",
    },
}


def statement_file(
    unit: KnownUnit,
    asked: Period,
    lines: Sequence[Record],
    kinds: dict[str, str],
    language: Language,
    by_unit: Sequence[Record] = (),
) -> bytes:
    """Return the workbook of a statement; `kinds` gives the names of kinds of material.

    `by_unit` is what the unit and those below it owe, each for itself: a sheet of its own, where one below does.
    """
    words = _WORDS[language]
    above = _above(unit, asked, language)
    sums = _sums(lines, language)
    # A product of several authors is one of each, so only money has a sum.
    total = (words["total"], None, sum(amount for _, _, amount in sums))
    summary = Sheet(words["sums"], [words["author"], words["publications"], words["amount"]], [*sums, total], above)
    columns = ("author", "day", "product", "kind", "link", "coefficient", "unit_value", "share", "amount", "note")
    details = Sheet(
        words["lines"], [words[name] for name in columns], [_line(row, kinds, language) for row in lines], above
    )
    return as_xlsx([summary, details, *_units(unit, by_unit, above, language)])


def _units(unit: KnownUnit, by_unit: Sequence[Record], above: Sequence[str], language: Language) -> list[Sheet]:
    if all(row["unit_id"] == unit.id for row in by_unit):
        return []
    words = _WORDS[language]
    rows = [
        (row["name_vi"] if language == "vi" else row["name_en"] or row["name_vi"], row["publications"], row["amount"])
        for row in by_unit
    ]
    total = (words["total"], sum(row[1] for row in rows), sum(row[2] for row in rows))
    return [Sheet(words["by_unit"], [words["unit"], words["publications"], words["amount"]], [*rows, total], above)]


def _above(unit: KnownUnit, asked: Period, language: Language) -> list[str]:
    if language == "vi":
        half = "6 tháng đầu" if asked.half == 1 else "6 tháng cuối"
        return [
            f"Bảng kê nhuận bút, thù lao – {unit.name_vi}",
            f"{half} năm {asked.year}, theo số liệu đã ghi đến hết ngày {asked.as_of:%d/%m/%Y}",
        ]
    half = "First" if asked.half == 1 else "Second"
    return [
        f"Statement of royalties and fees – {unit.name_en or unit.name_vi}",
        f"{half} half of {asked.year}, as recorded by the end of {asked.as_of.isoformat()}",
    ]


def _sums(lines: Sequence[Record], language: Language) -> list[tuple[str, int, int]]:
    names: dict[UUID, str] = {}
    publications, amounts = Counter[UUID](), Counter[UUID]()
    for row in lines:
        author: UUID = row["author_id"]
        names[author] = row["name"] or _ERASED[language]
        publications[author] += row["sign"]
        amounts[author] += row["amount"]
    return [(name, publications[author], amounts[author]) for author, name in names.items()]


def _line(row: Record, kinds: dict[str, str], language: Language) -> list[Cell]:
    separator = "," if language == "vi" else "."
    return [
        row["name"] or _ERASED[language],
        row["published_on"],
        row["title"] or _GONE[language],
        kinds.get(row["kind"], row["kind"]),
        row["link"],
        shown_coefficient(row["coefficient"], separator),
        row["unit_value"],
        shown_coefficient(row["share"], separator),
        row["amount"],
        row["note"],
    ]

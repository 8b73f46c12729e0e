"""What the rows of a batch mean: the columns of its template, its operations, and the plan that they make together."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from uuid import UUID

from kit import db
from kit.errors import DomainError, InvalidInput
from org.exchange.outcome import wrong
from org.exchange.reading import Remark, Row
from org.reorganisations.service.allocate import UNITS
from org.reorganisations.service.plan import Beginning, Plan, Transfer, shared_out
from org.units.service import UnitFacts, UnitNames
from org.units.service.create import checked_code

# The template: each column with what people may write above it instead.
COLUMNS: dict[str, tuple[str, ...]] = {
    "operation": ("thao tác", "thao_tac"),
    "old_code": ("mã cũ", "ma_cu"),
    "new_code": ("mã mới", "ma_moi"),
    "new_parent_code": ("mã cấp trên mới", "ma_cap_tren_moi"),
    "new_name": ("tên mới", "ten_moi"),
    "new_name_en": ("tên tiếng anh mới", "ten_tieng_anh_moi"),
    "new_short_name": ("tên viết tắt mới", "ten_viet_tat_moi"),
    "level": ("cấp", "cap"),
    "kind": ("loại hình", "loai_hinh"),
    "region": ("vùng", "vung"),
    "province": ("mã tỉnh", "ma_tinh"),
    "commune": ("mã xã", "ma_xa"),
    "share": ("tỷ lệ", "ty_le"),
    "note": ("ghi chú", "ghi_chu"),
}
HEADINGS = {heading: name for name, others in COLUMNS.items() for heading in (name, *others)}

OPERATIONS: dict[str, str] = {
    "create": "create",
    "lập mới": "create",
    "merge": "merge",
    "nhập": "merge",
    "sáp nhập": "merge",
    "split": "split",
    "tách": "split",
    "chia": "split",
    "rename": "rename",
    "đổi tên": "rename",
    "move": "move",
    "chuyển": "move",
    "change": "change",
    "thay đổi": "change",
    "dissolve": "dissolve",
    "giải thể": "dissolve",
}
# Of several Vietnamese words the first is the one that we say.
_IN_VIETNAMESE = {operation: word for word, operation in reversed(OPERATIONS.items()) if word != operation}
_NEEDS = {
    "create": ("new_code", "new_name", "new_parent_code", "level", "kind"),
    "merge": ("old_code", "new_code"),
    "split": ("old_code", "new_code"),
    "rename": ("old_code", "new_name"),
    "move": ("old_code", "new_parent_code"),
    "change": ("old_code",),
    "dissolve": ("old_code",),
}
# What a unit's fields, and the columns of its versions, are called in the table.
COLUMN_OF = {
    "nameVi": "new_name",
    "nameEn": "new_name_en",
    "shortName": "new_short_name",
    "name_vi": "new_name",
    "name_en": "new_name_en",
    "short_name": "new_short_name",
    "code": "new_code",
    "parent_id": "new_parent_code",
}
# The columns that change a unit which goes on.
_WRITTEN = frozenset(COLUMNS) - {"operation", "old_code", "share", "note"}
_GOING_ON = ("rename", "move", "change")


@dataclass(slots=True)
class BatchPlan:
    """A plan, which row says what of which unit, and what is wrong with the rows."""

    plan: Plan
    rows: dict[UUID, int] = field(default_factory=dict[UUID, int])
    remarks: list[Remark] = field(default_factory=list[Remark])
    # Units on which somebody must be an admin (of the unit above for those that close, go elsewhere or get new names).
    governed: dict[UUID, int] = field(default_factory=dict[UUID, int])
    receiving: dict[UUID, int] = field(default_factory=dict[UUID, int])

    @property
    def is_refused(self) -> bool:
        """Whether a remark stands in the way."""
        return any(remark.is_problem for remark in self.remarks)


async def plan_rows(rows: Sequence[Row], on: date) -> BatchPlan:
    """Return the plan that rows make together; a row that can't be understood has a remark and no part in it."""
    return await _Planner(on).read(rows)


class _Planner:
    """Reads rows in passes, since what a code means depends on all of them: it may pass from one unit to another."""

    def __init__(self, on: date) -> None:
        self.made = BatchPlan(Plan("batch", on))
        self.plan = self.made.plan
        self.known = dict[str, UUID]()
        self.created = dict[str, UUID]()
        self.uses = dict[UUID, tuple[str, int]]()
        self.written = dict[tuple[UUID, str], int]()

    async def read(self, rows: Sequence[Row]) -> BatchPlan:
        """Return the plan of all rows."""
        understood = [(operation, row) for row in rows if (operation := self._operation(row))]
        self.known = await _known_codes(rows, self.plan.on)
        begins = [
            (row, begins) for operation, row in understood if operation == "create" and (begins := self._new(row))
        ]
        others = [(op, row, unit) for op, row in understood if op != "create" and (unit := self._used(op, row))]
        self._close(others)
        for row, beginning in begins:
            self.plan.begins.append(replace(beginning, parent_id=self._target(row, "new_parent_code")))
        for operation, row, unit in others:
            self.made.governed.setdefault(unit, row.number)
            if operation == "merge":
                self._merge(row, unit)
            elif operation == "dissolve":
                self.plan.closes[unit] = self._target(row, "new_parent_code") if row["new_parent_code"] else None
            elif operation != "split":
                self._change(row, unit)
        splits = dict[UUID, list[Row]]()
        for operation, row, unit in others:
            if operation == "split":
                splits.setdefault(unit, []).append(row)
        for unit, parts in splits.items():
            self._split(unit, parts)
        return self.made

    def _operation(self, row: Row) -> str | None:
        operation = OPERATIONS.get(row["operation"].lower())
        if operation is None:
            named = row["operation"][:40]
            self._wrong(
                row,
                "operation",
                "UNKNOWN_OPERATION",
                f"Thao tác “{named}” không có; các thao tác: {', '.join(_IN_VIETNAMESE[one] for one in _NEEDS)}.",
                f"There is no operation “{named}”; there are: {', '.join(_NEEDS)}.",
            )
            return None
        missing = [column for column in _NEEDS[operation] if not row[column]]
        for column in missing:
            self._wrong(row, column, "MISSING_VALUE", "Phải có giá trị.", "A value is needed.")
        return None if missing else operation

    def _new(self, row: Row) -> Beginning | None:
        """Return the unit that a row creates, its parent left open: that may be another row's."""
        code = row["new_code"].upper()
        if code in self.created:
            number = self.made.rows[self.created[code]]
            told = (f"Đã lập mới ở dòng {number}.", f"Row {number} creates it already.")
            self._wrong(row, "new_code", "DUPLICATE", *told)
            return None
        try:
            beginning = Beginning(
                None,
                UnitNames.checked(row["new_name"], row["new_name_en"] or None, row["new_short_name"] or None),
                checked_code(code),
                row["level"],
                row["kind"],
                row["region"] or None,
                UnitFacts.checked(province=row["province"] or None, commune=row["commune"] or None),
            )
        except InvalidInput as error:
            self._refused(row, error)
            return None
        self.created[code] = beginning.id
        self.made.rows[beginning.id] = row.number
        return beginning

    def _used(self, operation: str, row: Row) -> UUID | None:
        """Return the unit that a row is about; nothing can become of one that another row disposes of."""
        unit = self.known.get(row["old_code"].upper())
        if unit is None:
            self._unknown(row, "old_code")
            return None
        former, number = self.uses.setdefault(unit, (operation, row.number))
        self.made.rows.setdefault(unit, row.number)
        both_go_on = former in _GOING_ON and operation in _GOING_ON
        if number == row.number or both_go_on or former == operation == "split":
            return unit
        self._wrong(
            row,
            "old_code",
            "DUPLICATE",
            f"Đơn vị này đã có ở dòng {number} ({_IN_VIETNAMESE[former]}).",
            f"Row {number} says already what becomes of this unit ({former}).",
        )
        return None

    def _close(self, uses: Sequence[tuple[str, Row, UUID]]) -> None:
        """Note which units end, before it is asked what a code means."""
        going_on = {unit for operation, row, unit in uses if operation == "split" and self._is_itself(row, unit)}
        for operation, _, unit in uses:
            if operation in ("merge", "dissolve") or (operation == "split" and unit not in going_on):
                self.plan.closes[unit] = None

    def _is_itself(self, row: Row, unit: UUID) -> bool:
        code = row["new_code"].upper()
        return code not in self.created and self.known.get(code) == unit

    def _target(self, row: Row, column: str) -> UUID | None:
        """Return the unit that a code will belong to: one that is created, or one that goes on."""
        code = row[column].upper()
        if code in self.created:
            return self.created[code]
        unit = self.known.get(code)
        if unit is None:
            self._unknown(row, column)
        elif unit in self.plan.closes:
            number = self.uses[unit][1]
            self._wrong(
                row,
                column,
                "CLOSES",
                f"“{code[:60]}” kết thúc ở dòng {number} và không có dòng nào lập mới mã này.",
                f"“{code[:60]}” ends in row {number}, and no row creates one of this code.",
            )
        else:
            self.made.receiving.setdefault(unit, row.number)
            return unit
        return None

    def _merge(self, row: Row, unit: UUID) -> None:
        successor = self._target(row, "new_code")
        if successor:
            self.plan.closes[unit] = successor
            self.plan.transfers.append(Transfer(unit, successor, UNITS, is_assumed=False))

    def _split(self, unit: UUID, parts: Sequence[Row]) -> None:
        successors = [unit if self._is_itself(row, unit) else self._target(row, "new_code") for row in parts]
        shares = [self._share(row) for row in parts]
        seen = set[UUID]()
        for row, successor in zip(parts, successors, strict=True):
            if successor in seen:
                self._wrong(row, "new_code", "DUPLICATE", "Phần này đã có.", "The unit has this part already.")
            elif successor:
                seen.add(successor)
        if len(seen) < len(parts) or any(share == _BAD for share in shares):
            return
        try:
            units = shared_out(shares, keeps_rest=False)
        except InvalidInput as error:
            self._refused(parts[0], error)
            return
        self.plan.transfers += [
            Transfer(unit, successor, share, is_assumed)
            for successor, (share, is_assumed) in zip(successors, units, strict=True)
            if successor and successor != unit
        ]
        if unit not in self.plan.closes:
            self.plan.changes.setdefault(unit, {})

    def _share(self, row: Row) -> Decimal | None:
        text = row["share"].replace(" ", "")
        if not text:
            return None
        try:
            number = Decimal(text.removesuffix("%").replace(",", "."))
            share = number / 100 if text.endswith("%") else number
            if 0 <= share <= 1:
                return share
        except InvalidOperation:
            pass
        self._wrong(
            row,
            "share",
            "BAD_SHARE",
            f"“{text[:20]}” không phải tỷ lệ từ 0 đến 1 (hoặc 100%).",
            f"“{text[:20]}” is no share between 0 and 1 (or 100%).",
        )
        return _BAD

    def _change(self, row: Row, unit: UUID) -> None:
        columns = self.plan.changes.setdefault(unit, {})
        try:
            new = self._columns(row)
        except InvalidInput as error:
            self._refused(row, error)
            return
        if not new and not row["new_parent_code"]:
            self._wrong(row, None, "NOTHING_CHANGES", "Dòng này không đổi gì.", "This row changes nothing.")
        for column in COLUMNS:
            number = self.written.setdefault((unit, column), row.number) if row[column] else row.number
            if number != row.number and column in _WRITTEN:
                told = (f"Đã đổi ở dòng {number}.", f"Row {number} changes it already.")
                self._wrong(row, column, "DUPLICATE", *told)
        columns.update(new)

    def _columns(self, row: Row) -> dict[str, object]:
        columns = dict[str, object]()
        if row["new_name"]:
            names = UnitNames.checked(row["new_name"], row["new_name_en"] or None, row["new_short_name"] or None)
            columns |= names.columns()
        elif row["new_name_en"] or row["new_short_name"]:
            raise InvalidInput("nameVi", "phải có khi đổi các tên khác.", "is needed where the other names change.")
        if row["new_parent_code"] and (parent := self._target(row, "new_parent_code")):
            columns["parent_id"] = parent
        if row["new_code"]:
            columns["code"] = checked_code(row["new_code"])
        facts = UnitFacts.checked(province=row["province"] or None, commune=row["commune"] or None)
        columns |= {name: value for name, value in facts.columns().items() if value is not None}
        return columns | {name: row[name] for name in ("level", "kind", "region") if row[name]}

    def _unknown(self, row: Row, column: str) -> None:
        code = row[column][:60]
        self._wrong(
            row,
            column,
            "UNKNOWN_UNIT",
            f"Ngày {self.plan.on:%d/%m/%Y} không có đơn vị nào mang mã “{code}”.",
            f"On {self.plan.on} no unit has the code “{code}”.",
        )

    def _refused(self, row: Row, error: DomainError) -> None:
        self.made.remarks.append(wrong(row, None, error, COLUMN_OF))

    def _wrong(self, row: Row, column: str | None, code: str, vi: str, en: str) -> None:
        self.made.remarks.append(Remark(row.number, column, code, vi, en))


# What stands for a share that can't be read, so that its row is complained of once.
_BAD = Decimal(-1)


async def _known_codes(rows: Sequence[Row], on: date) -> dict[str, UUID]:
    codes = {row[column].upper() for row in rows for column in ("old_code", "new_code", "new_parent_code")}
    found = await db.rows("SELECT code, id FROM units_on($1) WHERE code = ANY($2)", on, list(codes - {""}))
    return {row["code"]: row["id"] for row in found}

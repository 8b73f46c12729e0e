"""Rate cards: what a unit pays for a kind of product on a day; a unit without its own uses the nearest above."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID, uuid4

from kit import db
from kit.audit import record
from kit.db import Record
from kit.errors import DomainError, InvalidInput
from kit.identity import Caller
from kit.paths import parents
from media_archive.assets.description import checked_kind
from media_archive.units.service import KnownUnit, find_unit

_COLUMNS = """royalty_rate.id, royalty_rate.unit_id, royalty_rate.kind, royalty_rate.valid_from, royalty_rate.valid_to,
    royalty_rate.coefficient, royalty_rate.unit_value, royalty_rate.basis"""
_EARLIEST, _LATEST = date(1946, 1, 1), date(2200, 1, 1)
HIGHEST_COEFFICIENT = 100_000
_SMALLEST_VALUE, _LARGEST_VALUE = 100, 1_000_000_000
_LONGEST_BASIS = 300


class RateCardTaken(DomainError):
    """The unit has a rate card for this kind that begins on this day or later."""

    code = "RATE_CARD_TAKEN"
    vi = "Đơn vị đã có mức nhuận bút cho loại này có hiệu lực từ {valid_from} hoặc sau đó."
    en = "The unit has a rate card for this kind that holds from {valid_from} on or later."


@dataclass(frozen=True, slots=True)
class NewRate:
    """A rate card from a day on, until further notice. `coefficient` is in hundredths, `unit_value` in dong."""

    unit_id: UUID
    kind: str
    valid_from: date
    coefficient: int
    unit_value: int
    basis: str = ""


async def set_rate(caller: Caller, new: NewRate) -> Record:
    """Let a rate card hold from a day on; the one before ends there. Needs an admin of the unit.

    What was charged by an earlier card stays as it was charged.
    """
    await unit_of_card(caller, new.unit_id)
    return await _put(caller, await checked_rate(new))


async def set_rates(caller: Caller, unit_id: UUID, wanted: Sequence[NewRate]) -> int:
    """Let many rate cards of a unit hold, each from its day on, all of them or none; return how many.

    Refusals as of `set_rate`, of the first that can't be.
    """
    await unit_of_card(caller, unit_id)
    async with db.transaction():
        for one in sorted(wanted, key=lambda rate: (rate.kind, rate.valid_from)):
            await _put(caller, await checked_rate(replace(one, unit_id=unit_id)))
    return len(wanted)


async def unit_of_card(caller: Caller, unit_id: UUID) -> KnownUnit:
    """Return the unit whose cards are asked or changed. Needs an admin of it."""
    caller.require_someone()
    unit = await find_unit(unit_id)
    caller.require("admin", unit.path)
    return unit


async def _put(caller: Caller, new: NewRate) -> Record:
    async with db.refusing({"royalty_rate_one_a_day": RateCardTaken(valid_from=new.valid_from)}):
        before = await db.row(
            """UPDATE royalty_rate SET valid_to = $3
               WHERE unit_id = $1 AND kind = $2 AND valid_from < $3 AND (valid_to IS NULL OR valid_to > $3)
               RETURNING coefficient, unit_value""",
            new.unit_id,
            new.kind,
            new.valid_from,
        )
        added = await _insert(new)
        await record(
            caller,
            "royalty_rate.set",
            new.unit_id,
            "unit",
            str(new.unit_id),
            {"kind": new.kind, **dict(before)} if before else None,
            {
                "kind": new.kind,
                "coefficient": new.coefficient,
                "unit_value": new.unit_value,
                "valid_from": new.valid_from,
            },
        )
    return added


async def _insert(new: NewRate) -> Record:
    added = await db.row(
        f"""INSERT INTO royalty_rate (id, unit_id, kind, valid_from, coefficient, unit_value, basis)
            VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {_COLUMNS}""",
        uuid4(),
        new.unit_id,
        new.kind,
        new.valid_from,
        new.coefficient,
        new.unit_value,
        new.basis,
    )
    assert added is not None
    return added


async def rates_of(caller: Caller, unit_id: UUID, limit: int, after: tuple[str, str] | None) -> list[Record]:
    """Return up to `limit` rate cards of a unit by kind, the newest of each first. Needs an admin of the unit."""
    await unit_of_card(caller, unit_id)
    kind, day = after or ("", "9999-12-31")
    return await db.rows(
        f"""SELECT {_COLUMNS} FROM royalty_rate WHERE unit_id = $1
              AND (kind > $2 OR kind = $2 AND valid_from::text < $3)
            ORDER BY kind, valid_from DESC LIMIT $4""",
        unit_id,
        kind,
        day,
        limit,
    )


async def rate_on(path: str, kind: str, day: date) -> Record | None:
    """Return the card by which a unit pays for a kind on a day: its own, or else that of the nearest unit above."""
    return await db.row(
        f"""SELECT {_COLUMNS} FROM royalty_rate JOIN unit ON unit.id = royalty_rate.unit_id
            WHERE unit.path = ANY($1::text[]) AND royalty_rate.kind = $2
              AND royalty_rate.valid_from <= $3 AND coalesce(royalty_rate.valid_to > $3, TRUE)
            ORDER BY length(unit.path) DESC LIMIT 1""",
        [*parents(path), path],
        kind,
        day,
    )


def coefficient_of(text: str) -> int:
    """Return hundredths of a coefficient as people write it, `1.5` or `1,5`; InvalidInput for anything else."""
    whole, _, fraction = text.strip().replace(",", ".").partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) <= 4 and len(fraction) <= 2) or (
        fraction and not (fraction.isascii() and fraction.isdigit())
    ):
        raise InvalidInput("coefficient", "cần một số như 1,5", "needs a number such as 1.5")
    return int(whole) * 100 + int(fraction.ljust(2, "0") or "0")


def shown_coefficient(hundredths: int, separator: str = ",") -> str:
    """Return a coefficient as people write it."""
    return f"{hundredths // 100}{separator}{hundredths % 100:02d}"


async def checked_rate(new: NewRate) -> NewRate:
    """Return a card as it is kept; InvalidInput for what can't be one, UnknownCode for a kind that there is not."""
    kind = await checked_kind(new.kind)
    if not 1 <= new.coefficient <= HIGHEST_COEFFICIENT:
        raise InvalidInput("coefficient", "từ 0,01 đến 1000", "from 0.01 to 1000")
    if not _SMALLEST_VALUE <= new.unit_value <= _LARGEST_VALUE:
        raise InvalidInput("unitValue", "từ 100 đồng đến 1 tỷ đồng", "from 100 to 1,000,000,000 dong")
    if not _EARLIEST <= new.valid_from <= _LATEST:
        raise InvalidInput("validFrom", "không phải một ngày hợp lệ", "is not a sensible day")
    basis = " ".join("".join(letter for letter in new.basis if letter.isprintable() or letter == " ").split())
    if len(basis) > _LONGEST_BASIS:
        raise InvalidInput("basis", f"nhiều nhất {_LONGEST_BASIS} ký tự", f"at most {_LONGEST_BASIS} characters")
    return replace(new, kind=kind, basis=basis)

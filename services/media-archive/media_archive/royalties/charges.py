"""What is owed for a publication: worked out once by the card of its day, corrected by a reversal, never rewritten."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from uuid import UUID, uuid4

from kit import db
from kit.audit import record
from kit.calendar import VIETNAM
from kit.db import Record
from kit.errors import DomainError, InvalidInput, NotFound
from kit.identity import Caller
from media_archive.royalties.money import divided, worth
from media_archive.royalties.rates import rate_on, shown_coefficient

_LONGEST_NOTE = 300
COLUMNS = """id, reuse_id, number, unit_id, asset_id, kind, published_on, coefficient, unit_value, amount, note,
    recorded_at"""


class NotAPublication(DomainError):
    """Royalties are owed for publications, and for no other use."""

    code = "NOT_A_PUBLICATION"
    vi = "Nhuận bút chỉ tính cho việc đăng, phát; đây là cách dùng khác."
    en = "Royalties are owed for publications; this is another use."


class AuthorsMissing(DomainError):
    """Nobody is named as author of the material."""

    code = "AUTHORS_MISSING"
    vi = "Tài liệu chưa ghi tác giả và tỷ lệ hưởng."
    en = "No authors with their shares are named for the material."


class RateCardMissing(DomainError):
    """Neither the unit nor one above it has a rate card for this kind on the day of publication."""

    code = "RATE_CARD_MISSING"
    vi = "Đơn vị và các cấp trên chưa có mức nhuận bút cho loại này vào ngày {day}."
    en = "Neither the unit nor one above it has a rate card for this kind on {day}."


class CoefficientTooHigh(DomainError):
    """A product may be worth less than its kind's highest coefficient, not more."""

    code = "COEFFICIENT_TOO_HIGH"
    vi = "Hệ số cao nhất cho loại này là {most}."
    en = "The highest coefficient for this kind is {most}."


class AlreadyCharged(DomainError):
    """What is owed for this publication is recorded already."""

    code = "ALREADY_CHARGED"
    vi = "Nhuận bút của lần đăng này đã được ghi."
    en = "What is owed for this publication is recorded already."


class NothingToReverse(DomainError):
    """Nothing is recorded as owed for this publication, or it is reversed already."""

    code = "NOTHING_TO_REVERSE"
    vi = "Chưa ghi nhuận bút cho lần đăng này, hoặc đã hủy."
    en = "Nothing is recorded as owed for this publication, or it is reversed already."


def _once() -> AbstractAsyncContextManager[None]:
    """Of two who record something of one publication at the same moment, the second is told that it is done."""
    return db.refusing({"royalty_charge_in_turn": AlreadyCharged()})


@dataclass(frozen=True, slots=True)
class _Publication:
    reuse_id: int
    row: Record
    path: str
    charges: Sequence[Record]


async def charge(caller: Caller, reuse_id: int, coefficient: int | None = None) -> Record:
    """Record what a unit owes for a publication of its; return the charge. Needs an admin of the unit.

    By the rate card of the day of publication. `coefficient` (hundredths) is what those who judged the product gave
    it, at most the card's, which counts when none is given.
    """
    caller.require_someone()
    async with _once():
        publication = await _publication(caller, reuse_id)
        if len(publication.charges) % 2:
            raise AlreadyCharged()
        row = publication.row
        day = row["at"].astimezone(VIETNAM).date()
        rate = await rate_on(publication.path, row["kind_of_asset"], day)
        if rate is None:
            raise RateCardMissing(day=day)
        if coefficient is not None and coefficient < 1:
            raise InvalidInput("coefficient", "phải lớn hơn 0", "must be more than 0")
        if coefficient is not None and coefficient > rate["coefficient"]:
            raise CoefficientTooHigh(most=shown_coefficient(rate["coefficient"]))
        authors = await _authors(row["asset_id"])
        given = coefficient or rate["coefficient"]
        amount = worth(given, rate["unit_value"])
        parts = divided(amount, [author["share"] for author in authors])
        lines = [(author["author_id"], author["share"], part) for author, part in zip(authors, parts, strict=True)]
        added = await _add(
            caller,
            publication,
            (row["kind_of_asset"], day, rate["id"], given, rate["unit_value"], amount, ""),
            lines,
        )
        await _tell(caller, "royalty.charged", added)
    return added


async def reverse(caller: Caller, reuse_id: int, note: str) -> Record:
    """Take back what was recorded as owed for a publication, by an entry of its own that says why; return that.

    Needs an admin of the unit that published.
    """
    caller.require_someone()
    note = " ".join("".join(letter for letter in note if letter.isprintable() or letter == " ").split())
    if not 1 <= len(note) <= _LONGEST_NOTE:
        raise InvalidInput("note", f"cần từ 1 đến {_LONGEST_NOTE} ký tự", f"needs 1 to {_LONGEST_NOTE} characters")
    async with _once():
        publication = await _publication(caller, reuse_id)
        if len(publication.charges) % 2 == 0:
            raise NothingToReverse()
        last = publication.charges[-1]
        owed = await db.rows("SELECT author_id, share, amount FROM royalty_line WHERE charge_id = $1", last["id"])
        added = await _add(
            caller,
            publication,
            (
                last["kind"],
                last["published_on"],
                last["rate_id"],
                last["coefficient"],
                last["unit_value"],
                -last["amount"],
                note,
            ),
            [(line["author_id"], line["share"], -line["amount"]) for line in owed],
        )
        await _tell(caller, "royalty.reversed", added)
    return added


async def _publication(caller: Caller, reuse_id: int) -> _Publication:
    row = await db.row(
        """SELECT reuse.asset_id, reuse.unit_id, reuse.kind, reuse.at, asset.kind AS kind_of_asset, unit.path
           FROM reuse JOIN unit ON unit.id = reuse.unit_id LEFT JOIN asset ON asset.id = reuse.asset_id
           WHERE reuse.id = $1""",
        reuse_id,
    )
    if row is None or not caller.may("contributor", row["path"]):
        raise NotFound("publication", reuse_id)
    caller.require("admin", row["path"])
    if row["kind"] != "publication" or row["kind_of_asset"] is None:
        raise NotAPublication()
    charges = await db.rows(
        f"SELECT {COLUMNS}, rate_id FROM royalty_charge WHERE reuse_id = $1 ORDER BY number", reuse_id
    )
    return _Publication(reuse_id, row, row["path"], charges)


async def _authors(asset_id: UUID) -> list[Record]:
    found = await db.rows(
        "SELECT author_id, share FROM asset_author WHERE asset_id = $1 ORDER BY share DESC, author_id", asset_id
    )
    if not found:
        raise AuthorsMissing()
    return found


async def _add(
    caller: Caller, publication: _Publication, said: tuple[object, ...], lines: Sequence[tuple[UUID, int, int]]
) -> Record:
    added = await db.row(
        f"""INSERT INTO royalty_charge (id, reuse_id, number, unit_id, asset_id, subject,
                kind, published_on, rate_id, coefficient, unit_value, amount, note)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING {COLUMNS}""",
        uuid4(),
        publication.reuse_id,
        len(publication.charges) + 1,
        publication.row["unit_id"],
        publication.row["asset_id"],
        caller.subject,
        *said,
    )
    assert added is not None
    await db.execute(
        """INSERT INTO royalty_line (charge_id, author_id, share, amount)
           SELECT $1, * FROM unnest($2::uuid[], $3::int[], $4::bigint[])""",
        added["id"],
        [author_id for author_id, _, _ in lines],
        [share for _, share, _ in lines],
        [amount for _, _, amount in lines],
    )
    return added


async def _tell(caller: Caller, action: str, added: Record) -> None:
    told = {"publication": added["reuse_id"], "number": added["number"], "amount": added["amount"]}
    await record(caller, action, added["unit_id"], "asset", str(added["asset_id"]), None, told)

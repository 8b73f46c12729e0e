"""Authors: people who are paid for what they make. Their names are seen by admins alone, and can be erased."""

from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

from kit import db
from kit.audit import record
from kit.db import Record
from kit.errors import DomainError, InvalidInput, NotFound
from kit.events import Event
from kit.identity import Caller
from kit.paths import parents
from media_archive.assets import service as assets
from media_archive.audit.service import tell_of_asset
from media_archive.royalties.money import WHOLE
from media_archive.units.service import find_unit

_LONGEST_NAME = 200
_LONGEST_ACCOUNT = 200
MOST_AUTHORS = 20


class SharesNotWhole(DomainError):
    """The shares of a material's authors must add up to 100 %."""

    code = "SHARES_NOT_WHOLE"
    vi = "Tỷ lệ của các tác giả phải cộng lại đúng 100 %."
    en = "The authors' shares must add up to exactly 100 %."


class AccountIsAuthor(DomainError):
    """An account is one author of a unit, and not two."""

    code = "ACCOUNT_IS_AUTHOR"
    vi = "Tài khoản này đã là một tác giả của đơn vị."
    en = "This account is an author of the unit already."


async def add_author(caller: Caller, unit_id: UUID, name: str, account: str | None = None) -> Record:
    """Note somebody whom a unit pays, and whose account that is if they have one. Needs an admin of the unit."""
    caller.require_someone()
    unit = await find_unit(unit_id)
    caller.require("admin", unit.path)
    name, account = _checked_name(name), (account or "").strip() or None
    if account is not None and (len(account) > _LONGEST_ACCOUNT or not account.isprintable()):
        raise InvalidInput("account", "không phải một tài khoản", "is no account")
    author_id = uuid4()
    async with db.refusing({"author_account_once": AccountIsAuthor()}):
        added = await db.row(
            "INSERT INTO author (id, unit_id, name, subject) VALUES ($1, $2, $3, $4) RETURNING id, unit_id, name",
            author_id,
            unit.id,
            name,
            account,
        )
        await record(caller, "author.added", unit.id, "author", str(author_id))
    assert added is not None
    return added


async def erase_author(caller: Caller, author_id: UUID) -> UUID:
    """Erase an author's name; what was owed them stays countable. Needs an admin of the unit that noted them."""
    caller.require_someone()
    async with db.transaction():
        found = await db.row(
            """SELECT author.unit_id, author.erased_at, unit.path FROM author JOIN unit ON unit.id = author.unit_id
               WHERE author.id = $1 FOR UPDATE OF author""",
            author_id,
        )
        if found is None or not caller.may("admin", found["path"]):
            raise NotFound("author", author_id)
        if found["erased_at"] is None:
            await _erase("id = $1", author_id)
            await record(caller, "author.erased", found["unit_id"], "author", str(author_id))
    return author_id


async def _erase(condition: str, *arguments: object) -> None:
    await db.execute(f"UPDATE author SET name = NULL, subject = NULL, erased_at = now() WHERE {condition}", *arguments)


async def apply_forgotten(event: Event) -> None:
    """An account was erased: so is the name of the author that it was, and who told of what was owed."""
    told: Mapping[str, str] = event.payload
    await _erase("encode(sha256(convert_to($1 || subject, 'UTF8')), 'hex') = $2", told["salt"], told["hash"])


async def authors_of(caller: Caller, unit_id: UUID, limit: int, after: UUID | None) -> list[Record]:
    """Return up to `limit` authors of a unit whose names are not erased, by id. Needs an admin of the unit."""
    caller.require_someone()
    caller.require("admin", (await find_unit(unit_id)).path)
    return await db.rows(
        """SELECT id, unit_id, name FROM author
           WHERE unit_id = $1 AND erased_at IS NULL AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3""",
        unit_id,
        after,
        limit,
    )


async def authors_to_choose(caller: Caller, path: str, most: int = 200) -> list[Record]:
    """Return authors noted by a unit and by those above it, for an admin of the unit, by name."""
    caller.require("admin", path)
    return await db.rows(
        """SELECT author.id, author.name FROM author JOIN unit ON unit.id = author.unit_id
           WHERE unit.path = ANY($1::text[]) AND author.erased_at IS NULL
           ORDER BY vi_fold(author.name), author.name, author.id LIMIT $2""",
        [*parents(path), path],
        most,
    )


async def set_asset_authors(caller: Caller, asset_id: UUID, shares: Mapping[UUID, int]) -> list[Record]:
    """Say who made a material and with which shares, in hundredths of a percent; returns them.

    In the place of what was said before; none: nobody is paid for it. Needs an admin of the material's unit; the
    authors are ones that this unit, or one above it, noted.
    """
    caller.require_someone()
    row = await assets.asset(caller, asset_id)
    caller.require("admin", row["unit_path"])
    if len(shares) > MOST_AUTHORS:
        raise InvalidInput("authors", f"nhiều nhất {MOST_AUTHORS} người", f"at most {MOST_AUTHORS} people")
    if shares and (sum(shares.values()) != WHOLE or min(shares.values()) < 1):
        raise SharesNotWhole()
    async with db.transaction():
        await _check_known(row["unit_path"], list(shares))
        before = await _shares(asset_id)
        if before != dict(shares):
            await db.execute("DELETE FROM asset_author WHERE asset_id = $1", asset_id)
            await db.execute(
                "INSERT INTO asset_author (asset_id, author_id, share) SELECT $1, * FROM unnest($2::uuid[], $3::int[])",
                asset_id,
                list(shares),
                list(shares.values()),
            )
            await tell_of_asset(caller, "asset.authors_named", asset_id, _told(before), _told(shares))
    return await asset_authors(caller, asset_id)


async def asset_authors(caller: Caller, asset_id: UUID) -> list[Record]:
    """Return who made a material: `id`, `name` (None once erased), `share`. Needs an admin of the material's unit."""
    caller.require_someone()
    row = await assets.asset(caller, asset_id)
    caller.require("admin", row["unit_path"])
    return await db.rows(
        """SELECT author.id, author.unit_id, author.name, asset_author.share
           FROM asset_author JOIN author ON author.id = author_id
           WHERE asset_id = $1 ORDER BY share DESC, author.id""",
        asset_id,
    )


async def _check_known(path: str, author_ids: Sequence[UUID]) -> None:
    found = await db.rows(
        """SELECT author.id FROM author JOIN unit ON unit.id = author.unit_id
           WHERE author.id = ANY($1::uuid[]) AND unit.path = ANY($2::text[]) AND author.erased_at IS NULL
           FOR SHARE OF author""",
        list(author_ids),
        [*parents(path), path],
    )
    known = {row["id"] for row in found}
    for author_id in author_ids:
        if author_id not in known:
            raise NotFound("author", author_id)


async def _shares(asset_id: UUID) -> dict[UUID, int]:
    found = await db.rows("SELECT author_id, share FROM asset_author WHERE asset_id = $1", asset_id)
    return {row["author_id"]: row["share"] for row in found}


def _told(shares: Mapping[UUID, int]) -> dict[str, object]:
    return {"shares": {str(author_id): share for author_id, share in shares.items()}}


def _checked_name(name: str) -> str:
    clean = " ".join("".join(letter for letter in name if letter.isprintable() or letter == " ").split())
    if not 1 <= len(clean) <= _LONGEST_NAME:
        raise InvalidInput("name", f"cần từ 1 đến {_LONGEST_NAME} ký tự", f"needs 1 to {_LONGEST_NAME} characters")
    return clean

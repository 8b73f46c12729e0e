"""Licence, holder and end of the rights in an asset."""

from datetime import date
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.db import Record
from kit.errors import InvalidInput, NotFound, UnknownCode
from kit.identity import Caller
from media_archive.assets.changes import record_changes
from media_archive.assets.service import asset
from media_archive.audit.service import tell_of_asset
from media_archive.rights.hiding import settle_hidden
from media_archive.rights.holding import held_asset

_LONGEST_HOLDER = 300
_VOCABULARY = ("giấy phép", "licences")


async def licences() -> list[Record]:
    """Return the licences that can be chosen today, in their order."""
    return await db.rows(
        """SELECT code, vi, en, url FROM licence
           WHERE valid_from <= $1 AND (valid_to IS NULL OR valid_to > $1) ORDER BY position""",
        today(),
    )


async def licence_of(code: str) -> Record:
    """Return a licence by its code, also one that can no longer be chosen."""
    found = await db.row("SELECT code, vi, en, url FROM licence WHERE code = $1", code)
    if found is None:
        raise NotFound("licence", code)
    return found


async def set_rights(caller: Caller, asset_id: UUID, licence: str, holder: str, until: date | None) -> Record:
    """Say under which licence an asset may be used, whose the rights are and when they end; return the asset.

    `until` is the first day without the right: from then on it is hidden. Needs an editor of its unit; UnknownCode for
    a licence that is not in the vocabulary today, unless the asset has it already.
    """
    async with db.transaction():
        before = await held_asset(caller, asset_id)
        said = {
            "licence": await _checked_licence(licence, before["licence"]),
            "rights_holder": checked_line("holder", holder, _LONGEST_HOLDER),
            "rights_until": until,
        }
        if any(before[name] != value for name, value in said.items()):
            await db.execute(
                "UPDATE asset SET licence = $2, rights_holder = $3, rights_until = $4 WHERE id = $1",
                asset_id,
                *said.values(),
            )
            # The holder may be a person, whom the trail must not name.
            told = ("licence", "rights_until")
            await tell_of_asset(
                caller,
                "asset.rights_set",
                asset_id,
                {name: before[name] for name in told},
                {name: said[name] for name in told},
            )
            await record_changes([asset_id])
            await settle_hidden(caller, [asset_id])
        return await asset(caller, asset_id)


async def _checked_licence(code: str, before: str) -> str:
    if code != before and code not in {row["code"] for row in await licences()}:
        raise UnknownCode("licence", "licence", code, today(), _VOCABULARY)
    return code


def checked_line(field: str, text: str, longest: int, *, least: int = 0) -> str:
    """Return a text on one line without controls; InvalidInput when it is shorter than `least` or too long."""
    clean = " ".join("".join(letter for letter in text if letter.isprintable() or letter.isspace()).split())
    if not least <= len(clean) <= longest:
        raise InvalidInput(
            field, f"cần từ {least} đến {longest} ký tự", f"needs from {least} up to {longest} characters"
        )
    return clean

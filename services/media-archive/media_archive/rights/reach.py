"""How far those who are shown agreed to be seen: no visibility, grant or link may go beyond.

The database says the same: the trigger `consent_reaches_visibility` on both tables.
"""

from collections.abc import Collection
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.errors import DomainError, InvalidInput

SCOPES = {
    "internal": ("nội bộ đơn vị", "within the unit"),
    "union": ("trong công đoàn", "within the union"),
    "public": ("công khai", "public"),
    "named": ("chỉ cho việc đã nêu", "for the named use only"),
}
"""Scopes of a consent and what people call them."""

OUTSIDE = ("public", "named")
"""The scopes that let a material leave the union by a link: the named use is told where the link is made."""


class ConsentDoesNotReach(DomainError):
    """Somebody who is shown agreed to less than this."""

    code = "CONSENT_DOES_NOT_REACH"
    vi = "Có người trong tài liệu chỉ đồng ý ở phạm vi “{called_vi}”."
    en = "Somebody who is shown agreed only to “{called_en}”."
    extra = {"scope": str}

    def __init__(self, scope: str) -> None:
        super().__init__(scope=scope, called_vi=SCOPES[scope][0], called_en=SCOPES[scope][1])


async def require_visibility(asset_id: UUID, visibility: str) -> None:
    """Refuse a visibility that consents don't reach, and for the proof of a consent all but `private`."""
    await require_reach(asset_id, visibility)
    if visibility != "private" and await db.value("SELECT EXISTS (SELECT FROM consent WHERE proof_id = $1)", asset_id):
        raise InvalidInput(
            "visibility", "bằng chứng của một sự đồng ý phải ở chế độ riêng tư", "the proof of a consent stays private"
        )


async def require_wide_enough(scope: str, visibility: str) -> None:
    """Raise ConsentDoesNotReach when a scope is narrower than a visibility."""
    if await db.value("SELECT reach_of($1) < reach_of($2)", scope, visibility):
        raise ConsentDoesNotReach(scope)


async def require_no_grants(asset_id: UUID, scope: str) -> None:
    """Raise ConsentDoesNotReach when a scope stays within the unit and the asset is granted to others."""
    if scope == "internal" and await db.value(
        """SELECT EXISTS (SELECT FROM asset_grant WHERE asset_id = $1 AND coalesce(until > $2, TRUE))
               OR EXISTS (SELECT FROM person_grant WHERE asset_id = $1 AND until > $2)""",
        asset_id,
        today(),
    ):
        raise ConsentDoesNotReach(scope)


async def require_reach(asset_id: UUID, visibility: str) -> None:
    """Raise ConsentDoesNotReach when somebody who is shown did not agree to be seen that far."""
    scope = await db.value(
        """SELECT scope FROM consent WHERE asset_id = $1 AND settled_at IS NULL AND reach_of(scope) < reach_of($2)
           ORDER BY reach_of(scope) LIMIT 1""",
        asset_id,
        visibility,
    )
    if scope is not None:
        raise ConsentDoesNotReach(scope)


async def require_scopes(asset_id: UUID, allowed: Collection[str]) -> None:
    """Raise ConsentDoesNotReach unless all who are shown agreed to one of these scopes."""
    scope = await db.value(
        "SELECT scope FROM consent WHERE asset_id = $1 AND settled_at IS NULL AND NOT scope = ANY($2::text[]) LIMIT 1",
        asset_id,
        list(allowed),
    )
    if scope is not None:
        raise ConsentDoesNotReach(scope)

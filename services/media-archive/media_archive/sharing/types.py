"""How the graph shows sharing."""

from datetime import UTC, date, datetime

import strawberry

from kit.db import Record
from kit.graphql import Info
from media_archive.assets.types import Asset, Unit


@strawberry.type(description="A unit of another branch that may see a material, with those above and below it.")
class AssetGrant:
    unit: Unit = strawberry.field(description="The unit.")
    until: date | None = strawberry.field(description="First day on which it no longer may; null: until it is ended.")

    @classmethod
    def of(cls, row: Record) -> "AssetGrant":
        """Show a grant."""
        return cls(unit=Unit(id=strawberry.ID(str(row["unit_id"]))), until=row["until"])


@strawberry.type(description="Somebody who may see a material before a day, as they asked for.")
class AssetPersonGrant:
    id: strawberry.ID = strawberry.field(description="Opaque id.")
    account: str = strawberry.field(description="The person's account: nothing else is kept of them.")
    unit: Unit = strawberry.field(description="The unit for which they asked.")
    until: date = strawberry.field(description="First day on which they no longer may.")

    @classmethod
    def of(cls, row: Record) -> "AssetPersonGrant":
        """Show a grant."""
        unit = Unit(id=strawberry.ID(str(row["unit_id"])))
        return cls(id=strawberry.ID(str(row["id"])), account=row["account"], unit=unit, until=row["until"])


@strawberry.type(description="A link by which somebody outside may see a material. Its address is told only once.")
class ShareLink:
    id: strawberry.ID = strawberry.field(description="Opaque id, which does not open the link.")
    label: str = strawberry.field(description="For whom it was made, in words; may be empty.")
    with_original: bool = strawberry.field(description="Whether the original can be loaded, or only its renditions.")
    has_password: bool = strawberry.field(description="Whether it asks for a password.")
    origins: list[str] = strawberry.field(description="Websites that may show it within their pages.")
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime = strawberry.field(description="When it ends.")
    most_uses: int | None = strawberry.field(description="How often it can be used; null: as often as one likes.")
    uses: int = strawberry.field(description="By how many browsers it was used.")
    revoked_at: datetime | None = strawberry.field(description="When it was ended early; null when it was not.")
    is_working: bool = strawberry.field(description="Whether it still opens.")

    @classmethod
    def of(cls, row: Record) -> "ShareLink":
        """Show a link."""
        return cls(
            id=strawberry.ID(str(row["id"])),
            label=row["label"],
            with_original=row["with_original"],
            has_password=row["password_hash"] is not None,
            origins=row["origins"],
            created_at=row["created_at"],
            expires_at=row["expires_at"],
            most_uses=row["most_uses"],
            uses=row["uses"],
            revoked_at=row["revoked_at"],
            is_working=works(row),
        )


def works(link: Record) -> bool:
    """Whether a link can still be used, as far as it itself goes."""
    used_up = link["most_uses"] is not None and link["uses"] >= link["most_uses"]
    return link["revoked_at"] is None and link["expires_at"] > datetime.now(UTC) and not used_up


@strawberry.type(description="Somebody asked to see a material whose id they were handed.")
class AccessRequest:
    id: strawberry.ID = strawberry.field(description="Opaque id.")
    asset_id: strawberry.ID = strawberry.field(description="The id that was asked for, whether there is such or not.")
    subject: str = strawberry.field(description="The account that asks.")
    unit: Unit = strawberry.field(description="The unit that is to see it.")
    reason: str = strawberry.field(description="What it is needed for.")
    state: str = strawberry.field(description="`open`, `accepted` or `declined`.")
    asked_at: datetime = strawberry.field(description="When it was asked.")
    answered_at: datetime | None = strawberry.field(description="When it was answered; null while it is open.")
    answer: str = strawberry.field(description="Why it was declined; else empty.")
    until: date | None = strawberry.field(description="First day on which what was accepted no longer holds.")
    granted_to: str | None = strawberry.field(
        description="To whom it was granted: `unit`, or `person` for whoever asked alone; null where it was not."
    )

    @strawberry.field(description="The material, as far as whoever reads this may see it.")
    async def asset(self, info: Info) -> Asset | None:
        return await Asset.resolve_reference(info, self.asset_id)

    @classmethod
    def of(cls, row: Record) -> "AccessRequest":
        """Show a request."""
        return cls(
            id=strawberry.ID(str(row["id"])),
            asset_id=strawberry.ID(str(row["asset_id"])),
            subject=row["subject"],
            unit=Unit(id=strawberry.ID(str(row["unit_id"]))),
            reason=row["reason"],
            state=row["state"],
            asked_at=row["asked_at"],
            answered_at=row["answered_at"],
            answer=row["answer"],
            until=row["until"],
            granted_to=row["granted_to"],
        )

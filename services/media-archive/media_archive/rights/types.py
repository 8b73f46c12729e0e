"""How the graph shows rights."""

from datetime import date, datetime

import strawberry

from kit.calendar import today
from kit.db import Record
from kit.graphql import Info
from media_archive.assets.types import Asset


@strawberry.type(description="A licence under which materials may be used.")
class AssetLicence:
    code: str = strawberry.field(description="Stable code, such as `cc_by_4`.")
    name_vi: str = strawberry.field(description="Vietnamese name.")
    name_en: str = strawberry.field(description="English name.")
    url: str | None = strawberry.field(description="Where the licence is told in full; null when it is nowhere.")

    @classmethod
    def of(cls, row: Record) -> "AssetLicence":
        """Show a licence."""
        return cls(code=row["code"], name_vi=row["vi"], name_en=row["en"], url=row["url"])


@strawberry.type(
    description="What one person who is shown in a material agreed to. Editors of its unit and the person see it."
)
class AssetConsent:
    id: strawberry.ID = strawberry.field(description="Opaque id.")
    asset_id: strawberry.ID = strawberry.field(description="The material's id.")
    person: str | None = strawberry.field(description="Who agreed; null once that was erased.")
    is_minor: bool = strawberry.field(description="Whether the person was below 18.")
    guardian: str | None = strawberry.field(description="Parent or guardian who agreed; null when there was none.")
    scope: str = strawberry.field(
        description="`internal` (the unit, those above and below), `union`, `public` or `named` (for `namedUse` only)."
    )
    named_use: str = strawberry.field(description="What the person agreed to, where the scope is `named`; else empty.")
    given_on: date = strawberry.field(description="Day of the consent.")
    until: date | None = strawberry.field(description="First day on which it no longer holds; null: until withdrawn.")
    state: str = strawberry.field(
        description="`given`, `expired`, `withdrawn` (both hide the material) or `settled` (needed no more)."
    )
    withdrawn_at: datetime | None = strawberry.field(description="When it was taken back; null when it was not.")
    settled_why: str | None = strawberry.field(description="Why it is needed no more; null while it counts.")
    proof_id: strawberry.ID | None = strawberry.field(description="Id of the private material that proves it.")

    @classmethod
    def of(cls, row: Record) -> "AssetConsent":
        """Show a consent."""
        return cls(
            id=strawberry.ID(str(row["id"])),
            asset_id=strawberry.ID(str(row["asset_id"])),
            person=row["person"],
            is_minor=row["is_minor"],
            guardian=row["guardian"],
            scope=row["scope"],
            named_use=row["named_use"],
            given_on=row["given_on"],
            until=row["until"],
            state=state_of(row),
            withdrawn_at=row["withdrawn_at"],
            settled_why=row["settled_why"],
            proof_id=strawberry.ID(str(row["proof_id"])) if row["proof_id"] else None,
        )


def state_of(consent: Record) -> str:
    """Return how a consent stands today: `settled`, `withdrawn`, `expired` or `given`."""
    if consent["settled_at"] is not None:
        return "settled"
    if consent["withdrawn_at"] is not None:
        return "withdrawn"
    return "expired" if consent["until"] is not None and consent["until"] <= today() else "given"


@strawberry.type(description="Something that ends soon and concerns who may see or use a material.")
class ExpiringRight:
    kind: str = strawberry.field(
        description="`rights`, `lease`, `consent`, `grant` (to another unit) or `link` (a share link)."
    )
    ends_on: date = strawberry.field(description="First day on which it no longer holds.")
    days_left: int = strawberry.field(description="How many days that is from today.")
    asset_id: strawberry.Private[str]

    @strawberry.field(description="The material concerned.")
    async def asset(self, info: Info) -> Asset | None:
        return await Asset.resolve_reference(info, strawberry.ID(self.asset_id))

    @classmethod
    def of(cls, row: Record) -> "ExpiringRight":
        """Show what ends."""
        left = (row["ends_on"] - today()).days
        return cls(kind=row["kind"], ends_on=row["ends_on"], days_left=left, asset_id=str(row["asset_id"]))

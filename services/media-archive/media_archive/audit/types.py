"""Entries of the audit trail as the graph shows them."""

from datetime import datetime
from uuid import UUID

import strawberry

from kit.db import Record
from media_archive.assets.types import Unit


@strawberry.type(description="One thing that somebody did to a material. Entries are never changed and never removed.")
class ArchiveAuditEntry:
    id: strawberry.ID = strawberry.field(description="Opaque id; later entries come first in the trail.")
    at: datetime = strawberry.field(description="When it was done.")
    subject: str = strawberry.field(description="The account that did it; `system` for the product itself.")
    action: str = strawberry.field(description="What was done, such as `asset.added` or `asset.described`.")
    kind: str = strawberry.field(description="What it was done to: `asset`.")
    thing_id: str = strawberry.field(description="That thing's id.")
    before: str | None = strawberry.field(
        description="What was different before, as a JSON object; null when it was not there. Without texts, which may "
        "name people."
    )
    after: str | None = strawberry.field(
        description="What it was afterwards, as a JSON object, with the names of the texts that changed; null where "
        "there is no more to say."
    )
    request_id: str | None = strawberry.field(
        description="The request that did it, as in the logs; null when it was no request."
    )
    unit: Unit | None = strawberry.field(description="The unit that the material belongs to.")

    @classmethod
    def of(cls, row: Record) -> "ArchiveAuditEntry":
        """Return the entry of a row."""
        unit_id: UUID | None = row["unit_id"]
        return cls(
            id=strawberry.ID(str(row["id"])),
            at=row["at"],
            subject=row["subject"],
            action=row["action"],
            kind=row["kind"],
            thing_id=row["thing_id"],
            before=row["before"],
            after=row["after"],
            request_id=row["request_id"],
            unit=Unit(id=strawberry.ID(str(unit_id))) if unit_id else None,
        )

"""Entries of the audit trail as the graph shows them."""

from datetime import datetime
from uuid import UUID

import strawberry

from kit import db
from kit.graphql import Info
from org.units.types import Unit, unit_or_none


@strawberry.type(description="One thing that somebody did. Entries are never changed and never removed.")
class AuditEntry:
    id: strawberry.ID = strawberry.field(description="Opaque id; later entries come first in the trail.")
    at: datetime = strawberry.field(description="When it was done.")
    subject: str = strawberry.field(description="The account that did it; `system` for the product itself.")
    action: str = strawberry.field(description="What was done, such as `unit.moved`.")
    kind: str = strawberry.field(description="What kind of thing it was done to, such as `unit` or `appointment`.")
    thing_id: str = strawberry.field(description="The thing's id or code.")
    before: str | None = strawberry.field(
        description="What it was before, as a JSON object; null when it was not there. Without personal data."
    )
    after: str | None = strawberry.field(
        description="What it was afterwards, as a JSON object; null when it was no longer there. Without personal data."
    )
    request_id: str | None = strawberry.field(
        description="The request that did it, as in the logs; null when it was no request."
    )
    unit_id: strawberry.Private[UUID | None]

    @classmethod
    def of(cls, row: db.Record) -> "AuditEntry":
        """Return the entry of a row."""
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
            unit_id=row["unit_id"],
        )

    @strawberry.field(description="The unit that it concerned, as it is today.")
    async def unit(self, info: Info) -> Unit | None:
        return await unit_or_none(info, self.unit_id) if self.unit_id else None

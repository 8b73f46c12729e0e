"""The question who did what, which a unit's admins may ask."""

from typing import Annotated

import strawberry

from kit.graphql import After, Connection, First, Info, parse_id, window
from media_archive.audit.service import trail_of
from media_archive.audit.types import ArchiveAuditEntry


@strawberry.type
class AuditQuery:
    @strawberry.field(
        description="Who did what to the materials of a unit and those below it today, newest first. You must be an "
        "admin of the unit."
    )
    async def archive_audit_trail(
        self,
        info: Info,
        unit_id: Annotated[strawberry.ID, strawberry.argument(description="The unit's id.")],
        asset_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only what was done to this material.")
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[ArchiveAuditEntry] | None:
        asked = window(first, after, int)
        rows = await trail_of(
            info.context.caller,
            parse_id(unit_id, "unit"),
            parse_id(asset_id, "asset") if asset_id else None,
            asked.limit,
            asked.after[0] if asked.after else None,
        )
        return asked.page(rows, ArchiveAuditEntry.of, key=lambda row: (row["id"],))

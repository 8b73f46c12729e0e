"""The question who did what, which a unit's admins may ask."""

from datetime import date
from typing import Annotated

import strawberry

from kit.graphql import After, Connection, First, Info, parse_id, window
from org.audit.service.trail import TrailAsked, trail_of
from org.audit.types import AuditEntry


@strawberry.type
class AuditQuery:
    """Root fields of the audit trail."""

    @strawberry.field(
        description="Who did what about a unit and those below it today, newest first. "
        "You must be an admin of the unit. "
        "Null when an argument is refused."
    )
    async def audit_trail(
        self,
        info: Info,
        unit_id: Annotated[strawberry.ID, strawberry.argument(description="The unit.")],
        with_subtree: Annotated[
            bool,
            strawberry.argument(description="Also what was done about the units below it; else only about itself."),
        ] = True,
        kind: Annotated[
            str | None, strawberry.argument(description="Only things of this kind, such as `unit` or `appointment`.")
        ] = None,
        since: Annotated[date | None, strawberry.argument(description="From this day on, in Viet Nam.")] = None,
        until: Annotated[date | None, strawberry.argument(description="To before this day, in Viet Nam.")] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[AuditEntry] | None:
        asked = window(first, after, int)
        trail = TrailAsked(with_subtree, kind, since, until)
        before = asked.after[0] if asked.after else None
        rows = await trail_of(info.context.caller, parse_id(unit_id, "unit"), trail, asked.limit, before)
        return asked.page(rows, AuditEntry.of, lambda row: (row["id"],))

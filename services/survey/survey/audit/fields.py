"""The question who did what, which a unit's admins may ask."""

from typing import Annotated

import strawberry

from kit.graphql import After, Connection, First, Info, parse_id, window
from survey.audit.service import trail_of
from survey.audit.types import SurveyAuditEntry


@strawberry.type
class AuditQueries:
    @strawberry.field(
        description="Who did what to the survey programmes, waves and questionnaires of a unit and those below it "
        "today, newest first. You must be an admin of the unit."
    )
    async def survey_audit_trail(
        self,
        info: Info,
        unit: Annotated[strawberry.ID, strawberry.argument(description="The unit's id.")],
        programme: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Only what was done to this programme, its waves and its questionnaire."),
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[SurveyAuditEntry]:
        asked = window(first, after, int)
        of_programme = parse_id(programme, "survey programme") if programme else None
        before = asked.after[0] if asked.after else None
        rows = await trail_of(info.context.caller, parse_id(unit, "unit"), of_programme, asked.limit, before)
        return asked.page(rows, SurveyAuditEntry.of, key=lambda row: (row["id"],))

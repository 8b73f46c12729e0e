"""How the graph shows a form's addresses."""

from typing import Annotated
from uuid import UUID

import strawberry

from kit import db, settings
from kit.graphql import Info
from survey.collection.service import Collection
from survey.questionnaires.types import QuestionnaireVersion

_KIND = (
    "How people answer here: `open_link` (anybody can), `slip` (with a printed slip), `credential` (a member with a "
    "blind-signed credential) or `paper` (a steward types in forms on paper, each with its slip)."
)


@strawberry.type(description="An address of a wave's form.")
class SurveyCollector:
    code: str = strawberry.field(description="Its short code; capitals, spaces and hyphens do not matter.")
    kind: str = strawberry.field(description=_KIND)
    url: str = strawberry.field(description="The address of the form for people.")
    group_vi: str | None = strawberry.field(
        description="The response group it belongs to, in Vietnamese; null: the whole wave."
    )
    group_en: str | None = strawberry.field(
        description="The response group it belongs to, in English; null: the whole wave."
    )

    @classmethod
    def of(cls, row: db.Record) -> "SurveyCollector":
        """Show a collector."""
        return cls(
            code=row["code"],
            kind=row["kind"],
            url=form_url(row["code"]),
            group_vi=row["name_vi"],
            group_en=row["name_en"],
        )


@strawberry.type(description="What an app needs to show a form and send its answers.")
class SurveyForm:
    code: str = strawberry.field(description="The collector's code in its one spelling.")
    kind: str = strawberry.field(description=_KIND)
    wave_id: strawberry.ID = strawberry.field(description="The id of its wave, for which a credential is fetched.")
    phase: str = strawberry.field(description="`not_yet_open`, `open` or `closed`.")
    title_vi: str = strawberry.field(description="The programme's title in Vietnamese.")
    title_en: str = strawberry.field(description="The programme's title in English.")
    url: str = strawberry.field(description="The address of the form for people.")
    version_id: strawberry.Private[UUID | None]

    @strawberry.field(description="The questions; null unless the form is open.")
    async def questionnaire_version(self, info: Info) -> QuestionnaireVersion | None:
        return await QuestionnaireVersion.asked(info, self.version_id if self.phase == "open" else None)

    @classmethod
    def of(cls, collection: Collection) -> "SurveyForm":
        """Show what stands behind a collector."""
        return cls(
            code=collection.code,
            kind=collection.kind,
            wave_id=strawberry.ID(str(collection.wave_id)),
            phase=collection.phase,
            title_vi=collection.title_vi,
            title_en=collection.title_en,
            url=form_url(collection.code),
            version_id=collection.questionnaire_version_id,
        )


def form_url(code: str) -> str:
    """Return the address of a form."""
    return f"{settings.current().public_url}/f/{code}"


Code = Annotated[str, strawberry.argument(description="The code, as people may write it.")]

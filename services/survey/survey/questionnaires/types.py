"""How the graph shows questionnaires and their versions."""

from datetime import datetime
from typing import cast
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from kit.graphql import First, Info, parse_id
from survey.questionnaires import models, service
from survey.units.types import Unit


@strawberry.federation.type(keys=["id"], description="One definition of a questionnaire; published ones never change.")
class QuestionnaireVersion:
    id: strawberry.ID = strawberry.field(description="The version's id.")
    number: int = strawberry.field(description="1 for the first version of a questionnaire, then 2, 3, ….")
    sha256: str = strawberry.field(
        description="SHA-256 (hex) of the definition as JSON with sorted keys and no spaces."
    )
    published_at: datetime | None = strawberry.field(description="When it was published; null while it is a draft.")
    definition: JSON = strawberry.field(description="The questions, as the published JSON Schema describes them.")

    @classmethod
    def of(cls, version: models.QuestionnaireVersion) -> "QuestionnaireVersion":
        """Show a version."""
        return cls(
            id=strawberry.ID(str(version.id)),
            number=version.number,
            sha256=version.sha256,
            published_at=version.published_at,
            definition=cast(JSON, version.definition),
        )

    @classmethod
    async def asked(cls, info: Info, id: UUID | None) -> "QuestionnaireVersion | None":
        """Return a version that was asked in some wave."""
        version = await info.context.loaders.asked_version.load(id) if id else None
        return cls.of(version) if version else None

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> "QuestionnaireVersion | None":
        """Return a version that was asked in some wave."""
        return await cls.asked(info, parse_id(id, "questionnaire version"))


@strawberry.type(description="A line of questionnaire versions under one stable code.")
class Questionnaire:
    id: strawberry.ID = strawberry.field(description="The questionnaire's id.")
    code: str = strawberry.field(description="Its stable code.")
    owner: Unit = strawberry.field(description="The unit that writes it.")

    @strawberry.field(
        description="Its versions, the newest first: all for the owner's editors and analysts, else what was asked."
    )
    async def versions(
        self,
        info: Info,
        first: First = 20,
    ) -> list[QuestionnaireVersion]:
        found = await service.visible_versions(info.context.caller, UUID(self.id), UUID(self.owner.id), first)
        return [QuestionnaireVersion.of(version) for version in found]

    @classmethod
    def of(cls, questionnaire: models.Questionnaire) -> "Questionnaire":
        """Show a questionnaire."""
        return cls(
            id=strawberry.ID(str(questionnaire.id)),
            code=questionnaire.code,
            owner=Unit(id=strawberry.ID(str(questionnaire.owner_unit_id))),
        )


@strawberry.type(description="A draft was written.")
class DraftQuestionnaireVersionSuccess:
    questionnaire: Questionnaire = strawberry.field(description="The questionnaire.")
    version: QuestionnaireVersion = strawberry.field(description="Its draft.")


@strawberry.type(description="A version was published.")
class PublishQuestionnaireVersionSuccess:
    version: QuestionnaireVersion = strawberry.field(description="The version, from now on unchanging.")


@strawberry.input(description="A new questionnaire.")
class CreateQuestionnaireInput:
    code: str = strawberry.field(description="A code of a–z, 0–9 and _, unique over all units.")
    owner_unit_id: strawberry.ID = strawberry.field(description="The unit that writes it.")
    definition: JSON = strawberry.field(description="Its first draft, as the published JSON Schema describes it.")

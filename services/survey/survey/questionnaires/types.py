"""How the graph shows questionnaires and their versions."""

from datetime import datetime
from typing import cast
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from kit.graphql import After, Connection, First, Info, parse_id, window
from survey.questionnaires import concepts, models, service
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


@strawberry.type(description="What changed in how a concept is asked since the version before.")
class SurveyConceptChange:
    what: str = strawberry.field(
        description="What differs: the name of a question's property in the published JSON Schema (`text`, `hint`, "
        "`kind`, `minimum`, `shown_if`, `section_shown_if` for that of its section, …), or `choice_added`, "
        "`choice_removed`, `choice_changed`, `choices_reordered`, and the same of `row`."
    )
    code: str | None = strawberry.field(description="The choice or row; null where it is not about one.")
    before: JSON | None = strawberry.field(description="What stood there in the version before; null for nothing.")
    after: JSON | None = strawberry.field(description="What stands there now; null for nothing.")


@strawberry.type(description="A question that asks a concept, in the words of one version.")
class SurveyConceptQuestion:
    code: str = strawberry.field(description="The question's code.")
    kind: str = strawberry.field(description="Its kind.")
    text: JSON = strawberry.field(description="Its wording, by language.")
    choices: JSON = strawberry.field(description="Its choices in order, as the definition has them; empty for none.")
    changes: list[SurveyConceptChange] = strawberry.field(
        description="What differs from the version before; empty when nothing does, or there is none."
    )

    @classmethod
    def of(cls, question: concepts.ConceptQuestion) -> "SurveyConceptQuestion":
        """Show a question."""
        document = question.document
        return cls(
            code=document["code"],
            kind=document["kind"],
            text=document["text"],
            choices=document.get("choices", []),
            changes=[
                SurveyConceptChange(what=each.what, code=each.code, before=each.before, after=each.after)
                for each in question.changes
            ],
        )


@strawberry.type(description="A published version that asks a concept.")
class SurveyConceptVersion:
    questionnaire_code: str = strawberry.field(description="The code of its questionnaire.")
    number: int = strawberry.field(description="The version's number.")
    previous_number: int | None = strawberry.field(
        description="The version of this questionnaire that asked the concept before; null for the first one."
    )
    sha256: str = strawberry.field(description="SHA-256 (hex) of the version's definition.")
    published_at: datetime = strawberry.field(description="When it was published.")
    questions: list[SurveyConceptQuestion] = strawberry.field(description="Where it asks the concept, mostly once.")

    @classmethod
    def of(cls, version: concepts.ConceptVersion) -> "SurveyConceptVersion":
        """Show a version."""
        return cls(
            questionnaire_code=version.questionnaire_code,
            number=version.number,
            previous_number=version.previous_number,
            sha256=version.sha256,
            published_at=version.published_at,
            questions=[SurveyConceptQuestion.of(each) for each in version.questions],
        )


@strawberry.type(description="What questionnaires measure, the same over all their versions.")
class SurveyConcept:
    code: str = strawberry.field(description="The concept's code.")

    @strawberry.field(
        description="The published versions that ask it, the newest first: what waves have asked, and for editors and "
        "analysts of its owner also what none has asked yet."
    )
    async def versions(self, info: Info, first: First = 20, after: After = None) -> Connection[SurveyConceptVersion]:
        asked = window(first, after, int, str)
        found = await concepts.concept_versions(info.context.caller, self.code, asked)
        return asked.page(found, SurveyConceptVersion.of, key=lambda each: (each.place, str(each.id)))


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

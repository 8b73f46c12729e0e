"""The graph's ways to read and write questionnaires."""

from typing import Annotated, cast

import strawberry
from strawberry.scalars import JSON

from kit.graphql import Info, mutation, parse_id, result
from survey.questionnaires import concepts, service, types
from survey.questionnaires.models import Questionnaire, QuestionnaireVersion

CreateQuestionnaireResult = result(
    "CreateQuestionnaireResult", types.DraftQuestionnaireVersionSuccess, service.QuestionnaireCodeTaken
)
DraftQuestionnaireVersionResult = result("DraftQuestionnaireVersionResult", types.DraftQuestionnaireVersionSuccess)
PublishQuestionnaireVersionResult = result(
    "PublishQuestionnaireVersionResult",
    types.PublishQuestionnaireVersionSuccess,
    service.QuestionnaireVersionPublished,
)


@strawberry.type
class QuestionnaireQueries:
    @strawberry.field(description="The questionnaire with a code, when the caller may see some version of it.")
    async def questionnaire(
        self, info: Info, code: Annotated[str, strawberry.argument(description="The questionnaire's stable code.")]
    ) -> types.Questionnaire | None:
        found = await service.find_questionnaire(info.context.caller, code)
        return types.Questionnaire.of(found) if found else None

    @strawberry.field(
        description="How a concept was asked over time; null when nothing that the caller may read asks it."
    )
    async def survey_concept(
        self, info: Info, code: Annotated[str, strawberry.argument(description="The concept's code.")]
    ) -> types.SurveyConcept | None:
        known = await concepts.concept_is_known(info.context.caller, code)
        return types.SurveyConcept(code=code) if known else None


@strawberry.type
class QuestionnaireMutations:
    @mutation(
        CreateQuestionnaireResult,
        description="Start a questionnaire with its first draft. Needs an editor of the owner unit.",
    )
    async def create_questionnaire(
        self,
        info: Info,
        input: Annotated[
            types.CreateQuestionnaireInput, strawberry.argument(description="The questionnaire and its first draft.")
        ],
    ) -> types.DraftQuestionnaireVersionSuccess:
        version = await service.create_questionnaire(
            info.context.caller,
            code=input.code,
            owner_unit_id=parse_id(input.owner_unit_id, "unit"),
            definition=cast(object, input.definition),
        )
        return await _drafted(version)

    @mutation(
        DraftQuestionnaireVersionResult,
        description="Write the questionnaire's draft: change the one there is, or start the next version. "
        "Needs an editor of the owner unit.",
    )
    async def draft_questionnaire_version(
        self,
        info: Info,
        questionnaire_id: Annotated[strawberry.ID, strawberry.argument(description="The questionnaire's id.")],
        definition: Annotated[JSON, strawberry.argument(description="The whole draft.")],
    ) -> types.DraftQuestionnaireVersionSuccess:
        questionnaire = parse_id(questionnaire_id, "questionnaire")
        return await _drafted(await service.save_draft(info.context.caller, questionnaire, cast(object, definition)))

    @mutation(
        PublishQuestionnaireVersionResult,
        description="Publish a draft for good. Needs an editor of the owner unit.",
    )
    async def publish_questionnaire_version(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The draft's id.")]
    ) -> types.PublishQuestionnaireVersionSuccess:
        version = await service.publish_version(info.context.caller, parse_id(id, "questionnaire version"))
        return types.PublishQuestionnaireVersionSuccess(version=types.QuestionnaireVersion.of(version))


async def _drafted(version: QuestionnaireVersion) -> types.DraftQuestionnaireVersionSuccess:
    questionnaire = await Questionnaire.get(id=version.questionnaire_id)
    return types.DraftQuestionnaireVersionSuccess(
        questionnaire=types.Questionnaire.of(questionnaire), version=types.QuestionnaireVersion.of(version)
    )

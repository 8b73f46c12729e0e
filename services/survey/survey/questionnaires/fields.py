"""The graph's ways to read and write questionnaires."""

from typing import Annotated, cast

import strawberry
from strawberry.scalars import JSON

from kit.errors import InvalidInput
from kit.graphql import Info, mutation, parse_id, result, small_file
from survey.questionnaires import concepts, service, types, workbooks
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
ImportQuestionnaireResult = result(
    "ImportQuestionnaireResult",
    types.ImportQuestionnaireSuccess,
    service.QuestionnaireCodeTaken,
    workbooks.QuestionnaireWorkbookRefused,
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

    @strawberry.field(
        description="A version as an XLSForm workbook, which reads back as exactly the same. Drafts are for editors "
        "and analysts of the owner; what a wave has asked is for everybody. NOT_FOUND for any other."
    )
    async def questionnaire_workbook(
        self,
        info: Info,
        version_id: Annotated[strawberry.ID, strawberry.argument(description="The questionnaire version's id.")],
    ) -> types.QuestionnaireWorkbook | None:
        version = parse_id(version_id, "questionnaire version")
        name, content = await workbooks.export_version(info.context.caller, version)
        return types.QuestionnaireWorkbook.of(name, content)


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
        ImportQuestionnaireResult,
        description="Make a draft of an XLSForm workbook, or only see what would come of it. Needs an editor of the "
        "owner unit. Every row that is not imported, or means something else afterwards, is reported.",
    )
    async def import_questionnaire(
        self,
        info: Info,
        input: Annotated[types.ImportQuestionnaireInput, strawberry.argument(description="The workbook.")],
    ) -> types.ImportQuestionnaireSuccess:
        content, caller, check_only = small_file(input.content), info.context.caller, input.check_only
        if input.questionnaire_id is not None:
            questionnaire = parse_id(input.questionnaire_id, "questionnaire")
            made = await workbooks.import_draft(caller, content, questionnaire_id=questionnaire, check_only=check_only)
        elif input.owner_unit_id is not None:
            unit = parse_id(input.owner_unit_id, "unit")
            made = await workbooks.import_questionnaire(
                caller, content, owner_unit_id=unit, code=input.code, check_only=check_only
            )
        else:
            raise InvalidInput(
                "ownerUnitId", "cần ownerUnitId hoặc questionnaireId.", "give ownerUnitId or questionnaireId."
            )
        drafted = await _drafted(made.version) if made.version else None
        return types.ImportQuestionnaireSuccess(
            questionnaire=drafted.questionnaire if drafted else None,
            version=drafted.version if drafted else None,
            report=types.QuestionnaireImportReport.of(made.imported),
        )

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

"""How the graph shows questionnaires and their versions."""

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, cast
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from kit.errors import InvalidInput
from kit.graphql import After, Connection, First, Info, parse_id, window
from survey.questionnaires import concepts, models, service
from survey.questionnaires.xlsform import writing
from survey.questionnaires.xlsform.reading import Counts, Imported
from survey.questionnaires.xlsform.report import MOST_REMARKS, Remark
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


@strawberry.input(description="An XLSForm workbook that is to become a draft.")
class ImportQuestionnaireInput:
    content: str = strawberry.field(
        description="The file in base64 (XLSX, XLS, or a form in CSV), at most 150 KB; larger ones are uploaded on the "
        "page `/results/questionnaires`."
    )
    questionnaire_id: strawberry.ID | None = strawberry.field(
        default=None, description="The questionnaire whose draft it becomes; null: it starts a new one."
    )
    owner_unit_id: strawberry.ID | None = strawberry.field(
        default=None, description="The unit that writes a new questionnaire."
    )
    code: str | None = strawberry.field(
        default=None, description="The code of a new questionnaire; the workbook's `form_id` when null."
    )
    check_only: bool = strawberry.field(
        default=False, description="Whether to report only, and write nothing, even where nothing can be imported."
    )


@strawberry.type(description="What is said of a row of a workbook, or of a sheet or column.")
class QuestionnaireImportRemark:
    level: str = strawberry.field(
        description="`refused`: it is not in the draft. `changed`: it is, and means something else, such as without "
        "its condition. `noted`: it is, and something was completed, renamed or left out that changes no answer."
    )
    code: str = strawberry.field(description="Stable name of the reason, for programs.")
    sheet: str | None = strawberry.field(description="The sheet's name; null when the whole file is meant.")
    row: int | None = strawberry.field(description="The row as the spreadsheet counts; null for the whole sheet.")
    column: str | None = strawberry.field(description="The column, where it is about one cell.")
    reason: str = strawberry.field(description="The reason, for people, in the language they asked for.")


@strawberry.type(description="How the rows of a workbook fared.")
class QuestionnaireImportReport:
    rows: int = strawberry.field(description="Rows of the survey sheet that say something.")
    imported_rows: int = strawberry.field(description="How many of them are in the draft.")
    refused_rows: int = strawberry.field(description="How many of them are not, each with a reason.")
    choices: int = strawberry.field(description="Rows of the choices sheet.")
    imported_choices: int = strawberry.field(description="How many of them some imported question offers.")
    is_complete: bool = strawberry.field(description="Whether nothing is refused and nothing means something else.")
    found: strawberry.Private[Sequence[Remark]]

    @strawberry.field(description="What there is to say, in the order of the sheets' rows.")
    def remarks(
        self,
        info: Info,
        levels: Annotated[
            list[str] | None, strawberry.argument(description="Only these levels, such as `refused`; all when null.")
        ] = None,
        first: Annotated[int, strawberry.argument(description=f"How many, 1 to {MOST_REMARKS}.")] = 500,
    ) -> list[QuestionnaireImportRemark]:
        if not 1 <= first <= MOST_REMARKS:
            raise InvalidInput("first", f"phải từ 1 đến {MOST_REMARKS}", f"must be between 1 and {MOST_REMARKS}")
        wanted = [remark for remark in self.found if levels is None or remark.level in levels]
        return [
            QuestionnaireImportRemark(
                level=remark.level,
                code=remark.code,
                sheet=remark.sheet,
                row=remark.row,
                column=remark.column,
                reason=remark.message(info.context.language),
            )
            for remark in wanted[:first]
        ]

    @classmethod
    def of(cls, imported: Imported) -> "QuestionnaireImportReport":
        """Show what came of a workbook."""
        counts: Counts = imported.counts
        return cls(
            rows=counts.rows,
            imported_rows=counts.imported,
            refused_rows=counts.refused,
            choices=counts.choices,
            imported_choices=counts.choices_imported,
            is_complete=all(remark.level == "noted" for remark in imported.remarks),
            found=imported.remarks,
        )


@strawberry.type(description="A workbook was read.")
class ImportQuestionnaireSuccess:
    questionnaire: Questionnaire | None = strawberry.field(description="The questionnaire; null when only checked.")
    version: QuestionnaireVersion | None = strawberry.field(description="Its draft; null when only checked.")
    report: QuestionnaireImportReport = strawberry.field(description="Which rows are in it, and which are not.")


@strawberry.type(description="A questionnaire version as an XLSForm workbook.")
class QuestionnaireWorkbook:
    file_name: str = strawberry.field(description="What to call the file.")
    media_type: str = strawberry.field(description="That of XLSX.")
    content: str = strawberry.field(description="The file in base64.")

    @classmethod
    def of(cls, name: str, content: bytes) -> "QuestionnaireWorkbook":
        """Show a workbook."""
        return cls(file_name=name, media_type=writing.MEDIA_TYPE, content=base64.b64encode(content).decode())

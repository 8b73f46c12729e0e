"""Questionnaires that come and go as XLSForm workbooks: a draft is made of one, a version is written as one."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from kit import db
from kit.errors import DomainError, InvalidInput, NotFound
from kit.identity import Caller, scope_predicate
from survey.questionnaires import service
from survey.questionnaires.models import Questionnaire, QuestionnaireVersion
from survey.questionnaires.xlsform.reading import Imported, import_workbook
from survey.questionnaires.xlsform.writing import export_workbook


class QuestionnaireWorkbookRefused(DomainError):
    """Nothing of the workbook can be imported; checking it only (`checkOnly`) lists what stands in the way."""

    code = "QUESTIONNAIRE_WORKBOOK_REFUSED"
    vi = "Không nhập được bảng tính: {reason_vi}"
    en = "The workbook can't be imported: {reason_en}"

    def __init__(self, imported: Imported) -> None:
        remark = next(each for each in imported.remarks if each.level == "refused")
        super().__init__(reason_vi=remark.message("vi"), reason_en=remark.message("en"))


@dataclass(frozen=True, slots=True)
class ImportedDraft:
    """What a workbook says, and the draft that was made of it; None when it was only checked."""

    imported: Imported
    version: QuestionnaireVersion | None


async def import_questionnaire(
    caller: Caller, content: bytes, *, owner_unit_id: UUID, code: str | None, check_only: bool
) -> ImportedDraft:
    """Start a questionnaire with a workbook as its first draft. Needs an editor of the owner unit.

    Its code is the workbook's `form_id` when none is given. QuestionnaireWorkbookRefused when nothing can be imported.
    """
    await service.require_editor_of_unit(caller, owner_unit_id)
    imported = await _read(content)
    if check_only:
        return ImportedDraft(imported, None)
    definition = _definition(imported)
    chosen = code or imported.code
    if not chosen:
        raise InvalidInput("code", "bảng tính không có form_id; xin cho mã", "the workbook has no form_id; name one")
    version = await service.create_questionnaire(
        caller, code=chosen, owner_unit_id=owner_unit_id, definition=definition
    )
    return ImportedDraft(imported, version)


async def import_draft(caller: Caller, content: bytes, *, questionnaire_id: UUID, check_only: bool) -> ImportedDraft:
    """Write a questionnaire's draft from a workbook: the one there is, or the next version. Needs an editor."""
    questionnaire = await Questionnaire.filter(id=questionnaire_id).first()
    await service.require_editor(caller, questionnaire, questionnaire_id)
    imported = await _read(content)
    if check_only:
        return ImportedDraft(imported, None)
    version = await service.save_draft(caller, questionnaire_id, _definition(imported))
    return ImportedDraft(imported, version)


async def export_version(caller: Caller, version_id: UUID) -> tuple[str, bytes]:
    """Return a version as a workbook with its file's name; NotFound for what the caller may not read."""
    version = await QuestionnaireVersion.filter(id=version_id).first()
    if version is None or not await service.may_read(caller, version):
        raise NotFound("questionnaire version", version_id)
    questionnaire = await Questionnaire.get(id=version.questionnaire_id)
    number = str(version.number)
    content = await asyncio.to_thread(export_workbook, version.definition, code=questionnaire.code, version=number)
    return f"{questionnaire.code}-{number}.xlsx", content


async def import_for_unit(
    caller: Caller, content: bytes, *, owner_unit_id: UUID, code: str | None, check_only: bool
) -> ImportedDraft:
    """Write the draft of the unit's questionnaire with that code, or start it. Needs an editor of the unit."""
    await service.require_editor_of_unit(caller, owner_unit_id)
    known = await Questionnaire.filter(code=code, owner_unit_id=owner_unit_id).first() if code else None
    if known is not None:
        return await import_draft(caller, content, questionnaire_id=known.id, check_only=check_only)
    return await import_questionnaire(caller, content, owner_unit_id=owner_unit_id, code=code, check_only=check_only)


async def version_to_preview(caller: Caller, version_id: UUID) -> tuple[QuestionnaireVersion, str]:
    """Return a version and its questionnaire's code, for those who may edit it."""
    caller.require_someone()
    version = await QuestionnaireVersion.filter(id=version_id).first()
    if version is None:
        raise NotFound("questionnaire version", version_id)
    questionnaire = await Questionnaire.get(id=version.questionnaire_id)
    await service.require_editor(caller, questionnaire, version_id)
    return version, questionnaire.code


async def versions_to_edit(caller: Caller, most: int = 50) -> Sequence[db.Record]:
    """Return the newest versions of the questionnaires that a caller may edit."""
    scope, scopes = scope_predicate(caller, "editor", "unit.path", 2)
    return await db.rows(
        f"""
        SELECT version.id, version.number, version.published_at, questionnaire.code
        FROM questionnaire_version version
        JOIN questionnaire ON questionnaire.id = version.questionnaire_id
        JOIN unit ON unit.id = questionnaire.owner_unit_id
        WHERE {scope}
        ORDER BY version.published_at DESC NULLS FIRST, questionnaire.code, version.number DESC LIMIT $1
        """,
        most,
        *scopes,
    )


async def unit_to_write_for(caller: Caller, code: str) -> UUID:
    """Return a unit by its code, one that the caller may edit for if there are several; NotFound for none."""
    scope, scopes = scope_predicate(caller, "editor", "path", 2)
    by_code = f"SELECT id FROM unit WHERE lower(code) = lower($1) ORDER BY {scope} DESC, number DESC LIMIT 1"
    found = await db.value(by_code, code.strip().replace("\x00", ""), *scopes)
    if found is None:
        raise NotFound("unit", code)
    return found


async def _read(content: bytes) -> Imported:
    # Others are served meanwhile.
    return await asyncio.to_thread(import_workbook, content)


def _definition(imported: Imported) -> dict[str, object]:
    if imported.definition is None:
        raise QuestionnaireWorkbookRefused(imported)
    return imported.definition

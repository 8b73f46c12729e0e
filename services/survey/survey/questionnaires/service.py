"""What may be done with questionnaires: start one, change its draft, publish a version for good."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID, uuid4

from kit import db
from kit.calendar import today
from kit.errors import DomainError, InvalidInput, NotFound, UnknownCode
from kit.identity import Caller
from survey.audit.service import tell_of_questionnaire
from survey.calendar import now
from survey.questionnaires import definition as definitions
from survey.questionnaires.checking import checked
from survey.questionnaires.definition import NOT_SAID, VOCABULARY_ROLES, Definition
from survey.questionnaires.models import Questionnaire, QuestionnaireVersion
from survey.units.service import codes_of, path_of


class QuestionnaireCodeTaken(DomainError):
    """Another questionnaire has this code; codes are unique over all units."""

    code = "QUESTIONNAIRE_CODE_TAKEN"
    vi = "Đã có phiếu hỏi mang mã “{questionnaire_code}”."
    en = "There is a questionnaire with the code “{questionnaire_code}” already."


class QuestionnaireVersionPublished(DomainError):
    """The version is published: it can't be changed or published again, a new draft can."""

    code = "QUESTIONNAIRE_VERSION_PUBLISHED"
    vi = "Phiên bản {number} đã công bố, không thể thay đổi; xin soạn bản nháp mới."
    en = "Version {number} is published and can't change; please start a new draft."


async def create_questionnaire(
    caller: Caller, *, code: str, owner_unit_id: UUID, definition: object
) -> QuestionnaireVersion:
    """Start a questionnaire with its first draft. Needs an editor of the owner unit."""
    await require_editor_of_unit(caller, owner_unit_id)
    if not definitions.is_code(code):
        raise InvalidInput("code", "chỉ gồm a–z, 0–9 và _, bắt đầu bằng chữ", "takes a–z, 0–9 and _, a letter first")
    document = _document(definition)
    async with db.refusing({"questionnaire_code_key": QuestionnaireCodeTaken(questionnaire_code=code)}):
        questionnaire = await Questionnaire.create(id=uuid4(), code=code, owner_unit_id=owner_unit_id)
        draft = await _add_draft(questionnaire.id, document)
        await tell_of_questionnaire(
            caller, "questionnaire.created", questionnaire.id, None, {"code": code, **_told_of(draft)}
        )
        return draft


async def save_draft(caller: Caller, questionnaire_id: UUID, definition: object) -> QuestionnaireVersion:
    """Write the questionnaire's draft: the one there is, or the next version. Needs an editor of the owner unit."""
    async with db.transaction():
        # Lock the questionnaire, or two drafts may take one number.
        questionnaire = await Questionnaire.filter(id=questionnaire_id).select_for_update().first()
        await require_editor(caller, questionnaire, questionnaire_id)
        document = _document(definition)
        draft = await QuestionnaireVersion.filter(questionnaire_id=questionnaire_id, published_at=None).first()
        if draft is None:
            draft, before = await _add_draft(questionnaire_id, document), None
        else:
            before = _told_of(draft)
            draft.definition, draft.sha256 = document, definitions.digest(document)
            await draft.save(update_fields=["definition", "sha256"])
        await tell_of_questionnaire(caller, "questionnaire.drafted", questionnaire_id, before, _told_of(draft))
        return draft


async def publish_version(caller: Caller, version_id: UUID) -> QuestionnaireVersion:
    """Publish a draft; from now on nothing changes it. Needs an editor of the owner unit.

    UnknownCode when a question with a role offers a choice that is not in the organisation's vocabulary today.
    """
    async with db.transaction():
        version = await QuestionnaireVersion.filter(id=version_id).select_for_update().first()
        questionnaire = await Questionnaire.filter(id=version.questionnaire_id).first() if version else None
        await require_editor(caller, questionnaire, version_id)
        assert version is not None
        if version.published_at is not None:
            raise QuestionnaireVersionPublished(number=version.number)
        await _check_vocabularies(checked(version.definition))
        version.published_at = now()
        await version.save(update_fields=["published_at"])
        await tell_of_questionnaire(
            caller, "questionnaire.published", version.questionnaire_id, None, _told_of(version)
        )
        return version


async def newest_published(questionnaire_id: UUID) -> QuestionnaireVersion | None:
    """Return the version that a wave opened now would ask."""
    published = QuestionnaireVersion.filter(questionnaire_id=questionnaire_id, published_at__isnull=False)
    return await published.order_by("-number").first()


async def find_questionnaire(caller: Caller, code: str) -> Questionnaire | None:
    """Return the questionnaire with a code, when the caller may see some version of it."""
    questionnaire = await Questionnaire.filter(code=code).first() if definitions.is_code(code) else None
    if questionnaire and await visible_versions(caller, questionnaire.id, questionnaire.owner_unit_id, 1):
        return questionnaire
    return None


async def visible_versions(
    caller: Caller, questionnaire_id: UUID, owner_unit_id: UUID, first: int
) -> list[QuestionnaireVersion]:
    """Return what a caller may read, newest first: an editor or analyst of the owner all, others what was asked."""
    if not 1 <= first <= 100:
        raise InvalidInput("first", "phải từ 1 đến 100", "must be between 1 and 100")
    versions = QuestionnaireVersion.filter(questionnaire_id=questionnaire_id).order_by("-number").limit(first)
    path = await db.value("SELECT path FROM unit WHERE id = $1", owner_unit_id)
    if path is not None and (caller.may("editor", path) or caller.may("analyst", path)):
        return await versions
    return await versions.filter(id__in=await _asked_versions(questionnaire_id))


async def asked_versions(ids: Sequence[UUID]) -> list[QuestionnaireVersion | None]:
    """Return versions in the order of their ids; None for those that no wave has asked yet."""
    found = await QuestionnaireVersion.filter(id__in=await _asked(ids))
    by_id = {version.id: version for version in found}
    return [by_id.get(each) for each in ids]


async def require_editor_of_unit(caller: Caller, unit_id: UUID) -> None:
    """Refuse everybody but editors of a unit."""
    caller.require_someone()
    caller.require("editor", await path_of(unit_id))


async def require_editor(caller: Caller, questionnaire: Questionnaire | None, asked: UUID) -> None:
    """Refuse everybody but editors of the unit that owns a questionnaire; NotFound when there is none."""
    caller.require_someone()
    if questionnaire is None:
        raise NotFound("questionnaire", asked)
    caller.require("editor", await path_of(questionnaire.owner_unit_id))


async def may_read(caller: Caller, version: QuestionnaireVersion) -> bool:
    """Whether a caller may read a version: editors and analysts of its owner may, and all what a wave has asked."""
    owner = "SELECT path FROM unit JOIN questionnaire ON owner_unit_id = unit.id WHERE questionnaire.id = $1"
    path = await db.value(owner, version.questionnaire_id)
    if path is not None and (caller.may("editor", path) or caller.may("analyst", path)):
        return True
    return bool(await _asked([version.id]))


_definitions: dict[UUID, Definition] = {}


async def published_definition(version_id: UUID) -> Definition:
    """Return the definition of a published version, read once per process because it never changes."""
    known = _definitions.get(version_id)
    if known is None:
        version = await QuestionnaireVersion.get(id=version_id, published_at__isnull=False)
        if len(_definitions) >= 64:
            _definitions.pop(next(iter(_definitions)))
        known = _definitions[version_id] = definitions.parsed(version.definition)
    return known


_marks: dict[UUID, str] = {}


async def version_mark(version_id: UUID) -> str:
    """Return what a form says of the published version that it was made from: the first 16 digits of its SHA-256."""
    known = _marks.get(version_id)
    if known is None:
        if len(_marks) >= 64:
            _marks.pop(next(iter(_marks)))
        sql = "SELECT left(sha256, 16) FROM questionnaire_version WHERE id = $1 AND published_at IS NOT NULL"
        known = _marks[version_id] = await db.value(sql, version_id)
    return known


async def _asked_versions(questionnaire_id: UUID) -> list[UUID]:
    found = await db.rows(
        "SELECT id FROM questionnaire_version v WHERE questionnaire_id = $1"
        " AND EXISTS (SELECT FROM wave w WHERE w.questionnaire_version_id = v.id)",
        questionnaire_id,
    )
    return [row["id"] for row in found]


async def _asked(ids: Sequence[UUID]) -> list[UUID]:
    asked = "SELECT DISTINCT questionnaire_version_id AS id FROM wave WHERE questionnaire_version_id = ANY ($1)"
    return [row["id"] for row in await db.rows(asked, list(ids))]


def _told_of(version: QuestionnaireVersion) -> dict[str, object]:
    return {"version_id": version.id, "number": version.number, "sha256": version.sha256}


def _document(definition: object) -> dict[str, Any]:
    checked(definition)
    assert isinstance(definition, dict)
    return cast(dict[str, Any], definition)


async def _add_draft(questionnaire_id: UUID, definition: dict[str, Any]) -> QuestionnaireVersion:
    number = await QuestionnaireVersion.filter(questionnaire_id=questionnaire_id).count() + 1
    return await QuestionnaireVersion.create(
        id=uuid4(),
        questionnaire_id=questionnaire_id,
        number=number,
        definition=definition,
        sha256=definitions.digest(definition),
    )


async def _check_vocabularies(definition: Definition) -> None:
    for role in VOCABULARY_ROLES:
        question = definition.with_role(role)
        if question is None:
            continue
        unknown = set(question.codes) - await codes_of(role, today()) - {NOT_SAID}
        if unknown:
            raise UnknownCode(f"definition.{question.code}", role, min(unknown), today())

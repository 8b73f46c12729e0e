"""One-shot uploads over HTTP: what GraphQL carries badly."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kit import app
from kit.errors import DomainError, Forbidden, InvalidInput, NotFound, SignInRequired
from kit.graphql import parse_id
from kit.identity import Caller
from kit.web import form, language, require_same_origin
from media_archive.keeping.scanning import ScannerUnavailable
from media_archive.keeping.versions import Added, add_version
from media_archive.settings import current
from media_archive.uploads.inspection import FileEmpty, FileTooLarge
from media_archive.uploads.service import NewAsset, add_asset, check_size, local_copy

STATUS: dict[type[DomainError], int] = {
    SignInRequired: 401,
    Forbidden: 403,
    NotFound: 404,
    InvalidInput: 422,
    FileTooLarge: 413,
    ScannerUnavailable: 503,
}
# What the fields and the boundaries of a form may take besides the file.
_FORM_BYTES = 200_000


async def upload(request: Request) -> Response:
    """`POST /archive/api/uploads`: multipart with `unit`, `title`, `file` and more; 201 with the asset's id."""
    require_same_origin(request)
    try:
        asset_id = await take_upload(request)
    except DomainError as error:
        return JSONResponse(problem(error, request), STATUS.get(type(error), 422))
    return JSONResponse({"id": asset_id}, 201, {"location": f"/archive/items/{asset_id}"})


async def upload_version(request: Request) -> Response:
    """`POST /archive/api/assets/{id}/versions`: multipart with `file` and `note`; 201 with the version's number.

    200 when the file was damaged and these bytes put it right.
    """
    require_same_origin(request)
    try:
        added = await take_version(request)
    except DomainError as error:
        return JSONResponse(problem(error, request), STATUS.get(type(error), 422))
    told = {"id": request.path_params["id"], "version": added.number, "repaired": added.is_repair}
    return JSONResponse(told, 200 if added.is_repair else 201)


async def take_version(request: Request) -> Added:
    """Read the form and let its file be the next version of the asset that the address names."""
    caller = app.caller(request)
    require_contributor_somewhere(caller)
    asset_id = parse_id(request.path_params["id"], "asset")
    given = await read_form(request)
    try:
        file = _file_of(given)
        async with local_copy(file.file) as path:
            return await add_version(caller, asset_id, path, file.filename or "file", _text(given, "note"))
    finally:
        await given.close()


def problem(error: DomainError, request: Request) -> dict[str, object]:
    """Say a refusal in the same words as the graph does."""
    shown: dict[str, object] = {"code": error.code, "message": error.message(language(request))}
    return shown | {name: error.details[name] for name in error.extra}


async def take_upload(request: Request) -> str:
    """Read the form and take the file in; return the asset's id. Whoever may not upload anything is refused unread."""
    caller = app.caller(request)
    require_contributor_somewhere(caller)
    with_form = await read_form(request)
    try:
        return await add_from_form(caller, with_form)
    finally:
        await with_form.close()


def require_contributor_somewhere(caller: Caller) -> None:
    """Refuse before a large body is read."""
    caller.require_someone()
    if not caller.scopes("contributor"):
        raise Forbidden()


async def read_form(request: Request) -> FormData:
    """Return the form; the file goes to the disk beyond 1 MB, and FileTooLarge stops the reading."""
    most = current().upload_most_megabytes
    try:
        return await form(request, max_bytes=most * 1_000_000 + _FORM_BYTES, max_files=1, max_fields=30)
    except HTTPException as error:
        if error.status_code == 413:
            raise FileTooLarge(most_megabytes=most) from error
        raise InvalidInput("file", "không đọc được biểu mẫu", "the form can't be read") from error


async def add_from_form(caller: Caller, given: FormData, sources: Sequence[UUID] = ()) -> str:
    """Take the form's file in as the form says, with the materials that it was adapted from."""
    file = _file_of(given)
    new = NewAsset(
        unit_id=parse_id(_text(given, "unit"), "unit"),
        title=_text(given, "title"),
        file_name=file.filename or "file",
        kind=_text(given, "kind") or None,
        description=_text(given, "description"),
        language=_text(given, "language") or "vi",
        topics=tuple(one for one in given.getlist("topic") if isinstance(one, str) and one),
        visibility=_text(given, "visibility") or "unit",
        created_on=day_of(_text(given, "created_on")),
        source=_text(given, "source"),
    )
    async with local_copy(file.file) as path:
        return str(await add_asset(caller, new, path, sources))


def _file_of(given: FormData) -> UploadFile:
    file = given.get("file")
    # A browser sends a file without name or content where none was chosen.
    if not isinstance(file, UploadFile) or not (file.filename or file.size):
        raise InvalidInput("file", "chưa chọn tệp", "no file was chosen")
    if not file.size:
        raise FileEmpty()
    check_size(file.size)
    return file


def _text(given: FormData, name: str) -> str:
    value = given.get(name)
    return value if isinstance(value, str) else ""


def day_of(text: str) -> date | None:
    """Return the day that a field says, None for an empty one."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InvalidInput("created_on", "cần ngày dạng 2026-05-01", "needs a day such as 2026-05-01") from error

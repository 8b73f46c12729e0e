"""Pages for those who write questionnaires: workbooks come and go, a draft is seen as phones show it, and published."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from uuid import UUID

from markupsafe import Markup
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kit.app import caller
from kit.errors import DomainError, Forbidden, InvalidInput, NotFound, SignInRequired
from kit.web import SECURITY_HEADERS, form, language, page, require_same_origin
from survey.answers.service import new_key
from survey.collection.service import Collection
from survey.collection.slips.printing import own_unit_codes
from survey.questionnaires import workbooks
from survey.questionnaires.definition import parsed
from survey.questionnaires.service import publish_version
from survey.questionnaires.workbooks import ImportedDraft
from survey.questionnaires.xlsform.book import MOST_MEGABYTES
from survey.questionnaires.xlsform.reading import Imported
from survey.questionnaires.xlsform.writing import MEDIA_TYPE
from survey.web import assets
from survey.web.asked import Filled, form_page
from survey.web.faults import said

# Behind the door that lets only those in who are known, where asked for.
DOOR = "/results"
PREFIX = f"{DOOR}/questionnaires"
HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
MOST_REMARKS = 300
_FORM_BYTES = 20_000
_STATUS: Mapping[type[DomainError], int] = {SignInRequired: 401, Forbidden: 403, NotFound: 404, InvalidInput: 422}


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to be done with a file."""

    unit: str = ""
    code: str = ""
    file_name: str = ""
    content: bytes = b""
    is_check: bool = True

    @classmethod
    async def of(cls, request: Request) -> "Wish":
        """Read a posted form."""
        posted = await form(request, max_bytes=MOST_MEGABYTES * 1024 * 1024 + _FORM_BYTES, max_files=1)
        file = posted.get("file")
        name, content = "", b""
        if isinstance(file, UploadFile):
            name, content = (file.filename or "")[:100], await file.read()
        await posted.close()
        return cls(
            unit=str(posted.get("unit", "")).strip()[:100],
            code=str(posted.get("code", "")).strip()[:100],
            file_name=name,
            content=content,
            is_check=posted.get("do") != "import",
        )


async def show_page(request: Request) -> Response:
    """`/results/questionnaires`: bring a workbook, see what there is."""
    if caller(request).subject is None:
        return _problem(request, SignInRequired())
    codes = await own_unit_codes(caller(request), "editor")
    return await _page(request, Wish(unit=next(iter(codes), "")))


async def take_workbook(request: Request) -> Response:
    """Check a workbook, or make a draft of it, and show the report."""
    require_same_origin(request)
    wish = await Wish.of(request)
    try:
        made = await _made(request, wish)
    except SignInRequired as error:
        return _problem(request, error)
    except DomainError as error:
        return await _page(request, wish, message=said(error, language(request)), status=_status(error))
    return await _page(request, wish, made=made)


async def show_preview(request: Request) -> Response:
    """`/results/questionnaires/<version>/preview`: the form as a phone shows it, which sends nothing."""
    try:
        version, code = await workbooks.version_to_preview(caller(request), request.path_params["version"])
    except DomainError as error:
        return _problem(request, error)
    nonce = secrets.token_urlsafe(16)
    response = form_page(
        request,
        _nowhere(version.id),
        parsed(version.definition),
        "",
        "",
        Filled(new_key(), {}),
        template="preview.html",
        number=version.number,
        code=code,
        is_draft=version.published_at is None,
        nonce=nonce,
        without_sending=_without_sending,
    )
    response.headers["content-security-policy"] = _policy(nonce)
    return response


async def show_publishing(request: Request) -> Response:
    """`/results/questionnaires/<version>/publish`: say what publishing means, and offer it."""
    return await _publishing(request)


async def publish(request: Request) -> Response:
    """Publish a draft and go back to the list; say why not where it can't be."""
    require_same_origin(request)
    try:
        await publish_version(caller(request), request.path_params["version"])
    except (SignInRequired, Forbidden, NotFound) as error:
        return _problem(request, error)
    except DomainError as error:
        return await _publishing(request, error)
    return RedirectResponse(PREFIX, 303, {"cache-control": "no-store"})


async def _publishing(request: Request, refused: DomainError | None = None) -> Response:
    try:
        version, code = await workbooks.version_to_preview(caller(request), request.path_params["version"])
    except DomainError as error:
        return _problem(request, error)
    return page(
        request,
        "authoring_publish.html",
        status=_status(refused) if refused else 200,
        folder=TEMPLATES,
        static_prefix=DOOR,
        prefix=PREFIX,
        version=version.id,
        number=version.number,
        code=code,
        message=said(refused, language(request)) if refused else None,
    )


async def show_script(request: Request) -> Response:
    """The preview's script: the form's own logic, and nothing that could send or keep."""
    del request
    return Response(_script(), 200, {"cache-control": "no-cache", **SECURITY_HEADERS}, "text/javascript")


async def show_workbook(request: Request) -> Response:
    """`/results/questionnaires/<version>.xlsx`: a version as a workbook."""
    try:
        name, content = await workbooks.export_version(caller(request), request.path_params["version"])
    except DomainError as error:
        return _problem(request, error)
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    return Response(content, 200, headers, MEDIA_TYPE)


routes: list[BaseRoute] = [
    Route(PREFIX, show_page, methods=["GET"]),
    Route(PREFIX, take_workbook, methods=["POST"]),
    Route(f"{PREFIX}/preview.js", show_script, methods=["GET"]),
    Route(f"{PREFIX}/{{version:uuid}}.xlsx", show_workbook, methods=["GET"]),
    Route(f"{PREFIX}/{{version:uuid}}/preview", show_preview, methods=["GET"]),
    Route(f"{PREFIX}/{{version:uuid}}/publish", show_publishing, methods=["GET"]),
    Route(f"{PREFIX}/{{version:uuid}}/publish", publish, methods=["POST"]),
]


async def _made(request: Request, wish: Wish) -> ImportedDraft:
    who = caller(request)
    who.require_someone()
    if not wish.content:
        raise InvalidInput("file", "hãy chọn một tệp.", "choose a file.")
    unit_id = await workbooks.unit_to_write_for(who, wish.unit)
    return await workbooks.import_for_unit(
        who, wish.content, owner_unit_id=unit_id, code=wish.code or None, check_only=wish.is_check
    )


async def _page(
    request: Request, wish: Wish, *, made: ImportedDraft | None = None, message: str = "", status: int = 200
) -> Response:
    who = caller(request)
    shown_in = language(request)
    report: Imported | None = made.imported if made else None
    return page(
        request,
        "authoring.html",
        status=status,
        folder=TEMPLATES,
        static_prefix=DOOR,
        prefix=PREFIX,
        message=message,
        unit=wish.unit,
        code=wish.code,
        file_name=wish.file_name,
        report=report,
        version=made.version if made else None,
        levels=_LEVELS[shown_in],
        most_remarks=MOST_REMARKS,
        may_write=bool(who.scopes("editor")),
        versions=await workbooks.versions_to_edit(who),
    )


_LEVELS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "vi": (
        ("refused", "Không nhập được"),
        ("changed", "Nhập được, nhưng nghĩa khác đi"),
        ("noted", "Nhập được, cần biết"),
    ),
    "en": (
        ("refused", "Not imported"),
        ("changed", "Imported, with another meaning"),
        ("noted", "Imported, good to know"),
    ),
}


def _problem(request: Request, error: DomainError) -> Response:
    status = _status(error)
    return page(
        request,
        "authoring_problem.html",
        status=status,
        folder=TEMPLATES,
        static_prefix=DOOR,
        prefix=PREFIX,
        status_code=status,
        message=error.message(language(request)),
    )


def _status(error: DomainError) -> int:
    return _STATUS.get(type(error), 422)


def _nowhere(version_id: UUID) -> Collection:
    """Return a place for answers that does not exist."""
    moment = datetime(2000, 1, 1, tzinfo=UTC)
    return Collection("preview", "open_link", version_id, None, version_id, "", "", moment, moment, "closed")


def _without_sending(shown: Markup) -> Markup:
    """Return the form's markup with neither an address to send to nor a button that does."""
    text = re.sub(r"<form\b[^>]*>", '<form autocomplete="off">', str(shown))
    text = re.sub(r"<button\b[^>]*>", '<button type="button" disabled>', text)
    # What names a filling, its version or a slip is of no use here.
    return Markup(re.sub(r'<input type="hidden"[^>]*>', "", text))  # noqa: S704  # our own template, escaped already


def _policy(nonce: str) -> str:
    """Return what the preview may load: its own script alone, and no address to send anything to."""
    return (
        f"default-src 'none'; style-src {assets.style_source()}; script-src 'nonce-{nonce}'; img-src data:; "
        "connect-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )


@cache
def _script() -> bytes:
    return (assets.STATIC / "logic.js").read_bytes() + (HERE / "preview" / "preview.js").read_bytes()

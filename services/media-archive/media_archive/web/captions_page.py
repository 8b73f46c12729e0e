"""Captions and transcripts of a film or a sound: written and corrected as WebVTT, without scripts."""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kit import app
from kit.errors import DomainError, InvalidInput
from kit.graphql import parse_id
from kit.web import form, language, require_same_origin
from media_archive.assets import service as assets
from media_archive.assets.description import role_for
from media_archive.captions import service
from media_archive.captions.types import captions_path
from media_archive.files.addresses import file_path
from media_archive.web.forms import text_in
from media_archive.web.players import shown
from media_archive.web.showing import languages_in, outcome, picked, show, with_refusals

_MOST_BYTES = 2_000_000
_EXAMPLE = "WEBVTT\n\n00:00.000 --> 00:04.000\n"


@dataclass(frozen=True)
class _Typed:
    """What stands in the form: what was sent and refused, or a track that is there, or a beginning."""

    language: str = "vi"
    kind: str = "captions"
    content: str = _EXAMPLE
    revision: int = 0


async def captions_page(request: Request) -> Response:
    """`/archive/items/{id}/captions?track=captions-vi`: the tracks, and one of them, or a new one, to write in."""
    return await _shown(request)


async def captions_post(request: Request) -> Response:
    """`POST` with `language`, `kind`, `revision` and `content` or a `file`; with `remove`, that track goes."""
    require_same_origin(request)
    given = await form(request, max_bytes=_MOST_BYTES, max_files=1)
    typed = _typed(given)
    try:
        asset_id = parse_id(request.path_params["id"], "asset")
        typed = replace(typed, content=await _brought(given) or typed.content)
        caller = app.caller(request)
        if given.get("remove"):
            await service.remove_captions(caller, asset_id, typed.language, typed.kind)
        else:
            new = service.NewTrack(typed.language, typed.kind, typed.content, typed.revision)
            await service.replace_captions(caller, asset_id, new)
    except DomainError as error:
        return await _shown(request, error, typed)
    return RedirectResponse(_place(asset_id), 303)


async def _brought(given: FormData) -> str:
    """Return the text of the file that was sent along; empty without one, InvalidInput for what is no text."""
    file = given.get("file")
    content = await file.read() if isinstance(file, UploadFile) else b""
    await given.close()
    try:
        text = content.decode("utf-16" if content[:2] in (BOM_UTF16_LE, BOM_UTF16_BE) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            "file", "Tệp phụ đề phải là văn bản UTF-8.", "The file of captions has to be text in UTF-8."
        ) from error
    return text.replace("\r\n", "\n").replace("\x00", "")


async def _shown(request: Request, error: DomainError | None = None, typed: _Typed | None = None) -> Response:
    caller = app.caller(request)
    caller.require_someone()
    row = await assets.asset(caller, parse_id(request.path_params["id"], "asset"))
    caller.require(role_for(row["visibility"]), row["unit_path"])
    if not row["media_type"].startswith(("audio/", "video/")):
        raise InvalidInput("asset", "chỉ phim và âm thanh có phụ đề", "only films and sounds have captions")
    tracks = await service.tracks_of([row["id"]])
    chosen = request.query_params.get("track", "")
    filled = typed or next((_of(one) for one in tracks if _name(one) == chosen), _Typed())
    return show(
        request,
        "captions.html",
        **outcome(error, language(request)),
        asset=row,
        tracks=[_track(one) for one in tracks],
        shown=await shown(row, lambda variant, name: file_path(row["id"], variant, name), with_original=True),
        typed=filled,
        languages=languages_in(language(request), filled.language),
        called={code: picked(language(request), *texts) for code, texts in service.KINDS.items()},
    )


def _track(row: Any) -> dict[str, Any]:
    return {"name": _name(row), "url": captions_path(row), **dict(row)}


def _name(row: Any) -> str:
    return f"{row['kind']}-{row['language']}"


def _of(row: Any) -> _Typed:
    return _Typed(row["language"], row["kind"], row["content"], row["revision"])


def _typed(given: FormData) -> _Typed:
    told = {name: text_in(given, name) for name in ("language", "kind", "content", "revision")}
    revision = told["revision"] if told["revision"].isascii() and told["revision"].isdecimal() else "0"
    # A form sends its lines with CR LF, which WebVTT allows and nobody wants to see.
    content = told["content"].replace("\r\n", "\n")
    return _Typed(told["language"], told["kind"], content, int(revision[:9]))


def _place(asset_id: UUID) -> str:
    return f"/archive/items/{asset_id}/captions"


routes: list[BaseRoute] = [
    Route("/archive/items/{id}/captions", with_refusals(captions_page), methods=["GET"]),
    Route("/archive/items/{id}/captions", with_refusals(captions_post), methods=["POST"]),
]

"""Captions and transcripts of a film or a sound: written and corrected as WebVTT, without scripts."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.datastructures import FormData
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
from media_archive.web.forms import text_in
from media_archive.web.showing import outcome, picked, show, with_refusals

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
    """`POST` with `language`, `kind`, `revision` and `content`; with `remove`, that track goes."""
    require_same_origin(request)
    given = await form(request, max_bytes=_MOST_BYTES)
    typed = _typed(given)
    try:
        asset_id = parse_id(request.path_params["id"], "asset")
        caller = app.caller(request)
        if given.get("remove"):
            await service.remove_captions(caller, asset_id, typed.language, typed.kind)
        else:
            new = service.NewTrack(typed.language, typed.kind, typed.content, typed.revision)
            await service.replace_captions(caller, asset_id, new)
    except DomainError as error:
        return await _shown(request, error, typed)
    return RedirectResponse(_place(asset_id), 303)


async def _shown(request: Request, error: DomainError | None = None, typed: _Typed | None = None) -> Response:
    caller = app.caller(request)
    caller.require_someone()
    row = await assets.asset(caller, parse_id(request.path_params["id"], "asset"))
    caller.require(role_for(row["visibility"]), row["unit_path"])
    if not row["media_type"].startswith(("audio/", "video/")):
        raise InvalidInput("asset", "chỉ phim và âm thanh có phụ đề", "only films and sounds have captions")
    tracks = await service.tracks_of([row["id"]])
    chosen = request.query_params.get("track", "")
    return show(
        request,
        "captions.html",
        **outcome(error, language(request)),
        asset=row,
        tracks=[_track(one) for one in tracks],
        typed=typed or next((_of(one) for one in tracks if _name(one) == chosen), _Typed()),
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

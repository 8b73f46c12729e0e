"""Sending files: whole or in ranges, typed by the database, and with nothing a browser could be made to run."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import quote
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kit import app
from kit.errors import DomainError, NotFound
from kit.graphql import parse_id
from kit.identity import Caller
from kit.storage import storage
from kit.web import language
from media_archive.files.addresses import ORIGINAL, FileLinkExpired, FileLinkInvalid, check_address, moment_of
from media_archive.files.finding import (
    FileBeingPrepared,
    FileDamaged,
    FileHasNoPublicCopy,
    Sent,
    Way,
    find_file,
    is_track,
    unit_path_of,
    way_of,
)
from media_archive.files.guarding import GuardedResponse, guarded
from media_archive.files.naming import given_name
from media_archive.files.origin import leads_elsewhere, led_there, path_for, read_pass
from media_archive.keeping import fixity
from media_archive.reuse.service import note_download
from media_archive.settings import current
from media_archive.sharing.people import person_grant_of
from media_archive.uploads.keeping import key_of
from media_archive.web.showing import show

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
# Shown in the page; anything else is a download. Even these run nothing: the policy is an empty sandbox.
_SHOWN = ("image/", "audio/", "video/")
_HEADERS = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "cross-origin-resource-policy": "same-site",
    "referrer-policy": "no-referrer",
    # To be kept, and asked for again each time: an answer of a few bytes for whoever may still see it, none for others.
    "cache-control": "private, no-cache",
    "accept-ranges": "bytes",
}
STATUS: dict[type[DomainError], int] = {
    NotFound: 404,
    FileLinkInvalid: 403,
    FileLinkExpired: 410,
    FileBeingPrepared: 503,
    FileHasNoPublicCopy: 403,
    FileDamaged: 503,
}


async def send_file(request: Request) -> Response:
    """`GET /files/{asset}/{variant}/{expires}/{signature}/{name}`."""
    caller, asset_id = app.caller(request), UUID(int=0)
    try:
        asset_id = _checked(request)
        if leads_elsewhere(request) and not is_track(request.path_params["variant"]):
            await find_file(way_of(caller), asset_id, request.path_params["variant"])
            await _note_use(request, caller, asset_id)
            by_grant = await person_grant_of(caller, asset_id)
            return led_there(path_for(caller, asset_id, await unit_path_of(asset_id), _path(request), by_grant))
    except tuple(STATUS) as error:
        return refusal(error, request)
    response = await _send(request, way_of(caller), asset_id, is_for_all=caller.subject is None)
    if response.status_code in (200, 206):
        await _note_use(request, caller, asset_id)
    return response


async def _note_use(request: Request, caller: Caller, asset_id: UUID) -> None:
    """Leave a trace of an original that was taken; one that a page merely shows or plays is not."""
    is_taken = request.method == "GET" and request.headers.get("sec-fetch-dest") not in ("image", "audio", "video")
    if is_taken and request.path_params["variant"] == ORIGINAL:
        await note_download(caller, asset_id)


async def send_by_pass(request: Request) -> Response:
    """`GET /files/p/{pass}/{asset}/{variant}/{expires}/{signature}/{name}`, on the files' origin."""
    token = request.path_params["pass"]
    try:
        asset_id = _checked(request)
        caller, by_grant = read_pass(token, asset_id)
        way = way_of(caller, lambda path: f"/files/p/{token}{path.removeprefix('/files')}", by_grant)
    except tuple(STATUS) as error:
        return refusal(error, request)
    return await _send(request, way, asset_id, is_for_all=True)


def _checked(request: Request) -> UUID:
    parts = request.path_params
    asset_id = parse_id(parts["asset"], "asset")
    check_address(asset_id, parts["variant"], moment_of(parts["expires"]), parts["signature"])
    return asset_id


def _path(request: Request) -> str:
    """The path as it was asked for: a file's name stays encoded as it came."""
    return request.scope["raw_path"].decode("ascii")


async def _send(request: Request, way: Way, asset_id: UUID, *, is_for_all: bool) -> Response:
    variant = request.path_params["variant"]
    try:
        file = await find_file(way, asset_id, variant)
    except tuple(STATUS) as error:
        return refusal(error, request)
    reply = await answer_with(request, file, request.path_params["name"], lambda: _is_still(way, asset_id, variant))
    if reply.status_code == STATUS[FileDamaged]:
        return reply
    if is_for_all:
        # What is public is shown within other sites' pages, and what comes with a pass within ours from elsewhere.
        reply.headers["cross-origin-resource-policy"] = "cross-origin"
    if way.caller is not None and way.caller.subject is None:
        reply.headers["cache-control"] = "public, no-cache"
    return reply


async def _is_still(way: Way, asset_id: UUID, variant: str) -> bool:
    try:
        await find_file(way, asset_id, variant)
    except tuple(STATUS):
        return False
    return True


async def answer_with(request: Request, file: Sent, name: str, still: Callable[[], Awaitable[bool]]) -> Response:
    """Answer with a file, or the ranges of it that were asked for; `name` is what a download is called.

    `still` says whether it may go on being sent, and is asked every few seconds. A file that turns out not to be there
    is refused as FileDamaged, and noted.
    """
    etag = f'"{file.sha256.hex()}"'
    headers = {
        **_HEADERS,
        "etag": etag,
        "content-disposition": _disposition(file.media_type, given_name(name, file.media_type)),
    }
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if request.headers.get("if-range", etag) != etag:
        return await _stream(request, file, (0, file.size), 200, headers, still)
    asked = _range(request.headers.get("range"), file.size)
    if asked is None:
        return await _stream(request, file, (0, file.size), 200, headers, still)
    start, end = asked
    if start >= end:
        return Response(status_code=416, headers={**headers, "content-range": f"bytes */{file.size}"})
    headers["content-range"] = f"bytes {start}-{end - 1}/{file.size}"
    return await _stream(request, file, (start, end), 206, headers, still)


async def _stream(
    request: Request,
    file: Sent,
    span: tuple[int, int],
    status: int,
    headers: dict[str, str],
    still: Callable[[], Awaitable[bool]],
) -> Response:
    start, end = span
    headers = {**headers, "content-length": str(end - start), "content-type": _content_type(file.media_type)}
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    if file.content is not None:
        return Response(file.content[start:end], status, headers)
    pieces = storage().stream(key_of(file.sha256), start, end)
    try:
        first = await anext(pieces, b"")
    except FileNotFoundError:
        await fixity.note_missing(file.sha256)
        return refusal(FileDamaged(), request)
    return GuardedResponse(guarded(_going_on(first, pieces), still), status, headers)


async def _going_on(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


def _range(header: str | None, size: int) -> tuple[int, int] | None:
    """Return the bytes asked for (end excluded), empty when there are none such; None to send all (RFC 9110, 14.2).

    Several ranges at once are answered with the whole file, as the RFC allows.
    """
    match = _RANGE.fullmatch(header or "")
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match[1], match[2]
    if len(first) > 18 or len(last) > 18:
        return (0, 0) if len(first) > 18 else None
    if not first:
        return (max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    return (int(first), min(size, int(last) + 1) if last else size)


def _content_type(media_type: str) -> str:
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def _disposition(media_type: str, name: str) -> str:
    way = "inline" if media_type.startswith(_SHOWN) else "attachment"
    return f"{way}; filename*=UTF-8''{quote(name, safe='')}"


def refusal(error: DomainError, request: Request) -> Response:
    """Say why a file is not sent: to a person who followed a link as a page, to all else as JSON."""
    status = STATUS.get(type(error), 410)
    if "text/html" in request.headers.get("accept", "") and (leads_elsewhere(request) or not current().files_url):
        reply = show(request, "problem.html", status=status, code=error.code, problem=error.message(language(request)))
    else:
        reply = JSONResponse({"code": error.code, "message": error.message(language(request))}, status)
    reply.headers.update({"cache-control": "no-store", "x-content-type-options": "nosniff"})
    if isinstance(error, FileBeingPrepared):
        reply.headers["retry-after"] = "60"
    return reply

"""tus over HTTP: `OPTIONS` and `POST /archive/api/tus`, then `HEAD`, `PATCH` and `DELETE` on what was opened.

`GET` on an upload is ours: as JSON, what became of it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import wraps
from pathlib import PurePath
from uuid import UUID

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kit import app, db
from kit.errors import DomainError
from kit.graphql import parse_id
from kit.identity import Caller
from kit.outages import unavailable
from kit.web import language, require_same_origin
from media_archive.assets import service as assets
from media_archive.keeping import versions
from media_archive.keeping.deletion import may_take_back
from media_archive.uploads.limits import TooManyUploads, largest_size
from media_archive.uploads.routes import STATUS, day_of, problem, require_contributor_somewhere
from media_archive.uploads.service import NewAsset
from media_archive.uploads.tus import protocol, service

ADDRESS = "/archive/api/tus"

_STATUS: dict[type[DomainError], int] = {
    **STATUS,
    protocol.TusHeaderInvalid: 400,
    protocol.TusVersionNotSupported: 412,
    protocol.TusContentTypeWrong: 415,
    protocol.ChecksumAlgorithmUnknown: 400,
    service.UploadPositionWrong: 409,
    service.UploadTooLong: 413,
    # The protocol's own number for it.
    service.ChecksumMismatch: 460,
    service.UploadGone: 410,
    TooManyUploads: 429,
}
_COMMON = {"tus-resumable": protocol.VERSION, "cache-control": "no-store", "x-content-type-options": "nosniff"}

Handler = Callable[[Request], Awaitable[Response]]


def _speaking_tus(handle: Handler) -> Handler:
    """Refuse other versions before anything is done, and say refusals as the rest of the archive does."""

    @wraps(handle)
    async def answer(request: Request) -> Response:
        require_same_origin(request)
        try:
            protocol.require_version(request.headers)
            return await handle(request)
        except DomainError as error:
            headers = _COMMON | {"tus-version": protocol.VERSION}
            return JSONResponse(problem(error, request), _STATUS.get(type(error), 422), headers)
        except Exception as error:
            if not db.is_away(error):
                raise
            # As the service answers an outage everywhere, with the header that the protocol wants of all answers.
            return unavailable(request, _COMMON)

    return answer


async def describe_server(_: Request) -> Response:
    """`OPTIONS`: what this server can do."""
    told = {
        "tus-version": protocol.VERSION,
        "tus-extension": protocol.EXTENSIONS,
        "tus-max-size": str(await largest_size()),
        "tus-checksum-algorithm": ",".join(protocol.ALGORITHMS),
    }
    return Response(status_code=204, headers=_COMMON | told)


@_speaking_tus
async def begin_upload(request: Request) -> Response:
    """`POST`: open an upload, and take the bytes that may come with it."""
    caller = app.caller(request)
    require_contributor_somewhere(caller)
    length = protocol.length_of(request.headers)
    metadata = request.headers.get("upload-metadata", "")
    new = await _new(caller, protocol.metadata_of(metadata))
    with_bytes = "content-type" in request.headers
    if with_bytes:
        protocol.require_content_type(request.headers)
    checksum = protocol.checksum_of(request.headers)
    upload = await service.begin(caller, new, length, metadata)
    if with_bytes:
        try:
            upload = await _append(request, upload, 0, checksum)
        except DomainError:
            # The client never learns of an upload whose creation is refused.
            await service.give_up(caller, upload.id)
            raise
        except Exception as error:
            # The upload is there, its bytes are not: the client learns where it is, and sends them there.
            if not db.is_away(error):
                raise
    told = {"location": f"{ADDRESS}/{upload.id}", "upload-offset": str(upload.position)}
    return Response(status_code=201, headers=_COMMON | told | _expiry(upload))


@_speaking_tus
async def tell_position(request: Request) -> Response:
    """`HEAD`: where the upload stands."""
    upload = await _found(request)
    told = {"upload-offset": str(upload.position), "upload-length": str(upload.length)}
    if upload.metadata:
        told["upload-metadata"] = upload.metadata
    return Response(headers=_COMMON | told | _expiry(upload))


@_speaking_tus
async def add_bytes(request: Request) -> Response:
    """`PATCH`: take bytes in."""
    protocol.require_content_type(request.headers)
    position = protocol.offset_of(request.headers)
    checksum = protocol.checksum_of(request.headers)
    upload = await _append(request, await _found(request), position, checksum)
    return Response(status_code=204, headers=_COMMON | {"upload-offset": str(upload.position)} | _expiry(upload))


@_speaking_tus
async def give_up(request: Request) -> Response:
    """`DELETE`: end an upload."""
    await service.give_up(app.caller(request), _id(request))
    return Response(status_code=204, headers=_COMMON)


async def tell_outcome(request: Request) -> Response:
    """`GET`: how far the upload is and, once it is whole, which asset became of it or why none.

    With `same`, the materials that had the very same file and that the sender may see, and with `may_take_back`.
    """
    try:
        upload = await _found(request)
    except DomainError as error:
        return JSONResponse(problem(error, request), _STATUS.get(type(error), 422), {"cache-control": "no-store"})
    told: dict[str, object] = {"state": upload.state, "position": upload.position, "length": upload.length}
    if upload.asset_id is not None:
        told["asset"] = str(upload.asset_id)
        told |= await _had_before(app.caller(request), upload.asset_id)
    if upload.problem is not None:
        told |= {"code": upload.problem["code"], "message": upload.problem[language(request)]}
    return JSONResponse(told, headers={"cache-control": "no-store", "x-content-type-options": "nosniff"})


async def _had_before(caller: Caller, asset_id: UUID) -> dict[str, object]:
    """Tell of an asset whose file the archive had already, as far as the caller may know; nothing of all others."""
    row = (await assets.assets_by_id(caller, [asset_id])).get(asset_id)
    same = await assets.with_same_file(caller, row) if row else []
    if row is None or not same:
        return {}
    told = [{"id": str(one["id"]), "title": one["title"]} for one in same]
    return {"same": told, "may_take_back": await may_take_back(caller, row)}


async def answer(request: Request) -> Response:
    """Send a request to its method's handler; proxies that let only POST through name the method in a header."""
    method = request.headers.get("x-http-method-override", request.method).upper()
    handlers = _OF_UPLOAD if "id" in request.path_params else _OF_SERVER
    handle = handlers.get(method)
    if handle is None:
        return Response(status_code=405, headers=_COMMON | {"allow": ", ".join(handlers)})
    return await handle(request)


_OF_SERVER: dict[str, Handler] = {"OPTIONS": describe_server, "POST": begin_upload}
_OF_UPLOAD: dict[str, Handler] = {
    "OPTIONS": describe_server,
    "GET": tell_outcome,
    "HEAD": tell_position,
    "PATCH": add_bytes,
    "DELETE": give_up,
}
_METHODS = ["OPTIONS", "POST", "GET", "HEAD", "PATCH", "DELETE"]

routes = [
    Route(ADDRESS, answer, methods=_METHODS),
    Route(ADDRESS + "/", answer, methods=_METHODS),
    Route(ADDRESS + "/{id}", answer, methods=_METHODS),
]


async def _new(caller: Caller, told: dict[str, str]) -> NewAsset:
    """Return what shall come of the upload: an asset, or with `asset` and a `note` the next version of that one."""
    if not told.get("asset"):
        return new_asset(told)
    name = told.get("filename") or told.get("name") or "file"
    return await versions.described(caller, parse_id(told["asset"], "asset"), name, told.get("note", ""))


def new_asset(told: dict[str, str]) -> NewAsset:
    """Return what an upload's metadata says of the asset: the fields of the one-piece form, and `filename`.

    Without a title the one in the file, or else its name without the ending, is taken, as whoever sends a hundred
    photographs wants.
    """
    name = told.get("filename") or told.get("name") or "file"
    return NewAsset(
        unit_id=parse_id(told.get("unit", ""), "unit"),
        title=told.get("title") or PurePath(name.replace("\\", "/")).stem,
        left_open=() if told.get("title") else ("title",),
        file_name=name,
        kind=told.get("kind") or None,
        description=told.get("description", ""),
        language=told.get("language") or "vi",
        topics=tuple(code.strip() for code in told.get("topics", "").split(",") if code.strip()),
        visibility=told.get("visibility") or "unit",
        created_on=day_of(told.get("created_on", "")),
        source=told.get("source", ""),
    )


def _id(request: Request) -> UUID:
    return parse_id(request.path_params["id"], "upload")


async def _found(request: Request) -> service.Upload:
    return await service.find(app.caller(request), _id(request))


async def _append(
    request: Request, upload: service.Upload, position: int, checksum: protocol.Checksum | None
) -> service.Upload:
    return await service.append(
        app.caller(request),
        upload,
        position,
        _body(request),
        announced=protocol.announced_of(request.headers),
        checksum=checksum,
    )


async def _body(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect as error:
        raise service.CutOff from error


def _expiry(upload: service.Upload) -> dict[str, str]:
    """When the upload will be forgotten; what is whole no longer is (its asset stays)."""
    return {"upload-expires": protocol.moment(upload.expires_at)} if upload.state == "open" else {}

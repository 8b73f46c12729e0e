"""Files through share links: sent as all files are, asked of the database each time, counted once for each visit."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kit.errors import NotFound
from kit.graphql import parse_id
from media_archive.files.addresses import ORIGINAL, FileLinkExpired, FileLinkInvalid, check_shared, moment_of
from media_archive.files.finding import FileBeingPrepared, FileDamaged, FileHasNoPublicCopy, is_track
from media_archive.files.origin import leads_elsewhere, led_there
from media_archive.files.routes import answer_with, refusal
from media_archive.reuse.service import note_reuse
from media_archive.sharing.links import ShareLinkOver, count_use
from media_archive.sharing.ways import find_shared

_REFUSED = (
    NotFound,
    FileLinkInvalid,
    FileLinkExpired,
    FileBeingPrepared,
    FileHasNoPublicCopy,
    FileDamaged,
    ShareLinkOver,
)


async def send_shared(request: Request) -> Response:
    """`GET /files/s/{link}/{visit}/{variant}/{expires}/{signature}/{name}`."""
    parts = request.path_params
    variant = parts["variant"]
    try:
        expires = moment_of(parts["expires"])
        link_id, visit = parse_id(parts["link"], "file"), parse_id(parts["visit"], "file")
        check_shared(link_id, visit, variant, expires, parts["signature"])
        asset_id, file = await find_shared(link_id, visit, variant, expires)
        if leads_elsewhere(request) and not is_track(variant):
            return led_there(request.scope["raw_path"].decode("ascii"))
        if request.method == "GET":
            await count_use(link_id, visit)
    except _REFUSED as error:
        return refusal(error, request)
    if variant == ORIGINAL and request.method == "GET":
        await note_reuse(asset_id, "download", None)
    reply = await answer_with(request, file, parts["name"], lambda: _is_still(link_id, visit, variant, expires))
    # Of nobody's session, and shown within pages of others where the link allows it.
    reply.headers["cross-origin-resource-policy"] = "cross-origin"
    reply.headers["x-robots-tag"] = "noindex"
    return reply


async def _is_still(link_id: UUID, visit: UUID, variant: str, expires: int) -> bool:
    try:
        await find_shared(link_id, visit, variant, expires)
    except _REFUSED:
        return False
    return True


routes = [Route("/files/s/{link}/{visit}/{variant}/{expires}/{signature}/{name}", send_shared, methods=["GET", "HEAD"])]

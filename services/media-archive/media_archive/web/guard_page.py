"""What has to be looked after: files that were found damaged, by editors, and files held apart, by admins."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kit import app
from kit.db import Record
from kit.graphql import decode_cursor, encode_cursor, foreign_cursor
from kit.identity import Caller
from kit.web import language
from media_archive.assets import service as assets
from media_archive.keeping import fixity, quarantine
from media_archive.units import service as units
from media_archive.web.cards import unit_name
from media_archive.web.showing import show, with_refusals

_PAGE = 24
_PLACE = "/archive/guard"


async def guard_page(request: Request) -> Response:
    """`/archive/guard`: damaged files, each with the materials that need it; for admins what was held apart, too."""
    caller, shown_in = app.caller(request), language(request)
    damaged = await fixity.damaged_files(caller, _PAGE + 1, _hash(request.query_params.get("damaged")))
    after = request.query_params.get("held")
    position = decode_cursor(after, int, str) if after else None
    is_admin = bool(caller.scopes("admin"))
    held = await quarantine.quarantined_files(caller, _PAGE + 1, position) if is_admin else []
    names = await units.names_of([row["unit_id"] for row in held])
    last = held[_PAGE - 1] if len(held) > _PAGE else None
    return show(
        request,
        "guard.html",
        is_admin=is_admin,
        damaged=await _with_materials(caller, damaged[:_PAGE]),
        held=[{**dict(row), "unit": unit_name(names.get(row["unit_id"]), shown_in)} for row in held[:_PAGE]],
        next_damaged=f"{_PLACE}?damaged={damaged[_PAGE - 1]['sha256'].hex()}" if len(damaged) > _PAGE else None,
        next_held=f"{_PLACE}?held={encode_cursor(assets.cursor_at(last['at'], last['id']))}" if last else None,
    )


def _hash(text: str | None) -> bytes | None:
    try:
        return bytes.fromhex(text) if text else None
    except ValueError as error:
        raise foreign_cursor() from error


async def _with_materials(caller: Caller, files: list[Record]) -> list[dict[str, Any]]:
    known = await assets.assets_by_id(caller, [one for file in files for one in file["assets"][:5]])
    return [{**dict(file), "materials": [known[one] for one in file["assets"][:5] if one in known]} for file in files]


routes: list[BaseRoute] = [Route(_PLACE, with_refusals(guard_page))]

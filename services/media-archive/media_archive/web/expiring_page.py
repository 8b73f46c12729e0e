"""What ends soon for materials of a unit: rights, leases, consents, grants and links, for its editors."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kit import app
from kit.calendar import today
from kit.db import Record
from kit.errors import Language
from kit.graphql import encode_cursor, window
from kit.web import language
from media_archive.assets import service as assets
from media_archive.rights.expiry import expiring
from media_archive.web.places import chosen_unit, places
from media_archive.web.showing import picked, show, with_refusals

_SHOWN = 50
_DAYS = (30, 90, 366)
_KINDS = {
    "rights": ("rights", ("Quyền sử dụng", "Right to use it")),
    "lease": ("sight", ("Thời gian công bố", "Time of being shown")),
    "consent": ("consents", ("Sự đồng ý của người trong tài liệu", "Consent of somebody shown")),
    "grant": ("grants", ("Cấp cho đơn vị khác", "Grant to another unit")),
    "link": ("links", ("Đường dẫn chia sẻ", "Share link")),
}
"""What can end: the part of the page of sharing on which it stands, and what people call it."""


async def expiring_page(request: Request) -> Response:
    """`GET /archive/expiring?unit=…&days=…`."""
    caller, shown_in, asked = app.caller(request), language(request), request.query_params
    days = next((one for one in _DAYS if str(one) == asked.get("days")), _DAYS[0])
    unit = await chosen_unit(caller, "editor", asked.get("unit", ""))
    rows = await expiring(caller, unit.id, days, window(_SHOWN, asked.get("after") or None, str, str, str))
    seen = await assets.assets_by_id(caller, [row["asset_id"] for row in rows])
    return show(
        request,
        "expiring.html",
        places=await places(caller, "editor", str(unit.id), shown_in),
        chosen=str(unit.id),
        days=days,
        all_days=_DAYS,
        ending=[_told(row, seen, shown_in) for row in rows[:_SHOWN] if row["asset_id"] in seen],
        next_url=f"/archive/expiring?unit={unit.id}&days={days}&after={_after(rows)}" if len(rows) > _SHOWN else None,
    )


def _told(row: Record, seen: Mapping[UUID, Record], shown_in: Language) -> dict[str, Any]:
    part, called = _KINDS[row["kind"]]
    return {
        "row": row,
        "title": seen[row["asset_id"]]["title"],
        "left": (row["ends_on"] - today()).days,
        "part": part,
        "called": picked(shown_in, *called),
    }


def _after(rows: Sequence[Record]) -> str:
    last = rows[_SHOWN - 1]
    return encode_cursor((last["ends_on"].isoformat(), last["kind"], last["thing_id"]))


routes: list[BaseRoute] = [Route("/archive/expiring", with_refusals(expiring_page))]

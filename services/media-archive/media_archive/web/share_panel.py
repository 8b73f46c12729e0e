"""How a material is shared and what may be done with it, on one page for those who answer for it.

Each part is a form of its own that posts to the page; it works without a script.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import segno
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kit import app, db
from kit.calendar import VIETNAM, today
from kit.db import Record
from kit.errors import DomainError, Forbidden, InvalidInput, Language, NotFound, SignInRequired
from kit.graphql import parse_id, window
from kit.identity import Caller
from kit.web import form, language, require_same_origin
from media_archive.assets import service as assets
from media_archive.rights import consents
from media_archive.rights import service as rights
from media_archive.rights.reach import SCOPES
from media_archive.rights.reused import units_that_reused
from media_archive.rights.types import state_of
from media_archive.settings import current
from media_archive.sharing import links, people
from media_archive.sharing import service as sharing
from media_archive.sharing.types import works
from media_archive.units import service as units
from media_archive.web.cards import unit_name
from media_archive.web.forms import asset_in, day_in, text_in, texts_in
from media_archive.web.showing import picked, said, show, with_refusals

_SHOWN = 100
_USUAL_DAYS = 30


@dataclass(frozen=True, slots=True)
class Made:
    """A link just made: its address is shown now and never again."""

    url: str
    embed_url: str | None
    qr: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a form: which part it belongs to, what is wrong and with which field, what was typed."""

    part: str
    error: DomainError
    typed: Mapping[str, str]


async def share_page(request: Request) -> Response:
    """`GET /archive/items/{id}/share`."""
    return await _show(request)


async def share_post(request: Request) -> Response:
    """`POST /archive/items/{id}/share`: one of the page's forms."""
    require_same_origin(request)
    given = await form(request, max_bytes=50_000, max_fields=40)
    try:
        asset_id = parse_id(request.path_params["id"], "asset")
        part, act = _ACTS.get(text_in(given, "do"), ("", None))
        if act is None:
            raise NotFound("action", text_in(given, "do"))
        made = await act(app.caller(request), asset_id, given)
    except (SignInRequired, Forbidden):
        raise
    except DomainError as error:
        typed = {name: text for name, text in texts_in(given).items() if name != "password"}
        return await _show(request, tried=Tried(_ACTS.get(text_in(given, "do"), ("", None))[0], error, typed))
    if made is not None:
        return await _show(request, made=made)
    return RedirectResponse(f"{request.url.path}?done={part}#{part}", 303)


async def _show(request: Request, *, tried: Tried | None = None, made: Made | None = None) -> Response:
    caller, shown_in = app.caller(request), language(request)
    asset = await assets.asset(caller, parse_id(request.path_params["id"], "asset"))
    caller.require("contributor", asset["unit_path"])
    is_editor = caller.may("editor", asset["unit_path"])
    return show(
        request,
        "share_panel.html",
        status=422 if tried else 200,
        asset=asset,
        is_editor=is_editor,
        tried=tried,
        problem=said(tried.error, shown_in) if tried else None,
        typed=tried.typed if tried else {},
        done=request.query_params.get("done", ""),
        made=made,
        scopes={code: picked(shown_in, *called) for code, called in SCOPES.items()},
        today=today(),
        usual_end=date.fromordinal(today().toordinal() + _USUAL_DAYS),
        **(await _for_editors(caller, asset, shown_in) if is_editor else {}),
    )


async def _for_editors(caller: Caller, asset: Record, shown_in: Language) -> dict[str, Any]:
    some = window(_SHOWN, None)
    granted = await sharing.grants_of(caller, asset["id"], some)
    readers = await people.person_grants_of(caller, asset["id"], some)
    # Of what was hidden, others may hold copies: they are to be told.
    to_tell = await units_that_reused(asset["id"]) if asset["hidden"] else []
    names = await units.names_of([*(row["unit_id"] for row in (*granted, *readers)), *to_tell[:_SHOWN]])
    return {
        "licences": [(row["code"], row[shown_in]) for row in await rights.licences()],
        "grants": [(row["unit_id"], unit_name(names.get(row["unit_id"]), shown_in), row["until"]) for row in granted],
        "to_tell": [unit_name(names.get(one), shown_in) for one in to_tell[:_SHOWN]],
        "more_to_tell": max(0, len(to_tell) - _SHOWN),
        "readers": [{**dict(row), "unit": unit_name(names.get(row["unit_id"]), shown_in)} for row in readers],
        "places": await _far_units(shown_in),
        "links": [_link(row) for row in await links.links_of(caller, asset["id"], some)],
        "consents": [(row, state_of(row)) for row in await consents.consents_of(caller, asset["id"], some)],
    }


def _link(row: Record) -> dict[str, Any]:
    return {"row": row, "works": works(row), "expires": row["expires_at"].astimezone(VIETNAM)}


async def _far_units(shown_in: Language) -> list[tuple[str, str]]:
    """Return code and name of units to suggest: the tops of branches."""
    found = await db.rows(
        "SELECT code, name_vi, name_en FROM unit WHERE length(path) <= 10 AND closed_on IS NULL ORDER BY path LIMIT 100"
    )
    return [(row["code"], picked(shown_in, row["name_vi"], row["name_en"] or row["name_vi"])) for row in found]


async def _sight(caller: Caller, asset_id: UUID, given: FormData) -> None:
    days = day_in(given, "embargo_until"), day_in(given, "lease_until")
    await sharing.set_sight(caller, asset_id, text_in(given, "visibility"), *days)


async def _rights(caller: Caller, asset_id: UUID, given: FormData) -> None:
    await rights.set_rights(
        caller, asset_id, text_in(given, "licence"), text_in(given, "holder"), day_in(given, "until")
    )


async def _grant(caller: Caller, asset_id: UUID, given: FormData) -> None:
    unit_id = await _unit_called(text_in(given, "unit"))
    await sharing.grant_asset(caller, asset_id, [unit_id], day_in(given, "until"))


async def _end_grant(caller: Caller, asset_id: UUID, given: FormData) -> None:
    await sharing.end_grant(caller, asset_id, parse_id(text_in(given, "unit"), "unit"))


async def _end_person_grant(caller: Caller, _: UUID, given: FormData) -> None:
    await people.end_person_grant(caller, parse_id(text_in(given, "grant"), "grant"))


async def _unit_called(name: str) -> UUID:
    """Return the one unit of a code or a name; InvalidInput when there is none or more than one."""
    found = await db.rows(
        """SELECT id FROM unit WHERE closed_on IS NULL AND (code = $2 OR name_vi = $1 OR name_en = $1) LIMIT 2""",
        name.strip(),
        # As the suggestions say it: the code, then the name.
        name.split(" – ")[0].strip(),
    )
    if len(found) != 1:
        raise InvalidInput(
            "unit", "không rõ đơn vị nào, hãy ghi mã đơn vị", "it is not clear which unit: give the unit's code"
        )
    return found[0]["id"]


async def _make_link(caller: Caller, asset_id: UUID, given: FormData) -> Made:
    last_day = day_in(given, "expires_on") or today()
    uses = text_in(given, "most_uses").strip()
    if uses and not (uses.isascii() and uses.isdigit() and len(uses) <= 7):
        raise InvalidInput("mostUses", "cần một số", "needs a number")
    new = links.NewLink(
        asset_id=asset_id,
        # To the end of the day that was chosen.
        expires_at=datetime.combine(last_day, time(23, 59, 59), VIETNAM).astimezone(UTC),
        label=text_in(given, "label"),
        with_original=text_in(given, "gives") != "renditions",
        password=text_in(given, "password") or None,
        most_uses=int(uses) if uses else None,
        origins=tuple(text_in(given, "origins").split()),
    )
    link, secret = await links.make_link(caller, new)
    url = f"{current().public_url}/archive/s/{secret}"
    embed_url = f"{current().public_url}/archive/embed/s/{secret}" if link["origins"] else None
    return Made(url, embed_url, segno.make(url, error="m", micro=False).svg_data_uri(scale=4, border=3))


async def _revoke(caller: Caller, _: UUID, given: FormData) -> None:
    await links.revoke_link(caller, parse_id(text_in(given, "link"), "link"))


async def _record_consent(caller: Caller, asset_id: UUID, given: FormData) -> None:
    proof = text_in(given, "proof").strip()
    new = consents.NewConsent(
        asset_id=asset_id,
        person=text_in(given, "person"),
        scope=text_in(given, "scope"),
        given_on=day_in(given, "given_on") or today(),
        account=text_in(given, "account") or None,
        is_minor=bool(text_in(given, "is_minor")),
        guardian=text_in(given, "guardian") or None,
        named_use=text_in(given, "named_use"),
        until=day_in(given, "until"),
        proof_id=asset_in(proof) if proof else None,
    )
    await consents.record_consent(caller, new)


async def _withdraw(caller: Caller, _: UUID, given: FormData) -> None:
    await consents.withdraw_consent(caller, parse_id(text_in(given, "consent"), "consent"))


async def _settle(caller: Caller, _: UUID, given: FormData) -> None:
    await consents.settle_consent(caller, parse_id(text_in(given, "consent"), "consent"), text_in(given, "why"))


async def _erase(caller: Caller, _: UUID, given: FormData) -> None:
    await consents.erase_consent(caller, parse_id(text_in(given, "consent"), "consent"))


Act = Callable[[Caller, UUID, FormData], Awaitable[Made | None]]
# What a form does, and the part of the page that it belongs to.
_ACTS: dict[str, tuple[str, Act | None]] = {
    "sight": ("sight", _sight),
    "rights": ("rights", _rights),
    "grant": ("grants", _grant),
    "end_grant": ("grants", _end_grant),
    "end_person_grant": ("grants", _end_person_grant),
    "make_link": ("links", _make_link),
    "revoke": ("links", _revoke),
    "record_consent": ("consents", _record_consent),
    "withdraw": ("consents", _withdraw),
    "settle": ("consents", _settle),
    "erase": ("consents", _erase),
}


routes: list[BaseRoute] = [
    Route("/archive/items/{id}/share", with_refusals(share_page), methods=["GET"]),
    Route("/archive/items/{id}/share", with_refusals(share_post), methods=["POST"]),
]

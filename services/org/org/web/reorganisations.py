"""Pages of the changes that were made of the tree: what each rests on, what it concerned, and how it is undone."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from kit import db
from kit.app import caller
from kit.calendar import today
from kit.errors import DomainError
from kit.graphql import encode_cursor, parse_id, window
from kit.identity import Caller
from kit.web import form, require_same_origin
from org.access.service.actions import find_action
from org.reorganisations import service
from org.units import service as units
from org.units.service import Decision
from org.web.changes import TreeChangedMeanwhile, carry_out_as_seen
from org.web.effects import shown_effects
from org.web.filled import Filled, texts_of
from org.web.showing import show, with_refusals

PAGE_SIZE = 50
# So many units say which change it was.
MOST_NAMED = 3
_FORM_BYTES = 50_000
_DECISION = ("decision_number", "decision_file", "note")


async def listing(request: Request) -> Response:
    """`/org/reorganisations`: the changes of the tree, the newest day first; of one unit with `?unit=`."""
    code = request.query_params.get("unit", "").strip()
    unit = await units.find_unit_by_code(code) if code else None
    asked = window(PAGE_SIZE, request.query_params.get("after"), str, int)
    wanted = service.ReorganisationFilter(unit["id"] if unit else None)
    found = await service.reorganisations(wanted, asked.limit, asked.after)
    shown = found[: asked.first]
    following = ""
    if len(found) > asked.first:
        place = {"after": encode_cursor((shown[-1]["effective_on"].isoformat(), shown[-1]["version"]))}
        following = urlencode({**({"unit": unit["code"]} if unit else {}), **place})
    return show(
        request,
        "reorganisations.html",
        unit=unit,
        changes=shown,
        following=following,
        kinds=service.CHANGES,
        named=await _named(shown),
        most_named=MOST_NAMED,
    )


async def _named(changes: Sequence[db.Record]) -> dict[int, list[str]]:
    """Return the names of the first units of each change, and one more where there are others."""
    rows = await service.units_of([made["version"] for made in changes], MOST_NAMED + 1, None)
    known = {unit["id"]: unit["name_vi"] for unit in await units.units_by_id([row["unit_id"] for row in rows])}
    found: dict[int, list[str]] = {}
    for row in rows:
        if row["unit_id"] in known:
            found.setdefault(row["version"], []).append(known[row["unit_id"]])
    return found


async def reorganisation(request: Request) -> Response:
    """`/org/reorganisations/<id>`: one change, the units that it concerned, and the way to undo it."""
    made = await _made(request)
    asked = window(PAGE_SIZE, request.query_params.get("after"), int)
    concerned, following = await _concerned(made, asked.limit, asked.after)
    undone = await service.reorganisations_by_version([made["undone_in"]]) if made["undone_in"] else []
    undoes = await service.reorganisations_by_version([made["undoes"]]) if made["undoes"] else []
    return show(
        request,
        "reorganisation.html",
        made=made,
        kinds=service.CHANGES,
        concerned=concerned,
        following=following,
        undone=undone[0] if undone else None,
        undoes=undoes[0] if undoes else None,
        today=today(),
        may_read=caller(request).subject is not None,
        may_undo=_may_undo(caller(request), made, [unit for _, unit in concerned]),
    )


async def _made(request: Request) -> db.Record:
    return await service.find_reorganisation(parse_id(request.path_params["id"], "reorganisation"))


async def _concerned(
    made: db.Record, limit: int, after: tuple[Any, ...] | None
) -> tuple[list[tuple[str, db.Record]], str | None]:
    """Return what became of the units of a change, and where the list goes on."""
    rows = await service.units_of([made["version"]], limit, (after[0],) if after else None)
    shown = rows[: limit - 1]
    known = {unit["id"]: unit for unit in await units.units_by_id([row["unit_id"] for row in shown])}
    following = encode_cursor((shown[-1]["number"],)) if len(rows) >= limit else None
    return [(row["what"], known[row["unit_id"]]) for row in shown if row["unit_id"] in known], following


def _may_undo(who: Caller, made: db.Record, concerned: list[db.Record]) -> bool:
    """Whether it makes sense to offer the undoing; the service judges by all units, not by those of a page."""
    if made["kind"] in ("start", "undo") or made["undone_in"] is not None or not concerned:
        return False
    return all(find_action("unit.move").is_open_to(who, unit["path"]) for unit in concerned)


async def undo_form(request: Request) -> Response:
    """`/org/reorganisations/<id>/undo`: all that the undoing would do."""
    caller(request).require_someone()
    made = await _made(request)
    filled = Filled(texts_of(request.query_params))
    if await service.is_large(made["id"]):
        return _show_large(request, made, filled)
    return await _preview(request, made, filled)


def _show_large(request: Request, made: db.Record, filled: Filled) -> Response:
    """Offer to find out in the background what the undoing would do, which takes longer than people wait."""
    return show(
        request,
        "undo_large.html",
        status=400 if filled.problems else 200,
        made=made,
        kinds=service.CHANGES,
        filled=Filled({**dict.fromkeys(_DECISION, ""), **filled.texts}, filled.problems),
    )


async def _preview(request: Request, made: db.Record, filled: Filled, meanwhile: DomainError | None = None) -> Response:
    seen, asked = await units.current_tree_version(), request.query_params
    effects: service.Effects | None = None
    with filled.noting():
        effects = await service.previewed(
            caller(request), lambda: service.undo_reorganisation(caller(request), made["id"])
        )
    return show(
        request,
        "undo.html",
        status=409 if meanwhile else 400 if filled.problems else 200,
        made=made,
        kinds=service.CHANGES,
        filled=Filled({**dict.fromkeys(_DECISION, ""), **filled.texts}, filled.problems),
        meanwhile=meanwhile,
        seen=seen,
        more_link=f"{request.url.path}?",
        **await shown_effects(caller(request), effects, asked.get("list", ""), asked.get("after"), undoing=True),
    )


async def undo(request: Request) -> Response:
    """`POST /org/reorganisations/<id>/undo`: undo what was previewed; a large change is first checked by a worker."""
    require_same_origin(request)
    who = caller(request)
    who.require_someone()
    made = await _made(request)
    filled = Filled(texts_of(await form(request, max_bytes=_FORM_BYTES)))
    if await service.is_large(made["id"]):
        return await _check_large(request, made, filled)
    seen = filled.text("seen")
    undone: db.Record | None = None
    with filled.noting():
        decision = Decision.checked(*(filled.text(name) for name in _DECISION))
        undone = await carry_out_as_seen(
            lambda: service.undo_reorganisation(who, made["id"], decision),
            int(seen) if seen.isdecimal() and len(seen) < 19 else -1,
        )
    if undone or (await service.find_reorganisation(made["id"]))["undone_in"]:
        return RedirectResponse(f"/org/reorganisations/{made['id']}", 303)
    meanwhile = filled.problems.pop("") if isinstance(filled.problems.get(""), TreeChangedMeanwhile) else None
    return await _preview(request, made, filled, meanwhile)


async def _check_large(request: Request, made: db.Record, filled: Filled) -> Response:
    run_id: UUID | None = None
    with filled.noting():
        decision = Decision.checked(*(filled.text(name) for name in _DECISION))
        run_id = await service.submit_undo(caller(request), made["id"], decision, applies=False)
    return RedirectResponse(f"/org/exchange/{run_id}", 303) if run_id else _show_large(request, made, filled)


_ALL = "/org/reorganisations"
routes = [
    Route(_ALL, with_refusals(listing), methods=["GET"]),
    Route(_ALL + "/{id}", with_refusals(reorganisation), methods=["GET"]),
    Route(_ALL + "/{id}/undo", with_refusals(undo_form), methods=["GET"]),
    Route(_ALL + "/{id}/undo", with_refusals(undo), methods=["POST"]),
]

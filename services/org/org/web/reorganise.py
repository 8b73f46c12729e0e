"""Pages on which one change of the tree is filled in, looked at in full before it is made, made, and undone."""

from datetime import date
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from kit import db
from kit.app import caller
from kit.calendar import today
from kit.errors import DomainError, Forbidden, Name, NotFound
from kit.web import form, require_same_origin
from org.places.service import search_places
from org.reorganisations import service
from org.units import service as units
from org.vocabularies import service as vocabularies
from org.web import changes
from org.web.changes import KINDS, Change, Kind, TreeChangedMeanwhile
from org.web.effects import shown_effects
from org.web.filled import Filled, texts_of
from org.web.showing import show, with_refusals

MOST_TERMS = 100
# Besides the fields: whether to show the form or the preview, and the version of the tree that the preview saw.
_CONTROLS = ("step", "seen", "lang", "list", "after")
_FORM_BYTES = 200_000


async def choices(request: Request) -> Response:
    """`/org/units/<code>/change`: the changes that may be made at a unit."""
    unit = await _unit(request)
    _require_open(unit)
    kinds = changes.open_kinds(caller(request), unit)
    if not kinds:
        raise Forbidden()
    return show(request, "change_choices.html", unit=unit, kinds=kinds)


async def change_form(request: Request) -> Response:
    """`/org/units/<code>/change/<kind>`: the form, or with `step=preview` all that the filled form would do."""
    kind, unit = await _asked(request)
    _require_open(unit)
    _require_right(request, kind, unit)
    given = texts_of(request.query_params)
    filled = await _filled(kind, unit, given)
    step = given.get("step", "")
    if step == "more" and kind.name == "split":
        filled = _with_one_part_more(filled, unit, await _above(unit))
    if step != "preview":
        return await _show_form(request, kind, unit, filled, status=200)
    change = await changes.change_of(caller(request), kind.name, unit, filled)
    return await _preview(request, kind, unit, filled, change)


async def apply(request: Request) -> Response:
    """`POST /org/units/<code>/change/<kind>`: make the change that was previewed."""
    require_same_origin(request)
    kind, unit = await _asked(request)
    given = texts_of(await form(request, max_bytes=_FORM_BYTES))
    filled = await _filled(kind, unit, given)
    if changes.has_closed(unit) and (done := await changes.made_already(unit, kind.name, filled, _seen(given))):
        # The button was pressed twice: the first press has closed the unit.
        return RedirectResponse(f"/org/reorganisations/{done['id']}", 303)
    _require_open(unit)
    _require_right(request, kind, unit)
    change = await changes.change_of(caller(request), kind.name, unit, filled)
    if change is None:
        return await _show_form(request, kind, unit, filled)
    made: db.Record | None = None
    with filled.noting():
        made = await changes.carry_out_as_seen(change, _seen(given))
    if made:
        return RedirectResponse(f"/org/reorganisations/{made['id']}", 303)
    if isinstance(filled.problems.get(""), TreeChangedMeanwhile):
        meanwhile = filled.problems.pop("")
        return await _preview(request, kind, unit, filled, change, meanwhile=meanwhile, since=_seen(given))
    return await _show_form(request, kind, unit, filled)


def _seen(given: dict[str, str]) -> int:
    text = given.get("seen", "")
    return int(text) if text.isdecimal() and len(text) < 19 else -1


async def _unit(request: Request) -> db.Record:
    caller(request).require_someone()
    return await units.find_unit_by_code(request.path_params["code"])


async def _asked(request: Request) -> tuple[Kind, db.Record]:
    """Return the kind of change and the unit."""
    unit = await _unit(request)
    kind = KINDS.get(request.path_params["kind"])
    if kind is None:
        raise NotFound("change", request.path_params["kind"])
    return kind, unit


def _require_open(unit: db.Record) -> None:
    if changes.has_closed(unit):
        raise units.UnitClosed(unit=Name(unit["name_vi"], unit["name_en"]), closed_on=unit["closed_on"])


def _require_right(request: Request, kind: Kind, unit: db.Record) -> None:
    if not changes.may(caller(request), kind.action, unit):
        raise Forbidden()


async def _above(unit: db.Record) -> db.Record | None:
    return await units.find_unit(unit["parent_id"]) if unit["parent_id"] else None


async def _filled(kind: Kind, unit: db.Record, given: dict[str, str]) -> Filled:
    """Return what was filled in; before anything was, what is known of the unit."""
    said = {name: text for name, text in given.items() if name not in _CONTROLS}
    known = changes.beginning(kind.name, unit, await _above(unit))
    # A box that is not ticked is not sent, and must not come back ticked.
    return Filled(known | said if not said.keys() - {"on"} else dict.fromkeys(known, "") | said)


def _with_one_part_more(filled: Filled, unit: db.Record, above: db.Record | None) -> Filled:
    count = min(changes.parts_of(filled) + 1, changes.MOST_PARTS)
    new = {
        "parent": above["code"] if above else "",
        "level": unit["level"],
        "kind": unit["kind"],
        "region": unit["region"] or "",
    }
    return Filled({**changes.new_parts(count, count, new), **filled.texts, "parts": str(count)})


async def _show_form(request: Request, kind: Kind, unit: db.Record, filled: Filled, *, status: int = 400) -> Response:
    for name in ("into", "parent", "children_to", "new-parent", *(f"p{n}-into" for n in range(1, 11))):
        if filled.text(name) and name not in filled.problems and name not in filled.units:
            # The form came back without having been read: show whom its codes name.
            await filled.unit(name)
    day = today()
    with filled.noting("on"):
        day = filled.day("on") or day
    children = await units.children_of([unit["id"]], changes.MOST_CHILDREN + 1, None) if kind.name == "split" else []
    return show(
        request,
        "change_form.html",
        status=status if filled.problems or status == 200 else 400,
        kind=kind,
        unit=unit,
        filled=filled,
        options=await options(day),
        parts=changes.parts_of(filled),
        most_parts=changes.MOST_PARTS,
        children=children[: changes.MOST_CHILDREN],
        has_more_children=len(children) > changes.MOST_CHILDREN,
        reclassifies=changes.may(caller(request), "unit.reclassify", unit),
    )


async def options(day: date) -> dict[str, list[db.Record]]:
    """Return the terms that hold on a day, and the provinces, to choose from."""
    found: dict[str, list[db.Record]] = {"level": [], "unit_kind": [], "region": []}
    for term in await vocabularies.terms_of(list(found), MOST_TERMS, day, None):
        found[term["vocabulary"]].append(term)
    return {**found, "province": await search_places("province", None, None, day, MOST_TERMS, None)}


async def _preview(
    request: Request,
    kind: Kind,
    unit: db.Record,
    filled: Filled,
    change: Change | None,
    meanwhile: DomainError | None = None,
    since: int = 0,
) -> Response:
    if change is None:
        return await _show_form(request, kind, unit, filled)
    effects: service.Effects | None = None
    asked = request.query_params
    seen = await units.current_tree_version()
    with filled.noting():
        effects = await service.previewed(caller(request), change)
    if meanwhile and effects is None and (made := await changes.made_already(unit, kind.name, filled, since)):
        # The button was pressed twice: what the first press made is what was wanted.
        return RedirectResponse(f"/org/reorganisations/{made['id']}", 303)
    shown = await shown_effects(caller(request), effects, asked.get("list", ""), asked.get("after"))
    if filled.problems:
        return await _show_form(request, kind, unit, filled)
    return show(
        request,
        "change_preview.html",
        status=409 if meanwhile else 200,
        kind=kind,
        unit=unit,
        filled=filled,
        meanwhile=meanwhile,
        seen=seen,
        today=today(),
        details=await _details(unit, filled) if kind.name == "details" else [],
        more_link=_more_link(request),
        **shown,
    )


def _more_link(request: Request) -> str:
    """Return the address of the preview, to which the place in a list is added."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in ("list", "after")]
    return f"{request.url.path}?{urlencode(kept)}"


async def _details(unit: db.Record, filled: Filled) -> list[tuple[str, str, str]]:
    """Return the columns that a change of details makes other than they are that day, before and after."""
    on = filled.day("on") or today()
    known = next(iter(await units.units_by_id([unit["id"]], on)), unit)
    names = [name for name in (*changes.STRUCTURAL, *changes.FACTS) if name in filled.texts]
    told = [(name, known[name] or "", filled.text(name)) for name in names]
    return [(name, before, after) for name, before, after in told if before != after]


_CHANGE = "/org/units/{code}/change"
routes = [
    Route(_CHANGE, with_refusals(choices), methods=["GET"]),
    Route(_CHANGE + "/{kind}", with_refusals(change_form), methods=["GET"]),
    Route(_CHANGE + "/{kind}", with_refusals(apply), methods=["POST"]),
]

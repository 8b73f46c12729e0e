"""Pages on which a unit's officers and collaborators are listed, appointed and released, and seats are set."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from asyncpg import UniqueViolationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from kit import db
from kit.app import caller
from kit.calendar import today
from kit.errors import Forbidden, InvalidInput, NotFound
from kit.graphql import encode_cursor, foreign_cursor, parse_id, window
from kit.identity import Caller
from kit.web import form, require_same_origin
from org.people import service
from org.units import service as units
from org.vocabularies import service as vocabularies
from org.web.changes import may
from org.web.filled import Filled, blank, texts_of
from org.web.showing import show, with_refusals

MOST_SHOWN = 1000
MOST_TERMS = 100
PAGE_SIZE = 20
MOST_FOUND = 10
MOST_SCOPES = 5
LOOK_AHEAD = (90, 180, 365)
_FORM_BYTES = 50_000
_LABELLED = ("post", "collaborator_kind", "appointment_end_reason")
# What somebody can be made on these pages: an officer, or a collaborator.
_VOCABULARIES = {"officer": "post", "collaborator": "collaborator_kind"}


async def people_page(request: Request) -> Response:
    """`/org/units/<code>/people`: who holds what, which seats are free, whose terms end soon, and who collaborates."""
    unit, who, day = await _unit(request), caller(request), today()
    here = next(iter(await units.units_by_id([unit["id"]], day)), None)
    days = _days(request)
    vacancies, more_vacancies = await _vacancies(request, who, here, day)
    expiring, more_expiring = await _expiring(request, who, here, day, days)
    collaborators, more_collaborators = await _collaborators(request, who, here, day)
    concerned = [*vacancies, *expiring, *collaborators]
    return show(
        request,
        "people.html",
        unit=unit,
        officers=await service.officers_of(who, [unit["id"]], MOST_SHOWN, None, day),
        posts=await service.posts_of(who, [unit["id"]], MOST_SHOWN, None, day),
        vacancies=vacancies,
        more_vacancies=more_vacancies,
        expiring=expiring,
        more_expiring=more_expiring,
        days=days,
        look_ahead=LOOK_AHEAD,
        collaborators=collaborators,
        more_collaborators=more_collaborators,
        coming=await service.officers_to_come(who, unit["id"], MOST_SHOWN, day),
        sees_collaborators=may(who, "collaborators.see", unit),
        may_write=may(who, "officer.appoint", unit),
        is_open=here is not None,
        names={one["id"]: one for one in await units.units_by_id(list({row["unit_id"] for row in concerned}))},
        done=request.query_params.get("done", ""),
        labels=await vocabularies.labels_by_code(*_LABELLED),
    )


async def _unit(request: Request) -> db.Record:
    who = caller(request)
    who.require_someone()
    unit = await units.find_unit_by_code(request.path_params["code"])
    if not may(who, "officers.see", unit):
        raise Forbidden()
    return unit


async def _writable(request: Request) -> db.Record:
    unit = await _unit(request)
    if not may(caller(request), "officer.appoint", unit):
        raise Forbidden()
    return unit


def _days(request: Request) -> int:
    text = request.query_params.get("days", "")
    return int(text) if text in {str(days) for days in LOOK_AHEAD} else LOOK_AHEAD[0]


async def _vacancies(
    request: Request, who: Caller, here: db.Record | None, day: date
) -> tuple[list[db.Record], str | None]:
    asked = window(PAGE_SIZE, request.query_params.get("vacant_after"), str, str, str)
    found = await service.vacancies_below(who, [here["path"]], asked.limit, asked.after, day) if here else []
    last = found[PAGE_SIZE - 1] if len(found) > PAGE_SIZE else None
    return found[:PAGE_SIZE], encode_cursor((last["path"], last["code"], last["id"])) if last else None


async def _expiring(
    request: Request, who: Caller, here: db.Record | None, day: date, days: int
) -> tuple[list[db.Record], str | None]:
    asked = window(PAGE_SIZE, request.query_params.get("ending_after"), str, str)
    try:
        after = (date.fromisoformat(asked.after[0]), asked.after[1]) if asked.after else None
    except ValueError as error:
        raise foreign_cursor() from error
    found = await service.expiring_below(who, [here["path"]], asked.limit, after, day, days) if here else []
    last = found[PAGE_SIZE - 1] if len(found) > PAGE_SIZE else None
    return found[:PAGE_SIZE], encode_cursor((last["until"].isoformat(), last["id"])) if last else None


async def _collaborators(
    request: Request, who: Caller, here: db.Record | None, day: date
) -> tuple[list[db.Record], str | None]:
    asked = window(PAGE_SIZE, request.query_params.get("network_after"), str, str, str)
    found = await service.collaborators_below(who, [here["path"]], asked.limit, asked.after, day) if here else []
    last = found[PAGE_SIZE - 1] if len(found) > PAGE_SIZE else None
    return found[:PAGE_SIZE], encode_cursor((last["path"], last["sort_key"], last["id"])) if last else None


async def appoint_form(request: Request) -> Response:
    """`/org/units/<code>/people/<officer|collaborator>`: who is to be appointed to what, from when."""
    unit, what = await _writable(request), _what(request)
    filled = Filled(
        {
            "post": request.query_params.get("post", ""),
            "on": today().isoformat(),
            # Sent twice, the form still makes one person and one appointment.
            "key": str(uuid4()),
            **dict.fromkeys(("q", "person", "display_name", "email", "phone", "until", "department"), ""),
            "decision_number": "",
        }
    )
    return await _show_appoint(request, unit, what, filled)


def _what(request: Request) -> str:
    what = request.path_params["what"]
    if what not in _VOCABULARIES:
        raise NotFound("page", what)
    return what


async def appoint(request: Request) -> Response:
    """`POST /org/units/<code>/people/<officer|collaborator>`: look for somebody on record, or appoint."""
    require_same_origin(request)
    unit, what = await _writable(request), _what(request)
    filled = Filled(texts_of(await form(request, max_bytes=_FORM_BYTES)))
    if filled.text("step") == "search":
        return await _show_appoint(request, unit, what, filled)
    on, until, key = filled.day("on") or today(), filled.day("until"), _id(filled, "key")
    if not filled.text("post"):
        filled.problems["post"] = blank("post")
    if not filled.text("person"):
        filled.problems["person"] = InvalidInput("person", "hãy chọn một người.", "choose somebody.")
    if not filled.problems:
        with filled.noting():
            await _once(lambda: _appointed(caller(request), unit, what, filled, on, until, key))
    if filled.problems:
        return await _show_appoint(request, unit, what, filled)
    return RedirectResponse(f"/org/units/{unit['code']}/people?done=appointed", 303)


async def _once(write: Callable[[], Awaitable[None]]) -> None:
    """Do what a form asks, unless the form was sent before: its key is the id of what it makes."""
    try:
        async with db.transaction():
            await write()
    except UniqueViolationError as error:
        if db.violated(error) not in ("appointment_pkey", "person_pkey"):
            raise


async def _appointed(
    who: Caller, unit: db.Record, what: str, filled: Filled, on: date, until: date | None, key: UUID
) -> None:
    """Put a new person on record where one is meant, and appoint: both, or neither."""
    decision, post = filled.optional("decision_number"), filled.text("post")
    person_id = await _person(who, unit, filled, key)
    if what == "collaborator":
        await service.add_collaborator(who, person_id, unit["id"], post, on, until, decision)
        return
    department = parse_id(filled.text("department"), "department") if filled.text("department") else None
    await service.appoint(who, person_id, unit["id"], post, on, until, department, key, decision)


async def _person(who: Caller, unit: db.Record, filled: Filled, key: UUID) -> UUID:
    if filled.text("person") != "new":
        return parse_id(filled.text("person"), "person")
    email, phone = filled.optional("email"), filled.optional("phone")
    added = await service.add_person(who, filled.text("display_name"), None, key, unit["id"], email, phone)
    return added.id


def _id(filled: Filled, name: str) -> UUID:
    try:
        return UUID(filled.text(name))
    except ValueError:
        return uuid4()


async def _show_appoint(request: Request, unit: db.Record, what: str, filled: Filled) -> Response:
    who, vocabulary = caller(request), _VOCABULARIES[what]
    found, terms = await _found(who, unit, filled.text("q")) if filled.text("q") else ([], {})
    return show(
        request,
        "appoint.html",
        status=400 if filled.problems else 200,
        unit=unit,
        what=what,
        filled=filled,
        found=found,
        terms=terms,
        searched=bool(filled.text("q")),
        options={"post": await vocabularies.terms_of([vocabulary], MOST_TERMS, today(), None)},
        departments=await service.departments_of(who, [unit["id"]], MOST_TERMS, None, today()),
        names={one["id"]: one for one in await units.units_by_id([row["unit_id"] for row in terms.values()])},
        labels=await vocabularies.labels_by_code("post"),
    )


async def _found(who: Caller, unit: db.Record, query: str) -> tuple[list[db.Record], dict[UUID, db.Record]]:
    """Return people on record whom somebody may appoint, and the last term of each, by which they are told apart."""
    scopes = [UUID(grant.unit_id) for grant in who.grants if grant.unit_id and who.may("editor", grant.path)]
    people = dict[UUID, db.Record]()
    for scope in list(dict.fromkeys([unit["id"], *scopes]))[:MOST_SCOPES]:
        for person in await service.people_below(who, scope, query, MOST_FOUND, None):
            people.setdefault(person["id"], person)
    shown = list(people.values())[: 2 * MOST_FOUND]
    terms = await service.terms_of(who, [person["id"] for person in shown], 1, None)
    return shown, {term["person_id"]: term for term in terms}


async def end_form(request: Request) -> Response:
    """`/org/units/<code>/people/<officer|collaborator>/<id>/end`: from when somebody no longer holds what they hold."""
    unit, what = await _writable(request), _what(request)
    held = await _held(request, unit, what)
    # One that is yet to begin lasts for a day at least.
    first = max(today(), held["since"] + timedelta(days=1)) if held["since"] else today()
    return await _show_end(request, unit, what, held, Filled({"on": first.isoformat(), "reason": ""}))


async def end(request: Request) -> Response:
    """`POST /org/units/<code>/people/<officer|collaborator>/<id>/end`: end it."""
    require_same_origin(request)
    unit, what = await _writable(request), _what(request)
    filled = Filled(texts_of(await form(request, max_bytes=_FORM_BYTES)))
    on, who = filled.day("on"), caller(request)
    if on is None:
        filled.problems.setdefault("on", blank("on"))
    else:
        thing_id = parse_id(request.path_params["id"], what)
        with filled.noting():
            if what == "officer":
                await service.end_appointment(who, thing_id, on, filled.text("reason"))
            else:
                await service.end_collaboration(who, thing_id, on)
    if not filled.problems or isinstance(filled.problems.get("on"), service.TermOver):
        # Ended already, perhaps by the first press of the button.
        return RedirectResponse(f"/org/units/{unit['code']}/people?done=ended", 303)
    return await _show_end(request, unit, what, await _held(request, unit, what), filled)


async def _held(request: Request, unit: db.Record, what: str) -> db.Record:
    """Return what somebody holds in the unit today, or will hold as an officer; NotFound for what nobody does."""
    who, asked = caller(request), request.path_params["id"]
    if what == "officer":
        rows = await service.officers_of(who, [unit["id"]], MOST_SHOWN, None, today())
        rows += await service.officers_to_come(who, unit["id"], MOST_SHOWN, today())
    else:
        rows = await service.collaborators_below(who, [unit["path"]], MOST_SHOWN, None, today())
    for row in rows:
        if row["id"] == asked and row["unit_id"] == unit["id"]:
            return row
    raise NotFound(what, asked)


async def _show_end(request: Request, unit: db.Record, what: str, held: db.Record, filled: Filled) -> Response:
    reasons = await vocabularies.terms_of(["appointment_end_reason"], MOST_TERMS, today(), None)
    return show(
        request,
        "end_term.html",
        status=400 if filled.problems else 200,
        unit=unit,
        what=what,
        held=held,
        filled=filled,
        options={"reason": reasons},
        labels=await vocabularies.labels_by_code(*_LABELLED),
    )


async def seats_form(request: Request) -> Response:
    """`/org/units/<code>/people/seats`: how many seats a post has from a day on."""
    unit = await _writable(request)
    asked = {"post": request.query_params.get("post", ""), "seats": "1", "on": today().isoformat()}
    return await _show_seats(request, unit, Filled({**asked, "decision_number": ""}))


async def set_seats(request: Request) -> Response:
    """`POST /org/units/<code>/people/seats`: set the seats."""
    require_same_origin(request)
    unit = await _writable(request)
    filled = Filled(texts_of(await form(request, max_bytes=_FORM_BYTES)))
    on, seats = filled.day("on") or today(), filled.text("seats")
    if not (seats.isascii() and seats.isdigit() and len(seats) < 9):
        filled.problems["seats"] = InvalidInput("seats", "phải là số nguyên.", "must be a whole number.")
    if not filled.problems:
        decision: Any = filled.optional("decision_number")
        with filled.noting():
            await service.set_seats(caller(request), unit["id"], filled.text("post"), int(seats), on, decision=decision)
    if filled.problems:
        return await _show_seats(request, unit, filled)
    return RedirectResponse(f"/org/units/{unit['code']}/people?done=seats", 303)


async def _show_seats(request: Request, unit: db.Record, filled: Filled) -> Response:
    posts = await vocabularies.terms_of(["post"], MOST_TERMS, today(), None)
    return show(
        request,
        "seats.html",
        status=400 if filled.problems else 200,
        unit=unit,
        filled=filled,
        options={"post": posts},
        held=await service.posts_of(caller(request), [unit["id"]], MOST_SHOWN, None, today()),
        labels=await vocabularies.labels_by_code("post"),
    )


_PEOPLE = "/org/units/{code}/people"
routes = [
    Route(_PEOPLE, with_refusals(people_page), methods=["GET"]),
    Route(_PEOPLE + "/seats", with_refusals(seats_form), methods=["GET"]),
    Route(_PEOPLE + "/seats", with_refusals(set_seats), methods=["POST"]),
    Route(_PEOPLE + "/{what}", with_refusals(appoint_form), methods=["GET"]),
    Route(_PEOPLE + "/{what}", with_refusals(appoint), methods=["POST"]),
    Route(_PEOPLE + "/{what}/{id}/end", with_refusals(end_form), methods=["GET"]),
    Route(_PEOPLE + "/{what}/{id}/end", with_refusals(end), methods=["POST"]),
]

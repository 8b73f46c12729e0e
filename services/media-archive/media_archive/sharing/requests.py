"""Requests for access: asked by an id that somebody was handed, answered by editors of the material's unit.

Whoever may not see a material must not learn that there is one. So a request for any id is taken alike, is kept alike,
and tells its material's title only once it was accepted.
"""

from datetime import date, timedelta
from uuid import UUID, uuid4

from kit import db
from kit.calendar import today
from kit.db import Record
from kit.errors import DomainError, Forbidden, InvalidInput, NotFound, none_of
from kit.events import publish
from kit.graphql import Window
from kit.identity import Caller
from kit.jobs import job
from media_archive.assets.service import assets_by_id
from media_archive.audit.service import tell_of_asset
from media_archive.rights.holding import held_asset
from media_archive.rights.service import checked_line
from media_archive.sharing.people import give_to_person
from media_archive.sharing.service import give
from media_archive.units.service import find_unit

COLUMNS = """access_request.id, access_request.number, access_request.asset_id, access_request.subject,
    access_request.unit_id, access_request.reason, access_request.state, access_request.asked_at,
    access_request.answered_at, access_request.answer, access_request.until, access_request.granted_to"""
GRANTED_TO = {"unit": ("cả đơn vị", "the whole unit"), "person": ("riêng người xin", "the person who asked")}
"""To whom an accepted request grants the material, and what people call it."""
_MOST_OPEN = 20
_LONGEST = 1_000
_LONGEST_FOR_A_PERSON = timedelta(days=366)


class AlreadyVisible(DomainError):
    """Whoever asks may see the material already."""

    code = "ALREADY_VISIBLE"
    vi = "Anh/chị đã xem được tài liệu này."
    en = "You may see this material already."


class AlreadyAsked(DomainError):
    """The same person's request is still to be answered."""

    code = "ALREADY_ASKED"
    vi = "Anh/chị đã gửi yêu cầu này và đang chờ trả lời."
    en = "You have asked for this, and it waits for an answer."


class TooManyAccessRequests(DomainError):
    """So many requests of this person wait that no other is taken."""

    code = "TOO_MANY_ACCESS_REQUESTS"
    vi = "Anh/chị đang có {most} yêu cầu chờ trả lời, không gửi thêm được."
    en = "{most} requests of yours wait for an answer; no more are taken."
    extra = {"most": int}


class AccessRequestAnswered(DomainError):
    """Somebody has answered the request."""

    code = "ACCESS_REQUEST_ANSWERED"
    vi = "Yêu cầu này đã được trả lời."
    en = "This request has been answered."


async def ask_access(caller: Caller, asset_id: UUID, unit_id: UUID, reason: str) -> Record:
    """Ask that a unit, in which the caller holds a role, may see the material of an id; return the request.

    It is answered alike whether there is such a material. AlreadyVisible, AlreadyAsked, TooManyAccessRequests.
    """
    caller.require_someone()
    said = checked_line("reason", reason, _LONGEST, least=1)
    caller.require("worker", (await find_unit(unit_id)).path)
    if asset_id in await assets_by_id(caller, [asset_id]):
        raise AlreadyVisible()
    async with db.transaction():
        # One person's requests one after the other, or many at once would pass the bound.
        await db.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('access_request' || $1::text, 0))", caller.subject
        )
        await _check_open(caller, asset_id)
        request_id = uuid4()
        await db.execute(
            "INSERT INTO access_request (id, asset_id, subject, unit_id, reason) VALUES ($1, $2, $3, $4, $5)",
            request_id,
            asset_id,
            caller.subject,
            unit_id,
            said,
        )
        await tell_of_asset(caller, "access.asked", asset_id, None, {"request": str(request_id), "unit": str(unit_id)})
        await _tell(request_id, "access.asked")
        return await _request(request_id)


async def _check_open(caller: Caller, asset_id: UUID) -> None:
    waiting = await db.rows("SELECT asset_id FROM access_request WHERE subject = $1 AND state = 'open'", caller.subject)
    if asset_id in {row["asset_id"] for row in waiting}:
        raise AlreadyAsked()
    if len(waiting) >= _MOST_OPEN:
        raise TooManyAccessRequests(most=_MOST_OPEN)


async def _tell(request_id: UUID, told: str) -> None:
    """Tell by an event, where there is a material: nobody is to hear of others."""
    about = await db.row(
        """SELECT access_request.id, access_request.asset_id, access_request.state,
                  access_request.unit_id AS for_unit_id, asset.unit_id
           FROM access_request JOIN asset ON asset.id = access_request.asset_id WHERE access_request.id = $1""",
        request_id,
    )
    if about is not None:
        await publish(told, {name: str(value) for name, value in about.items()})


async def accept_request(caller: Caller, request_id: UUID, until: date | None, granted_to: str = "unit") -> Record:
    """Grant the material to the unit of a request, or to the person who asked, before a day.

    Needs an editor of the material's unit. A person is granted it for 366 days at most, and never without an end.
    """
    _check_answer(until, granted_to)
    async with db.transaction():
        asked = await _held(caller, request_id)
        await _answer(caller, request_id, "accepted", "", until, granted_to)
        if until is not None and granted_to == "person":
            await give_to_person(caller, asked["asset_id"], asked["subject"], asked["unit_id"], until)
        else:
            await give(caller, asked["asset_id"], [asked["unit_id"]], until)
        return await _request(request_id)


def _check_answer(until: date | None, granted_to: str) -> None:
    if granted_to not in GRANTED_TO:
        raise none_of("to", GRANTED_TO)
    if until is not None and until <= today():
        raise InvalidInput("until", "phải sau hôm nay", "must come after today")
    if granted_to == "person" and (until is None or until > today() + _LONGEST_FOR_A_PERSON):
        most = _LONGEST_FOR_A_PERSON.days
        raise InvalidInput(
            "until", f"cấp riêng cho một người cần ngày hết hạn trong {most} ngày", f"needs a day within {most} days"
        )


async def decline_request(caller: Caller, request_id: UUID, reason: str) -> Record:
    """Decline a request and say why; needs an editor of the material's unit."""
    said = checked_line("reason", reason, _LONGEST, least=1)
    async with db.transaction():
        await _held(caller, request_id)
        await _answer(caller, request_id, "declined", said)
        return await _request(request_id)


async def _held(caller: Caller, request_id: UUID) -> Record:
    """Lock the request's material and return the request; NotFound also for who may not see the material."""
    caller.require_someone()
    asked = await _request(request_id)
    try:
        await held_asset(caller, asked["asset_id"])
    except (NotFound, Forbidden) as error:
        raise NotFound("request", request_id) from error
    asked = await _request(request_id)
    if asked["state"] != "open":
        raise AccessRequestAnswered()
    return asked


async def _answer(
    caller: Caller,
    request_id: UUID,
    state: str,
    answer: str,
    until: date | None = None,
    granted_to: str | None = None,
) -> None:
    answered = await db.row(
        """UPDATE access_request SET state = $2, answer = $3, until = $4, answered_at = now(), answered_by = $5,
                                     granted_to = $6
           WHERE id = $1 RETURNING asset_id, unit_id""",
        request_id,
        state,
        answer,
        until,
        caller.subject,
        granted_to,
    )
    assert answered is not None
    told = {"request": str(request_id), "unit": str(answered["unit_id"]), "until": until, "to": granted_to}
    await tell_of_asset(caller, f"access.{state}", answered["asset_id"], None, told)
    await _tell(request_id, f"access.{state}")


async def open_requests(caller: Caller, unit_id: UUID, window: Window) -> list[Record]:
    """Return up to `window.limit` open requests for materials of a unit and those below it, the oldest first.

    Needs an editor of the unit.
    """
    caller.require_someone()
    path = (await find_unit(unit_id)).path
    caller.require("editor", path)
    return await db.rows(
        f"""SELECT {COLUMNS} FROM access_request JOIN asset ON asset.id = access_request.asset_id
            WHERE access_request.state = 'open' AND asset.state = 'kept'
              AND asset.unit_path >= $1 AND asset.unit_path < $1 || '~' AND access_request.number > $3
            ORDER BY access_request.number LIMIT $2""",
        path,
        window.limit,
        window.after[0] if window.after else 0,
    )


async def my_requests(caller: Caller, window: Window) -> list[Record]:
    """Return up to `window.limit` requests of the caller, the newest first."""
    caller.require_someone()
    return await db.rows(
        f"""SELECT {COLUMNS} FROM access_request WHERE subject = $1 AND ($3::bigint IS NULL OR number < $3)
            ORDER BY number DESC LIMIT $2""",
        caller.subject,
        window.limit,
        window.after[0] if window.after else None,
    )


async def _request(request_id: UUID) -> Record:
    found = await db.row(f"SELECT {COLUMNS} FROM access_request WHERE id = $1", request_id)
    if found is None:
        raise NotFound("request", request_id)
    return found


@job("media_archive.forget_requests", timeout=60)
async def forget_requests() -> None:
    """Forget requests that nobody answered for 90 days, and answers after a year: they name who asked."""
    await db.execute(
        """DELETE FROM access_request WHERE (state = 'open' AND asked_at < now() - interval '90 days')
              OR answered_at < now() - interval '1 year'"""
    )

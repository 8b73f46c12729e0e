"""Keeping a unit's channels on record, and counting which units have them.

Everybody may see a public channel. Other channels, and who manages one, are for callers whose scope covers the unit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID, uuid4

from kit import db
from kit.calendar import today
from kit.errors import DomainError, InvalidInput, NotFound
from kit.identity import Caller
from org.audit.service import record
from org.channels.addresses import checked_address
from org.channels.announce import announce_channels
from org.channels.reading import find_channel
from org.units.service import find_unit, held_unit
from org.vietnamese import clean, sort_key
from org.vocabularies.service import require_term

LONGEST_NAME = 200


class ChannelAddressTaken(DomainError):
    """The unit has another channel of this kind with this address on these days."""

    code = "CHANNEL_ADDRESS_TAKEN"
    vi = "Đơn vị đã có kênh loại này với địa chỉ này."
    en = "The unit has a channel of this kind with this address already."


class ChannelDateBackwards(DomainError):
    """The date lies before the last change of the channel; `earliest` is the first date possible."""

    code = "CHANNEL_DATE_BACKWARDS"
    vi = "Ngày {day} quá sớm: sớm nhất là {earliest}."
    en = "The date {day} is too early: the earliest possible is {earliest}."
    extra = {"earliest": date}


class ChannelClosed(DomainError):
    """The channel has closed; `closed_on` is the first day on which it no longer existed."""

    code = "CHANNEL_CLOSED"
    vi = "Kênh này đã đóng từ ngày {closed_on}."
    en = "This channel closed on {closed_on}."
    extra = {"closed_on": date}


@dataclass(frozen=True, slots=True)
class Manager:
    """Who looks after a channel: a department or an appointment of the unit, by its id."""

    kind: Literal["department", "appointment"]
    id: UUID


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """What may change about a channel."""

    name: str
    audience: str
    address: str | None = None
    is_public: bool = True
    manager: Manager | None = None


async def add_channel(
    caller: Caller, unit_id: UUID, kind: str, facts: ChannelFacts, since: date | None = None, until: date | None = None
) -> db.Record:
    """Put a channel of a unit on record, from a day on (None: today) to before `until` (None: no end is known).

    The caller must be an editor of the unit, which must exist on the first day.
    """
    caller.require_someone()
    since = since or today()
    async with db.transaction():
        unit = await held_unit(unit_id)
        caller.require("editor", unit["path"])
        await find_unit(unit_id, since)
        if until is not None and until <= since:
            raise InvalidInput("until", "phải sau ngày bắt đầu.", "must be after the first day.")
        await require_term("kind", "channel_kind", kind, since)
        checked = await _checked(unit_id, kind, facts, since)
        channel_id = uuid4()
        await db.execute("INSERT INTO channel (id, unit_id, kind) VALUES ($1, $2, $3)", channel_id, unit_id, kind)
        await _write(channel_id, unit_id, kind, checked, since, until)
        after = {"kind": kind, **_told(checked), "since": since, "until": until}
        await record(caller, "channel.added", unit_id, "channel", str(channel_id), None, after)
        await announce_channels([channel_id])
        return await find_channel(caller, channel_id, since)


async def change_channel(caller: Caller, channel_id: UUID, facts: ChannelFacts, on: date | None = None) -> db.Record:
    """Give a channel other facts from a day on (None: today); the former stay on record.

    The caller must be an editor of its unit. A second change on one day replaces the first.
    """
    on = on or today()
    async with db.transaction():
        last = await _lock_last(caller, channel_id, on)
        checked = await _checked(last["unit_id"], last["kind"], facts, on)
        before = _facts_of(last)
        if checked == before:
            return await find_channel(caller, channel_id, on)
        await _cut(last, on)
        await _write(channel_id, last["unit_id"], last["kind"], checked, on, last["until"])
        await record(
            caller,
            "channel.changed",
            last["unit_id"],
            "channel",
            str(channel_id),
            _told(before),
            {**_told(checked), "changed": _changed(before, checked), "on": on},
        )
        await announce_channels([channel_id])
        return await find_channel(caller, channel_id, on)


async def close_channel(caller: Caller, channel_id: UUID, on: date | None = None) -> db.Record:
    """End a channel: `on` (None: today) is the first day without it. The caller must be an editor of its unit.

    A channel that closes on the day it began never existed, so it must be a later day.
    """
    on = on or today()
    async with db.transaction():
        last = await _lock_last(caller, channel_id, on)
        if on == last["since"]:
            raise ChannelDateBackwards(day=on, earliest=date.fromordinal(on.toordinal() + 1))
        await _cut(last, on)
        before, after = {"until": last["until"]}, {"until": on}
        await record(caller, "channel.closed", last["unit_id"], "channel", str(channel_id), before, after)
        await announce_channels([channel_id])
        return await find_channel(caller, channel_id, date.fromordinal(on.toordinal() - 1))


async def _lock_last(caller: Caller, channel_id: UUID, on: date) -> db.Record:
    """Lock a channel and return its last version, which a change on that day may follow."""
    caller.require_someone()
    unit_id = await db.value("SELECT unit_id FROM channel WHERE id = $1", channel_id)
    if unit_id is None:
        raise NotFound("channel", channel_id)
    caller.require("editor", (await held_unit(unit_id))["path"])
    # Lock the channel: two changes at once must not both cut its last version.
    await db.execute("SELECT FROM channel WHERE id = $1 FOR UPDATE", channel_id)
    last = await db.row(
        """SELECT *, lower(valid) AS since, upper(valid) AS until FROM channel_version
           WHERE channel_id = $1 ORDER BY valid DESC LIMIT 1""",
        channel_id,
    )
    assert last is not None
    if last["until"] is not None and last["until"] <= max(on, today()):
        raise ChannelClosed(closed_on=last["until"])
    if on < last["since"]:
        raise ChannelDateBackwards(day=on, earliest=last["since"])
    return last


async def _cut(last: db.Record, on: date) -> None:
    if last["since"] == on:
        await db.execute(
            "DELETE FROM channel_version WHERE channel_id = $1 AND lower(valid) = $2", last["channel_id"], on
        )
        return
    await db.execute(
        "UPDATE channel_version SET valid = daterange(lower(valid), $2) WHERE channel_id = $1 AND lower(valid) = $3",
        last["channel_id"],
        on,
        last["since"],
    )


async def _checked(unit_id: UUID, kind: str, facts: ChannelFacts, on: date) -> ChannelFacts:
    name = clean(facts.name)
    if not 1 <= len(name) <= LONGEST_NAME:
        raise InvalidInput(
            "name", f"phải có từ 1 đến {LONGEST_NAME} ký tự.", f"must have between 1 and {LONGEST_NAME} characters."
        )
    await require_term("audience", "channel_audience", facts.audience, on)
    if facts.manager is not None:
        await _require_manager(unit_id, facts.manager)
    return ChannelFacts(
        name=name,
        audience=facts.audience,
        address=checked_address(kind, facts.address),
        is_public=facts.is_public,
        manager=facts.manager,
    )


async def _require_manager(unit_id: UUID, manager: Manager) -> None:
    known = await db.value(
        f"SELECT EXISTS (SELECT FROM {manager.kind} WHERE id = $1 AND unit_id = $2)", manager.id, unit_id
    )
    if not known:
        raise NotFound(manager.kind, manager.id)


async def _write(
    channel_id: UUID, unit_id: UUID, kind: str, facts: ChannelFacts, since: date, until: date | None
) -> None:
    async with db.refusing({"channel_version_address_once": ChannelAddressTaken()}):
        await db.execute(
            """INSERT INTO channel_version (channel_id, unit_id, kind, valid, name, address, audience, is_public,
                                            manager_kind, manager_id, sort_key)
               VALUES ($1, $2, $3, daterange($4, $5), $6, $7, $8, $9, $10, $11, $12)""",
            channel_id,
            unit_id,
            kind,
            since,
            until,
            facts.name,
            facts.address,
            facts.audience,
            facts.is_public,
            facts.manager and facts.manager.kind,
            facts.manager and facts.manager.id,
            sort_key(facts.name),
        )


def _facts_of(version: db.Record) -> ChannelFacts:
    return ChannelFacts(
        name=version["name"],
        audience=version["audience"],
        address=version["address"],
        is_public=version["is_public"],
        manager=Manager(version["manager_kind"], version["manager_id"]) if version["manager_id"] else None,
    )


def _told(facts: ChannelFacts) -> dict[str, object]:
    """Return what the audit trail keeps: no name and no address, which may be a person's."""
    manager = facts.manager
    return {
        "audience": facts.audience,
        "is_public": facts.is_public,
        "manager": f"{manager.kind} {manager.id}" if manager else None,
    }


def _changed(before: ChannelFacts, after: ChannelFacts) -> Sequence[str]:
    return [name for name in ("name", "address") if getattr(before, name) != getattr(after, name)]

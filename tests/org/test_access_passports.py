"""A passport ends with what it tells: with a grant's end, another's beginning, and a unit's move."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from gateway.auth.passports import Passport, Passports
from kit import db
from kit.calendar import VIETNAM, today
from kit.errors import PassportInvalid
from kit.identity import SYSTEM, read_passport
from kit.testing import passport_keys
from org.access.service import grant_role, issue_passport, revoke_role
from org.access.service.passports import next_change
from org.units.service import move_unit


async def add_grant(unit, role, since=None, until=None, subject="lan"):
    """A grant that begins or ends so many seconds from now, at a full second, as no caller could ask for."""
    begins, ends = (
        datetime.fromtimestamp(int(time.time()) + seconds, UTC) if seconds is not None else None
        for seconds in (-60 if since is None else since, until)
    )
    await db.execute(
        """INSERT INTO role_grant (subject, role, unit_id, valid, granted_by)
           VALUES ($1, $2, $3, tstzrange($4, $5), 'test')""",
        subject,
        role,
        unit["id"],
        begins,
        ends,
    )
    return (ends or begins).timestamp()


async def passport():
    """What the passport tells, its text and when it expires."""
    token, expires = await issue_passport("lan", passport_keys()[0])
    roles = [grant.role for grant in read_passport(passport_keys()[1], token).grants]
    return roles, token, expires


def midnight(ahead):
    return datetime.combine(today() + timedelta(days=ahead), datetime.min.time(), VIETNAM)


async def test_lives_five_minutes_where_nothing_changes(tree):
    await add_grant(tree.hanoi, "editor")
    _, _, expires = await passport()
    assert 298 <= expires - time.time() <= 300


async def test_ends_with_the_first_grant_to_end(tree):
    await add_grant(tree.hanoi, "editor", until=200)
    first = await add_grant(tree.hue, "analyst", until=100)
    await add_grant(tree.evn, "worker", until=100_000)
    roles, _, expires = await passport()
    assert (roles, expires) == (["editor", "analyst", "worker"], first)


async def test_ends_when_a_grant_begins_that_is_not_in_it(tree):
    await add_grant(tree.hanoi, "editor")
    begins = await add_grant(tree.hue, "analyst", since=50)
    roles, _, expires = await passport()
    assert (roles, expires) == (["editor"], begins)


async def test_what_ended_or_is_anothers_shortens_nothing(tree):
    await add_grant(tree.hanoi, "editor", until=-30)
    await add_grant(tree.hanoi, "editor", until=30, subject="mai")
    roles, _, expires = await passport()
    assert (roles, expires >= time.time() + 298) == ([], True)


async def test_is_refused_from_the_instant_on_at_which_a_grant_ends(tree):
    ends = await add_grant(tree.hanoi, "editor", until=2)
    _, token, expires = await passport()
    assert expires == ends
    await asyncio.sleep(max(0.0, ends - time.time()) + 0.01)
    with pytest.raises(PassportInvalid):
        read_passport(passport_keys()[1], token)
    roles, _, expires = await passport()
    assert (roles, expires >= time.time() + 298) == ([], True)


async def test_a_grant_that_begins_counts_from_the_instant_on_at_which_the_passport_without_it_ends(tree):
    begins = await add_grant(tree.hanoi, "editor", since=2)
    roles, token, _ = await passport()
    assert roles == []
    await asyncio.sleep(max(0.0, begins - time.time()) + 0.01)
    with pytest.raises(PassportInvalid):
        read_passport(passport_keys()[1], token)
    assert (await passport())[0] == ["editor"]


async def test_the_gateways_cache_forgets_in_time(tree):
    """Its clock alone is ahead: it asks again before the passport it keeps has ended, and within a minute anyway."""
    ahead = 0.0
    asked: list[float] = []

    async def ask(subject: str) -> Passport:
        asked.append(ahead)
        token, expires = await issue_passport(subject, passport_keys()[0])
        return Passport(passport=token, expires_at=expires)

    cache = Passports(ask, lambda: time.time() + ahead)
    ends = await add_grant(tree.hanoi, "editor", until=40)
    for ahead in (0.0, 20.0, 30.0):  # noqa: B007  # the clock and the question read it
        await cache.of("lan")
    assert asked == [0.0]
    ahead = ends - time.time() - 4
    await cache.of("lan")
    assert asked == [0.0, ahead]


async def test_a_move_of_a_unit_to_come_ends_the_passport_that_knows_its_old_place(tree):
    await grant_role(SYSTEM, "lan", "editor", tree.section["id"])
    assert await next_change("lan") is None
    # A unit above moves: what stands below it stands elsewhere too.
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], today() + timedelta(days=3))
    assert await next_change("lan") == midnight(3)
    await grant_role(SYSTEM, "lan", "analyst", tree.hanoi["id"], until=today() + timedelta(days=2))
    assert await next_change("lan") == midnight(2)


async def test_the_days_of_a_grant_are_the_next_changes(tree):
    grant = await grant_role(SYSTEM, "lan", "editor", tree.hanoi["id"], until=today() + timedelta(days=9))
    assert await next_change("lan") == midnight(9)
    await revoke_role(SYSTEM, grant["id"], today() + timedelta(days=4))
    assert await next_change("lan") == midnight(4)
    await revoke_role(SYSTEM, grant["id"])
    assert await next_change("lan") is None
    await grant_role(SYSTEM, "lan", "editor", tree.hue["id"], since=today() + timedelta(days=1))
    assert await next_change("lan") == midnight(1)

"""Before anything ends, its editors hear of it 30, 7 and 1 days before, once, and find it in a list."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest
from archive_world import Union, add, contributor, editor

from kit import db
from kit.calendar import today
from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import Ask, queries
from media_archive.rights.consents import NewConsent, record_consent
from media_archive.rights.expiry import tell_of_expiry
from media_archive.sharing.links import NewLink, make_link
from media_archive.sharing.service import grant_asset

LIST = """query ($unit: ID!, $days: Int = 30, $first: Int = 20, $after: String) {
    expiringRights(unitId: $unit, days: $days, first: $first, after: $after) {
    nodes { kind daysLeft asset { title } } pageInfo { hasNextPage endCursor } } }"""


async def five_things(union: Union) -> str:
    """One material of which each kind of thing ends, in 1, 5, 10, 20 and 29 days."""
    asset_id = await add(union.factory, "Bản tin", visibility="unit")
    one, day = UUID(asset_id), today()
    await record_consent(SYSTEM, NewConsent(one, "Mai", "public", day, until=day + timedelta(days=1)))
    await grant_asset(SYSTEM, one, [union.south.id], day + timedelta(days=5))
    await make_link(SYSTEM, NewLink(one, datetime.now(UTC) + timedelta(days=10)))
    await db.execute(
        "UPDATE asset SET lease_until = $1, rights_until = $2", day + timedelta(days=20), day + timedelta(days=29)
    )
    return asset_id


async def told() -> list[tuple[str, str]]:
    rows = await db.rows(
        "SELECT payload ->> 'kind', payload ->> 'days' FROM outbox WHERE type = 'rights.expires_soon' ORDER BY number"
    )
    return [(row[0], row[1]) for row in rows]


async def test_everything_that_ends_soon_is_told_once_for_each_mark(union: Union):
    await five_things(union)
    await tell_of_expiry()
    first = [("consent", "1"), ("grant", "5"), ("link", "10"), ("lease", "20"), ("rights", "29")]
    assert await told() == first
    assert "Mai" not in str(await db.rows("SELECT payload FROM outbox"))
    await tell_of_expiry()
    assert await told() == first
    await db.execute("UPDATE asset SET lease_until = NULL, rights_until = $1", today() + timedelta(days=7))
    await tell_of_expiry()
    assert await told() == [*first, ("rights", "7")]


async def test_after_a_downtime_only_the_nearest_mark_is_told(union: Union):
    await add(union.factory, "Bản tin")
    await db.execute("UPDATE asset SET rights_until = $1", today() + timedelta(days=1))
    await tell_of_expiry()
    assert await told() == [("rights", "1")]


async def test_what_is_over_or_far_or_ended_is_not_told(ask: Ask, union: Union):
    for days in (-1, 0, 31):
        await add(union.factory, f"Bản tin {days}")
        await db.execute(
            "UPDATE asset SET rights_until = $1 WHERE rights_until IS NULL", today() + timedelta(days=days)
        )
    _, secret = await make_link(
        SYSTEM, NewLink(await db.value("SELECT min(id::text)::uuid FROM asset"), datetime.now(UTC) + timedelta(days=2))
    )
    assert len(secret) == 32
    await db.execute("UPDATE share_link SET revoked_at = now()")
    await tell_of_expiry()
    assert await told() == []
    assert (await ask(LIST, editor(union.root), unit=str(union.root.id))).field["nodes"] == []
    far = (await ask(LIST, editor(union.root), unit=str(union.root.id), days=31)).field["nodes"]
    assert [one["daysLeft"] for one in far] == [31]


async def test_editors_read_the_list_page_by_page_with_the_same_number_of_statements(ask: Ask, union: Union):
    await five_things(union)
    seen: list[tuple[str, int, str]] = []
    after, counts = None, set[int]()
    while True:
        with queries() as statements:
            page = (await ask(LIST, editor(union.north), unit=str(union.north.id), first=2, after=after)).field
        counts.add(statements.count)
        seen += [(one["kind"], one["daysLeft"], one["asset"]["title"]) for one in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    kinds = [("consent", 1), ("grant", 5), ("link", 10), ("lease", 20), ("rights", 29)]
    assert seen == [(*one, "Bản tin") for one in kinds]
    assert counts == {3}


async def test_nobody_else_does(ask: Ask, union: Union):
    await five_things(union)
    unit = str(union.factory.id)
    assert (await ask(LIST, ANONYMOUS, unit=unit)).code == "SIGN_IN_REQUIRED"
    for caller in (contributor(union.factory), editor(union.south)):
        assert (await ask(LIST, caller, unit=unit)).code == "FORBIDDEN"
    assert (await ask(LIST, editor(union.factory), unit=unit, days=0)).code == "INVALID_INPUT"
    assert (await ask(LIST, editor(union.factory), unit=unit, after="x")).code == "INVALID_INPUT"


async def test_the_database_keeps_one_notice_of_each(union: Union):
    await five_things(union)
    await tell_of_expiry()
    with pytest.raises(asyncpg.UniqueViolationError) as refused:
        async with db.transaction():
            await db.execute("INSERT INTO expiry_notice SELECT * FROM expiry_notice")
    assert db.violated(refused.value) == "expiry_notice_pkey"

"""The audit trail: who reads it, that every change leaves a trace, and that nobody can alter one."""

import asyncio
import os
import secrets
import sys
from datetime import date, datetime, timedelta

import asyncpg
import orjson
import pytest

from kit.calendar import VIETNAM, today
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.logs import request_id
from kit.testing import caller_as, mutations, queries, reaches_the_trail
from loa.databases import ensure_databases
from org.audit.service import record
from org.graph import Mutation
from org.units.service import UnitNames, move_unit, rename_unit

TRAIL = """
query ($id: ID!, $subtree: Boolean! = true, $kind: String, $since: Date, $until: Date, $first: Int! = 20, $after: String) {
  auditTrail(unitId: $id, withSubtree: $subtree, kind: $kind, since: $since, until: $until, first: $first, after: $after) {
    nodes { at subject action kind thingId before after requestId unit { code } }
    pageInfo { hasNextPage endCursor } } }"""


@pytest.fixture
async def trail(ask, tree):
    """A function that reads a unit's trail as its admin: action and unit of each entry."""

    async def read(unit, **asked):
        reply = await ask(TRAIL, caller_as("admin", unit), id=str(unit["id"]), **asked)
        return [(entry["action"], entry["unit"]["code"]) for entry in reply.field["nodes"]]

    return read


async def test_tells_who_did_what_newest_first(ask, tree):
    token = request_id.set("req-1")
    try:
        await rename_unit(
            caller_as("admin", tree.hanoi, "lan"), tree.garment["id"], UnitNames("Công đoàn B"), date(2026, 3, 1)
        )
    finally:
        request_id.reset(token)
    reply = await ask(TRAIL, caller_as("admin", tree.hanoi), id=str(tree.hanoi["id"]), first=1)
    (entry,) = reply.field["nodes"]
    assert datetime.fromisoformat(entry.pop("at")).astimezone(VIETNAM).date() == today()
    after, before = orjson.loads(entry.pop("after")), orjson.loads(entry.pop("before"))
    assert (before["name_vi"], after["name_vi"]) == ("Công đoàn Công ty May Hòa Bình", "Công đoàn B")
    assert entry == {
        "subject": "lan",
        "action": "unit.renamed",
        "kind": "unit",
        "thingId": str(tree.garment["id"]),
        "requestId": "req-1",
        "unit": {"code": "HN-001"},
    }
    assert reply.field["pageInfo"]["hasNextPage"] is True


async def test_of_a_unit_alone_or_with_all_below_it(tree, trail):
    created = "unit.created"
    assert await trail(tree.hanoi) == [(created, "HN-001-01"), (created, "HN-001"), (created, "HN")]
    assert await trail(tree.hanoi, subtree=False) == [(created, "HN")]
    assert len(await trail(tree.top)) == 6


async def test_goes_where_the_unit_goes(tree, trail):
    """Who has the unit today answers for it, also for what was done before."""
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"])
    assert await trail(tree.hanoi) == [("unit.created", "HN")]
    assert await trail(tree.hue) == [
        ("unit.moved", "HN-001"),
        ("unit.created", "HN-001-01"),
        ("unit.created", "HN-001"),
        ("unit.created", "HUE"),
    ]


async def test_a_unit_that_begins_later_is_in_the_trail_of_where_it_will_be(tree, trail, new_unit):
    await new_unit(tree.evn, "Công đoàn mới", "NEW", "grassroots", on=today() + timedelta(days=30))
    assert (await trail(tree.evn))[0] == ("unit.created", "NEW")


async def test_narrows_by_kind_and_day(tree, trail):
    await record(SYSTEM, "thing.made", tree.evn["id"], "thing", "1", after={"n": 1})
    assert await trail(tree.evn, kind="thing") == [("thing.made", "EVN")]
    tomorrow = (today() + timedelta(days=1)).isoformat()
    assert len(await trail(tree.evn, since=today().isoformat(), until=tomorrow)) == 2
    assert await trail(tree.evn, until=today().isoformat()) == []
    assert await trail(tree.evn, since=tomorrow) == []


async def test_comes_page_by_page(ask, tree):
    seen, after = [], None
    while True:
        page = (await ask(TRAIL, caller_as("admin", tree.top), id=str(tree.top["id"]), first=4, after=after)).field
        seen += [entry["unit"]["code"] for entry in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == ["HN-001-01", "HN-001", "EVN", "HUE", "HN", "TLD"]


async def test_takes_as_many_statements_for_many_entries(ask, tree):
    with queries() as asked:
        await ask(TRAIL, caller_as("admin", tree.top), id=str(tree.top["id"]))
    # The unit, the entries, their units.
    assert asked.count == 3


@pytest.mark.parametrize("role", ["worker", "contributor", "editor", "analyst"])
async def test_is_for_admins_alone(ask, tree, role):
    reply = await ask(TRAIL, caller_as(role, tree.hanoi), id=str(tree.hanoi["id"]))
    assert (reply.code, reply.data) == ("FORBIDDEN", {"auditTrail": None})


@pytest.mark.parametrize("place", ["hue", "garment"])
async def test_is_not_for_admins_elsewhere_or_below(ask, tree, place):
    assert (await ask(TRAIL, caller_as("admin", getattr(tree, place)), id=str(tree.hanoi["id"]))).code == "FORBIDDEN"


async def test_is_not_for_strangers(ask, tree):
    assert (await ask(TRAIL, ANONYMOUS, id=str(tree.hanoi["id"]))).code == "SIGN_IN_REQUIRED"
    assert (await ask(TRAIL, Caller("someone"), id=str(tree.hanoi["id"]))).code == "FORBIDDEN"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"kind": "No Code"}, "INVALID_INPUT"),
        ({"kind": "\x00"}, "INVALID_INPUT"),
        ({"first": 0}, "INVALID_INPUT"),
        ({"after": "x"}, "INVALID_INPUT"),
        ({"id": "00000000-0000-0000-0000-000000000000"}, "NOT_FOUND"),
    ],
)
async def test_refuses(ask, tree, asked, code):
    reply = await ask(TRAIL, caller_as("admin", tree.top), **{"id": str(tree.top["id"]), **asked})
    assert reply.code == code


# That what a mutation of some test does is in the trail, each test that asks for one sees (kit.testing.AuditedAsk). Here:
# that no mutation lacks the call.
@pytest.mark.parametrize(("name", "resolver"), list(mutations(Mutation)))
def test_a_mutation_leaves_a_trace(name, resolver):
    assert reaches_the_trail(resolver)


@pytest.fixture
async def production(test_servers):
    """Connected as a service is in production: as the role that `up` makes, which owns its database and its tables."""
    name = f"org_audit_{secrets.token_hex(4)}"
    server = await asyncpg.connect(test_servers[0])
    try:
        (url,) = (await ensure_databases(test_servers[0], [name], lambda _: "secret")).values()
        # In a process of its own, as in production: this one's connections belong to the test.
        command = (sys.executable, "-m", "kit.migrate", "org.app")
        migrating = await asyncio.create_subprocess_exec(*command, env={**os.environ, "LOA_DATABASE_URL": url})
        assert await migrating.wait() == 0
        connection = await asyncpg.connect(url)
        try:
            yield connection
        finally:
            await connection.close()
    finally:
        await server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await server.execute(f'DROP ROLE IF EXISTS "{name}"')
        await server.close()


async def test_the_service_itself_may_add_and_read_but_not_alter(production):
    assert await production.fetchval("SELECT tableowner = current_user FROM pg_tables WHERE tablename = 'audit'")
    assert not await production.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    await production.execute("INSERT INTO audit (subject, action, kind, thing_id) VALUES ('lan', 'a.b', 'x', '1')")
    columns = await production.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'audit'::regclass AND attnum > 0"
    )
    for column in {row["attname"] for row in columns} - {"id", "subject"}:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await production.execute(f"UPDATE audit SET {column} = {column}")
    for statement in ("DELETE FROM audit", "TRUNCATE audit"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await production.execute(statement)
    # Only an account may be replaced, and only by the alias of somebody who was erased.
    for subject in ("x", "erased:00000000-0000-0000-0000-000000000000"):
        with pytest.raises(asyncpg.CheckViolationError):
            await production.execute("UPDATE audit SET subject = $1", subject)
    assert await production.fetchval("SELECT subject FROM audit") == "lan"
    # What the trail says of units does not stand in the way of changing them.
    unit = await production.fetchval("INSERT INTO unit (label, created_on) VALUES ('00001', '2026-01-01') RETURNING id")
    await production.execute(
        "INSERT INTO audit (subject, unit_id, action, kind, thing_id) VALUES ('x', $1, 'a.b', 'x', '1')", unit
    )
    await production.execute("UPDATE unit SET closed_on = '2026-02-01' WHERE id = $1", unit)

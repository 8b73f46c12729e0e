"""The permission matrix: who sees which asset, the same through every door."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from archive_world import TestUnit, Union, add, tell, worker
from asyncpg import IntegrityConstraintViolationError

from kit import db
from kit.calendar import today
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.paths import WIDTH
from kit.testing import Ask, Client, caller_as
from media_archive.assets.changes import record_changes
from media_archive.assets.visibility import sight_of
from media_archive.files.addresses import file_path
from media_archive.search.follow import Follower
from media_archive.search.index import Question


@dataclass(frozen=True)
class Shelf:
    """Assets of each visibility, in time and out of it, hidden, granted and deleted."""

    ids: dict[str, str]
    union: Union

    def names(self, ids: list[str]) -> set[str]:
        return {name for name, asset_id in self.ids.items() if asset_id in ids}


@pytest.fixture
async def shelf(union: Union, search: Follower) -> Shelf:
    places: dict[str, tuple[TestUnit, str]] = {
        "public": (union.factory, "public"),
        "union": (union.factory, "union"),
        "unit": (union.factory, "unit"),
        "private": (union.factory, "private"),
        "south": (union.south, "unit"),
        "subtree": (union.north, "subtree"),
        "not yet": (union.factory, "public"),
        "from today": (union.factory, "union"),
        "until today": (union.factory, "public"),
        "until tomorrow": (union.factory, "union"),
        "hidden": (union.factory, "public"),
        "granted": (union.factory, "private"),
        "granted to those above mine": (union.factory, "unit"),
        "granted once": (union.factory, "private"),
        "granted, hidden": (union.factory, "unit"),
        "granted to a person": (union.factory, "private"),
        "granted to a person once": (union.factory, "private"),
        "granted to a person, hidden": (union.factory, "unit"),
        "deleted": (union.factory, "public"),
    }
    ids = {name: await add(unit, f"Bản tin {name}", visibility=seen) for name, (unit, seen) in places.items()}
    day, one = today(), timedelta(days=1)
    for name, change, value in (
        ("not yet", "embargo_until", day + one),
        ("from today", "embargo_until", day),
        ("until today", "lease_until", day),
        ("until tomorrow", "lease_until", day + one),
        ("hidden", "hidden", "consent_withdrawn"),
        ("granted, hidden", "hidden", "rights_expired"),
    ):
        await db.execute(f"UPDATE asset SET {change} = $2 WHERE id = $1", UUID(ids[name]), value)
    for name, unit, until in (
        ("granted", union.mine, day + one),
        ("granted to those above mine", union.root, None),
        ("granted once", union.mine, day),
        ("granted, hidden", union.mine, None),
    ):
        await db.execute("INSERT INTO asset_grant VALUES ($1, $2, $3)", UUID(ids[name]), unit.id, until)
    for name, until in (
        ("granted to a person", day + one),
        ("granted to a person once", day),
        ("granted to a person, hidden", day + one),
    ):
        await db.execute(
            "INSERT INTO person_grant (id, asset_id, account, unit_id, until) VALUES ($1, $1, 'reader', $2, $3)",
            UUID(ids[name]),
            union.south.id,
            until,
        )
    await db.execute(
        "UPDATE asset SET hidden = 'rights_expired' WHERE id = $1", UUID(ids["granted to a person, hidden"])
    )
    await db.execute(
        "UPDATE asset SET state = 'deleted', deleted_at = now(), deletion_reason = 'mistake', keep_until = $2 WHERE id = $1",
        UUID(ids["deleted"]),
        day + one,
    )
    await record_changes([UUID(one) for one in ids.values()])
    await search.catch_up()
    return Shelf(ids, union)


PUBLIC = {"public"}
UNION = PUBLIC | {"union", "from today", "until tomorrow", "granted to those above mine"}
FACTORY = UNION | {"unit", "subtree"}
CONTRIBUTED = {"private", "not yet", "until today", "granted", "granted once"} | {
    "granted to a person",
    "granted to a person once",
}
HIDDEN = {"hidden", "granted, hidden", "granted to a person, hidden"}


def callers(union: Union) -> dict[str, tuple[Caller, set[str]]]:
    return {
        "nobody": (ANONYMOUS, PUBLIC),
        "signed in without a grant": (Caller(subject="somebody"), PUBLIC),
        "a person it was granted to": (Caller(subject="reader"), PUBLIC | {"granted to a person"}),
        "a worker of the factory": (worker(union.factory), FACTORY),
        "a contributor of the factory": (caller_as("contributor", union.factory), FACTORY | CONTRIBUTED),
        "an editor of the factory": (
            caller_as("editor", union.factory),
            FACTORY | CONTRIBUTED | HIDDEN,
        ),
        "an analyst of the province above": (caller_as("analyst", union.north), FACTORY),
        "an editor of another province": (caller_as("editor", union.south), UNION | {"south"}),
        "an admin of a branch beside": (caller_as("admin", union.mine), UNION | {"granted"}),
        "a worker of the confederation": (worker(union.root), FACTORY | {"south", "granted"}),
        "the product itself": (
            SYSTEM,
            FACTORY | CONTRIBUTED | HIDDEN | {"south"},
        ),
    }


WHO = list(callers(Union(*[TestUnit(UUID(int=n), n, f"0000{n}", "") for n in range(1, 6)])))
LIST = "query ($within: ID) { assets(within: $within, first: 50) { nodes { id } } }"
SEARCH = 'query ($q: String = "ban tin", $first: Int = 50) { searchAssets(query: $q, first: $first) { nodes { asset { id } } totalCount } }'
UNIT = """query ($id: ID!) { _entities(representations: [{__typename: "Unit", id: $id}]) {
    ... on Unit { assetCount newestAssets(first: 50) { id } } } }"""
ENTITY = 'query ($id: ID!) { _entities(representations: [{__typename: "Asset", id: $id}]) { ... on Asset { title } } }'


@pytest.mark.parametrize("who", WHO)
async def test_every_door_shows_the_same(ask: Ask, client: Client, shelf: Shelf, who: str):
    caller, expected = callers(shelf.union)[who]

    listed = (await ask(LIST, caller)).field["nodes"]
    assert shelf.names([node["id"] for node in listed]) == expected

    found = (await ask(SEARCH, caller)).field
    assert shelf.names([node["asset"]["id"] for node in found["nodes"]]) == expected
    assert found["totalCount"] == len(expected)

    (unit,) = (await ask(UNIT, caller, id=str(shelf.union.root.id))).field
    assert shelf.names([node["id"] for node in unit["newestAssets"]]) == expected
    assert unit["assetCount"] == len(expected)

    for name, asset_id in shelf.ids.items():
        one = await ask("query ($id: ID!) { asset(id: $id) { title } }", caller, id=asset_id)
        (entity,) = (await ask(ENTITY, caller, id=asset_id)).field
        if name in expected:
            assert one.field == entity == {"title": f"Bản tin {name}"}
        else:
            assert (one.code, one.data, entity) == ("NOT_FOUND", {"asset": None}, None)

    if caller is not SYSTEM:
        for name, asset_id in shelf.ids.items():
            status = 200 if name in expected else 404
            assert (await client.get(file_path(UUID(asset_id), "original", "x"), caller=caller)).status_code == status
            assert (await client.get(f"/archive/items/{asset_id}", caller=caller)).status_code == status
        page = (await client.get("/archive/?q=ban+tin", caller=caller)).text
        assert shelf.names([asset_id for asset_id in shelf.ids.values() if asset_id in page]) == expected


async def test_what_the_index_does_not_know_yet_the_database_hides(ask: Ask, shelf: Shelf):
    await db.execute("UPDATE asset SET visibility = 'unit' WHERE id = $1::uuid", shelf.ids["public"])
    assert (await ask(SEARCH)).field == {"nodes": [], "totalCount": 0}


async def test_counts_of_a_page_do_not_tell_of_what_is_hidden(ask: Ask, shelf: Shelf):
    found = (await ask(SEARCH, worker(shelf.union.mine), first=1)).field
    assert (len(found["nodes"]), found["totalCount"]) == (1, 6)


async def test_the_index_turns_the_day(shelf: Shelf, search: Follower):
    """What begins, ends or is granted until a day is indexed anew on that day, without anybody changing it."""
    day, one = today(), timedelta(days=1)
    await db.execute("UPDATE asset SET embargo_until = NULL WHERE id = $1", UUID(shelf.ids["from today"]))
    await db.execute("UPDATE asset SET embargo_until = $2 WHERE id = $1", UUID(shelf.ids["not yet"]), day)
    await db.execute("UPDATE asset SET lease_until = $2 WHERE id = $1", UUID(shelf.ids["until tomorrow"]), day)
    await db.execute("UPDATE asset_grant SET until = $2 WHERE asset_id = $1", UUID(shelf.ids["granted"]), day)

    def found(caller: Caller) -> set[str]:
        return shelf.names(search.index.search(Question("ban tin", sight_of(caller)), limit=50).ids)

    admin = caller_as("admin", shelf.union.mine)
    await search.catch_up()
    assert (found(ANONYMOUS), found(admin)) == (PUBLIC, UNION | {"granted"})

    search.day = day - one
    await search.catch_up()
    assert search.day == day
    assert found(ANONYMOUS) == {"public", "not yet"}
    assert found(admin) == (UNION | {"not yet"}) - {"until tomorrow"}


async def test_a_grant_follows_the_unit_it_was_given_to(ask: Ask, shelf: Shelf, search: Follower):
    """A province that comes under another branch takes along what it was granted, also for those above it there."""
    union = shelf.union
    analyst = caller_as("analyst", union.south)
    assert "granted" not in shelf.names([node["id"] for node in (await ask(LIST, analyst)).field["nodes"]])
    moved = union.south.path + union.mine.path[-WIDTH:]
    await tell(
        "unit.moved",
        id=str(union.mine.id),
        parent_id=str(union.south.id),
        old_path=union.mine.path,
        new_path=moved,
        tree_version=9,
    )
    await search.catch_up()
    assert "granted" in shelf.names([node["id"] for node in (await ask(LIST, analyst)).field["nodes"]])
    hits = (await ask(SEARCH, analyst)).field["nodes"]
    assert "granted" in shelf.names([node["asset"]["id"] for node in hits])


BROKEN = [
    ("asset_visibility_known", "UPDATE asset SET visibility = 'secret'"),
    ("asset_lease_after_embargo", "UPDATE asset SET embargo_until = '2026-05-02', lease_until = '2026-05-02'"),
    ("asset_hidden_known", "UPDATE asset SET hidden = 'shy'"),
    ("asset_state_known", "UPDATE asset SET state = 'gone'"),
    ("asset_deletion_told", "UPDATE asset SET deleted_at = now() WHERE state = 'kept'"),
    ("asset_grant_pkey", "INSERT INTO asset_grant SELECT asset_id, unit_id FROM asset_grant"),
    ("asset_grant_asset_fkey", "INSERT INTO asset_grant VALUES (gen_random_uuid(), gen_random_uuid())"),
    ("asset_version_pkey", "INSERT INTO asset_version SELECT id, 1, sha256, 'x' FROM asset"),
    (
        "asset_version_asset_fkey",
        "INSERT INTO asset_version SELECT gen_random_uuid(), 1, sha256, 'x' FROM stored_file LIMIT 1",
    ),
    ("asset_version_stored", "INSERT INTO asset_version SELECT id, 2, sha256(sha256), 'x' FROM asset"),
    ("asset_version_number_positive", "INSERT INTO asset_version SELECT id, 0, sha256, 'x' FROM asset"),
    ("asset_version_note_length", "UPDATE asset_version SET note = repeat('x', 1001)"),
    ("asset_is_a_version", "UPDATE asset SET version = 2"),
    ("asset_is_a_version", "UPDATE asset SET sha256 = (SELECT min(sha256) FROM stored_file)"),
]


@pytest.mark.parametrize(("constraint", "statement"), BROKEN)
async def test_the_database_refuses_what_contradicts_itself(shelf: Shelf, constraint: str, statement: str):
    with pytest.raises(IntegrityConstraintViolationError, match=constraint):
        async with db.transaction():
            await db.execute(statement)
            await db.execute("SET CONSTRAINTS ALL IMMEDIATE")

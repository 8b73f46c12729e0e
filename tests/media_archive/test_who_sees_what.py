"""The permission matrix: who sees which asset, the same through every door."""

from dataclasses import dataclass
from uuid import UUID

import pytest
from archive_world import TestUnit, Union, add, worker

from kit import db
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.testing import Ask, Client, caller_as
from media_archive.files.addresses import file_path
from media_archive.search.follow import Follower


@dataclass(frozen=True)
class Shelf:
    """One asset of each visibility in the factory, and one kept by the southern province."""

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
        "south": (union.south, "unit"),
    }
    ids = {name: await add(unit, f"Bản tin {name}", visibility=seen) for name, (unit, seen) in places.items()}
    await search.catch_up()
    return Shelf(ids, union)


def callers(union: Union) -> dict[str, tuple[Caller, set[str]]]:
    return {
        "nobody": (ANONYMOUS, {"public"}),
        "signed in without a grant": (Caller(subject="somebody"), {"public"}),
        "a worker of the factory": (worker(union.factory), {"public", "union", "unit"}),
        "an analyst of the province above": (caller_as("analyst", union.north), {"public", "union", "unit"}),
        "an editor of another province": (caller_as("editor", union.south), {"public", "union", "south"}),
        "an admin of a branch beside": (caller_as("admin", union.mine), {"public", "union"}),
        "a worker of the confederation": (worker(union.root), {"public", "union", "unit", "south"}),
        "the product itself": (SYSTEM, {"public", "union", "unit", "south"}),
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
    assert (len(found["nodes"]), found["totalCount"]) == (1, 2)

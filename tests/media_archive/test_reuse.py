"""Every use of a material leaves an entry, and owners and users are told of those that concern them."""

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import asyncpg
import pytest
from archive_world import TestUnit, Union, add, contributor, editor, small_union, tell, worker

from kit import db
from kit.audit import account_forgotten
from kit.events import Event
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.testing import Ask, Client, caller_as, queries
from media_archive.app import service
from media_archive.reuse import reading
from media_archive.reuse.loaders import first_month
from media_archive.reuse.service import NewReuse, note_download, note_reuse, record_reuse, using_unit

RECORD = """mutation ($input: RecordReuseInput!) { recordReuse(input: $input) {
    ... on RecordReuseSuccess { reuse { kind version channelId campaign link unit { id } asset { title } } }
    ... on Problem { code } ... on InvalidInput { field } } }"""
OF_ASSET = """query ($id: ID!, $first: Int! = 20, $after: String) { asset(id: $id) { reuseCount
    reuses(first: $first, after: $after) { nodes { kind unit { id } } pageInfo { hasNextPage endCursor } } } }"""
OF_UNITS = """query ($units: [_Any!]!, $first: Int! = 20, $after: String) { _entities(representations: $units) {
    ... on Unit { reuses(first: $first, after: $after) { nodes { id kind asset { title } }
        pageInfo { hasNextPage endCursor } } reuseCounts { month kind number } } } }"""


def units(*some: TestUnit) -> list[dict[str, str]]:
    return [{"__typename": "Unit", "id": str(unit.id)} for unit in some]


async def used(asset_id: str, unit: TestUnit, kind: str = "publication", at: datetime | None = None) -> None:
    await record_reuse(SYSTEM, NewReuse(UUID(asset_id), unit.id, kind, at=at))


async def test_a_contributor_tells_what_the_unit_used(ask: Ask, union: Union):
    asset_id = await add(union.north, "Tờ rơi an toàn điện", visibility="union")
    said = {
        "assetId": asset_id,
        "unitId": str(union.factory.id),
        "kind": "publication",
        "channelId": "kenh-1",
        "campaign": " Tháng  Công nhân ",
        "link": "https://example.org/tin/1",
    }
    reply = await ask(RECORD, caller_as("contributor", union.factory, subject="lan"), input=said)
    assert reply.field["reuse"] == {
        "kind": "publication",
        "version": 1,
        "channelId": "kenh-1",
        "campaign": "Tháng Công nhân",
        "link": "https://example.org/tin/1",
        "unit": {"id": str(union.factory.id)},
        "asset": {"title": "Tờ rơi an toàn điện"},
    }
    assert await db.value("SELECT subject FROM reuse") == "lan"
    told = await db.row("SELECT action, kind, thing_id, after::text FROM audit ORDER BY id DESC LIMIT 1")
    assert told is not None
    assert tuple(told)[:3] == ("asset.reused", "asset", asset_id)
    assert "lan" not in told["after"]
    assert "example.org" not in told["after"]


@pytest.mark.parametrize(
    ("role", "place", "code"),
    [
        (None, None, "SIGN_IN_REQUIRED"),
        ("worker", "factory", "FORBIDDEN"),
        ("analyst", "factory", "FORBIDDEN"),
        ("contributor", "south", "FORBIDDEN"),
        ("contributor", "factory", None),
        ("admin", "root", None),
    ],
)
async def test_who_may_tell(ask: Ask, union: Union, role: str | None, place: str | None, code: str | None):
    asset_id = await add(union.factory, "Ảnh", visibility="public")
    caller = caller_as(role, getattr(union, place)) if role and place else ANONYMOUS  # pyright: ignore[reportArgumentType]
    said = {"assetId": asset_id, "unitId": str(union.factory.id), "kind": "share"}
    assert (await ask(RECORD, caller, input=said)).code == code
    assert await db.value("SELECT count(*) FROM reuse") == (code is None)


async def test_what_one_may_not_see_one_did_not_use(ask: Ask, union: Union):
    hidden = await add(union.north, "Riêng của Bắc Ninh", visibility="unit")
    said = {"assetId": hidden, "unitId": str(union.south.id), "kind": "share"}
    assert (await ask(RECORD, contributor(union.south), input=said)).code == "NOT_FOUND"
    assert await db.value("SELECT count(*) FROM reuse") == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "print"}, "kind"),
        ({"channelId": "a b"}, "channelId"),
        ({"channelId": "x" * 65}, "channelId"),
        ({"campaign": "x" * 201}, "campaign"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"link": "https://lan:secret@example.org/"}, "link"),
        ({"link": "https://example.org/a b"}, "link"),
        ({"link": "http://[::1"}, "link"),
        ({"link": "https://example.org/" + "a" * 2_000}, "link"),
        ({"at": "2999-01-01T00:00:00Z"}, "at"),
        ({"at": "0001-01-01T00:00:00"}, "at"),
    ],
)
async def test_refuses_what_is_wrong(ask: Ask, union: Union, change: dict[str, str], field: str):
    asset_id = await add(union.factory, "Ảnh", visibility="union")
    said = {"assetId": asset_id, "unitId": str(union.factory.id), "kind": "share", **change}
    reply = await ask(RECORD, contributor(union.factory), input=said)
    assert (reply.code, reply.field["field"]) == ("INVALID_INPUT", field)
    assert await db.value("SELECT count(*) FROM reuse") == 0


async def test_a_download_leaves_one_trace_a_day_without_an_account(union: Union):
    asset_id = UUID(await add(union.north, "Ảnh", visibility="union"))
    for caller in (contributor(union.factory), editor(union.factory), worker(union.south), ANONYMOUS, SYSTEM):
        await note_download(caller, asset_id)
    found = await db.rows("SELECT asset_id, version, unit_id, kind, subject, is_trace FROM reuse")
    assert [tuple(row) for row in found] == [(asset_id, 1, union.factory.id, "download", None, True)]
    await db.execute("ALTER TABLE reuse DISABLE TRIGGER reuse_only_forgets")
    await db.execute("UPDATE reuse SET at = at - interval '1 day'")
    await note_download(contributor(union.factory), asset_id)
    assert await db.value("SELECT count(*) FROM reuse") == 2


async def test_a_link_may_bring_somebody_of_no_unit(union: Union):
    asset_id = UUID(await add(union.north, "Ảnh"))
    for _ in range(2):
        await note_reuse(asset_id, "download", None)
    assert await db.value("SELECT count(*) FROM reuse") == 1
    assert await db.value("SELECT count(*) FROM reuse_month") == 0


async def test_of_several_units_the_one_furthest_down_used_it(union: Union):
    grants = (*contributor(union.root).grants, *contributor(union.factory).grants, *worker(union.mine).grants)
    assert using_unit(Caller("lan", grants)) == union.factory.id
    assert using_unit(worker(union.factory)) is None


async def test_owners_see_all_uses_and_users_their_own(ask: Ask, union: Union):
    asset_id = await add(union.north, "Ảnh", visibility="public")
    for unit in (union.factory, union.south, union.mine):
        await used(asset_id, unit)
    await note_reuse(UUID(asset_id), "download", None)
    for caller, seen in (
        (ANONYMOUS, []),
        (worker(union.north), []),
        (contributor(union.south), [union.south]),
        (contributor(union.factory), [union.factory]),
        (contributor(union.north), [None, union.mine, union.south, union.factory]),
        (editor(union.root), [None, union.mine, union.south, union.factory]),
    ):
        told = (await ask(OF_ASSET, caller, id=asset_id)).field
        assert [one["unit"] and one["unit"]["id"] for one in told["reuses"]["nodes"]] == [
            unit and str(unit.id) for unit in seen
        ]
        assert told["reuseCount"] == len(seen)


async def test_who_told_of_a_use_is_told_to_editors_of_the_unit_and_to_themselves(
    ask: Ask, client: Client, union: Union
):
    asset_id = await add(union.north, "Tờ rơi", visibility="union")
    lan = caller_as("contributor", union.factory, subject="lan")
    await record_reuse(lan, NewReuse(UUID(asset_id), union.factory.id, "publication"))
    await note_reuse(UUID(asset_id), "download", union.factory.id)
    document = "query ($id: ID!) { asset(id: $id) { reuses { nodes { kind account } } } }"
    place = f"/archive/items/{asset_id}/reuse"
    for caller, account in (
        (lan, "lan"),
        (editor(union.factory), "lan"),
        (editor(union.root), "lan"),
        (contributor(union.factory), None),
        (contributor(union.north), None),
    ):
        nodes = (await ask(document, caller, id=asset_id)).field["reuses"]["nodes"]
        told = {one["kind"]: one["account"] for one in nodes}
        assert told == {"publication": account, "download": None}, caller
        assert ("người ghi" in (await client.get(place, caller=caller)).text) == (account is not None)
    with queries() as few:
        await ask(document, editor(union.root), id=asset_id)
    for _ in range(3):
        await record_reuse(lan, NewReuse(UUID(asset_id), union.factory.id, "share"))
    with queries() as many:
        await ask(document, editor(union.root), id=asset_id)
    assert few.count == many.count


async def test_a_unit_sees_what_it_and_those_below_used(ask: Ask, union: Union):
    asset_id = await add(union.south, "Ảnh", visibility="union")
    for unit, kind in ((union.factory, "publication"), (union.north, "share"), (union.south, "embed")):
        await used(asset_id, unit, kind, datetime(2026, 10, 31, 17, tzinfo=UTC))
    reply = await ask(OF_UNITS, contributor(union.north), units=units(union.north, union.factory, union.south))
    north, factory, south = reply.data["_entities"]
    assert [one["kind"] for one in north["reuses"]["nodes"]] == ["share", "publication"]
    assert [one["kind"] for one in factory["reuses"]["nodes"]] == ["publication"]
    assert north["reuseCounts"] == [
        {"month": "2026-11-01", "kind": "publication", "number": 1},
        {"month": "2026-11-01", "kind": "share", "number": 1},
    ]
    assert south == {"reuses": None, "reuseCounts": None}


async def test_uses_go_where_their_unit_goes(ask: Ask, union: Union):
    await used(await add(union.south, "Ảnh", visibility="union"), union.factory)
    moved = union.factory.path.replace(union.north.path, union.south.path)
    await tell(
        "unit.moved",
        id=str(union.factory.id),
        parent_id=str(union.south.id),
        old_path=union.factory.path,
        new_path=moved,
        valid_from="2026-11-01",
        tree_version=9,
    )
    reply = await ask(OF_UNITS, contributor(union.root), units=units(union.north, union.south))
    assert [len(one["reuses"]["nodes"]) for one in reply.data["_entities"]] == [0, 1]
    assert [len(one["reuseCounts"]) for one in reply.data["_entities"]] == [0, 1]
    assert await _sums() == {"": 1, union.root.path: 1, union.south.path: 1, moved: 1}


async def test_sums_are_the_same_when_units_are_learnt_anew(union: Union):
    asset_id = await add(union.south, "Ảnh", visibility="union")
    for unit in (union.factory, union.factory, union.south):
        await used(asset_id, unit)
    before = await _sums()
    assert before == {"": 3, union.root.path: 3, union.north.path: 2, union.factory.path: 2, union.south.path: 1}
    await tell("@reset")
    assert await _sums() == {}
    await small_union()
    assert await _sums() == before


async def _sums() -> dict[str, int]:
    found = await db.rows(
        "SELECT path, sum(number)::int AS number FROM reuse_subtree GROUP BY 1 HAVING sum(number) > 0"
    )
    return {row["path"]: row["number"] for row in found}


async def test_a_page_of_units_tells_those_right_below_with_all_below_them(union: Union):
    asset_id = await add(union.south, "Ảnh", visibility="union")
    for unit in (union.factory, union.north, union.factory, union.root, union.mine):
        await used(asset_id, unit)
    found = await reading.units_in_subtree(union.root.path, first_month(date(2026, 11, 1)))
    assert [(row["unit_id"].int, row["number"]) for row in found] == [(2, 3), (1, 1), (5, 1)]


async def test_a_material_that_was_withdrawn_is_not_shown_in_what_was_used(ask: Ask, union: Union):
    asset_id = await add(union.south, "Ảnh", visibility="union")
    await used(asset_id, union.north)
    await db.execute("UPDATE asset SET hidden = 'consent_withdrawn'")
    (north,) = (await ask(OF_UNITS, contributor(union.north), units=units(union.north))).data["_entities"]
    assert [(one["kind"], one["asset"]) for one in north["reuses"]["nodes"]] == [("publication", None)]


async def test_lists_go_on_page_by_page_with_the_same_number_of_statements(ask: Ask, union: Union):
    assets = [await add(union.north, f"Ảnh {number}", visibility="union") for number in range(2)]
    same = datetime(2026, 11, 1, tzinfo=UTC)
    for _ in range(3):
        await used(assets[0], union.factory, at=same)
        await used(assets[0], union.north, at=same)
    counts, seen, after = set[int](), list[str](), None
    while True:
        with queries() as statements:
            reply = await ask(
                OF_UNITS, contributor(union.root), units=units(union.north, union.root), first=2, after=after
            )
        counts.add(statements.count)
        page, same_page = (one["reuses"] for one in reply.data["_entities"])
        assert page == same_page
        seen += [one["id"] for one in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert len(seen) == len(set(seen)) == 6
    assert counts == {6}
    both = """query ($ids: [_Any!]!) { _entities(representations: $ids) { ... on Asset { reuseCount
        reuses(first: 2) { nodes { kind unit { id } } } derivedFrom { id } adaptations { id } } } }"""
    numbers = set[int]()
    for some in (assets[:1], assets):
        with queries() as statements:
            reply = await ask(both, editor(union.root), ids=[{"__typename": "Asset", "id": one} for one in some])
        numbers.add(statements.count)
        assert [one["reuseCount"] for one in reply.data["_entities"]] == [6, 0][: len(some)]
    assert numbers == {7}


async def test_many_units_are_read_by_walking_back_in_time(union: Union):
    asset_id = await add(union.north, "Ảnh", visibility="union")
    for unit in (union.factory, union.north, union.south):
        await used(asset_id, unit, at=datetime(2026, 11, unit.number, tzinfo=UTC))
    root = union.root.path
    walked = (await reading.walk_back([root], 10, None))[root]
    assert [row["unit_id"] for row in walked] == [union.south.id, union.factory.id, union.north.id]
    assert await reading.reuses_in_subtree(root, 10, None) == walked
    # As if there were very many uses elsewhere.
    await db.execute("INSERT INTO reuse_subtree VALUES ('', 'share', '2026-01-01', 1000000)")
    looked_up = await reading.reuses_in_subtree(root, 10, None)
    assert [row["id"] for row in looked_up] == [row["id"] for row in walked]
    place = reading.position_of(reading.cursor_of(walked[0]))
    assert (await reading.walk_back([root], 1, place))[root] == walked[1:2]


async def test_a_foreign_cursor_is_refused(ask: Ask, union: Union):
    asset_id = await add(union.north, "Ảnh")
    for after in ("x", "W10", "WzkyMjMzNzIwMzY4NTQ3NzU4MDcsMV0"):
        reply = await ask(OF_ASSET, contributor(union.north), id=asset_id, after=after)
        assert reply.errors[0]["extensions"]["code"] == "INVALID_INPUT"


async def test_an_erased_account_is_forgotten_and_nothing_else_changes(union: Union):
    asset_id = UUID(await add(union.north, "Ảnh", visibility="union"))
    for subject in ("lan", "minh"):
        caller = caller_as("contributor", union.factory, subject=subject)
        await record_reuse(caller, NewReuse(asset_id, union.factory.id, "share"))
    alias = f"erased:{uuid4()}"
    payload = account_forgotten("lan", alias)
    await service.consumes["org"]["account.forgotten"](Event(9, "account.forgotten", datetime.now(UTC), payload))
    assert [row["subject"] for row in await db.rows("SELECT subject FROM reuse ORDER BY id")] == [alias, "minh"]


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ("'print', 1, '{unit}', 'lan', false", "reuse_kind_known"),
        ("'share', 0, '{unit}', 'lan', false", "reuse_version_positive"),
        ("'publication', 1, NULL, NULL, true", "reuse_names_its_unit"),
        ("'share', 1, '{unit}', NULL, false", "reuse_told_by_somebody"),
        ("'share', 1, '{unit}', 'lan', true", "reuse_told_by_somebody"),
    ],
)
async def test_the_database_refuses_half_an_entry(union: Union, values: str, constraint: str):
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as broken:
        async with db.transaction():
            await db.execute(
                f"""INSERT INTO reuse (asset_id, kind, version, unit_id, subject, is_trace)
                    VALUES (gen_random_uuid(), {values.format(unit=union.north.id)})"""
            )
    assert db.violated(broken.value) == constraint


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE reuse SET kind = 'embed'", "reuse_only_forgets"),
        ("UPDATE reuse SET subject = 'minh'", "reuse_only_forgets"),
        (
            "INSERT INTO reuse (asset_id, version, unit_id, subject, kind, campaign) SELECT asset_id, 1, unit_id, 'a', 'share', repeat('x', 201) FROM reuse",
            "reuse_texts_length",
        ),
        (
            "INSERT INTO reuse_month (unit_id, kind, month, number) VALUES (gen_random_uuid(), 'share', '2026-01-01', 0)",
            "reuse_month_counts_something",
        ),
        (
            "INSERT INTO reuse (asset_id, version, kind, is_trace) SELECT gen_random_uuid(), 1, 'embed', true FROM generate_series(1, 1) UNION ALL SELECT asset_id, 1, 'download', true FROM reuse UNION ALL SELECT asset_id, 1, 'download', true FROM reuse",
            "reuse_trace_once_a_day",
        ),
    ],
)
async def test_the_database_keeps_entries_as_they_are(union: Union, statement: str, constraint: str):
    await used(await add(union.north, "Ảnh", visibility="union"), union.factory)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as broken:
        async with db.transaction():
            await db.execute(statement)
    assert db.violated(broken.value) == constraint
    assert await db.value("SELECT count(*) FROM reuse WHERE kind = 'publication' AND subject = 'system'") == 1


async def test_the_services_role_may_only_add_and_forget(union: Union):
    rights = await db.value("SELECT relacl::text FROM pg_class WHERE relname = 'reuse'")
    owner = rights.strip("{}").split("/")[0].split("=")[1]
    assert set("wdD").isdisjoint(owner)
    assert {"a", "r"} <= set(owner)


def test_three_years_are_told_of():
    assert str(first_month(datetime(2026, 11, 22, tzinfo=UTC).date())) == "2023-12-01"
    assert str(first_month(datetime(2026, 12, 1, tzinfo=UTC).date())) == "2024-01-01"

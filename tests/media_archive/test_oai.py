"""Harvesters get every public material by OAI-PMH 2.0, and are told also when one is gone."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
from archive_world import Union, add, editor, tell
from oai_world import OAI, Harvester, checked, code, many_public, oai, records, token

from kit import db
from kit.calendar import today
from kit.identity import SYSTEM
from kit.testing import Client
from media_archive.assets.changes import record_changes
from media_archive.assets.service import Changes, describe_asset
from media_archive.interop.following import catch_up, follow_for_harvesters


async def list_records(client: Client, **asked: str) -> list[object]:
    return records(await oai(client, verb="ListRecords", metadataPrefix="oai_dc", **asked))


async def test_tells_who_it_is(client: Client, union: Union):
    await add(union.factory, "Tờ rơi", visibility="public")
    told = await oai(client, verb="Identify")
    (identify,) = told.findall(f"{OAI}Identify")
    values = {one.tag.removeprefix(OAI): one.text for one in identify}
    assert values["protocolVersion"] == "2.0"
    assert values["deletedRecord"] == "persistent"
    assert values["granularity"] == "YYYY-MM-DDThh:mm:ssZ"
    assert values["baseURL"] == told.findtext(f"{OAI}request")
    assert values["earliestDatestamp"] <= told.findtext(f"{OAI}responseDate")


async def test_describes_a_material_in_dublin_core(client: Client, union: Union):
    said = {"description": "Về <an toàn> & sức khỏe", "topics": ("benefits",), "source": "Ban Tuyên giáo"}
    asset_id = await add(union.factory, "Tờ rơi “an toàn”", visibility="public", kind="leaflet", **said)
    (record,) = await list_records(client)
    assert record.id == asset_id
    assert record.sets == tuple(f"unit:{unit.id}" for unit in (union.root, union.north, union.factory))
    created = str(await db.value("SELECT created_on FROM asset"))
    assert record.fields == (
        ("title", "Tờ rơi “an toàn”"),
        ("subject", "Lợi ích đoàn viên"),
        ("subject", "Benefits of membership"),
        ("description", "Về <an toàn> & sức khỏe"),
        ("publisher", union.factory.name_vi),
        ("date", created),
        ("type", "Text"),
        ("type", "Tờ rơi"),
        ("type", "Leaflet"),
        ("format", "text/plain"),
        ("identifier", f"http://127.0.0.1:8080/archive/items/{asset_id}"),
        ("source", "Ban Tuyên giáo"),
        ("language", "vi"),
    )
    one = await oai(client, verb="GetRecord", metadataPrefix="oai_dc", identifier=f"oai:127.0.0.1:{asset_id}")
    assert records(one) == [record]


async def test_tells_who_made_it_where_it_is_set_what_it_comes_from_and_what_is_allowed(client: Client, union: Union):
    said = {"visibility": "public"}
    made, source, kept = [await add(union.factory, title, **said) for title in ("Bản ngắn", "Bản dài", "Bản nháp")]
    await db.execute("UPDATE asset SET visibility = 'unit' WHERE id = $1::uuid", kept)
    await db.execute("UPDATE asset SET licence = 'cc_by_4', rights_holder = 'Báo Lao Động' WHERE id = $1::uuid", made)
    await db.execute(
        """INSERT INTO asset_about (asset_id, creator, places, people)
           VALUES ($1::uuid, 'Tổ ảnh & phim', '{Hạ Long,Cẩm Phả}', '{Chị Hoa}')""",
        made,
    )
    for one in (source, kept):
        await db.execute("INSERT INTO derivation (asset_id, source_id) VALUES ($1::uuid, $2::uuid)", made, one)
    found = {one.id: one for one in await list_records(client)}
    told = {name: found[made].all(name) for name in ("creator", "relation", "coverage", "rights", "contributor")}
    assert told == {
        "creator": ["Tổ ảnh & phim"],
        "relation": [f"http://127.0.0.1:8080/archive/items/{source}"],
        "coverage": ["Hạ Long", "Cẩm Phả"],
        "rights": [
            "CC BY 4.0 (ghi tên tác giả)",
            "CC BY 4.0 (name the author)",
            "https://creativecommons.org/licenses/by/4.0/",
            "© Báo Lao Động",
        ],
        "contributor": [],
    }
    # Names of people who are shown are for those who look here: what others keep is nobody's to erase.
    assert "Chị Hoa" not in str(found[made])
    assert found[source].all("rights") == found[source].all("creator") == []


async def test_only_public_materials_are_told(client: Client, union: Union):
    for visibility in ("private", "unit", "subtree", "union"):
        await add(union.factory, visibility, visibility=visibility)
    later = await add(union.factory, "Sau này", visibility="public")
    day = today() + timedelta(days=1)
    await db.execute("UPDATE asset SET embargo_until = $1 WHERE id = $2::uuid", day, later)
    assert code(await oai(client, verb="ListRecords", metadataPrefix="oai_dc")) == "noRecordsMatch"
    assert code(await oai(client, verb="ListSets")) == "noSetHierarchy"
    assert await db.value("SELECT count(*) FROM oai_record") == 0


async def test_what_is_public_no_more_is_told_as_deleted_for_ever(client: Client, union: Union):
    asset_id = await add(union.factory, "Tờ rơi", visibility="public")
    harvester = Harvester(client)
    await harvester.harvest()
    assert harvester.kept[asset_id].all("title") == ["Tờ rơi"]
    await describe_asset(editor(union.factory), UUID(asset_id), Changes(visibility="unit"))
    await harvester.harvest()
    assert harvester.kept[asset_id].fields is None
    await db.execute("DELETE FROM asset")
    again = Harvester(client)
    await again.harvest()
    assert again.kept == harvester.kept
    (gone,) = records(
        await oai(client, verb="GetRecord", metadataPrefix="oai_dc", identifier=f"oai:127.0.0.1:{asset_id}")
    )
    assert gone.fields is None


async def test_comes_back_when_it_is_public_again(client: Client, union: Union):
    asset_id = UUID(await add(union.factory, "Tờ rơi", visibility="public"))
    harvester = Harvester(client)
    for visibility, is_there in (("unit", False), ("public", True)):
        await describe_asset(SYSTEM, asset_id, Changes(visibility=visibility))
        await harvester.harvest()
        assert (harvester.kept.get(str(asset_id)) is not None) == is_there
    await describe_asset(SYSTEM, asset_id, Changes(visibility="unit"))
    await harvester.harvest()
    assert harvester.kept[str(asset_id)].fields is None


async def test_what_was_hidden_without_being_told_is_shown_no_second_longer(client: Client, union: Union):
    await add(union.factory, "Tờ rơi", visibility="public")
    await list_records(client)
    await db.execute("UPDATE asset SET hidden = 'consent_withdrawn'")
    (record,) = await list_records(client)
    assert record.fields is None


async def test_embargoes_and_leases_end_by_themselves(client: Client, union: Union):
    embargoed, leased = [UUID(await add(union.factory, name, visibility="public")) for name in ("A", "B")]
    await db.execute("UPDATE asset SET embargo_until = $1 WHERE id = $2", today() + timedelta(days=1), embargoed)
    await db.execute("UPDATE asset SET lease_until = $1 WHERE id = $2", today() + timedelta(days=1), leased)
    await record_changes([embargoed, leased])
    (only,) = await list_records(client)
    assert only.id == str(leased)
    # A day passes: all that lay ahead by one is today's, and the records were made yesterday.
    await db.execute("UPDATE asset SET embargo_until = embargo_until - 1, lease_until = lease_until - 1")
    await db.execute("UPDATE oai_progress SET day = day - 1")
    found = {one.id: one.fields is None for one in await list_records(client)}
    assert found == {str(embargoed): False, str(leased): True}


async def test_a_list_goes_on_where_its_piece_ended(client: Client, union: Union):
    ids = await many_public(union.factory, 1_203)
    harvester = Harvester(client)
    assert await harvester.harvest() == 3
    assert set(harvester.kept) == {str(one) for one in ids}
    headers = await oai(client, verb="ListIdentifiers", metadataPrefix="oai_dc")
    assert len(records(headers)) == 1_203
    assert token(headers) is None


async def test_a_token_is_of_its_verb_and_of_this_repository(client: Client, union: Union):
    await many_public(union.factory, 501)
    first = await oai(client, verb="ListRecords", metadataPrefix="oai_dc")
    rest = token(first) or ""
    element = first.find(f".//{OAI}resumptionToken")
    assert element is not None
    assert element.attrib == {"cursor": "0"}
    for verb, given in (
        ("ListIdentifiers", rest),
        ("ListSets", rest),
        ("ListRecords", rest[:-2]),
        ("ListRecords", ("B" if rest[0] == "A" else "A") + rest[1:]),
        ("ListRecords", "x" * 1_001),
        ("ListRecords", "é"),
        ("ListRecords", ""),
    ):
        assert code(await oai(client, verb=verb, resumptionToken=given)) == "badResumptionToken"
    last = await oai(client, verb="ListRecords", resumptionToken=rest)
    assert (len(records(last)), token(last)) == (1, "")


async def test_a_rest_that_changed_meanwhile_is_told_all_the_same(client: Client, union: Union):
    ids = await many_public(union.factory, 501)
    now = (await oai(client, verb="Identify")).findtext(f"{OAI}responseDate") or ""
    first = await oai(client, verb="ListRecords", metadataPrefix="oai_dc", until=now)
    told = {one.id for one in records(first)}
    (left,) = [one for one in ids if str(one) not in told]
    await asyncio.sleep(1.1)
    await record_changes([left])
    await catch_up()
    last = await oai(client, verb="ListRecords", resumptionToken=token(first) or "")
    assert [one.id for one in records(last)] == [str(left)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "badVerb"),
        ("verb=Identify&verb=Identify", "badVerb"),
        ("verb=identify", "badVerb"),
        ("verb=%00", "badVerb"),
        ("verb=Identify&x=1", "badArgument"),
        ("verb=ListRecords", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=oai_dc", "badArgument"),
        ("verb=ListRecords&metadataPrefix=marc21", "cannotDisseminateFormat"),
        ("verb=ListRecords&metadataPrefix=oai_dc&resumptionToken=x", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-01-01&until=2026-01-01T00:00:00Z", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-01-02&until=2026-01-01", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-02-30", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-01", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-01-01T00:00Z", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&until=0000-01-01", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&until=0001-01-01", "noRecordsMatch"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=9999-12-31", "noRecordsMatch"),
        ("verb=ListRecords&metadataPrefix=oai_dc&set=a:b", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&set=unit:6f9619ff-8b86-d011-b42d-00c04fc964ff", "noRecordsMatch"),
        (
            "verb=ListRecords&metadataPrefix=oai_dc&set=collection:6f9619ff-8b86-d011-b42d-00c04fc964ff",
            "noRecordsMatch",
        ),
        ("verb=GetRecord&metadataPrefix=oai_dc", "badArgument"),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:127.0.0.1:x", "idDoesNotExist"),
        (
            "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:elsewhere.org:6f9619ff-8b86-d011-b42d-00c04fc964ff",
            "idDoesNotExist",
        ),
        (
            "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:127.0.0.1:6f9619ff-8b86-d011-b42d-00c04fc964ff",
            "idDoesNotExist",
        ),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=x", "badArgument"),
        ("verb=ListMetadataFormats&identifier=oai:127.0.0.1:6f9619ff-8b86-d011-b42d-00c04fc964ff", "idDoesNotExist"),
        ("verb=ListSets&resumptionToken=x", "badResumptionToken"),
    ],
)
async def test_problems_have_the_protocols_codes(client: Client, union: Union, query: str, expected: str):
    await add(union.factory, "Tờ rơi", visibility="public")
    reply = await client.get(f"/oai?{query}")
    assert reply.status_code == 200
    assert code(checked(reply.content)) == expected


async def test_another_format_of_a_known_material_is_not_kept(client: Client, union: Union):
    name = f"oai:127.0.0.1:{await add(union.factory, 'Tờ rơi', visibility='public')}"
    assert (
        code(await oai(client, verb="GetRecord", metadataPrefix="mods", identifier=name)) == "cannotDisseminateFormat"
    )
    assert code(await oai(client, verb="ListMetadataFormats", identifier=name)) is None


async def test_post_is_answered_like_get(client: Client, union: Union):
    await add(union.factory, "Tờ rơi", visibility="public")
    asked = {"verb": "ListRecords", "metadataPrefix": "oai_dc"}
    reply = await client.post("/oai", data=asked)
    assert records(checked(reply.content)) == records(await oai(client, **asked))


async def test_from_and_until_are_inclusive_to_the_second_and_to_the_day(client: Client, union: Union):
    await add(union.factory, "Tờ rơi", visibility="public")
    (record,) = await list_records(client)
    stamp, day = record.datestamp, record.datestamp[:10]
    for asked in ({"from": stamp}, {"until": stamp}, {"from": stamp, "until": stamp}, {"from": day, "until": day}):
        assert await list_records(client, **asked) == [record]
    before = {"until": "2026-01-01"}
    assert code(await oai(client, verb="ListRecords", metadataPrefix="oai_dc", **before)) == "noRecordsMatch"


async def test_units_are_sets_with_all_below_them(client: Client, union: Union):
    ids = {unit.number: await add(unit, unit.name_vi, visibility="public") for unit in (union.factory, union.south)}
    told = await oai(client, verb="ListSets")
    sets = {one.findtext(f"{OAI}setSpec"): one.findtext(f"{OAI}setName") for one in told.iter(f"{OAI}set")}
    assert sets == {f"unit:{unit.id}": unit.name_vi for unit in (union.root, union.north, union.factory, union.south)}
    for unit, inside in ((union.root, [3, 4]), (union.north, [3]), (union.south, [4])):
        found = await list_records(client, set=f"unit:{unit.id}")
        assert sorted(one.id for one in found) == sorted(ids[number] for number in inside)


async def test_a_moved_unit_takes_its_materials_into_other_sets(client: Client, union: Union):
    asset_id = await add(union.factory, "Tờ rơi", visibility="public")
    harvester = Harvester(client)
    await harvester.harvest()
    await tell(
        "unit.moved",
        id=str(union.factory.id),
        parent_id=str(union.south.id),
        old_path=union.factory.path,
        new_path=union.factory.path.replace(union.north.path, union.south.path),
        valid_from="2026-11-01",
        tree_version=9,
    )
    await harvester.harvest()
    assert f"unit:{union.south.id}" in harvester.kept[asset_id].sets
    assert f"unit:{union.north.id}" not in harvester.kept[asset_id].sets


async def test_public_collections_are_sets_and_harvesters_learn_who_came(client: Client, union: Union):
    asset_id = await add(union.factory, "Tờ rơi", visibility="public")
    harvester = Harvester(client)
    await harvester.harvest()
    collection = uuid4()
    await db.execute(
        """INSERT INTO collection (id, unit_id, unit_path, title, visibility)
           VALUES ($1, $2, $3, 'Tháng Công nhân', 'union')""",
        collection,
        union.north.id,
        union.north.path,
    )
    await db.execute(
        "INSERT INTO collection_item (collection_id, asset_id, position) VALUES ($1, $2::uuid, 1)", collection, asset_id
    )
    asked = {"set": f"collection:{collection}"}
    assert code(await oai(client, verb="ListRecords", metadataPrefix="oai_dc", **asked)) == "noRecordsMatch"
    number = await db.value("SELECT number FROM oai_record")
    await db.execute("UPDATE collection SET visibility = 'public'")
    (record,) = await list_records(client, **asked)
    assert record.sets[-1] == f"collection:{collection}"
    await db.execute("DELETE FROM collection_item")
    await harvester.harvest()
    assert f"collection:{collection}" not in harvester.kept[asset_id].sets
    assert await db.value("SELECT number FROM oai_record") == number + 2


@pytest.mark.committed
async def test_no_record_is_missed_while_others_write(client: Client, union: Union):
    """Three write for seconds, one harvests meanwhile: what it keeps at last is what is there."""
    ids = await many_public(union.factory, 60)
    harvester, is_over = Harvester(client), asyncio.Event()

    async def write(mine: list[UUID], first: str) -> None:
        for turn in range(25):
            asset_id = mine[turn % len(mine)]
            visibility = "unit" if turn % 3 == 2 else "public"
            changes = Changes(title=f"{first} {turn}", visibility=visibility)
            await describe_asset(SYSTEM, asset_id, changes)
            await asyncio.sleep(0.05)

    async def harvest() -> None:
        while not is_over.is_set():
            await harvester.harvest()
            await asyncio.sleep(0.02)

    harvesting = asyncio.create_task(harvest())
    await asyncio.gather(*(write(ids[start::3], f"Người {start}") for start in range(3)))
    is_over.set()
    await harvesting
    await harvester.harvest()
    there = {
        row["id"]: row["title"]
        for row in await db.rows("SELECT id::text, title FROM asset WHERE visibility = 'public'")
    }
    kept = {one.id: one.all("title")[0] for one in harvester.kept.values() if one.fields is not None}
    assert kept == there
    assert set(harvester.kept) == {str(one) for one in ids}


@pytest.mark.committed
async def test_an_answer_waits_for_whoever_stamps(client: Client, union: Union):
    """Who stamps has read the clock but not committed: an answer that is dated later must hold its record."""
    await many_public(union.factory, 1)
    stamped, may_commit = asyncio.Event(), asyncio.Event()

    async def stamp() -> None:
        async with db.transaction():
            await catch_up()
            stamped.set()
            await may_commit.wait()

    stamping = asyncio.create_task(stamp())
    await stamped.wait()
    await asyncio.sleep(1.1)
    asking = asyncio.create_task(list_records(client))
    while not await db.value("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"):
        await asyncio.sleep(0.01)
    may_commit.set()
    await stamping
    assert len(await asking) == 1


async def test_records_follow_also_while_nobody_harvests(client: Client, union: Union):
    await many_public(union.factory, 2_500)
    assert not await catch_up(rounds=1)
    await follow_for_harvesters()
    assert await db.value("SELECT count(*) FROM oai_record") == 2_500


async def test_a_clock_that_was_put_back_orders_nothing_anew(client: Client, union: Union):
    first, second = await many_public(union.factory, 2)
    await catch_up()
    await db.execute("UPDATE oai_record SET datestamp = '2999-01-01T00:00:00Z' WHERE asset_id = $1", first)
    await record_changes([second])
    found = await list_records(client)
    assert [(one.id, one.datestamp) for one in found] == [
        (str(first), "2999-01-01T00:00:00Z"),
        (str(second), "2999-01-01T00:00:00Z"),
    ]


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE oai_record SET datestamp = datestamp + interval '1 ms'", "oai_record_whole_seconds"),
        (
            "INSERT INTO oai_record SELECT gen_random_uuid(), number, datestamp, true, '00001' FROM oai_record",
            "oai_record_number_key",
        ),
        ("INSERT INTO oai_progress DEFAULT VALUES", "oai_progress_pkey"),
        ("INSERT INTO oai_progress (single) VALUES (false)", "oai_progress_one_row"),
    ],
)
async def test_the_database_keeps_the_order(client: Client, union: Union, statement: str, constraint: str):
    await many_public(union.factory, 1)
    await catch_up()
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as broken:
        async with db.transaction():
            await db.execute(statement)
    assert db.violated(broken.value) == constraint

"""Who made a material, who and what is to be seen, for whom it is meant: said, checked, searched and taken back."""

from typing import Any

import asyncpg
import pytest
from archive_world import Union, add, contributor, editor, tell, worker
from tortoise.exceptions import IntegrityError

from kit import db
from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import Ask, queries
from media_archive.search.follow import Follower

ABOUT = "creator people places placeCodes events audiences ageBands genders regions"
DESCRIBE = f"""mutation ($input: DescribeAssetInput!) {{ describeAsset(input: $input) {{
    ... on DescribeAssetSuccess {{ asset {{ title about {{ {ABOUT} }} }} }} ... on Problem {{ code }}
    ... on InvalidInput {{ field }} ... on UnknownCode {{ field vocabulary unknownCode }} }} }}"""
DESCRIBE_ALL = """mutation ($input: DescribeAssetsInput!) { describeAssets(input: $input) {
    ... on DescribeAssetsSuccess { assets { id language about { events } } } ... on Problem { code }
    ... on InvalidInput { field } ... on UnknownCode { unknownCode } } }"""

SAID = {
    "creator": " Ban  Tuyên giáo ",
    "people": ["Nguyễn Thị Mai", "", "Trần Văn Hòa", "Nguyễn Thị Mai"],
    "places": ["Hòn Gai"],
    "placeCodes": ["22", "06649"],
    "events": ["mining_day"],
    "audiences": ["workers", "society"],
    "ageBands": ["under_25"],
    "genders": ["female"],
    "regions": [],
}
KEPT = {**SAID, "creator": "Ban Tuyên giáo", "people": ["Nguyễn Thị Mai", "Trần Văn Hòa"]}


@pytest.fixture
async def words(union: Union) -> None:
    for vocabulary, code in (("age_band", "under_25"), ("gender", "female"), ("region", "southeast")):
        term = {"code": code, "vi": code, "en": code, "position": 1, "valid_from": None, "valid_to": None}
        await tell("vocabulary.changed", vocabulary=vocabulary, terms=[term])


async def test_everything_is_said_and_what_is_left_out_stays(ask: Ask, union: Union, words: None):
    asset_id = await add(union.factory, "Ảnh")
    reply = await ask(DESCRIBE, contributor(union.factory), input={"id": asset_id, **SAID})
    assert reply.field["asset"]["about"] == KEPT
    reply = await ask(DESCRIBE, contributor(union.factory), input={"id": asset_id, "people": [], "title": "Mới"})
    assert reply.field["asset"] == {"title": "Mới", "about": {**KEPT, "people": []}}
    assert "Mai" not in str(await db.rows("SELECT before, after FROM audit"))
    told = await db.value("SELECT after::text FROM audit WHERE action = 'asset.described' ORDER BY id LIMIT 1")
    assert "mining_day" in told
    assert '"people"' in told


async def test_nothing_is_said_of_what_nobody_described(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Ảnh")
    reply = await ask(f"query ($id: ID!) {{ asset(id: $id) {{ about {{ {ABOUT} }} }} }}", SYSTEM, id=asset_id)
    assert reply.field["about"] == {**{key: [] for key in ABOUT.split()}, "creator": ""}


@pytest.mark.parametrize(
    ("said", "vocabulary", "code"),
    [
        ({"events": ["mining_day", "new_year"]}, "union_event", "new_year"),
        ({"audiences": ["all"]}, "audience", "all"),
        ({"ageBands": ["26"]}, "age_band", "26"),
        ({"genders": ["f"]}, "gender", "f"),
        ({"regions": ["north"]}, "region", "north"),
        ({"placeCodes": ["Hà Nội"]}, "place", "Hà Nội"),
        ({"placeCodes": ["0123"]}, "place", "0123"),
    ],
)
async def test_a_code_that_is_in_no_vocabulary_is_named(
    ask: Ask, union: Union, words: None, said: dict[str, Any], vocabulary: str, code: str
):
    asset_id = await add(union.factory, "Ảnh")
    reply = await ask(DESCRIBE, editor(union.factory), input={"id": asset_id, "creator": "x", **said})
    assert (reply.code, reply.field["vocabulary"], reply.field["unknownCode"]) == ("UNKNOWN_CODE", vocabulary, code)
    assert await db.value("SELECT count(*) FROM asset_about") == 0


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"creator": "a" * 301}, "creator"),
        ({"people": ["a" * 201]}, "people"),
        ({"people": ["a"] * 51}, "people"),
        ({"places": ["a"] * 21}, "places"),
        ({"placeCodes": ["01"] * 21}, "place_codes"),
    ],
)
async def test_what_is_too_much_is_refused(ask: Ask, union: Union, said: dict[str, Any], field: str):
    asset_id = await add(union.factory, "Ảnh")
    reply = await ask(DESCRIBE, editor(union.factory), input={"id": asset_id, **said})
    assert (reply.code, reply.field["field"]) == ("INVALID_INPUT", field)
    assert await db.value("SELECT count(*) FROM asset_about") == 0


async def test_people_places_and_events_are_found_until_they_are_taken_out(
    ask: Ask, union: Union, search: Follower, words: None
):
    asset_id = await add(union.factory, "Ảnh", visibility="public")
    await ask(DESCRIBE, editor(union.factory), input={"id": asset_id, **SAID})
    await search.catch_up()
    for query in ("nguyen thi mai", "Hòn Gai", "ngay truyen thong nganh than", "Miners' day", "Ban Tuyên giáo"):
        found = (await ask("query ($q: String!) { searchAssets(query: $q) { totalCount } }", q=query)).field
        assert (query, found["totalCount"]) == (query, 1)
    await ask(DESCRIBE, editor(union.factory), input={"id": asset_id, "people": []})
    await search.catch_up()
    found = (await ask('{ searchAssets(query: "nguyen thi mai") { totalCount } }')).field
    assert found["totalCount"] == 0


async def test_many_are_described_alike(ask: Ask, union: Union):
    ids = [await add(union.factory, f"Ảnh {number}") for number in range(3)]
    said = {"ids": ids, "language": "en", "events": ["labour_day"]}
    reply = await ask(DESCRIBE_ALL, contributor(union.factory), input=said)
    assert reply.field["assets"] == [{"id": one, "language": "en", "about": {"events": ["labour_day"]}} for one in ids]
    assert await db.value("SELECT count(*) FROM audit WHERE action = 'asset.described'") == 3


@pytest.mark.parametrize("which", ["another unit's", "unseen", "no asset", "a wrong code", "none", "too many"])
async def test_all_or_none_are_described(ask: Ask, union: Union, which: str):
    mine = await add(union.factory, "Của tôi", visibility="union")
    theirs = await add(union.south, "Của họ", visibility="union")
    unseen = await add(union.south, "Riêng")
    ids, code = {
        "another unit's": ([mine, theirs], "FORBIDDEN"),
        "unseen": ([mine, unseen], "NOT_FOUND"),
        "no asset": ([mine, "6f9619ff-8b86-d011-b42d-00c04fc964ff"], "NOT_FOUND"),
        "a wrong code": ([mine], "UNKNOWN_CODE"),
        "none": ([], "INVALID_INPUT"),
        "too many": ([mine] * 201, "INVALID_INPUT"),
    }[which]
    events = ["x"] if which == "a wrong code" else ["labour_day"]
    reply = await ask(DESCRIBE_ALL, editor(union.factory), input={"ids": ids, "language": "en", "events": events})
    assert reply.code == code
    assert await db.value("SELECT count(*) FROM asset WHERE language = 'en'") == 0
    assert await db.value("SELECT count(*) FROM asset_about") == 0


@pytest.mark.parametrize("who", ["nobody", "worker"])
async def test_who_may_not_describe_many(ask: Ask, union: Union, who: str):
    asset_id = await add(union.factory, "Ảnh", visibility="union")
    caller, code = {"nobody": (ANONYMOUS, "SIGN_IN_REQUIRED"), "worker": (worker(union.factory), "FORBIDDEN")}[who]
    assert (await ask(DESCRIBE_ALL, caller, input={"ids": [asset_id], "language": "en"})).code == code
    assert await db.value("SELECT language FROM asset") == "vi"


async def test_what_is_said_costs_one_statement_for_a_whole_list(ask: Ask, union: Union):
    counts = set[int]()
    for number in range(3):
        await add(union.factory, f"Ảnh {number}")
        with queries() as statements:
            await ask("{ assets { nodes { about { people } } } }", SYSTEM)
        counts.add(statements.count)
    assert counts == {2}


async def test_terms_of_the_archive_are_those_of_today(ask: Ask, union: Union):
    ask_terms = "query ($v: String!) { assetTerms(vocabulary: $v) { code nameVi nameEn } }"
    told = (await ask(ask_terms, v="audience")).field
    assert [one["code"] for one in told] == ["officers", "workers", "authorities", "society", "international"]
    await db.execute("UPDATE archive_term SET valid_to = '2020-01-01' WHERE code = 'society'")
    assert len((await ask(ask_terms, v="audience")).field) == 4
    assert len((await ask(ask_terms, v="union_event")).field) == 12
    assert (await ask(ask_terms, v="topic")).field == (await ask(ask_terms, v="\0")).field == []


BROKEN = {
    "asset_about_pkey": "INSERT INTO asset_about (asset_id) SELECT id FROM asset",
    "asset_about_asset_fkey": "INSERT INTO asset_about (asset_id) VALUES (gen_random_uuid())",
    "asset_about_creator_length": "UPDATE asset_about SET creator = repeat('a', 301)",
    "asset_about_names_bounded": "UPDATE asset_about SET people = array_fill('a'::text, ARRAY[51])",
    "asset_about_codes_bounded": "UPDATE asset_about SET regions = array_fill('a'::text, ARRAY[21])",
    "asset_about_place_codes": "UPDATE asset_about SET place_codes = ARRAY['Hà Nội']",
    "archive_term_pkey": "INSERT INTO archive_term SELECT * FROM archive_term",
    "archive_term_vocabulary_known": "UPDATE archive_term SET vocabulary = 'topic'",
    "archive_term_ends_later": "UPDATE archive_term SET valid_from = '2020-01-02', valid_to = '2020-01-01'",
}


@pytest.mark.parametrize("constraint", BROKEN)
async def test_the_database_keeps_the_rules_of_what_is_said(union: Union, constraint: str):
    await add(union.factory, "Ảnh")
    await db.execute("INSERT INTO asset_about (asset_id) SELECT id FROM asset")
    with pytest.raises((IntegrityError, asyncpg.IntegrityConstraintViolationError)) as broken:
        async with db.transaction():
            await db.execute(BROKEN[constraint])
    assert db.violated(broken.value) == constraint

"""The terms that every service speaks in: public, dated, bilingual, and told to the other services."""

import orjson
import pytest

from kit import db
from kit.calendar import today
from kit.testing import caller_as, queries

VOCABULARY = """
query ($name: String!, $on: Date, $first: Int! = 100, $after: String) { vocabulary(name: $name) {
  name labelVi labelEn terms(on: $on, first: $first, after: $after) {
    nodes { code label labelVi labelEn position validFrom validUntil } pageInfo { hasNextPage endCursor } } } }"""


async def codes(ask, name, **more):
    reply = await ask(VOCABULARY, name=name, **more)
    return [term["code"] for term in reply.field["terms"]["nodes"]]


async def test_everybody_may_read_a_vocabulary(ask):
    reply = await ask(VOCABULARY, name="gender", language="en")
    assert reply.field["labelVi"] == "Giới tính"
    assert reply.field["terms"]["nodes"][0] == {
        "code": "female",
        "label": "Female",
        "labelVi": "Nữ",
        "labelEn": "Female",
        "position": 1,
        "validFrom": None,
        "validUntil": None,
    }


async def test_levels_are_those_of_the_day(ask):
    before = await codes(ask, "level", on="2025-06-30")
    after = await codes(ask, "level", on="2025-07-01")
    assert before == ["confederation", "province_or_industry", "upper_direct", "grassroots", "section", "team"]
    assert after == ["confederation", "province_or_industry", "special", "grassroots", "section", "team"]
    assert await codes(ask, "level") == after


async def test_has_what_the_other_services_count_on(ask):
    assert await codes(ask, "age_band") == ["under_25", "25_34", "35_44", "45_plus"]
    assert await codes(ask, "gender") == ["female", "male", "other"]
    assert await codes(ask, "region") == [
        "red_river_delta",
        "northern_midlands",
        "north_central",
        "south_central",
        "central_highlands",
        "southeast",
        "mekong_delta",
    ]
    assert len(await codes(ask, "topic")) == 10


async def test_lists_all_vocabularies_in_two_statements(ask):
    with queries() as asked:
        reply = await ask("{ vocabularies { nodes { name terms { nodes { code } } } } }")
    names = [vocabulary["name"] for vocabulary in reply.field["nodes"]]
    expected = "age_band channel_audience channel_kind department_kind education field gender level post region topic unit_kind"
    assert set(expected.split()) <= set(names)
    assert names == sorted(names)
    assert asked.count == 2


async def test_vocabularies_and_terms_come_page_by_page(ask):
    document = "query ($after: String) { vocabularies(first: 6, after: $after) { nodes { name } pageInfo { hasNextPage endCursor } } }"
    first = (await ask(document)).field
    second = (await ask(document, after=first["pageInfo"]["endCursor"])).field
    names = [vocabulary["name"] for vocabulary in first["nodes"] + second["nodes"]]
    assert (len(names), names) == (12, sorted(set(names)))
    terms = (await ask(VOCABULARY, name="age_band", first=3)).field["terms"]
    rest = (await ask(VOCABULARY, name="age_band", first=3, after=terms["pageInfo"]["endCursor"])).field["terms"]
    assert [term["code"] for term in rest["nodes"]] == ["45_plus"]


@pytest.mark.parametrize("name", ["", "nonsense", "\x00", "x" * 1000])
async def test_says_that_a_vocabulary_does_not_exist(ask, name):
    assert (await ask(VOCABULARY, name=name)).code == "NOT_FOUND"


async def test_tells_the_other_services_from_the_start():
    rows = await db.rows("SELECT payload FROM outbox WHERE type = 'vocabulary.changed' ORDER BY number")
    told = {payload["vocabulary"]: payload["terms"] for payload in (orjson.loads(row["payload"]) for row in rows)}
    assert sorted(told) == [row["name"] for row in await db.rows("SELECT name FROM vocabulary ORDER BY name")]
    assert told["level"][2] == {
        "code": "upper_direct",
        "vi": "Cấp trên trực tiếp cơ sở",
        "en": "Directly above the grassroots",
        "position": 3,
        "valid_from": None,
        "valid_to": "2025-07-01",
    }


async def test_events_are_numbered_from_one_without_gaps():
    rows = await db.rows("SELECT number FROM outbox ORDER BY number")
    assert [row["number"] for row in rows] == list(range(1, len(rows) + 1))


async def test_a_change_that_names_an_unknown_code_is_told_which(ask, tree, everything):
    document = """mutation ($input: CreateUnitInput!) { createUnit(input: $input) { __typename
      ... on Problem { code message } ... on UnknownCode { field vocabulary unknownCode } } }"""
    new = {"parentId": str(tree.hanoi["id"]), "nameVi": "Nghiệp đoàn mới", "code": "HN-9", "level": "grassroots"}
    before = await everything()
    reply = await ask(document, caller_as("admin", tree.hanoi), language="en", input={**new, "kind": "kingdom"})
    assert reply.field == {
        "__typename": "UnknownCode",
        "code": "UNKNOWN_CODE",
        "message": f"kind: the vocabulary “Kinds of units” has no code “kingdom” on {today()}.",
        "field": "kind",
        "vocabulary": "unit_kind",
        "unknownCode": "kingdom",
    }
    assert await everything() == before

"""Materials are described with codes of places that org has told of."""

from typing import Any

import pytest
from archive_world import Union, add, contributor, editor
from places_world import COMMUNES, DISTRICTS, PROVINCES, tell_places

from kit import db
from kit.testing import Ask

DESCRIBE = """mutation ($input: DescribeAssetInput!) { describeAsset(input: $input) {
    ... on DescribeAssetSuccess { asset { about { placeCodes } } } ... on Problem { code message }
    ... on UnknownCode { field vocabulary unknownCode } } }"""
DESCRIBE_ALL = """mutation ($input: DescribeAssetsInput!) { describeAssets(input: $input) {
    ... on DescribeAssetsSuccess { assets { about { placeCodes } } } ... on Problem { code }
    ... on UnknownCode { field vocabulary unknownCode } } }"""


async def told() -> list[list[Any]]:
    """All that describing writes."""
    tables = ("asset_about", "audit", "asset_change", "outbox")
    return [[tuple(row) for row in await db.rows(f"SELECT * FROM {table} AS t ORDER BY t::text")] for table in tables]


async def test_places_that_there_are_and_were_are_said(ask: Ask, union: Union):
    await tell_places(*PROVINCES, *DISTRICTS, *COMMUNES)
    asset_id = await add(union.factory, "Ảnh")
    # Yên Bái's code is Lào Cai's since the reform, which ended Lào Cai's own and the districts.
    codes = ["15", "10", "001", "00004", "15"]
    reply = await ask(DESCRIBE, contributor(union.factory), input={"id": asset_id, "placeCodes": codes})
    assert reply.field["asset"]["about"]["placeCodes"] == ["15", "10", "001", "00004"]


@pytest.mark.parametrize(
    ("code", "called"), [("99", "Provinces"), ("002", "Districts"), ("00005", "Communes"), ("0123", None)]
)
async def test_a_place_that_never_was_is_refused_and_nothing_is_written(
    ask: Ask, union: Union, code: str, called: str | None
):
    await tell_places(*PROVINCES, *DISTRICTS, *COMMUNES)
    asset_id = await add(union.factory, "Ảnh")
    before = await told()
    said = {"id": asset_id, "title": "Tên khác", "placeCodes": ["01", code]}
    reply = await ask(DESCRIBE, contributor(union.factory), language="en", input=said)
    assert (reply.code, reply.field["field"], reply.field["vocabulary"], reply.field["unknownCode"]) == (
        "UNKNOWN_CODE",
        "place_codes",
        "place",
        code,
    )
    vocabulary = called or "Provinces, districts and communes"
    assert f"the vocabulary “{vocabulary}” has no code “{code}”" in reply.field["message"]
    assert await told() == before
    assert await db.value("SELECT title FROM asset") == "Ảnh"


async def test_the_refusal_is_told_in_vietnamese(ask: Ask, union: Union):
    await tell_places(*PROVINCES)
    asset_id = await add(union.factory, "Ảnh")
    reply = await ask(DESCRIBE, contributor(union.factory), input={"id": asset_id, "placeCodes": ["99"]})
    assert "danh mục “Tỉnh, thành phố” không có mã “99”" in reply.field["message"]


async def test_none_of_many_is_described_with_a_place_that_never_was(ask: Ask, union: Union):
    await tell_places(*PROVINCES)
    ids = [await add(union.factory, f"Ảnh {number}") for number in range(2)]
    before = await told()
    reply = await ask(DESCRIBE_ALL, editor(union.factory), input={"ids": ids, "placeCodes": ["99"]})
    assert (reply.code, reply.field["unknownCode"]) == ("UNKNOWN_CODE", "99")
    assert await told() == before


@pytest.mark.parametrize(
    ("codes", "unknown"), [(["00005", "002", "99"], None), (["00005", "0123"], "0123"), (["ab"], "ab")]
)
async def test_while_no_place_is_told_codes_are_judged_by_their_form(
    ask: Ask, union: Union, codes: list[str], unknown: str | None
):
    asset_id = await add(union.factory, "Ảnh")
    reply = await ask(DESCRIBE, contributor(union.factory), input={"id": asset_id, "placeCodes": codes})
    assert (reply.code, reply.field.get("unknownCode")) == ("UNKNOWN_CODE" if unknown else None, unknown)
    assert await db.value("SELECT place_codes FROM asset_about") == (None if unknown else codes)


async def test_communes_are_judged_by_their_form_where_only_provinces_are_told(ask: Ask, union: Union):
    await tell_places(*PROVINCES)
    asset_id = await add(union.factory, "Ảnh")
    reply = await ask(DESCRIBE, contributor(union.factory), input={"id": asset_id, "placeCodes": ["22", "99999"]})
    assert reply.field["asset"]["about"]["placeCodes"] == ["22", "99999"]
    await tell_places(*COMMUNES)
    reply = await ask(DESCRIBE, contributor(union.factory), input={"id": asset_id, "placeCodes": ["22", "88888"]})
    assert (reply.code, reply.field["unknownCode"]) == ("UNKNOWN_CODE", "88888")
    assert await db.value("SELECT place_codes FROM asset_about") == ["22", "99999"]


async def test_what_was_said_before_a_list_came_stays_until_it_is_said_anew(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Ảnh")
    await ask(DESCRIBE, contributor(union.factory), input={"id": asset_id, "placeCodes": ["99999"]})
    await tell_places(*PROVINCES, *COMMUNES)
    reply = await ask(DESCRIBE, contributor(union.factory), input={"id": asset_id, "title": "Tên khác"})
    assert reply.field["asset"]["about"]["placeCodes"] == ["99999"]

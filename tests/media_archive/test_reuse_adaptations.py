"""An adapted copy tells what it was made from, and its source what was made of it; nothing is made from itself."""

import asyncio

import asyncpg
import pytest
from archive_world import Union, add, contributor, editor, worker

from kit import db
from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import Ask

SET = """mutation ($input: SetDerivedFromInput!) { setDerivedFrom(input: $input) {
    ... on SetDerivedFromSuccess { asset { derivedFrom { title } } }
    ... on Problem { code message } ... on InvalidInput { field } } }"""
SHOW = "query ($id: ID!) { asset(id: $id) { derivedFrom { title } adaptations { title } } }"


async def links() -> list[tuple[str, str]]:
    found = await db.rows(
        """SELECT copy.title AS copy, source.title AS source FROM derivation
           JOIN asset AS copy ON copy.id = asset_id JOIN asset AS source ON source.id = source_id ORDER BY 1, 2"""
    )
    return [(row["copy"], row["source"]) for row in found]


async def test_a_copy_tells_its_sources_and_they_tell_of_it(ask: Ask, union: Union):
    source = await add(union.south, "Nguồn", visibility="union")
    hidden = await add(union.north, "Riêng", visibility="unit")
    copy = await add(union.factory, "Bản dịch", visibility="union")
    reply = await ask(SET, contributor(union.north), input={"id": copy, "sources": [source, hidden, source]})
    assert sorted(one["title"] for one in reply.field["asset"]["derivedFrom"]) == ["Nguồn", "Riêng"]
    seen = (await ask(SHOW, contributor(union.south), id=copy)).field
    assert seen == {"derivedFrom": [{"title": "Nguồn"}], "adaptations": []}
    assert (await ask(SHOW, contributor(union.south), id=source)).field["adaptations"] == [{"title": "Bản dịch"}]
    before = await db.value("SELECT count(*) FROM audit")
    await ask(SET, contributor(union.north), input={"id": copy, "sources": [source, hidden]})
    assert await db.value("SELECT count(*) FROM audit") == before
    await ask(SET, contributor(union.north), input={"id": copy, "sources": [hidden]})
    assert await links() == [("Bản dịch", "Riêng")]


async def test_who_does_not_see_a_source_does_not_take_it_away(ask: Ask, union: Union):
    source = await add(union.south, "Nguồn", visibility="union")
    hidden = await add(union.north, "Riêng", visibility="unit")
    copy = await add(union.factory, "Bản dịch", visibility="union")
    await ask(SET, SYSTEM, input={"id": copy, "sources": [source, hidden]})
    reply = await ask(SET, contributor(union.factory), input={"id": copy, "sources": []})
    assert reply.field["asset"]["derivedFrom"] == []
    assert await links() == [("Bản dịch", "Riêng")]
    await ask(SET, SYSTEM, input={"id": copy, "sources": []})
    assert await links() == []


async def test_no_ring_is_made(ask: Ask, union: Union):
    first, second, third = [await add(union.factory, name) for name in ("A", "B", "C")]
    for copy, source in ((second, first), (third, second)):
        assert (await ask(SET, SYSTEM, input={"id": copy, "sources": [source]})).code is None
    for copy, source in ((first, third), (first, first)):
        assert (await ask(SET, SYSTEM, input={"id": copy, "sources": [source]})).code == "DERIVED_FROM_ITSELF"
    assert await links() == [("B", "A"), ("C", "B")]


@pytest.mark.committed
async def test_two_links_at_once_make_no_ring(ask: Ask, union: Union):
    first, second = [await add(union.factory, name) for name in ("A", "B")]
    replies = await asyncio.gather(
        *(ask(SET, SYSTEM, input={"id": a, "sources": [b]}) for a, b in ((first, second), (second, first)))
    )
    assert sorted(str(reply.code) for reply in replies) == ["DERIVED_FROM_ITSELF", "None"]
    assert len(await links()) == 1


async def test_who_may_link(ask: Ask, union: Union):
    source = await add(union.south, "Nguồn", visibility="union")
    hidden = await add(union.south, "Riêng", visibility="unit")
    copy = await add(union.factory, "Bản dịch", visibility="public")
    for caller, sources, code in (
        (ANONYMOUS, [source], "SIGN_IN_REQUIRED"),
        (worker(union.factory), [source], "FORBIDDEN"),
        (editor(union.south), [source], "FORBIDDEN"),
        (contributor(union.factory), [hidden], "NOT_FOUND"),
        (contributor(union.factory), [source] * 11, None),
    ):
        assert (await ask(SET, caller, input={"id": copy, "sources": sources})).code == code
    too_many = [await add(union.factory, f"Nguồn {number}") for number in range(11)]
    reply = await ask(SET, contributor(union.factory), input={"id": copy, "sources": too_many})
    assert (reply.code, reply.field["field"]) == ("INVALID_INPUT", "sources")
    assert await links() == [("Bản dịch", "Nguồn")]


@pytest.mark.parametrize(
    ("links", "constraint"),
    [
        (["a>a"], "derivation_not_of_itself"),
        (["a>b", "a>b"], "derivation_source_once"),
        (["a>b", "b>a"], "derivation_no_ring"),
        (["a>x"], "derivation_source_fkey"),
        (["x>a"], "derivation_asset_fkey"),
    ],
)
async def test_the_database_refuses_it_too(union: Union, links: list[str], constraint: str):
    ids = {"a": await add(union.factory, "A"), "b": await add(union.factory, "B"), "x": str(union.root.id)}
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as broken:
        async with db.transaction():
            for link in links:
                pair = [ids[name] for name in link.split(">")]
                await db.execute("INSERT INTO derivation (asset_id, source_id) VALUES ($1::uuid, $2::uuid)", *pair)
            await db.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert db.violated(broken.value) == constraint

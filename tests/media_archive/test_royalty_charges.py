"""What is owed for a publication is worked out once, divided among its authors, and corrected by a reversal."""

import asyncio
from datetime import date, datetime
from uuid import uuid4

import asyncpg
import pytest
from archive_world import Union, contributor, editor
from royalty_world import a_product, a_rate, published

from kit import db
from kit.audit import account_forgotten
from kit.events import Event
from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import Ask, caller_as
from media_archive.app import service
from media_archive.royalties import charges
from media_archive.royalties.authors import add_author

CHARGE = """mutation ($id: ID!, $coefficient: Float) { chargeRoyalty(publicationId: $id, coefficient: $coefficient) {
    ... on ChargeRoyaltySuccess { charge { amount coefficient unitValue kind publishedOn publicationId note } }
    ... on Problem { code message } ... on InvalidInput { field } } }"""
REVERSE = """mutation ($id: ID!, $note: String!) { reverseRoyalty(publicationId: $id, note: $note) {
    ... on ReverseRoyaltySuccess { charge { amount note } } ... on Problem { code } ... on InvalidInput { field } } }"""


async def lines() -> list[tuple[str | None, int]]:
    found = await db.rows(
        """SELECT name, royalty_line.amount FROM royalty_line JOIN author ON author.id = author_id
           JOIN royalty_charge ON royalty_charge.id = charge_id ORDER BY number, royalty_line.amount DESC, name"""
    )
    return [(row["name"], row["amount"]) for row in found]


async def line_amounts() -> list[int]:
    return [amount for _, amount in await lines()]


async def test_is_coefficient_times_value_and_divided_to_the_last_dong(ask: Ask, union: Union):
    await a_rate(union.factory, 150)
    publication = await published(await a_product(union, "Lan", "Minh", "Mai"), union.factory)
    reply = await ask(CHARGE, caller_as("admin", union.factory, subject="ke-toan"), id=str(publication))
    assert reply.field["charge"] == {
        "amount": 351_000.0,
        "coefficient": 1.5,
        "unitValue": 234_000.0,
        "kind": "leaflet",
        "publishedOn": "2026-03-10",
        "publicationId": str(publication),
        "note": "",
    }
    assert sorted(await line_amounts()) == [116_988, 116_988, 117_024]
    told = await db.value("SELECT after::text FROM audit WHERE action = 'royalty.charged'")
    assert "Lan" not in told


async def test_who_judged_the_product_may_give_less_but_not_more(ask: Ask, union: Union):
    await a_rate(union.factory, 150)
    publication = await published(await a_product(union, "Lan"), union.factory)
    for coefficient, code in ((1.51, "COEFFICIENT_TOO_HIGH"), (0, "INVALID_INPUT"), (1.005, "INVALID_INPUT")):
        assert (await ask(CHARGE, SYSTEM, id=str(publication), coefficient=coefficient)).code == code
    assert await line_amounts() == []
    assert (await ask(CHARGE, SYSTEM, id=str(publication), coefficient=0.5)).field["charge"]["amount"] == 117_000


async def test_the_nearest_unit_above_gives_the_card(union: Union):
    await a_rate(union.root, 100)
    publication = await published(await a_product(union, "Lan"), union.factory)
    assert (await charges.charge(SYSTEM, publication))["amount"] == 234_000
    await a_rate(union.north, 200)
    await a_rate(union.south, 900)
    another = await published(await a_product(union, "Mai"), union.factory)
    assert (await charges.charge(SYSTEM, another))["amount"] == 468_000


async def test_the_card_of_the_day_of_publication_counts(union: Union):
    await a_rate(union.factory, 100, date(2026, 1, 1))
    await a_rate(union.factory, 300, date(2026, 3, 11))
    product = await a_product(union, "Lan")
    amounts = [
        (await charges.charge(SYSTEM, await published(product, union.factory, datetime.fromisoformat(at))))["amount"]
        for at in ("2026-03-10T16:59:59+00:00", "2026-03-10T17:00:00+00:00")
    ]
    assert amounts == [234_000, 702_000]


async def test_what_is_missing_is_named(ask: Ask, union: Union):
    bare = await published(await a_product(union), union.factory)
    shared = await published(await a_product(union, "Lan"), union.factory, kind="share")
    for publication, code in ((bare, "RATE_CARD_MISSING"), (shared, "NOT_A_PUBLICATION"), (999_999, "NOT_FOUND")):
        assert (await ask(CHARGE, SYSTEM, id=str(publication))).code == code
    await a_rate(union.factory)
    assert (await ask(CHARGE, SYSTEM, id=str(bare))).code == "AUTHORS_MISSING"
    for nonsense in ("x", "-1", "²", "9" * 30):
        assert (await ask(CHARGE, SYSTEM, id=nonsense)).code == "NOT_FOUND"
    assert await db.value("SELECT count(*) FROM royalty_charge") == 0


@pytest.mark.parametrize("mutation", [CHARGE, REVERSE])
async def test_needs_an_admin_of_the_unit_that_published(ask: Ask, union: Union, mutation: str):
    await a_rate(union.factory)
    publication = await published(await a_product(union, "Lan"), union.factory)
    for caller, code in (
        (ANONYMOUS, "SIGN_IN_REQUIRED"),
        (editor(union.factory), "FORBIDDEN"),
        (contributor(union.north), "FORBIDDEN"),
        (caller_as("admin", union.south), "NOT_FOUND"),
    ):
        assert (await ask(mutation, caller, id=str(publication), note="Sai")).code == code
    assert await db.value("SELECT count(*) FROM royalty_charge") == 0


async def test_a_wrong_charge_is_reversed_and_made_anew(ask: Ask, union: Union):
    await a_rate(union.factory)
    publication = str(await published(await a_product(union, "Lan", "Mai"), union.factory))
    assert (await ask(REVERSE, SYSTEM, id=publication, note="x")).code == "NOTHING_TO_REVERSE"
    assert (await ask(CHARGE, SYSTEM, id=publication)).code is None
    assert (await ask(CHARGE, SYSTEM, id=publication)).code == "ALREADY_CHARGED"
    for note in ("", " ", "x" * 301):
        assert (await ask(REVERSE, SYSTEM, id=publication, note=note)).field["field"] == "note"
    reply = await ask(REVERSE, SYSTEM, id=publication, note=" Sai  hệ số ")
    assert reply.field["charge"] == {"amount": -351_000.0, "note": "Sai hệ số"}
    assert (await ask(REVERSE, SYSTEM, id=publication, note="x")).code == "NOTHING_TO_REVERSE"
    assert (await ask(CHARGE, SYSTEM, id=publication, coefficient=1)).code is None
    assert await line_amounts() == [175_500, 175_500, -175_500, -175_500, 117_000, 117_000]


@pytest.mark.committed
async def test_two_at_once_charge_it_once(ask: Ask, union: Union):
    await a_rate(union.factory)
    publication = str(await published(await a_product(union, "Lan"), union.factory))
    replies = await asyncio.gather(*(ask(CHARGE, SYSTEM, id=publication) for _ in range(3)))
    assert sorted(str(reply.code) for reply in replies) == ["ALREADY_CHARGED", "ALREADY_CHARGED", "None"]
    assert await line_amounts() == [351_000]


async def test_an_erased_account_takes_the_authors_name_with_it(union: Union):
    await a_rate(union.factory)
    author = await add_author(SYSTEM, union.factory.id, "Nguyễn Thị Lan", "lan")
    product = await a_product(union)
    await db.execute("INSERT INTO asset_author VALUES ($1, $2, 10000)", product, author["id"])
    admin = caller_as("admin", union.factory, subject="lan")
    await charges.charge(admin, await published(product, union.factory))
    alias = f"erased:{uuid4()}"
    payload = account_forgotten("lan", alias)
    await service.consumes["org"]["account.forgotten"](
        Event(9, "account.forgotten", datetime.now().astimezone(), payload)
    )
    assert await lines() == [(None, 351_000)]
    assert await db.value("SELECT subject FROM royalty_charge") == alias
    assert await db.value("SELECT subject IS NULL AND erased_at IS NOT NULL FROM author") is True


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE royalty_charge SET amount = 1", "royalty_is_kept"),
        ("UPDATE royalty_charge SET subject = 'minh'", "royalty_is_kept"),
        ("UPDATE royalty_line SET amount = 1", "royalty_is_kept"),
        (
            "INSERT INTO royalty_line SELECT charge_id, gen_random_uuid(), share, 0 FROM royalty_line",
            "royalty_line_author_fkey",
        ),
        (
            "INSERT INTO royalty_line SELECT gen_random_uuid(), author_id, share, 0 FROM royalty_line",
            "royalty_line_charge_fkey",
        ),
        ("INSERT INTO royalty_line SELECT charge_id, author_id, share, 0 FROM royalty_line", "royalty_line_pkey"),
        (
            "INSERT INTO royalty_line SELECT charge_id, (SELECT id FROM author WHERE name = 'B'), 0, 5 FROM royalty_line",
            "royalty_lines_sum",
        ),
        ("{charge} SELECT {new}, reuse_id, 3, {same} amount, '' {rest}", "royalty_lines_sum"),
        ("{charge} SELECT {new}, reuse_id, 1, {same} amount, '' {rest}", "royalty_charge_in_turn"),
        ("{charge} SELECT {new}, reuse_id, 0, {same} -amount, '' {rest}", "royalty_charge_counted_from_one"),
        ("{charge} SELECT {new}, reuse_id, 2, {same} amount, '' {rest}", "royalty_charge_or_reversal"),
        ("{charge} SELECT {new}, reuse_id, 3, {same} 0, '' {rest}", "royalty_charge_or_reversal"),
        ("{charge} SELECT {new}, reuse_id, 2, {same} -amount, repeat('x', 301) {rest}", "royalty_charge_note_length"),
        ("{charge} SELECT {new}, -1, 2, {same} -amount, '' {rest}", "royalty_charge_of_a_publication"),
        (
            "{charge} SELECT {new}, reuse_id, 2, unit_id, asset_id, kind, published_on, {new}, coefficient, unit_value, -amount, '' {rest}",
            "royalty_charge_by_a_rate",
        ),
    ],
)
async def test_the_database_keeps_what_was_owed(union: Union, statement: str, constraint: str):
    await a_rate(union.factory)
    await add_author(SYSTEM, union.factory.id, "B")
    await charges.charge(SYSTEM, await published(await a_product(union, "Lan"), union.factory))
    parts = {
        "charge": "INSERT INTO royalty_charge (id, reuse_id, number, unit_id, asset_id, kind, published_on, rate_id, coefficient, unit_value, amount, note, subject)",
        "same": "unit_id, asset_id, kind, published_on, rate_id, coefficient, unit_value,",
        "new": "gen_random_uuid()",
        "rest": ", 'lan' FROM royalty_charge",
    }
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as broken:
        async with db.transaction():
            await db.execute(statement.format(**parts))
            await db.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert db.violated(broken.value) == constraint


async def test_the_services_role_may_only_add(union: Union):
    for table in ("royalty_charge", "royalty_line"):
        rights = await db.value("SELECT relacl::text FROM pg_class WHERE relname = $1", table)
        owner = rights.strip("{}").split("/")[0].split("=")[1]
        assert set("wdD").isdisjoint(owner)

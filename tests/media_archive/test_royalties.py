"""Rate cards and authors are an admin's; a statement tells a half-year as it was known on a day, to admins alone."""

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from archive_world import Union, contributor, editor
from openpyxl import load_workbook
from royalty_world import a_product, a_rate, published

from kit import db
from kit.calendar import today
from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import Ask, caller_as, queries
from media_archive.royalties import charges, statements
from media_archive.royalties.authors import add_author, authors_to_choose, erase_author
from media_archive.royalties.workbook import statement_file
from media_archive.units.service import find_unit

SET = """mutation ($input: SetRoyaltyRateInput!) { setRoyaltyRate(input: $input) {
    ... on SetRoyaltyRateSuccess { rate { kind validFrom validTo coefficient unitValue basis unit { id } } }
    ... on Problem { code } ... on InvalidInput { field } } }"""
RATES = """query ($unit: ID!, $first: Int! = 20, $after: String) { royaltyRates(unitId: $unit, first: $first, after: $after) {
    nodes { kind validFrom validTo coefficient } pageInfo { hasNextPage endCursor } } }"""
AUTHORS = """query ($unit: ID!, $first: Int! = 20, $after: String) {
    royaltyAuthors(unitId: $unit, first: $first, after: $after) {
        nodes { id name unit { id } } pageInfo { hasNextPage endCursor } } }"""
NAME = """mutation ($asset: ID!, $shares: [RoyaltyShareInput!]!) { setAssetAuthors(assetId: $asset, shares: $shares) {
    ... on SetAssetAuthorsSuccess { authors { percent author { name } } } ... on Problem { code } } }"""
ADD = """mutation ($input: AddRoyaltyAuthorInput!) { addRoyaltyAuthor(input: $input) {
    ... on AddRoyaltyAuthorSuccess { author { id name } } ... on Problem { code } ... on InvalidInput { field } } }"""
ERASE = "mutation ($id: ID!) { eraseRoyaltyAuthor(id: $id) { ... on EraseRoyaltyAuthorSuccess { id } ... on Problem { code } } }"
SHARES = "query ($asset: ID!) { royaltyShares(assetId: $asset) { percent author { name } } }"
STATEMENT = """query ($unit: ID!, $year: Int!, $half: Int!, $asOf: Date, $first: Int! = 20, $after: String) {
    royaltyStatement(unitId: $unit, year: $year, half: $half, asOf: $asOf, first: $first, after: $after) {
        year half asOf publications amount authors { nodes { publications amount author { name } }
            pageInfo { hasNextPage endCursor } } } }"""

TOTALS = """query ($unit: ID!, $year: Int!, $half: Int!, $first: Int! = 20, $after: String) {
    royaltyTotals(unitId: $unit, year: $year, half: $half, first: $first, after: $after) {
        nodes { unit { id } publications amount } pageInfo { hasNextPage endCursor } } }"""


def card(union: Union, **change: Any) -> dict[str, Any]:
    said = {"unitId": str(union.north.id), "kind": "leaflet", "validFrom": "2026-01-01", "coefficient": 1.5}
    return {**said, "unitValue": 234000, "basis": "QĐ 12", **change}


async def test_a_card_ends_the_one_before_on_its_day(ask: Ask, union: Union):
    admin = caller_as("admin", union.north)
    first = (await ask(SET, admin, input=card(union))).field["rate"]
    assert first == {
        "kind": "leaflet",
        "validFrom": "2026-01-01",
        "validTo": None,
        "coefficient": 1.5,
        "unitValue": 234_000.0,
        "basis": "QĐ 12",
        "unit": {"id": str(union.north.id)},
    }
    await ask(SET, admin, input=card(union, validFrom="2026-07-01", coefficient=2))
    await ask(SET, admin, input=card(union, kind="news"))
    for day in ("2026-07-01", "2026-03-01", "2025-01-01"):
        assert (await ask(SET, admin, input=card(union, validFrom=day))).code == "RATE_CARD_TAKEN"
    told = (await ask(RATES, admin, unit=str(union.north.id))).field["nodes"]
    assert [(one["kind"], one["validFrom"], one["validTo"], one["coefficient"]) for one in told] == [
        ("leaflet", "2026-07-01", None, 2.0),
        ("leaflet", "2026-01-01", "2026-07-01", 1.5),
        ("news", "2026-01-01", None, 1.5),
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"coefficient": 0}, "coefficient"),
        ({"coefficient": 1000.01}, "coefficient"),
        ({"coefficient": 1e300}, "coefficient"),
        ({"coefficient": 1.555}, "coefficient"),
        ({"unitValue": 99}, "unitValue"),
        ({"unitValue": 1e300}, "unitValue"),
        ({"unitValue": 1000.5}, "unitValue"),
        ({"kind": "x"}, "kind"),
        ({"validFrom": "1900-01-01"}, "validFrom"),
        ({"basis": "x" * 301}, "basis"),
    ],
)
async def test_refuses_a_card_that_is_wrong(ask: Ask, union: Union, change: dict[str, Any], field: str):
    reply = await ask(SET, SYSTEM, input=card(union, **change))
    assert (reply.code, reply.field["field"]) == ("INVALID_INPUT", field)
    assert await db.value("SELECT count(*) FROM royalty_rate") == 0


async def test_all_of_it_needs_an_admin_of_the_unit(ask: Ask, union: Union):
    product = str(await a_product(union, "Lan"))
    author = str(await db.value("SELECT id FROM author"))
    unit = str(union.factory.id)
    for caller, code in (
        (ANONYMOUS, "SIGN_IN_REQUIRED"),
        (contributor(union.factory), "FORBIDDEN"),
        (editor(union.root), "FORBIDDEN"),
        (caller_as("admin", union.south), "FORBIDDEN"),
    ):
        for document, variables in (
            (SET, {"input": card(union)}),
            (ADD, {"input": {"unitId": unit, "name": "Mai"}}),
            (NAME, {"asset": product, "shares": []}),
            (RATES, {"unit": unit}),
            (AUTHORS, {"unit": unit}),
            (SHARES, {"asset": product}),
            (STATEMENT, {"unit": unit, "year": 2026, "half": 1}),
        ):
            assert (await ask(document, caller, **variables)).code == code
        assert (await ask(ERASE, caller, id=author)).code == (
            "SIGN_IN_REQUIRED" if caller == ANONYMOUS else "NOT_FOUND"
        )
    assert await db.value("SELECT name FROM author") == "Lan"
    assert await db.value("SELECT count(*) FROM royalty_rate") == 0


async def test_authors_are_named_with_shares_of_a_hundred_percent(ask: Ask, union: Union):
    product = await a_product(union)
    admin = caller_as("admin", union.north)
    ids = [
        (await ask(ADD, admin, input={"unitId": str(unit.id), "name": name})).field["author"]["id"]
        for unit, name in ((union.north, "Nguyễn Thị Lan"), (union.factory, "Trần Minh"))
    ]
    shares = [{"authorId": one, "percent": percent} for one, percent in zip(ids, (33.34, 66.66), strict=True)]
    reply = await ask(NAME, admin, asset=str(product), shares=shares)
    named = [
        {"percent": 66.66, "author": {"name": "Trần Minh"}},
        {"percent": 33.34, "author": {"name": "Nguyễn Thị Lan"}},
    ]
    assert reply.field["authors"] == named
    for wrong in (
        [shares[0]],
        [shares[0], shares[0]],
        [{**shares[0], "percent": -33.34}, {**shares[1], "percent": 133.34}],
    ):
        assert (await ask(NAME, admin, asset=str(product), shares=wrong)).code == "SHARES_NOT_WHOLE"
    assert (await ask(SHARES, admin, asset=str(product))).field == named
    told = await db.value("SELECT string_agg(after::text || action, '') FROM audit WHERE action <> 'asset.added'")
    assert "Lan" not in told
    assert (await ask(NAME, admin, asset=str(product), shares=[])).field["authors"] == []


async def test_authors_of_elsewhere_and_erased_ones_are_not_named(ask: Ask, union: Union):
    product = str(await a_product(union))
    stranger = await add_author(SYSTEM, union.south.id, "Xa")
    erased = await add_author(SYSTEM, union.factory.id, "Cũ")
    await erase_author(SYSTEM, erased["id"])
    for one in (str(stranger["id"]), str(erased["id"]), "x"):
        shares = [{"authorId": one, "percent": 100}]
        assert (await ask(NAME, SYSTEM, asset=product, shares=shares)).code == "NOT_FOUND"
    assert [row["name"] for row in await authors_to_choose(SYSTEM, union.south.path)] == ["Xa"]


async def test_a_name_is_erased_and_sums_stay(ask: Ask, union: Union):
    await a_rate(union.factory)
    await charges.charge(SYSTEM, await published(await a_product(union, "Lan"), union.factory))
    admin = caller_as("admin", union.factory)
    author = str(await db.value("SELECT id FROM author"))
    for _ in range(2):
        assert (await ask(ERASE, admin, id=author)).field == {"id": author}
    told = (await ask(STATEMENT, admin, unit=str(union.factory.id), year=2026, half=1)).field
    assert told["authors"]["nodes"] == [{"publications": 1, "amount": 351_000.0, "author": {"name": None}}]
    assert (await ask(AUTHORS, admin, unit=str(union.factory.id))).field["nodes"] == []
    assert await db.value("SELECT count(*) FROM audit WHERE action = 'author.erased'") == 1


@pytest.mark.parametrize(
    ("said", "field"), [({"name": " "}, "name"), ({"name": "x" * 201}, "name"), ({"account": "x" * 201}, "account")]
)
async def test_refuses_an_author_without_a_proper_name(ask: Ask, union: Union, said: dict[str, str], field: str):
    reply = await ask(ADD, SYSTEM, input={"unitId": str(union.north.id), "name": "Lan", **said})
    assert (reply.code, reply.field["field"]) == ("INVALID_INPUT", field)


async def test_an_account_is_one_author_of_a_unit(ask: Ask, union: Union):
    said = {"unitId": str(union.north.id), "name": "Lan", "account": "lan"}
    assert (await ask(ADD, SYSTEM, input=said)).code is None
    assert (await ask(ADD, SYSTEM, input=said)).code == "ACCOUNT_IS_AUTHOR"
    assert (await ask(ADD, SYSTEM, input={**said, "unitId": str(union.factory.id)})).code is None


async def _filled(union: Union) -> UUID:
    """Three publications of the first half of 2026, one of the second; one of the first is reversed."""
    await a_rate(union.factory, 100)
    both, one = await a_product(union, "Lan", "Minh"), await a_product(union, "Mai")
    for month, product in ((1, both), (6, both), (3, one), (7, one)):
        number = await published(product, union.factory, datetime(2026, month, 15, tzinfo=UTC))
        await charges.charge(SYSTEM, number)
        if month == 6:
            await charges.reverse(SYSTEM, number, "Đăng nhầm")
    return one


async def test_a_statement_tells_what_each_author_gets(ask: Ask, union: Union):
    await _filled(union)
    admin = caller_as("admin", union.factory)
    told = (await ask(STATEMENT, admin, unit=str(union.factory.id), year=2026, half=1)).field
    assert (told["year"], told["half"], told["asOf"]) == (2026, 1, today().isoformat())
    assert (told["publications"], told["amount"]) == (2, 468_000.0)
    sums = {one["author"]["name"]: (one["publications"], one["amount"]) for one in told["authors"]["nodes"]}
    assert sums == {"Lan": (1, 117_000.0), "Minh": (1, 117_000.0), "Mai": (1, 234_000.0)}
    second = (await ask(STATEMENT, admin, unit=str(union.factory.id), year=2026, half=2)).field
    assert (second["publications"], second["amount"]) == (1, 234_000.0)
    above = (await ask(STATEMENT, caller_as("admin", union.root), unit=str(union.north.id), year=2026, half=1)).field
    assert (above["publications"], above["amount"]) == (0, 0.0)


async def test_totals_are_told_for_each_unit_below(ask: Ask, union: Union):
    one = await _filled(union)
    await a_rate(union.north)
    await charges.charge(SYSTEM, await published(one, union.north))
    asked = {"unit": str(union.north.id), "year": 2026, "half": 1}
    seen: list[tuple[str, int, float]] = []
    after, counts = None, set[int]()
    while True:
        with queries() as made:
            page = (await ask(TOTALS, caller_as("admin", union.north), **asked, first=1, after=after)).field
        counts.add(made.count)
        seen += [(node["unit"]["id"], node["publications"], node["amount"]) for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert (seen, len(counts)) == (
        [(str(union.north.id), 1, 351_000.0), (str(union.factory.id), 2, 468_000.0)],
        1,
    )
    for caller, code in ((ANONYMOUS, "SIGN_IN_REQUIRED"), (editor(union.root), "FORBIDDEN")):
        assert (await ask(TOTALS, caller, **asked)).code == code
    period = statements.period(2026, 1, None)
    by_unit = await statements.totals_by_unit(SYSTEM, union.north.id, period, 10)
    content = statement_file(await find_unit(union.north.id), period, [], {}, "vi", by_unit)
    book = load_workbook(io.BytesIO(content))
    assert [list(row) for row in book["Theo đơn vị"].iter_rows(values_only=True, min_row=3)] == [
        ["Đơn vị", "Số sản phẩm", "Số tiền (đồng)"],
        [union.north.name_vi, 1, 351_000],
        [union.factory.name_vi, 2, 468_000],
        ["Cộng", 3, 819_000],
    ]


async def test_a_statement_is_the_same_again_as_of_its_day(ask: Ask, union: Union):
    one = await _filled(union)
    await db.execute("SET CONSTRAINTS ALL IMMEDIATE")
    await db.execute("ALTER TABLE royalty_charge DISABLE TRIGGER royalty_is_kept")
    await db.execute("UPDATE royalty_charge SET recorded_at = recorded_at - interval '10 days'")
    await db.execute("SET CONSTRAINTS ALL DEFERRED")
    day = today() - timedelta(days=10)
    asked = {"unit": str(union.factory.id), "year": 2026, "half": 1, "asOf": day.isoformat()}
    before = (await ask(STATEMENT, SYSTEM, **asked)).field
    assert before["amount"] == 468_000.0
    late = await published(one, union.factory, datetime(2026, 2, 1, tzinfo=UTC))
    await charges.charge(SYSTEM, late)
    await a_rate(union.factory, 900, today())
    assert (await ask(STATEMENT, SYSTEM, **asked)).field == before
    assert (await ask(STATEMENT, SYSTEM, **{**asked, "asOf": None})).field["amount"] == 702_000.0
    earlier = {**asked, "asOf": (day - timedelta(days=1)).isoformat()}
    assert (await ask(STATEMENT, SYSTEM, **earlier)).field["amount"] == 0.0


@pytest.mark.parametrize(
    ("change", "field"),
    [({"half": 3}, "half"), ({"year": 1900}, "year"), ({"year": 3000}, "year"), ({"asOf": "2999-01-01"}, "asOf")],
)
async def test_refuses_what_is_no_half_year(ask: Ask, union: Union, change: dict[str, Any], field: str):
    reply = await ask(STATEMENT, SYSTEM, **{"unit": str(union.factory.id), "year": 2026, "half": 1, **change})
    assert reply.code == "INVALID_INPUT"
    assert field in reply.errors[0]["message"]


async def test_lists_go_on_page_by_page_with_the_same_number_of_statements(ask: Ask, union: Union):
    await _filled(union)
    for kind in ("news", "photo"):
        await a_rate(union.factory, kind=kind)
    asked = {"unit": str(union.factory.id)}
    for document, more, path in (
        (RATES, {}, ()),
        (AUTHORS, {}, ()),
        (STATEMENT, {"year": 2026, "half": 1}, ("authors",)),
    ):
        after, seen, counts = None, [], set[int]()
        while True:
            with queries() as made:
                page = (await ask(document, SYSTEM, **asked, **more, first=1, after=after)).field
            counts.add(made.count)
            for name in path:
                page = page[name]
            seen += [str(node) for node in page["nodes"]]
            if not page["pageInfo"]["hasNextPage"]:
                break
            after = page["pageInfo"]["endCursor"]
        assert len(seen) == len(set(seen)) == 3
        assert len(counts) == 1
    assert (await ask(AUTHORS, SYSTEM, **asked, after="WyJ4Il0")).code == "INVALID_INPUT"


@pytest.mark.parametrize(("language", "names"), [("vi", ["Tổng hợp", "Chi tiết"]), ("en", ["Summary", "Lines"])])
async def test_the_workbook_has_the_sums_and_every_line(union: Union, language: Any, names: list[str]):
    await _filled(union)
    asked = statements.period(2026, 1, None)
    found = await statements.lines(SYSTEM, union.factory.id, asked)
    unit = await find_unit(union.factory.id)
    content = statement_file(unit, asked, found, {"leaflet": "Tờ rơi"}, language)
    book = load_workbook(io.BytesIO(content))
    assert book.sheetnames == names
    summary = [list(row) for row in book[names[0]].iter_rows(values_only=True)]
    assert union.factory.name_vi in str(summary[0][0]) or "Unit 3" in str(summary[0][0])
    assert summary[3:] == [
        ["Lan", 1, 117_000],
        ["Mai", 1, 234_000],
        ["Minh", 1, 117_000],
        ["Cộng" if language == "vi" else "Total", None, 468_000],
    ]
    lines = [list(row) for row in book[names[1]].iter_rows(values_only=True, min_row=4)]
    assert len(lines) == 7
    assert lines[0] == [
        "Lan",
        datetime(2026, 1, 15),  # noqa: DTZ001  # a cell has no zone
        "Tờ rơi của 2",
        "Tờ rơi",
        "https://example.org/1",
        "1,00" if language == "vi" else "1.00",
        234_000,
        "50,00" if language == "vi" else "50.00",
        117_000,
        None,
    ]
    assert [line[-2:] for line in lines[1:3]] == [[117_000, None], [-117_000, "Đăng nhầm"]]


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("{rate}, 'leaflet', '2026-06-01', NULL, 100, 1000, '')", "royalty_rate_one_a_day"),
        ("{rate}, 'news', '2026-06-01', '2026-06-01', 100, 1000, '')", "royalty_rate_holds_a_day"),
        ("{rate}, 'news', '2026-06-01', NULL, 0, 1000, '')", "royalty_rate_coefficient_bounded"),
        ("{rate}, 'news', '2026-06-01', NULL, 1, 99, '')", "royalty_rate_unit_value_bounded"),
        ("{rate}, 'news', '2026-06-01', NULL, 1, 1000, repeat('x', 301))", "royalty_rate_basis_length"),
        ("{rate}, 'x', '2026-06-01', NULL, 1, 1000, '')", "royalty_rate_kind_known"),
        ("UPDATE author SET name = NULL", "author_named_until_erased"),
        ("UPDATE author SET name = NULL, erased_at = now(), subject = 'x'", "author_erased_has_no_account"),
        ("UPDATE author SET name = repeat('x', 201)", "author_name_length"),
        (
            "INSERT INTO author (id, unit_id, name, subject) SELECT gen_random_uuid(), unit_id, name, 'a' FROM author UNION ALL SELECT gen_random_uuid(), unit_id, name, 'a' FROM author",
            "author_account_once",
        ),
        ("UPDATE asset_author SET share = 9999", "asset_author_shares_sum"),
        ("UPDATE asset_author SET share = 10001", "asset_author_share_bounded"),
        ("INSERT INTO asset_author SELECT asset_id, author_id, 1 FROM asset_author", "asset_author_pkey"),
        (
            "INSERT INTO asset_author SELECT asset_id, gen_random_uuid(), 1 FROM asset_author",
            "asset_author_author_fkey",
        ),
        (
            "INSERT INTO asset_author SELECT gen_random_uuid(), author_id, 10000 FROM asset_author",
            "asset_author_asset_fkey",
        ),
    ],
)
async def test_the_database_refuses_it_too(union: Union, statement: str, constraint: str):
    await a_rate(union.factory)
    await a_product(union, "Lan")
    rate = f"INSERT INTO royalty_rate (id, unit_id, kind, valid_from, valid_to, coefficient, unit_value, basis) VALUES (gen_random_uuid(), '{union.factory.id}'"
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as broken:
        async with db.transaction():
            await db.execute(statement.format(rate=rate))
            await db.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert db.violated(broken.value) == constraint


async def test_the_day_a_card_ends_is_its_last_plus_one(union: Union):
    await a_rate(union.factory, 100, date(2026, 1, 1))
    await a_rate(union.factory, 200, date(2026, 1, 2))
    found = await db.rows("SELECT valid_from, valid_to FROM royalty_rate ORDER BY 1")
    assert [tuple(row) for row in found] == [(date(2026, 1, 1), date(2026, 1, 2)), (date(2026, 1, 2), None)]

"""Walking the tree: what is directly below, all that is below, all that is above, in a bounded number of statements."""

import base64

import pytest

from kit.testing import queries

CHILDREN = """
query ($code: String!, $first: Int! = 20, $after: String) { unitByCode(code: $code) {
  children(first: $first, after: $after) { nodes { code } pageInfo { hasNextPage endCursor } }
} }"""
DESCENDANTS = """
query ($code: String!, $first: Int! = 20, $after: String, $level: String) { unitByCode(code: $code) {
  descendants(first: $first, after: $after, level: $level) { nodes { code } pageInfo { hasNextPage endCursor } }
} }"""


def codes(connection):
    return [node["code"] for node in connection["nodes"]]


async def test_tells_a_unit_to_everybody(ask, tree):
    reply = await ask(
        """query ($id: ID!) { unit(id: $id) { code nameVi nameEn shortName name level kind region createdOn closedOn subtreeCount } }""",
        language="en",
        id=str(tree.top["id"]),
    )
    assert reply.field == {
        "code": "TLD",
        "nameVi": "Tổng Liên đoàn Lao động Việt Nam",
        "nameEn": "Vietnam General Confederation of Labour",
        "shortName": None,
        "name": "Vietnam General Confederation of Labour",
        "level": "confederation",
        "kind": "confederation",
        "region": None,
        "createdOn": "1929-07-28",
        "closedOn": None,
        "subtreeCount": 5,
    }


async def test_a_name_without_english_stays_vietnamese(ask, tree):
    reply = await ask('{ unitByCode(code: "hn") { name } }', language="en")
    assert reply.field == {"name": "Liên đoàn Lao động thành phố Hà Nội"}


@pytest.mark.parametrize("given", ["", "x", "00000000-0000-0000-0000-000000000000", "\x00"])
async def test_says_that_a_unit_does_not_exist(ask, tree, given):
    by_id = await ask("query ($x: ID!) { unit(id: $x) { code } }", x=given)
    by_code = await ask("query ($x: String!) { unitByCode(code: $x) { code } }", x=given)
    assert (by_id.code, by_code.code) == ("NOT_FOUND", "NOT_FOUND")
    assert by_id.data == {"unit": None}


async def test_children_come_in_vietnamese_order(ask, tree, new_unit):
    names = ["Ô tô", "Ong", "ốc", "Ơn", "Đá", "Dao", "Ánh", "Anh", "Ăn"]
    for n, name in enumerate(names):
        await new_unit(tree.hue, name, f"N-{n}", "grassroots")
    reply = await ask('{ unitByCode(code: "HUE") { children(first: 100) { nodes { nameVi } } } }')
    shown = [node["nameVi"] for node in reply.field["children"]["nodes"]]
    assert shown == ["Anh", "Ánh", "Ăn", "Dao", "Đá", "Ong", "Ô tô", "ốc", "Ơn"]


async def test_children_come_page_by_page(ask, tree):
    first = (await ask(CHILDREN, code="TLD", first=2)).field["children"]
    second = (await ask(CHILDREN, code="TLD", first=2, after=first["pageInfo"]["endCursor"])).field["children"]
    assert (codes(first), codes(second)) == (["EVN", "HN"], ["HUE"])
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)


async def test_descendants_come_parents_first_and_page_by_page(ask, tree):
    first = (await ask(DESCENDANTS, code="TLD", first=3)).field["descendants"]
    second = (await ask(DESCENDANTS, code="TLD", first=3, after=first["pageInfo"]["endCursor"])).field["descendants"]
    assert (codes(first), codes(second)) == (["HN", "HN-001", "HN-001-01"], ["HUE", "EVN"])
    assert second["pageInfo"]["hasNextPage"] is False


async def test_descendants_of_one_level(ask, tree):
    reply = await ask(DESCENDANTS, code="TLD", level="section")
    assert codes(reply.field["descendants"]) == ["HN-001-01"]


async def test_a_cursor_of_elsewhere_does_not_leave_the_subtree(ask, tree):
    above = (await ask(DESCENDANTS, code="TLD", first=1)).field["descendants"]["pageInfo"]["endCursor"]
    reply = await ask(DESCENDANTS, code="EVN", after=above)
    assert codes(reply.field["descendants"]) == []


async def test_tells_what_is_above(ask, tree):
    reply = await ask('{ unitByCode(code: "HN-001-01") { parent { code } ancestors { code } } }')
    assert reply.field == {
        "parent": {"code": "HN-001"},
        "ancestors": [{"code": "TLD"}, {"code": "HN"}, {"code": "HN-001"}],
    }


async def test_the_top_has_nothing_above(ask, tree):
    reply = await ask('{ unitByCode(code: "TLD") { parent { code } ancestors { code } } }')
    assert reply.field == {"parent": None, "ancestors": []}


BAD_WINDOWS = [
    ({"first": 0}, "first"),
    ({"first": 101}, "first"),
    ({"first": -1}, "first"),
    ({"after": "nonsense"}, "after"),
    ({"after": "WzEsMl0"}, "after"),
    ({"after": ""}, "after"),
]


@pytest.mark.parametrize(("window", "field"), BAD_WINDOWS)
@pytest.mark.parametrize("document", [CHILDREN, DESCENDANTS])
async def test_refuses_a_page_that_can_not_be(ask, tree, document, window, field):
    reply = await ask(document, code="TLD", **window)
    assert (reply.code, reply.errors[0]["extensions"]["field"]) == ("INVALID_INPUT", field)


async def test_refuses_a_level_that_is_no_code(ask, tree):
    reply = await ask(DESCENDANTS, code="TLD", level="\x00")
    assert reply.code == "UNKNOWN_CODE"


async def test_resolves_the_units_that_other_services_refer_to(ask, tree):
    representations = [
        {"__typename": "Unit", "id": str(tree.hue["id"])},
        {"__typename": "Unit", "id": "00000000-0000-0000-0000-000000000000"},
        {"__typename": "Unit", "id": str(tree.hanoi["id"])},
        {"__typename": "Unit", "id": str(tree.hue["id"])},
    ]
    with queries() as asked:
        reply = await ask(
            "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Unit { code } } }", r=representations
        )
    assert reply.field == [{"code": "HUE"}, None, {"code": "HN"}, {"code": "HUE"}]
    # One for today's tree, one for what is not in it.
    assert asked.count == 2


async def test_units_of_todays_tree_take_one_statement(ask, tree):
    representations = [{"__typename": "Unit", "id": str(unit["id"])} for unit in (tree.hue, tree.hanoi, tree.hue)]
    with queries() as asked:
        await ask("query ($r: [_Any!]!) { _entities(representations: $r) { ... on Unit { code } } }", r=representations)
    assert asked.count == 1


async def count(ask, document, **variables):
    with queries() as asked:
        reply = await ask(document, **variables)
    assert reply.errors == []
    return asked.count


async def test_statements_do_not_grow_with_the_number_of_units(ask, tree, new_unit):
    everything = """{ units(first: 100) { nodes {
      parent { code } ancestors { code } subtreeCount children(first: 5) { nodes { code } } descendants(first: 5) { nodes { code } }
      departments { nodes { id } } officers { nodes { post } } } } }"""
    few = await count(ask, everything)
    for n in range(30):
        await new_unit(tree.hue, f"Công đoàn {n}", f"H-{n}", "grassroots")
    # The list, parents, ancestors, counts, children, descendants, departments, officers: one statement each.
    assert (few, await count(ask, everything)) == (8, 8)


async def test_children_take_one_statement_for_all_parents(ask, tree):
    assert await count(ask, "{ units { nodes { children { nodes { code } } } } }") == 2


async def test_descendants_take_one_statement_for_all_units(ask, tree):
    assert await count(ask, "{ units { nodes { descendants { nodes { code } } } } }") == 2


FORGED = [b'[9223372036854775808,"a",1]', b'[1,"a",-9223372036854775809]', b'[1,"a",1e400]', b'[1,"a\\u0000",1]']


@pytest.mark.parametrize("number", range(len(FORGED)))
async def test_a_forged_cursor_is_refused_and_is_no_bug(ask, tree, number):
    after = base64.urlsafe_b64encode(FORGED[number]).decode().rstrip("=")
    reply = await ask("query ($after: String) { units(after: $after) { nodes { code } } }", after=after)
    assert reply.code == "INVALID_INPUT"

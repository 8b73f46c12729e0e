"""The network of press and public opinion collaborators: listed and counted by subtree, and not for everybody to know."""

from datetime import date

import pytest

from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.testing import caller_as, queries
from org.people.service import add_collaborator, add_person, end_collaboration
from org.units.service import move_unit

ADD = """mutation ($input: AddCollaboratorInput!) { addCollaborator(input: $input) {
  __typename ... on AddCollaboratorSuccess { id unit { code } } ... on Problem { code } } }"""
END = """mutation ($input: EndCollaborationInput!) { endCollaboration(input: $input) {
  __typename ... on Problem { code } } }"""
NETWORK = """query ($code: String!, $asOf: Date, $kind: String, $first: Int! = 20, $after: String) { unitByCode(code: $code) {
  collaborators(asOf: $asOf, kind: $kind, first: $first, after: $after) {
    nodes { person { name erased } kind since until unit { code } } pageInfo { hasNextPage endCursor } }
  collaboratorCounts(asOf: $asOf) { kind people units } } }"""

JULY, AUTUMN, WINTER = date(2025, 7, 1), date(2025, 10, 1), date(2026, 1, 1)


@pytest.fixture
async def network(tree):
    """Two press collaborators and one for public opinion in Hà Nội, one of them in two units; one in Huế."""
    tree.binh = await add_person(SYSTEM, "Trần Thị Bình", unit_id=tree.hanoi["id"])
    tree.an = await add_person(SYSTEM, "Nguyễn Văn An", unit_id=tree.hanoi["id"])
    hue = await add_person(SYSTEM, "Lê Văn Huế", unit_id=tree.hue["id"])
    tree.first = await add_collaborator(SYSTEM, tree.binh.id, tree.hanoi["id"], "press", JULY, WINTER)
    await add_collaborator(SYSTEM, tree.binh.id, tree.garment["id"], "press", JULY)
    await add_collaborator(SYSTEM, tree.an.id, tree.garment["id"], "public_opinion", AUTUMN)
    await add_collaborator(SYSTEM, tree.an.id, tree.garment["id"], "press", AUTUMN)
    await add_collaborator(SYSTEM, hue.id, tree.hue["id"], "press", JULY)
    return tree


async def seen(ask, caller, code, **more):
    field = (await ask(NETWORK, caller, code=code, **more)).field
    nodes = [(node["unit"]["code"], node["person"]["name"], node["kind"]) for node in field["collaborators"]["nodes"]]
    return nodes, [tuple(count.values()) for count in field["collaboratorCounts"]]


HANOI = ("HN", "Trần Thị Bình", "press")
GARMENT = ("HN-001", "Trần Thị Bình", "press")


@pytest.mark.parametrize("role", ["editor", "analyst", "admin"])
async def test_lists_and_counts_the_network_of_a_subtree_on_a_day(ask, network, role):
    caller = caller_as(role, network.hanoi)
    assert await seen(ask, caller, "HN", asOf="2025-09-30") == ([HANOI, GARMENT], [("press", 1, 2)])
    nodes, counts = await seen(ask, caller, "HN", asOf="2025-10-01")
    assert nodes[0] == HANOI
    assert sorted(nodes[1:]) == sorted(
        [GARMENT, *(("HN-001", "Nguyễn Văn An", kind) for kind in ("press", "public_opinion"))]
    )
    assert counts == [("press", 2, 2), ("public_opinion", 1, 1)]
    assert (await seen(ask, caller, "HN", asOf="2026-01-01"))[1] == [("press", 2, 1), ("public_opinion", 1, 1)]
    assert (await seen(ask, caller, "HN", asOf="2025-06-30")) == ([], [])
    assert (await seen(ask, caller, "HN", asOf="2025-10-01", kind="public_opinion"))[0] == [
        ("HN-001", "Nguyễn Văn An", "public_opinion")
    ]


async def test_of_a_larger_tree_only_what_the_scope_covers_is_seen(ask, network):
    assert await seen(ask, caller_as("editor", network.hue), "TLD", asOf="2026-01-01") == (
        [("HUE", "Lê Văn Huế", "press")],
        [("press", 1, 1)],
    )


@pytest.mark.parametrize("role", ["worker", "contributor"])
async def test_colleagues_do_not_learn_who_collaborates(ask, network, role):
    assert await seen(ask, caller_as(role, network.top), "TLD", asOf="2025-12-31") == ([], [])


@pytest.mark.parametrize("viewer", [ANONYMOUS, Caller("someone")], ids=["nobody", "without grants"])
async def test_an_empty_scope_sees_nothing(ask, network, viewer):
    assert await seen(ask, viewer, "TLD", asOf="2025-12-31") == ([], [])


async def test_who_may_see_the_past_is_judged_by_the_tree_of_today(ask, network):
    await move_unit(SYSTEM, network.garment["id"], network.hue["id"], date(2026, 2, 1))
    assert await seen(ask, caller_as("editor", network.hanoi), "HN", asOf="2025-12-31") == ([HANOI], [("press", 1, 1)])
    nodes, counts = await seen(ask, caller_as("editor", network.top), "HN", asOf="2025-12-31")
    assert (len(nodes), counts) == (4, [("press", 2, 2), ("public_opinion", 1, 1)])
    nodes, _ = await seen(ask, caller_as("editor", network.hue), "HUE", asOf="2026-02-01")
    assert {unit for unit, _, _ in nodes} == {"HUE", "HN-001"}


async def test_collaborators_come_page_by_page(ask, network):
    caller = caller_as("editor", network.hanoi)
    first = (await ask(NETWORK, caller, code="HN", asOf="2025-12-31", first=2)).field["collaborators"]
    after = first["pageInfo"]["endCursor"]
    rest = (await ask(NETWORK, caller, code="HN", asOf="2025-12-31", first=2, after=after)).field["collaborators"]
    assert (len(first["nodes"]), len(rest["nodes"]), rest["pageInfo"]["hasNextPage"]) == (2, 2, False)
    assert len({str(node) for node in first["nodes"] + rest["nodes"]}) == 4


async def test_takes_one_statement_for_all_units(ask, network):
    document = """{ units { nodes { collaborators { nodes { kind person { name } unit { code } } }
      collaboratorCounts { kind people } } } }"""
    with queries() as asked:
        reply = await ask(document, caller_as("editor", network.top))
    assert reply.errors == []
    assert asked.count == 4


async def test_a_collaboration_is_begun_and_ended(ask, network, everything):
    editor = caller_as("editor", network.hanoi)
    wanted = {"personId": str(network.binh.id), "unitId": str(network.hanoi["id"]), "kind": "public_opinion"}
    made = await ask(ADD, editor, input={**wanted, "on": "2025-07-01"})
    assert made.field["unit"] == {"code": "HN"}
    before = await everything()
    assert (await ask(ADD, editor, input={**wanted, "on": "2026-01-01"})).code == "COLLABORATOR_ALREADY"
    assert (await ask(ADD, editor, input={**wanted, "kind": "spy"})).code == "UNKNOWN_CODE"
    assert (await ask(END, editor, input={"id": made.field["id"], "on": "2025-07-01"})).code == "DATE_BACKWARDS"
    assert (await ask(END, editor, input={"id": str(network.first.id), "on": "2026-01-01"})).code == "TERM_OVER"
    assert await everything() == before
    assert (await ask(END, editor, input={"id": made.field["id"], "on": "2025-08-01"})).code is None
    assert (await ask(ADD, editor, input={**wanted, "on": "2025-08-01"})).code is None


async def test_ending_is_on_record(network):
    await end_collaboration(caller_as("editor", network.hanoi), network.first.id, AUTUMN)
    from kit import db

    last = await db.row("SELECT action, unit_id, after::text FROM audit ORDER BY id DESC LIMIT 1")
    assert tuple(last) == ("collaborator.ended", network.hanoi["id"], '{"until": "2025-10-01"}')

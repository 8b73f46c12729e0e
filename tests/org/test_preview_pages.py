"""Everything that a change would do can be listed to its end, page by page, each thing exactly once."""

from datetime import date

import pytest
from reorganisation_world import FOUNDED, cells, newest

from kit import db
from kit.identity import SYSTEM
from kit.testing import caller_as, queries
from org.access.service import grant_role
from org.people.service import add_person, appoint
from org.reorganisations.service import merge_units

ON = "2026-03-01"
MANY, FEW = 230, 24
FIELDS = {
    "units": "codeBefore codeAfter",
    "along": "code name",
    "headcounts": "code membersBefore membersAfter",
    "officers": "unitCode named",
    "grants": "unitCode named what",
}


@pytest.fixture
def ask(plain_ask):
    """What is taken back counts as written, and leaves no trail: these tests compare all that is stored instead."""
    return plain_ask


def asking_for(name, fields=None):
    return f"""mutation ($input: PreviewReorganisationInput!, $first: Int!, $after: String) {{
      previewReorganisation(input: $input) {{ __typename ... on Problem {{ code }}
        ... on PreviewReorganisationSuccess {{ preview {{
          unitCount alongCount headcountCount officerCount grantCount
          {name}(first: $first, after: $after) {{ nodes {{ {fields or FIELDS[name]} }}
                                                  pageInfo {{ hasNextPage endCursor }} }} }} }} }} }}"""


async def whole_list(ask, caller, name, asked, first=100):
    """Return all of a list, and what the preview counts, page by page as a client does."""
    found, after = [], None
    while True:
        preview = (await ask(asking_for(name), caller, input=asked, first=first, after=after)).field["preview"]
        page = preview[name]
        assert len(page["nodes"]) <= first
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return found, preview
        after = page["pageInfo"]["endCursor"]


@pytest.fixture
async def crowd(request, tree, new_unit):
    """Small unions of Hà Nội, each with an officer, an editor and somebody counted."""
    made = []
    for number in range(request.param if hasattr(request, "param") else FEW):
        unit = await new_unit(tree.hanoi, f"Công đoàn Công ty {number}", f"HN-X{number:03}", "grassroots")
        person = await add_person(SYSTEM, f"Cán bộ {number:03}", unit_id=unit["id"])
        await appoint(SYSTEM, person.id, unit["id"], "chair", date(2025, 8, 1))
        await grant_role(SYSTEM, f"chi-{number:03}", "editor", unit["id"])
        await cells(unit, FOUNDED, {("under_25", "female"): (number, number + 1)})
        made.append(unit)
    return made


def merging(tree, crowd, **more):
    return {"merge": {"sources": [str(one["id"]) for one in crowd], "into": str(tree.garment["id"]), "on": ON, **more}}


@pytest.mark.parametrize("crowd", [MANY], indirect=True)
async def test_hundreds_of_headcounts_officers_and_roles_are_listed_each_once(ask, tree, crowd):
    caller, asked = caller_as("admin", tree.top), merging(tree, crowd, carryGrants=True)
    codes = [unit["code"] for unit in crowd]

    units, counts = await whole_list(ask, caller, "units", asked)
    assert [one["codeBefore"] for one in units] == codes
    assert counts["unitCount"] == MANY

    headcounts, counts = await whole_list(ask, caller, "headcounts", asked, first=33)
    assert sorted((one["code"], one["membersBefore"], one["membersAfter"]) for one in headcounts) == sorted(
        [("HN-001", None, sum(range(MANY))), *((code, number, None) for number, code in enumerate(codes))]
    )
    assert counts["headcountCount"] == MANY + 1

    officers, counts = await whole_list(ask, caller, "officers", asked)
    assert officers == [{"unitCode": code, "named": f"Cán bộ {number:03}"} for number, code in enumerate(codes)]
    assert counts["officerCount"] == MANY

    grants, counts = await whole_list(ask, caller, "grants", asked, first=7)
    given = [one["named"] for one in grants if one["what"] == "given"]
    ended = [one["named"] for one in grants if one["what"] == "ended"]
    assert sorted(given) == sorted(ended) == [f"chi-{number:03}" for number in range(MANY)]
    assert counts["grantCount"] == 2 * MANY
    assert await db.value("SELECT count(*) FROM reorganisation WHERE kind = 'merge'") == 0


async def test_a_new_unit_does_not_upset_the_pages(ask, tree, crowd):
    """Each time the change is tried the new unit has another id and number."""
    new = {
        "parentId": str(tree.hanoi["id"]),
        "nameVi": "Mới",
        "code": "HN-NEW",
        "level": "grassroots",
        "kind": "enterprise",
    }
    sources = [str(one["id"]) for one in crowd]
    asked = {"merge": {"sources": sources, "intoNew": new, "on": ON, "carryGrants": True}}
    caller = caller_as("admin", tree.top)
    headcounts, _ = await whole_list(ask, caller, "headcounts", asked, first=7)
    assert {one["code"] for one in headcounts} == {unit["code"] for unit in crowd} | {"HN-NEW"}
    assert len(headcounts) == FEW + 1
    grants, counts = await whole_list(ask, caller, "grants", asked, first=7)
    assert len(grants) == counts["grantCount"] == 2 * FEW
    assert {one["unitCode"] for one in grants if one["what"] == "given"} == {"HN-NEW"}


async def test_units_that_go_along_are_listed_too(ask, tree, crowd):
    asked = {"move": {"id": str(tree.hanoi["id"]), "parentId": str(tree.evn["id"]), "on": ON}}
    await db.execute(
        "INSERT INTO level_rule (parent_level, child_level) VALUES ('province_or_industry', 'province_or_industry')"
    )
    along, counts = await whole_list(ask, caller_as("admin", tree.top), "along", asked, first=7)
    assert [one["code"] for one in along] == ["HN-001", "HN-001-01", *(unit["code"] for unit in crowd)]
    assert counts["alongCount"] == FEW + 2


async def test_an_undoing_is_listed_to_its_end_as_well(ask, tree, crowd):
    await merge_units(SYSTEM, [one["id"] for one in crowd], tree.garment["id"], date(2026, 3, 1))
    asked = {"undo": {"id": str(await newest())}}
    officers, _ = await whole_list(ask, caller_as("admin", tree.top), "officers", asked, first=7)
    assert [one["named"] for one in officers] == [f"Cán bộ {number:03}" for number in range(FEW)]
    units, _ = await whole_list(ask, caller_as("admin", tree.top), "units", asked)
    assert [one["codeAfter"] for one in units] == [unit["code"] for unit in crowd]


async def test_a_list_that_has_changed_since_the_page_before_is_refused(ask, tree, crowd):
    caller, asked = caller_as("admin", tree.top), merging(tree, crowd)
    page = (await ask(asking_for("headcounts"), caller, input=asked, first=10)).field["preview"]["headcounts"]
    after = page["pageInfo"]["endCursor"]
    assert (await ask(asking_for("headcounts"), caller, input=asked, first=10, after=after)).code is None
    await cells(crowd[20], FOUNDED, {("under_25", "female"): (1, 1)})
    assert (await ask(asking_for("headcounts"), caller, input=asked, first=10, after=after)).code == "INVALID_INPUT"
    # A page is bounded, and what another list tells is what it was.
    assert (await ask(asking_for("headcounts"), caller, input=asked, first=101)).code == "INVALID_INPUT"
    units = (await ask(asking_for("units"), caller, input=asked, first=10)).field["preview"]["units"]
    assert len(units["nodes"]) == 10


@pytest.mark.parametrize("name", FIELDS)
async def test_a_longer_page_takes_no_more_statements(ask, tree, crowd, name):
    fields = f"{FIELDS[name]} unit {{ code }}"
    asked = merging(tree, crowd, carryGrants=True)
    counts = []
    for first in (2, 20):
        with queries() as seen:
            await ask(asking_for(name, fields), caller_as("admin", tree.top), input=asked, first=first)
        counts.append(seen.count)
    assert counts[0] == counts[1]

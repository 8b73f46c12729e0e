"""Who holds which role on a unit, what an account holds, and what ends soon: for those who may know it."""

from datetime import UTC, datetime, timedelta

import pytest

from kit import db
from kit.calendar import today
from kit.identity import ANONYMOUS, SYSTEM, Caller, Grant
from kit.testing import caller_as, queries
from org.access.service import grant_role, revoke_role
from org.units.service import move_unit

PAGE = "nodes { subject role isInherited unit { code } } pageInfo { hasNextPage endCursor }"
ON_UNIT = f"""query ($unit: ID!, $first: Int! = 20, $after: String, $role: String, $asOf: Date, $at: DateTime,
    $history: Boolean! = false) {{
  unitRoleGrants(unitId: $unit, first: $first, after: $after, role: $role, asOf: $asOf, at: $at, history: $history)
  {{ {PAGE} }} }}"""
OF_SUBJECT = f"""query ($subject: String, $first: Int! = 20, $after: String, $asOf: Date, $at: DateTime,
    $history: Boolean! = false) {{
  subjectRoleGrants(subject: $subject, first: $first, after: $after, asOf: $asOf, at: $at, history: $history)
  {{ {PAGE} }} }}"""
EXPIRING = f"""query ($unit: ID!, $days: Int! = 30, $first: Int! = 20, $after: String) {{
  expiringRoleGrants(unitId: $unit, days: $days, first: $first, after: $after) {{ {PAGE} }} }}"""


def day(ahead):
    return today() + timedelta(days=ahead)


def told(reply):
    return [(node["subject"], node["role"], node["unit"]["code"]) for node in reply.field["nodes"]]


async def all_pages(ask, document, caller, **variables):
    """What a list holds, read one by one."""
    found, after = [], None
    while True:
        reply = await ask(document, caller, first=1, after=after, **variables)
        found += told(reply)
        if not reply.field["pageInfo"]["hasNextPage"]:
            return found
        after = reply.field["pageInfo"]["endCursor"]


@pytest.fixture
async def held(tree):
    """Grants from the top to the section, one of them over, one to come."""
    tree.grants = {
        name: await grant_role(SYSTEM, subject, role, unit["id"], since, until)
        for name, (subject, role, unit, since, until) in {
            "top": ("chief", "admin", tree.top, None, None),
            "hanoi": ("lan", "editor", tree.hanoi, None, day(20)),
            "hanoi2": ("mai", "analyst", tree.hanoi, None, None),
            "garment": ("lan", "admin", tree.garment, None, day(10)),
            "section": ("tu", "worker", tree.section, None, day(5)),
            "later": ("binh", "worker", tree.garment, day(3), None),
            "over": ("old", "editor", tree.garment, None, None),
            "hue": ("ngoc", "admin", tree.hue, None, day(5)),
        }.items()
    }
    await revoke_role(SYSTEM, tree.grants["over"]["id"])
    return tree


ON_GARMENT = [
    ("lan", "admin", "HN-001"),
    ("lan", "editor", "HN"),
    ("mai", "analyst", "HN"),
    ("chief", "admin", "TLD"),
]


async def test_an_admin_sees_what_holds_on_the_unit_with_what_is_inherited_marked(ask, held):
    admin = caller_as("admin", held.garment)
    with queries() as asked:
        reply = await ask(ON_UNIT, admin, unit=str(held.garment["id"]))
    assert told(reply) == ON_GARMENT
    assert [node["isInherited"] for node in reply.field["nodes"]] == [False, True, True, True]
    # The instant, the unit, the grants, and their units all at once.
    assert asked.count == 4
    assert await all_pages(ask, ON_UNIT, admin, unit=str(held.garment["id"])) == ON_GARMENT


async def test_a_list_can_be_kept_to_one_role(ask, held):
    reply = await ask(ON_UNIT, caller_as("admin", held.top), unit=str(held.garment["id"]), role="admin")
    assert told(reply) == [("lan", "admin", "HN-001"), ("chief", "admin", "TLD")]
    wrong = await ask(ON_UNIT, caller_as("admin", held.top), unit=str(held.garment["id"]), role="king")
    assert wrong.code == "INVALID_INPUT"


async def test_as_of_a_day_or_an_instant_what_held_then_is_told(ask, held):
    admin, unit = caller_as("admin", held.top), str(held.garment["id"])
    on_day = await ask(ON_UNIT, admin, unit=unit, asOf=today().isoformat())
    assert ("old", "editor", "HN-001") in told(on_day)
    later = await ask(ON_UNIT, admin, unit=unit, asOf=day(4).isoformat())
    assert ("binh", "worker", "HN-001") in told(later)
    assert ("old", "editor", "HN-001") not in told(later)
    assert told(await ask(ON_UNIT, admin, unit=unit, asOf=day(25).isoformat())) == [
        ("binh", "worker", "HN-001"),
        ("mai", "analyst", "HN"),
        ("chief", "admin", "TLD"),
    ]
    over = held.grants["over"]["since"]
    assert ("old", "editor", "HN-001") in told(await ask(ON_UNIT, admin, unit=unit, at=over.isoformat()))
    before = (over - timedelta(hours=1)).isoformat()
    assert told(await ask(ON_UNIT, admin, unit=unit, at=before)) == []
    both = await ask(ON_UNIT, admin, unit=unit, at=before, asOf=today().isoformat())
    assert both.code == "INVALID_INPUT"


async def test_an_instant_without_a_zone_is_viet_nams(ask, held):
    admin, unit = caller_as("admin", held.top), str(held.garment["id"])
    local = (datetime.now(UTC) + timedelta(hours=7)).replace(tzinfo=None).isoformat()
    assert told(await ask(ON_UNIT, admin, unit=unit, at=local)) == ON_GARMENT


async def test_the_whole_history_is_on_record(ask, held):
    reply = await ask(ON_UNIT, caller_as("admin", held.top), unit=str(held.garment["id"]), history=True)
    assert set(told(reply)) == {*ON_GARMENT, ("binh", "worker", "HN-001"), ("old", "editor", "HN-001")}
    wrong = await ask(
        ON_UNIT, caller_as("admin", held.top), unit=str(held.garment["id"]), history=True, asOf=today().isoformat()
    )
    assert wrong.code == "INVALID_INPUT"


async def test_what_was_inherited_on_a_day_follows_the_tree_of_that_day(ask, held):
    await move_unit(SYSTEM, held.garment["id"], held.hue["id"], day(2))
    admin, unit = caller_as("admin", held.top), str(held.garment["id"])
    assert told(await ask(ON_UNIT, admin, unit=unit, asOf=day(1).isoformat())) == ON_GARMENT
    assert told(await ask(ON_UNIT, admin, unit=unit, asOf=day(2).isoformat())) == [
        ("lan", "admin", "HN-001"),
        ("ngoc", "admin", "HUE"),
        ("chief", "admin", "TLD"),
    ]


async def test_a_day_without_the_unit_is_told_so(ask, held):
    reply = await ask(ON_UNIT, caller_as("admin", held.top), unit=str(held.garment["id"]), asOf="1990-01-01")
    assert reply.code == "UNIT_NOT_ON_DAY"


@pytest.mark.parametrize("document", [ON_UNIT, EXPIRING])
async def test_nobody_else_sees_who_holds_roles_on_a_unit(ask, held, document):
    unit = str(held.garment["id"])
    callers = [caller_as(role, held.garment) for role in ("worker", "contributor", "editor", "analyst")]
    callers += [caller_as("admin", held.hue), caller_as("admin", held.section), Caller("someone")]
    for caller in callers:
        reply = await ask(document, caller, unit=unit)
        assert (reply.code, list(reply.data.values())) == ("FORBIDDEN", [None])
    assert (await ask(document, ANONYMOUS, unit=unit)).code == "SIGN_IN_REQUIRED"
    assert (await ask(document, caller_as("admin", held.top), unit="x")).code == "NOT_FOUND"


async def test_everybody_sees_their_own_grants(ask, held):
    reply = await ask(OF_SUBJECT, Caller("lan"))
    assert told(reply) == [("lan", "editor", "HN"), ("lan", "admin", "HN-001")]
    assert await all_pages(ask, OF_SUBJECT, Caller("lan")) == told(reply)
    assert told(await ask(OF_SUBJECT, Caller("old"))) == []
    assert told(await ask(OF_SUBJECT, Caller("old"), history=True)) == [("old", "editor", "HN-001")]
    assert told(await ask(OF_SUBJECT, Caller("binh"), asOf=day(3).isoformat())) == [("binh", "worker", "HN-001")]


async def test_an_admin_sees_of_others_what_lies_in_the_own_units(ask, held):
    admin = caller_as("admin", held.garment)
    assert told(await ask(OF_SUBJECT, admin, subject="lan")) == [("lan", "admin", "HN-001")]
    assert told(await ask(OF_SUBJECT, caller_as("admin", held.top), subject="lan")) == [
        ("lan", "editor", "HN"),
        ("lan", "admin", "HN-001"),
    ]
    for caller in (caller_as("editor", held.garment), caller_as("admin", held.hue), Caller("someone")):
        assert told(await ask(OF_SUBJECT, caller, subject="lan", history=True)) == []
    assert (await ask(OF_SUBJECT, ANONYMOUS, subject="lan")).code == "SIGN_IN_REQUIRED"


async def test_who_may_see_the_past_is_judged_by_where_the_unit_stands_today(ask, held):
    await move_unit(SYSTEM, held.garment["id"], held.hue["id"])
    hue = Caller("h", (Grant("admin", str(held.hue["id"]), held.hue["path"]),))
    assert told(await ask(OF_SUBJECT, hue, subject="old", history=True)) == [("old", "editor", "HN-001")]
    assert told(await ask(OF_SUBJECT, caller_as("admin", held.hanoi), subject="old", history=True)) == []


async def test_what_ends_soon_is_listed_for_the_subtree_the_first_to_end_first(ask, held):
    admin, unit = caller_as("admin", held.hanoi), str(held.hanoi["id"])
    expected = [("tu", "worker", "HN-001-01"), ("lan", "admin", "HN-001"), ("lan", "editor", "HN")]
    with queries() as asked:
        reply = await ask(EXPIRING, admin, unit=unit)
    assert told(reply) == expected
    assert asked.count == 3
    assert await all_pages(ask, EXPIRING, admin, unit=unit) == expected
    assert told(await ask(EXPIRING, admin, unit=unit, days=11)) == expected[:2]
    for days in (0, 367):
        assert (await ask(EXPIRING, admin, unit=unit, days=days)).code == "INVALID_INPUT"


@pytest.mark.parametrize("document", [ON_UNIT, OF_SUBJECT, EXPIRING])
@pytest.mark.parametrize("cursor", ["x", "WyJ4Iiwi", "WzEsMl0", "WzEsIngiXQ"])
async def test_refuses_a_foreign_cursor(ask, held, document, cursor):
    variables = {} if document == OF_SUBJECT else {"unit": str(held.hanoi["id"])}
    assert (await ask(document, caller_as("admin", held.hanoi), after=cursor, **variables)).code == "INVALID_INPUT"


async def test_grants_on_a_closed_unit_hold_where_its_records_went(tree, held):
    from org.access.service import caller_of

    # What closing a unit leaves: no version from a day on, and an heir.
    await db.execute("UPDATE unit SET heir_id = $2 WHERE id = $1", held.section["id"], held.hue["id"])
    await db.execute("UPDATE unit_version SET until = $2 WHERE unit_id = $1", held.section["id"], today())
    await db.execute("SELECT derive_unit_paths($1)", [held.section["id"]])
    path = await db.value("SELECT path FROM unit_path WHERE unit_id = $1 AND NOT open", held.section["id"])
    assert path == held.hue["path"] + held.section["path"][-5:]
    assert (await caller_of("tu")).grants == (Grant("worker", str(held.section["id"]), path),)
    assert not (await caller_of("tu")).may("worker", held.hue["path"])
    assert not (await caller_of("lan")).may("admin", path)
    assert (await caller_of("ngoc")).may("admin", path)


async def test_a_grant_on_a_unit_that_has_not_begun_holds_nowhere_yet(tree, new_unit):
    from org.access.service import caller_of

    begins = await new_unit(tree.hue, "Công đoàn Tương Lai", "HUE-9", "grassroots", on=day(4))
    await grant_role(SYSTEM, "lan", "editor", begins["id"])
    assert (await caller_of("lan")).grants == ()

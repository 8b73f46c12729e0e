"""Dissolving a unit, and what ends with a unit that closes."""

from datetime import date, datetime, timedelta

import pytest
from reorganisation_world import newest, state

from kit import db
from kit.calendar import VIETNAM, today
from kit.errors import Forbidden
from kit.identity import SYSTEM
from kit.testing import caller_as
from org.access.service import caller_of, grant_role, moment
from org.channels.service import ChannelFacts, add_channel
from org.groups.service import add_units, found_group
from org.people.service import add_collaborator, add_person, appoint, erase_person, found_department, set_seats
from org.reorganisations.service import UnitHasChildren, dissolve_unit, merge_units, undo_reorganisation
from org.units.service import UnitCycle, find_unit

ON = date(2026, 3, 1)


async def test_what_it_leaves_is_kept_by_the_unit_above(tree):
    await dissolve_unit(SYSTEM, tree.section["id"], ON)
    section = await find_unit(tree.section["id"])
    assert (section["closed_on"], section["path"]) == (ON, tree.section["path"])
    assert await db.value("SELECT count(*) FROM succession") == 0


async def test_what_it_leaves_follows_the_unit_above_when_that_merges(tree, new_unit):
    other = await new_unit(tree.hanoi, "Công đoàn Công ty Nhựa", "HN-003", "grassroots")
    await dissolve_unit(SYSTEM, tree.section["id"], ON)
    await merge_units(SYSTEM, [tree.garment["id"]], other["id"], ON + timedelta(days=1))
    path = other["path"] + tree.garment["path"][-5:] + tree.section["path"][-5:]
    assert (await find_unit(tree.section["id"]))["path"] == path


async def test_units_below_can_not_go_under_one_of_themselves(tree, everything):
    before = await everything()
    with pytest.raises(UnitCycle):
        await dissolve_unit(SYSTEM, tree.garment["id"], ON, children_to=tree.section["id"])
    assert await everything() == before


async def test_says_how_many_units_would_be_left_alone(tree, everything):
    before = await everything()
    with pytest.raises(UnitHasChildren) as refused:
        await dissolve_unit(SYSTEM, tree.garment["id"], ON)
    assert refused.value.details["count"] == 1
    assert refused.value.message("vi") == (
        "“Công đoàn Công ty May Hòa Bình” còn 1 đơn vị trực thuộc; cần cho biết chuyển về đâu."
    )
    assert await everything() == before


async def test_refuses_who_is_no_admin_above(tree, everything):
    before = await everything()
    for caller in (caller_as("admin", tree.section), caller_as("editor", tree.top), caller_as("admin", tree.hue)):
        with pytest.raises(Forbidden):
            await dissolve_unit(caller, tree.section["id"], ON)
    assert await everything() == before


@pytest.fixture
async def staffed(tree):
    """The section with a department, its head, a chair to come, and two people with roles."""
    person_id = (await add_person(SYSTEM, "Nguyễn Thị Hạnh", unit_id=tree.section["id"])).id
    department_id = (
        await found_department(SYSTEM, tree.section["id"], None, "Ban Tuyên giáo", None, date(2025, 8, 1))
    ).id
    await appoint(
        SYSTEM, person_id, tree.section["id"], "department_head", date(2025, 8, 1), date(2030, 1, 1), department_id
    )
    await appoint(SYSTEM, person_id, tree.section["id"], "chair", date(2026, 6, 1))
    await grant_role(SYSTEM, "chi", "editor", tree.section["id"])
    await grant_role(SYSTEM, "chi", "editor", tree.garment["id"])
    return tree


async def test_terms_and_departments_end_and_come_back(staffed):
    before = await state()
    await dissolve_unit(SYSTEM, staffed.section["id"], ON)
    rows = await db.rows("SELECT post, upper(valid) AS until, term_until, end_reason FROM appointment")
    assert [tuple(row) for row in rows] == [("department_head", ON, date(2030, 1, 1), "reorganised")]
    assert await db.value("SELECT upper(valid) FROM department_version") == ON
    await undo_reorganisation(SYSTEM, await newest())
    assert await state() == before


async def test_roles_end_now_where_the_day_is_past(staffed):
    await dissolve_unit(SYSTEM, staffed.section["id"], ON)
    row = await db.row(
        "SELECT upper(valid) AS until, ended_by, end_reason FROM role_grant WHERE unit_id = $1", staffed.section["id"]
    )
    assert (row["until"] > datetime(2026, 3, 1, tzinfo=VIETNAM), row["ended_by"], row["end_reason"]) == (
        True,
        "system",
        "reorganised",
    )
    assert [grant.unit_id for grant in (await caller_of("chi", await moment())).grants] == [str(staffed.garment["id"])]


async def test_roles_end_on_a_day_that_lies_ahead(staffed):
    day = today() + timedelta(days=9)
    await dissolve_unit(SYSTEM, staffed.section["id"], day)
    until = await db.value("SELECT upper(valid) FROM role_grant WHERE unit_id = $1", staffed.section["id"])
    assert until == datetime(day.year, day.month, day.day, tzinfo=VIETNAM)
    assert len((await caller_of("chi", await moment())).grants) == 2


async def test_roles_are_carried_to_the_successor_when_that_is_asked(staffed, new_unit):
    plastics = await new_unit(staffed.hanoi, "Công đoàn Công ty Nhựa", "HN-003", "grassroots")
    await grant_role(SYSTEM, "an", "worker", staffed.section["id"])
    await grant_role(SYSTEM, "an", "worker", plastics["id"])
    before = await state()
    await merge_units(SYSTEM, [staffed.section["id"]], plastics["id"], ON, gives_grants=True)
    rows = await db.rows(
        "SELECT subject, role, granted_by, reason FROM role_grant WHERE unit_id = $1 ORDER BY subject", plastics["id"]
    )
    assert [tuple(row) for row in rows] == [
        ("an", "worker", "system", None),
        ("chi", "editor", "system", "reorganised"),
    ]
    await undo_reorganisation(SYSTEM, await newest())
    assert await state() == before


async def test_a_term_that_somebody_ended_otherwise_stays_so(staffed):
    await dissolve_unit(SYSTEM, staffed.section["id"], ON)
    await db.execute("UPDATE appointment SET valid = daterange(lower(valid), '2025-10-01'), end_reason = 'resigned'")
    await undo_reorganisation(SYSTEM, await newest())
    rows = await db.rows("SELECT post, upper(valid) AS until, end_reason FROM appointment ORDER BY post")
    assert [tuple(row) for row in rows] == [("chair", None, None), ("department_head", date(2025, 10, 1), "resigned")]


@pytest.fixture
async def furnished(staffed):
    """The section with all else that hangs on a unit: channels, seats, a collaborator, groups; some of it to come."""
    section, later = staffed.section["id"], date(2026, 5, 1)
    for name, since in (("Bảng tin", date(2025, 8, 1)), ("Loa", later)):
        await add_channel(SYSTEM, section, "notice_board", ChannelFacts(name, "members_and_workers", name), since)
    await set_seats(SYSTEM, section, "section_chair", 2, date(2025, 8, 1))
    await set_seats(SYSTEM, section, "team_leader", 3, later)
    person = await add_person(SYSTEM, "Lê Văn Bình", unit_id=section)
    await add_collaborator(SYSTEM, person.id, section, "press", date(2025, 8, 1))
    await add_collaborator(SYSTEM, person.id, section, "public_opinion", later)
    for name, since in (("Nhỏ", date(2025, 8, 1)), ("Xa", later)):
        group = await found_group(SYSTEM, staffed.top["id"], name, name, since=date(2025, 8, 1))
        await add_units(SYSTEM, group["id"], [section], since)
    return staffed


COUNTS = """SELECT kind, what, count(*)::int FROM reorganisation_cut GROUP BY kind, what ORDER BY kind, what"""


async def test_all_that_hangs_on_a_unit_ends_with_it_and_comes_back(furnished):
    before = await state()
    await dissolve_unit(SYSTEM, furnished.section["id"], ON)
    assert [tuple(row) for row in await db.rows(COUNTS)] == [
        ("appointment", "ended", 1),
        ("appointment", "removed", 1),
        ("channel_version", "ended", 1),
        ("channel_version", "removed", 1),
        ("collaborator", "ended", 1),
        ("collaborator", "removed", 1),
        ("department_version", "ended", 1),
        ("post", "ended", 1),
        ("post", "removed", 1),
        ("role_grant", "ended", 1),
        ("unit_group_member", "ended", 1),
        ("unit_group_member", "removed", 1),
    ]
    for table in ("channel_version", "post", "collaborator", "department_version", "unit_group_member", "appointment"):
        assert await db.value(f"SELECT count(*) FROM {table} WHERE valid && daterange($1, NULL)", ON) == 0
    await undo_reorganisation(SYSTEM, await newest())
    assert await state() == before


async def test_what_belonged_to_somebody_who_was_erased_meanwhile_does_not_come_back(furnished):
    await dissolve_unit(SYSTEM, furnished.section["id"], ON)
    person_id = await db.value("SELECT person_id FROM collaborator")
    await erase_person(SYSTEM, person_id)
    await undo_reorganisation(SYSTEM, await newest())
    assert await db.value("SELECT count(*) FROM collaborator WHERE valid && daterange($1, NULL)", date(2026, 5, 1)) == 0
    assert await db.value("SELECT count(*) FROM collaborator") == 1


async def test_no_account_that_was_erased_is_kept_in_what_ended(furnished):
    person_id = await db.value("SELECT person_id FROM collaborator LIMIT 1")
    await db.execute("UPDATE person SET subject = 'chi' WHERE id = $1", person_id)
    await dissolve_unit(SYSTEM, furnished.section["id"], ON)
    await erase_person(SYSTEM, person_id)
    rows = await db.rows("SELECT reorganisation_cut::text AS all_of_it FROM reorganisation_cut")
    assert not any('"chi"' in row["all_of_it"] or ",chi," in row["all_of_it"] for row in rows)

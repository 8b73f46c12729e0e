"""Undoing changes of the tree: exactly what was comes back, or a reason is given why it can't."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from reorganisation_world import FOUNDED, cells, newest, state

from kit import db
from kit.calendar import today
from kit.errors import Forbidden, InvalidInput, NotFound
from kit.identity import SYSTEM
from kit.testing import caller_as
from org.access.service import grant_role
from org.headcounts.service.carry import CarriedHeadcountsCorrected
from org.reorganisations.service.dissolve import dissolve_unit
from org.reorganisations.service.merge import merge_units
from org.reorganisations.service.plan import Beginning
from org.reorganisations.service.split import Part, split_unit
from org.reorganisations.service.undo import ReorganisationInUse, ReorganisationUndone, undo_reorganisation
from org.units.service import (
    UnitNames,
    UnitNameTaken,
    UnitParentNotThere,
    change_unit,
    create_unit,
    find_unit,
    move_unit,
    rename_unit,
)

ON = date(2026, 3, 1)
LATER = ON + timedelta(days=40)


def begins(parent, name, code, level="grassroots", kind="enterprise"):
    return Beginning(parent["id"], UnitNames(name), code, level, kind)


@pytest.fixture
async def shoes(tree, new_unit):
    return await new_unit(tree.hanoi, "Công đoàn Công ty Giày Thăng Long", "HN-002", "grassroots")


CHANGES = {
    "a renaming": lambda t, s: rename_unit(SYSTEM, s["id"], UnitNames("Khác"), ON),
    "a renaming ahead": lambda t, s: rename_unit(SYSTEM, s["id"], UnitNames("Khác"), today() + timedelta(days=9)),
    "a move": lambda t, s: move_unit(SYSTEM, t.garment["id"], t.hue["id"], ON),
    "a change": lambda t, s: change_unit(SYSTEM, s["id"], {"code": "HN-777"}, ON),
    "a merger": lambda t, s: merge_units(SYSTEM, [t.garment["id"]], s["id"], ON),
    "a merger ahead": lambda t, s: merge_units(SYSTEM, [t.garment["id"]], s["id"], today() + timedelta(days=9)),
    "a merger into a new unit": lambda t, s: merge_units(
        SYSTEM, [t.garment["id"], s["id"]], begins(t.hanoi, t.garment["name_vi"], "HN-001"), ON, gives_grants=True
    ),
    "a split": lambda t, s: split_unit(
        SYSTEM,
        t.garment["id"],
        [Part(begins(t.hanoi, "A", "HN-001"), takes_other_children=True), Part(s["id"])],
        ON,
    ),
    "a split of which the source goes on": lambda t, s: split_unit(
        SYSTEM, t.garment["id"], [Part(begins(t.hanoi, "A", "HN-A"), Decimal("0.25"))], ON, source_continues=True
    ),
    "a dissolution": lambda t, s: dissolve_unit(SYSTEM, t.garment["id"], ON, children_to=s["id"]),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_brings_back_exactly_what_was(change, tree, shoes):
    await cells(tree.garment, FOUNDED, {("under_25", "female"): (11, 13), ("25_34", "male"): (5, 5)})
    await cells(shoes, FOUNDED, {("under_25", "female"): (7, 8)})
    await grant_role(SYSTEM, "chi", "editor", tree.garment["id"])
    await rename_unit(SYSTEM, tree.section["id"], UnitNames("Xưởng may"), LATER)
    before = await state()
    version = await db.value("SELECT version FROM tree_version")
    await CHANGES[change](tree, shoes)
    assert await state() != before
    await undo_reorganisation(SYSTEM, await newest())
    assert await state() == before
    assert await db.value("SELECT version FROM tree_version") == version + 2
    rows = await db.rows(
        "SELECT kind, undoes, undone_in FROM reorganisation WHERE version > $1 ORDER BY version", version
    )
    assert rows[0]["undone_in"] == version + 2
    assert tuple(rows[1]) == ("undo", version + 1, None)


async def test_what_was_undone_can_be_done_again_and_undone_again(tree, shoes):
    before = await state()
    for _ in range(2):
        await merge_units(SYSTEM, [tree.garment["id"]], begins(tree.hanoi, "Mới", "HN-001"), ON)
        await undo_reorganisation(SYSTEM, await newest())
    assert await state() == before


async def test_changes_are_undone_from_the_last_to_the_first(tree, shoes):
    start = await state()
    await rename_unit(SYSTEM, shoes["id"], UnitNames("Một"), ON)
    first, renamed = await newest(), await state()
    await merge_units(SYSTEM, [shoes["id"]], tree.garment["id"], LATER)
    second = await newest()
    with pytest.raises(ReorganisationInUse) as refused:
        await undo_reorganisation(SYSTEM, first)
    assert refused.value.message("vi").endswith("1 thay đổi sau đó của cùng đơn vị.")
    await undo_reorganisation(SYSTEM, second)
    assert await state() == renamed
    await undo_reorganisation(SYSTEM, first)
    assert await state() == start


async def test_a_created_unit_whose_creation_is_undone_never_existed(tree, shoes, events):
    unit = await create_unit(SYSTEM, _new(tree))
    await undo_reorganisation(SYSTEM, await newest())
    with pytest.raises(NotFound):
        await find_unit(unit["id"])
    ((told, payload),) = await events()
    assert told == "units.rewritten"
    assert [(one["id"], one["scopes"], one["closed_on"]) for one in payload["units"]] == [
        (str(unit["id"]), [], "2026-03-01")
    ]
    # Its code and its name are free again.
    await create_unit(SYSTEM, _new(tree))


def _new(tree):
    from org.units.service import NewUnit

    return NewUnit(tree.hanoi["id"], UnitNames("Mới"), "HN-NEW", "grassroots", "enterprise", on=ON)


async def test_tells_nothing_of_a_change_that_lay_ahead(tree, shoes):
    told = await db.value("SELECT count(*) FROM outbox")
    await merge_units(SYSTEM, [shoes["id"]], tree.garment["id"], today() + timedelta(days=9))
    await undo_reorganisation(SYSTEM, await newest())
    assert await db.value("SELECT count(*) FROM outbox") == told
    assert await db.value("SELECT count(*) FROM reorganisation WHERE NOT is_announced AND undone_in IS NULL") == 0


async def test_tells_the_units_and_their_people_as_they_are_again(tree, shoes, events):
    await cells(shoes, FOUNDED, {("under_25", "female"): (7, 8)})
    await merge_units(SYSTEM, [shoes["id"]], tree.garment["id"], ON)
    await undo_reorganisation(SYSTEM, await newest())
    (first, rewritten), (second, published) = await events(2)
    assert (first, second) == ("units.rewritten", "headcount.published")
    assert [(one["code"], one["closed_on"], one["path"]) for one in rewritten["units"]] == [
        ("HN-002", None, shoes["path"])
    ]
    assert "successors" not in rewritten["units"][0]
    assert (published["unit_id"], published["cells"]) == (str(tree.garment["id"]), [])


async def hangs_a_child(tree, new, new_unit):
    await new_unit({"id": new}, "Tổ 9", "HN-9", "team", kind="section", on=LATER)


async def hangs_people(tree, new, new_unit):
    await cells({"id": new}, LATER, {("under_25", "female"): (7, 8)})


async def hangs_a_role(tree, new, new_unit):
    await grant_role(SYSTEM, "an", "editor", new)


async def hangs_a_renaming(tree, new, new_unit):
    await rename_unit(SYSTEM, new, UnitNames("Tên khác"), LATER)


async def hangs_a_successor(tree, new, new_unit):
    await merge_units(SYSTEM, [tree.section["id"]], new, LATER)


USES = {
    hangs_a_child: "1 units below",
    hangs_people: "1 headcounts",
    hangs_a_role: "1 roles",
    hangs_a_renaming: "1 later changes of the same units",
    hangs_a_successor: "1 later changes of the same units, 1 successions, 1 closed units",
}


@pytest.mark.parametrize("use", USES)
async def test_refuses_while_something_hangs_on_a_unit_that_it_created(use, tree, shoes, new_unit, everything):
    new = begins(tree.hanoi, "Mới", "HN-NEW")
    await merge_units(SYSTEM, [tree.garment["id"]], new, ON)
    made = await newest()
    await use(tree, new.id, new_unit)
    before = await everything()
    with pytest.raises(ReorganisationInUse) as refused:
        await undo_reorganisation(SYSTEM, made)
    assert USES[use] in refused.value.message("en")
    assert await everything() == before


async def test_refuses_what_would_bring_a_name_back_that_another_has_now(tree, shoes, new_unit):
    await merge_units(SYSTEM, [shoes["id"]], tree.garment["id"], ON)
    made = await newest()
    await new_unit(tree.hanoi, shoes["name_vi"], "HN-010", "grassroots", on=LATER)
    with pytest.raises(UnitNameTaken):
        await undo_reorganisation(SYSTEM, made)


async def test_refuses_to_bring_a_unit_back_below_one_that_has_closed(tree, new_unit):
    zone = await new_unit(tree.hanoi, "Công đoàn Khu công nghiệp", "HN-KCN", "special", kind="industrial_zone")
    works = await new_unit(zone, "Công đoàn Công ty Thép", "HN-KCN-1", "grassroots")
    await merge_units(SYSTEM, [works["id"]], tree.garment["id"], ON)
    made = await newest()
    await dissolve_unit(SYSTEM, zone["id"], LATER)
    with pytest.raises(UnitParentNotThere):
        await undo_reorganisation(SYSTEM, made)


async def test_refuses_when_carried_people_were_corrected(tree, shoes):
    await cells(shoes, FOUNDED, {("under_25", "female"): (7, 8)})
    await merge_units(SYSTEM, [shoes["id"]], tree.garment["id"], ON)
    made = await newest()
    await cells(tree.garment, ON, {("under_25", "female"): (9, 9)})
    with pytest.raises(CarriedHeadcountsCorrected):
        await undo_reorganisation(SYSTEM, made)


async def test_refuses_twice_and_an_undoing_and_the_start(tree, shoes):
    await merge_units(SYSTEM, [shoes["id"]], tree.garment["id"], ON)
    made = await newest()
    await undo_reorganisation(SYSTEM, made)
    with pytest.raises(ReorganisationUndone):
        await undo_reorganisation(SYSTEM, made)
    with pytest.raises(InvalidInput):
        await undo_reorganisation(SYSTEM, await newest())
    with pytest.raises(NotFound):
        await undo_reorganisation(SYSTEM, tree.top["id"])


async def test_refuses_who_is_no_admin_above_all_it_touched(tree, shoes, everything):
    await merge_units(SYSTEM, [tree.garment["id"]], shoes["id"], ON)
    made, before = await newest(), await everything()
    for caller in (caller_as("admin", tree.garment), caller_as("admin", tree.hue), caller_as("editor", tree.top)):
        with pytest.raises(Forbidden):
            await undo_reorganisation(caller, made)
    assert await everything() == before
    await undo_reorganisation(caller_as("admin", tree.hanoi), made)

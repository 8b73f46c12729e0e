"""Training classes that a unit planned end with it; what was held stands in the way, and undoing brings all back."""

from datetime import date, timedelta

import pytest
from reorganisation_world import newest

from kit import db
from kit.calendar import today
from kit.identity import SYSTEM
from kit.testing import caller_as
from org.people.service import add_person, record_attendance, record_class
from org.reorganisations.service import dissolve_unit, undo_reorganisation
from org.units.service import UnitDateBackwards

CLOSES = today() + timedelta(days=30)
DISSOLVE = """mutation ($id: ID!, $on: Date!) { previewReorganisation(input: {dissolve: {id: $id, on: $on}}) {
  ... on PreviewReorganisationSuccess { preview { trainingClassCount others { kind }
    trainingClasses { nodes { what code named unitCode } } } } ... on Problem { code message } } }"""


async def planned(unit, name, first, last):
    return await record_class(SYSTEM, unit["id"], name, "writing", first, last)


async def classes():
    rows = await db.rows("SELECT * FROM training_class ORDER BY name")
    return [tuple(row) for row in rows]


@pytest.fixture
async def training(tree):
    """One class that was held, one that goes on when the section closes, one that would begin later."""
    await planned(tree.section, "Đã học", date(2026, 1, 5), date(2026, 1, 6))
    await planned(tree.section, "Đang học", CLOSES - timedelta(days=3), CLOSES + timedelta(days=3))
    await planned(tree.section, "Sẽ học", CLOSES, CLOSES + timedelta(days=1))
    await planned(tree.garment, "Của công đoàn", CLOSES, CLOSES)
    return tree


async def test_what_is_planned_ends_with_the_unit_and_comes_back(training):
    before = await classes()
    await dissolve_unit(SYSTEM, training.section["id"], CLOSES)
    held = {row["name"]: row["held"] for row in await db.rows("SELECT name, held FROM training_class")}
    assert sorted(held) == ["Của công đoàn", "Đang học", "Đã học"]
    assert held["Đang học"].upper == CLOSES
    await undo_reorganisation(SYSTEM, await newest())
    assert await classes() == before


async def test_the_preview_lists_them(plain_ask, training):
    before = await classes()
    reply = await plain_ask(
        DISSOLVE, caller_as("admin", training.garment), id=str(training.section["id"]), on=CLOSES.isoformat()
    )
    assert reply.field["preview"] == {
        "trainingClassCount": 2,
        "others": [],
        "trainingClasses": {
            "nodes": [
                {"what": "ended", "code": "Đang học", "named": None, "unitCode": "HN-001-01"},
                {"what": "removed", "code": "Sẽ học", "named": None, "unitCode": "HN-001-01"},
            ]
        },
    }
    assert await classes() == before


async def test_the_page_of_the_preview_names_them(client, training):
    page = await client.get(
        "/org/units/HN-001-01/change/dissolve",
        params={"on": CLOSES.isoformat(), "step": "preview"},
        caller=caller_as("admin", training.garment),
    )
    assert page.status_code == 200
    assert "<strong>2</strong> lớp tập huấn dự kiến" in page.text
    assert '<span lang="vi">Sẽ học</span>: <strong>không tổ chức nữa</strong>' in page.text
    assert '<span lang="vi">Đang học</span>: <strong>kết thúc sớm</strong>' in page.text
    assert "Của công đoàn" not in page.text


async def test_a_unit_does_not_close_before_a_class_that_was_held(tree, everything):
    held = today() - timedelta(days=10)
    await planned(tree.section, "Đã học", held, held)
    before = await everything()
    with pytest.raises(UnitDateBackwards) as refused:
        await dissolve_unit(SYSTEM, tree.section["id"], held - timedelta(days=5))
    assert refused.value.details["earliest"] == held + timedelta(days=1)
    assert await everything() == before
    await dissolve_unit(SYSTEM, tree.section["id"], held + timedelta(days=1))


async def test_a_class_with_somebody_who_attended_counts_as_held(tree, everything):
    ahead = CLOSES + timedelta(days=2)
    made = await planned(tree.section, "Sẽ học", ahead, ahead)
    person = await add_person(SYSTEM, "Trần Thị Bình", unit_id=tree.hanoi["id"])
    await record_attendance(SYSTEM, made, [person.id])
    before = await everything()
    with pytest.raises(UnitDateBackwards):
        await dissolve_unit(SYSTEM, tree.section["id"], CLOSES)
    assert await everything() == before

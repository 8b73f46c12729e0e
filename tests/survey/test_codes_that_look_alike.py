"""A form is found by its code however people write it, and by what they take its characters for."""

import pytest
from survey_world import code_of

from kit import db
from survey.collection.service import find_collection


@pytest.fixture
async def code(world) -> str:
    """A code with one character of each kind that is taken for others."""
    wave = await world.open_wave()
    await db.execute("UPDATE collector SET code = 'g7z5bua' WHERE code = $1", await code_of(wave))
    return "g7z5bua"


@pytest.mark.parametrize(
    "written",
    [
        "g7z5bua",
        "G7Z5BUA",
        "g7z-5bua",
        " G7Z 5BUA ",
        "g7z5bua.",
        "(G7Z–5BUA)",
        "67z5bua",
        "q7z5bua",
        "O7z5bua",
        "07z5bua",
        "glz5bua",
        "GIZ5BUA",
        "g1zsbua",
        "gjzs8va",
        "D125BVA",
    ],
)
async def test_a_form_is_found_as_people_write_its_code(client, code, written):
    found = await find_collection(written)
    assert found is not None
    assert found.code == code
    page = await client.get(f"/f/{written}")
    assert (page.status_code, f'action="/f/{code}' in page.text) == (200, True)


@pytest.mark.parametrize("written", ["g7z5bue", "g7z5bu", "g7z5buaa", "a7z5bua", "g7z5bữa", "g7z5b%ua", "gia", ""])
async def test_other_codes_are_unknown(code, written):
    assert await find_collection(written) is None


async def test_of_two_that_look_alike_each_is_found_by_its_own_code_only(code):
    await db.execute(
        "UPDATE collector SET code = '97z5bua'"
        " WHERE code = (SELECT max(code) FROM collector WHERE response_group_id IS NOT NULL)"
    )
    for own in ("g7z5bua", "97z5bua"):
        found = await find_collection(own)
        assert found is not None
        assert found.code == own
    assert await find_collection("67z5bua") is None


async def test_codes_are_looked_up_by_the_index(world):
    await db.execute("SET LOCAL enable_seqscan = off")
    plan = await db.rows(
        "EXPLAIN SELECT code FROM collector WHERE translate(code, 'g6qdo0j1ilzsbv', '9999997777258u') = 'x'"
    )
    assert "collector_look_alike_idx" in str(plan)

"""The demo's closed wave is answered by people made up from its frame, through the code that stores real answers."""

from collections import Counter

import orjson
from results_world import make_demo_world, make_world

from kit import db
from survey.answers.validation import check
from survey.demo.simulate import simulate
from survey.questionnaires.service import published_definition

SIMULATED = 400


async def stored(wave_id):
    rows = await db.rows(
        "SELECT age_band, gender, region, values::text AS values FROM answer WHERE wave_id = $1 ORDER BY values::text",
        wave_id,
    )
    return [tuple(row) for row in rows]


async def test_every_answer_passes_the_forms_own_check(database):
    world = await make_demo_world(20)
    assert await simulate(world.wave_id, answers=SIMULATED) == SIMULATED
    definition = await published_definition(world.version_id)
    for *_, values in await stored(world.wave_id):
        given = orjson.loads(values)
        raw = {code: value if isinstance(value, list) else [str(value)] for code, value in given.items()}
        checked = check(definition, raw)
        assert (checked.issues, checked.values) == ([], given)


async def test_answers_are_mixed_and_released_to_everyone(database):
    world = await make_demo_world(20)
    await simulate(world.wave_id, answers=SIMULATED)
    assert await db.value("SELECT count(*) FROM inbox") == 0
    release = await db.row("SELECT number, is_public, is_simulated, answers_used FROM release")
    assert tuple(release or ()) == (1, True, True, SIMULATED)


async def test_the_page_says_that_the_figures_are_made_up(client):
    world = await make_demo_world(20)
    await simulate(world.wave_id, answers=SIMULATED)
    assert "số liệu mô phỏng" in (await client.get("/results/")).text
    assert "Số liệu mô phỏng để trình diễn" in (await client.get("/results/needs/1")).text


async def test_running_again_adds_nothing(database):
    world = await make_demo_world(20)
    await simulate(world.wave_id, answers=SIMULATED)
    assert await simulate(world.wave_id, answers=SIMULATED) == 0
    assert await db.value("SELECT count(*) FROM answer") == SIMULATED
    assert await db.value("SELECT count(*) FROM release") == 1


async def test_the_same_seed_gives_the_same_answers(database):
    world = await make_demo_world(20)
    await simulate(world.wave_id, answers=SIMULATED, seed=5)
    first = await stored(world.wave_id)
    await db.execute("DELETE FROM answer")
    await db.execute("DELETE FROM spent_key")
    await simulate(world.wave_id, answers=SIMULATED, seed=5)
    assert await stored(world.wave_id) == first
    await db.execute("DELETE FROM answer")
    await db.execute("DELETE FROM spent_key")
    await simulate(world.wave_id, answers=SIMULATED, seed=6)
    assert await stored(world.wave_id) != first


async def test_people_are_drawn_from_the_frame(database):
    """Nobody answers for a cell without people, and no group has more answers than people."""
    world = await make_demo_world(20)
    await db.execute("UPDATE frame_cell SET people = 0 WHERE age_band = '45_plus'")
    await simulate(world.wave_id, answers=SIMULATED)
    sizes = Counter(age_band for age_band, *_ in await stored(world.wave_id))
    assert sizes["45_plus"] == 0
    assert sizes["25_34"] > sizes["under_25"] > 0
    assert (
        await db.value(
            "SELECT count(*) FROM response_group g"
            " WHERE (SELECT count(*) FROM answer a WHERE a.response_group_id = g.id) > g.people"
        )
        == 0
    )


async def test_segments_differ_as_the_leanings_say(database):
    world = await make_demo_world(20)
    await simulate(world.wave_id, answers=2_000)
    shares = {}
    for age_band in ("under_25", "45_plus"):
        told = [orjson.loads(values) for age, _, _, values in await stored(world.wave_id) if age == age_band]
        asked = [answer["formats"] for answer in told if "formats" in answer]
        shares[age_band] = sum("short_video" in formats for formats in asked) / len(asked)
    assert shares["under_25"] > shares["45_plus"] + 0.1


async def test_a_small_frame_is_asked_completely(database):
    world = await make_world()
    assert await simulate(world.wave_id) == 1_000

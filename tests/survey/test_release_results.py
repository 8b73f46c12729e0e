"""A wave's answers become a release: counted exactly, protected, stored once, and then unchangeable."""

import asyncpg
import pytest
from results_world import ANSWERS, World, make_released_world, make_world

from kit import db
from kit.identity import SYSTEM
from survey.results.intervals import wilson
from survey.results.jobs import release_requested, release_requests_swept
from survey.results.service import NoFrame, NothingNew, ReleaseUnderWay, WaveNotClosed, make_release, request_release

# One of the eight inner cells is small; hiding it takes all eight, for each line of a 2 × 2 × 2 table holds two.
HIDDEN = set(ANSWERS)


async def bases(release_id, question="*"):
    found = await db.rows(
        "SELECT age_band, gender, region, base FROM release_cell"
        " WHERE release_id = $1 AND question_code = $2 AND choice_code IS NULL AND shown",
        release_id,
        question,
    )
    return {(row["age_band"], row["gender"], row["region"]): row["base"] for row in found}


async def test_shows_every_margin_and_hides_what_would_give_the_small_cell_away(database):
    _, release_id = await make_released_world()
    assert await bases(release_id) == {
        ("under_25", "female", None): 24,
        ("under_25", "male", None): 50,
        ("25_34", "female", None): 70,
        ("25_34", "male", None): 110,
        ("under_25", None, "southeast"): 34,
        ("under_25", None, "mekong_delta"): 40,
        ("25_34", None, "southeast"): 90,
        ("25_34", None, "mekong_delta"): 90,
        (None, "female", "southeast"): 44,
        (None, "female", "mekong_delta"): 50,
        (None, "male", "southeast"): 80,
        (None, "male", "mekong_delta"): 80,
        ("under_25", None, None): 74,
        ("25_34", None, None): 180,
        (None, "female", None): 94,
        (None, "male", None): 160,
        (None, None, "southeast"): 124,
        (None, None, "mekong_delta"): 130,
        (None, None, None): 254,
    }
    hidden = await db.rows("SELECT * FROM release_cell WHERE release_id = $1 AND NOT shown", release_id)
    assert {(row["age_band"], row["gender"], row["region"]) for row in hidden} == HIDDEN


async def test_states_each_choice_with_its_share_and_interval(database):
    _, release_id = await make_released_world()
    found = await db.rows(
        "SELECT choice_code, n, base, share, low, high FROM release_cell WHERE release_id = $1 AND choice_code IS NOT NULL"
        " AND question_code = 'channel' AND gender = 'female' AND age_band IS NULL AND region IS NULL ORDER BY n",
        release_id,
    )
    assert [tuple(row) for row in found] == [
        ("board", 33, 94, 33 / 94, *wilson(33, 94)),
        ("zalo", 61, 94, 61 / 94, *wilson(61, 94)),
    ]


async def test_hidden_cells_store_no_number_and_no_choice(database):
    _, release_id = await make_released_world()
    hidden = await db.rows("SELECT * FROM release_cell WHERE release_id = $1 AND NOT shown", release_id)
    assert len(hidden) == 4 * 8  # participation and three questions
    for row in hidden:
        assert [row[name] for name in ("choice_code", "n", "base", "share", "low", "high")] == [None] * 6


async def test_neither_texts_nor_segments_are_counted(database):
    _, release_id = await make_released_world()
    codes = await db.rows("SELECT DISTINCT question_code FROM release_cell WHERE release_id = $1", release_id)
    assert {row["question_code"] for row in codes} == {"*", "channel", "zalo_often", "trust"}


async def test_a_question_asked_of_some_is_hidden_where_few_were_asked(database):
    """Of 74 young people 31 chose Zalo: by gender 16 and 15, by region 11 and 20, all above the minimum."""
    _, release_id = await make_released_world()
    asked = await bases(release_id, "zalo_often")
    assert asked[None, None, None] == 146
    assert asked["under_25", "female", None] == 16
    assert asked["under_25", None, "southeast"] == 11
    assert min(asked.values()) >= 10


async def test_records_what_it_was_made_from(database):
    world, release_id = await make_released_world()
    row = await db.row("SELECT * FROM release WHERE id = $1", release_id)
    assert row is not None
    assert (row["wave_id"], row["number"], row["answers_used"], row["people"]) == (world.wave_id, 1, 254, 1000)
    assert (row["minimum_base"], row["is_public"]) == (10, True)


async def test_computing_again_gives_the_same_cells(database):
    """The same answers, in another order, and the same seed: the same digest."""
    first, second = await make_world(code="one"), await make_world(code="two")
    await first.add_answers(ANSWERS)
    await second.add_answers(dict(reversed(ANSWERS.items())))
    digests = []
    for world in (first, second):
        request = await request_release(SYSTEM, world.wave_id, is_public=True, seed=7)
        await make_release(request.id)
        digests.append(await db.value("SELECT sha256 FROM release WHERE wave_id = $1", world.wave_id))
    assert digests[0] == digests[1]


CHANGES = (
    "UPDATE release SET answers_used = 1",
    "UPDATE release SET is_public = NOT is_public",
    "DELETE FROM release",
    "TRUNCATE release CASCADE",
    "UPDATE release_cell SET base = 11 WHERE shown",
    "UPDATE release_cell SET shown = true, base = 10 WHERE NOT shown",
    "DELETE FROM release_cell",
    "TRUNCATE release_cell",
    "INSERT INTO release_cell (release_id, question_code, age_band, shown, base) SELECT id, '*', 'x', true, 10 FROM release",
)


@pytest.mark.parametrize("change", CHANGES)
async def test_nothing_changes_a_release(database, change: str):
    await make_released_world()
    counted = "SELECT count(*), count(base), sum(base) FROM release_cell"
    before = await db.row(counted)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        async with db.transaction():
            await db.execute(change)
    assert db.violated(refused.value) == "release_immutable"
    assert await db.row(counted) == before


@pytest.mark.parametrize(
    ("columns", "values", "constraint"),
    [
        ("base", "12", "release_cell_numbers_only_when_shown"),
        ("choice_code", "'zalo'", "release_cell_numbers_only_when_shown"),
        ("shown, base", "true, 9", "release_cell_base_at_least_10"),
        ("shown", "true", "release_cell_numbers_only_when_shown"),
        ("shown, base, n", "true, 12, 3", "release_cell_numbers_only_when_shown"),
        ("shown, choice_code, base, n, share, low, high", "true, 'a', 12, 13, 1, 1, 1", "release_cell_part_of_base"),
        (
            "shown, choice_code, base, n, share, low, high",
            "true, 'a', 12, 3, 1, 0, 0.5",
            "release_cell_share_in_interval",
        ),
    ],
)
async def test_the_table_refuses_cells_that_make_no_sense(database, columns: str, values: str, constraint: str):
    shown = "" if columns.startswith("shown") else ", shown"
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        async with db.transaction():
            await db.execute(
                f"INSERT INTO release_cell (release_id, question_code, {columns}{shown})"
                f" VALUES (gen_random_uuid(), 'q', {values}{', false' if shown else ''})"
            )
    assert db.violated(refused.value) == constraint


@pytest.mark.parametrize("state", ["planned", "open"])
async def test_refuses_a_wave_that_is_not_closed(database, state: str):
    world = await make_world(state=state)
    await world.add_answers(ANSWERS)
    with pytest.raises(WaveNotClosed):
        await request_release(SYSTEM, world.wave_id, is_public=True)
    await assert_nothing_made(world)


async def test_refuses_a_closed_wave_while_answers_wait_to_be_mixed(database):
    """Or they would come between this release and the next, and the difference would show them."""
    world = await make_world()
    await world.add_answers(ANSWERS)
    await db.execute("INSERT INTO sealing_key VALUES (gen_random_uuid(), DEFAULT, '2026-01-01', sha256('a point'))")
    await db.execute(
        "INSERT INTO inbox SELECT wave_id, response_group_id, sealing_key.id, 'sealed' FROM answer, sealing_key LIMIT 1"
    )
    with pytest.raises(WaveNotClosed):
        await request_release(SYSTEM, world.wave_id, is_public=True)
    await assert_nothing_made(world)


async def test_refuses_a_wave_without_a_frame(database):
    world = await make_world(frame=False)
    await world.add_answers(ANSWERS)
    with pytest.raises(NoFrame):
        await request_release(SYSTEM, world.wave_id, is_public=True)
    await assert_nothing_made(world)


async def test_refuses_fewer_answers_than_may_be_shown(database):
    world = await make_world()
    await world.add_answers({("25_34", "male", "southeast"): (5, 4)})
    with pytest.raises(NothingNew):
        await request_release(SYSTEM, world.wave_id, is_public=True)
    await assert_nothing_made(world)


async def test_refuses_a_second_release_of_the_same_answers(database):
    world, _ = await make_released_world()
    with pytest.raises(NothingNew):
        await request_release(SYSTEM, world.wave_id, is_public=False)
    assert await db.value("SELECT count(*) FROM release") == 1


async def test_a_refusal_that_only_the_job_meets_is_kept_on_the_request(database):
    world = await make_world()
    await world.add_answers(ANSWERS)
    request = await request_release(SYSTEM, world.wave_id, is_public=True)
    await db.execute("DELETE FROM answer")
    await release_requested(str(request.id))
    row = await db.row("SELECT state, problem, release_id FROM release_request WHERE id = $1", request.id)
    assert tuple(row or ()) == ("refused", "NOTHING_NEW", None)
    assert await db.value("SELECT count(*) FROM release") == 0
    assert await db.value("SELECT count(*) FROM release_cell") == 0


async def test_asking_again_while_one_is_on_its_way_is_refused(database):
    world = await make_world()
    await world.add_answers(ANSWERS)
    await request_release(SYSTEM, world.wave_id, is_public=True)
    with pytest.raises(ReleaseUnderWay):
        await request_release(SYSTEM, world.wave_id, is_public=False)
    assert await db.value("SELECT count(*) FROM release_request") == 1


async def test_the_job_may_run_twice(database):
    world = await make_world()
    await world.add_answers(ANSWERS)
    request = await request_release(SYSTEM, world.wave_id, is_public=True)
    await release_requested(str(request.id))
    await release_requested(str(request.id))
    assert await db.value("SELECT count(*) FROM release") == 1


async def test_a_request_whose_job_was_lost_is_taken_up_again(database, job_queue):
    world = await make_world()
    await world.add_answers(ANSWERS)
    request = await request_release(SYSTEM, world.wave_id, is_public=True)
    await release_requests_swept()
    assert job_queue.waiting == []
    await db.execute("UPDATE release_request SET requested_at = now() - interval '1 hour'")
    await release_requests_swept()
    assert [(job.name, ids) for job, ids in job_queue.waiting] == [("survey.release_requested", (str(request.id),))]
    await job_queue.run_all()
    assert await db.value("SELECT state FROM release_request") == "done"


async def assert_nothing_made(world: World) -> None:
    assert await db.value("SELECT count(*) FROM release_request WHERE wave_id = $1", world.wave_id) == 0
    assert await db.value("SELECT count(*) FROM release WHERE wave_id = $1", world.wave_id) == 0

"""A wave's answers become a release: counted exactly, protected, stored once, and then unchangeable."""

import asyncpg
import pytest
from results_world import ANSWERS, OWNER_PATH, UNITS, World, make_released_world, make_world, step_of, told

from kit import db
from kit.identity import SYSTEM
from survey.results.jobs import release_requested, release_requests_swept
from survey.results.making import make_release
from survey.results.readiness import AnswersNotMixed, NoFrame, NothingNew
from survey.results.service import ReleaseUnderWay, request_release

AGES = ("under_25", "25_34", None)
GENDERS = ("female", "male", None)
PLACES = [(age_band, gender) for age_band in AGES for gender in GENDERS]


async def tables(release_id, question="*"):
    """A release's rows of a question, by the unit's path and region."""
    found = await db.rows(
        "SELECT unit.path, release_table.* FROM release_table JOIN unit ON unit.id = unit_id"
        " WHERE release_id = $1 AND question_code = $2",
        release_id,
        question,
    )
    return {(row["path"], row["region"]): row for row in found}


async def bases(release_id, question="*", path=OWNER_PATH, region=None):
    """The bases of one row that are shown, by age band and gender."""
    table = (await tables(release_id, question))[path, region]
    return {place: n for place, n in zip(PLACES, table["n"], strict=True) if n is not None}


async def test_shows_every_margin_and_hides_what_would_give_the_small_cell_away(database):
    """Four young women of the south-east: hidden with the rectangle around them, there and in both regions together."""
    _, release_id = await make_released_world()
    margins = {("under_25", None): 34, ("25_34", None): 90, (None, "female"): 44, (None, "male"): 80, (None, None): 124}
    assert await bases(release_id, region="southeast") == margins
    assert await bases(release_id, region="mekong_delta") == {
        ("under_25", "female"): 20,
        ("under_25", "male"): 20,
        ("under_25", None): 40,
        ("25_34", "female"): 30,
        ("25_34", "male"): 60,
        ("25_34", None): 90,
        (None, "female"): 50,
        (None, "male"): 80,
        (None, None): 130,
    }
    assert await bases(release_id) == {
        ("under_25", None): 74,
        ("25_34", None): 180,
        (None, "female"): 94,
        (None, "male"): 160,
        (None, None): 254,
    }


async def test_a_unit_below_has_a_table_of_its_own_and_is_its_part_of_the_region(database):
    _, release_id = await make_released_world()
    found = await tables(release_id)
    assert set(found) == {
        (OWNER_PATH, None),
        *((OWNER_PATH, region) for region in UNITS),
        *((path, None) for path in UNITS.values()),
    }
    for region, path in UNITS.items():
        assert found[path, None]["lies_in"] == region
        assert found[path, None]["n"] == found[OWNER_PATH, region]["n"]
    assert found[OWNER_PATH, None]["lies_in"] is None


async def test_states_each_choice_with_its_weighted_share(database):
    """Women of both regions: 31 of 44 for 220 people, 15 of 20 for 140 and 15 of 30 for 120."""
    _, release_id = await make_released_world()
    table = (await tables(release_id, "channel"))[OWNER_PATH, None]
    women = PLACES.index((None, "female"))
    share = (31 / 44 * 220 + 15 / 20 * 140 + 15 / 30 * 120) / 480
    assert (table["n"][women], table["people"][women]) == (94, 480)
    # Of 50 to 99 answers shares are told to a fiftieth.
    assert (
        table["share"][2 * women : 2 * women + 2] == [1000 * told(share, 94), 1000 * told(1 - share, 94)] == [660, 340]
    )


async def test_numbers_are_those_of_the_estimator_rounded_and_hidden_alike(database):
    """What a row keeps of a cell it keeps of all its choices, or of none."""
    _, release_id = await make_released_world()
    for table in (await tables(release_id, "channel")).values():
        hidden = [n is None for n in table["n"]]
        assert [people is None for people in table["people"]] == hidden
        for name in ("share", "low", "high", "error"):
            assert [number is None for number in table[name]] == [cell for cell in hidden for _ in range(2)]
        shown = [at for at, share in enumerate(table["share"]) if share is not None]
        steps = [round(1000 * step_of(table["n"][at // 2])) for at in shown]
        for name in ("share", "low", "high", "error"):
            assert [table[name][at] % step for at, step in zip(shown, steps, strict=True)] == [0] * len(shown)
        assert all(table["low"][at] <= table["share"][at] <= table["high"][at] for at in shown)
        assert (table["mean"], table["mean_error"]) == (None, None)


async def test_what_all_said_alike_is_stored_nowhere(database):
    """All 254 trust alike: a row would say of each of them what they said."""
    _, release_id = await make_released_world()
    assert await tables(release_id, "trust") == {}
    row = await db.row("SELECT shown_cells, hidden_cells FROM release WHERE id = $1", release_id)
    # Five tables of nine cells, of participation and three questions.
    assert row["shown_cells"] + row["hidden_cells"] == 4 * 5 * 9


async def test_neither_texts_nor_segments_are_counted(database):
    _, release_id = await make_released_world()
    codes = await db.rows("SELECT DISTINCT question_code FROM release_base WHERE release_id = $1", release_id)
    assert {row["question_code"] for row in codes} == {"*", "channel", "zalo_often", "trust"}


async def test_a_question_asked_of_some_counts_those_only(database):
    """Of 74 young people 31 chose Zalo and were asked how often; all said every day, so nothing of it is shown."""
    world = await make_world()
    await world.add_answers(ANSWERS)
    await db.execute(
        """UPDATE answer SET "values" = jsonb_set("values", '{zalo_often}', '"no"')
           WHERE ctid IN (SELECT DISTINCT ON (age_band, gender, region) ctid FROM answer WHERE "values" ? 'zalo_often'
                          ORDER BY age_band, gender, region)"""
    )
    release_id = await world.publish()
    asked = await bases(release_id, "zalo_often")
    assert asked[None, None] == 146
    assert asked["25_34", None] == 115
    assert min(asked.values()) >= 10
    table = (await tables(release_id, "zalo_often"))[OWNER_PATH, None]
    assert sum(table["share"][-2:]) == 1000


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
    "UPDATE release_table SET n = array_replace(n, NULL, 11)",
    "DELETE FROM release_table",
    "TRUNCATE release_table",
    "INSERT INTO release_table (release_id, question_code, unit_id, n, people) SELECT id, 'x', id, '{10}', '{10}' FROM release",
    "UPDATE release_base SET hidden = base",
    "DELETE FROM release_base",
)


@pytest.mark.parametrize("change", CHANGES)
async def test_nothing_changes_a_release(database, change: str):
    await make_released_world()
    counted = (
        "SELECT count(*), md5(string_agg(release_table::text, '' ORDER BY release_table::text)) FROM release_table"
    )
    before = await db.row(counted)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        async with db.transaction():
            await db.execute(change)
    assert db.violated(refused.value) == "release_immutable"
    assert await db.row(counted) == before


SOUND = {"n": "{10}", "people": "{20}", "share": "{400,600}", "low": "{1,2}", "high": "{900,901}"}


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"n": "{9}"}, "release_table_base_at_least_10"),
        ({"people": "{0}"}, "release_table_within_frame"),
        ({"share": "{400,1001}"}, "release_table_shares"),
        ({"high": "{900,1001}"}, "release_table_shares"),
        ({"low": "{-1,2}"}, "release_table_shares"),
        ({"error": "{-1,2}"}, "release_table_shares"),
        ({"people": "{NULL}"}, "release_table_hidden_alike"),
        ({"people": "{20,20}"}, "release_table_hidden_alike"),
        ({"low": None}, "release_table_hidden_alike"),
        ({"error": "{NULL,NULL}"}, "release_table_hidden_alike"),
        ({"share": "{NULL,600}"}, "release_table_hidden_alike"),
        ({"region": "southeast", "lies_in": "southeast"}, "release_table_one_region"),
    ],
)
async def test_the_table_refuses_rows_that_make_no_sense(database, wrong, constraint: str):
    row = {**SOUND, "error": "{900,900}", **wrong}
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        async with db.transaction():
            await db.execute(
                f"INSERT INTO release_table (release_id, question_code, unit_id, {', '.join(row)})"
                " VALUES (gen_random_uuid(), 'q', gen_random_uuid(), "
                + ", ".join("NULL" if value is None else f"'{value}'" for value in row.values())
                + ")"
            )
    assert db.violated(refused.value) == constraint


@pytest.mark.parametrize("state", ["planned", "cancelled"])
async def test_refuses_a_wave_that_never_opened(database, state: str):
    world = await make_world(state=state)
    await world.add_answers(ANSWERS)
    with pytest.raises(AnswersNotMixed):
        await request_release(SYSTEM, world.wave_id, is_public=True)
    await assert_nothing_made(world)


async def test_what_is_mixed_of_an_open_wave_may_be_released_while_more_waits(database):
    world = await make_world(state="open")
    await world.add_answers(ANSWERS)
    await leave_one_unmixed()
    assert (await bases(await world.publish()))[None, None] == 254


async def test_refuses_a_closed_wave_while_answers_wait_to_be_mixed(database):
    """Or they would come between this release and the next, and the difference would show them."""
    world = await make_world()
    await world.add_answers(ANSWERS)
    await leave_one_unmixed()
    with pytest.raises(AnswersNotMixed):
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
    assert await db.value("SELECT count(*) FROM release_table") == 0


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


async def leave_one_unmixed() -> None:
    await db.execute("INSERT INTO sealing_key VALUES (gen_random_uuid(), DEFAULT, '2026-01-01', sha256('a point'))")
    await db.execute(
        "INSERT INTO inbox SELECT wave_id, response_group_id, sealing_key.id, 'sealed' FROM answer, sealing_key LIMIT 1"
    )


async def assert_nothing_made(world: World) -> None:
    assert await db.value("SELECT count(*) FROM release_request WHERE wave_id = $1", world.wave_id) == 0
    assert await db.value("SELECT count(*) FROM release WHERE wave_id = $1", world.wave_id) == 0

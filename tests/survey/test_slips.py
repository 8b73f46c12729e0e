"""Slips: made for a unit's people, kept as hashes only, and each lets one form in."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from survey_world import MILL, MINE, NORTH, PATHS, ROOT, SMALL, SOUTH, TINY, apply, created, moved, noon, unit_id
from ways_world import code_for, contributor, group_named, groups_in_inbox, offering, spent, submit

from kit import db
from kit.errors import Forbidden, InvalidInput, NotFound, SignInRequired
from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import caller_as, queries
from survey.answers.service import AlreadyAnswered, AlreadySubmitted, WaveClosed
from survey.collection.jobs import forget_ways
from survey.collection.refusals import SlipForeign, SlipMissing, SlipMistyped, SlipRevoked, SlipUnknown
from survey.collection.slips import service as slips
from survey.collection.slips.codes import new_code, printed, slip_hash
from survey.programmes.service import waves

KEYS = iter(range(1, 10_000))


def key() -> str:
    return f"form-{next(KEYS)}"


@pytest.fixture
async def wave(world):
    await offering(world, "slip", "paper")
    return await world.open_wave()


async def made(wave, unit: int = MINE, amount: int = 3, caller=None, **more) -> slips.NewSlips:
    who = caller or contributor(PATHS[unit])
    return await slips.make_slips(who, wave_id=wave.id, unit_id=unit_id(unit), amount=amount, **more)


async def everything() -> tuple[int, ...]:
    """How much there is of what slips change."""
    return tuple(
        [await db.value(f"SELECT count(*) FROM {name}") for name in ("slip", "slip_batch", "spent_key", "inbox")]
    )


async def test_a_slip_lets_one_form_in(wave):
    new = await made(wave)
    receipt = await submit(new.collector, key(), slip=new.codes[0])
    assert len(str(receipt)) == 19
    assert await spent() == 1
    assert await groups_in_inbox() == [await group_named(wave, "Mine")]
    for written in (new.codes[0], printed(new.codes[0]).lower(), new.codes[0].replace("0", "o").replace("1", "l")):
        with pytest.raises(AlreadyAnswered):
            await submit(new.collector, key(), slip=written)
    assert await everything() == (3, 1, 1, 1)
    await submit(new.collector, key(), slip=new.codes[1])
    assert await spent() == 2


async def test_the_same_form_sent_again_is_recognised(wave):
    new = await made(wave)
    receipt = await submit(new.collector, "the-same-form", slip=new.codes[0])
    with pytest.raises(AlreadySubmitted) as told:
        await submit(new.collector, "the-same-form", slip=new.codes[0])
    assert told.value.details["receipt"] == str(receipt)
    assert await everything() == (3, 1, 1, 1)


async def test_only_hashes_are_kept(wave):
    new = await made(wave, amount=100)
    kept = await db.rows("SELECT * FROM slip")
    assert {row["hash"] for row in kept} == {slip_hash(code) for code in new.codes}
    whole = str([dict(row) for name in ("slip", "slip_batch") for row in await db.rows(f"SELECT * FROM {name}")])
    assert not any(code in whole or printed(code) in whole for code in new.codes)
    assert len(set(new.codes)) == 100


async def test_rows_do_not_lie_in_the_order_of_the_pile(wave):
    new = await made(wave, amount=50)
    stored = [row["hash"] for row in await db.rows("SELECT hash FROM slip ORDER BY ctid")]
    assert stored == sorted(slip_hash(code) for code in new.codes)


@pytest.mark.parametrize(
    ("written", "refusal"),
    [
        (None, SlipMissing),
        ("", SlipMissing),
        ("   ", SlipMissing),
        ("7", SlipMistyped),
        ("x" * 5_000, SlipMistyped),
        ("\x00", SlipMistyped),
        ("'; DROP TABLE slip", SlipMistyped),
    ],
)
async def test_what_is_no_slip_is_refused_and_nothing_changes(wave, written, refusal):
    new = await made(wave)
    before = await everything()
    with pytest.raises(refusal):
        await submit(new.collector, key(), slip=written)
    assert await everything() == before


async def test_a_mistyped_slip_is_told_from_one_that_nobody_made(wave):
    new = await made(wave)
    wrong = ("7" if new.codes[0][0] != "7" else "8") + new.codes[0][1:]
    with pytest.raises(SlipMistyped):
        await submit(new.collector, key(), slip=wrong)
    with pytest.raises(SlipUnknown):
        await submit(new.collector, key(), slip=new_code())
    assert await everything() == (3, 1, 0, 0)


async def test_a_slip_of_another_survey_is_told_apart(world, wave):
    later = await waves.plan_wave(
        SYSTEM,
        world.programme.id,
        opens_at=datetime.now(UTC) + timedelta(days=30),
        closes_at=datetime.now(UTC) + timedelta(days=40),
    )
    foreign, own = await made(later), await made(wave)
    with pytest.raises(SlipForeign) as told:
        await submit(own.collector, key(), slip=foreign.codes[0])
    assert told.value.message("vi").startswith("Phiếu mã này thuộc một đợt khảo sát khác.")
    assert await spent() == 0


async def test_slips_of_a_batch_made_void_are_refused_but_not_those_spent_before(wave):
    new = await made(wave)
    await submit(new.collector, "spent-before", slip=new.codes[0])
    revoked = await slips.revoke_slips(contributor(PATHS[MINE]), new.batch.id)
    assert revoked.revoked_at is not None
    with pytest.raises(SlipRevoked):
        await submit(new.collector, key(), slip=new.codes[1])
    # A reply may have been lost: who sends again what is stored must not hear that it was not.
    with pytest.raises(AlreadySubmitted):
        await submit(new.collector, "spent-before", slip=new.codes[0])
    with pytest.raises(AlreadyAnswered):
        await submit(new.collector, key(), slip=new.codes[0])
    assert await spent() == 1
    again = await slips.revoke_slips(contributor(PATHS[MINE]), new.batch.id)
    assert again.revoked_at == revoked.revoked_at


async def test_new_slips_may_replace_old_ones_in_one_step(wave):
    old = await made(wave, SMALL, amount=60)
    with pytest.raises(slips.TooManySlips):
        await made(wave, SMALL, amount=60)
    new = await made(wave, SMALL, amount=60, replaces=old.batch.id)
    with pytest.raises(SlipRevoked):
        await submit(old.collector, key(), slip=old.codes[0])
    await submit(new.collector, key(), slip=new.codes[0])
    # Those of another unit are not replaced by them.
    with pytest.raises(NotFound):
        await made(wave, MINE, amount=1, replaces=new.batch.id, caller=contributor(PATHS[NORTH]))
    assert await db.value("SELECT revoked_at IS NULL FROM slip_batch WHERE id = $1", new.batch.id)


async def test_at_most_two_for_each_of_the_units_people_are_out(wave):
    # 30 people work in the small unit.
    await made(wave, SMALL, amount=50)
    with pytest.raises(slips.TooManySlips) as told:
        await made(wave, SMALL, amount=11)
    assert told.value.details["left"] == 10
    assert "chỉ còn được in thêm 10 phiếu mã" in told.value.message("vi").lower()
    await made(wave, SMALL, amount=10)
    assert await db.value("SELECT sum(amount) FROM slip_batch") == 60


async def test_spent_slips_of_a_void_batch_still_count(wave):
    old = await made(wave, SMALL, amount=60)
    for code in old.codes[:4]:
        await submit(old.collector, key(), slip=code)
    await slips.revoke_slips(SYSTEM, old.batch.id)
    with pytest.raises(slips.TooManySlips) as told:
        await made(wave, SMALL, amount=57)
    assert told.value.details["left"] == 56
    await made(wave, SMALL, amount=56)


async def test_slips_of_a_unit_and_of_those_below_it_share_one_bound(wave):
    # The north has 175 people, so 350 slips; the mine 120 of them.
    north = contributor(PATHS[NORTH])
    await made(wave, MINE, amount=200)
    await made(wave, NORTH, amount=150, caller=north)
    with pytest.raises(slips.TooManySlips) as told:
        await made(wave, MINE, amount=1)
    assert (told.value.details["left"], told.value.details["people"]) == (0, 175)
    with pytest.raises(slips.TooManySlips):
        await made(wave, NORTH, amount=1, caller=north)
    # The south is not concerned.
    await made(wave, MILL, amount=400)


async def test_printing_anew_has_an_end(wave):
    batch = (await made(wave, TINY, amount=50)).batch
    for _ in range(4):
        batch = (await made(wave, TINY, amount=50, replaces=batch.id)).batch
    with pytest.raises(slips.TooManySlips):
        await made(wave, TINY, amount=50, replaces=batch.id)
    # Refused as a whole: the old slips are still good.
    assert await db.value("SELECT revoked_at IS NULL FROM slip_batch WHERE id = $1", batch.id)
    assert await db.value("SELECT count(*) FROM slip") == 250


@pytest.mark.parametrize("amount", [0, -1, 10_001])
async def test_amounts_have_bounds(wave, amount):
    with pytest.raises(InvalidInput):
        await made(wave, MINE, amount=amount)
    assert await everything() == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("caller", "refusal"),
    [
        (ANONYMOUS, SignInRequired),
        (caller_as("worker", PATHS[MINE]), Forbidden),
        (caller_as("analyst", PATHS[ROOT]), Forbidden),
        (caller_as("contributor", PATHS[SMALL]), Forbidden),
        (caller_as("editor", PATHS[SOUTH]), Forbidden),
    ],
    ids=["nobody", "worker", "analyst", "neighbour", "other branch"],
)
async def test_only_contributors_of_the_unit_make_slips_or_make_them_void(wave, caller, refusal):
    with pytest.raises(refusal):
        await made(wave, MINE, caller=caller)
    assert await everything() == (0, 0, 0, 0)
    batch = (await made(wave)).batch
    with pytest.raises(refusal):
        await slips.revoke_slips(caller, batch.id)
    assert await db.value("SELECT revoked_at IS NULL FROM slip_batch")


@pytest.mark.parametrize("role", ["contributor", "editor", "admin"])
@pytest.mark.parametrize("place", [MINE, NORTH, ROOT])
async def test_contributors_of_units_above_may_too(wave, role, place):
    assert len((await made(wave, MINE, caller=caller_as(role, PATHS[place]))).codes) == 3


async def test_a_wave_must_offer_slips(world):
    wave = await world.open_wave()
    with pytest.raises(slips.SurveyWayNotOffered):
        await made(wave)
    assert await everything() == (0, 0, 0, 0)


async def test_a_wave_that_is_over_takes_none(wave):
    batch = (await made(wave)).batch
    await waves.close_wave(SYSTEM, wave.id)
    with pytest.raises(slips.SurveyWaveOver):
        await made(wave)
    with pytest.raises(slips.SurveyWaveOver):
        await slips.revoke_slips(SYSTEM, batch.id)


async def test_a_unit_outside_the_target_gets_none(world):
    await db.execute("UPDATE programme SET target_unit_id = $2 WHERE id = $1", world.programme.id, unit_id(NORTH))
    await offering(world, "slip")
    planned = await world.planned_wave()
    for state in ("planned", "open"):
        for unit in (MILL, ROOT):
            with pytest.raises(slips.SurveyUnitNotAsked):
                await made(planned, unit)
        if state == "planned":
            await waves.open_wave(SYSTEM, planned.id)
    assert await everything() == (0, 0, 0, 0)
    await made(planned, MINE)


async def test_slips_printed_while_the_wave_is_planned_count_for_the_group_at_opening(world):
    await offering(world, "slip")
    planned = await world.planned_wave()
    mine, small, north = await made(planned, MINE), await made(planned, SMALL), await made(planned, NORTH)
    with pytest.raises(WaveClosed):
        await submit(mine.collector, key(), slip=mine.codes[0])
    await waves.open_wave(SYSTEM, planned.id)
    for batch in (mine, small, north):
        await submit(batch.collector, key(), slip=batch.codes[0])
    # The small unit's people are pooled at the north; the north itself has no people, and two groups below it.
    assert sorted(map(str, await groups_in_inbox())) == sorted(
        map(str, [await group_named(planned, "Mine"), await group_named(planned, "North"), None])
    )


async def test_a_unit_that_ended_before_the_opening_has_no_group_but_its_slips_work(world):
    await offering(world, "slip")
    planned = await world.planned_wave()
    new = await made(planned, TINY)
    await db.execute("DELETE FROM unit_scope WHERE unit_id = $1", unit_id(TINY))
    await waves.open_wave(SYSTEM, planned.id)
    await submit(new.collector, key(), slip=new.codes[0])
    assert await groups_in_inbox() == [None]


async def test_slips_follow_their_unit_wherever_it_is_moved_while_the_wave_runs(wave):
    new = await made(wave, SMALL)
    await apply([moved(SMALL, SOUTH, noon().date().isoformat())])
    await submit(new.collector, key(), slip=new.codes[0])
    assert await groups_in_inbox() == [await group_named(wave, "North")]


async def test_a_unit_without_people_of_its_own_has_the_one_group_below_it(world):
    await offering(world, "slip")
    wave = await world.open_wave()
    south = await made(wave, SOUTH)
    await submit(south.collector, key(), slip=south.codes[0])
    assert await groups_in_inbox() == [await group_named(wave, "Mill")]


async def test_slips_are_forgotten_when_the_wave_is_over(wave):
    new = await made(wave)
    await forget_ways()
    assert await db.value("SELECT count(*) FROM slip") == 3
    await submit(new.collector, key(), slip=new.codes[0])
    await waves.close_wave(SYSTEM, wave.id)
    await forget_ways()
    assert await db.value("SELECT count(*) FROM slip") == 0
    assert await db.value("SELECT amount FROM slip_batch") == 3


async def test_units_that_nobody_knows_and_waves_that_nobody_planned_are_not_found(wave):
    for wave_id, unit in ((unit_id(99), unit_id(MINE)), (wave.id, unit_id(99))):
        with pytest.raises(NotFound):
            await slips.make_slips(SYSTEM, wave_id=wave_id, unit_id=unit, amount=1)
    with pytest.raises(NotFound):
        await slips.revoke_slips(SYSTEM, unit_id(99))


async def test_ten_thousand_are_made_in_one_go(world):
    big = 8
    await apply([created(big, PATHS[SOUTH], "Big", "grassroots")])
    await db.execute(
        "INSERT INTO headcount_cell SELECT $1, '2026-01-01', 'under_25', 'female', 5000, 5000", unit_id(big)
    )
    await offering(world, "slip")
    wave = await world.open_wave()
    with queries() as counted:
        new = await slips.make_slips(SYSTEM, wave_id=wave.id, unit_id=unit_id(big), amount=10_000)
    assert counted.count < 8
    assert len(set(new.codes)) == 10_000
    assert await db.value("SELECT count(*) FROM slip") == 10_000
    await submit(new.collector, key(), slip=new.codes[9_999])


@pytest.mark.committed
async def test_two_who_print_at_one_moment_do_not_take_the_same_room(database, world):
    await offering(world, "slip")
    wave = await world.open_wave()
    attempts = await asyncio.gather(*[made(wave, SMALL, amount=40) for _ in range(4)], return_exceptions=True)
    assert sorted(type(each).__name__ for each in attempts) == ["NewSlips", *["TooManySlips"] * 3]
    assert await db.value("SELECT sum(amount) FROM slip_batch") == 40


@pytest.mark.committed
async def test_one_slip_in_many_hands_at_one_moment_lets_one_form_in(database, world):
    await offering(world, "slip")
    new = await made(await world.open_wave())
    attempts = await asyncio.gather(
        *[submit(new.collector, key(), slip=new.codes[0]) for _ in range(8)], return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in attempts) == ["AlreadyAnswered"] * 7 + ["Receipt"]
    assert await db.value("SELECT count(*) FROM inbox") == 1


async def test_a_paper_forms_slip_is_the_same_at_either_address(wave):
    on_paper = await made(wave, way="paper")
    by_phone = await code_for(wave, "slip")
    assert on_paper.collector == await code_for(wave, "paper") != by_phone
    await submit(by_phone, key(), slip=on_paper.codes[0])
    with pytest.raises(AlreadyAnswered):
        await submit(on_paper.collector, key(), slip=on_paper.codes[0])
    assert await spent() == 1


async def test_looking_at_a_slip_takes_few_statements(wave):
    new = await made(wave)
    with queries() as counted:
        await slips.find_slip(wave.id, new.codes[0])
    assert counted.count == 2
    with queries() as counted, pytest.raises(SlipMistyped):
        await slips.find_slip(wave.id, "A" * 17 + "B")
    assert counted.count == 0


async def test_a_unit_that_nobody_has_counted_is_told_so(world):
    await offering(world, "slip")
    wave = await world.planned_wave()
    await db.execute("DELETE FROM headcount_cell WHERE unit_id = $1", unit_id(MILL))
    with pytest.raises(slips.SurveyUnitNotCounted) as refused:
        await slips.make_slips(SYSTEM, wave_id=wave.id, unit_id=unit_id(MILL), amount=1)
    assert refused.value.message("en").startswith("It is not known how many people Mill Union has")
    assert await db.value("SELECT count(*) FROM slip_batch") == 0

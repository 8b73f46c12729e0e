"""What was printed for a planned wave stays right when its ways to answer change: refused, or explained."""

import pytest
from survey_world import MILL, PATHS, ROOT, unit_id
from ways_world import code_for, contributor, offering, submit

from kit import db
from kit.identity import SYSTEM
from kit.testing import caller_as
from survey.answers.service import UnknownCollector
from survey.collection.slips.service import SurveySlipsOut, make_slips, revoke_slips
from survey.programmes.models import Wave
from survey.programmes.service import changing, planning, waves

CHANGE_WAVE = """
mutation ($id: ID!, $ways: [String!]!) {
  changeSurveyWave(id: $id, ways: $ways) {
    ... on SurveyWaveSuccess { wave { ways } }
    ... on SurveySlipsOut { code message slips batches } } }"""
CHANGE_PROGRAMME = """
mutation ($id: ID!, $ways: [String!]!) {
  changeSurveyProgramme(input: {id: $id, ways: $ways}) {
    ... on ChangeSurveyProgrammeSuccess { programme { ways } }
    ... on SurveySlipsOut { code slips batches } } }"""
EDITOR = caller_as("editor", PATHS[ROOT])


@pytest.fixture
async def wave(world) -> Wave:
    """A planned wave with three ways."""
    await offering(world, "open_link", "slip", "paper")
    return await world.planned_wave()


async def printed(wave, amount: int, way="slip"):
    made = await make_slips(contributor(PATHS[MILL]), wave_id=wave.id, unit_id=unit_id(MILL), amount=amount, way=way)
    return made.batch.id


async def test_a_way_with_good_slips_stays_and_both_numbers_are_named(ask, wave):
    first, second = await printed(wave, 30), await printed(wave, 12)
    before = await code_for(wave, "slip")
    reply = await ask(CHANGE_WAVE, EDITOR, "en", id=str(wave.id), ways=["open_link", "paper"])
    assert reply.field == {
        "code": "SURVEY_SLIPS_OUT",
        "message": "42 slips in 2 printings are out for this way to answer; make them void before it goes.",
        "slips": 42,
        "batches": 2,
    }
    assert (await Wave.get(id=wave.id)).ways == ["open_link", "slip", "paper"]
    assert await code_for(wave, "slip") == before
    # Void ones stand in nobody's way, nor do those of another way.
    await revoke_slips(SYSTEM, first)
    assert (await ask(CHANGE_WAVE, EDITOR, id=str(wave.id), ways=["open_link", "paper"])).field["slips"] == 12
    await revoke_slips(SYSTEM, second)
    await printed(wave, 5, "paper")
    reply = await ask(CHANGE_WAVE, EDITOR, id=str(wave.id), ways=["open_link", "paper"])
    assert reply.field == {"wave": {"ways": ["open_link", "paper"]}}


async def test_the_programme_can_not_take_it_away_either(ask, world):
    await offering(world, "slip")
    await planning.plan_ahead()
    planned = await Wave.filter(programme_id=world.programme.id).order_by("opens_at").first()
    await printed(planned, 7)
    reply = await ask(CHANGE_PROGRAMME, EDITOR, id=str(world.programme.id), ways=["open_link"])
    assert reply.field == {"code": "SURVEY_SLIPS_OUT", "slips": 7, "batches": 1}
    assert {tuple(each.ways) for each in await Wave.filter(programme_id=world.programme.id)} == {("slip",)}
    assert await db.value("SELECT ways FROM programme WHERE id = $1", world.programme.id) == ["slip"]
    with pytest.raises(SurveySlipsOut):
        await changing.preview_change(EDITOR, world.programme.id, changing.Change(ways=["open_link"]))


async def test_an_address_that_is_gone_says_so_and_comes_back_as_it_was(client, wave):
    code = await code_for(wave, "open_link")
    await waves.change_wave(SYSTEM, wave.id, ways=["credential"])
    await waves.open_wave(SYSTEM, wave.id)
    for written in (code, code.upper(), f"{code[:3]}-{code[3:]}"):
        shown = await client.get(f"/f/{written}")
        assert shown.status_code == 410
        assert "Cách trả lời này không còn dùng" in shown.text
        assert "This way to answer is not used any more" in shown.text
    told = await client.post(f"/f/{code}", data={"_key": "k" * 22}, headers={"accept": "application/json"})
    assert (told.status_code, told.json()["code"]) == (410, "WAY_WITHDRAWN")
    with pytest.raises(UnknownCollector):
        await submit(code, "a")
    assert (await client.get("/f/nothere")).status_code == 404


@pytest.mark.parametrize("way", ["open_link", "credential", "paper"])
async def test_a_way_that_comes_back_has_its_old_address(world, way):
    await offering(world, "slip", way)
    wave = await world.planned_wave()
    code = await code_for(wave, way)
    await waves.change_wave(SYSTEM, wave.id, ways=["slip"])
    assert await code_for(wave, way) is None
    await waves.change_wave(SYSTEM, wave.id, ways=[way])
    assert await code_for(wave, way) == code
    assert await db.value("SELECT kind FROM withdrawn_collector") == "slip"


async def test_whoever_is_signed_in_is_told_of_a_credential_that_is_not_given_any_more(client, world):
    await offering(world, "credential", "slip")
    wave = await world.planned_wave()
    code = await code_for(wave, "credential")
    await waves.change_wave(SYSTEM, wave.id, ways=["slip"])
    shown = await client.get(f"/results/my-credential/{code}", caller=caller_as("worker", PATHS[MILL]))
    assert shown.status_code == 410
    assert "Cách trả lời này không còn dùng" in shown.text

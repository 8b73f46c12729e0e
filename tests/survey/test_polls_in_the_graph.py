"""Union apps make quick polls, list those that ask a unit's people, close them, and read their results."""

from uuid import UUID

import orjson
import pytest
from polls_world import answer, finish, in_hours, make, polls, shown
from survey_world import MILL, MINE, NORTH, PATHS, ROOT, SMALL, SOUTH, unit_id

from kit import db
from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import caller_as, queries
from survey.polls import service

pytestmark = pytest.mark.usefixtures("world")
OFFICE = caller_as("contributor", PATHS[MILL])
POLL = """id unit { id } kind titleVi titleEn questionVi questionEn link embed snippet allowedOrigins resultState
    state opensAt closesAt"""
CREATE = f"""
mutation ($input: CreateQuickPollInput!) {{
  createQuickPoll(input: $input) {{
    __typename ... on QuickPollSuccess {{ poll {{ {POLL} }} }} ... on Problem {{ code message }}
    ... on InvalidInput {{ field }}
  }}
}}
"""
CLOSE = """
mutation ($id: ID!) {
  closeQuickPoll(id: $id) { ... on QuickPollSuccess { poll { id state } } ... on Problem { code } }
}
"""
LIST = """
query ($unit: ID!, $first: Int, $after: String) {
  quickPolls(unit: $unit, first: $first, after: $after) {
    nodes { id state wave { id state programme { kind state } } } pageInfo { hasNextPage endCursor }
  }
}
"""


def wanted(**more):
    return {
        "unitId": str(unit_id(MILL)),
        "kind": "single",
        "question": {"vi": "Bữa ca có no không?", "en": "Is the meal enough?"},
        "choices": [{"vi": "Có", "en": "Yes"}, {"vi": "Không", "en": "No"}],
        "closesAt": in_hours(24).isoformat(),
        **more,
    }


async def test_a_contributor_makes_a_poll_and_gets_all_it_takes_to_pass_it_on(ask):
    reply = await ask(
        CREATE, OFFICE, input=wanted(allowedOrigins=["https://example.vn"], opensAt=in_hours(1).isoformat())
    )
    poll = reply.field["poll"]
    known = await shown(UUID(poll["id"]))
    assert poll["unit"] == {"id": str(unit_id(MILL))}
    assert (poll["titleEn"], poll["questionEn"], poll["state"]) == (
        "Is the meal enough?",
        "Is the meal enough?",
        "planned",
    )
    assert poll["link"].endswith(f"/f/{known.collector}")
    assert poll["embed"] == f"{poll['link']}/embed"
    assert poll["snippet"].startswith(f'<iframe src="{poll["embed"]}" title="Bữa ca có no không?"')
    assert poll["allowedOrigins"] == ["https://example.vn"]
    assert poll["resultState"] == "not_yet"


async def test_a_snippet_carries_no_markup_of_the_question(ask):
    question = {"vi": '"><script>alert(1)</script>'}
    choices = [{"vi": "a"}, {"vi": "b"}]
    reply = await ask(CREATE, OFFICE, input=wanted(question=question, choices=choices))
    assert "&quot;&gt;&lt;script&gt;" in reply.field["poll"]["snippet"]


@pytest.mark.parametrize(
    ("caller", "more", "code"),
    [
        (ANONYMOUS, {}, "SIGN_IN_REQUIRED"),
        (caller_as("worker", PATHS[MILL]), {}, "FORBIDDEN"),
        (caller_as("editor", PATHS[MINE]), {}, "FORBIDDEN"),
        (OFFICE, {"unitId": "nobody"}, "NOT_FOUND"),
        (OFFICE, {"kind": "ranking"}, "INVALID_INPUT"),
        (caller_as("editor", PATHS[ROOT]), {"unitId": str(unit_id(SMALL))}, "SURVEY_TARGET_TOO_SMALL"),
    ],
)
async def test_refusals_are_typed_and_nothing_is_made(ask, caller, more, code):
    assert (await ask(CREATE, caller, input=wanted(**more))).code == code
    assert await polls() == 0


async def test_the_sixth_running_poll_is_refused(ask):
    for _ in range(5):
        await make()
    assert (await ask(CREATE, OFFICE, input=wanted())).code == "TOO_MANY_QUICK_POLLS"
    assert await polls() == 5


async def test_closing_is_for_the_unit_and_for_once(ask):
    poll = await make()
    assert (await ask(CLOSE, caller_as("editor", PATHS[MINE]), id=str(poll.id))).code == "FORBIDDEN"
    assert (await shown(poll.id)).state == "open"
    assert (await ask(CLOSE, OFFICE, id=str(poll.id))).field == {"poll": {"id": str(poll.id), "state": "closed"}}
    assert (await ask(CLOSE, OFFICE, id=str(poll.id))).code == "SURVEY_WAVE_NOT_OPEN"


async def test_polls_are_paged_with_the_latest_first_and_read_in_one_go(ask):
    made = [await make(), await make(unit=SOUTH), await make()]
    expected = [str(poll.id) for poll in reversed(made)]
    first = (await ask(LIST, unit=str(unit_id(MILL)), first=2)).field
    assert [node["id"] for node in first["nodes"]] == expected[:2]
    assert first["nodes"][0]["wave"]["programme"] == {"kind": "poll", "state": "ended"}
    rest = (await ask(LIST, unit=str(unit_id(MILL)), first=2, after=first["pageInfo"]["endCursor"])).field
    assert [node["id"] for node in rest["nodes"]] == expected[2:]
    with queries() as one:
        await ask(LIST, unit=str(unit_id(MILL)), first=1)
    with queries() as three:
        await ask(LIST, unit=str(unit_id(MILL)), first=3)
    # The unit's path, the polls, their waves, those waves' programmes.
    assert (one.count, three.count) == (4, 4)
    assert (await ask(LIST, unit=str(unit_id(MILL)), after="nonsense")).code == "INVALID_INPUT"


async def test_polls_are_not_among_surveys(ask, world):
    wave = await world.open_wave()
    await make()
    listed = await ask("{ surveyProgrammes { nodes { code kind } } }")
    assert listed.field["nodes"] == [{"code": "news", "kind": "survey"}]
    document = """query ($r: [_Any!]!) {
      _entities(representations: $r) { ... on Unit { surveyWaves { nodes { id } } } } }"""
    found = await ask(document, r=[{"__typename": "Unit", "id": str(unit_id(MILL))}])
    assert found.field == [{"surveyWaves": {"nodes": [{"id": str(wave.id)}]}}]


async def test_a_result_is_read_as_a_waves_and_not_before_the_end(ask, job_queue):
    poll = await make()
    document = """query ($wave: ID!) {
      surveyResult(waveId: $wave, question: "question", by: []) {
        cells { cell { ... on SurveyShownCell { base choices { code share } } } } } }"""
    await answer(poll, 9, "1")
    await answer(poll, 6, "2")
    assert (await ask(document, wave=str(poll.wave_id))).code == "NOT_FOUND"
    await finish(poll)
    await service.ask_for_results()
    await job_queue.run_all()
    (cell,) = (await ask(document, wave=str(poll.wave_id))).field["cells"]
    assert cell["cell"] == {"base": 15, "choices": [{"code": "1", "share": 0.6}, {"code": "2", "share": 0.4}]}


CHANGE = """
mutation ($id: ID!, $origins: [String!]!) { changeQuickPoll(id: $id, allowedOrigins: $origins) {
  ... on QuickPollSuccess { poll { allowedOrigins } } ... on Problem { code } } }"""


async def test_its_websites_change_also_after_the_end(ask, client):
    poll = await make(allowed_origins=["https://a.example.vn"])
    staff = caller_as("contributor", PATHS[MILL])
    reply = await ask(CHANGE, staff, id=str(poll.id), origins=["https://B.example.vn/", "https://b.example.vn"])
    assert reply.field == {"poll": {"allowedOrigins": ["https://b.example.vn"]}}
    shown = await client.get(f"/f/{poll.collector}/embed")
    assert shown.headers["content-security-policy"].endswith("frame-ancestors https://b.example.vn")
    await service.close_poll(SYSTEM, poll.id)
    assert (await ask(CHANGE, staff, id=str(poll.id), origins=[])).field == {"poll": {"allowedOrigins": []}}
    told = await db.row("SELECT before, after FROM audit WHERE action = 'poll.origins_changed' ORDER BY id LIMIT 1")
    assert (orjson.loads(told["before"]), orjson.loads(told["after"])) == (
        {"allowed_origins": ["https://a.example.vn"]},
        {"allowed_origins": ["https://b.example.vn"]},
    )


@pytest.mark.parametrize(
    ("who", "origin", "code"),
    [
        (ANONYMOUS, "https://b.example.vn", "SIGN_IN_REQUIRED"),
        (caller_as("contributor", PATHS[NORTH]), "https://b.example.vn", "FORBIDDEN"),
        (caller_as("worker", PATHS[MILL]), "https://b.example.vn", "FORBIDDEN"),
        (caller_as("contributor", PATHS[MILL]), "http://b.example.vn", "INVALID_INPUT"),
        (caller_as("contributor", PATHS[MILL]), "https://b.vn; script-src *", "INVALID_INPUT"),
    ],
)
async def test_nobody_else_and_nothing_else_changes_its_websites(ask, who, origin, code):
    poll = await make(allowed_origins=["https://a.example.vn"])
    assert (await ask(CHANGE, who, id=str(poll.id), origins=[origin])).code == code
    assert (await shown(poll.id)).allowed_origins == ["https://a.example.vn"]

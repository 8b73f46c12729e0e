"""The audit trail of surveys: who reads it, that every change leaves a trace, that nobody alters one, and no answer."""

import asyncio
import os
import secrets
import sys
from datetime import UTC, datetime, timedelta

import asyncpg
import orjson
import pytest
from survey_world import MILL, NORTH, PATHS, ROOT, SOUTH, apply, event, moved, unit_id
from ways_world import ANSWERS, UNTOLD, code_for, contributor, member, offering, submit

from kit import db
from kit.audit import account_forgotten
from kit.calendar import today
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.logs import request_id
from kit.testing import caller_as, mutations, queries, reaches_the_trail
from loa.databases import ensure_databases
from survey.app import Mutation
from survey.collection.credentials.keys import make_keys_ahead
from survey.collection.slips.service import make_slips, revoke_slips
from survey.polls.question import Bilingual, PollQuestion
from survey.polls.service import NewPoll, close_poll, create_poll
from survey.programmes.service import changing, planning, waves
from survey.questionnaires import service as questionnaires
from survey.units import service as units

TRAIL = """
query ($unit: ID!, $programme: ID, $first: Int! = 50, $after: String) {
  surveyAuditTrail(unit: $unit, programme: $programme, first: $first, after: $after) {
    nodes { at subject action kind thingId before after requestId unit { id } }
    pageInfo { hasNextPage endCursor } } }"""
ADMIN = caller_as("admin", PATHS[ROOT], "lan")
POLL = PollQuestion(kind="single", text=Bilingual("Có hay không?"), choices=[Bilingual("Có"), Bilingual("Không")])


@pytest.fixture
def trail(ask):
    """A function that reads the trail as an admin of everything: action, before and after of each entry."""

    async def read(**asked):
        reply = await ask(TRAIL, ADMIN, **{"unit": str(unit_id(ROOT)), **asked})
        return [
            (each["action"], orjson.loads(each["before"] or "null"), orjson.loads(each["after"] or "null"))
            for each in reply.field["nodes"]
        ]

    return read


async def test_tells_who_did_what_and_what_was_before(ask, world):
    token = request_id.set("req-1")
    try:
        await changing.change_programme(ADMIN, world.programme.id, changing.Change(minimum_base=25, state="paused"))
    finally:
        request_id.reset(token)
    reply = await ask(TRAIL, ADMIN, unit=str(unit_id(ROOT)), first=1)
    (entry,) = reply.field["nodes"]
    assert datetime.now(UTC) - datetime.fromisoformat(entry.pop("at")) < timedelta(minutes=1)
    before, after = orjson.loads(entry.pop("before")), orjson.loads(entry.pop("after"))
    assert (before, after) == ({"minimum_base": 10, "state": "active"}, {"minimum_base": 25, "state": "paused"})
    assert entry == {
        "subject": "lan",
        "action": "programme.changed",
        "kind": "survey_programme",
        "thingId": str(world.programme.id),
        "requestId": "req-1",
        "unit": {"id": str(unit_id(ROOT))},
    }
    assert reply.field["pageInfo"]["hasNextPage"] is True


async def test_tells_the_whole_life_of_a_wave(world, trail):
    opens_at = datetime.now(UTC) + timedelta(days=1)
    wave = await waves.plan_wave(ADMIN, world.programme.id, opens_at=opens_at, closes_at=opens_at + timedelta(days=9))
    await waves.change_wave(ADMIN, wave.id, opens_at=opens_at + timedelta(days=1), ways=["slip", "credential"])
    slips = await make_slips(contributor(PATHS[MILL]), wave_id=wave.id, unit_id=unit_id(MILL), amount=3)
    await revoke_slips(contributor(PATHS[MILL]), slips.batch.id)
    await revoke_slips(contributor(PATHS[MILL]), slips.batch.id)
    await waves.open_wave(ADMIN, wave.id)
    assert await make_keys_ahead() == 3
    longer = (await waves.extend_wave(ADMIN, wave.id, closes_at=opens_at + timedelta(days=20), reason="Bão")).closes_at
    await waves.close_wave(ADMIN, wave.id)
    told = await trail(programme=str(world.programme.id))
    assert [action for action, _, _ in told] == [
        "wave.closed",
        "wave.extended",
        "credential_keys.made",
        "wave.opened",
        "slips.voided",
        "slips.printed",
        "wave.ways_changed",
        "wave.moved",
        "wave.planned",
        "programme.created",
        "questionnaire.published",
        "questionnaire.created",
    ]
    by_action = {action: (before, after) for action, before, after in told}
    assert by_action["wave.opened"][1]["groups"] == 3
    assert by_action["wave.ways_changed"] == ({"ways": ["open_link"]}, {"ways": ["slip", "credential"]})
    printed = {"batch_id": str(slips.batch.id), "unit_id": str(unit_id(MILL)), "amount": 3}
    assert by_action["slips.printed"] == (None, {**printed, "way": "slip"})
    assert by_action["slips.voided"] == (printed, None)
    assert datetime.fromisoformat(by_action["wave.extended"][1]["closes_at"]) == longer
    assert by_action["credential_keys.made"] == (None, {"keys": 3})
    # Why a wave was extended stands at the wave: people write it, so it is not kept for ever.
    assert "Bão" not in str(told)


async def test_tells_what_the_rule_plans_and_cancels_by_itself(world, trail):
    await planning.plan_ahead()
    await changing.change_programme(ADMIN, world.programme.id, changing.Change(state="ended"))
    told = [(action, subject) for action, subject in await _by_whom(world) if action.startswith("wave.")]
    assert told == [("wave.cancelled", "lan")] * 2 + [("wave.planned", "system")] * 2


async def test_what_a_preview_would_do_is_not_told(world, trail):
    before = await trail()
    await changing.preview_change(ADMIN, world.programme.id, changing.Change(state="ended"))
    assert await trail() == before


async def test_tells_of_polls_and_drafts(world, trail):
    closes_at = datetime.now(UTC) + timedelta(days=2)
    poll = await create_poll(
        contributor(PATHS[MILL]), NewPoll(unit_id(MILL), POLL, closes_at, allowed_origins=["https://vi-du.vn"])
    )
    await close_poll(contributor(PATHS[MILL]), poll)
    draft = await questionnaires.save_draft(ADMIN, world.questionnaire_id, (await _published(world)).definition)
    told = await trail()
    assert [action for action, _, _ in told if action.startswith(("poll.", "questionnaire.d"))] == [
        "questionnaire.drafted",
        "poll.closed",
        "poll.made",
    ]
    assert told[0][2] == {"version_id": str(draft.id), "number": 2, "sha256": draft.sha256}
    assert "Có hay không" not in str(told)


async def test_nothing_of_answers_and_who_gives_them_is_told(ask, world):
    await offering(world, "open_link", "slip", "credential", "paper")
    wave = await world.open_wave()
    slips = await make_slips(SYSTEM, wave_id=wave.id, unit_id=unit_id(MILL), amount=2)
    before = await db.value("SELECT count(*) FROM audit")
    await submit(await code_for(wave, "open_link"), "a")
    await submit(await code_for(wave, "slip"), "b", slip=slips.codes[0])
    await submit(await code_for(wave, "paper"), "c", slip=slips.codes[1])
    reply = await ask("query ($w: ID!) { surveyCredentialKey(wave: $w) { id } }", member(MILL, "binh"), w=str(wave.id))
    assert reply.errors == [], "a member asks, and so a key is made"
    assert await db.value("SELECT count(*) FROM audit") == before
    told = str([tuple(row) for row in await db.rows("SELECT * FROM audit")])
    assert not any(secret in told for secret in ("binh", *slips.codes, *ANSWERS))


async def test_of_one_programme_and_its_questionnaire_alone(world, trail):
    other = await create_poll(SYSTEM, NewPoll(unit_id(MILL), POLL, datetime.now(UTC) + timedelta(days=2)))
    programme = await db.value(
        "SELECT programme_id FROM quick_poll q JOIN wave w ON w.id = q.wave_id WHERE q.id = $1", other
    )
    assert [action for action, _, _ in await trail(programme=str(programme))] == [
        "wave.opened",
        "poll.made",
        "wave.planned",
        "questionnaire.published",
        "questionnaire.created",
    ]
    assert len(await trail()) == 5 + len(await trail(programme=str(world.programme.id)))


async def test_goes_where_the_unit_goes(world, ask):
    await create_poll(SYSTEM, NewPoll(unit_id(MILL), POLL, datetime.now(UTC) + timedelta(days=2)))
    await units.apply_moved(moved(MILL, NORTH, today().isoformat()))
    north = await ask(TRAIL, caller_as("admin", PATHS[NORTH]), unit=str(unit_id(NORTH)))
    south = await ask(TRAIL, caller_as("admin", PATHS[SOUTH]), unit=str(unit_id(SOUTH)))
    assert (len(north.field["nodes"]), south.field["nodes"]) == (5, [])


async def test_forgets_the_account_of_somebody_who_was_erased_and_nobody_elses(ask, world):
    erased, other = caller_as("editor", PATHS[ROOT], "quynh@union.example"), caller_as("editor", PATHS[ROOT], "quynh")
    await changing.change_programme(erased, world.programme.id, changing.Change(minimum_base=25))
    await changing.change_programme(other, world.programme.id, changing.Change(minimum_base=30))
    alias = f"erased:{unit_id(MILL)}"
    told = account_forgotten("quynh@union.example", alias)
    assert "quynh" not in str(told)
    before = await db.rows("SELECT id, at, action, before, after FROM audit ORDER BY id")
    await apply([event("account.forgotten", told)])
    assert [by for _, by in (await _by_whom(world))[:2]] == ["quynh", alias]
    assert await db.rows("SELECT id, at, action, before, after FROM audit ORDER BY id") == before
    # Told again, or of somebody who did nothing here.
    await apply([event("account.forgotten", told), event("account.forgotten", account_forgotten("lan", alias))])
    assert [by for _, by in (await _by_whom(world))[:2]] == ["quynh", alias]
    for statement in (
        "UPDATE audit SET subject = 'somebody else'",
        f"UPDATE audit SET subject = 'erased:{unit_id(NORTH)}' WHERE subject LIKE 'erased:%'",
        f"UPDATE audit SET subject = '{alias}', action = 'a.b' WHERE subject = 'quynh'",
    ):
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            async with db.transaction():
                await db.execute(statement)
        assert db.violated(refused.value) == "audit_only_forgets"


async def test_comes_page_by_page_in_as_many_statements(ask, world):
    await world.open_wave()
    seen, after = [], None
    with queries() as asked:
        while True:
            page = (await ask(TRAIL, ADMIN, unit=str(unit_id(ROOT)), first=2, after=after)).field
            seen += [entry["action"] for entry in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
    assert seen == [
        "wave.opened",
        "wave.planned",
        "programme.created",
        "questionnaire.published",
        "questionnaire.created",
    ]
    # The unit, the entries; three times.
    assert asked.count == 6


@pytest.mark.parametrize("role", ["worker", "contributor", "editor", "analyst"])
async def test_is_for_admins_alone(ask, world, role):
    reply = await ask(TRAIL, caller_as(role, PATHS[ROOT]), unit=str(unit_id(ROOT)))
    assert (reply.code, reply.data) == ("FORBIDDEN", None)


async def test_is_not_for_strangers_nor_for_admins_elsewhere(ask, world):
    assert (await ask(TRAIL, ANONYMOUS, unit=str(unit_id(ROOT)))).code == "SIGN_IN_REQUIRED"
    assert (await ask(TRAIL, Caller("someone"), unit=str(unit_id(ROOT)))).code == "FORBIDDEN"
    assert (await ask(TRAIL, caller_as("admin", PATHS[MILL]), unit=str(unit_id(SOUTH)))).code == "FORBIDDEN"
    assert (await ask(TRAIL, caller_as("admin", PATHS[NORTH]), unit=str(unit_id(SOUTH)))).code == "FORBIDDEN"
    # A programme of others tells those who run units below nothing.
    reply = await ask(
        TRAIL, caller_as("admin", PATHS[MILL]), unit=str(unit_id(MILL)), programme=str(world.programme.id)
    )
    assert reply.field["nodes"] == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"first": 0}, "INVALID_INPUT"),
        ({"after": "x"}, "INVALID_INPUT"),
        ({"unit": "00000000-0000-0000-0000-000000000000"}, "NOT_FOUND"),
        ({"programme": "00000000-0000-0000-0000-000000000000"}, "NOT_FOUND"),
    ],
)
async def test_refuses(ask, world, asked, code):
    assert (await ask(TRAIL, ADMIN, **{"unit": str(unit_id(ROOT)), **asked})).code == code


# That what a mutation of some test does is in the trail, each test that asks for one sees (kit.testing.AuditedAsk).
# Here: that no mutation lacks the call, and that those have none which would tell who answers.
@pytest.mark.parametrize(("name", "resolver"), list(mutations(Mutation)))
def test_a_mutation_leaves_a_trace_unless_it_is_an_answer(name, resolver):
    parts = name.split("_")
    in_graph = parts[0] + "".join(part.capitalize() for part in parts[1:])
    assert reaches_the_trail(resolver) is (in_graph not in UNTOLD)


@pytest.fixture
async def production(test_servers):
    """Connected as a service is in production: as the role that `up` makes, which owns its database and its tables."""
    name = f"survey_audit_{secrets.token_hex(4)}"
    server = await asyncpg.connect(test_servers[0])
    try:
        (url,) = (await ensure_databases(test_servers[0], [name], lambda _: "secret")).values()
        command = (sys.executable, "-m", "kit.migrate", "survey.app")
        migrating = await asyncio.create_subprocess_exec(*command, env={**os.environ, "LOA_DATABASE_URL": url})
        assert await migrating.wait() == 0
        connection = await asyncpg.connect(url)
        try:
            yield connection
        finally:
            await connection.close()
    finally:
        await server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await server.execute(f'DROP ROLE IF EXISTS "{name}"')
        await server.close()


async def test_the_service_itself_may_add_and_read_but_not_alter(production):
    assert not await production.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    add = "INSERT INTO audit (subject, action, kind, thing_id) VALUES ('lan', 'a.b', 'survey_wave', '1')"
    await production.execute(add)
    columns = await production.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'audit'::regclass AND attnum > 0 AND attname <> 'id'"
    )
    for column in [row["attname"] for row in columns]:
        # Of an account that was erased an alias may be made; a trigger refuses everything else.
        refused = asyncpg.CheckViolationError if column == "subject" else asyncpg.InsufficientPrivilegeError
        with pytest.raises(refused):
            await production.execute(f"UPDATE audit SET {column} = {column}")
    for statement in ("DELETE FROM audit", "TRUNCATE audit"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await production.execute(statement)
    assert await production.fetchval("SELECT subject FROM audit") == "lan"


async def _by_whom(world):
    rows = await db.rows("SELECT action, subject FROM audit ORDER BY id DESC")
    return [(row["action"], row["subject"]) for row in rows]


async def _published(world):
    return await questionnaires.newest_published(world.questionnaire_id)

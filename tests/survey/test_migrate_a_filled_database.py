"""A database that was in use before answers were sealed becomes today's, and loses nothing that people said."""

import asyncio
import hashlib
import os
import sys
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest
from survey_world import definition

from kit.testing import DATABASE_VARIABLE, new_database, worker_name
from survey.questionnaires import definition as definitions
from survey.questionnaires.checking import checked

# A process of its own, as an operator starts one: tortoise knows one database at a time.
MIGRATE = ("-m", "kit.migrate", "survey.app")
MIGRATE_TO_OLD = """
import asyncio
from survey.app import service
from tortoise.migrations.api.migrate import migrate
asyncio.run(migrate(config=service.database(), target="survey.0014_concepts"))
"""
ANSWERS = [
    {"reached": "yes", "channels": ["zalo"], "age": "under_25", "gender": "female"},
    {"reached": "no", "age": "not_said", "gender": "male"},
    {"reached": "no"},
]

pytestmark = pytest.mark.slow


def hashed(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


async def run(url: str, *arguments: str) -> None:
    """Run Python for a database."""
    told = {**os.environ, "LOA_DATABASE_URL": url}
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, env=told)
    assert await process.wait() == 0


@pytest.fixture
async def old() -> AsyncIterator[tuple[asyncpg.Connection, str]]:
    """A database as it was, and its address."""
    name = f"loa_test_survey_old_{worker_name()}"
    url = await new_database(os.environ[DATABASE_VARIABLE], name)
    await run(url, "-c", MIGRATE_TO_OLD)
    connection = await asyncpg.connect(url)
    yield connection, url
    await connection.close()


async def filled(connection: asyncpg.Connection) -> tuple[UUID, UUID]:
    """One wave that closed and one that is open, each with an answer that was mixed; more wait in the open one."""
    unit, questionnaire, version, programme = (uuid4() for _ in range(4))
    await connection.execute(
        "INSERT INTO unit VALUES ($1, 1, 'AAAAA', NULL, 'Mỏ', 'Mine', 'Mỏ', 'MO', 'grassroots', 'enterprise', NULL, 1)",
        unit,
    )
    await connection.execute("INSERT INTO unit_scope VALUES ($1, 'AAAAA', '[2020-01-01,)')", unit)
    await connection.execute("INSERT INTO questionnaire VALUES ($1, 'needs', $2)", questionnaire, unit)
    document = definition()
    await connection.execute(
        "INSERT INTO questionnaire_version VALUES ($1, $2, 1, $3::jsonb, $4, '2025-01-01')",
        *(version, questionnaire, orjson.dumps(document).decode(), definitions.digest(document)),
    )
    await connection.execute(
        "INSERT INTO programme (id, code, title_vi, title_en, owner_unit_id, target_unit_id, questionnaire_id, starts_on)"
        " VALUES ($1, 'needs', 'Nhu cầu', 'Needs', $2, $2, $3, '2025-03-01')",
        *(programme, unit, questionnaire),
    )
    times = (("closed", "2025-02-28 17:00+00", "2025-03-30 17:00+00"), ("open", "2025-09-10 02:00+00", "2026-06-01"))
    waves = []
    for number, (state, opens_at, closes_at) in enumerate(times, 1):
        wave, group = uuid4(), uuid4()
        await connection.execute(
            "INSERT INTO wave (id, programme_id, number, questionnaire_version_id, opens_at, closes_at, state,"
            " tree_version, frozen_at)"
            " VALUES ($1, $2, $3, $4, $5::text::timestamptz, $6::text::timestamptz, $7, 1, $5::text::timestamptz)",
            *(wave, programme, number, version, opens_at, closes_at, state),
        )
        await connection.execute(
            "INSERT INTO response_group VALUES ($1, $2, 'Mỏ', 'Mine', 'AAAAA', NULL, 80)", group, wave
        )
        await connection.execute("INSERT INTO collector VALUES ($1, $2, $3)", f"2222{number + 1}", wave, group)
        await connection.execute("INSERT INTO frame_unit VALUES ($1, $2, 'AAAAA')", wave, unit)
        await connection.execute(
            "INSERT INTO answer VALUES ($1, $2, $3, '45_plus', 'female', NULL, $4::jsonb)",
            *(wave, group, version, orjson.dumps({"reached": "no", "age": "45_plus", "gender": "female"}).decode()),
        )
        await connection.execute("INSERT INTO spent_key VALUES ($1, $2)", wave, hashed(f"mixed {number}"))
        waves.append(wave)
    async with connection.transaction():
        release = uuid4()
        await connection.execute(
            "INSERT INTO release_cell (release_id, question_code, shown, base) VALUES ($1, 'reached', true, 50)",
            release,
        )
        await connection.execute(
            "INSERT INTO release VALUES ($1, $2, 1, now(), true, false, 50, 80, 10, '{}', 7, $3)",
            *(release, waves[0], "0" * 64),
        )
    for place, values in enumerate(ANSWERS):
        await connection.execute(
            "INSERT INTO inbox VALUES ($1, $2, $3, $4, $5::jsonb)",
            *(waves[1], hashed(f"waiting {place}"), group, version, orjson.dumps(values).decode()),
        )
    return waves[0], waves[1]


async def test_what_waited_is_mixed_and_what_was_spent_stays_spent(old):
    connection, url = old
    closed, opened = await filled(connection)
    await run(url, *MIGRATE)
    found = await connection.fetch("SELECT * FROM answer WHERE wave_id = $1", opened)
    kept = {(row["age_band"], row["gender"]): orjson.loads(row["values"]) for row in found}
    assert kept == {
        ("45_plus", "female"): {"reached": "no", "age": "45_plus", "gender": "female"},
        ("under_25", "female"): ANSWERS[0],
        # Who did not say stands in no segment.
        (None, "male"): ANSWERS[1],
        (None, None): ANSWERS[2],
    }
    assert await connection.fetchval("SELECT count(*) FROM answer WHERE wave_id = $1", closed) == 1
    assert await connection.fetchval("SELECT count(*) FROM inbox") == 0
    spent = await connection.fetch("SELECT wave_id, token FROM spent_key WHERE token = key_hash")
    assert {(row["wave_id"], row["token"]) for row in spent} == {
        (closed, hashed("mixed 1")),
        (opened, hashed("mixed 2")),
        *((opened, hashed(f"waiting {place}")) for place in range(3)),
    }


async def test_waves_and_their_addresses_go_on(old):
    connection, url = old
    closed, opened = await filled(connection)
    await run(url, *MIGRATE)
    waves = {row["id"]: row for row in await connection.fetch("SELECT * FROM wave")}
    assert (waves[closed]["state"], str(waves[closed]["rule_day"]), waves[closed]["ways"]) == (
        *("closed", "2025-03-01"),
        ["open_link"],
    )
    # Opened by hand, at nine in the morning: it stands for no day of the rule.
    assert (waves[opened]["state"], waves[opened]["rule_day"], waves[opened]["is_fixed"]) == ("open", None, False)
    codes = await connection.fetch("SELECT code, wave_id, kind FROM collector ORDER BY code")
    assert [tuple(row) for row in codes] == [("22222", closed, "open_link"), ("22223", opened, "open_link")]
    programme = await connection.fetchrow("SELECT state, ways, kind FROM programme")
    assert tuple(programme) == ("active", ["open_link"], "survey")
    stored = await connection.fetchrow("SELECT definition, sha256 FROM questionnaire_version")
    assert definitions.digest(orjson.loads(stored["definition"])) == stored["sha256"]
    assert checked(orjson.loads(stored["definition"])).languages == ("vi", "en")


async def test_results_are_asked_for_anew(old):
    connection, url = old
    closed, _ = await filled(connection)
    await run(url, *MIGRATE)
    assert await connection.fetchval("SELECT count(*) FROM release") == 0
    asked = await connection.fetch("SELECT wave_id, is_public, is_simulated, seed, state FROM release_request")
    assert [tuple(row) for row in asked] == [(closed, True, False, 7, "waiting")]

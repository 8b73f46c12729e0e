"""One database and one role for each service, on any server; nobody enters another's."""

import uuid

import asyncpg
import pytest

from loa.databases import applied_migrations, ensure_databases


@pytest.fixture
async def names(test_servers):
    made = [f"loa_try_{uuid.uuid4().hex[:8]}" for _ in range(2)]
    yield made
    connection = await asyncpg.connect(test_servers[0])
    for name in made:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await connection.execute(f'DROP ROLE IF EXISTS "{name}"')
    await connection.close()


async def test_makes_them_once_and_only_their_owner_may_enter(test_servers, names):
    urls = await ensure_databases(test_servers[0], names, lambda name: f"secret of {name}")
    assert await ensure_databases(test_servers[0], names, lambda name: f"secret of {name}") == urls
    connection = await asyncpg.connect(urls[names[0]])
    assert await connection.fetchval("SELECT current_user || ' ' || current_database()") == f"{names[0]} {names[0]}"
    await connection.execute("CREATE EXTENSION unaccent; CREATE TABLE mine (id int)")
    await connection.close()
    stranger = urls[names[0]].rpartition("/")[0] + f"/{names[1]}"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(stranger)


async def test_a_new_password_replaces_the_old_one(test_servers, names):
    old = await ensure_databases(test_servers[0], names[:1], lambda _: "old")
    new = await ensure_databases(test_servers[0], names[:1], lambda _: "new")
    await (await asyncpg.connect(new[names[0]])).close()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(old[names[0]])


async def test_a_new_database_has_had_no_migrations(test_servers, names):
    urls = await ensure_databases(test_servers[0], names[:1], lambda _: "pw")
    assert await applied_migrations(urls[names[0]], "org") == set()
    connection = await asyncpg.connect(urls[names[0]])
    await connection.execute("CREATE TABLE tortoise_migrations (app text, name text)")
    await connection.execute("INSERT INTO tortoise_migrations VALUES ('org', '0001_base'), ('other', '0009_x')")
    await connection.close()
    assert await applied_migrations(urls[names[0]], "org") == {"0001_base"}

"""A connection goes back to the pool without a word to PostgreSQL, and never with a transaction left open."""

import pytest

from kit import db

pytestmark = pytest.mark.committed


async def test_a_statement_is_one_round_trip() -> None:
    async with db.connection().acquire_connection() as watcher:
        async with db.connection().acquire_connection() as raw:
            process = raw.get_server_pid()
            await raw.execute("SELECT 'the last word'")
        said = await watcher.fetchval("SELECT query FROM pg_stat_activity WHERE pid = $1", process)
    assert said == "SELECT 'the last word'"


async def test_a_transaction_left_open_is_ended() -> None:
    async with db.connection().acquire_connection() as watcher:
        async with db.connection().acquire_connection() as raw:
            process = raw.get_server_pid()
            await raw.execute("BEGIN")
            await raw.execute("INSERT INTO seen (number, text) VALUES (1, 'x')")
        assert await watcher.fetchval("SELECT state FROM pg_stat_activity WHERE pid = $1", process) == "idle"
        assert await watcher.fetchval("SELECT count(*) FROM seen") == 0

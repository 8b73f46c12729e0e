"""One way to the database: transactions with commit hooks, bare rows for hot reads, and migrations under a lock."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncpg
from tortoise import Tortoise
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.connection import get_connection
from tortoise.exceptions import BaseORMException
from tortoise.migrations.api.migrate import migrate as tortoise_migrate
from tortoise.transactions import in_transaction

Record = asyncpg.Record
CommitHook = Callable[[], Awaitable[object]]

_hooks: ContextVar[list[CommitHook] | None] = ContextVar("commit_hooks", default=None)

# What every service's first migration runs. unaccent is only STABLE, since its dictionary could change: wrapped, so
# that generated columns and indexes can use it. The outbox and the consumer's position belong to kit.events.
BASE_SQL = """
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE FUNCTION vi_fold(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS
$$ SELECT public.unaccent('public.unaccent'::regdictionary, lower(normalize(value, NFC))) $$;
CREATE TABLE outbox (
  number bigint PRIMARY KEY,
  type text NOT NULL,
  payload jsonb NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE consumed (
  stream text PRIMARY KEY,
  position bigint NOT NULL DEFAULT 0,
  CONSTRAINT consumed_position_not_negative CHECK (position >= 0)
);
"""

_MIGRATION_LOCK = 7421001


class _Connection(asyncpg.Connection):  # pyright: ignore[reportMissingTypeArgument]
    """A connection that goes back to the pool as it is.

    asyncpg asks PostgreSQL to forget the session's settings, locks and cursors each time: a second round trip for
    every statement. Nothing here keeps any (settings and locks end with their transaction), and a transaction that
    somebody left open is still ended.
    """

    def get_reset_query(self) -> str:
        return ""


class Unreachable(ConnectionError):
    """No connection to PostgreSQL could be made: nothing listens, or its name is not known."""


async def _connect(*args: Any, **how: Any) -> asyncpg.Connection:
    # Told from the OSErrors of files and of other servers, which say nothing of the database.
    try:
        return await asyncpg.connect(*args, **how)
    except (OSError, TimeoutError) as error:
        raise Unreachable(f"no connection to PostgreSQL: {error}") from error


_AWAY = (
    Unreachable,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)


def is_away(error: BaseException) -> bool:
    """Whether an error says that PostgreSQL is not there: it can't be reached, stops, starts, or went away midway.

    What was asked may be asked again. Whether a commit that was under way came about, nobody can tell.
    """
    # asyncpg has no class of its own for using a connection that was lost before.
    return isinstance(error, _AWAY) or (
        isinstance(error, asyncpg.InterfaceError) and "connection is closed" in str(error)
    )


def tortoise_config(name: str, url: str, models: Sequence[str], migrations: str, pool_size: int) -> dict[str, Any]:
    """Return tortoise's configuration of a service's one database."""
    parts = urlsplit(url)
    return {
        "connections": {
            "default": {
                "engine": "tortoise.backends.asyncpg",
                "credentials": {
                    "host": parts.hostname,
                    "port": parts.port or 5432,
                    "user": unquote(parts.username or ""),
                    "password": unquote(parts.password or ""),
                    "database": parts.path.lstrip("/"),
                    "minsize": 1,
                    "maxsize": pool_size,
                    "connection_class": _Connection,
                    "connect": _connect,
                },
            }
        },
        "apps": {name: {"models": list(models), "default_connection": "default", "migrations": migrations}},
        "use_tz": True,
        "timezone": "UTC",
    }


async def connect(config: dict[str, Any]) -> None:
    """Open the pool of this process."""
    # Requests run in tasks that never saw the lifespan's context variables, hence the fallback.
    await Tortoise.init(config=config, _enable_global_fallback=True)


async def disconnect() -> None:
    """Close the pool of this process."""
    await Tortoise.close_connections()


async def migrate(config: dict[str, Any]) -> None:
    """Bring the database to the newest migration; safe when several processes start at once."""
    credentials = config["connections"]["default"]["credentials"]
    lock = await asyncpg.connect(**{k: v for k, v in credentials.items() if k not in ("minsize", "maxsize", "connect")})
    try:
        await lock.execute("SELECT pg_advisory_lock($1)", _MIGRATION_LOCK)
        await tortoise_migrate(config=config)
    finally:
        await Tortoise.close_connections()
        await lock.close()


def connection() -> AsyncpgDBClient:
    """Return the current connection: the transaction's inside `transaction()`, the pool's elsewhere."""
    client = get_connection("default")
    assert isinstance(client, AsyncpgDBClient)
    return client


async def rows(sql: str, *args: object) -> list[Record]:
    """Return all rows of a statement with `$1` parameters. Keep results bounded."""
    async with connection().acquire_connection() as raw:
        return await raw.fetch(sql, *args)


async def row(sql: str, *args: object) -> Record | None:
    """Return the first row, or None."""
    async with connection().acquire_connection() as raw:
        return await raw.fetchrow(sql, *args)


async def value(sql: str, *args: object) -> Any:
    """Return the first column of the first row, or None."""
    async with connection().acquire_connection() as raw:
        return await raw.fetchval(sql, *args)


async def execute(sql: str, *args: object) -> str:
    """Run a statement and return PostgreSQL's command tag, such as `UPDATE 3`."""
    async with connection().acquire_connection() as raw:
        return await raw.execute(sql, *args)


async def execute_many(sql: str, values: Sequence[Sequence[object]]) -> None:
    """Run a statement once for each row of values."""
    async with connection().acquire_connection() as raw:
        await raw.executemany(sql, values)


@asynccontextmanager
async def transaction() -> AsyncIterator[None]:
    """Run the block in one transaction; nested blocks are savepoints. Commit hooks run after the outermost commit."""
    hooks = _hooks.get()
    if hooks is not None:
        async with _dropping_on_error(hooks), in_transaction("default"):
            yield
        return
    hooks = []
    token = _hooks.set(hooks)
    try:
        async with in_transaction("default"):
            yield
    finally:
        _hooks.reset(token)
    for hook in hooks:
        await hook()


@asynccontextmanager
async def _dropping_on_error(hooks: list[CommitHook]) -> AsyncIterator[None]:
    count = len(hooks)
    try:
        yield
    except BaseException:
        del hooks[count:]
        raise


async def on_commit(hook: CommitHook) -> None:
    """Run `hook` after the outermost commit, never after a rollback; at once when no transaction is open."""
    hooks = _hooks.get()
    if hooks is None:
        await hook()
    else:
        hooks.append(hook)


def violated(error: BaseException) -> str | None:
    """Return the name of the constraint that a database error broke, or None when it broke none."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, asyncpg.IntegrityConstraintViolationError):
            name: str | None = getattr(seen, "constraint_name", None)  # set by asyncpg from the server's message
            return name
        nested = seen.args[0] if isinstance(seen, BaseORMException) and seen.args else None
        seen = nested if isinstance(nested, BaseException) else seen.__cause__
    return None


@asynccontextmanager
async def refusing(refusals: Mapping[str, Exception]) -> AsyncIterator[None]:
    """Run the block as `transaction()` does, and raise what `refusals` has for the name of a constraint that it breaks.

    What was written in the block is undone, and the caller's own transaction goes on. The breaking of any other
    constraint flies on as it is.
    """
    try:
        async with transaction():
            yield
    except (asyncpg.IntegrityConstraintViolationError, BaseORMException) as error:
        refusal = refusals.get(violated(error) or "")
        if refusal is None:
            raise
        raise refusal from error


async def ready() -> bool:
    """Whether the database answers within two seconds."""
    try:
        return await asyncio.wait_for(value("SELECT 1"), 2) == 1
    except (OSError, TimeoutError, asyncpg.PostgresError, BaseORMException):
        return False

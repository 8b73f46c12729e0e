"""One database and one role for each service, on whatever PostgreSQL there is."""

from collections.abc import Callable, Sequence
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg


def service_url(server_url: str, name: str, password: str) -> str:
    """Where a service connects, given where its server's administrator does."""
    parts = urlsplit(server_url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{name}:{quote(password, safe='')}@{host}", path=f"/{name}"))


async def ensure_databases(server_url: str, names: Sequence[str], password_of: Callable[[str], str]) -> dict[str, str]:
    """Make what is missing of the databases and their owners; return the address of each.

    A service's role owns its database and may not enter another's. Raises OSError or asyncpg.PostgresError.
    """
    connection = await asyncpg.connect(server_url, timeout=10)
    try:
        for name in names:
            await _ensure(connection, name, password_of(name))
    finally:
        await connection.close()
    return {name: service_url(server_url, name, password_of(name)) for name in names}


async def applied_migrations(url: str, app: str) -> set[str]:
    """The names of the migrations that a service's database has had; none when it is new."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        records = await connection.fetch("SELECT name FROM tortoise_migrations WHERE app = $1", app)
    except asyncpg.UndefinedTableError:
        return set()
    finally:
        await connection.close()
    return {str(record["name"]) for record in records}


async def _ensure(connection: asyncpg.Connection, name: str, password: str) -> None:
    role = await _quoted(connection, name)
    literal = await connection.fetchval("SELECT quote_literal($1::text)", password)
    verb = "ALTER" if await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name) else "CREATE"
    await connection.execute(f"{verb} ROLE {role} LOGIN PASSWORD {literal}")
    if await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
        return
    # An administrator who is no superuser may only give a database to a role that they are a member of.
    await connection.execute(f"GRANT {role} TO CURRENT_USER")
    await connection.execute(f"CREATE DATABASE {role} OWNER {role} ENCODING 'UTF8' TEMPLATE template0")
    await connection.execute(f"REVOKE CONNECT ON DATABASE {role} FROM PUBLIC")


async def _quoted(connection: asyncpg.Connection, name: str) -> str:
    return str(await connection.fetchval("SELECT quote_ident($1::text)", name))

"""Test fixtures for a service: a migrated database, a transaction undone after each test, operations and pages."""

from kit.testing.asking import Ask, Client, Reply
from kit.testing.callers import caller_as, passport_keys
from kit.testing.databases import (
    DATABASE_VARIABLE,
    REDIS_VARIABLE,
    new_database,
    on_database,
    use_test_settings,
    with_database,
    worker_name,
)
from kit.testing.fixtures import job_queue, service_fixtures, world_fixture
from kit.testing.lines import DatabaseLine, database_line
from kit.testing.statements import Statements, queries
from kit.testing.trail import AuditedAsk, mutations, reaches_the_trail

__all__ = [
    "DATABASE_VARIABLE",
    "REDIS_VARIABLE",
    "Ask",
    "AuditedAsk",
    "Client",
    "DatabaseLine",
    "Reply",
    "Statements",
    "caller_as",
    "database_line",
    "job_queue",
    "mutations",
    "new_database",
    "on_database",
    "passport_keys",
    "queries",
    "reaches_the_trail",
    "service_fixtures",
    "use_test_settings",
    "with_database",
    "worker_name",
    "world_fixture",
]

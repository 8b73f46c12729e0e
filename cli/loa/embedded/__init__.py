"""PostgreSQL and Valkey out of Python wheels, so that development, demo and tests need no server of their own."""

from loa.embedded.postgres import Postgres
from loa.embedded.programs import CannotStart, Program, running
from loa.embedded.valkey import Valkey

__all__ = ["CannotStart", "Postgres", "Program", "Valkey", "running"]

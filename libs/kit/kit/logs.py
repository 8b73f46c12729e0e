"""One line of JSON for each thing logged, with the request's id and never a person's data."""

import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import cast

import asyncpg
import orjson

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


class JsonLines(logging.Formatter):
    """Formats a record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line for a record, with its trace when it has one."""
        for error in (record.exc_info[1] if record.exc_info else None, *_exceptions(record.args)):
            _leave_out_rows(error)
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request": request_id.get(),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return orjson.dumps({key: value for key, value in line.items() if value is not None}).decode()


def _exceptions(args: object) -> tuple[BaseException, ...]:
    return tuple(each for each in args if isinstance(each, BaseException)) if isinstance(args, tuple) else ()


def _leave_out_rows(error: BaseException | None) -> None:
    """Take the details from PostgreSQL's errors: they quote rows, such as a person's name or somebody's answers."""
    seen = set[int]()
    waiting = [error]
    while waiting:
        error = waiting.pop()
        if error is None or id(error) in seen:
            continue
        seen.add(id(error))
        if isinstance(error, asyncpg.PostgresError):
            error.detail = None  # pyright: ignore[reportAttributeAccessIssue]  # set from the server's message
        # tortoise keeps PostgreSQL's error as an argument of its own.
        waiting += [error.__cause__, error.__context__, *_exceptions(error.args)]
        if isinstance(error, BaseExceptionGroup):
            waiting += cast("BaseExceptionGroup[BaseException]", error).exceptions


def configure(level: str) -> None:
    """Send this process's log to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # arq tells of every job it starts, with its arguments.
    logging.getLogger("arq.worker").setLevel(logging.WARNING)
    # That connections were closed is no news to whoever ran a command at a terminal.
    logging.getLogger("tortoise").setLevel(logging.WARNING)

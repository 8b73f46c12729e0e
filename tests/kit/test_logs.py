"""What goes to the log tells what went wrong, and nothing of the rows it went wrong with."""

import logging

import asyncpg
import orjson
import pytest
from tortoise.exceptions import IntegrityError

from kit import db
from kit.logs import JsonLines

REFUSED = "INSERT INTO seen (number, text) VALUES (NULL, 'Nguyễn Văn A: không hài lòng')"


def line(message: str, *args: object, trace_of: BaseException | None = None) -> dict[str, str]:
    trace = (type(trace_of), trace_of, None) if trace_of else None
    return orjson.loads(JsonLines().format(logging.LogRecord("x", logging.ERROR, "", 0, message, args, trace)))


async def refusal() -> asyncpg.PostgresError:
    with pytest.raises(asyncpg.NotNullViolationError) as caught:
        async with db.transaction():
            await db.execute(REFUSED)
    assert "Nguyễn Văn A" in str(caught.value)
    return caught.value


async def test_a_trace_does_not_quote_the_row(database: object) -> None:
    outer = RuntimeError("storing failed")
    outer.__context__ = IntegrityError(await refusal())
    told = line("unexpected", trace_of=outer)
    assert "Nguyễn Văn A" not in str(told)
    assert 'null value in column "number"' in told["trace"]
    assert "storing failed" in told["trace"]


async def test_a_message_with_an_error_does_not_quote_the_row(database: object) -> None:
    told = line("not stored: %s", await refusal())
    assert told["message"].startswith('not stored: null value in column "number"')
    assert "Nguyễn Văn A" not in str(told)

"""Spans of days and of time as PostgreSQL's range types, which tortoise does not know."""

from datetime import date, datetime, timedelta, timezone

from asyncpg import Range
from tortoise.fields.base import Field

# Vietnam has one zone without summer time; a fixed offset needs no zone database in a slim image.
VIETNAM = timezone(timedelta(hours=7))


def today() -> date:
    """Return the calendar day in Vietnam."""
    return datetime.now(VIETNAM).date()


def since(day: date) -> Range[date]:
    """Return the span from a day on, without an end."""
    return Range(day, None)


class DateRangeField(Field[Range[date]], Range[date]):
    """A column of type `daterange`; its upper bound is the first day after."""

    SQL_TYPE = "DATERANGE"


class TimeRangeField(Field[Range[datetime]], Range[datetime]):
    """A column of type `tstzrange`; its upper bound is the first instant after."""

    SQL_TYPE = "TSTZRANGE"

"""Spans of days and of time as PostgreSQL's range types, which tortoise does not know."""

from datetime import date, datetime

from asyncpg import Range
from tortoise.fields.base import Field


def since(day: date) -> Range[date]:
    """Return the span from a day on, without an end."""
    return Range(day, None)


class DateRangeField(Field[Range[date]], Range[date]):
    """A column of type `daterange`; its upper bound is the first day after."""

    SQL_TYPE = "DATERANGE"


class TimeRangeField(Field[Range[datetime]], Range[datetime]):
    """A column of type `tstzrange`; its upper bound is the first instant after."""

    SQL_TYPE = "TSTZRANGE"

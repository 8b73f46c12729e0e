"""The calendar that the union lives by: a day is Viet Nam's, whatever zone the machine's clock is in."""

from datetime import date, datetime, timedelta, timezone

# Viet Nam has one zone without summer time; a fixed offset needs no zone database in a slim image.
VIETNAM = timezone(timedelta(hours=7))


def today() -> date:
    """Return the day it is in Viet Nam."""
    return datetime.now(VIETNAM).date()

"""The day that a page shows, as its address says it."""

from dataclasses import dataclass
from datetime import date, timedelta

from starlette.requests import Request

from kit.calendar import today
from kit.errors import InvalidInput
from org.units.service import days_of_change

MOST_STOPS = 200
_EARLIEST, _LATEST = date(1929, 7, 28), date(2200, 1, 1)


@dataclass(frozen=True, slots=True)
class Shown:
    """The day that is shown: `on` is None while it is today, so that addresses and reads stay those of today."""

    on: date | None
    stops: list[date]
    """Days on which the tree changed, the eve of the first, and today: where the slider stops."""

    @property
    def day(self) -> date:
        """The day."""
        return self.on or today()

    @property
    def stop(self) -> int:
        """Where the slider stands: the last stop that is not after the day."""
        return max(0, sum(stop <= self.day for stop in self.stops) - 1)

    def link(self, path: str, **more: str) -> str:
        """Return an address that keeps the day."""
        asked = {**({"on": self.on.isoformat()} if self.on else {}), **more}
        return path + ("?" + "&".join(f"{name}={value}" for name, value in asked.items()) if asked else "")


async def shown_day(request: Request) -> Shown:
    """Return the day of `?on=`; InvalidInput when it is not a day between 1929 and 2200."""
    on = day_asked(request.query_params.get("on", ""))
    days = await days_of_change(MOST_STOPS)
    # The eve of the first change shows what there was before any.
    eve = {days[0] - timedelta(days=1)} if days else set[date]()
    return Shown(on if on != today() else None, sorted({*eve, *days, today()}))


def day_asked(text: str) -> date | None:
    """Return the day that was written, None for a blank; InvalidInput when it is none between 1929 and 2200."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not _EARLIEST <= day <= _LATEST:
        raise InvalidInput("on", "không phải là ngày hợp lệ.", "is not a day between 1929 and 2200.")
    return day

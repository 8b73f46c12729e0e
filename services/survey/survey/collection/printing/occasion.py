"""What every paper of a wave says about it: whose survey it is, for which unit, until when, where to answer."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from kit import db, settings
from kit.errors import NotFound
from survey import calendar
from survey.collection.printing.qr import Codes, Matrix
from survey.collection.slips.codes import LENGTH


@dataclass(frozen=True)
class Occasion:
    """A wave's collector, for the people of one unit."""

    title_vi: str
    title_en: str
    wave_number: int
    closes_at: datetime
    unit_vi: str
    unit_en: str
    unit_code: str
    collector: str
    origin: str

    @property
    def short_address(self) -> str:
        """The form's address as people type it."""
        return f"{self.origin.partition('://')[2]}/f/{self.collector}"

    @property
    def last_day(self) -> str:
        """The last day on which answers are taken, as Viet Nam writes it."""
        return calendar.last_day(self.closes_at)

    def qr(self, code: str) -> Matrix:
        """Return the QR code of the form's address with a slip's code.

        The slip stands behind a number sign: a browser keeps that to itself, so that it comes into no log.
        """
        return self._codes.of(code)

    @cached_property
    def _codes(self) -> Codes:
        return Codes(f"{self.origin}/f/{self.collector}#s=", LENGTH)


async def occasion(wave_id: UUID, unit_id: UUID, collector: str) -> Occasion:
    """Return what papers say of a wave, one of its collectors and a unit. Raises NotFound."""
    found = await db.row(
        """
        SELECT p.title_vi, p.title_en, w.number AS wave_number, w.closes_at,
               u.name_vi AS unit_vi, u.name_en AS unit_en, u.code AS unit_code
        FROM wave w JOIN programme p ON p.id = w.programme_id CROSS JOIN unit u WHERE w.id = $1 AND u.id = $2
        """,
        wave_id,
        unit_id,
    )
    if found is None:
        raise NotFound("survey wave", wave_id)
    return Occasion(**found, collector=collector, origin=settings.current().public_url)

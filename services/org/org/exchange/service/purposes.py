"""Units, headcounts and people as files that are taken in in the background."""

from kit.identity import Caller
from org.exchange.outcome import Done
from org.exchange.runs import Order, Progress, Purpose, register
from org.exchange.service.headcounts import import_headcounts
from org.exchange.service.people import import_people
from org.exchange.service.units import import_units
from org.exchange.sheets import HEADCOUNTS, PEOPLE, UNITS


async def _units(caller: Caller, order: Order, progress: Progress) -> Done:
    table = order.table
    return await import_units(caller, table.rows, table.columns, order.on, order.decision, progress.step)


async def _headcounts(caller: Caller, order: Order, progress: Progress) -> Done:
    await progress.step("writing")
    return await import_headcounts(caller, order.table.rows, order.source or order.file_name)


async def _people(caller: Caller, order: Order, progress: Progress) -> Done:
    await progress.step("writing")
    return await import_people(caller, order.table.rows, progress.count)


register(Purpose("units", UNITS.headings, UNITS.required, "admin", _units, UNITS.example, changes_tree=True))
register(Purpose("headcounts", HEADCOUNTS.headings, HEADCOUNTS.required, "editor", _headcounts, HEADCOUNTS.example))
register(Purpose("people", PEOPLE.headings, PEOPLE.required, "editor", _people, PEOPLE.example))

"""Units, headcounts and people as files that are taken in in the background."""

from kit.identity import Caller, Role
from org.exchange.outcome import Done
from org.exchange.runs import Order, Progress, Purpose, Take, register
from org.exchange.service.headcounts import import_headcounts
from org.exchange.service.people import import_people
from org.exchange.service.units import import_units
from org.exchange.sheets import HEADCOUNTS, PEOPLE, UNITS, Sheet


async def _units(caller: Caller, order: Order, progress: Progress) -> Done:
    table = order.table
    return await import_units(caller, table.rows, table.columns, order.on, order.decision, progress.step)


async def _headcounts(caller: Caller, order: Order, progress: Progress) -> Done:
    await progress.step("writing")
    return await import_headcounts(caller, order.table.rows, order.source or order.file_name)


async def _people(caller: Caller, order: Order, progress: Progress) -> Done:
    await progress.step("writing")
    return await import_people(caller, order.table.rows, progress.count)


def _register(sheet: Sheet, role: Role, take: Take, *, changes_tree: bool = False) -> None:
    register(Purpose(sheet.name, sheet.called, sheet.headings, sheet.required, role, take, sheet.example, changes_tree))


_register(UNITS, "admin", _units, changes_tree=True)
_register(HEADCOUNTS, "editor", _headcounts)
_register(PEOPLE, "editor", _people)

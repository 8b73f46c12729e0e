"""What may be done with units, a file per verb."""

from org.units.service.announce import announce_due, announce_gone, announce_rewritten
from org.units.service.change import Change, Decision, begin, derive_paths
from org.units.service.create import NewUnit, UnitCodeTaken, create_unit
from org.units.service.facts import UnitFacts
from org.units.service.history import Event, days_of_change, history_of
from org.units.service.move import move_unit
from org.units.service.read import (
    COLUMNS,
    UnitNotOnDay,
    children_of,
    descendants_of,
    find_unit,
    find_unit_by_code,
    held_unit,
    hold_units,
    subtree_counts,
    top_units,
    units_by_id,
    units_by_number,
)
from org.units.service.rename import rename_unit
from org.units.service.rules import (
    UnitClosed,
    UnitCycle,
    UnitDateBackwards,
    UnitDateInFuture,
    UnitDateTooFar,
    UnitLevelNotAllowed,
    UnitNames,
    UnitNameTaken,
    UnitParentNotThere,
    ancestor_numbers,
    current_tree_version,
    lock_tree,
)
from org.units.service.search import UnitSearch, search_units
from org.units.service.update import CHANGEABLE, change_unit

__all__ = [
    "CHANGEABLE",
    "COLUMNS",
    "Change",
    "Decision",
    "Event",
    "NewUnit",
    "UnitClosed",
    "UnitCodeTaken",
    "UnitCycle",
    "UnitDateBackwards",
    "UnitDateInFuture",
    "UnitDateTooFar",
    "UnitFacts",
    "UnitLevelNotAllowed",
    "UnitNameTaken",
    "UnitNames",
    "UnitNotOnDay",
    "UnitParentNotThere",
    "UnitSearch",
    "ancestor_numbers",
    "announce_due",
    "announce_gone",
    "announce_rewritten",
    "begin",
    "change_unit",
    "children_of",
    "create_unit",
    "current_tree_version",
    "days_of_change",
    "derive_paths",
    "descendants_of",
    "find_unit",
    "find_unit_by_code",
    "held_unit",
    "history_of",
    "hold_units",
    "lock_tree",
    "move_unit",
    "rename_unit",
    "search_units",
    "subtree_counts",
    "top_units",
    "units_by_id",
    "units_by_number",
]

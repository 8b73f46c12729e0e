"""What may be done with units, a file per verb."""

from org.units.service.create import NewUnit, UnitCodeTaken, create_unit
from org.units.service.move import UnitCycle, move_unit
from org.units.service.read import (
    COLUMNS,
    children_of,
    descendants_of,
    find_unit,
    find_unit_by_code,
    subtree_counts,
    top_units,
    units_by_id,
    units_by_number,
)
from org.units.service.rename import rename_unit
from org.units.service.rules import (
    UnitDateBackwards,
    UnitDateInFuture,
    UnitLevelNotAllowed,
    UnitNames,
    UnitNameTaken,
    current_tree_version,
)
from org.units.service.search import UnitSearch, search_units

__all__ = [
    "COLUMNS",
    "NewUnit",
    "UnitCodeTaken",
    "UnitCycle",
    "UnitDateBackwards",
    "UnitDateInFuture",
    "UnitLevelNotAllowed",
    "UnitNameTaken",
    "UnitNames",
    "UnitSearch",
    "children_of",
    "create_unit",
    "current_tree_version",
    "descendants_of",
    "find_unit",
    "find_unit_by_code",
    "move_unit",
    "rename_unit",
    "search_units",
    "subtree_counts",
    "top_units",
    "units_by_id",
    "units_by_number",
]

"""What may be done with the tree as events: merging, splitting, dissolving, batches, previews, undoing, lineage."""

from org.reorganisations.service.batches import reorganise, submit_batch
from org.reorganisations.service.carrying_out import Outcome
from org.reorganisations.service.counts import CarriedHeadcountTooLarge
from org.reorganisations.service.dissolve import dissolve_unit
from org.reorganisations.service.effects import CutEffect, Effects, HeadcountEffect, UnitEffect, names_of
from org.reorganisations.service.force import come_into_force
from org.reorganisations.service.kept_effects import KeptEffects
from org.reorganisations.service.lineage import (
    CHANGES,
    Destination,
    ReorganisationFilter,
    destinations_of,
    find_reorganisation,
    neighbours_of,
    reorganisations,
    reorganisations_by_version,
    units_of,
)
from org.reorganisations.service.merge import merge_units
from org.reorganisations.service.plan import Beginning, UnitHasChildren
from org.reorganisations.service.preview import previewed
from org.reorganisations.service.split import Part, split_unit
from org.reorganisations.service.undo import ReorganisationInUse, ReorganisationUndone, undo_reorganisation
from org.reorganisations.service.undo_runs import (
    ReorganisationBeingUndone,
    is_large,
    submit_undo,
    undo_now_or_later,
)

__all__ = [
    "CHANGES",
    "Beginning",
    "CarriedHeadcountTooLarge",
    "CutEffect",
    "Destination",
    "Effects",
    "HeadcountEffect",
    "KeptEffects",
    "Outcome",
    "Part",
    "ReorganisationBeingUndone",
    "ReorganisationFilter",
    "ReorganisationInUse",
    "ReorganisationUndone",
    "UnitEffect",
    "UnitHasChildren",
    "come_into_force",
    "destinations_of",
    "dissolve_unit",
    "find_reorganisation",
    "is_large",
    "merge_units",
    "names_of",
    "neighbours_of",
    "previewed",
    "reorganisations",
    "reorganisations_by_version",
    "reorganise",
    "split_unit",
    "submit_batch",
    "submit_undo",
    "undo_now_or_later",
    "undo_reorganisation",
    "units_of",
]

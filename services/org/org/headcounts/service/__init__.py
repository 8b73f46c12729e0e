"""What may be done with headcounts, a file per verb."""

from org.headcounts.service.bulk import (
    HeadcountRow,
    HeadcountRowsRefused,
    PublishedInBulk,
    RowProblem,
    publish_headcounts_in_bulk,
)
from org.headcounts.service.carry import Carried, CarriedHeadcountsCorrected, carry, cells_on, forget_carried
from org.headcounts.service.cells import MOST_CELLS, MOST_PEOPLE, Cell
from org.headcounts.service.folding import fold_sums
from org.headcounts.service.history import Publication, publications_of
from org.headcounts.service.notices import Notice, notices_of
from org.headcounts.service.publish import (
    SEEING,
    HeadcountsAlreadyPublished,
    HeadcountsNotPublished,
    correct_headcounts,
    may_see,
    publish_headcounts,
    require_seeing,
    withdraw_headcounts,
)
from org.headcounts.service.remembered import remembered_sum
from org.headcounts.service.store import NewPublication
from org.headcounts.service.sums import (
    DIMENSIONS,
    LARGEST_INT,
    Coverage,
    Dimension,
    HeadcountBeyondInt,
    HeadcountGroupsTooMany,
    SubtreeSum,
    SummedCell,
    coverage,
    missing_units,
    sources_of,
    subtree_sum,
)

__all__ = [
    "DIMENSIONS",
    "LARGEST_INT",
    "MOST_CELLS",
    "MOST_PEOPLE",
    "SEEING",
    "Carried",
    "CarriedHeadcountsCorrected",
    "Cell",
    "Coverage",
    "Dimension",
    "HeadcountBeyondInt",
    "HeadcountGroupsTooMany",
    "HeadcountRow",
    "HeadcountRowsRefused",
    "HeadcountsAlreadyPublished",
    "HeadcountsNotPublished",
    "NewPublication",
    "Notice",
    "Publication",
    "PublishedInBulk",
    "RowProblem",
    "SubtreeSum",
    "SummedCell",
    "carry",
    "cells_on",
    "correct_headcounts",
    "coverage",
    "fold_sums",
    "forget_carried",
    "may_see",
    "missing_units",
    "notices_of",
    "publications_of",
    "publish_headcounts",
    "publish_headcounts_in_bulk",
    "remembered_sum",
    "require_seeing",
    "sources_of",
    "subtree_sum",
    "withdraw_headcounts",
]

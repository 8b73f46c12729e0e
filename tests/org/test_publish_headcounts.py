"""Publishing headcounts of a unit and a day as a whole."""

from datetime import date, timedelta

import pytest

from kit import db
from kit.calendar import today
from kit.errors import InvalidInput, NotFound
from kit.identity import SYSTEM
from kit.testing import caller_as
from org.headcounts.service import Cell, publish_headcounts
from org.units.service import UnitDateInFuture

PUBLISH = """
mutation ($input: PublishHeadcountsInput!) { publishHeadcounts(input: $input) {
  __typename
  ... on PublishHeadcountsSuccess { unit { code } day }
  ... on Problem { code message }
  ... on InvalidInput { field }
} }"""
DAY = date(2026, 1, 1)
CELLS = [Cell("under_25", "female", 10, 12), Cell("under_25", "male", 5, 4)]


async def stored(unit):
    rows = await db.rows(
        """SELECT day, source, age_band, gender, members, workers FROM headcount JOIN headcount_publication AS p
           ON p.id = publication_id WHERE unit_id = $1 ORDER BY day, age_band, gender""",
        unit["id"],
    )
    return [tuple(row) for row in rows]


async def test_publishes_all_cells_and_tells_the_other_services(ask, tree, events):
    version = await db.value("SELECT version FROM tree_version")
    cells = [{"ageBand": "under_25", "gender": "female", "members": 10, "workers": 12}]
    cells.append({"ageBand": "under_25", "gender": "male", "members": 5, "workers": 4})
    variables = {"unitId": str(tree.garment["id"]), "day": "2026-01-01", "source": " sổ đoàn viên ", "cells": cells}
    reply = await ask(PUBLISH, caller_as("editor", tree.hanoi), input=variables)
    assert reply.field == {"__typename": "PublishHeadcountsSuccess", "unit": {"code": "HN-001"}, "day": "2026-01-01"}
    assert await stored(tree.garment) == [
        (DAY, "sổ đoàn viên", "under_25", "female", 10, 12),
        (DAY, "sổ đoàn viên", "under_25", "male", 5, 4),
    ]
    told = [{"age_band": "under_25", "gender": "female", "members": 10, "workers": 12}]
    told.append({"age_band": "under_25", "gender": "male", "members": 5, "workers": 4})
    payload = {"unit_id": str(tree.garment["id"]), "day": "2026-01-01", "cells": told, "tree_version": version}
    assert await events() == [("headcount.published", payload)]


async def test_the_same_day_again_replaces_every_cell(tree):
    await publish_headcounts(SYSTEM, tree.garment["id"], DAY, CELLS, "a")
    await publish_headcounts(SYSTEM, tree.garment["id"], DAY, [Cell("35_44", "male", 1, 1)], "b")
    assert await stored(tree.garment) == [(DAY, "b", "35_44", "male", 1, 1)]


async def test_another_day_stands_beside_it(tree):
    await publish_headcounts(SYSTEM, tree.garment["id"], DAY, CELLS[:1], "a")
    await publish_headcounts(SYSTEM, tree.garment["id"], date(2026, 6, 1), CELLS[:1], "a")
    assert len(await stored(tree.garment)) == 2


REFUSALS = [
    pytest.param([], "cells", id="no cells"),
    pytest.param([Cell("under_25", "female", 1, 1)] * 101, "cells", id="too many cells"),
    pytest.param([CELLS[0], CELLS[0]], "cells[1]", id="a cell twice"),
    pytest.param([Cell("teens", "female", 1, 1)], "cells[0].ageBand", id="an unknown age band"),
    pytest.param([CELLS[0], Cell("under_25", "x\x00", 1, 1)], "cells[1].gender", id="an unknown gender"),
    pytest.param([Cell("under_25", "female", -1, 1)], "cells[0].members", id="negative members"),
    pytest.param([Cell("under_25", "female", 1, 10_000_001)], "cells[0].workers", id="too many workers"),
]


@pytest.mark.parametrize(("cells", "field"), REFUSALS)
async def test_refuses_cells(tree, everything, cells, field):
    before = await everything()
    with pytest.raises(InvalidInput) as refused:
        await publish_headcounts(SYSTEM, tree.garment["id"], DAY, cells, "a")
    assert refused.value.details["field"] == field
    assert await everything() == before


async def test_refuses_a_day_in_the_future(tree, everything):
    before = await everything()
    with pytest.raises(UnitDateInFuture):
        await publish_headcounts(SYSTEM, tree.garment["id"], today() + timedelta(days=1), CELLS, "a")
    assert await everything() == before


@pytest.mark.parametrize("source", ["", " \x00", "x" * 201])
async def test_refuses_a_source_that_is_blank_or_too_long(tree, source):
    with pytest.raises(InvalidInput):
        await publish_headcounts(SYSTEM, tree.garment["id"], DAY, CELLS, source)


async def test_refuses_an_unknown_unit(tree):
    with pytest.raises(NotFound):
        await publish_headcounts(SYSTEM, "00000000-0000-0000-0000-000000000000", DAY, CELLS, "a")

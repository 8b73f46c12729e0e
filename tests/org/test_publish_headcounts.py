"""Publishing headcounts of a unit and a day as a whole."""

from datetime import date, timedelta

import orjson
import pytest

from kit import db
from kit.calendar import today
from kit.errors import Forbidden, InvalidInput, NotFound, UnknownCode
from kit.identity import SYSTEM
from kit.testing import caller_as
from org.headcounts.service import Cell, HeadcountsAlreadyPublished, cells_on, publish_headcounts
from org.units.service import UnitDateInFuture, UnitNotOnDay

PUBLISH = """
mutation ($input: PublishHeadcountsInput!) { publishHeadcounts(input: $input) {
  __typename
  ... on PublishHeadcountsSuccess { unit { code } day }
  ... on Problem { code message }
  ... on InvalidInput { field }
} }"""
DAY = date(2026, 1, 1)
CELLS = [Cell("under_25", "female", 10, 12), Cell("under_25", "male", 5, 4)]


async def published(unit, day=DAY):
    """Return the cells that count for a unit on a day, None when there are none."""
    found = await cells_on([unit["id"]], day)
    return found[unit["id"]].cells if found else None


async def test_publishes_all_cells_and_tells_the_other_services(ask, tree, events):
    version = await db.value("SELECT version FROM tree_version")
    cells = [{"ageBand": "under_25", "gender": "male", "members": 5, "workers": 4}]
    cells.append({"ageBand": "under_25", "gender": "female", "members": 10, "workers": 12})
    variables = {"unitId": str(tree.garment["id"]), "day": "2026-01-01", "source": " sổ đoàn viên ", "cells": cells}
    reply = await ask(PUBLISH, caller_as("editor", tree.hanoi), input=variables)
    assert reply.field == {"__typename": "PublishHeadcountsSuccess", "unit": {"code": "HN-001"}, "day": "2026-01-01"}
    [told] = (await cells_on([tree.garment["id"]], DAY)).values()
    assert told.cells == (Cell("under_25", "female", 10, 12), Cell("under_25", "male", 5, 4))
    assert (told.day, told.until, told.source, told.origin) == (DAY, None, "sổ đoàn viên", "entered")
    assert (told.published_by, told.replaced_at, told.corrects) == ("test-person", None, None)
    payload = {
        "unit_id": str(tree.garment["id"]),
        "day": "2026-01-01",
        "cells": [
            {"age_band": "under_25", "gender": "male", "members": 5, "workers": 4},
            {"age_band": "under_25", "gender": "female", "members": 10, "workers": 12},
        ],
        "tree_version": version,
    }
    assert await events() == [("headcount.published", payload)]


async def test_education_and_field_of_work_may_be_told_for_some(ask, tree, events):
    cell = {"ageBand": "25_34", "gender": "male"}
    cells = [
        {**cell, "members": 1, "workers": 2},
        {**cell, "education": "college", "members": 3, "workers": 4},
        {**cell, "education": "college", "field": "mining", "members": 5, "workers": 6},
        {**cell, "field": "mining", "members": 7, "workers": 8},
    ]
    variables = {"unitId": str(tree.garment["id"]), "day": "2026-01-01", "source": "x", "cells": cells}
    assert (await ask(PUBLISH, caller_as("editor", tree.hanoi), input=variables)).code is None
    assert set(await published(tree.garment)) == {
        Cell("25_34", "male", 1, 2),
        Cell("25_34", "male", 3, 4, "college"),
        Cell("25_34", "male", 5, 6, "college", "mining"),
        Cell("25_34", "male", 7, 8, None, "mining"),
    }
    [(_, payload)] = await events()
    told = {"age_band": "25_34", "gender": "male"}
    assert payload["cells"] == [{**told, "members": 16, "workers": 20}]
    assert payload["detail"] == [
        {**told, "members": 1, "workers": 2},
        {**told, "education": "college", "members": 3, "workers": 4},
        {**told, "education": "college", "field": "mining", "members": 5, "workers": 6},
        {**told, "field": "mining", "members": 7, "workers": 8},
    ]


async def test_the_audit_has_numbers_but_no_free_text(tree):
    new = await publish_headcounts(SYSTEM, tree.garment["id"], DAY, CELLS, "sổ của bà Lan")
    row = await db.row("SELECT * FROM audit ORDER BY id DESC LIMIT 1")
    assert (row["action"], row["unit_id"], row["thing_id"]) == ("headcount.published", tree.garment["id"], str(new.id))
    assert row["before"] is None
    assert orjson.loads(row["after"]) == {"day": "2026-01-01", "cells": 2, "members": 15, "workers": 16}


async def test_another_day_stands_beside_it(tree):
    await publish_headcounts(SYSTEM, tree.garment["id"], date(2026, 6, 1), CELLS[1:], "a")
    await publish_headcounts(SYSTEM, tree.garment["id"], DAY, CELLS[:1], "a")
    assert await published(tree.garment, DAY - timedelta(days=1)) is None
    assert await published(tree.garment, DAY) == (CELLS[0],)
    assert await published(tree.garment, date(2026, 5, 31)) == (CELLS[0],)
    assert await published(tree.garment, date(2026, 6, 1)) == (CELLS[1],)


async def test_the_same_day_again_is_a_correction_and_needs_a_reason(tree, everything):
    await publish_headcounts(SYSTEM, tree.garment["id"], DAY, CELLS, "a")
    before = await everything()
    with pytest.raises(HeadcountsAlreadyPublished):
        await publish_headcounts(SYSTEM, tree.garment["id"], DAY, [Cell("35_44", "male", 1, 1)], "b")
    assert await everything() == before


async def test_a_code_that_is_new_to_the_vocabulary_can_be_counted(tree):
    await db.execute(
        "INSERT INTO term (vocabulary, code, label_vi, label_en, position) VALUES ('age_band', '60_plus', 'x', 'x', 9)"
    )
    await db.execute(
        "INSERT INTO term (vocabulary, code, label_vi, label_en, position) VALUES ('education', 'none', 'x', 'x', 9)"
    )
    cells = [Cell("60_plus", "other", 1, 2, "none"), Cell("60_plus", "female", 3, 4), Cell("under_25", "male", 5, 6)]
    await publish_headcounts(SYSTEM, tree.garment["id"], DAY, cells, "a")
    assert set(await published(tree.garment)) == set(cells)


REFUSALS = [
    pytest.param([], "cells", InvalidInput, id="no cells"),
    pytest.param([Cell("under_25", "female", 1, 1)] * 501, "cells", InvalidInput, id="too many cells"),
    pytest.param([CELLS[0], CELLS[0]], "cells[1]", InvalidInput, id="a cell twice"),
    pytest.param([Cell("teens", "female", 1, 1)], "cells[0].ageBand", UnknownCode, id="an unknown age band"),
    pytest.param([CELLS[0], Cell("under_25", "x\x00", 1, 1)], "cells[1].gender", UnknownCode, id="an unknown gender"),
    pytest.param([Cell("under_25", "male", 1, 1, "")], "cells[0].education", UnknownCode, id="a blank education"),
    pytest.param([Cell("under_25", "male", 1, 1, None, "magic")], "cells[0].field", UnknownCode, id="unknown work"),
    pytest.param([Cell("under_25", "female", -1, 1)], "cells[0].members", InvalidInput, id="negative members"),
    pytest.param([Cell("under_25", "female", 1, 10_000_001)], "cells[0].workers", InvalidInput, id="too many workers"),
]


@pytest.mark.parametrize(("cells", "field", "error"), REFUSALS)
async def test_refuses_cells(tree, everything, cells, field, error):
    before = await everything()
    with pytest.raises(error) as refused:
        await publish_headcounts(SYSTEM, tree.garment["id"], DAY, cells, "a")
    assert refused.value.details["field"] == field
    assert await everything() == before


async def test_the_graph_names_the_unknown_code(ask, tree):
    cell = {"ageBand": "teens", "gender": "female", "members": 1, "workers": 1}
    variables = {"unitId": str(tree.garment["id"]), "day": "2026-01-01", "source": "x", "cells": [cell]}
    reply = await ask(PUBLISH, caller_as("editor", tree.hanoi), "en", input=variables)
    assert reply.code == "UNKNOWN_CODE"
    assert reply.field["message"] == ("cells[0].ageBand: the vocabulary “Age bands” has no code “teens” on 2026-01-01.")


async def test_refuses_a_day_in_the_future(tree, everything):
    before = await everything()
    with pytest.raises(UnitDateInFuture):
        await publish_headcounts(SYSTEM, tree.garment["id"], today() + timedelta(days=1), CELLS, "a")
    assert await everything() == before


async def test_refuses_a_day_on_which_the_unit_did_not_exist(tree, everything):
    before = await everything()
    with pytest.raises(UnitNotOnDay):
        await publish_headcounts(SYSTEM, tree.garment["id"], date(2025, 6, 30), CELLS, "a")
    assert await everything() == before


@pytest.mark.parametrize("source", ["", " \x00", "x" * 201])
async def test_refuses_a_source_that_is_blank_or_too_long(tree, everything, source):
    before = await everything()
    with pytest.raises(InvalidInput):
        await publish_headcounts(SYSTEM, tree.garment["id"], DAY, CELLS, source)
    assert await everything() == before


async def test_refuses_an_unknown_unit(tree):
    with pytest.raises(NotFound):
        await publish_headcounts(SYSTEM, "00000000-0000-0000-0000-000000000000", DAY, CELLS, "a")


async def test_who_may_publish_is_judged_by_where_the_unit_stands_today(tree):
    from org.units.service import move_unit

    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], date(2026, 2, 1))
    with pytest.raises(Forbidden):
        await publish_headcounts(caller_as("editor", tree.hanoi), tree.garment["id"], DAY, CELLS, "a")
    await publish_headcounts(caller_as("editor", tree.hue), tree.garment["id"], DAY, CELLS, "a")
    assert await published(tree.garment) == tuple(CELLS)


NOTICED = """mutation ($input: PublishHeadcountsInput!) { publishHeadcounts(input: $input) {
  ... on PublishHeadcountsSuccess { notices { code message cells } } } }"""


async def test_more_members_than_workers_are_published_and_noticed(ask, tree):
    cells = [
        {"ageBand": "under_25", "gender": "female", "members": 13, "workers": 12},
        {"ageBand": "under_25", "gender": "male", "members": 4, "workers": 4},
    ]
    given = {"unitId": str(tree.garment["id"]), "day": "2026-01-01", "source": "test", "cells": cells}
    reply = await ask(NOTICED, caller_as("editor", tree.garment), input=given)
    message = "1 ô có số đoàn viên nhiều hơn số lao động; hãy kiểm tra xem có nhầm cột không."
    assert reply.field["notices"] == [{"code": "MORE_MEMBERS_THAN_WORKERS", "message": message, "cells": 1}]
    given |= {"day": "2026-01-02", "cells": cells[1:]}
    assert (await ask(NOTICED, caller_as("editor", tree.garment), input=given)).field["notices"] == []

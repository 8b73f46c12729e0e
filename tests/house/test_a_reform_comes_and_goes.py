"""A reform like that of July 2025, through the front door: applied from a file, seen in the graph, and undone again."""

import time
from typing import Any

import pytest

CREATE = """mutation($input: CreateUnitInput!) { createUnit(input: $input) { __typename
  ... on CreateUnitSuccess { unit { id } } ... on Problem { code message } } }"""
COUNT = """mutation($input: PublishHeadcountsInput!) { publishHeadcounts(input: $input) { __typename
  ... on Problem { code message } } }"""
BRING = """mutation($input: SubmitImportInput!) { submitImport(input: $input) { __typename
  ... on SubmitImportSuccess { run { id } } ... on Problem { code message } } }"""
APPLY = """mutation($id: ID!) { applyImport(id: $id) { __typename ... on Problem { code message } } }"""
RUN = """query($id: ID!) { importRun(id: $id) { state problemCount counts { kind count }
  remarks(first: 50) { nodes { isProblem row code message } } reorganisation { id kind effectiveOn isUndone }
  preview { unitCount } } }"""
PREVIEW_UNDO = """mutation($id: ID!) { previewReorganisation(input: {undo: {id: $id}}) { __typename
  ... on PreviewReorganisationSuccess { preview { unitCount } } ... on Problem { code message } } }"""
UNDO = """mutation($id: ID!) { undoReorganisation(input: {id: $id}) { __typename
  ... on UndoReorganisationSuccess { reorganisation { kind undoes { kind isUndone } } }
  ... on Problem { code message } } }"""
UNIT = """query($code: String!, $day: Date) { unitByCode(code: $code, asOf: $day) {
  code nameVi level createdOn closedOn parent { code }
  headcount(asOf: $day) { units: unitsCounted cells { ageBand gender members workers } }
  predecessors { nodes { unit { code } share } } successors { nodes { unit { code } share isAssumed } }
  descendants(first: 50) { nodes { code nameVi level createdOn closedOn parent { code } ancestors { code }
    headcountPublication { day origin cells { ageBand gender members workers } } } } } }"""

BEFORE, DAY, TODAY = "2025-06-30", "2025-07-01", None
FOUNDED, COUNTED = "2025-01-15", "2025-05-31"
PROVINCES, DISTRICTS, UNIONS = ("CU-A", "CU-B"), ("CU-A-Q1", "CU-B-Q1"), ("CU-A-1", "CU-A-2", "CU-B-1")
LEVELS = {
    "CU-A": ("TLD", "province_or_industry", "provincial_federation"),
    "CU-B": ("TLD", "province_or_industry", "provincial_federation"),
    "CU-A-Q1": ("CU-A", "upper_direct", "district_federation"),
    "CU-B-Q1": ("CU-B", "upper_direct", "district_federation"),
    "CU-A-1": ("CU-A-Q1", "grassroots", "enterprise"),
    "CU-A-2": ("CU-A-Q1", "grassroots", "enterprise"),
    "CU-B-1": ("CU-B-Q1", "grassroots", "enterprise"),
}
REFORM = """operation,old_code,new_code,new_parent_code,new_name
merge,CU-B,CU-A,,
dissolve,CU-A-Q1,,CU-A,
dissolve,CU-B-Q1,,CU-A,
rename,CU-A,,,Liên đoàn Lao động tỉnh Cũ và Mới
"""


@pytest.fixture(scope="module")
def admin(house) -> str:
    return house.token("admin@TLD")


@pytest.fixture(scope="module")
def provinces(house, admin) -> None:
    """Two provinces with a district each, three unions below these, of which two have counted their people."""
    ids: dict[str, str] = {}
    for code, (parent, level, kind) in LEVELS.items():
        above = ids.get(parent) or house.data_of('{ unitByCode(code: "TLD") { id } }')["unitByCode"]["id"]
        asked = {"parentId": above, "nameVi": f"Liên đoàn {code}", "code": code, "level": level, "kind": kind}
        made = house.data_of(CREATE, admin, input={**asked, "on": FOUNDED})["createUnit"]
        assert made["__typename"] == "CreateUnitSuccess", made
        ids[code] = made["unit"]["id"]
    for code, people in (("CU-A-1", 7), ("CU-B-1", 30), ("CU-B-Q1", 3)):
        cells = [{"ageBand": "under_25", "gender": "female", "members": people, "workers": people + 1}]
        asked = {"unitId": ids[code], "day": COUNTED, "source": "Sổ", "cells": cells}
        assert house.data_of(COUNT, admin, input=asked)["publishHeadcounts"]["__typename"] == "PublishHeadcountsSuccess"


def seen(house, admin: str) -> dict[tuple[str, str | None], Any]:
    """Return all that the graph says of both provinces on the days before and after, and today."""
    return {
        (code, day): house.ask(UNIT, admin, code=code, day=day) for code in PROVINCES for day in (BEFORE, DAY, TODAY)
    }


def finished(house, admin: str, run_id: str) -> dict[str, Any]:
    """Wait until a file is worked off; return what came of it."""
    deadline = time.monotonic() + 120
    while (run := house.data_of(RUN, admin, id=run_id)["importRun"])["state"] in ("to_check", "to_apply"):
        assert time.monotonic() < deadline, run
        time.sleep(0.3)
    return run


def stood(answer: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return who stood below a unit, called what, under whom."""
    below = answer["data"]["unitByCode"]["descendants"]["nodes"]
    return [(unit["code"], unit["nameVi"], unit["parent"]["code"]) for unit in below]


def people(unit: dict[str, Any]) -> list[tuple[int, int]]:
    return [(cell["members"], cell["workers"]) for cell in unit["headcount"]["cells"]]


def test_the_reform_is_applied_seen_and_undone(house, admin, provinces):
    before = seen(house, admin)
    asked = {"purpose": "reorganisation", "csv": REFORM, "on": DAY, "decision": {"number": "Thử/QĐ-TLĐ"}}
    run = house.data_of(BRING, admin, input=asked)["submitImport"]["run"]["id"]
    checked = finished(house, admin, run)
    assert (checked["state"], checked["problemCount"]) == ("ready", 0), checked["remarks"]
    assert seen(house, admin) == before

    assert house.data_of(APPLY, admin, id=run)["applyImport"]["__typename"] == "ApplyImportSuccess"
    done = finished(house, admin, run)
    assert done["state"] == "applied", done["remarks"]
    made = done["reorganisation"]
    assert (made["kind"], made["effectiveOn"], made["isUndone"]) == ("batch", DAY, False)

    after = seen(house, admin)
    assert all(stood(after[code, BEFORE]) == stood(before[code, BEFORE]) for code in PROVINCES)
    joined = after["CU-A", DAY]["data"]["unitByCode"]
    assert joined["nameVi"] == "Liên đoàn Lao động tỉnh Cũ và Mới"
    assert sorted(unit["code"] for unit in joined["descendants"]["nodes"]) == sorted(UNIONS)
    assert {unit["parent"]["code"] for unit in joined["descendants"]["nodes"]} == {"CU-A"}
    assert joined["predecessors"]["nodes"] == [{"unit": {"code": "CU-B"}, "share": 1.0}]
    gone = after["CU-B", TODAY]["data"]["unitByCode"]
    assert (gone["closedOn"], gone["successors"]["nodes"]) == (
        DAY,
        [{"unit": {"code": "CU-A"}, "share": 1.0, "isAssumed": False}],
    )
    assert after["CU-B", DAY]["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    # What was stays as it was, to the person.
    assert people(after["CU-A", BEFORE]["data"]["unitByCode"]) == [(7, 8)]
    assert people(after["CU-B", BEFORE]["data"]["unitByCode"]) == [(33, 35)]
    assert people(joined) == [(37, 39)]

    tried = house.data_of(PREVIEW_UNDO, admin, id=made["id"])["previewReorganisation"]
    assert tried["__typename"] == "PreviewReorganisationSuccess", tried
    assert seen(house, admin) == after
    undone = house.data_of(UNDO, admin, id=made["id"])["undoReorganisation"]
    assert undone == {
        "__typename": "UndoReorganisationSuccess",
        "reorganisation": {"kind": "undo", "undoes": {"kind": "batch", "isUndone": True}},
    }
    assert seen(house, admin) == before
    again = house.data_of(UNDO, admin, id=made["id"])["undoReorganisation"]
    assert again["code"] == "REORGANISATION_UNDONE"

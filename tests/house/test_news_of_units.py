"""What org changes reaches the other services, also when they were down meanwhile; who may change it is judged everywhere."""

import os
import signal
import time
from collections.abc import Callable

import httpx
import psutil
import pytest

CREATE = """mutation($input: CreateUnitInput!) { createUnit(input: $input) { __typename
  ... on CreateUnitSuccess { unit { id } } ... on Problem { code message } } }"""
RENAME = """mutation($input: RenameUnitInput!) { renameUnit(input: $input) { __typename ... on Problem { code } } }"""
MOVE = """mutation($input: MoveUnitInput!) { moveUnit(input: $input) { __typename ... on Problem { code } } }"""
WITHIN = """query($id: ID!) { unit(id: $id) { nameVi newestAssets(first: 1) { id }
  surveyWaves(first: 1) { nodes { number } } } }"""


def eventually(look: Callable[[], bool], within: float = 30) -> None:
    deadline = time.monotonic() + within
    while not look():
        assert time.monotonic() < deadline, "not within the time"
        time.sleep(0.2)


@pytest.fixture(scope="session")
def admin(house):
    return house.token("admin@TLD")


def unit_id(house, code: str) -> str:
    return house.data_of("query($c: String!) { unitByCode(code: $c) { id } }", c=code)["unitByCode"]["id"]


def create(house, token: str, code: str, parent: str) -> str:
    answer = house.data_of(
        CREATE,
        token,
        input={
            "parentId": unit_id(house, parent),
            "nameVi": f"Công đoàn {code}",
            "code": code,
            "level": "grassroots",
            "kind": "enterprise",
            "on": "2026-01-01",
        },
    )["createUnit"]
    assert answer["__typename"] == "CreateUnitSuccess", answer
    return answer["unit"]["id"]


def knows(house, token: str, id: str) -> bool:
    """Whether survey knows the unit: only then can it say which planned waves, which staff see, will ask its people."""
    unit = house.data_of(WITHIN, token, id=id)["unit"]
    return bool(unit["surveyWaves"] and unit["surveyWaves"]["nodes"])


def test_a_new_unit_becomes_known_to_the_others(house, admin):
    made = create(house, admin, "MOI-1", "EVNNPC")
    eventually(lambda: knows(house, admin, made))


def test_a_worker_that_was_killed_catches_up(house, admin):
    card = house._card()
    (worker,) = [
        p
        for p in psutil.Process(card["pid"]).children(recursive=True)
        if "kit.worker survey.app" in " ".join(p.cmdline())
    ]
    os.kill(worker.pid, signal.SIGKILL)
    ids = [create(house, admin, f"MOI-2-{n}", "EVNNPC") for n in range(3)]
    assert (
        house.data_of(RENAME, admin, input={"id": ids[0], "nameVi": "Công đoàn tên mới", "on": "2026-02-01"})[
            "renameUnit"
        ]["__typename"]
        == "RenameUnitSuccess"
    )
    assert (
        house.data_of(MOVE, admin, input={"id": ids[1], "parentId": unit_id(house, "EVNCPC"), "on": "2026-02-01"})[
            "moveUnit"
        ]["__typename"]
        == "MoveUnitSuccess"
    )
    for made in ids:
        eventually(lambda made=made: knows(house, admin, made))


def test_an_editor_of_one_province_cannot_change_another(house):
    editor = house.token("editor@HN")
    theirs = unit_id(house, "HCM-001")
    before = house.data_of("query($id: ID!) { unit(id: $id) { nameVi } treeVersion }", id=theirs)
    refused = house.data_of(RENAME, editor, input={"id": theirs, "nameVi": "Chiếm", "on": "2026-03-01"})
    assert refused["renameUnit"] == {"__typename": "Forbidden", "code": "FORBIDDEN"}
    assert house.data_of("query($id: ID!) { unit(id: $id) { nameVi } treeVersion }", id=theirs) == before
    allowed = house.data_of(
        RENAME, editor, input={"id": unit_id(house, "HN-001"), "nameVi": "Công đoàn của mình", "on": "2026-03-01"}
    )
    assert allowed["renameUnit"]["__typename"] == "RenameUnitSuccess"


def test_nobody_changes_nothing(house):
    refused = house.data_of(RENAME, None, input={"id": unit_id(house, "HN-002"), "nameVi": "Chiếm", "on": "2026-03-01"})
    assert refused["renameUnit"]["code"] == "SIGN_IN_REQUIRED"


def test_a_passport_from_outside_is_stripped(house):
    stolen = house.passport("admin@TLD")
    reply = httpx.post(f"{house.url}/graphql", json={"query": "{ me { subject } }"}, headers=stolen)
    assert reply.json()["data"] == {"me": None}
    page = httpx.get(f"{house.url}/org/units/HN", headers=stolen)
    assert page.status_code == 200
    assert "Đăng nhập" in page.text

"""Variables are coerced as the specification says before anything is fetched."""

from __future__ import annotations

from typing import Any

import gateway_world as data
import pytest
from gateway_servers import RunningGateway, World

NEW = {"accept": "application/graphql-response+json"}
UNITS = "query ($first: Int! = 2, $filter: UnitFilter) { units(first: $first, filter: $filter) { id } }"


def ids(units: list[dict[str, Any]]) -> list[str]:
    return [unit["id"] for unit in units]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, ids(data.units(2, None, 0))),
        ({"first": 4}, ids(data.units(4, None, 0))),
        ({"first": 9, "filter": {"level": "PROVINCE"}}, ["1", "2"]),
        ({"first": 9, "filter": {"minMembers": 400}}, ids(data.units(9, None, 400))),
        ({"first": 9, "filter": None}, ids(data.units(9, None, 0))),
        ({"first": 3, "unknown": "ignored"}, ids(data.units(3, None, 0))),
    ],
)
async def test_good_variables_reach_the_service(
    gateway: RunningGateway, variables: dict[str, Any], expected: list[str]
) -> None:
    answer = await gateway.ask(UNITS, variables)
    assert answer.errors == []
    assert ids(answer.data["units"]) == expected


@pytest.mark.parametrize(
    "variables",
    [
        {"first": None},
        {"first": "4"},
        {"first": 1.5},
        {"first": 2**40},
        {"first": True},
        {"filter": {"level": "GALAXY"}},
        {"filter": {"level": 1}},
        {"filter": {"minMembers": None}},
        {"filter": {"nothing": 1}},
        {"filter": "PROVINCE"},
        {"filter": [1, 2]},
    ],
)
async def test_bad_variables_are_refused_before_anything_is_fetched(
    gateway: RunningGateway, world: World, variables: dict[str, Any]
) -> None:
    answer = await gateway.ask(UNITS, variables, NEW)
    assert (answer.status, set(answer.codes)) == (400, {"BAD_USER_INPUT"})
    assert "data" not in answer.body
    assert world.calls() == []


async def test_a_missing_variable_without_default_leaves_the_argument_out(gateway: RunningGateway) -> None:
    document = "query ($g: Gender! = FEMALE, $h: Gender) { unit(id: 3) { a: headcount(gender: $g) } }"
    assert (await gateway.ask(document.replace(", $h: Gender", ""))).data == {"unit": {"a": 60}}


async def test_numbers_become_ids(gateway: RunningGateway) -> None:
    assert (await gateway.ask("query ($id: ID!) { unit(id: $id) { id } }", {"id": 3})).data == {"unit": {"id": "3"}}


async def test_variables_reach_fields_of_other_services(gateway: RunningGateway, world: World) -> None:
    document = "query ($n: Int!, $id: ID!) { unit(id: $id) { latest { id } materials(first: $n) { id } } }"
    answer = await gateway.ask(document, {"n": 1, "id": "4"})
    assert answer.data == {"unit": {"latest": {"id": "15"}, "materials": [{"id": "3"}]}}
    [call] = world.apps["media_archive"].calls
    assert call.variables == {"n": 1, "representations": [{"__typename": "Unit", "id": "4"}]}


async def test_values_written_into_the_document_work_like_variables(gateway: RunningGateway) -> None:
    document = "{ units(first: 9, filter: {level: PROVINCE, minMembers: 1}) { level headcount(gender: OTHER) } }"
    expected = [{"level": "PROVINCE", "headcount": None}] * 2
    assert (await gateway.ask(document)).data == {"units": expected}

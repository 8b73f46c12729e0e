"""`@skip` and `@include` decide at every level, and what they leave out is not asked for."""

from __future__ import annotations

import pytest
from gateway_servers import RunningGateway, World

DOCUMENT = """
query ($surveys: Boolean!, $archive: Boolean = true) {
  unit(id: "3") {
    name @skip(if: $surveys)
    latest @include(if: $surveys) { title unit @skip(if: $archive) { name } }
    ...Archive @include(if: $archive)
  }
}
fragment Archive on Unit { materials(first: 1) { title } }
"""
NAME = {"name": "Công đoàn số 3"}
LATEST = {"latest": {"title": "Khảo sát 14"}}
MATERIALS = {"materials": [{"title": "Tư liệu 2"}]}


@pytest.mark.parametrize(
    ("variables", "unit", "asked"),
    [
        ({"surveys": False}, {**NAME, **MATERIALS}, ["org", "media_archive"]),
        ({"surveys": False, "archive": False}, NAME, ["org"]),
        ({"surveys": True}, {**LATEST, **MATERIALS}, ["org", "survey", "media_archive"]),
        (
            {"surveys": True, "archive": False},
            {"latest": {**LATEST["latest"], "unit": NAME}},
            ["org", "org", "survey"],
        ),
    ],
)
async def test_only_what_is_wanted_is_fetched(
    gateway: RunningGateway, world: World, variables: dict[str, bool], unit: object, asked: list[str]
) -> None:
    answer = await gateway.ask(DOCUMENT, variables)
    assert answer.body == {"data": {"unit": unit}}
    assert [name for name, _ in world.calls()] == asked


async def test_nothing_left_is_an_empty_object(gateway: RunningGateway, world: World) -> None:
    document = "query ($no: Boolean!) { unit(id: 1) { name @include(if: $no) } s: surveys @include(if: $no) { id } }"
    assert (await gateway.ask(document, {"no": False})).data == {"unit": {}}
    assert (await gateway.ask("{ units @skip(if: true) { id } }")).data == {}
    assert [name for name, _ in world.calls()] == ["org"]


async def test_both_conditions_must_hold(gateway: RunningGateway) -> None:
    document = "query ($a: Boolean!, $b: Boolean!) { x: __typename @skip(if: $a) @include(if: $b) }"
    for skip, include, expected in [
        (False, True, {"x": "Query"}),
        (True, True, {}),
        (False, False, {}),
        (True, False, {}),
    ]:
        assert (await gateway.ask(document, {"a": skip, "b": include})).data == expected


async def test_a_field_skipped_in_one_place_stays_in_another(gateway: RunningGateway) -> None:
    document = "query ($y: Boolean!) { unit(id: 1) { latest @skip(if: $y) { id title } latest { id } } }"
    assert (await gateway.ask(document, {"y": True})).data == {"unit": {"latest": {"id": "12"}}}
    assert (await gateway.ask(document, {"y": False})).data == {
        "unit": {"latest": {"id": "12", "title": "Khảo sát 12"}}
    }


async def test_a_field_that_is_left_out_under_several_conditions_cannot_fail(gateway: RunningGateway) -> None:
    document = """
    query ($yes: Boolean!, $no: Boolean!) {
      survey(id: "3") {
        ... on Survey @skip(if: $yes) { title unit { id } }
        ... on Survey @include(if: $no) { isOpen unit { mustHave } }
        id
      }
    }
    """
    assert (await gateway.ask(document, {"yes": True, "no": False})).body == {"data": {"survey": {"id": "3"}}}

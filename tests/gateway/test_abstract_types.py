"""Interfaces, unions, fragments and aliases."""

from __future__ import annotations

from gateway_servers import RunningGateway


async def test_members_of_a_union_answer_by_their_type(gateway: RunningGateway) -> None:
    answer = await gateway.ask('{ find(text: "15") { __typename ... on Photo { width } ... on Video { seconds } } }')
    assert answer.data == {"find": [{"__typename": "Photo", "width": 1500}]}


async def test_objects_of_a_union_without_a_fragment_for_them_are_empty(gateway: RunningGateway) -> None:
    answer = await gateway.ask('{ find(text: "liệu 1") { ... on Video { seconds } } }')
    assert answer.data["find"][:2] == [{}, {"seconds": 15.0}]


async def test_fields_of_an_interface_need_no_type_name(gateway: RunningGateway) -> None:
    answer = await gateway.ask("{ materials(first: 2) { title } surveys(first: 1) { questions { code } } }")
    assert answer.data == {
        "materials": [{"title": "Tư liệu 1"}, {"title": "Tư liệu 2"}],
        "surveys": [{"questions": [{"code": "q1a"}, {"code": "q1b"}]}],
    }


async def test_type_names_are_told_everywhere(gateway: RunningGateway) -> None:
    document = """{ __typename materials(first: 2) { __typename unit { __typename latest { __typename questions { __typename } } } } }"""
    answer = await gateway.ask(document)
    first = answer.data["materials"][0]
    assert [each["__typename"] for each in answer.data["materials"]] == ["Photo", "Video"]
    assert first["unit"]["__typename"] == "Unit"
    assert first["unit"]["latest"]["__typename"] == "Survey"
    assert [each["__typename"] for each in first["unit"]["latest"]["questions"]] == ["ChoiceQuestion", "TextQuestion"]


async def test_entities_behind_types_are_joined_for_those_types_only(gateway: RunningGateway) -> None:
    document = "{ materials(first: 2) { id ... on Photo { unit { name } } ... on Video { survey { title } } } }"
    assert (await gateway.ask(document)).data == {
        "materials": [
            {"id": "1", "unit": {"name": "Công đoàn số 2"}},
            {"id": "2", "survey": {"title": "Khảo sát 3"}},
        ]
    }


async def test_the_same_alias_may_mean_another_field_for_another_type(gateway: RunningGateway) -> None:
    document = "{ materials(first: 2) { ... on Photo { it: title } ... on Video { it: caption } } }"
    answer = await gateway.ask(document)
    assert answer.data == {"materials": [{"it": "Tư liệu 1"}, {"it": "Ảnh 2"}]}


async def test_one_field_under_several_aliases(gateway: RunningGateway) -> None:
    document = """{ unit(id: "3") { a: headcount(gender: ALL) b: headcount(gender: FEMALE)
      x: materials(first: 1) { id } y: materials(first: 2) { name: title } latest { id: title title: id } } }"""
    assert (await gateway.ask(document)).data == {
        "unit": {
            "a": 121,
            "b": 60,
            "x": [{"id": "2"}],
            "y": [{"name": "Tư liệu 2"}, {"name": "Tư liệu 14"}],
            "latest": {"id": "Khảo sát 14", "title": "14"},
        }
    }


async def test_an_alias_that_hides_a_key_does_not_confuse_the_join(gateway: RunningGateway) -> None:
    document = """
    { unit(id: "3") {
        id: name __typename: motto _alias_id: level name: memberCount
        latest { title: id unit { id: name surveys { id: title } } }
        children { id: memberCount cover { id } }
    } }
    """
    answer = await gateway.ask(document)
    assert answer.data == {
        "unit": {
            "id": "Công đoàn số 3",
            "__typename": None,
            "_alias_id": "GRASSROOTS",
            "name": 121,
            "latest": {
                "title": "14",
                "unit": {"id": "Công đoàn số 3", "surveys": [{"id": "Khảo sát 2"}, {"id": "Khảo sát 14"}]},
            },
            "children": [
                {"id": 343, "cover": None},
                {"id": 380, "cover": {"id": "9"}},
                {"id": 417, "cover": None},
            ],
        }
    }


async def test_errors_speak_of_aliases_as_the_client_wrote_them(gateway: RunningGateway) -> None:
    answer = await gateway.ask('{ a: unit(id: "1") { id: children { title: mustHave } title: broken } }')
    assert answer.data == {"a": None}
    assert sorted(answer.places) == [
        ("INTERNAL_SERVER_ERROR", ("a", "title")),
        ("MISSING", ("a", "id", 1, "title")),
    ]


async def test_selections_of_one_field_are_merged(gateway: RunningGateway) -> None:
    document = """
    { unit(id: "3") { latest { id } ...A ... on Unit { latest { unit { id } } } } }
    fragment A on Unit { latest { title unit { name } } name }
    """
    assert (await gateway.ask(document)).data == {
        "unit": {
            "latest": {"id": "14", "title": "Khảo sát 14", "unit": {"name": "Công đoàn số 3", "id": "3"}},
            "name": "Công đoàn số 3",
        }
    }


async def test_lists_in_lists_keep_their_nulls(gateway: RunningGateway) -> None:
    document = "{ grid { ... on Photo { id unit { name } } ... on Video { v: id } } }"
    assert (await gateway.ask(document)).data == {
        "grid": [[{"id": "1", "unit": {"name": "Công đoàn số 2"}}, None], [{"v": "2"}]]
    }

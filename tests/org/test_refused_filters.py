"""A code that its vocabulary never had is refused where it was asked, and what was asked beside it is answered."""

import pytest

from kit.testing import caller_as
from org.vocabularies.service import vocabulary_names

FILTERS = [
    ("officers(post: $code)", "post", "post"),
    ("vacancies(post: $code)", "post", "post"),
    ("collaborators(kind: $code)", "kind", "collaborator_kind"),
    ("descendants(level: $code)", "level", "level"),
    ("headcountMissing(level: $code)", "level", "level"),
    ("channels(kinds: [$code])", "kinds", "channel_kind"),
    ("unitsWithoutChannel(kinds: [$code])", "kinds", "channel_kind"),
]
ROOTS = [
    ("units(level: $code)", "level", "level"),
    ("units(kind: $code)", "kind", "unit_kind"),
    ("units(region: $code)", "region", "region"),
    ('places(kind: "province", within: $code)', "within", "province"),
]


@pytest.mark.parametrize(("field", "argument", "vocabulary"), FILTERS)
async def test_a_list_of_a_unit_is_null_and_its_neighbours_are_there(ask, tree, field, argument, vocabulary):
    reply = await ask(
        f"query($id: ID!, $code: String!) {{ unit(id: $id) {{ code list: {field} {{ nodes {{ id }} }} }} "
        'other: unitByCode(code: "HUE") { code } }',
        caller=caller_as("editor", tree.hanoi),
        id=str(tree.hanoi["id"]),
        code="Wizard",
    )
    assert reply.data == {"unit": {"code": "HN", "list": None}, "other": {"code": "HUE"}}
    assert said(reply) == [(["unit", "list"], "UNKNOWN_CODE", True)], argument
    assert f"{argument}: " in reply.errors[0]["message"]
    called, _ = (await vocabulary_names())[vocabulary]
    assert f"danh mục “{called}” không có mã “Wizard”" in reply.errors[0]["message"]


@pytest.mark.parametrize(("field", "argument", "vocabulary"), ROOTS)
async def test_a_list_at_the_root_is_null_and_its_neighbours_are_there(ask, tree, field, argument, vocabulary):
    reply = await ask(
        f'query($code: String!) {{ list: {field} {{ nodes {{ code }} }} other: unitByCode(code: "HUE") {{ code }} }}',
        code="Wizard",
    )
    assert reply.data == {"list": None, "other": {"code": "HUE"}}
    assert said(reply) == [(["list"], "UNKNOWN_CODE", True)], (argument, vocabulary)


async def test_other_refusals_lose_no_neighbour_either(ask, tree):
    reply = await ask(
        'query($id: ID!) { auditTrail(unitId: $id) { nodes { id } } reorganisations(unit: "x") { nodes { id } } '
        'importRuns(after: "x") { nodes { id } } unit(id: $id) { code } }',
        id=str(tree.hanoi["id"]),
    )
    assert reply.data == {"auditTrail": None, "reorganisations": None, "importRuns": None, "unit": {"code": "HN"}}
    assert sorted(code for _, code, _ in said(reply)) == ["INVALID_INPUT", "NOT_FOUND", "SIGN_IN_REQUIRED"]


def said(reply):
    """Return where each error stands, its code, and whether its message repeats what was asked for."""
    return [(error["path"], error["extensions"]["code"], "Wizard" in error["message"]) for error in reply.errors]

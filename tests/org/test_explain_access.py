"""Why may I, and why may I not: the answer is the judge's own, grant by grant."""

import random
from datetime import timedelta

import pytest

from kit.calendar import today
from kit.identity import ANONYMOUS, ROLES, SYSTEM, Caller
from kit.paths import WIDTH
from kit.testing import caller_as, queries
from org.access.service import ACTIONS, caller_of, explain, grant_role, revoke_role

EXPLAIN = """query ($action: String!, $unit: ID!, $subject: String, $asOf: Date, $at: DateTime) {
  explainAccess(action: $action, unitId: $unit, subject: $subject, asOf: $asOf, at: $at) {
    subject action isAllowed neededRoles sufficientRoles unit { code } neededOn { code }
    ways { role unit { code } path { code } } askAdminsOf { code } text } }"""
ACTIONS_KNOWN = "{ accessActions { code roles place label } }"


def codes(units):
    return [unit["code"] for unit in units]


async def asked(ask, action, unit, caller, language="vi", **more):
    return await ask(EXPLAIN, caller, language, action=action, unit=str(unit["id"]), **more)


async def test_what_is_allowed_names_the_grants_and_how_they_reach_the_unit(ask, tree):
    await grant_role(SYSTEM, "lan", "admin", tree.top["id"])
    await grant_role(SYSTEM, "lan", "editor", tree.hanoi["id"])
    await grant_role(SYSTEM, "lan", "analyst", tree.garment["id"])
    await grant_role(SYSTEM, "lan", "editor", tree.hue["id"])
    with queries() as counted:
        reply = await asked(ask, "unit.rename", tree.section, Caller("lan"))
    assert reply.field == {
        "subject": "lan",
        "action": "unit.rename",
        "isAllowed": True,
        "neededRoles": ["editor"],
        "sufficientRoles": ["editor", "admin"],
        "unit": {"code": "HN-001-01"},
        "neededOn": {"code": "HN-001-01"},
        "ways": [
            {
                "role": "admin",
                "unit": {"code": "TLD"},
                "path": [{"code": code} for code in ("TLD", "HN", "HN-001", "HN-001-01")],
            },
            {"role": "editor", "unit": {"code": "HN"}, "path": [{"code": c} for c in ("HN", "HN-001", "HN-001-01")]},
        ],
        "askAdminsOf": [],
        "text": "Được: để đổi tên đơn vị cần vai trò “biên tập viên”, và tài khoản có "
        "vai trò “quản trị viên” tại “Tổng Liên đoàn Lao động Việt Nam”; "
        "vai trò “biên tập viên” tại “Liên đoàn Lao động thành phố Hà Nội”.",
    }
    assert counted.count == 6
    english = await asked(ask, "unit.rename", tree.section, Caller("lan"), "en")
    assert english.field["text"] == (
        "Yes: to rename the unit takes the role “editor”, and the account holds the role “admin” on “Vietnam General "
        "Confederation of Labour”; the role “editor” on “Liên đoàn Lao động thành phố Hà Nội”."
    )


async def test_what_is_missing_names_the_role_and_the_units_whose_admins_could_give_it(ask, tree):
    await grant_role(SYSTEM, "boss", "admin", tree.top["id"])
    await grant_role(SYSTEM, "chief", "admin", tree.garment["id"])
    await grant_role(SYSTEM, "stranger", "admin", tree.hue["id"])
    gone = await grant_role(SYSTEM, "gone", "admin", tree.hanoi["id"])
    await revoke_role(SYSTEM, gone["id"])
    await grant_role(SYSTEM, "lan", "analyst", tree.hanoi["id"])
    reply = (await asked(ask, "headcount.publish", tree.garment, Caller("lan"))).field
    assert (reply["isAllowed"], reply["ways"], codes(reply["askAdminsOf"])) == (False, [], ["HN-001", "TLD"])
    assert reply["text"] == (
        "Không được: để công bố, đính chính số liệu đoàn viên, lao động cần vai trò “biên tập viên” tại “Công đoàn Công ty May Hòa "
        "Bình” hoặc ở đơn vị cấp trên. Quản trị viên của “Công đoàn Công ty May Hòa Bình”; “Tổng Liên đoàn Lao động "
        "Việt Nam” có thể cấp."
    )
    english = (await asked(ask, "headcount.publish", tree.garment, Caller("lan"), "en")).field["text"]
    assert english == (
        "No: to publish headcounts takes the role “editor” on “Công đoàn Công ty May Hòa Bình” or on a unit above it. "
        "Admins of “Công đoàn Công ty May Hòa Bình”; “Vietnam General Confederation of Labour” could give it."
    )


async def test_where_nobody_is_an_admin_this_is_said(ask, tree):
    reply = (await asked(ask, "grant.give", tree.garment, Caller("lan"))).field
    assert (reply["askAdminsOf"], reply["text"].endswith("Hiện chưa có quản trị viên nào có thể cấp.")) == ([], True)
    english = (await asked(ask, "grant.give", tree.garment, Caller("lan"), "en")).field["text"]
    assert english.endswith("At present there is no admin who could give it.")


async def test_a_move_needs_the_unit_above_and_nobody_is_above_the_top(ask, tree):
    await grant_role(SYSTEM, "lan", "admin", tree.garment["id"])
    reply = (await asked(ask, "unit.move", tree.garment, Caller("lan"))).field
    assert (reply["isAllowed"], reply["neededOn"]) == (False, {"code": "HN"})
    assert (await asked(ask, "unit.move", tree.section, Caller("lan"))).field["isAllowed"] is True
    await grant_role(SYSTEM, "lan", "admin", tree.top["id"])
    top = (await asked(ask, "unit.move", tree.top, Caller("lan"))).field
    assert (top["isAllowed"], top["neededOn"], top["ways"], top["askAdminsOf"]) == (False, None, [], [])
    assert "không ai có vai trò nào" in top["text"]
    assert "nobody holds any" in (await asked(ask, "unit.move", tree.top, Caller("lan"), "en")).field["text"]


async def test_of_two_roles_either_will_do(ask, tree):
    await grant_role(SYSTEM, "lan", "analyst", tree.hanoi["id"])
    reply = (await asked(ask, "collaborators.see", tree.garment, Caller("lan"))).field
    assert (reply["isAllowed"], reply["neededRoles"], reply["sufficientRoles"]) == (
        True,
        ["editor", "analyst"],
        ["editor", "analyst", "admin"],
    )
    refused = (await asked(ask, "collaborators.see", tree.hue, Caller("lan"))).field["text"]
    assert "cần vai trò “biên tập viên” hoặc “người phân tích” tại “Liên đoàn Lao động thành phố Huế”" in refused


async def test_what_all_units_share_is_changed_from_the_top(ask, tree):
    await grant_role(SYSTEM, "lan", "admin", tree.hanoi["id"])
    await grant_role(SYSTEM, "boss", "admin", tree.top["id"])
    reply = (await asked(ask, "vocabulary.change", tree.garment, Caller("lan"))).field
    assert (reply["isAllowed"], reply["neededOn"], codes(reply["askAdminsOf"])) == (False, {"code": "TLD"}, ["TLD"])
    assert (await asked(ask, "vocabulary.change", tree.garment, Caller("boss"))).field["isAllowed"] is True


async def test_about_another_only_admins_of_the_unit_may_ask(ask, tree):
    await grant_role(SYSTEM, "lan", "editor", tree.hanoi["id"])
    admin = caller_as("admin", tree.garment)
    assert (await asked(ask, "editor", tree.garment, admin, subject="lan")).field["isAllowed"] is True
    for caller in (caller_as("editor", tree.garment), caller_as("admin", tree.hue), Caller("someone")):
        reply = await asked(ask, "editor", tree.garment, caller, subject="lan")
        assert (reply.code, reply.data) == ("FORBIDDEN", {"explainAccess": None})
    assert (await asked(ask, "editor", tree.garment, Caller("lan"), subject="lan")).field["isAllowed"] is True
    assert (await asked(ask, "editor", tree.garment, ANONYMOUS)).code == "SIGN_IN_REQUIRED"


async def test_the_past_and_the_future_are_explained_by_their_own_grants_and_tree(ask, tree):
    from org.units.service import move_unit

    await grant_role(SYSTEM, "lan", "editor", tree.hanoi["id"], since=today() + timedelta(days=2))
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], today() + timedelta(days=5))
    answers = []
    for ahead in (0, 2, 5):
        day = (today() + timedelta(days=ahead)).isoformat()
        reply = (await asked(ask, "unit.rename", tree.garment, Caller("lan"), asOf=day)).field
        answers.append((reply["isAllowed"], [codes(way["path"]) for way in reply["ways"]]))
    assert answers == [(False, []), (True, [["HN", "HN-001"]]), (False, [])]


@pytest.mark.parametrize("wrong", ["", "unit.destroy", "king", "ADMIN"])
async def test_refuses_an_action_that_there_is_not(ask, tree, wrong):
    reply = await asked(ask, wrong, tree.garment, Caller("lan"))
    assert reply.code == "INVALID_INPUT"
    assert "unit.create" in reply.errors[0]["message"]


async def test_actions_can_be_listed_in_both_languages(ask, tree):
    vietnamese, english = (await ask(ACTIONS_KNOWN, ANONYMOUS)).field, (await ask(ACTIONS_KNOWN, ANONYMOUS, "en")).field
    assert [action["code"] for action in vietnamese] == list(ACTIONS)
    assert vietnamese[1] == {"code": "unit.rename", "roles": ["editor"], "place": "unit", "label": "đổi tên đơn vị"}
    assert english[1]["label"] == "rename the unit"


async def test_for_random_callers_the_explanation_is_what_the_judge_says(tree):
    """Every action, every unit: allowed exactly when `may`, with a way exactly when allowed, and each way suffices."""
    units = [tree.top, tree.hanoi, tree.hue, tree.evn, tree.garment, tree.section]
    chance = random.Random(20260701)
    allowed = 0
    for number in range(25):
        subject = f"person-{number}"
        held = {(chance.choice(ROLES), chance.randrange(len(units))) for _ in range(chance.randint(0, 4))}
        for role, place in held:
            await grant_role(SYSTEM, subject, role, units[place]["id"])
        caller = await caller_of(subject)
        for unit in units:
            for code, action in ACTIONS.items():
                judged = {"unit": unit["path"], "parent": unit["path"][:-WIDTH], "top": tree.top["path"]}[action.place]
                found = await explain(caller, code, unit["id"])
                assert found.allowed is any(caller.may(role, judged) for role in action.roles)
                assert bool(found.ways) is found.allowed
                for way in found.ways:
                    alone = Caller(subject, (way.grant,))
                    assert any(alone.may(role, judged) for role in action.roles)
                    assert (str(way.units[0]["id"]), way.units[-1]["path"]) == (way.grant.unit_id, judged)
                allowed += found.allowed
    assert allowed > 300

"""A change of the tree made by hand: filled in, looked at in full, made, and undone; without JavaScript."""

from datetime import date
from html import unescape
from typing import Any

import pytest

from kit import db
from kit.identity import SYSTEM
from kit.testing import caller_as
from org.headcounts.service import Cell, publish_headcounts
from org.people.service import add_person, appoint
from org.reorganisations.service import merge_units
from org.units.service import children_of, find_unit, find_unit_by_code, rename_unit
from org.units.service.rules import UnitNames

HERE = {"origin": "http://127.0.0.1:8080", "sec-fetch-site": "same-origin"}
NEW = {
    "new-name_vi": "Công đoàn Giày Hà Nội",
    "new-code": "hn-100",
    "new-parent": "HN",
    "new-level": "grassroots",
    "new-kind": "enterprise",
}


@pytest.fixture
def chi(tree):
    """An admin of the whole tree."""
    return caller_as("admin", tree.top, subject="chi")


async def preview(client, caller, unit: str, change: str, /, **fields: str):
    asked = {"on": "2026-03-01", "step": "preview", **{name.replace("__", "-"): text for name, text in fields.items()}}
    return await client.get(f"/org/units/{unit}/change/{change}", params=asked, caller=caller)


def hidden(page: Any) -> dict[str, str]:
    """Return what the button that makes the change sends along."""
    form = page.text.split('<form method="post" action="/org')[1].split("</form>")[0]
    inputs = [part.split(">")[0] for part in form.split('<input type="hidden" ')[1:]]
    return {one.split('name="')[1].split('"')[0]: unescape(one.split('value="')[1].split('"')[0]) for one in inputs}


async def confirm(client, caller, code: str, kind: str, page: Any, **other: str):
    return await client.post(
        f"/org/units/{code}/change/{kind}", data={**hidden(page), **other}, caller=caller, headers=HERE
    )


async def test_a_unit_is_renamed_by_hand_and_the_renaming_undone(client, tree, chi, everything):
    form = await client.get("/org/units/HN/change/rename", caller=chi)
    assert 'value="Liên đoàn Lao động thành phố Hà Nội"' in form.text
    before = await everything()
    seen = await preview(client, chi, "HN", "rename", name_vi="LĐLĐ Hà Nội", decision_number="12/QĐ")
    assert seen.status_code == 200
    assert "<del>Liên đoàn Lao động thành phố Hà Nội</del>" in seen.text
    assert "<ins>LĐLĐ Hà Nội</ins>" in seen.text
    assert await everything() == before

    made = await confirm(client, chi, "HN", "rename", seen)
    assert made.status_code == 303
    assert (await find_unit(tree.hanoi["id"]))["name_vi"] == "LĐLĐ Hà Nội"
    page = await client.get(made.headers["location"], caller=chi)
    assert "Đã thực hiện." in page.text
    assert "<dd>12/QĐ</dd>" in page.text
    assert "<dd>01/03/2026</dd>" in page.text

    undoing = await client.get(f"{made.headers['location']}/undo", caller=chi)
    assert "<ins>Liên đoàn Lao động thành phố Hà Nội</ins>" in undoing.text
    undone = await client.post(f"{made.headers['location']}/undo", data=hidden(undoing), caller=chi, headers=HERE)
    assert (undone.status_code, undone.headers["location"]) == (303, made.headers["location"])
    assert "Thay đổi này đã được hoàn tác" in (await client.get(made.headers["location"])).text
    assert (await find_unit(tree.hanoi["id"]))["name_vi"] == "Liên đoàn Lao động thành phố Hà Nội"


async def test_a_unit_is_created_below_another(client, tree, chi):
    seen = await preview(client, chi, "HN", "create", **NEW)
    assert '<span class="tag created">Lập mới</span>' in seen.text
    made = await confirm(client, chi, "HN", "create", seen)
    assert (await find_unit_by_code("HN-100"))["parent_id"] == tree.hanoi["id"]
    twice = await confirm(client, chi, "HN", "create", seen)
    assert (twice.status_code, twice.headers["location"]) == (303, made.headers["location"])
    assert await db.value("SELECT count(*) FROM unit_version WHERE code = 'HN-100'") == 1


async def test_details_change_only_where_they_are_other_than_before(client, tree, chi):
    form = await client.get("/org/units/HN/change/details", caller=chi)
    assert '<option value="red_river_delta" selected>' in form.text
    seen = await preview(client, chi, "HN", "details", code="HN", level="province_or_industry",
                         kind="provincial_federation", region="red_river_delta", phone="024 3942 1516")  # fmt: skip
    assert "Điện thoại: <del>(trống)</del>" in seen.text
    assert (await confirm(client, chi, "HN", "details", seen)).status_code == 303
    assert (await find_unit(tree.hanoi["id"]))["phone"] == "024 3942 1516"


async def test_a_unit_moves_with_all_below_it(client, tree, chi):
    seen = await preview(client, chi, "HN-001", "move", parent="HUE")
    assert '<a href="#along"><strong>1</strong>' in seen.text
    assert (await confirm(client, chi, "HN-001", "move", seen)).status_code == 303
    assert (await find_unit(tree.garment["id"]))["parent_id"] == tree.hue["id"]


async def test_units_merge_into_a_new_one_with_what_hangs_on_them(client, tree, chi):
    await publish_headcounts(
        SYSTEM, tree.garment["id"], date(2026, 1, 1), [Cell("under_25", "female", 1234, 1500)], "Sổ"
    )
    person = await add_person(SYSTEM, "Nguyễn Thị Hạnh", unit_id=tree.hanoi["id"])
    await appoint(SYSTEM, person.id, tree.garment["id"], "chair", date(2026, 1, 1))
    seen = await preview(client, chi, "HN-001", "merge", how="new", **NEW)
    assert "1.234" in seen.text
    assert "Nguyễn Thị Hạnh · Chủ tịch" in seen.text
    assert (await confirm(client, chi, "HN-001", "merge", seen)).status_code == 303
    made = await find_unit_by_code("HN-100")
    assert [row["id"] for row in await children_of([made["id"]], 10, None)] == [tree.section["id"]]


async def test_a_unit_is_split_by_per_cent_and_goes_on(client, tree, chi):
    part = {name.replace("new-", "p1-"): text for name, text in NEW.items()} | {"p1-how": "new", "p1-share": "33,3 %"}
    more = await client.get("/org/units/HN-001/change/split", params={**part, "parts": "1", "step": "more"}, caller=chi)
    assert 'name="p2-name_vi"' in more.text
    assert 'value="33,3 %"' in more.text
    asked = {**part, "parts": "1", "source_continues": "1", "child-HN-001-01": "1"}
    seen = await preview(client, chi, "HN-001", "split", **asked)
    assert seen.status_code == 200
    assert (await confirm(client, chi, "HN-001", "split", seen)).status_code == 303
    share = await db.value("SELECT share FROM succession WHERE predecessor_id = $1", tree.garment["id"])
    assert str(share) == "0.33300000"
    assert (await find_unit(tree.section["id"]))["parent_id"] == (await find_unit_by_code("HN-100"))["id"]
    # The button once more must not split what is left again.
    await confirm(client, chi, "HN-001", "split", seen)
    assert await db.value("SELECT count(*) FROM succession") == 1


async def test_a_unit_is_dissolved_once_it_is_said_where_those_below_go(client, tree, chi):
    refused = await preview(client, chi, "HN-001", "dissolve")
    assert (refused.status_code, 'id="children_to-error"' in refused.text) == (400, True)
    seen = await preview(client, chi, "HN-001-01", "dissolve")
    made = await confirm(client, chi, "HN-001-01", "dissolve", seen)
    assert (await find_unit(tree.section["id"]))["closed_on"] == date(2026, 3, 1)
    twice = await confirm(client, chi, "HN-001-01", "dissolve", seen)
    assert (twice.status_code, twice.headers["location"]) == (303, made.headers["location"])
    late = await preview(client, chi, "HN-001-01", "dissolve")
    assert (late.status_code, "kết thúc hoạt động từ ngày 01/03/2026" in late.text) == (400, True)


REFUSED = {
    "a day that is none": ("rename", {"name_vi": "A", "on": "x"}, "on"),
    "a day before the unit began": ("rename", {"name_vi": "A", "on": "2020-01-01"}, "on"),
    "a day too far ahead": ("rename", {"name_vi": "A", "on": "2099-01-01"}, "on"),
    "no name": ("rename", {"name_vi": " "}, "name_vi"),
    "a name that a sibling has": ("rename", {"name_vi": "Liên đoàn Lao động thành phố Huế"}, "name_vi"),
    "a decision that is too long": ("rename", {"name_vi": "A", "decision_number": "x" * 101}, "decision_number"),
    "a code that another has": ("details", {"code": "HUE"}, "code"),
    "a code that is none": ("details", {"code": "a b"}, "code"),
    "a level that is none": ("details", {"level": "king\x00"}, "level"),
    "a place that is none": ("details", {"province": "99"}, "province"),
    "an e-mail that is none": ("details", {"email": "hn"}, "email"),
    "no parent": ("move", {"parent": ""}, "parent"),
    "a parent that is none": ("move", {"parent": "NOBODY\x00"}, "parent"),
    "a parent below the unit": ("move", {"parent": "HN-001"}, "parent"),
    "a level that may not stand there": ("create", {**NEW, "new-level": "confederation"}, "new-level"),
    "a code of a new unit that is taken": ("create", {**NEW, "new-code": "HUE"}, "new-code"),
    "others that are none": ("merge", {"how": "existing", "into": "HUE", "others": "X1\nX2"}, "others"),
    "a merger into nothing": ("merge", {"how": "existing", "into": ""}, "into"),
    "a share that is none": ("split", {"parts": "2", "p1-share": "a lot"}, "p1-share"),
    "a share over all": ("split", {"parts": "2", "p2-share": "101"}, "p2-share"),
}


@pytest.mark.parametrize(("kind", "fields", "field"), REFUSED.values(), ids=REFUSED.keys())
async def test_refuses_beside_its_field_and_keeps_what_was_filled_in(
    client, tree, chi, everything, kind, fields, field
):
    before = await everything()
    known = {
        "code": "HN",
        "level": "province_or_industry",
        "kind": "provincial_federation",
        "region": "red_river_delta",
    }
    page = await preview(
        client, chi, "HN", kind, **{"note": "Ghi nhớ", **(known if kind == "details" else {}), **fields}
    )
    assert page.status_code == 400
    assert f'id="{field}-error"' in page.text
    assert f'href="#{field}"' in page.text
    assert ">Ghi nhớ</textarea>" in page.text
    assert await everything() == before


async def test_shares_that_do_not_sum_up_are_refused(client, tree, chi):
    parts = {f"p{n}-how": "existing" for n in (1, 2)} | {
        "p1-into": "HUE",
        "p2-into": "EVN",
        "p1-share": "60",
        "p2-share": "60",
    }
    page = await preview(client, chi, "HN-001", "split", parts="2", **parts)
    assert (page.status_code, 'id="shares-error">Tổng phải bằng 1.' in page.text) == (400, True)


async def test_a_text_that_is_no_code_brings_units_to_choose_from(client, tree, chi):
    page = await preview(client, chi, "HN-001", "move", parent="lao dong hue")
    assert '<button class="choice-button" name="parent" value="HUE" formnovalidate>' in page.text
    chosen = await client.get("/org/units/HN-001/change/move?on=2026-03-01&parent=lao+dong+hue&parent=HUE", caller=chi)
    assert 'name="parent" aria-describedby="parent-hint parent-unit" value="HUE"' in chosen.text
    assert ">Liên đoàn Lao động thành phố Huế</span>" in chosen.text


async def test_nobody_makes_a_change_that_they_have_not_seen(client, tree, chi):
    seen = await preview(client, chi, "HN-001", "move", parent="HUE")
    await rename_unit(SYSTEM, tree.hue["id"], UnitNames.checked("LĐLĐ Huế", None, None), date(2026, 2, 1))
    again = await confirm(client, chi, "HN-001", "move", seen)
    assert again.status_code == 409
    assert "Cây tổ chức vừa có thay đổi khác." in again.text
    assert "<ins>LĐLĐ Huế</ins>" in again.text
    assert (await find_unit(tree.garment["id"]))["parent_id"] == tree.hanoi["id"]
    assert (await confirm(client, chi, "HN-001", "move", again)).status_code == 303
    assert (await find_unit(tree.garment["id"]))["parent_id"] == tree.hue["id"]


async def test_what_would_change_nothing_can_not_be_made(client, tree, chi):
    seen = await preview(client, chi, "HN-001", "move", parent="HN")
    assert seen.status_code == 200
    assert "Như vậy không có gì thay đổi" in seen.text
    assert "Thực hiện</button>" not in seen.text


async def test_everything_that_a_change_does_can_be_read_to_its_end(client, tree, chi, new_unit):
    for number in range(70):
        await new_unit(tree.hue, f"Công đoàn {number:02}", f"H-{number:02}", "grassroots")
    first = await preview(client, chi, "HUE", "merge", how="existing", into="HN")
    assert '<a href="#units"><strong>71</strong>' in first.text
    assert first.text.count('<span class="tag moved">') == 49
    link = unescape(first.text.split("&amp;list=units")[0].split('href="')[-1]) + "&list=units"
    following = first.text.split("&amp;list=units&amp;after=")[1].split("#")[0]
    second = await client.get(f"{link}&after={following}", caller=chi)
    assert second.status_code == 200
    assert second.text.count('<span class="tag moved">') == 21
    assert (await client.get(f"{link}&after=nonsense", caller=chi)).status_code == 400
    assert (await client.get(link.replace("list=units", "list=nothing"), caller=chi)).status_code == 400


async def test_everybody_is_offered_what_is_theirs_to_change(client, tree, everything):
    before = await everything()
    editor = caller_as("editor", tree.hanoi)
    offered = await client.get("/org/units/HN-001/change", caller=editor)
    kinds = ("rename", "details", "create", "move", "merge", "split", "dissolve")
    assert [kind for kind in kinds if f'/change/{kind}"' in offered.text] == ["rename", "details"]
    assert 'name="code"' not in (await client.get("/org/units/HN/change/details", caller=editor)).text
    for kind in kinds[2:]:
        assert (await client.get(f"/org/units/HN-001/change/{kind}", caller=editor)).status_code == 403
        data = {"on": "2026-03-01", "parent": "HUE", "seen": "1"}
        reply = await client.post(f"/org/units/HN-001/change/{kind}", data=data, caller=editor, headers=HERE)
        assert reply.status_code == 403
    assert (await client.get("/org/units/HN/change", caller=caller_as("admin", tree.hue))).status_code == 403
    signing_in = await client.get("/org/units/HN/change")
    assert signing_in.headers["location"] == "/auth/login?next=/org/units/HN/change"
    assert (await client.get("/org/units/HN/change/crown", caller=editor)).status_code == 404
    admin = caller_as("admin", tree.hanoi)
    beyond = await preview(client, admin, "HN-001", "move", parent="HUE")
    assert (beyond.status_code, "Anh/chị không có quyền làm việc này." in beyond.text) == (400, True)
    assert await everything() == before


@pytest.mark.parametrize(
    ("role", "links"),
    [
        ("worker", ["people"]),
        ("analyst", ["headcounts", "people"]),
        ("editor", ["change", "headcounts", "people"]),
        ("admin", ["change", "headcounts", "people"]),
    ],
)
async def test_the_card_links_to_what_somebody_may_do(client, tree, role, links):
    for unit, expected in ((tree.hanoi, links), (tree.hue, [])):
        card = await client.get("/org/units/HN", caller=caller_as(role, unit))
        offered = [name for name in ("change", "headcounts", "people") if f'href="/org/units/HN/{name}"' in card.text]
        assert offered == expected
        assert ('href="/org/exchange"' in card.text) is ("headcounts" in expected)


async def test_other_sites_can_not_make_or_undo_changes(client, tree, chi, everything):
    seen = await preview(client, chi, "HN-001", "move", parent="HUE")
    stranger = {"sec-fetch-site": "cross-site"}
    before = await everything()
    for address in ("/org/units/HN-001/change/move", f"/org/reorganisations/{tree.hue['id']}/undo"):
        assert (await client.post(address, data=hidden(seen), caller=chi, headers=stranger)).status_code == 403
    assert await everything() == before


async def test_what_later_changes_build_on_can_not_be_undone(client, tree, chi, everything):
    seen = await preview(client, chi, "HN", "create", **NEW)
    made = (await confirm(client, chi, "HN", "create", seen)).headers["location"]
    unit = await find_unit_by_code("HN-100")
    await publish_headcounts(SYSTEM, unit["id"], date(2026, 4, 1), [Cell("under_25", "female", 1, 2)], "Sổ")
    before = await everything()
    page = await client.get(f"{made}/undo", caller=chi)
    assert page.status_code == 400
    assert "Không thể hoàn tác, vì về sau đã có: 1 số liệu đoàn viên, lao động." in page.text
    assert (await client.post(f"{made}/undo", data={"seen": "99"}, caller=chi, headers=HERE)).status_code in (400, 409)
    assert await everything() == before
    editor = await client.get(made, caller=caller_as("editor", tree.top))
    assert "Xem trước việc hoàn tác" not in editor.text


async def test_changes_are_listed_for_the_tree_and_for_a_unit(client, tree, chi):
    await rename_unit(SYSTEM, tree.hue["id"], UnitNames.checked("LĐLĐ Huế", None, None), date(2026, 2, 1))
    listed = await client.get("/org/reorganisations?unit=HUE")
    assert '01/02/2026 · Đổi tên: <span lang="vi">LĐLĐ Huế</span></a>' in listed.text
    assert "Đổi tên" not in (await client.get("/org/reorganisations?unit=EVN")).text
    assert (await client.get("/org/reorganisations/none")).status_code == 404
    assert (await client.get("/org/reorganisations?after=nonsense")).status_code == 400


async def test_the_list_of_changes_says_whom_each_concerned(client, tree, new_unit):
    made = [await new_unit(tree.hanoi, f"Công đoàn {n}", f"HN-3{n:02}", "grassroots") for n in range(5)]
    await merge_units(SYSTEM, [unit["id"] for unit in made[1:]], made[0]["id"], date(2026, 3, 1))
    await merge_units(SYSTEM, [tree.garment["id"]], made[0]["id"], date(2026, 4, 1))
    page = (await client.get("/org/reorganisations")).text
    assert 'Sáp nhập: <span lang="vi">Công đoàn 0, Công đoàn 1, Công đoàn 2</span> và các đơn vị khác</a>' in page
    assert 'Sáp nhập: <span lang="vi">Công đoàn Công ty May Hòa Bình, ' in page
    english = (await client.get("/org/reorganisations?lang=en")).text
    assert "Công đoàn 2</span> and others</a>" in english

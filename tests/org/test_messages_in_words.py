"""Refusals say what people know: labels in their language where there are codes, and who has what is asked for."""

from datetime import date

import pytest

from kit.errors import DomainError
from kit.identity import SYSTEM
from org.access.service import grant_role
from org.access.service.actions import find_action
from org.exchange.reading import Row, SheetUnreadable, read_table
from org.exchange.runs import submit_import
from org.exchange.sheets import HEADCOUNTS
from org.people.service import add_collaborator, add_person, appoint, set_seats
from org.places.service import require_kind
from org.reorganisations.service import ReorganisationFilter, reorganisations
from org.reorganisations.service.batch_rows import plan_rows
from org.units.service import NewUnit, UnitNames, change_unit, create_unit

ON = date(2026, 1, 1)


async def refused(act):
    """Return the words of a refusal in Vietnamese and English."""
    with pytest.raises(DomainError) as refusal:
        await act
    return refusal.value.message("vi"), refusal.value.message("en")


@pytest.fixture
async def hanh(tree):
    return (await add_person(SYSTEM, "Nguyễn Thị Hạnh", unit_id=tree.hanoi["id"])).id


async def test_a_post_is_called_what_people_call_it(tree, hanh):
    await set_seats(SYSTEM, tree.hanoi["id"], "chair", 1, ON)
    await appoint(SYSTEM, hanh, tree.hanoi["id"], "chair", ON)
    other = (await add_person(SYSTEM, "Trần Văn Nam", unit_id=tree.hanoi["id"])).id
    assert await refused(appoint(SYSTEM, other, tree.hanoi["id"], "chair", ON)) == (
        "Chức danh “Chủ tịch” sẽ có nhiều người giữ hơn số lượng được bố trí.",
        "The post “Chair” would have more holders than seats.",
    )
    await appoint(SYSTEM, hanh, tree.hanoi["id"], "vice_chair", ON)
    assert await refused(appoint(SYSTEM, hanh, tree.hanoi["id"], "vice_chair", ON)) == (
        "Người này đã giữ chức danh “Phó Chủ tịch” trong thời gian đó.",
        "This person holds the post “Vice chair” already on some of these days.",
    )


async def test_a_kind_of_collaborator_is_called_what_people_call_it(tree, hanh):
    await add_collaborator(SYSTEM, hanh, tree.hanoi["id"], "press", ON)
    vi, en = await refused(add_collaborator(SYSTEM, hanh, tree.hanoi["id"], "press", ON))
    assert (vi, en) == (
        "Người này đã là cộng tác viên loại “Cộng tác viên báo chí” của đơn vị trong thời gian đó.",
        "This person is a collaborator of the kind “Press collaborator” in the unit already on some of these days.",
    )


async def test_a_role_is_called_what_people_call_it(tree):
    await grant_role(SYSTEM, "chi", "editor", tree.hanoi["id"])
    vi, en = await refused(grant_role(SYSTEM, "chi", "editor", tree.hanoi["id"]))
    assert (vi, en) == (
        "Tài khoản này đã có vai trò “biên tập viên” tại đơn vị trong thời gian đó.",
        "This account already holds the role “editor” on the unit at that time.",
    )


async def test_a_code_that_is_taken_names_who_has_it(tree):
    new = NewUnit(tree.hanoi["id"], UnitNames("Mới"), "TLD", "grassroots", "enterprise", on=ON)
    words = (
        "Mã “TLD” đã được dùng cho “Tổng Liên đoàn Lao động Việt Nam”.",
        "The code “TLD” belongs to “Vietnam General Confederation of Labour”.",
    )
    assert await refused(create_unit(SYSTEM, new)) == words
    assert await refused(change_unit(SYSTEM, tree.garment["id"], {"code": "TLD"}, ON)) == words


async def test_a_vocabulary_and_its_levels_are_called_what_people_call_them(tree):
    new = NewUnit(tree.hanoi["id"], UnitNames("Mới"), "HN-9", "nowhere", "enterprise", on=ON)
    assert await refused(create_unit(SYSTEM, new)) == (
        "level: danh mục “Cấp công đoàn” không có mã “nowhere” vào ngày 01/01/2026.",
        "level: the vocabulary “Levels of unions” has no code “nowhere” on 2026-01-01.",
    )


async def test_a_text_that_is_no_code_is_told_those_there_are_and_what_they_mean(tree):
    vi, en = await refused(grant_role(SYSTEM, "chi", "chief", tree.hanoi["id"]))
    assert vi == (
        "role: phải là một trong: worker (người lao động), contributor (cộng tác viên), editor (biên tập viên), "
        "analyst (người phân tích), admin (quản trị viên)."
    )
    assert en == (
        "role: must be one of: worker (worker), contributor (contributor), editor (editor), analyst (analyst), "
        "admin (admin)."
    )
    vi, en = await refused(submit_import(SYSTEM, "payroll", b"", "a.csv"))
    assert vi.startswith("purpose: phải là một trong: ")
    assert "headcounts (Số liệu đoàn viên, người lao động)" in vi
    assert "headcounts (Headcounts)" in en
    assert "undo" not in en
    vi, en = await refused(reorganisations(ReorganisationFilter(kind="fusion"), 1, None))
    assert "merge (Sáp nhập), split (Chia, tách), dissolve (Giải thể)" in vi
    assert "merge (Merger), split (Split), dissolve (Dissolution)" in en
    assert "province (Tỉnh, thành phố)" in (await refused(asking_for_a_street()))[0]
    vi, en = await refused(asking_whether_somebody_may_dance())
    assert "unit.merge (sáp nhập đơn vị vào đơn vị khác)" in vi
    assert "unit.merge (merge the unit into another)" in en


async def asking_for_a_street():
    require_kind("street")


async def asking_whether_somebody_may_dance():
    find_action("dance")


def test_headings_are_called_what_stands_in_the_template():
    with pytest.raises(SheetUnreadable) as unreadable:
        read_table("Mã đơn vị,unit_code,day\nHN,HN,1\n".encode(), HEADCOUNTS.headings, HEADCOUNTS.required)
    assert [(remark.column, remark.vi, remark.en) for remark in unreadable.value.remarks[:3]] == [
        ("unit_code", "Cột “unit_code” có hai lần.", "The column “unit_code” is there twice."),
        ("age_band", "Thiếu cột “Nhóm tuổi”.", "The column “Age band” is missing."),
        ("gender", "Thiếu cột “Giới tính”.", "The column “Gender” is missing."),
    ]


async def test_operations_of_a_batch_are_called_what_people_write(tree):
    rows = [
        Row(2, {"operation": "nhập", "old_code": "HN-001", "new_code": "HUE"}),
        Row(3, {"operation": "giải thể", "old_code": "HN-001"}),
        Row(4, {"operation": "hợp nhất", "old_code": "HN-001"}),
    ]
    made = await plan_rows(rows, ON)
    told = {remark.row: (remark.vi, remark.en) for remark in made.remarks}
    assert told[3] == (
        "Đơn vị này đã có ở dòng 2 (nhập).",
        "Row 2 says already what becomes of this unit (merge).",
    )
    operations = "lập mới, nhập, tách, đổi tên, chuyển, thay đổi, giải thể"
    assert told[4] == (
        f"Thao tác “hợp nhất” không có; các thao tác: {operations}.",
        "There is no operation “hợp nhất”; there are: create, merge, split, rename, move, change, dissolve.",
    )

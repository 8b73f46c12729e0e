"""Members and workers written down by hand, cell by cell: a blank stays missing, and a correction says why."""

from datetime import date

import pytest

from kit.calendar import today
from kit.identity import SYSTEM
from kit.testing import caller_as
from org.headcounts.service import Cell, cells_on, publications_of, publish_headcounts

HERE = {"origin": "http://127.0.0.1:8080", "sec-fetch-site": "same-origin"}
DAY = date(2026, 6, 30)
EARLIER = date(2025, 12, 31)
PAGE = "/org/units/HN-001/headcounts"


@pytest.fixture
def chi(tree):
    """An admin of Hà Nội, who sees and writes."""
    return caller_as("admin", tree.hanoi, subject="chi")


def table(**more: str) -> dict[str, str]:
    """Return a filled table, as the form sends it."""
    cells = {
        "members.under_25.female": "1.200",
        "workers.under_25.female": "1500",
        "members.25_34.male": "0",
        "workers.25_34.male": "7",
    }
    return {"day": DAY.isoformat(), "seen": "", "step": "save", "source": "Sổ đoàn viên", **cells, **more}


async def save(client, caller, fields: dict[str, str]):
    return await client.post(PAGE, data=fields, caller=caller, headers=HERE)


async def published(tree) -> set[Cell]:
    found = await cells_on([tree.garment["id"]], DAY)
    return set(found[tree.garment["id"]].cells) if found else set()


async def test_numbers_are_published_and_a_blank_stays_missing(client, tree, chi):
    form = await client.get(f"{PAGE}?day={DAY}", caller=chi)
    assert "Đơn vị chưa công bố số liệu nào đến ngày này." in form.text
    assert "Công bố</button>" in form.text
    saved = await save(client, chi, table())
    assert (saved.status_code, saved.headers["location"]) == (303, f"{PAGE}?day=2026-06-30&done=saved")
    assert await published(tree) == {Cell("under_25", "female", 1200, 1500), Cell("25_34", "male", 0, 7)}
    page = await client.get(saved.headers["location"], caller=chi)
    assert "Đã công bố số liệu ngày 30/06/2026." in page.text
    assert '<output data-total="members">1.200</output>' in page.text
    assert '<output data-total="workers">1.507</output>' in page.text
    assert 'name="members.25_34.male" data-sum="members" value="0"' in page.text
    assert 'name="members.25_34.female" data-sum="members" value=""' in page.text


async def test_earlier_numbers_stand_beside_the_fields(client, tree, chi):
    await publish_headcounts(SYSTEM, tree.garment["id"], EARLIER, [Cell("under_25", "female", 1100, 1400)], "Sổ cũ")
    page = await client.get(f"{PAGE}?day={DAY}", caller=chi)
    assert "Số trước đó: ngày 31/12/2025 (nguồn: Sổ cũ)" in page.text
    assert '<span class="known" id="members.under_25.female-known">trước 1.100</span>' in page.text
    assert 'name="members.under_25.female" data-sum="members" value=""' in page.text


async def test_what_is_wrong_is_told_beside_the_cell_and_all_is_kept(client, tree, chi, everything):
    before = await everything()
    wrong = {"workers.under_25.female": "", "members.25_34.male": "-3", "workers.25_34.male": "1.5"}
    reply = await save(client, chi, table(**wrong, source=""))
    assert reply.status_code == 400
    assert '<a href="#workers.under_25.female">Cần cả hai số; ghi 0 nếu không có ai.</a>' in reply.text
    assert 'id="members.25_34.male-error">Phải là số nguyên từ 0 đến 10000000.' in reply.text
    assert 'id="workers.25_34.male-error"' in reply.text
    assert 'value="1.200"' in reply.text
    assert 'value="-3"' in reply.text
    assert await everything() == before


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"source": " "}, 'id="source-error">Không được để trống.'),
        ({"day": "2026-02-30"}, 'id="day-error">Không phải là ngày hợp lệ.'),
        ({"day": "2025-06-30"}, "chưa được thành lập"),
        ({"day": date.fromordinal(today().toordinal() + 1).isoformat()}, "ở tương lai"),
        ({"members.under_25.female": "99999999"}, 'id="members.under_25.female-error"'),
        ({"members.under_25.female": "1\x002"}, 'id="members.under_25.female-error"'),
        ({"source": "x" * 201}, 'id="source-error">Dài hơn 200 ký tự.'),
    ],
)
async def test_refuses_beside_its_field(client, tree, chi, everything, fields, told):
    before = await everything()
    reply = await save(client, chi, table(**fields))
    assert reply.status_code == 400
    assert told in reply.text
    assert await everything() == before


async def test_a_table_without_numbers_is_not_one_of_zeros(client, tree, chi, everything):
    before = await everything()
    blank = {name: "" for name in table() if "." in name}
    reply = await save(client, chi, {**table(), **blank})
    assert reply.status_code == 400
    assert "Chưa có số nào; dòng bỏ trống nghĩa là chưa biết." in reply.text
    assert await everything() == before


async def test_adding_up_publishes_nothing(client, tree, chi, everything):
    before = await everything()
    reply = await save(client, chi, table(step="sum"))
    assert reply.status_code == 200
    assert '<output data-total="workers">1.507</output>' in reply.text
    assert await everything() == before


async def test_a_correction_says_why_and_the_former_stays_on_record(client, tree, chi):
    await save(client, chi, table())
    form = await client.get(f"{PAGE}?day={DAY}", caller=chi)
    seen = form.text.split('name="seen" value="')[1].split('"')[0]
    correction = table(seen=seen, **{"workers.25_34.male": "9"}, why="")
    refused = await save(client, chi, correction)
    assert (refused.status_code, 'id="why-error">Không được để trống.' in refused.text) == (400, True)
    assert (await save(client, chi, {**correction, "why": "Đếm lại"})).status_code == 303
    assert Cell("25_34", "male", 0, 9) in await published(tree)
    page = await client.get(f"{PAGE}?day={DAY}", caller=chi)
    assert "<strong>không còn tính</strong>: Đếm lại" in page.text


async def test_a_button_pressed_twice_publishes_once(client, tree, chi):
    first, second = await save(client, chi, table()), await save(client, chi, table())
    assert (first.status_code, second.status_code) == (303, 303)
    assert len((await publications_of([tree.garment["id"]], 10, None))[tree.garment["id"]]) == 1


async def test_nobody_overwrites_what_they_have_not_seen(client, tree, chi):
    await client.get(f"{PAGE}?day={DAY}", caller=chi)
    await publish_headcounts(SYSTEM, tree.garment["id"], DAY, [Cell("under_25", "female", 5, 6)], "Người khác")
    reply = await save(client, chi, table())
    assert reply.status_code == 400
    assert "vừa được người khác thay đổi" in reply.text
    assert '<span class="known" id="members.under_25.female-known">đã có 5</span>' in reply.text
    assert 'value="1.200"' in reply.text
    assert await published(tree) == {Cell("under_25", "female", 5, 6)}


async def test_numbers_that_are_told_finer_are_not_flattened(client, tree, chi):
    cells = [Cell("under_25", "female", 5, 6, education="university")]
    await publish_headcounts(SYSTEM, tree.garment["id"], DAY, cells, "Sổ")
    page = await client.get(f"{PAGE}?day={DAY}", caller=chi)
    assert "hãy đính chính bằng tệp" in page.text
    assert 'name="members.under_25.female"' not in page.text


async def test_numbers_are_withdrawn_with_a_reason(client, tree, chi):
    await save(client, chi, table())
    blank = await save(client, chi, {"day": DAY.isoformat(), "step": "withdraw", "withdraw_why": ""})
    assert (blank.status_code, len(await published(tree))) == (400, 2)
    reply = await save(client, chi, {"day": DAY.isoformat(), "step": "withdraw", "withdraw_why": "Nhầm đơn vị"})
    assert reply.headers["location"] == f"{PAGE}?day=2026-06-30&done=withdrawn"
    assert await published(tree) == set()


async def test_only_those_who_may_are_let_in(client, tree, everything):
    before = await everything()
    assert (await client.get(PAGE)).headers["location"] == "/auth/login?next=/org/units/HN-001/headcounts"
    for role, unit in (("contributor", tree.garment), ("admin", tree.hue), ("worker", tree.top)):
        assert (await client.get(PAGE, caller=caller_as(role, unit))).status_code == 403
        assert (await save(client, caller_as(role, unit), table())).status_code == 403
    analyst = caller_as("analyst", tree.garment)
    assert (await client.get(PAGE, caller=analyst)).status_code == 200
    assert (await save(client, analyst, table())).status_code == 403
    stranger = await client.post(
        PAGE, data=table(), caller=caller_as("admin", tree.hanoi), headers={"sec-fetch-site": "cross-site"}
    )
    assert stranger.status_code == 403
    assert await everything() == before

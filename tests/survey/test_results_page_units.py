"""Units in the results pages: one clicks from the wave's target down, as far as one may see, and compares upwards."""

import re
from uuid import uuid4

import pytest
from results_page_world import FACTORY, MINE, NORTH, SOUTH, TOP, make_page_world
from test_results_page import HIDDEN, PAGE, words

from kit import db
from kit.identity import ANONYMOUS, Caller
from kit.testing import caller_as

OWNER = caller_as("analyst", TOP)


async def units(client, caller: Caller, query: str = "") -> str:
    """The part of a page that leads to other units."""
    response = await client.get(f"{PAGE}{query}", caller=caller)
    assert response.status_code == 200
    return response.text.split('<nav class="units"')[1].split("</nav>")[0]


async def test_everyone_sees_the_target_and_no_way_further(client):
    await make_page_world()
    shown = await units(client, ANONYMOUS)
    assert "Tổng Liên đoàn" in shown
    assert "<a" not in shown
    assert "<details" not in shown


async def test_the_owners_analyst_walks_down_by_links_and_up_by_the_trail(client):
    world = await make_page_world()
    north, factory = world.units[NORTH], world.units[FACTORY]
    top = await units(client, OWNER, "?question=reached&by=gender")
    assert re.findall(r'href="([^"]+)">([^<]+)</a>', top) == [
        (f"?question=reached&amp;by=gender&amp;unit={north}", "Liên đoàn Lao động tỉnh Bắc"),
        (f"?question=reached&amp;by=gender&amp;unit={world.units[SOUTH]}", "Liên đoàn Lao động tỉnh Nam"),
    ]
    below = await units(client, OWNER, f"?unit={factory}")
    assert re.findall(r'href="([^"]+)">([^<]+)</a>', below) == [
        ("?", "Tổng Liên đoàn"),
        (f"?unit={north}", "Liên đoàn Lao động tỉnh Bắc"),
    ]
    assert "<strong>Công đoàn Nhà máy May</strong>" in below


async def test_a_unit_of_which_nothing_is_published_is_named_without_a_link(client):
    world = await make_page_world()
    shown = await units(client, OWNER, f"?unit={world.units[NORTH]}")
    assert 'Công đoàn Mỏ Than: <span class="hidden-cell">Không công bố</span>' in shown
    html = (await client.get(f"{PAGE}?question=reached&unit={world.units[MINE]}", caller=OWNER)).text
    assert html.count(HIDDEN) == 1
    assert "<svg" not in html
    overview = (await client.get(f"{PAGE}?unit={world.units[MINE]}", caller=OWNER)).text
    assert overview.count(HIDDEN) == 2
    assert "<svg" not in overview
    assert "Ai đã trả lời" not in overview


async def test_units_too_small_for_a_response_group_are_not_listed(client):
    """The small workshop's people answer together with all others of the South."""
    world = await make_page_world()
    shown = await units(client, OWNER, f"?unit={world.units[SOUTH]}")
    assert "<details" not in shown


async def test_a_units_page_shows_its_own_numbers(client):
    world = await make_page_world()
    text = words((await client.get(f"{PAGE}?unit={world.units[NORTH]}", caller=OWNER)).text)
    assert "6.720 phiếu trả lời trên 40.000 người được hỏi" in text


async def test_an_analyst_of_a_part_enters_the_tree_there(client):
    """Between the target and his own unit he sees nothing, so the way leads from the one to the other."""
    world = await make_page_world()
    analyst = caller_as("analyst", FACTORY)
    top = await units(client, analyst)
    assert re.findall(r">([^<]+)</a>", top) == ["Công đoàn Nhà máy May"]
    own = await units(client, analyst, f"?unit={world.units[FACTORY]}")
    assert re.findall(r'href="([^"]+)">([^<]+)</a>', own) == [("?", "Tổng Liên đoàn")]
    assert "Tỉnh Bắc" not in own


@pytest.mark.parametrize("query", ["", "&question=reached"])
async def test_a_unit_outside_ones_scope_looks_like_one_that_does_not_exist(client, query: str):
    world = await make_page_world()
    for caller in (ANONYMOUS, caller_as("analyst", FACTORY), caller_as("editor", TOP)):
        asked = [str(world.units[SOUTH]), str(uuid4()), "not-an-id"]
        replies = [await client.get(f"{PAGE}?unit={unit}{query}", caller=caller) for unit in asked]
        assert [reply.status_code for reply in replies] == [404, 404, 404]
        assert len({words(reply.text) for reply in replies}) == 1


async def test_a_unit_is_compared_with_the_one_above(client):
    world = await make_page_world()
    address = f"{PAGE}?question=reached&unit={world.units[FACTORY]}"
    assert "với Liên đoàn Lao động tỉnh Bắc" in words((await client.get(address, caller=OWNER)).text)
    html = (await client.get(f"{address}&parent=1", caller=OWNER)).text
    assert "Có 50,5% 48,5% – 52,5% 50,5% 48,5% – 52,5% 0,0" in words(html)
    # A diamond for each choice, where the unit above stands.
    assert html.count('stroke="#a14a00"') == 3


async def test_nothing_is_above_the_target(client):
    await make_page_world()
    html = (await client.get(f"{PAGE}?question=reached&parent=1", caller=OWNER)).text
    assert 'name="parent"' not in html
    assert 'stroke="#a14a00"' not in html


async def test_many_units_come_in_pages(client):
    world = await make_page_world()
    first = await db.value("SELECT max(number) FROM unit")
    names = [(uuid4(), first + at, f"{SOUTH}{at:05d}", f"Đơn vị {at:03d}") for at in range(100, 170)]
    await db.execute_many(
        "INSERT INTO unit (id, number, path, name_vi, name_en, code, level, kind, tree_version)"
        " VALUES ($1, $2, $3, $4, $4, $3, 'grassroots', 'union', 1)",
        names,
    )
    groups = {path: uuid4() for _, _, path, _ in names}
    await db.execute_many(
        "INSERT INTO response_group (id, wave_id, name_vi, name_en, path, people) VALUES ($1, $2, 'x', 'x', $3, 50)",
        [(group_id, world.waves[2], path) for path, group_id in groups.items()],
    )
    await db.execute_many(
        "INSERT INTO frame_unit (wave_id, unit_id, path, response_group_id) VALUES ($1, $2, $3, $4)",
        [(world.waves[2], unit_id, path, groups[path]) for unit_id, _, path, _ in names],
    )
    address = f"?unit={world.units[SOUTH]}"
    first_page, second_page = await units(client, OWNER, address), await units(client, OWNER, f"{address}&page=1")
    assert first_page.count("Đơn vị") == 60 + 1
    assert "Đơn vị 159" in first_page
    assert f'<a href="{address}&amp;page=1">Trang sau →</a>' in first_page
    assert "Đơn vị 160" in second_page
    assert second_page.count(": <span") == 10
    assert f'<a href="{address}">← Trang trước</a>' in second_page


async def of_today(path: str, number: int) -> str:
    """A unit that began after the frame was made."""
    unit_id = uuid4()
    await db.execute(
        "INSERT INTO unit (id, number, path, name_vi, name_en, code, level, kind, tree_version)"
        " VALUES ($1, $2, $3, 'Tổng công ty Mới', 'New Corporation', $4, 'upper_direct', 'union', 2)",
        *(unit_id, number, path, f"NEW{number}"),
    )
    return str(unit_id)


async def test_a_unit_of_today_shows_what_its_parts_said_then(client):
    """A corporation was made after the frame, and took over the factory."""
    world = await make_page_world()
    path = f"{TOP}00009"
    made = await of_today(path, 9)
    await db.execute("UPDATE unit SET path = $2 WHERE id = $1", world.units[FACTORY], f"{path}00004")
    address = f"{PAGE}?question=reached&unit={made}&parent=1"
    html = (await client.get(address, caller=caller_as("analyst", path))).text
    assert "<strong>Tổng công ty Mới</strong>" in html
    assert "số liệu gộp từ 1 đơn vị lúc đó" in words(html)
    assert "n = 6.720 · số người được hỏi: N = 40.000" in words(html)
    # The frame has no unit above it to be compared with.
    assert 'name="parent"' not in html
    overview = words((await client.get(f"{PAGE}?unit={made}", caller=caller_as("analyst", path))).text)
    assert "6.720 phiếu trả lời trên 40.000 người được hỏi" in overview
    assert (await client.get(address)).status_code == 404


async def test_the_figures_of_a_unit_that_was_split_are_said_to_be_wider(client):
    """Of the factory six in ten went to the one corporation, the others to the other: both show all of it."""
    world = await make_page_world()
    factory = world.units[FACTORY]
    heir, other = await of_today(f"{TOP}00008", 8), await of_today(f"{TOP}00009", 9)
    await db.execute("UPDATE unit SET path = $2 WHERE id = $1", factory, f"{TOP}0000800004")
    await db.execute_many(
        "INSERT INTO unit_succession VALUES ($1, $2, $3, '2026-06-01')", [(factory, heir, 0.6), (factory, other, 0.4)]
    )
    for unit in (heir, other):
        text = words((await client.get(f"{PAGE}?unit={unit}", caller=OWNER)).text)
        assert (
            "Số liệu rộng hơn đơn vị này: gồm cả những người đã sang đơn vị khác khi đơn vị cũ được chia tách." in text
        )
    question = words((await client.get(f"{PAGE}?question=reached&unit={heir}", caller=OWNER)).text)
    assert "Số liệu đợt 1, 2, 3 rộng hơn đơn vị này" in question
    english = words((await client.get(f"{PAGE}?unit={heir}&lang=en", caller=OWNER)).text)
    assert "its figures are those of the unit that came into it. The figures are wider than this unit" in english


async def test_a_unit_that_is_not_made_of_whole_units_of_then_says_why_it_has_no_figures(client):
    """The North came below a new corporation, but for its factory, which went elsewhere."""
    world = await make_page_world()
    made = await of_today(f"{TOP}00008", 8)
    await db.execute("UPDATE unit SET path = $2 WHERE id = $1", world.units[NORTH], f"{TOP}0000800002")
    await db.execute("UPDATE unit SET path = $2 WHERE id = $1", world.units[MINE], f"{TOP}000080000200005")
    await db.execute("UPDATE unit SET path = $2 WHERE id = $1", world.units[FACTORY], f"{SOUTH}00004")
    text = words((await client.get(f"{PAGE}?unit={made}", caller=OWNER)).text)
    assert "không gồm trọn những đơn vị có lúc đó, nên không có số liệu riêng." in text
    assert text.count(HIDDEN) == 2
    assert "%" not in text.split("Tất cả câu hỏi")[0]
    # There is nothing of then to compare it with.
    address = f"{PAGE}?question=reached&unit={made}&parent=1"
    asked = await client.get(address, caller=OWNER)
    assert asked.status_code == 200
    assert 'name="parent"' not in asked.text


async def test_the_way_to_files_is_that_of_the_unit_and_texts_are_for_the_owner(client):
    world = await make_page_world()
    factory, release = world.units[FACTORY], await db.value("SELECT id FROM release WHERE wave_id = $1", world.waves[2])
    for query in ("", "&question=reached", "&question=need"):
        for caller, texts in ((OWNER, 1), (caller_as("analyst", FACTORY), 0)):
            html = (await client.get(f"{PAGE}?unit={factory}{query}", caller=caller)).text
            assert html.count(f'href="/results/downloads/of/{release}?unit={factory}"') == 1
            assert html.count(f'href="/results/downloads/of/{release}/texts"') == texts
            assert (
                await client.get(f"/results/downloads/of/{release}?unit={factory}", caller=caller)
            ).status_code == 200

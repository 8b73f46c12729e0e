"""A question over the waves: lines with bands and a table, only of what was asked in the same words."""

from results_page_world import NORTH, TOP, make_page_world, reword
from test_results_page import PAGE, words

from kit import db
from kit.testing import caller_as


async def trend(client, query: str = "?question=reached", **options) -> str:
    """The part of a page that is about the waves; empty without one."""
    response = await client.get(f"{PAGE}{query}", **options)
    assert response.status_code == 200
    return response.text.partition('<section aria-labelledby="trend">')[2].partition("</section>")[0]


def said(html: str) -> str:
    return words(f"<main>{html}</main>")


async def test_each_choice_has_a_line_with_a_band_and_the_table_all_numbers(client):
    await make_page_world()
    html = await trend(client)
    assert html.count("<svg") == 3
    # Two bands between three waves, for each of three choices.
    assert html.count('fill="#c9dcf0"') == 6
    assert "Đợt 1 3/2025 Đợt 2 9/2025 Đợt 3 3/2026" in said(html)
    assert "n / N 10.640 / 80.000 13,3% 12.040 / 80.000 15,0% 13.440 / 80.000 16,8%" in said(html)
    assert "Có 46,5% 44,5% – 48,5% 48,5% 46,5% – 50,5% 50,5% 48,5% – 52,5%" in said(html)


async def test_of_many_choices_the_most_chosen_are_drawn(client):
    await make_page_world()
    html = await trend(client, "?question=reached_by")
    assert html.count("<svg") == 6
    assert "<figcaption>Báo, đài, truyền hình" not in html
    assert "Báo, đài, truyền hình 11,4%" in said(html)


async def test_a_scale_says_its_means(client):
    await make_page_world()
    assert "Trung bình 3,54 3,46 3,38" in said(await trend(client, "?question=useful"))


async def test_one_wave_has_no_trend(client):
    await make_page_world(waves=1)
    response = await client.get("/results/info/1?question=reached")
    assert 'id="trend"' not in response.text


async def test_a_split_question_has_no_trend(client):
    await make_page_world()
    assert await trend(client, "?question=reached&by=gender") == ""


async def test_the_newest_wave_says_how_it_changed_and_whether_that_may_be_chance(client):
    """Two points more, each with an error of one: chance would do as much, all the more among six changes."""
    await make_page_world()
    text = said(await trend(client))
    assert "Đợt 3 so với đợt 2 điểm %" in text
    assert "50,5% 48,5% – 52,5% +2,0 −0,8 – +4,8 có thể ngẫu nhiên, p = 0,99 Không" in text
    means = said(await trend(client, "?question=useful"))
    assert "Trung bình 3,54 3,46 3,38 −0,08" in means


async def test_waves_before_a_change_of_wording_are_left_out_and_that_is_said(client):
    world = await make_page_world()
    await reword(world, 1)
    html = await trend(client)
    assert "Câu hỏi hoặc các lựa chọn đã thay đổi giữa đợt 1 và đợt 2, nên không so sánh" in said(html)
    assert "Trả lời Đợt 2 9/2025 Đợt 3 3/2026" in said(html)
    assert html.count('fill="#c9dcf0"') == 3


async def test_a_question_that_was_just_reworded_has_nothing_to_be_compared_with(client):
    world = await make_page_world()
    await reword(world, 2)
    html = await trend(client)
    assert "đã thay đổi giữa đợt 2 và đợt 3" in said(html)
    assert "<svg" not in html
    assert "<table" not in html


async def test_waves_that_are_not_public_are_left_out_for_whoever_may_not_see_them(client):
    world = await make_page_world()
    await db.execute("ALTER TABLE release DISABLE TRIGGER release_immutable")
    await db.execute("UPDATE release SET is_public = false WHERE wave_id = $1", world.waves[0])
    await db.execute("ALTER TABLE release ENABLE TRIGGER release_immutable")
    assert "Đợt 1" not in said(await trend(client))
    assert "Đợt 1" in said(await trend(client, caller=caller_as("analyst", TOP)))


async def test_a_unit_has_its_own_trend(client):
    world = await make_page_world()
    html = await trend(client, f"?question=reached&unit={world.units[NORTH]}", caller=caller_as("analyst", TOP))
    assert "n / N 5.320 / 40.000 13,3%" in said(html)

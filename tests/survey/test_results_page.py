"""The results pages of a wave: the overview, a question by segments, and what they say where nothing is shown."""

import re
from html import unescape

import pytest
from results_page_world import TOP, UNSHOWN, make_page_world
from results_world import OWNER_PATH, STRANGER_PATH, make_released_world, make_world

from kit import db
from kit.identity import ANONYMOUS
from kit.testing import caller_as, queries

HIDDEN = "Không công bố: có thể làm lộ câu trả lời của một nhóm nhỏ."
PAGE = "/results/info/3"
REAL = "/results/needs/1"


def words(html: str) -> str:
    """A page's text as people read it."""
    body = html.split("<main", 1)[1].split(">", 1)[1].split("</main>")[0]
    text = unescape(re.sub(r"<svg.*?</svg>|<[^>]*>", " ", body, flags=re.DOTALL))
    return re.sub(r" (?=[:.,])", "", " ".join(text.split()))


async def read(client, query: str = "", page: str = PAGE, **options) -> str:
    response = await client.get(f"{page}{query}", **options)
    assert response.status_code == 200
    return response.text


async def test_lists_the_public_releases(client):
    await make_released_world()
    await make_world(code="unreleased")
    response = await client.get("/results/")
    assert response.status_code == 200
    assert response.text.count('href="/results/needs/1"') == 1
    assert "unreleased" not in response.text
    assert "254 phiếu trả lời trên 1.000 người được hỏi (25,4%)" in response.text


async def test_says_when_there_is_nothing_yet(client):
    assert "Chưa có kết quả nào được công bố." in (await client.get("/results/")).text


async def test_a_release_made_by_the_worker_is_shown(client):
    """The same numbers as the release's own tables: 61 of 94 women chose Zalo, two in three after weighting, rounded for so few."""
    await make_released_world()
    text = words(await read(client, page=REAL))
    assert "254 phiếu trả lời trên 1.000 người được hỏi" in text
    text = words(await read(client, "?question=channel&by=gender", page=REAL))
    assert "n = 94 · số người được hỏi: N = 480 · đạt 19,6%" in text
    assert "zalo (vi) 66% " in text
    assert text.count(HIDDEN) == 1


async def test_the_overview_says_who_was_reached_and_who_took_part(client):
    await make_page_world()
    html = await read(client)
    text = words(html)
    assert "Tin tức đến được với 50,5% Khoảng 95%: 48,5% – 52,5%" in text
    assert "Chỉ tiêu 85% (mức chung của Tổng Liên đoàn): chưa đạt" in text
    assert "“Có” Số người trả lời câu này: n = 13.440 · số người được hỏi: N = 80.000 · đạt 16,8%" in text
    assert "Đã trả lời 16,8% 13.440 phiếu trả lời trên 80.000 người được hỏi" in text
    assert "Nhóm tuổi n N Đạt Dưới 25 tuổi 1.440 20.000 7,2% 25–34 tuổi 3.400 20.000 17,0%" in text
    # Reach, three of participation, four questions.
    assert html.count("<svg") == 8


@pytest.mark.parametrize(
    ("percent", "said"), [(40, "đạt"), (50, "chưa rõ, vì chỉ tiêu nằm trong khoảng"), (95, "chưa đạt")]
)
async def test_reach_stands_beside_the_programmes_own_target(client, percent: int, said: str):
    await make_page_world()
    await db.execute("INSERT INTO reach_target SELECT id, '2026-01-01', $1 FROM programme", percent)
    assert f"Chỉ tiêu {percent}%: {said} “Trong ba tháng" in words(await read(client))
    # Wave 1 opened before the target was set.
    assert "Chỉ tiêu 85% (mức chung của Tổng Liên đoàn): chưa đạt" in words(await read(client, page="/results/info/1"))


async def test_the_overview_shows_the_most_chosen_answers_of_a_long_question(client):
    await make_page_world()
    text = words(await read(client))
    assert "Được chọn nhiều câu: tổng có thể vượt 100%. Ở đây là 5 câu được chọn nhiều nhất." in text
    assert "Zalo 34,3%" in text
    assert "Facebook 22,9%" not in text


async def test_the_overview_leads_to_every_question(client):
    await make_page_world()
    html = await read(client)
    topics = html.split('<div class="topics">')[1]
    assert re.findall(r'href="\?question=([^"]+)"', topics) == [
        "reached",
        "reached_by",
        "useful",
        "topics",
        "need",
        "quiet",
    ]
    assert "Anh/chị cần biết nhiều hay ít về từng chuyện?</a> (2 dòng)" in topics


async def test_whoever_is_signed_in_is_led_to_files_and_texts(client):
    await make_page_world(waves=1)
    release_id = await db.value("SELECT id FROM release")
    page = "/results/info/1"
    assert "/results/downloads" not in await read(client, page=page)
    html = await read(client, page=page, caller=caller_as("analyst", TOP))
    for address in (f"/results/downloads/of/{release_id}", f"/results/downloads/of/{release_id}/texts"):
        assert f'href="{address}"' in html
        assert (await client.get(address, caller=caller_as("analyst", TOP))).status_code == 200


async def test_a_question_says_bases_coverage_share_and_interval(client):
    await make_page_world()
    text = words(await read(client, "?question=reached"))
    assert "n = 13.440 · số người được hỏi: N = 80.000 · đạt 16,8%" in text
    assert "Mẫu tự nguyện · tỷ lệ có gia trọng · khoảng tin cậy 95% (Wilson)" in text
    assert "Trả lời Tỷ lệ khoảng 95% Có 50,5% 48,5% – 52,5% Không 26,7% 24,7% – 28,7%" in text


async def test_several_choices_are_said_to_exceed_the_whole(client):
    await make_page_world()
    said = "Mỗi người được chọn nhiều câu trả lời, nên tổng có thể vượt 100%."
    assert words(await read(client, "?question=topics")).count(said) == 2
    assert said not in words(await read(client, "?question=reached"))


async def test_a_scale_has_its_distribution_beside_its_mean(client):
    await make_page_world()
    html = await read(client, "?question=useful")
    assert "Trung bình 3,38 (khoảng 95%: 3,30 – 3,46), trên thang từ 1 đến 5" in words(html)
    assert "5 – Rất có ích 24,5%" in words(html)
    # The distribution, the mean on the scale, and five lines over the waves.
    assert html.count("<svg") == 7


async def test_the_rows_of_a_matrix_stand_together(client):
    await make_page_world()
    html = await read(client, "?question=need")
    assert re.findall(r'<h2 id="row\d"><a href="([^"]+)">([^<]+)</a>', html) == [
        ("?question=need.wages", "Tiền lương"),
        ("?question=need.safety", "An toàn lao động"),
    ]
    assert "Dòng n / N Ít Vừa Nhiều Tiền lương 13.440 / 80.000 16,8% 50,5% 48,5% – 52,5%" in words(html)
    row = await read(client, "?question=need.wages&by=gender")
    assert "Xem cả bảng: Anh/chị cần biết nhiều hay ít về từng chuyện?</a>" in row


async def test_segments_each_have_a_chart_and_a_table_and_hidden_ones_none(client):
    await make_page_world()
    html = await read(client, "?question=reached&by=age_band&by=gender")
    assert html.count('<article class="cell"') == 8
    assert html.count(f'<p class="hidden-box">{HIDDEN}</p>') == 4
    # The comparison and the four that are shown.
    assert html.count("<svg") == 5
    assert '<input type="checkbox" name="by" value="gender" checked>' in html
    assert "So các nhóm: “Có”" in words(html)


async def test_segments_that_differ_beyond_chance_are_named(client):
    """Young people were reached less by three points with each age; neighbours lie within chance of each other."""
    await make_page_world()
    text = words(await read(client, "?question=reached&by=age_band"))
    assert (
        "Khác nhau rõ, khó có thể chỉ do ngẫu nhiên: Từ 45 tuổi hơn Dưới 25 tuổi: +9,0 điểm phần trăm (p < 0,001)"
        in text
    )
    assert "Các cặp còn lại (3): khác nhau có thể chỉ do ngẫu nhiên." in text
    alike = words(await read(client, "?question=reached&by=gender"))
    assert "Không cặp nhóm nào khác nhau rõ: khác biệt có thể chỉ do ngẫu nhiên." in alike


async def test_any_choice_may_be_compared_between_segments(client):
    await make_page_world()
    html = await read(client, "?question=reached&by=gender&choice=no")
    assert "So các nhóm: “Không”" in words(html)
    assert '<option value="no" selected>Không</option>' in html
    assert "So các nhóm: “Trung bình”" in words(await read(client, "?question=useful&by=gender"))


async def test_many_segments_are_rows_of_one_table(client):
    await make_page_world()
    html = await read(client, "?question=topics&by=age_band&by=gender&by=region")
    assert html.count("<tr>") == 1 + 8
    assert words(html).count("Không công bố Dưới 25 tuổi · Nữ · Đồng bằng sông Hồng; Dưới 25 tuổi · Nữ ·") == 1
    assert "35–44 tuổi · Nữ · Đồng bằng sông Hồng 1.000 / 5.000 20,0% 92,0% 90,0% – 94,0%" in words(html)
    # The comparison of eight shown ones.
    assert html.count("<svg") == 1


async def test_hidden_cells_have_one_explanation(client):
    await make_page_world()
    text = words(await read(client, "?question=reached&by=age_band&by=gender"))
    assert text.count("Trang này không nói là trường hợp nào.") == 1


async def test_small_bases_are_flagged(client):
    """Twenty young women of the Mekong delta are few: the flag and what it means."""
    await make_released_world()
    text = words(await read(client, "?question=channel&by=age_band&by=gender&by=region", page=REAL))
    assert "Dưới 25 tuổi · Nữ · Đồng bằng sông Cửu Long 20 / 140 14,3% ⚠ ít câu trả lời" in text
    assert "Nhóm có dưới 30 câu trả lời: xin đọc thận trọng." in text


async def test_a_question_of_which_nothing_is_shown_says_so_in_the_same_words(client):
    await make_page_world()
    html = await read(client, f"?question={UNSHOWN}")
    assert html.count(HIDDEN) == 1
    assert "<svg" not in html
    assert (await read(client, f"?question={UNSHOWN}&by=age_band")).count(HIDDEN) == 1


@pytest.mark.parametrize(
    ("sample", "said"),
    [
        ("self_selected", "Mẫu tự nguyện: ai muốn thì trả lời."),
        ("census", "Hỏi toàn bộ: từng người trong danh sách đều được mời trả lời."),
    ],
)
async def test_the_method_is_told_in_plain_words(client, sample: str, said: str):
    await make_page_world(waves=1, sample=sample)
    text = words(await read(client, page="/results/info/1"))
    assert said in text
    assert "Nhóm có quá ít phiếu được gộp với nhóm bên cạnh trước khi cân. Sau khi cân, các phiếu có sức nặng" in text
    assert "như 9.876 phiếu tính bằng nhau. Có 1,2% số phiếu bị bớt sức nặng" in text
    assert "321 người không nêu tuổi, giới tính hoặc vùng được xếp ngẫu nhiên" in text


async def test_speaks_english_and_writes_numbers_its_way(client):
    await make_page_world()
    html = await read(client, "?lang=en&question=useful&by=gender")
    assert '<html lang="en">' in html
    text = words(html)
    assert "n = 7,400 · people asked: N = 40,000 · that is 18.5%" in text
    assert "Mean 3.38 (95% interval: 3.30 – 3.46), on a scale from 1 to 5" in text
    assert "Self-selected sample · weighted shares · 95% confidence intervals (Wilson)" in text
    assert "Không công bố" not in text


async def test_the_wave_may_be_named_by_its_id(client):
    world = await make_page_world(waves=1)
    assert (await client.get(f"/results/{world.waves[0]}/1")).status_code == 200
    assert (await client.get(f"/results/{world.waves[0]}/2")).status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "/results/info/9",
        "/results/info/99999999999999",
        "/results/info/40000",
        "/results/info/last",
        "/results/info/-1",
        "/results/info/³",
        "/results/nothing",
        "/results/nothing/1",
        "/results/%00/1",
        "/results/00000000-0000-0000-0000-000000000000/1",
        f"{PAGE}?question=comment",
        f"{PAGE}?question=gender",
        f"{PAGE}?question=%00",
    ],
)
async def test_what_is_not_there_is_a_page_that_says_so(client, url: str):
    await make_page_world()
    response = await client.get(url)
    assert response.status_code == 404
    assert "Không tìm thấy kết quả Chưa có gì được công bố ở địa chỉ này" in words(response.text)


async def test_a_programme_leads_to_its_newest_wave(client):
    await make_page_world()
    reply = await client.get("/results/info")
    assert (reply.status_code, reply.headers["location"]) == (302, "/results/info/3")


async def test_a_wave_without_a_release_looks_like_one_that_does_not_exist(client):
    await make_world()
    waiting, missing = await client.get(REAL), await client.get("/results/other/1")
    assert (waiting.status_code, missing.status_code) == (404, 404)
    assert words(waiting.text) == words(missing.text)


async def test_an_unknown_segment_is_refused(client):
    await make_page_world()
    response = await client.get(f"{PAGE}?question=reached&by=<script>")
    assert response.status_code == 400
    assert "<script>" not in response.text


async def test_an_internal_release_is_shown_to_the_owners_analysts_only(client):
    analyst = caller_as("analyst", OWNER_PATH)
    await make_released_world(is_public=False)
    assert (await client.get(REAL)).status_code == 404
    assert (await client.get(REAL, caller=caller_as("editor", OWNER_PATH))).status_code == 404
    assert "Chỉ nội bộ" in await read(client, page=REAL, caller=analyst)
    listed = (await client.get("/results/", caller=analyst)).text
    assert 'href="/results/needs/1"' in listed
    assert "Chỉ nội bộ" in listed
    for caller in (ANONYMOUS, caller_as("editor", OWNER_PATH), caller_as("analyst", STRANGER_PATH)):
        assert "/results/needs" not in (await client.get("/results/", caller=caller)).text


async def test_loads_nothing_from_elsewhere_and_has_no_inline_style(client):
    await make_page_world()
    for query in ("", "?question=reached&by=gender", "?question=need"):
        response = await client.get(PAGE + query, caller=caller_as("analyst", TOP))
        assert "default-src 'none'" in response.headers["content-security-policy"]
        assert "style=" not in response.text
        assert "<script" not in response.text
        assert re.findall(r'(?:src|href)="(?!/|\?|#|data:,)', response.text) == []
    assert (await client.get("/results/static/results.css")).status_code == 200


async def test_pages_are_small(client):
    """Most of it is charts, of which little is left on the way."""
    await make_page_world()
    for query in ("", "?question=reached_by", "?question=topics&by=age_band&by=gender&by=region"):
        response = await client.get(PAGE + query)
        assert response.headers["content-encoding"] == "gzip"
        assert int(response.headers["content-length"]) < 7_000
        assert len(response.content) < 40_000
    plain = await client.get(PAGE, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers


async def test_the_overview_asks_the_database_a_bounded_number_of_times(client):
    await make_page_world()
    await read(client)

    with queries() as asked:
        await read(client)
    assert asked.count <= 26

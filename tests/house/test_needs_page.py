"""From need to material: one federated query, and the page that a communications officer works from."""

import re

import httpx
import pytest
from house_world import House

GAPS = """
query ($unit: ID!) {
  topicsInUnit(unitId: $unit) {
    topic name
    demand { unitId rank everyone { base peopleWanting wanted { share } } segments(by: ["GENDER"]) { gender wanted { share } } }
    holding { total own others recent }
    madeFor(by: ["GENDER"]) { gender total recent }
    newestAssets(first: 1) { title unit { name } }
  }
}
"""


@pytest.fixture
def union(house: House) -> str:
    """The id of the confederation."""
    return house.data_of('{ units(level: "confederation") { nodes { id } } }')["units"]["nodes"][0]["id"]


def page(house: House, **asked: str) -> httpx.Response:
    return httpx.get(f"{house.url}/needs", params=asked, timeout=30)


def topics(html: str) -> list[str]:
    return re.findall(r"<h2>(.*?)</h2>", html)


def test_demand_by_segment_and_materials_come_in_one_query(house: House, union: str):
    gaps = {one["topic"]: one for one in house.data_of(GAPS, unit=union)["topicsInUnit"]}
    assert len(gaps) == 10
    assert min(one["demand"]["rank"] for one in gaps.values()) == 1
    for one in gaps.values():
        assert (one["demand"]["unitId"], one["demand"]["everyone"]["base"]) == (union, 5000)
        assert 0 < one["demand"]["everyone"]["wanted"]["share"] < 1
        assert {cell["gender"] for cell in one["demand"]["segments"]} >= {"female", "male"}
        assert one["holding"]["total"] == one["holding"]["own"] + one["holding"]["others"]
        # Of what is made for both, each has a part: together no less than all there is.
        assert sum(made["total"] for made in one["madeFor"]) >= one["holding"]["total"]
    law = gaps["labour_law"]
    assert law["holding"]["recent"] > 0
    assert law["newestAssets"][0]["unit"]["name"]


def test_the_page_puts_the_largest_gap_first_or_what_most_want(house: House, union: str):
    gaps = house.data_of(GAPS, unit=union)["topicsInUnit"]
    wanted = page(house, order="wanted")
    assert wanted.status_code == 200
    assert topics(wanted.text) == [one["name"] for one in gaps]

    def people_for_each_recent(one: dict) -> float:
        recent = one["holding"]["recent"]
        return one["demand"]["everyone"]["peopleWanting"] / recent if recent else float("inf")

    by_gap = [one["name"] for one in sorted(gaps, key=people_for_each_recent, reverse=True)]
    assert topics(page(house).text) == by_gap


def test_the_page_tells_the_groups_that_want_most_and_what_is_made_for_them(house: House, union: str):
    gaps = {one["name"]: one for one in house.data_of(GAPS, unit=union)["topicsInUnit"]}
    cards = page(house, by="GENDER").text.split("<h2>")[1:]
    assert len(cards) == len(gaps)
    for card in cards:
        gap = gaps[card.partition("</h2>")[0]]
        told = [one["wanted"]["share"] for one in gap["demand"]["segments"] if one["wanted"]]
        groups = re.findall(r"<tr>.*?</tr>", card, re.DOTALL)
        assert [re.findall(r"(\d+)\u00a0%", group)[0] for group in groups] == [
            f"{share * 100:.0f}" for share in sorted(told, reverse=True)[:3]
        ]
        for_some = sum(made["recent"] for made in gap["madeFor"] if made["gender"])
        assert ("tài liệu</td>" in card) == bool(for_some)


def test_the_page_speaks_both_languages(house: House):
    vi, en = page(house).text, page(house, lang="en").text
    assert "Người lao động muốn nghe thêm về điều gì" in vi
    assert "What people want to hear more about" in en
    assert "Labour law and" in en
    assert "Số liệu minh họa" in vi


def test_an_officer_begins_with_their_own_unit_and_is_told_whose_demand_it_is(house: House):
    headers = {"authorization": f"Bearer {house.token('editor@EVN')}"}
    html = httpx.get(f"{house.url}/needs", headers=headers, timeout=30).text
    assert "<h1>Nhu cầu và tư liệu: Công đoàn Điện lực Việt Nam</h1>" in html
    # An editor is no analyst: of the own unit's tables nothing is told, but what was released to all.
    assert "Theo khảo sát chung của <strong>Tổng Liên đoàn Lao động Việt Nam</strong>" in html
    assert "/archive/upload?unit=" in html


@pytest.mark.parametrize("unit", ["00000000-0000-4000-8000-000000000000", "x", "' OR 1=1"])
def test_an_unknown_unit_is_told(house: House, unit: str):
    reply = page(house, unit=unit)
    assert (reply.status_code, "Không có đơn vị này." in reply.text) == (404, True)


def test_wrong_choices_are_the_first_ones(house: House):
    assert topics(page(house, by="SHOE", order="x").text) == topics(page(house).text)


def test_nothing_can_be_posted(house: House):
    assert httpx.post(f"{house.url}/needs", timeout=30).status_code == 405

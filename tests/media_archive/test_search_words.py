"""Phrases in quotation marks, suggestions while typing, and the passage that answers, wherever in a text it stands."""

import unicodedata
from pathlib import Path

import pytest
from archive_world import Union, add, worker

from kit import db
from kit.identity import ANONYMOUS, SYSTEM
from kit.jobs import MemoryQueue
from kit.testing import Ask, queries
from media_archive.assets.visibility import Sight
from media_archive.search.asking import Question
from media_archive.search.documents import IndexedAsset
from media_archive.search.follow import Follower
from media_archive.search.index import AssetIndex
from media_archive.search.passages import SHORT, passages

ALL = Sight(everything=True)
SUGGEST = (
    "query ($query: String!, $first: Int! = 10) { suggestSearch(query: $query, first: $first) { text sort assetId } }"
)
SEARCH = (
    "query ($query: String!) { searchAssets(query: $query) { nodes { snippet pieces { text isMatch } } totalCount } }"
)


@pytest.fixture
def shelf(tmp_path: Path) -> AssetIndex:
    index = AssetIndex(tmp_path / "index")
    index.write(
        [
            IndexedAsset("row", "vệ sinh và an toàn lao động ở mỏ", title="Sổ tay"),
            IndexedAsset("apart", "lao động nữ; an toàn giao thông; toàn lao vào; an toan lao dong", title="Tờ rơi"),
            IndexedAsset("turned", "động lao toàn an", title="Lao động an toàn"),
            IndexedAsset("ends", "hội nghị an toàn", title="lao động giỏi"),
        ]
    )
    return index


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ('"an toàn lao động"', {"row"}),
        ('"an toan lao dong"', {"row", "apart"}),
        ("“an toàn lao động”", {"row"}),
        ("«an toàn lao động»", {"row"}),
        (unicodedata.normalize("NFD", '"an toàn lao động"'), {"row"}),
        ('"AN TOÀN" "lao động"', {"row", "apart", "turned", "ends"}),
        ('"an toàn" mỏ', {"row"}),
        ('"mỏ"', {"row"}),
        ('"mó"', set[str]()),
        ('"mo"', {"row"}),
        # The end of a text and the beginning of its title are no phrase, nor is a title followed by itself.
        ('"toàn lao động giỏi"', set[str]()),
        ('"giỏi lao động"', set[str]()),
        # Half a pair of quotation marks is none.
        ('"an toàn lao động', {"row", "apart", "turned", "ends"}),
        ('"" mỏ', {"row"}),
    ],
)
def test_words_in_quotation_marks_stand_in_a_row(shelf: AssetIndex, text: str, ids: set[str]):
    found = shelf.search(Question(text, ALL), limit=9)
    assert (set(found.ids), found.total) == (ids, len(ids))


async def test_the_last_syllable_is_completed_from_titles_and_topics(ask: Ask, union: Union, search: Follower):
    first = await add(union.factory, "Quyền lợi của đoàn viên công đoàn")
    second = await add(union.factory, "Công đoàn đồng hành cùng công nhân")
    await add(union.factory, "Cộng đồng cùng công an")
    await search.catch_up()

    async def suggested(query: str) -> list[tuple[str, str]]:
        return [(one["text"], one["sort"]) for one in (await ask(SUGGEST, SYSTEM, query=query)).field]

    assert await suggested("công đoà") == [
        ("công đoàn", "words"),
        ("Công đoàn đồng hành cùng công nhân", "title"),
        ("Quyền lợi của đoàn viên công đoàn", "title"),
    ]
    assert await suggested("cong đòa") == await suggested("cong đoa") == await suggested("công đoà")
    assert await suggested("quyen l") == [("quyền lợi", "words"), ("Quyền lợi của đoàn viên công đoàn", "title")]
    assert ("cộng đồng", "words") in await suggested("cong d")
    assert ("cộng đồng", "words") not in await suggested("công đ")
    assert await suggested("phap lu") == [("Pháp luật lao động", "topic")]
    assert await suggested("không có") == []
    assert await suggested("  ") == []
    titles = [one["assetId"] for one in (await ask(SUGGEST, SYSTEM, query="công đoà")).field if one["assetId"]]
    assert titles == [second, first]


async def test_nothing_is_suggested_that_one_may_not_see(ask: Ask, union: Union, search: Follower):
    await add(union.factory, "Mật thư nội bộ", visibility="unit")
    await search.catch_up()
    assert (await ask(SUGGEST, ANONYMOUS, query="mật th")).field == []
    assert (await ask(SUGGEST, worker(union.south), query="mat th")).field == []
    assert [one["text"] for one in (await ask(SUGGEST, worker(union.factory), query="mat th")).field] == [
        "mật thư",
        "Mật thư nội bộ",
    ]


@pytest.mark.parametrize(("query", "first"), [("a" * 101, 10), ("a", 0), ("a", 11)])
async def test_suggestions_are_bounded(ask: Ask, union: Union, search: Follower, query: str, first: int):
    assert (await ask(SUGGEST, SYSTEM, query=query, first=first)).code == "INVALID_INPUT"


def test_passages_are_the_whole_text():
    text = "công đoàn cơ sở " * 1000
    cut = list(passages("document", text))
    assert "".join(one.text for one in cut) == text
    assert all(text[one.start : one.start + one.length] == one.text for one in cut)
    assert list(passages("document", text[:SHORT])) == []
    endless = "a" * (SHORT + 1)
    assert "".join(one.text for one in passages("document", endless)) == endless


async def test_a_passage_is_found_at_the_end_of_a_long_text(
    ask: Ask, union: Union, search: Follower, job_queue: MemoryQueue
):
    text = "mở đầu chung " * 40_000 + "quyền lợi của đoàn viên khi ốm đau " + "kết thúc " * 20_000
    asset_id = await add(union.factory, "Sổ tay", text.encode())
    await add(union.factory, "Tờ rơi", "Quyền lợi của đoàn viên".encode())
    await job_queue.run_all()
    await search.catch_up()
    with queries() as counted:
        found = (await ask(SEARCH, SYSTEM, query="quyen loi doan vien")).field
    assert found["totalCount"] == 2
    (piece,) = (one["pieces"] for one in found["nodes"] if "ốm đau" in one["snippet"])
    assert [one["text"] for one in piece if one["isMatch"]] == ["quyền", "lợi", "đoàn", "viên"]
    assert counted.count == 2
    await db.execute("UPDATE asset_text SET text = 'khác hẳn' WHERE asset_id = $1::text::uuid", asset_id)
    # The index is a moment behind: what is shown is what is there now.
    assert all("ốm đau" not in one["snippet"] for one in (await ask(SEARCH, SYSTEM, query="quyen loi")).field["nodes"])

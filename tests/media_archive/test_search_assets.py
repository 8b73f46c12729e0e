"""Searching through the graph: pages, places, snippets and refusals."""

import base64
import unicodedata

import pytest
from archive_world import Union, add

from kit.identity import SYSTEM
from kit.jobs import MemoryQueue
from kit.testing import Ask
from media_archive.search import follow
from media_archive.search.follow import Follower
from media_archive.search.snippets import Piece, snippet

SEARCH = """query ($query: String!, $within: ID, $kind: String, $first: Int! = 20, $after: String) {
    searchAssets(query: $query, within: $within, kind: $kind, first: $first, after: $after) {
        nodes { asset { title } snippet } totalCount pageInfo { hasNextPage endCursor } } }"""


async def titles(ask: Ask, query: str, **variables: object) -> list[str]:
    return [node["asset"]["title"] for node in (await ask(SEARCH, SYSTEM, query=query, **variables)).field["nodes"]]


async def test_finds_by_title_description_topic_and_text_in_every_form_of_typing(
    ask: Ask, union: Union, search: Follower
):
    await add(union.factory, "Thỏa ước lao động tập thể")
    await add(union.factory, "Tờ rơi số 3", description="Cách tham gia thoả ước lao động")
    await add(union.factory, "Hỏi đáp", topics=("labour_law",))
    await add(union.factory, "Bài phát thanh", "Kính thưa đoàn viên, thỏa ước mới đã ký".encode())
    await search.catch_up()
    decomposed = unicodedata.normalize("NFD", "thoả ước")
    for query in ("thỏa ước", "thoả ước", "thoa uoc", "THOẢ ƯỚC", decomposed):
        assert set(await titles(ask, query)) == {"Thỏa ước lao động tập thể", "Tờ rơi số 3"}, query
    assert await titles(ask, "phap luat lao dong") == ["Hỏi đáp", "Thỏa ước lao động tập thể", "Tờ rơi số 3"]


async def test_filters_by_subtree_and_kind(ask: Ask, union: Union, search: Follower):
    await add(union.factory, "Bản tin xưởng", kind="news")
    await add(union.south, "Bản tin tỉnh", kind="news")
    await add(union.factory, "Bản tin phát thanh", kind="loudspeaker_script")
    await search.catch_up()
    assert set(await titles(ask, "bản tin", within=str(union.north.id))) == {"Bản tin xưởng", "Bản tin phát thanh"}
    assert await titles(ask, "bản tin", within=str(union.north.id), kind="news") == ["Bản tin xưởng"]


async def test_pages_with_a_count_of_all(ask: Ask, union: Union, search: Follower):
    for number in range(5):
        await add(union.factory, f"Bản tin số {number}")
    await search.catch_up()
    seen: list[str] = []
    after = None
    for expected in (True, True, False):
        page = (await ask(SEARCH, SYSTEM, query="ban tin", first=2, after=after)).field
        assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (5, expected)
        seen += [node["asset"]["title"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert sorted(seen) == [f"Bản tin số {number}" for number in range(5)]


@pytest.mark.parametrize("query", ["!!!", '""', "a" * 301])
async def test_refuses_queries_without_words_or_measure(ask: Ask, union: Union, search: Follower, query: str):
    assert (await ask(SEARCH, SYSTEM, query=query)).code == "INVALID_INPUT"


@pytest.mark.parametrize("position", ["[-1]", "[1000]", '["x"]', "[1, 2]"])
async def test_refuses_positions_out_of_reach(ask: Ask, union: Union, search: Follower, position: str):
    after = base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")
    assert (await ask(SEARCH, SYSTEM, query="x", after=after)).code == "INVALID_INPUT"


async def test_says_so_while_the_index_is_being_built(ask: Ask, union: Union):
    assert follow._Process.follower is None  # pyright: ignore[reportPrivateUsage]
    reply = await ask(SEARCH, SYSTEM, query="x")
    assert (reply.code, reply.errors[0]["message"]) == (
        "SEARCH_NOT_READY",
        "Bộ tìm kiếm đang khởi động. Hãy thử lại sau ít giây.",
    )


async def test_the_snippet_is_the_passage_that_answers(
    ask: Ask, union: Union, search: Follower, job_queue: MemoryQueue
):
    text = " ".join(["mở đầu"] * 60) + " quyền lợi của đoàn viên khi ốm đau " + " ".join(["kết thúc"] * 60)
    await add(union.factory, "Sổ tay", text.encode())
    await job_queue.run_all()
    await search.catch_up()
    (node,) = (await ask(SEARCH, SYSTEM, query="quyen loi doan vien")).field["nodes"]
    assert "quyền lợi của đoàn viên khi ốm đau" in node["snippet"]
    assert node["snippet"].startswith("… ")
    assert node["snippet"].endswith(" …")


def test_words_asked_for_with_accents_are_marked_only_with_them():
    assert [piece for piece in snippet("má mã ma", "mã") if piece.is_match] == [Piece("mã", True)]
    assert [piece.text for piece in snippet("má mã ma", "ma") if piece.is_match] == ["má", "mã", "ma"]


def test_of_several_words_only_neighbours_are_marked():
    pieces = snippet("Công ty và công đoàn", "công đoàn")
    assert [piece.text for piece in pieces if piece.is_match] == ["công", "đoàn"]
    assert "".join(piece.text for piece in pieces) == "Công ty và công đoàn"


@pytest.mark.parametrize(
    ("text", "asked", "marked"),
    [
        ("Chị em hoà giải", "hòa giải", ["hoà", "giải"]),
        (unicodedata.normalize("NFD", "An toàn, vệ sinh"), "toàn", ["toàn"]),
        ("ÐƯỜNG sắt", "duong sat", ["ÐƯỜNG", "sắt"]),
        ("Công ty 한국 ở Bình Dương", "한국", ["한국"]),
        ("Bản tin й và ß", "й", ["й"]),
    ],
)
def test_what_was_asked_for_is_marked_however_it_is_spelled(text: str, asked: str, marked: list[str]):
    pieces = snippet(text, asked)
    assert [piece.text for piece in pieces if piece.is_match] == marked
    assert "".join(piece.text for piece in pieces) == unicodedata.normalize("NFC", text)


def test_a_text_without_words_has_no_snippet():
    assert snippet(" … ", "công đoàn") == []


def test_lines_are_joined():
    assert "".join(piece.text for piece in snippet("một\n\n  hai", "ba")) == "một hai"

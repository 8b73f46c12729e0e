"""What is said in films and sounds is attached with its times, corrected, shown to players and found."""

from typing import Any
from uuid import UUID

import pytest
from archive_world import Union, add, contributor, editor, worker
from asyncpg import PostgresError
from media_world import telling_picture
from tortoise.exceptions import IntegrityError

from kit import db
from kit.identity import ANONYMOUS, Caller
from kit.testing import Ask, Client, queries
from media_archive.captions.webvtt import CaptionsInvalid, Cue, read_captions, write_captions
from media_archive.demo.sounds import signal
from media_archive.files.addresses import file_path
from media_archive.search.follow import Follower

REPLACE = """mutation ($input: ReplaceCaptionsInput!) { replaceCaptions(input: $input) { __typename
    ... on ReplaceCaptionsSuccess { captions { language kind cues revision content url } asset { captions { kind } } }
    ... on CaptionsInvalid { code message line }
    ... on Problem { code message } } }"""
REMOVE = """mutation ($asset: ID!, $tongue: String!, $kind: String!) {
    removeCaptions(assetId: $asset, language: $tongue, kind: $kind) { __typename
    ... on RemoveCaptionsSuccess { asset { captions { kind language } } } ... on Problem { code } } }"""
SAID = "WEBVTT\n\n00:01.000 --> 00:04.000\nHọp công nhân <v Lan>lúc bảy giờ\n\n00:00:05.000 --> 00:00:09.500 align:start\nở xưởng may số ba\n"


async def bulletin(union: Union, **said: Any) -> str:
    return await add(union.factory, "Bản tin", signal(), **said)


async def replace(ask: Ask, who: Caller, asset_id: str, content: str = SAID, **said: Any) -> Any:
    return await ask(REPLACE, who, input={"assetId": asset_id, "language": "vi", "content": content, **said})


async def test_captions_are_attached_and_loaded_by_a_player(ask: Ask, client: Client, union: Union):
    asset_id = await bulletin(union)
    reply = await replace(ask, contributor(union.factory), asset_id)
    made = reply.field["captions"]
    url = made.pop("url")
    assert made == {"language": "vi", "kind": "captions", "cues": 2, "revision": 1, "content": SAID}
    assert url.endswith("/captions-vi.vtt")
    path = file_path(UUID(asset_id), "captions-vi", "captions-vi.vtt")
    track = await client.get(path, caller=worker(union.factory))
    assert (track.status_code, track.headers["content-type"], track.text) == (200, "text/vtt; charset=utf-8", SAID)
    assert (await client.get(path, caller=ANONYMOUS)).status_code == 404


async def test_what_is_said_is_found(ask: Ask, union: Union, search: Follower):
    asset_id = await bulletin(union, visibility="union")
    await replace(ask, contributor(union.factory), asset_id)
    await search.catch_up()
    document = '{ searchAssets(query: "hop cong nhan luc bay gio") { nodes { asset { id } snippet } } }'
    (hit,) = (await ask(document, worker(union.south))).field["nodes"]
    assert hit["asset"]["id"] == asset_id
    assert "lúc bảy giờ" in hit["snippet"]
    await ask(REMOVE, contributor(union.factory), asset=asset_id, tongue="vi", kind="captions")
    await search.catch_up()
    assert (await ask(document, worker(union.south))).field["nodes"] == []


async def test_of_two_who_correct_the_second_is_told(ask: Ask, union: Union):
    asset_id = await bulletin(union)
    who = contributor(union.factory)
    assert (await replace(ask, who, asset_id, revision=0)).field["captions"]["revision"] == 1
    assert (await replace(ask, who, asset_id, SAID.replace("bảy", "tám"), revision=1)).field["captions"][
        "revision"
    ] == 2
    for stale in (0, 1):
        assert (await replace(ask, who, asset_id, revision=stale)).code == "CAPTIONS_CHANGED"
    assert "tám giờ" in await db.value("SELECT content FROM caption_track")
    assert "tám giờ" in await db.value("SELECT text FROM asset_text WHERE source = 'captions'")


async def test_a_track_for_each_language_and_kind(ask: Ask, union: Union):
    asset_id = await bulletin(union)
    who = contributor(union.factory)
    for said in ({}, {"language": "en"}, {"kind": "transcript"}):
        await replace(ask, who, asset_id, **said)
    reply = await ask(REMOVE, who, asset=asset_id, tongue="vi", kind="captions")
    assert reply.field["asset"]["captions"] == [
        {"kind": "captions", "language": "en"},
        {"kind": "transcript", "language": "vi"},
    ]
    assert (await ask(REMOVE, who, asset=asset_id, tongue="vi", kind="captions")).code == "NOT_FOUND"


async def test_who_may_not_describe_may_not_caption(ask: Ask, union: Union):
    asset_id = await bulletin(union, visibility="public")
    for who, code in (
        (ANONYMOUS, "SIGN_IN_REQUIRED"),
        (worker(union.factory), "FORBIDDEN"),
        (contributor(union.factory), "FORBIDDEN"),
        (editor(union.south), "FORBIDDEN"),
    ):
        assert (await replace(ask, who, asset_id)).code == code
        assert (await ask(REMOVE, who, asset=asset_id, tongue="vi", kind="captions")).code == code
    assert await db.value("SELECT count(*) FROM caption_track") == 0
    assert (await replace(ask, editor(union.factory), asset_id)).field["__typename"] == "ReplaceCaptionsSuccess"


async def test_only_films_and_sounds_have_captions(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Ảnh", telling_picture("JPEG"))
    who = contributor(union.factory)
    assert (await replace(ask, who, asset_id)).code == "INVALID_INPUT"
    sound = await bulletin(union)
    assert (await replace(ask, who, sound, kind="subtitles")).code == "INVALID_INPUT"
    assert (await replace(ask, who, sound, language="Việt")).code == "INVALID_INPUT"
    assert await db.value("SELECT count(*) FROM caption_track") == 0


async def test_a_zero_byte_is_a_letter_that_is_none(ask: Ask, union: Union):
    asset_id = await bulletin(union)
    reply = await replace(ask, contributor(union.factory), asset_id, "WEBVTT\n\n00:01.000 --> 00:02.000\na\0b")
    assert reply.field["__typename"] == "ReplaceCaptionsSuccess"
    assert await db.value("SELECT text FROM asset_text WHERE source = 'captions'") == "a\ufffdb"


async def test_the_wrong_line_is_named_in_both_languages(ask: Ask, union: Union):
    asset_id = await bulletin(union)
    reply = await replace(ask, contributor(union.factory), asset_id, SAID.replace("00:04.000", "00:00.500"))
    assert reply.field == {
        "__typename": "CaptionsInvalid",
        "code": "CAPTIONS_INVALID",
        "message": "Dòng 3: kết thúc phải sau khi bắt đầu.",
        "line": 3,
    }
    assert await db.value("SELECT count(*) FROM asset_text WHERE source = 'captions'") == 0


TIMES = "00:01.000 --> 00:02.000"
NO_TIMES = "the times are not of the form 00:00:01.000 --> 00:00:04.000"
WRONG = [
    ("", 1, "the first line must be WEBVTT"),
    ("WEBVTTs\n\n", 1, "the first line must be WEBVTT"),
    ("WEBVTT\n", 1, "there is no caption"),
    (f"WEBVTT\n{TIMES}\na", 2, "there must be an empty line after WEBVTT"),
    ("WEBVTT\n\n1 --> 2\na", 3, NO_TIMES),
    ("WEBVTT\n\n00:61.000 --> 00:62.000\na", 3, NO_TIMES),
    ("WEBVTT\n\nfirst\nsecond\n", 4, "there must be a line of times such as 00:00:01.000 --> 00:00:04.000"),
    (f"WEBVTT\n\n{'9' * 5_000}:00:00.000 --> {'9' * 5_001}:00:00.000\na", 3, NO_TIMES),
    ("WEBVTT\n\n٠٠:01.000 --> ٠٠:02.000\na", 3, NO_TIMES),
    (f"WEBVTT\n\n{TIMES} shape:round\na", 3, "there is an unknown setting after the times"),
    (f"WEBVTT\n\n{TIMES}\n\n", 3, "the caption has no text"),
    (f"WEBVTT\n\n{TIMES}\na\n{TIMES}\nb", 5, "an empty line is missing before these times"),
    (f"WEBVTT\n\n{TIMES}\na <script>b", 4, "there is an unknown tag; write &lt; for <"),
    (f"WEBVTT\n\nNOTE by me\n\n{TIMES}\na\n\n00:00.500 --> 00:03.000\nb\nc", 8, "begins before the caption above it"),
    ("1\n00:00:01,000 --> 00:00:00,500\na", 2, "the end must come after the beginning"),
]


@pytest.mark.parametrize(("written", "line", "reason"), WRONG, ids=range(len(WRONG)))
def test_says_on_which_line_what_is_wrong(written: str, line: int, reason: str):
    with pytest.raises(CaptionsInvalid) as refused:
        read_captions(written)
    assert (refused.value.details["line"], refused.value.details["reason_en"]) == (line, reason)


def test_reads_what_other_programs_write():
    subrip = "\ufeff1\r\n0:00:01,000 --> 0:00:02,500\r\nXin chào <i>các bạn</i>\r\n\r\n2\r\n00:00:03,000 --> 01:00:04,000\r\nDòng một\r\nDòng hai\r\n"
    track = read_captions(subrip)
    assert track.cues == (Cue(1.0, 2.5, "Xin chào các bạn"), Cue(3.0, 3604.0, "Dòng một Dòng hai"))
    assert track.content.startswith("WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.500\n")
    assert read_captions(track.content).cues == track.cues
    full = f"WEBVTT - a title\nX-NOTE: of a header\n\nSTYLE\n::cue {{ color: red }}\n\nNOTE\na note\n\nintro\n{TIMES} line:0 position:20%\n<c.loud>A</c> &amp; B\n"
    assert read_captions(full).cues == (Cue(1.0, 2.0, "A & B"),)
    cues = (Cue(0.0, 1.25, "Một < hai"), Cue(3599.9996, 7200.5, "Hai"))
    assert read_captions(write_captions(cues)).cues == (cues[0], Cue(3600.0, 7200.5, "Hai"))


BROKEN = {
    "caption_track_language_code": "UPDATE caption_track SET language = 'Việt'",
    "caption_track_kind_known": "UPDATE caption_track SET kind = 'subtitles'",
    "caption_track_is_webvtt": "UPDATE caption_track SET content = '<html>'",
    "caption_track_has_cues": "UPDATE caption_track SET cues = 0",
    "caption_track_revision_positive": "UPDATE caption_track SET revision = 0",
    "caption_track_pkey": "INSERT INTO caption_track SELECT * FROM caption_track",
    "caption_track_asset_fkey": "UPDATE caption_track SET asset_id = gen_random_uuid()",
}


@pytest.mark.parametrize(("constraint", "statement"), BROKEN.items())
async def test_the_database_keeps_the_rules_of_captions(ask: Ask, union: Union, constraint: str, statement: str):
    await replace(ask, contributor(union.factory), await bulletin(union))
    with pytest.raises((IntegrityError, PostgresError), match=constraint):
        async with db.transaction():
            await db.execute(statement)
            await db.execute("SET CONSTRAINTS ALL IMMEDIATE")


async def test_captions_of_many_are_one_query(ask: Ask, union: Union):
    document = "{ assets(first: 5) { nodes { captions { content url } pages { url } } } }"
    who = contributor(union.factory)
    counts: list[int] = []
    for _ in range(2):
        for _ in range(2):
            await replace(ask, who, await bulletin(union))
        with queries() as counted:
            await ask(document, who)
        counts.append(counted.count)
    assert counts[0] == counts[1] == 3

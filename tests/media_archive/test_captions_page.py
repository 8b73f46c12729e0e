"""Captions are written, corrected and removed on a page of their own, and played with the film."""

import re

from archive_world import Union, add, contributor, worker
from PIL import Image

from kit import db
from kit.identity import ANONYMOUS
from kit.testing import Client
from media_archive.demo.films import webm

VTT = "WEBVTT\n\n00:00.000 --> 00:01.500\nChào các đồng chí\n\n00:01.500 --> 00:03.000\nHọp lúc 8 giờ\n"


async def a_film(union: Union, visibility: str = "unit") -> str:
    return await add(
        union.factory,
        "Phim",
        webm([Image.new("RGB", (64, 48), "red")] * 8, 4),
        file_name="phim.webm",
        visibility=visibility,
    )


async def test_captions_are_written_corrected_and_removed(client: Client, union: Union):
    asset_id = await a_film(union)
    me, place = contributor(union.factory), f"/archive/items/{asset_id}/captions"
    given = {"language": "vi", "kind": "captions", "revision": "0", "content": VTT.replace("\n", "\r\n")}
    answer = await client.post(place, caller=me, data=given)
    assert (answer.status_code, answer.headers["location"]) == (303, place)
    assert await db.value("SELECT content FROM caption_track") == VTT
    page = (await client.get(f"{place}?track=captions-vi", caller=me)).text
    assert "Chào các đồng chí" in page
    assert 'name="revision" value="1"' in page

    item = (await client.get(f"/archive/items/{asset_id}", caller=me)).text
    track = re.search(r'<track kind="captions" src="([^"]+)" srclang="vi"', item)
    assert track is not None
    assert (await client.get(track[1], caller=me)).text == VTT

    answer = await client.post(place, caller=me, data=given | {"revision": "1", "remove": "yes"})
    assert answer.status_code == 303
    assert await db.value("SELECT count(*) FROM caption_track") == 0


async def test_a_mistake_keeps_what_was_typed_and_names_its_line(client: Client, union: Union):
    asset_id = await a_film(union)
    place = f"/archive/items/{asset_id}/captions"
    wrong = VTT.replace("00:03.000", "00:01.000")
    given = {"language": "vi", "kind": "captions", "revision": "0", "content": wrong}
    answer = await client.post(place, caller=contributor(union.factory), data=given)
    assert answer.status_code == 422
    assert 'role="alert">Dòng 6: ' in answer.text
    assert "Họp lúc 8 giờ" in answer.text
    assert await db.value("SELECT count(*) FROM caption_track") == 0


async def test_of_two_who_correct_at_once_the_second_is_told(client: Client, union: Union):
    asset_id = await a_film(union)
    me, place = contributor(union.factory), f"/archive/items/{asset_id}/captions"
    given = {"language": "vi", "kind": "captions", "revision": "0", "content": VTT}
    assert (await client.post(place, caller=me, data=given)).status_code == 303
    answer = await client.post(place, caller=me, data=given | {"content": VTT.replace("8 giờ", "9 giờ")})
    assert (answer.status_code, "9 giờ" in answer.text) == (422, True)
    assert await db.value("SELECT content FROM caption_track") == VTT


async def test_only_those_who_work_on_it_write_captions(client: Client, union: Union):
    asset_id = await a_film(union, visibility="union")
    place = f"/archive/items/{asset_id}/captions"
    for caller, status in ((ANONYMOUS, 401), (worker(union.factory), 403), (contributor(union.south), 403)):
        assert (await client.get(place, caller=caller)).status_code == status
        assert (await client.post(place, caller=caller, data={"content": VTT})).status_code == status
    text = await add(union.factory, "Bài viết")
    answer = await client.get(f"/archive/items/{text}/captions", caller=contributor(union.factory))
    assert (answer.status_code, "chỉ phim và âm thanh có phụ đề" in answer.text) == (400, True)


SRT = "\ufeff1\r\n00:00:00,000 --> 00:00:01,500\r\nChào các đồng chí\r\n"


async def test_a_file_of_captions_is_taken_as_other_programs_write_it(client: Client, union: Union):
    asset_id = await a_film(union)
    me, place = contributor(union.factory), f"/archive/items/{asset_id}/captions"
    given = {"language": "vi", "kind": "captions", "revision": "0", "content": "WEBVTT\n\n00:00.000 --> 00:04.000\n"}
    unreadable = await client.post(place, caller=me, data=given, files={"file": ("loi.srt", b"\x81\xff\xfeCh")})
    assert (unreadable.status_code, "Tệp phụ đề phải là văn bản UTF-8." in unreadable.text) == (422, True)
    assert await db.value("SELECT count(*) FROM caption_track") == 0
    for revision, encoding in enumerate(("utf-8", "utf-16")):
        sent = {"file": ("loi.srt", SRT.removeprefix("\ufeff" * revision).encode(encoding))}
        answer = await client.post(place, caller=me, data=given | {"revision": str(revision)}, files=sent)
        assert answer.status_code == 303
        kept = "WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.500\nChào các đồng chí\n"
        assert await db.value("SELECT content FROM caption_track") == kept
    page = (await client.get(place, caller=me)).text
    assert "<video controls" in page
    assert "<strong>Phụ đề</strong> (Tiếng Việt), 1 đoạn" in page

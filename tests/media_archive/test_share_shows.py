"""The page of a share link shows what the archive's own does: documents page by page, and what is said and written."""

from uuid import UUID

from archive_world import Union, add
from share_world import files_of, link_to, uses
from test_renditions_of_pages import plan_of

from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import Client
from media_archive.captions.service import NewTrack, replace_captions
from media_archive.demo.sounds import signal
from media_archive.renditions.page_jobs import make_pages
from media_archive.renditions.text_jobs import read_text

SAID = "WEBVTT\n\n00:01.000 --> 00:04.000\nHọp lúc bảy giờ\n"


async def test_a_document_is_leafed_through(client: Client, union: Union):
    asset_id = await add(union.factory, "Kế hoạch", plan_of(3), visibility="private")
    await make_pages(asset_id)
    path = await link_to(asset_id, with_original=False)
    second = await client.get(f"{path}?page=2")
    assert "Trang 2 / 3" in " ".join(second.text.split()).replace("<span>", "")
    assert 'rel="prev" href="?page=1#view"' in second.text
    assert 'rel="next" href="?page=3#view"' in second.text
    (drawn,) = [one for one in files_of(second) if "/page-2/" in one]
    assert (await client.get(drawn)).headers["content-type"] == "image/webp"
    last = await client.get(f"{path}?page=99")
    assert "Trang 1 / 3" in last.text


async def test_what_is_said_in_it_is_read_as_a_use(client: Client, union: Union):
    asset_id = await add(union.factory, "Bản tin", signal(), visibility="private")
    await replace_captions(SYSTEM, UUID(asset_id), NewTrack("vi", "captions", SAID))
    path = await link_to(asset_id, with_original=False, most_uses=1)
    first = await client.get(path)
    assert "Họp lúc bảy giờ" not in first.text
    assert 'href="?read=1#texts"' in first.text
    assert await uses() == 0
    read = await client.get(f"{path}?read=1")
    assert "Họp lúc bảy giờ" in read.text
    assert await uses() == 1
    client.http.cookies.clear()
    another = await client.get(f"{path}?read=1", caller=ANONYMOUS)
    assert another.status_code == 410
    assert "Họp lúc bảy giờ" not in another.text
    assert await uses() == 1


async def test_what_is_written_in_it_goes_with_the_original_alone(client: Client, union: Union):
    asset_id = await add(union.factory, "Kế hoạch", visibility="private")
    await read_text(asset_id)
    whole, smaller = await link_to(asset_id), await link_to(asset_id, with_original=False)
    assert "Nội dung của Kế hoạch" in (await client.get(f"{whole}?read=1")).text
    assert "Nội dung của Kế hoạch" not in (await client.get(f"{smaller}?read=1")).text
    assert "?read=1" not in (await client.get(smaller)).text

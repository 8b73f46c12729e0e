"""Whoever tells of a use says on which of org's channels; lists and tables call it by its name, for who may see it."""

import csv
import io
from uuid import UUID

import pytest
from archive_world import TestUnit, Union, add, contributor, tell
from openpyxl import load_workbook

from kit import db
from kit.calendar import today
from kit.identity import ANONYMOUS
from kit.testing import Client
from media_archive.channels.service import channels_called, channels_to_choose

PAGE = "6a1c4d0e-0000-4000-8000-000000000001"
GROUP = "6a1c4d0e-0000-4000-8000-000000000002"
SPEAKER = "6a1c4d0e-0000-4000-8000-000000000003"


async def tell_channel(unit: TestUnit, id: str, kind: str, *versions: tuple[str, bool, str, str | None]) -> None:
    told = [
        {"name": name, "is_public": is_public, "since": since, "until": until}
        for name, is_public, since, until in versions
    ]
    await tell("channels.changed", channels=[{"id": id, "unit_id": str(unit.id), "kind": kind, "versions": told}])


@pytest.fixture
async def channels(union: Union) -> None:
    kinds = [
        ("facebook_page", "Trang Facebook", "Facebook page"),
        ("zalo", "Zalo", "Zalo"),
        ("loudspeaker", "Loa", "PA"),
    ]
    terms = [
        {"code": code, "vi": vi, "en": en, "position": place, "valid_from": None, "valid_to": None}
        for place, (code, vi, en) in enumerate(kinds)
    ]
    await tell("vocabulary.changed", vocabulary="channel_kind", terms=terms)
    await tell_channel(union.factory, PAGE, "facebook_page", ("Công đoàn Nhà máy", True, "2026-01-05", None))
    await tell_channel(union.factory, GROUP, "zalo", ("Nhóm cán bộ", False, "2026-01-05", None))
    await tell_channel(union.south, SPEAKER, "loudspeaker", ("Loa cổng chính", True, "2026-01-05", None))


async def used_on(client: Client, union: Union, asset_id: str, channel: str):
    given = {"unit": str(union.factory.id), "kind": "publication", "channel": channel}
    return await client.post(f"/archive/items/{asset_id}/reuse", caller=contributor(union.factory), data=given)


@pytest.mark.usefixtures("channels")
async def test_the_form_offers_the_channels_of_ones_units(client: Client, union: Union):
    asset_id = await add(union.north, "Tờ rơi", visibility="union")
    page = (await client.get(f"/archive/items/{asset_id}/reuse", caller=contributor(union.factory))).text
    assert f'<optgroup label="{union.factory.name_vi}">' in page
    assert f'<option value="{PAGE}">Trang Facebook: Công đoàn Nhà máy</option>' in page
    assert f'<option value="{GROUP}">Zalo: Nhóm cán bộ</option>' in page
    assert page.index(PAGE) < page.index(GROUP)
    assert SPEAKER not in page
    english = (await client.get(f"/archive/items/{asset_id}/reuse?lang=en", caller=contributor(union.factory))).text
    assert "Facebook page: Công đoàn Nhà máy" in english


@pytest.mark.usefixtures("channels")
async def test_the_channel_is_kept_and_shown_in_lists_and_tables(client: Client, union: Union):
    asset_id = await add(union.north, "Tờ rơi", visibility="union")
    reply = await used_on(client, union, asset_id, PAGE)
    assert reply.status_code == 303
    assert await db.value("SELECT channel_id FROM reuse") == PAGE
    called = "Trang Facebook: Công đoàn Nhà máy"
    for path in (f"/archive/items/{asset_id}/reuse", "/archive/reuse"):
        page = (await client.get(path, caller=contributor(union.factory))).text
        assert f"đăng, phát · {called}" in page
    where = f"?unit={union.factory.id}"
    table = (await client.get(f"/archive/reuse.csv{where}", caller=contributor(union.factory))).content
    header, row = csv.reader(io.StringIO(table.decode("utf-8-sig")))
    assert dict(zip(header, row, strict=True))["Kênh"] == called
    book = load_workbook(
        io.BytesIO((await client.get(f"/archive/reuse.xlsx{where}", caller=contributor(union.factory))).content)
    )
    cells = [list(row) for row in book.active.iter_rows(values_only=True)]  # pyright: ignore[reportOptionalMemberAccess]
    assert dict(zip(cells[0], cells[1], strict=True))["Kênh"] == called


@pytest.mark.usefixtures("channels")
async def test_a_channel_that_is_not_public_is_not_named_to_others(client: Client, union: Union):
    asset_id = await add(union.south, "Tờ rơi", visibility="union")
    await used_on(client, union, asset_id, GROUP)
    path = f"/archive/items/{asset_id}/reuse"
    # Who made the material learns that it was used, and by whom.
    theirs = (await client.get(path, caller=contributor(union.south))).text
    assert union.factory.name_vi in theirs
    assert "Nhóm cán bộ" not in theirs
    assert "Zalo: Nhóm cán bộ" in (await client.get(path, caller=contributor(union.north))).text
    assert await channels_called(ANONYMOUS, [GROUP]) == {}


@pytest.mark.usefixtures("channels")
async def test_what_has_closed_is_called_as_it_was_and_offered_no_more(client: Client, union: Union):
    asset_id = await add(union.north, "Tờ rơi", visibility="union")
    await used_on(client, union, asset_id, PAGE)
    await tell_channel(
        union.factory,
        PAGE,
        "facebook_page",
        ("Công đoàn Nhà máy", True, "2026-01-05", "2026-02-01"),
        ("Công đoàn Nhà máy 1", True, "2026-02-01", today().isoformat()),
    )
    page = (await client.get(f"/archive/items/{asset_id}/reuse", caller=contributor(union.factory))).text
    assert "đăng, phát · Trang Facebook: Công đoàn Nhà máy 1" in page
    assert f'value="{PAGE}"' not in page
    assert f'value="{GROUP}"' in page


@pytest.mark.usefixtures("channels")
async def test_what_org_never_told_of_has_no_name(client: Client, union: Union):
    asset_id = await add(union.north, "Tờ rơi", visibility="union")
    assert (await used_on(client, union, asset_id, "kenh-1")).status_code == 303
    page = (await client.get(f"/archive/items/{asset_id}/reuse", caller=contributor(union.factory))).text
    assert "kenh-1" not in page
    refused = await used_on(client, union, asset_id, "<b>")
    assert refused.status_code == 422
    assert "không phải mã kênh của tổ chức" in refused.text
    assert await db.value("SELECT count(*) FROM reuse") == 1


@pytest.mark.usefixtures("channels")
async def test_a_channel_of_which_nothing_is_left_and_a_new_reading_are_forgotten(union: Union):
    who = contributor(union.factory)
    await tell_channel(union.factory, GROUP, "zalo")
    assert [one.name for one in await channels_to_choose(who, [union.factory.id])] == ["Công đoàn Nhà máy"]
    assert [one.id for one in await channels_to_choose(who, [union.factory.id, union.south.id])] == [
        UUID(PAGE),
        UUID(SPEAKER),
    ]
    await tell("@reset")
    assert await db.value("SELECT count(*) FROM channel") == 0

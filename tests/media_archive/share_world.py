"""A photograph, links to it, and what of it the page of a link gives."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID

import httpx
from archive_world import Union, add, picture, run_without_reading

from kit import db
from kit.identity import SYSTEM
from kit.jobs import MemoryQueue
from media_archive.sharing.links import NewLink, make_link

TOMORROW = timedelta(days=1)


async def photo(union: Union, job_queue: MemoryQueue, **said: Any) -> str:
    small = picture(size=(400, 300))
    asset_id = await add(union.factory, "Ảnh tổ may", small, visibility="private", file_name="ảnh.jpg", **said)
    await run_without_reading(job_queue)
    return asset_id


async def link_to(asset_id: str, **more: Any) -> str:
    """Return the path of a new link's page."""
    _, secret = await make_link(SYSTEM, NewLink(UUID(asset_id), datetime.now(UTC) + TOMORROW, **more))
    return f"/archive/s/{secret}"


def files_of(page: httpx.Response) -> list[str]:
    return [unescape(one) for one in re.findall(r'(?:src|href)="(/files/[^"]+)"', page.text)]


async def uses() -> int:
    return await db.value("SELECT uses FROM share_link")

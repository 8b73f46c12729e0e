"""A consent that is taken back has effect within five seconds, at every door of every replica of a running archive."""

import asyncio
import os
import re
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from archive_world import add, picture, small_union

from kit.calendar import today
from kit.identity import SYSTEM
from media_archive.files.addresses import file_path
from media_archive.renditions.jobs import make_renditions
from media_archive.renditions.public_jobs import make_public
from media_archive.rights.consents import NewConsent, record_consent, withdraw_consent
from media_archive.sharing.links import NewLink, make_link

_PROMISED_SECONDS = 5
_TO_BEGIN_SECONDS = 60
_GONE = (404, 410)


@asynccontextmanager
async def replica(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A web process of its own with an index of its own; requests wait until it has begun."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    told = {**os.environ, "LOA_SEARCH_FOLDER": str(folder), "LOA_SEARCH_PAUSE_SECONDS": "0.2"}
    command = [sys.executable, "-m", "uvicorn", "media_archive.app:app", "--fd", str(listener.fileno())]
    process = await asyncio.create_subprocess_exec(
        *command, "--log-level", "warning", env=told, pass_fds=[listener.fileno()]
    )
    try:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=address, timeout=_TO_BEGIN_SECONDS, trust_env=False) as client:
            yield client
    finally:
        process.kill()
        await process.wait()
        listener.close()


async def doors(client: httpx.AsyncClient, asset_id: UUID, shared: str) -> dict[str, str]:
    """Return every address under which a public photograph is shown, each with its path."""
    page = await client.get(shared)
    loaded = [unescape(one) for one in re.findall(r'(?:src|href)="(/files/[^"]+)"', page.text)]
    assert len(loaded) >= 2, page.text
    return {
        "page": f"/archive/items/{asset_id}",
        "original": file_path(asset_id, "original", "a.jpg"),
        "rendition": file_path(asset_id, "thumb_320", "t.webp"),
        "link": shared,
        **{f"file {place} of the link": path for place, path in enumerate(loaded)},
        "embed": f"/archive/embed/{asset_id}",
        "search": "/archive/?q=to+may",
        "feed": "/archive/feed.rss",
        "record": f"/oai?verb=ListRecords&metadataPrefix=oai_dc&from={today() - timedelta(days=2)}",
    }


async def states(client: httpx.AsyncClient, asset_id: UUID, paths: dict[str, str]) -> dict[str, str]:
    """Return of each door whether the photograph is `there`, is `gone`, or the answer was another (its status)."""
    replies = dict(zip(paths, await asyncio.gather(*map(client.get, paths.values())), strict=True))
    signs = {"search": str(asset_id), "feed": str(asset_id), "record": "<dc:title"}
    found: dict[str, str] = {}
    for door, reply in replies.items():
        if reply.status_code == 200:
            found[door] = "there" if signs.get(door, "") in reply.text else "gone"
        else:
            found[door] = "gone" if reply.status_code in _GONE else str(reply.status_code)
    return found


async def until_all(state: str, replicas: list[tuple[httpx.AsyncClient, dict[str, str]]], asset_id: UUID) -> float:
    """Ask until the state is the same at all doors; return how many seconds that took."""
    began = time.monotonic()
    found: list[dict[str, str]] = []
    try:
        async with asyncio.timeout(_TO_BEGIN_SECONDS):
            while not found or {one for told in found for one in told.values()} != {state}:
                found = [await states(client, asset_id, paths) for client, paths in replicas]
    except TimeoutError:
        pytest.fail(f"not {state}: {found}")
    return time.monotonic() - began


@pytest.mark.committed
async def test_is_nowhere_in_two_replicas_within_five_seconds(database: object, tmp_path: Path):
    union = await small_union()
    async with AsyncExitStack() as stack:
        both = [await stack.enter_async_context(replica(tmp_path / name)) for name in ("one", "other")]
        added = await add(union.factory, "Ảnh tổ may", picture(size=(400, 300)), visibility="public")
        asset_id = UUID(added)
        await make_renditions(added)
        await make_public(added)
        _, secret = await make_link(SYSTEM, NewLink(asset_id, datetime.now(UTC) + timedelta(days=1)))
        consent = await record_consent(SYSTEM, NewConsent(asset_id, "Mai", "public", today()))
        replicas = [(client, await doors(client, asset_id, f"/archive/s/{secret}")) for client in both]
        await until_all("there", replicas, asset_id)

        await withdraw_consent(SYSTEM, consent["id"])
        assert await until_all("gone", replicas, asset_id) < _PROMISED_SECONDS

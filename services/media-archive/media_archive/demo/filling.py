"""Putting the demo's materials into the archive, through the same door as everybody's."""

import asyncio
import tempfile
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

from kit import db
from kit.identity import SYSTEM
from media_archive.demo.catalogue import Item, catalogue
from media_archive.search.vietnamese import fold
from media_archive.units.service import topics
from media_archive.uploads.service import NewAsset, add_asset

Progress = Callable[[int, int, str], None]

# Industry unions are known by words of their names; where there is none such, the confederation owns the material.
_NAMED: dict[str, str] = {
    "electricity": "%điện lực%",
    "mining": "%than%khoáng sản%",
    "public_employees": "%viên chức%",
}


class NoUnits(Exception):
    """Org has told the archive of no unit yet: fill org's demo and run the archive's worker first."""


async def fill_archive(progress: Progress, items: Sequence[Item] | None = None) -> int:
    """Add what is missing of the demo (or of these items); return how many materials that were. May be run again."""
    owners = await _owners()
    known_topics = {topic.code for topic in await topics()}
    items = catalogue() if items is None else items
    added = 0
    with tempfile.TemporaryDirectory(prefix="loa-demo-") as folder:
        for place, item in enumerate(items, start=1):
            unit_id = owners[item.owner][item.number % len(owners[item.owner])]
            if not await _is_there(unit_id, item.title):
                await _add(item, unit_id, known_topics, Path(folder, "material"))
                added += 1
            progress(place, len(items), item.title)
    return added


async def _add(item: Item, unit_id: UUID, known_topics: set[str], file: Path) -> None:
    made = await asyncio.to_thread(item.make)
    await asyncio.to_thread(file.write_bytes, made.content)
    new = NewAsset(
        unit_id=unit_id,
        title=item.title,
        file_name=f"{_slug(item.title)}.{made.ending}",
        kind=item.kind,
        description=item.description,
        topics=tuple(topic for topic in item.topics if topic in known_topics),
        visibility=item.visibility,
        created_on=item.created_on,
        source=made.source,
        is_made_up=True,
    )
    await add_asset(SYSTEM, new, file)


async def _is_there(unit_id: UUID, title: str) -> bool:
    found = await db.value(
        "SELECT true FROM asset WHERE unit_id = $1 AND title = $2 AND is_made_up",
        unit_id,
        unicodedata.normalize("NFC", title),
    )
    return bool(found)


async def _owners() -> dict[str, list[UUID]]:
    confederation = await _ids("parent_id IS NULL")
    if not confederation:
        raise NoUnits()
    named = {owner: await _ids("name_vi ILIKE $1 AND level <> 'grassroots'", like) for owner, like in _NAMED.items()}
    provinces = await _ids("kind = 'provincial_federation'")
    grassroots = await _ids("level = 'grassroots'")
    return {
        "confederation": confederation,
        **{owner: found[:1] or confederation for owner, found in named.items()},
        "province": provinces or confederation,
        "grassroots": grassroots or provinces or confederation,
    }


async def _ids(condition: str, *arguments: str) -> list[UUID]:
    found = await db.rows(f"SELECT id FROM unit WHERE {condition} ORDER BY path LIMIT 100", *arguments)
    return [row["id"] for row in found]


def _slug(title: str) -> str:
    return "-".join("".join(letter if letter.isalnum() else " " for letter in fold(title)).split())[:80]

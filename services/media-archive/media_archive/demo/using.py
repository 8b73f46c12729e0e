"""What happens with the demo's materials: licences, collections, a year of uses, what is not archived yet, royalties.

All made up, drawn from a seed, and through the same doors as everybody's.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.db import Record
from kit.identity import SYSTEM
from media_archive.collections.items import add_items
from media_archive.collections.service import create_collection
from media_archive.coverage.counting import count_as_of
from media_archive.coverage.service import set_material_count
from media_archive.reuse.service import NewReuse, record_reuse
from media_archive.rights.service import set_rights
from media_archive.royalties.authors import add_author, set_asset_authors
from media_archive.royalties.charges import charge
from media_archive.royalties.rates import NewRate, set_rate

_SEED = 28_7_1929
_USES = 160
_CAMPAIGNS = ("", "Tháng Công nhân 2026", "Tết Sum vầy 2026", "Tháng hành động về an toàn, vệ sinh lao động 2026")
_COUNTED = ("leaflet", "poster", "loudspeaker_script", "photo", "video")
# Coefficients in hundredths of a unit of 100,000 dong: made up, as every union sets its own.
_RATES = {
    "news": 100,
    "article": 300,
    "photo": 80,
    "photo_essay": 400,
    "video": 600,
    "infographic": 500,
    "leaflet": 300,
}
_UNIT_VALUE = 100_000


@dataclass(frozen=True)
class _Shelf:
    """A collection of the demo: of what kinds of material, and inside which other."""

    title: str
    description: str
    kinds: tuple[str, ...]
    visibility: str
    inside: str | None = None


_SHELVES = (
    _Shelf("Bộ tư liệu Tháng Công nhân", "Dùng chung cho các cấp trong Tháng Công nhân.", ("photo", "video"), "union"),
    _Shelf(
        "Phát trên loa nhà máy",
        "Bài phát thanh và bản tin đọc sẵn.",
        ("loudspeaker_script", "audio_bulletin"),
        "union",
        "Bộ tư liệu Tháng Công nhân",
    ),
    _Shelf("In được ngay", "Tờ rơi, áp phích và đồ họa.", ("leaflet", "poster", "infographic"), "public"),
)


async def use_archive() -> int:
    """Add what is missing of all this; return how many uses were recorded. May be run again."""
    materials = await db.rows(
        "SELECT id, unit_id, kind, licence, visibility, created_on FROM asset"
        " WHERE is_made_up AND state = 'kept' ORDER BY created_on, id"
    )
    [top] = await db.rows("SELECT id FROM unit WHERE parent_id IS NULL")
    await _license(materials)
    await _collect(top["id"], materials)
    if await db.value("SELECT EXISTS (SELECT FROM reuse WHERE NOT is_trace)"):
        return 0
    await _count()
    await _pay(top["id"], materials)
    used = await _use(materials)
    # Else the coverage page would tell of an empty archive until the next half hour.
    await count_as_of(today())
    return used


async def _license(materials: Sequence[Record]) -> None:
    for row in materials:
        if row["licence"] == "unknown":
            licence = "official_text" if row["kind"] in ("scanned_document", "document") else "own_work"
            await set_rights(SYSTEM, row["id"], licence, "Loa (minh họa)", None)


async def _collect(unit_id: UUID, materials: Sequence[Record]) -> None:
    known = {row["title"]: row["id"] for row in await db.rows("SELECT title, id FROM collection")}
    for shelf in _SHELVES:
        if shelf.title in known:
            continue
        made = await create_collection(
            SYSTEM,
            unit_id,
            shelf.title,
            description=shelf.description,
            visibility=shelf.visibility,
            parent_id=known[shelf.inside] if shelf.inside else None,
        )
        known[shelf.title] = made["id"]
        inside = [row["id"] for row in materials if row["kind"] in shelf.kinds]
        if inside:
            await add_items(SYSTEM, made["id"], inside[:100])


async def _count() -> None:
    """Let the provinces tell how much of the year's is not in the archive: most of it, as it is where one begins."""
    chance = random.Random(_SEED)  # noqa: S311  # made-up numbers, the same each time
    for unit in await db.rows("SELECT id FROM unit WHERE kind = 'provincial_federation' ORDER BY path LIMIT 12"):
        for kind in _COUNTED:
            on_paper, elsewhere = chance.randint(2, 30), chance.randint(0, 20)
            await set_material_count(SYSTEM, unit["id"], today().year, kind, on_paper, is_digital=False)
            await set_material_count(SYSTEM, unit["id"], today().year, kind, elsewhere, is_digital=True)


async def _pay(unit_id: UUID, materials: Sequence[Record]) -> None:
    for kind, coefficient in _RATES.items():
        begins = date(today().year, 1, 1)
        await set_rate(SYSTEM, NewRate(unit_id, kind, begins, coefficient, _UNIT_VALUE, "Quy chế minh họa"))
    names = ("Nguyễn Văn Minh Họa", "Trần Thị Ví Dụ", "Lê Thử Nghiệm")
    authors = [(await add_author(SYSTEM, unit_id, name))["id"] for name in names]
    paid = [row for row in materials if row["kind"] in _RATES]
    for place, row in enumerate(paid[:12]):
        first, second = authors[place % 3], authors[(place + 1) % 3]
        shares = {first: 10_000} if place % 2 else {first: 6_000, second: 4_000}
        await set_asset_authors(SYSTEM, row["id"], shares)


async def _use(materials: Sequence[Record]) -> int:
    chance = random.Random(_SEED)  # noqa: S311  # made-up numbers, the same each time
    users = await db.rows(
        """SELECT id FROM unit WHERE closed_on IS NULL AND level IN ('grassroots', 'province_or_industry')
           ORDER BY path LIMIT 60"""
    )
    shared = [row for row in materials if row["visibility"] in ("union", "public")]
    authored = {row["asset_id"] for row in await db.rows("SELECT DISTINCT asset_id FROM asset_author")}
    now = datetime.now(UTC)
    for _ in range(_USES):
        row, unit = chance.choice(shared), chance.choice(users)
        kind = chance.choice(("download", "download", "share", "publication"))
        since = now - timedelta(days=chance.randint(0, 300))
        campaign = chance.choice(_CAMPAIGNS)
        used = await record_reuse(SYSTEM, NewReuse(row["id"], unit["id"], kind, campaign=campaign, at=since))
        if kind == "publication" and row["id"] in authored:
            await charge(SYSTEM, used["id"])
    return _USES

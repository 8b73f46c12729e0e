"""A rate card, authors and a publication to pay for."""

from datetime import UTC, date, datetime
from uuid import UUID

from archive_world import TestUnit, Union, add

from kit.identity import SYSTEM
from media_archive.reuse.service import NewReuse, record_reuse
from media_archive.royalties.authors import add_author, set_asset_authors
from media_archive.royalties.rates import NewRate, set_rate

PUBLISHED = datetime(2026, 3, 10, 3, tzinfo=UTC)


async def a_rate(unit: TestUnit, coefficient: int = 150, since: date = date(2026, 1, 1), kind: str = "leaflet") -> None:
    await set_rate(SYSTEM, NewRate(unit.id, kind, since, coefficient, 234_000, "QĐ 12/QĐ-LĐLĐ"))


async def a_product(union: Union, *names: str, unit: TestUnit | None = None) -> UUID:
    """A public leaflet of the factory, its authors with equal shares (the first takes what is left)."""
    asset_id = UUID(await add(union.factory, f"Tờ rơi của {len(names)}", visibility="public", kind="leaflet"))
    if names:
        rows = [await add_author(SYSTEM, (unit or union.factory).id, name) for name in names]
        shares = {row["id"]: 10_000 // len(names) for row in rows}
        shares[rows[0]["id"]] += 10_000 - sum(shares.values())
        await set_asset_authors(SYSTEM, asset_id, shares)
    return asset_id


async def published(asset_id: UUID, unit: TestUnit, at: datetime = PUBLISHED, kind: str = "publication") -> int:
    return (await record_reuse(SYSTEM, NewReuse(asset_id, unit.id, kind, link="https://example.org/1", at=at)))["id"]

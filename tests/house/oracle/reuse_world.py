"""Who used which material, and what was adapted from what: drawn from a world's materials, the same for all who ask."""

from dataclasses import dataclass

from kit import db
from oracle.world import Asset, NaiveUnit, Person, World


@dataclass(frozen=True)
class Use:
    """A unit used a material."""

    asset: Asset
    unit: NaiveUnit

    def is_told_to(self, who: Person) -> bool:
        """Contributors of the material's unit know all uses of it; others what units used where they contribute."""
        return who.may("contributor", self.asset.unit) or who.may("contributor", self.unit)


def uses(world: World) -> list[Use]:
    """Return all uses, the first one first."""
    assets = world.assets
    return [Use(asset, assets[7 * place % len(assets)].unit) for place, asset in enumerate(assets)] * 2


def adaptations(world: World) -> list[tuple[Asset, Asset]]:
    """Return each copy with its source."""
    return [(copy, world.assets[place // 2]) for place, copy in enumerate(world.assets) if place]


async def fill_reuse(world: World) -> None:
    """Put them into the archive."""
    for use in uses(world):
        await db.execute(
            "INSERT INTO reuse (asset_id, version, unit_id, subject, kind) VALUES ($1, 1, $2, 'lan', 'publication')",
            use.asset.id,
            use.unit.id,
        )
    await _fill_royalties(world)
    for copy, source in adaptations(world):
        await db.execute("INSERT INTO derivation (asset_id, source_id) VALUES ($1, $2)", copy.id, source.id)


async def _fill_royalties(world: World) -> None:
    """Name an author for each material, called like it, and charge every use as a publication."""
    for asset in world.assets:
        await db.execute(
            """WITH made AS (INSERT INTO author (id, unit_id, name) VALUES ($1, $2, $3) RETURNING id)
               INSERT INTO asset_author SELECT $1, id, 10000 FROM made""",
            asset.id,
            asset.unit.id,
            asset.title,
        )
    await db.execute(
        """INSERT INTO royalty_rate (id, unit_id, kind, valid_from, coefficient, unit_value)
           SELECT DISTINCT ON (unit_id) gen_random_uuid(), unit_id, 'news', DATE '2026-01-01', 100, 1000 FROM reuse"""
    )
    await db.execute(
        """WITH owed AS (
               INSERT INTO royalty_charge (id, reuse_id, number, unit_id, asset_id, kind, published_on, rate_id,
                   coefficient, unit_value, amount, subject)
               SELECT gen_random_uuid(), reuse.id, 1, unit_id, asset_id, 'news', '2026-03-01', royalty_rate.id, 100,
                   1000, 1000, 'lan'
               FROM reuse JOIN royalty_rate USING (unit_id) RETURNING id, asset_id)
           INSERT INTO royalty_line SELECT id, asset_id, 10000, 1000 FROM owed"""
    )

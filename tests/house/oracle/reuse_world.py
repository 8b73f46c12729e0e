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
    for copy, source in adaptations(world):
        await db.execute("INSERT INTO derivation (asset_id, source_id) VALUES ($1, $2)", copy.id, source.id)

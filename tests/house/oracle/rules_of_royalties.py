"""Who is told what is owed to whom: admins of the unit, and nobody else."""

from collections import Counter

from oracle.reuse_world import uses
from oracle.rules import rule
from oracle.sight import Sight


@rule("media_archive", "royaltyRates", "royaltyAuthors")
async def rate_cards_and_authors_are_told_to_admins_of_the_unit(sight: Sight) -> None:
    assets = sight.world.assets
    for unit in sight.some_units(4):
        if not (unit.is_open or unit.closed):
            continue
        may = sight.who.may("admin", unit)
        pays = any(use.unit is unit for use in uses(sight.world))
        cards = await sight.all_of("royaltyRates", f'unitId: "{unit.id}"', "kind")
        sight.tells(f"cards of {unit.code}", cards, ([{"kind": "news"}] if pays else []) if may else None)
        authors = await sight.all_of("royaltyAuthors", f'unitId: "{unit.id}"', "name")
        named = sorted(one.title for one in assets if one.unit is unit)
        told = authors and sorted(one["name"] for one in authors)
        sight.tells(f"authors of {unit.code}", told, named if may else None)


@rule("media_archive", "royaltyShares")
async def who_made_a_material_is_told_to_admins_of_its_unit(sight: Sight) -> None:
    for asset in sight.world.assets[:20]:
        may = asset.is_shown(sight.who) and sight.who.may("admin", asset.unit)
        answer = await sight.answer(
            "query ($id: ID!) { royaltyShares(assetId: $id) { author { name } } }", id=str(asset.id)
        )
        sight.tells(asset.title, answer["royaltyShares"], [{"author": {"name": asset.title}}] if may else None)


@rule("media_archive", "royaltyTotals")
async def totals_of_units_are_told_to_admins_above_them(sight: Sight) -> None:
    for unit in sight.some_units(3):
        if not (unit.is_open or unit.closed):
            continue
        told = await sight.all_of(
            "royaltyTotals", f'unitId: "{unit.id}", year: 2026, half: 1', "unit { id } publications"
        )
        found = told and sorted((one["unit"]["id"], one["publications"]) for one in told)
        owed = Counter(str(use.unit.id) for use in uses(sight.world) if use.unit.is_under(unit))
        sight.tells(unit.code, found, sorted(owed.items()) if sight.who.may("admin", unit) else None)


@rule("media_archive", "royaltyStatement")
async def statements_are_told_to_admins_of_the_unit(sight: Sight) -> None:
    for unit in sight.some_units(4):
        if not (unit.is_open or unit.closed):
            continue
        answer = await sight.answer(
            "query ($unit: ID!) { royaltyStatement(unitId: $unit, year: 2026, half: 1) { publications } }",
            unit=str(unit.id),
        )
        published = {"publications": sum(use.unit is unit for use in uses(sight.world))}
        sight.tells(unit.code, answer["royaltyStatement"], published if sight.who.may("admin", unit) else None)

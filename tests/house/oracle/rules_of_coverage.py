"""Who is told how far a unit is with its materials."""

from media_archive.coverage.counting import count_coverage
from oracle.rules import rule
from oracle.sight import Sight


@rule("media_archive", "Unit.coverage", "Unit.materialCounts")
async def coverage_of_a_unit_is_told_to_who_works_on_it_or_reads_its_figures(sight: Sight) -> None:
    await count_coverage()
    units = [unit for unit in sight.world.units if unit.is_open or unit.closed]
    selection = "coverage(year: 2026) { items } materialCounts(year: 2026) { number }"
    for unit, told in zip(units, await sight.entities("Unit", [unit.id for unit in units], selection), strict=True):
        may = sight.who.may("contributor", unit) or sight.who.may("analyst", unit)
        inside = [one for one in sight.world.assets if one.unit.is_under(unit)]
        sight.tells(unit.code, told["coverage"], {"items": len(inside)} if may else None)
        sight.tells(f"{unit.code} itself", told["materialCounts"], [] if may else None)

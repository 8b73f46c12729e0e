"""Who is told which material was used by whom, and what it was made from."""

from oracle.reuse_world import adaptations, uses
from oracle.rules import rule
from oracle.sight import Sight


@rule("media_archive", "Asset.reuses", "Asset.reuseCount")
async def uses_of_a_material_are_told_to_its_owners_and_to_their_users(sight: Sight) -> None:
    assets = [one for one in sight.world.assets if one.is_shown(sight.who)]
    selection = "reuseCount reuses(first: 100) { nodes { unit { id } account } }"
    for asset, told in zip(assets, await sight.entities("Asset", [one.id for one in assets], selection), strict=True):
        of_it = [use for use in uses(sight.world) if use.asset is asset]
        known = [use for use in of_it if use.is_told_to(sight.who)]
        units = sorted(str(use.unit.id) for use in known)
        sight.tells(f"uses of {asset.title}", sorted(one["unit"]["id"] for one in told["reuses"]["nodes"]), units)
        accounts = [one["account"] for one in told["reuses"]["nodes"]].count("lan")
        sight.tells(f"accounts of {asset.title}", accounts, sum(sight.who.may("editor", use.unit) for use in known))
        sight.tells(f"count of {asset.title}", told["reuseCount"], len(known))
        sight.findings.hidden[sight.rule] += len(of_it) - len(known)


@rule("media_archive", "Asset.derivedFrom", "Asset.adaptations")
async def sources_and_copies_are_told_as_far_as_they_are_shown(sight: Sight) -> None:
    assets = [one for one in sight.world.assets if one.is_shown(sight.who)]
    selection = "derivedFrom { id } adaptations { id }"
    links = adaptations(sight.world)
    for asset, told in zip(assets, await sight.entities("Asset", [one.id for one in assets], selection), strict=True):
        for name, linked in (
            ("derivedFrom", [source for copy, source in links if copy is asset]),
            ("adaptations", [copy for copy, source in links if source is asset]),
        ):
            shown = [one.id for one in linked if one.is_shown(sight.who)]
            sight.shows(
                f"{name} of {asset.title}", [one["id"] for one in told[name]], shown, [one.id for one in linked]
            )


@rule("media_archive", "Unit.reuses", "Unit.reuseCounts")
async def uses_of_a_unit_are_told_to_its_contributors(sight: Sight) -> None:
    units = [unit for unit in sight.world.units if unit.is_open or unit.closed]
    selection = "reuses(first: 100) { nodes { unit { id } } } reuseCounts { number }"
    for unit, told in zip(units, await sight.entities("Unit", [unit.id for unit in units], selection), strict=True):
        may = sight.who.may("contributor", unit)
        inside = [use for use in uses(sight.world) if use.unit.is_under(unit)]
        newest = sorted(str(use.unit.id) for use in inside[-100:])
        nodes = told["reuses"] and sorted(one["unit"]["id"] for one in told["reuses"]["nodes"])
        sight.tells(f"uses by {unit.code}", nodes, newest if may else None)
        counts = told["reuseCounts"]
        number = counts if counts is None else sum(one["number"] for one in counts)
        sight.tells(f"count of {unit.code}", number, len(inside) if may else None)

"""Consents, grants, links and requests: what media-archive tells of them."""

from oracle.rules import rule
from oracle.sharing_world import ending, requests
from oracle.sight import Sight


@rule("media_archive", "assetConsents", "assetShareLinks", "assetGrants", "assetPersonGrants")
async def consents_links_and_grants_are_for_editors_of_the_material(sight: Sight) -> None:
    for asset in sight.world.chance.sample(sight.world.assets, 15):
        may = sight.who.may("editor", asset.unit)
        granted = sorted(str(unit.id) for unit in asset.granted)
        for name, node, expected in (
            ("assetConsents", "id", [str(asset.id)]),
            ("assetShareLinks", "id", [str(asset.id)]),
            ("assetGrants", "unit { id }", granted),
            ("assetPersonGrants", "account", sorted(asset.readers)),
        ):
            told = await sight.all_of(name, f'assetId: "{asset.id}"', node)
            ids = told and [one["unit"]["id"] if "unit" in one else one[node] for one in told]
            sight.tells(f"{name} {asset.title}", ids, expected if may else None)


@rule("media_archive", "myConsents")
async def ones_own_consents_are_ones_own(sight: Sight) -> None:
    told = await sight.all_of("myConsents", "", "id")
    mine = sorted(str(asset.id) for person, asset in requests(sight.world) if person is sight.who)
    found = told if told is None else sorted(one["id"] for one in told)
    sight.tells("own consents", found, None if sight.who.caller.subject is None else mine)


@rule("media_archive", "expiringRights")
async def what_ends_is_for_editors_of_the_unit(sight: Sight) -> None:
    for unit in sight.some_units(4):
        if not (unit.is_open or unit.closed):
            continue
        told = await sight.all_of("expiringRights", f'unitId: "{unit.id}"', "kind asset { id }")
        found = told if told is None else sorted((one["kind"], one["asset"]["id"]) for one in told)
        sight.tells(unit.code, found, ending(sight.world, unit) if sight.who.may("editor", unit) else None)


@rule("media_archive", "assetAccessRequests")
async def open_requests_are_for_editors_of_the_unit(sight: Sight) -> None:
    for unit in sight.some_units(4):
        if not (unit.is_open or unit.closed):
            continue
        told = await sight.all_of("assetAccessRequests", f'unitId: "{unit.id}"', "id")
        inside = sorted(str(one.id) for one in sight.world.assets if one.unit.is_under(unit))
        found = told if told is None else sorted(one["id"] for one in told)
        sight.tells(unit.code, found, inside if sight.who.may("editor", unit) else None)


@rule("media_archive", "myAccessRequests")
async def ones_own_requests_are_ones_own(sight: Sight) -> None:
    told = await sight.all_of("myAccessRequests", "", "id")
    mine = sorted(str(asset.id) for person, asset in requests(sight.world) if person is sight.who)
    found = told if told is None else sorted(one["id"] for one in told)
    sight.tells("own requests", found, None if sight.who.caller.subject is None else mine)


@rule("media_archive", "assetLicences", hides=False)
async def licences_are_the_same_for_all(sight: Sight) -> None:
    await sight.same_for_all("{ assetLicences { code } }")

"""Who is told which pictures show the same, and what files say of themselves."""

from oracle.describing_world import look_alikes
from oracle.rules import rule
from oracle.sight import Sight
from oracle.world import Asset


@rule("media_archive", "Asset.nearDuplicates")
async def near_duplicates_are_told_to_whoever_sees_both(sight: Sight) -> None:
    pairs = look_alikes(sight.world)
    assets = [one for one in sight.world.assets if one.is_shown(sight.who)]
    selection = "nearDuplicates { other { id } }"
    for asset, told in zip(assets, await sight.entities("Asset", [one.id for one in assets], selection), strict=True):
        others = [one for pair in pairs if asset in pair for one in pair if one is not asset]
        shown = [one.id for one in others if one.is_shown(sight.who)]
        found = [one["other"]["id"] for one in told["nearDuplicates"]]
        sight.shows(asset.title, found, shown, [one.id for one in others])


@rule("media_archive", "waitingNearDuplicates")
async def waiting_pairs_are_listed_for_those_who_look_after_a_side(sight: Sight) -> None:
    pairs = look_alikes(sight.world)
    for unit in sight.some_units(4):
        if not unit.is_open:
            continue
        found = await sight.all_of("waitingNearDuplicates", f'unitId: "{unit.id}"', "asset { id } other { id }")
        if not sight.who.may("contributor", unit):
            sight.tells(f"pairs of {unit.code}", found, None)
            continue
        here = [pair for pair in pairs if any(one.unit.is_under(unit) for one in pair)]
        shown = [pair for pair in here if all(one.is_shown(sight.who) for one in pair)]
        told = ["+".join(sorted((one["asset"]["id"], one["other"]["id"]))) for one in found or []]
        sight.shows(unit.code, told, [_named(pair) for pair in shown], [_named(pair) for pair in here])


def _named(pair: tuple[Asset, Asset]) -> str:
    return "+".join(sorted(str(one.id) for one in pair))


@rule("media_archive", "assetTerms", hides=False)
async def words_for_materials_are_the_same_for_all(sight: Sight) -> None:
    await sight.same_for_all('{ assetTerms(vocabulary: "audience") { code } }')


@rule("media_archive", "Asset.embedded")
async def what_a_file_says_is_told_to_those_who_contribute(sight: Sight) -> None:
    assets = [one for one in sight.world.assets[:40] if one.is_shown(sight.who)]
    told = await sight.entities("Asset", [one.id for one in assets], "embedded { title }")
    given = [asset.id for asset, one in zip(assets, told, strict=True) if one["embedded"] is not None]
    may = [one.id for one in assets if sight.who.may("contributor", one.unit)]
    sight.shows("embedded", given, may, [one.id for one in assets])

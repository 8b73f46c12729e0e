"""Who is told which pictures show the same, and what files say of themselves."""

from oracle.describing_world import look_alikes
from oracle.rules import rule
from oracle.sight import Sight


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

"""Who sees which collection, what of it, and what is only one's own."""

from oracle.collections_world import collections, favourites, told_of
from oracle.rules import rule
from oracle.sight import Sight


@rule("media_archive", "collections", "collection")
async def collections_are_shown_as_they_are_shared(sight: Sight) -> None:
    every = collections(sight.world)
    shown = [one for one in every if one.is_shown(sight.who)]
    selection = "id itemCount items(first: 50) { nodes { id } } ancestors { id } children(first: 50) { nodes { id } }"
    found = {one["id"]: one for one in await sight.all_of("collections", "", selection) or []}
    sight.shows("all", found, [one.id for one in shown], [one.id for one in every])
    for one in shown:
        told = found.get(str(one.id))
        if told is None:
            continue
        items = [asset for asset in one.items if asset.is_shown(sight.who)]
        sight.shows(
            "items",
            [each["id"] for each in told["items"]["nodes"]],
            [asset.id for asset in items],
            [asset.id for asset in one.items],
        )
        sight.tells("count", told["itemCount"], len(items))
        inside = [each.id for each in shown if each.outer and each.outer.id == one.id]
        sight.shows("inside", [each["id"] for each in told["children"]["nodes"]], inside)
        above, outer = [], one.outer
        while outer is not None:
            above += [outer.id] if outer.is_shown(sight.who) else []
            outer = outer.outer
        sight.shows("above", [each["id"] for each in told["ancestors"]], above)
    for one in every[:5]:
        answer = await sight.answer("query ($id: ID!) { collection(id: $id) { id } }", id=str(one.id))
        sight.tells("by id", answer["collection"], {"id": str(one.id)} if one in shown else None)


@rule("media_archive", "Asset.collections", "Asset.isFavourite")
async def a_material_tells_its_collections_as_far_as_they_are_shown(sight: Sight) -> None:
    assets = [one for one in sight.world.assets[:20] if one.is_shown(sight.who)]
    marked = {(subject, asset.id) for subject, asset in favourites(sight.world)}
    selection = "isFavourite collections { id }"
    for asset, told in zip(assets, await sight.entities("Asset", [one.id for one in assets], selection), strict=True):
        holding = [one for one in collections(sight.world) if asset in one.items]
        shown = [one.id for one in holding if one.is_shown(sight.who)]
        sight.shows(asset.title, [one["id"] for one in told["collections"]], shown, [one.id for one in holding])
        sight.tells(f"mark of {asset.title}", told["isFavourite"], (sight.who.subject, asset.id) in marked)


@rule("media_archive", "mySearchNotices")
async def a_notice_tells_of_what_is_shown(sight: Sight) -> None:
    own = [asset for subject, asset in favourites(sight.world) if subject == sight.who.subject]
    told = [each for one in own for each in told_of(sight.world, one)]
    shown = [each.id for each in told if each.is_shown(sight.who)]
    found = await sight.all_of("mySearchNotices", "", "assetCount newestAssets { id }") or []
    newest = [each["id"] for one in found for each in one["newestAssets"]]
    sight.shows("notices", newest, shown, [each.id for each in told])
    sight.tells("count", sum(one["assetCount"] for one in found), len(shown))


@rule("media_archive", "favouriteAssets", "savedSearches")
async def what_one_marked_is_ones_own(sight: Sight) -> None:
    own = [asset for subject, asset in favourites(sight.world) if subject == sight.who.subject]
    shown = [one.id for one in own if one.is_shown(sight.who)]
    found = await sight.all_of("favouriteAssets", "", "id")
    sight.shows("favourites", [one["id"] for one in found or []], shown, [one.id for one in sight.world.assets])
    told = (await sight.answer("{ savedSearches { name } }"))["savedSearches"]
    names = sorted(one.title for one in own) if sight.who.subject else None
    sight.tells("searches", told and sorted(one["name"] for one in told), names or told)

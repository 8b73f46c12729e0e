"""Who is told how materials are kept: their versions and events, what was deleted, damaged and held apart."""

from collections.abc import Iterable

from oracle.keeping_world import damaged, deleted, file_of, held_apart
from oracle.rules import rule
from oracle.sight import Sight
from oracle.world import NaiveUnit, Person


def holds(who: Person, role: str) -> bool:
    """Whether somebody holds the rights of a role anywhere."""
    return any(who.may(role, unit) for _, unit in who.roles)


@rule("media_archive", "Asset.versions", "Asset.events")
async def versions_and_events_are_told_to_contributors(sight: Sight) -> None:
    assets = [one for one in sight.world.assets[:30] if one.is_shown(sight.who)]
    selection = "versions { nodes { number downloadUrl } } events { nodes { type } }"
    for asset, told in zip(assets, await sight.entities("Asset", [one.id for one in assets], selection), strict=True):
        may = sight.who.may("contributor", asset.unit)
        versions = told["versions"] and [one["number"] for one in told["versions"]["nodes"]]
        sight.tells(f"versions of {asset.title}", versions, [1] if may else None)
        events = told["events"] and [one["type"] for one in told["events"]["nodes"]]
        sight.tells(f"events of {asset.title}", events, ["asset.added"] if may else None)
        loads = bool(told["versions"] and told["versions"]["nodes"][0]["downloadUrl"])
        sight.tells(f"file of {asset.title}", loads or None, sight.who.may("editor", asset.unit) or None)


async def lists(sight: Sight, name: str, field: str, role: str, things: Iterable[tuple[object, NaiveUnit]]) -> None:
    """Compare a list that only holders of a role are given, each of what belongs to their units."""
    every = list(things)
    found = await sight.all_of(name, "", field)
    if not holds(sight.who, role):
        sight.tells(name, found, None)
        return
    shown = [one for one, unit in every if sight.who.may(role, unit)]
    sight.shows(name, [one[field] for one in found or []], shown, [one for one, _ in every])


@rule("media_archive", "deletedAssets", "damagedFiles", "quarantinedFiles")
async def what_went_wrong_is_told_to_who_answers_for_it(sight: Sight) -> None:
    await lists(sight, "deletedAssets", "id", "editor", deleted(sight.world))
    await lists(sight, "quarantinedFiles", "id", "admin", held_apart(sight.world))
    files = [(file_of(asset.id).hex(), asset.unit) for asset in damaged(sight.world)]
    await lists(sight, "damagedFiles", "sha256", "editor", files)


@rule("media_archive", "uploadLimits")
async def limits_of_uploads_are_told_to_admins_of_the_unit(sight: Sight) -> None:
    for unit in sight.some_units(3):
        if not (unit.is_open or unit.closed):
            continue
        answer = await sight.answer("query ($unit: ID!) { uploadLimits(unitId: $unit) { role } }", unit=str(unit.id))
        roles = [{"role": role} for role in ("admin", "editor", "contributor")]
        sight.tells(unit.code, answer["uploadLimits"], roles if sight.who.may("admin", unit) else None)


@rule("media_archive", "Asset.mayDescribe", "Asset.mayManage", hides=False)
async def who_asks_is_told_what_they_may_do(sight: Sight) -> None:
    assets = [one for one in sight.world.assets[:30] if one.is_shown(sight.who)]
    found = await sight.entities("Asset", [one.id for one in assets], "mayDescribe mayManage")
    for asset, told in zip(assets, found, strict=True):
        edits = sight.who.may("editor", asset.unit)
        describes = edits if asset.visibility == "public" else sight.who.may("contributor", asset.unit)
        sight.tells(f"may describe {asset.title}", told["mayDescribe"], describes)
        sight.tells(f"may manage {asset.title}", told["mayManage"], edits)

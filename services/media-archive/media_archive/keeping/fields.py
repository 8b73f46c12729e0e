"""Versions, deletion, and what only admins see of keeping, in the graph."""

from datetime import date
from typing import Annotated

import strawberry

from kit.graphql import After, Connection, First, Info, foreign_cursor, mutation, parse_id, result, window
from media_archive.assets import service as assets
from media_archive.assets.types import Asset
from media_archive.keeping import deletion, fixity, quarantine, versions
from media_archive.keeping.types import DamagedFile, DeletedAsset, QuarantinedFile

AssetId = Annotated[strawberry.ID, strawberry.argument(description="The material.")]


@strawberry.type(description="An earlier version is the current one again, under a new number.")
class GoBackToVersionSuccess:
    asset: Asset = strawberry.field(description="The material as it is now.")


@strawberry.type(description="The material is deleted: out of every list, search and file.")
class DeleteAssetSuccess:
    id: strawberry.ID = strawberry.field(description="The material's id.")
    keep_until: date = strawberry.field(
        description="The day on which it goes for good; before, it can be brought back."
    )


@strawberry.type(description="The deleted material is back as it was.")
class RestoreAssetSuccess:
    asset: Asset = strawberry.field(description="The material.")


@strawberry.type(description="The material is held, or no longer.")
class HoldAssetSuccess:
    asset: Asset = strawberry.field(description="The material as it is now.")


GoBackToVersionResult = result("GoBackToVersionResult", GoBackToVersionSuccess, versions.VersionUnchanged)
DeleteAssetResult = result("DeleteAssetResult", DeleteAssetSuccess, deletion.AssetHeld)
RestoreAssetResult = result("RestoreAssetResult", RestoreAssetSuccess)
HoldAssetResult = result("HoldAssetResult", HoldAssetSuccess)


@strawberry.type
class KeepingQuery:
    @strawberry.field(
        description="Deleted materials that the caller, an editor of their unit, can bring back; the last first."
    )
    async def deleted_assets(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[DeletedAsset] | None:
        asked = window(first, after, int, str)
        rows = await deletion.deleted_assets(info.context.caller, asked.limit, asked.after)
        return asked.page(rows, DeletedAsset.of, key=lambda row: assets.cursor_at(row["deleted_at"], row["id"]))

    @strawberry.field(
        description="Kept files that were found damaged, of materials of units whose editor the caller is."
    )
    async def damaged_files(self, info: Info, first: First = 20, after: After = None) -> Connection[DamagedFile] | None:
        asked = window(first, after, str)
        try:
            last = bytes.fromhex(asked.after[0]) if asked.after else None
        except ValueError as error:
            raise foreign_cursor() from error
        rows = await fixity.damaged_files(info.context.caller, asked.limit, last)
        return asked.page(rows, DamagedFile.of, key=lambda row: (row["sha256"].hex(),))

    @strawberry.field(
        description="Files that were refused and are kept as evidence, sent for units whose admin the caller is; the "
        "newest first."
    )
    async def quarantined_files(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[QuarantinedFile] | None:
        asked = window(first, after, int, str)
        rows = await quarantine.quarantined_files(info.context.caller, asked.limit, asked.after)
        return asked.page(rows, QuarantinedFile.of, key=lambda row: assets.cursor_at(row["at"], row["id"]))


@strawberry.type
class KeepingMutation:
    @mutation(GoBackToVersionResult, description="Let an earlier version be the current one again, under a new number.")
    async def go_back_to_version(
        self,
        info: Info,
        asset_id: AssetId,
        number: Annotated[int, strawberry.argument(description="Number of the earlier version.")],
        note: Annotated[str, strawberry.argument(description="Why, at most 1,000 characters.")] = "",
    ) -> GoBackToVersionSuccess:
        row = await versions.go_back(info.context.caller, parse_id(asset_id, "asset"), number, note)
        return GoBackToVersionSuccess(asset=Asset.of(row))

    @mutation(DeleteAssetResult, description="Delete a material; an editor of its unit can bring it back for a while.")
    async def delete_asset(
        self,
        info: Info,
        asset_id: AssetId,
        reason: Annotated[
            str,
            strawberry.argument(
                description="`duplicate`, `mistake`, `outdated`, `rights`, `consent`, `unlawful` or `other`."
            ),
        ],
    ) -> DeleteAssetSuccess:
        row = await deletion.delete_asset(info.context.caller, parse_id(asset_id, "asset"), reason)
        return DeleteAssetSuccess(id=strawberry.ID(str(row["id"])), keep_until=row["keep_until"])

    @mutation(RestoreAssetResult, description="Bring a deleted material back as it was.")
    async def restore_asset(self, info: Info, asset_id: AssetId) -> RestoreAssetSuccess:
        return RestoreAssetSuccess(
            asset=Asset.of(await deletion.restore_asset(info.context.caller, parse_id(asset_id, "asset")))
        )

    @mutation(HoldAssetResult, description="Forbid everybody to delete a material; takes an admin of its unit.")
    async def hold_asset(self, info: Info, asset_id: AssetId) -> HoldAssetSuccess:
        row = await deletion.hold_asset(info.context.caller, parse_id(asset_id, "asset"), is_held=True)
        return HoldAssetSuccess(asset=Asset.of(row))

    @mutation(HoldAssetResult, description="Allow again to delete a material; takes an admin of its unit.")
    async def release_asset(self, info: Info, asset_id: AssetId) -> HoldAssetSuccess:
        row = await deletion.hold_asset(info.context.caller, parse_id(asset_id, "asset"), is_held=False)
        return HoldAssetSuccess(asset=Asset.of(row))

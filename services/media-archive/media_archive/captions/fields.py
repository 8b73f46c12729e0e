"""How captions are attached, corrected and removed over the graph."""

from typing import Annotated

import strawberry

from kit.graphql import Info, mutation, parse_id, result
from media_archive.assets import service as assets
from media_archive.assets.types import Asset
from media_archive.captions import service
from media_archive.captions.types import AssetCaptions
from media_archive.captions.webvtt import CaptionsInvalid


@strawberry.input(description="Captions of a film or a sound, in one language.")
class ReplaceCaptionsInput:
    asset_id: strawberry.ID = strawberry.field(description="The film or the sound.")
    language: str = strawberry.field(description="ISO 639 code of the language they are in.")
    content: str = strawberry.field(description="The captions as WebVTT or SubRip, at most 1,000,000 characters.")
    kind: str = strawberry.field(default="captions", description="`captions` or `transcript`.")
    revision: int | None = strawberry.field(
        default=None,
        description="Revision of those that they replace, 0 when there were none; others than those are not replaced. "
        "Null replaces whichever there are.",
    )


@strawberry.type(description="The captions are attached.")
class ReplaceCaptionsSuccess:
    captions: AssetCaptions = strawberry.field(description="The captions as they are now.")
    asset: Asset = strawberry.field(description="The film or the sound.")


@strawberry.type(description="The captions are gone.")
class RemoveCaptionsSuccess:
    asset: Asset = strawberry.field(description="The film or the sound.")


ReplaceCaptionsResult = result(
    "ReplaceCaptionsResult", ReplaceCaptionsSuccess, CaptionsInvalid, service.CaptionsChanged
)
RemoveCaptionsResult = result("RemoveCaptionsResult", RemoveCaptionsSuccess)


@strawberry.type
class CaptionMutation:
    @mutation(ReplaceCaptionsResult, description="Attach captions, in the place of those of this language and kind.")
    async def replace_captions(
        self,
        info: Info,
        input: Annotated[ReplaceCaptionsInput, strawberry.argument(description="The captions.")],
    ) -> ReplaceCaptionsSuccess:
        asset_id = parse_id(input.asset_id, "asset")
        new = service.NewTrack(input.language, input.kind, input.content, input.revision)
        row = await service.replace_captions(info.context.caller, asset_id, new)
        asset = Asset.of(await assets.asset(info.context.caller, asset_id))
        return ReplaceCaptionsSuccess(captions=AssetCaptions.of(row), asset=asset)

    @mutation(RemoveCaptionsResult, description="Remove the captions of a language and kind.")
    async def remove_captions(
        self,
        info: Info,
        asset_id: Annotated[strawberry.ID, strawberry.argument(description="The film or the sound.")],
        language: Annotated[str, strawberry.argument(description="ISO 639 code of the language they are in.")],
        kind: Annotated[str, strawberry.argument(description="`captions` or `transcript`.")] = "captions",
    ) -> RemoveCaptionsSuccess:
        film = parse_id(asset_id, "asset")
        await service.remove_captions(info.context.caller, film, language, kind)
        return RemoveCaptionsSuccess(asset=Asset.of(await assets.asset(info.context.caller, film)))

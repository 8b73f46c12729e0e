"""How texts are read aloud, and sounds written down, over the graph."""

from typing import Annotated

import strawberry

from kit.graphql import Info, mutation, parse_id, result
from media_archive.assets import service as assets
from media_archive.assets.types import Asset
from media_archive.speech import service
from media_archive.speech.providers import SpeakerMissing, TranscriberMissing
from media_archive.uploads.inspection import FileTooLarge
from media_archive.uploads.limits import FileTypeNotForRole, TooManyUploads


@strawberry.input(description="A text to be read aloud, and what is said about the material that becomes of it.")
class SpeakBulletinInput:
    unit_id: strawberry.ID = strawberry.field(description="The unit that it shall belong to.")
    title: str = strawberry.field(description="What it is called, 1 to 300 characters.")
    text: str = strawberry.field(description="What is read aloud, at most 10,000 characters; they become its captions.")
    language: str = strawberry.field(default="vi", description="ISO 639 code of the text's language.")
    kind: str = strawberry.field(default="audio_bulletin", description="Code of its kind, see `assetKinds`.")
    description: str = strawberry.field(default="", description="What it is about, at most 10,000 characters.")
    topics: list[str] = strawberry.field(default_factory=list[str], description="Codes of org's topics, at most 10.")
    visibility: str = strawberry.field(default="unit", description="Who may see it; `public` takes an editor.")


@strawberry.type(description="The text was read aloud.")
class SpeakBulletinSuccess:
    asset: Asset = strawberry.field(description="The sound, with the text as its captions.")


@strawberry.type(description="What is said will be written down.")
class TranscribeAssetSuccess:
    asset: Asset = strawberry.field(
        description="The film or sound; its text of the source `captions` tells how far it is."
    )


SpeakBulletinResult = result(
    "SpeakBulletinResult",
    SpeakBulletinSuccess,
    SpeakerMissing,
    service.SpeechFailed,
    FileTooLarge,
    FileTypeNotForRole,
    TooManyUploads,
)
TranscribeAssetResult = result(
    "TranscribeAssetResult", TranscribeAssetSuccess, TranscriberMissing, service.CaptionsThere
)


@strawberry.type
class SpeechMutation:
    @mutation(SpeakBulletinResult, description="Have a text read aloud and kept as an audio bulletin.")
    async def speak_bulletin(
        self,
        info: Info,
        input: Annotated[SpeakBulletinInput, strawberry.argument(description="The text and what it becomes.")],
    ) -> SpeakBulletinSuccess:
        bulletin = service.Bulletin(
            unit_id=parse_id(input.unit_id, "unit"),
            title=input.title,
            text=input.text,
            language=input.language,
            kind=input.kind,
            description=input.description,
            topics=tuple(input.topics),
            visibility=input.visibility,
        )
        asset_id = await service.speak_bulletin(info.context.caller, bulletin)
        return SpeakBulletinSuccess(asset=Asset.of(await assets.asset(info.context.caller, asset_id)))

    @mutation(
        TranscribeAssetResult,
        description="Have what is said in a film or sound written down as captions in its language, by a machine.",
    )
    async def transcribe_asset(
        self, info: Info, asset_id: Annotated[strawberry.ID, strawberry.argument(description="The film or sound.")]
    ) -> TranscribeAssetSuccess:
        film = parse_id(asset_id, "asset")
        await service.transcribe_asset(info.context.caller, film)
        return TranscribeAssetSuccess(asset=Asset.of(await assets.asset(info.context.caller, film)))

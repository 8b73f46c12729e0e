"""How the graph shows assets."""

from datetime import date, datetime
from typing import Self

import strawberry

from kit.db import Record
from kit.graphql import First, Info, parse_id, window
from media_archive.assets.description import role_for
from media_archive.captions.of_asset import CaptionedAsset
from media_archive.collections.of_asset import CollectedAsset
from media_archive.coverage.types import CoveredUnit
from media_archive.description.types import DescribedAsset
from media_archive.files.addresses import ORIGINAL, file_path, rendition_path
from media_archive.keeping.of_asset import KeptAsset
from media_archive.metadata.types import TellingAsset
from media_archive.renditions import reasons
from media_archive.renditions.of_asset import PagedAsset
from media_archive.reuse.types import ReuseByUnit, ReuseOfAsset
from media_archive.settings import current
from media_archive.similarity.types import ComparedAsset


def _address(row: Record, variant: str, name: str) -> str:
    return current().public_url + file_path(row["id"], variant, name)


@strawberry.type(description="What was derived from an asset's original, for looking at, listening to and reading.")
class AssetRendition:
    name: str = strawberry.field(
        description="`thumb_320`, `thumb_1024` and `thumb_2048`, pictures after the longest side in pixels; `poster`, "
        "`video_480` and `hls` (a playlist; `hls_480` is what it plays) of films; `waveform` and `audio_opus` of "
        "sounds; `pages` (the first one; see the asset's pages) of PDFs; `searchable`, a PDF whose text can be found, "
        "of scans; `public`, the original without what it tells of its makers."
    )
    state: str = strawberry.field(
        description="`none` (this asset gets none), `waiting`, `running`, `done` or `failed`."
    )
    reason: str | None = strawberry.field(
        description="Why it is in this state, a stable code such as FILE_BROKEN or FFMPEG_MISSING."
    )

    @strawberry.field(
        description="Why it is in this state, in words of the language of the request; null without a reason."
    )
    def reason_text(self, info: Info) -> str | None:
        return reasons.told(self.reason, info.context.language)

    media_type: str | None = strawberry.field(description="Type of its file; null until it is done.")
    width: int | None = strawberry.field(
        description="Width in pixels; null until it is done, and for what is no picture."
    )
    height: int | None = strawberry.field(
        description="Height in pixels; null until it is done, and for what is no picture."
    )
    seconds: float | None = strawberry.field(description="Length of a film or a sound; null for what has none.")
    url: str | None = strawberry.field(
        description="Where to load it for some hours, with the same right to see; null until it is done."
    )

    @classmethod
    def of(cls, row: Record) -> Self:
        """Show a rendition."""
        done = row["state"] == "done"
        return cls(
            name=row["name"],
            state=row["state"],
            reason=row["reason"],
            media_type=row["media_type"],
            width=row["width"],
            height=row["height"],
            seconds=row["seconds"],
            url=current().public_url + rendition_path(row) if done else None,
        )


@strawberry.type(description="Text found in an asset.")
class AssetText:
    source: str = strawberry.field(
        description="`document` (a text layer or a text file), `ocr` (read from a picture) or `captions` (what is "
        "said)."
    )
    state: str = strawberry.field(
        description="`none` (not needed, or not possible yet), `waiting`, `running`, `done` or `failed`."
    )
    reason: str | None = strawberry.field(
        description="Why it is in this state, a stable code: TESSERACT_MISSING, NOT_READABLE, EVERY_PAGE_HAS_TEXT…"
    )

    @strawberry.field(
        description="Why it is in this state, in words of the language of the request; null without a reason."
    )
    def reason_text(self, info: Info) -> str | None:
        return reasons.told(self.reason, info.context.language)

    text: str = strawberry.field(description="The text; empty until it is done.")

    @classmethod
    def of(cls, row: Record) -> Self:
        """Show a text."""
        return cls(source=row["source"], state=row["state"], reason=row["reason"], text=row["text"])


@strawberry.type(description="A kind of material.")
class AssetKind:
    code: str = strawberry.field(description="Stable code, such as `leaflet`.")
    name_vi: str = strawberry.field(description="Vietnamese name.")
    name_en: str = strawberry.field(description="English name.")


@strawberry.federation.type(name="Unit", keys=["id"], description="A unit of the union, as owner of materials.")
class Unit(ReuseByUnit, CoveredUnit):
    id: strawberry.ID = strawberry.field(description="Stable id, the same as in org.")

    @strawberry.field(
        description="The newest materials of the unit and all below it that the caller may see; null for unknown units."
    )
    async def newest_assets(
        self,
        info: Info,
        first: First = 10,
    ) -> "list[Asset] | None":
        window(first, None)
        rows = await info.context.loaders.newest.load((info.context.caller, self.id, first))
        return None if rows is None else [Asset.of(row) for row in rows]

    @strawberry.field(
        description="How many materials of the unit and all below it the caller may see; null for unknown units."
    )
    async def asset_count(self, info: Info) -> int | None:
        return await info.context.loaders.counts.load((info.context.caller, self.id))

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Self:
        """Any id: whether the unit is known is asked for its fields."""
        return cls(id=id)


@strawberry.federation.type(keys=["id"], description="A material of the union: a leaflet, a photo, a scanned plan…")
class Asset(
    CaptionedAsset, PagedAsset, ReuseOfAsset, CollectedAsset, KeptAsset, ComparedAsset, DescribedAsset, TellingAsset
):
    id: strawberry.ID = strawberry.field(description="Stable id.")
    title: str = strawberry.field(description="What it is called.")
    description: str = strawberry.field(description="What it is about, in a few sentences; may be empty.")
    kind: str = strawberry.field(description="Code of its kind, see `assetKinds`.")
    language: str = strawberry.field(description="ISO 639 code of its language.")
    topics: list[str] = strawberry.field(description="Codes of org's topics that it is on.")
    visibility: str = strawberry.field(
        description="Who may see it: `public`, `union` (anyone with a role), `subtree` (its unit, those above and "
        "those below), `unit` (its unit and those above) or `private` (who contributes there)."
    )
    media_type: str = strawberry.field(description="Type of the original, decided by its content.")
    file_name: str = strawberry.field(description="Name of the original as it was uploaded.")
    file_size: float = strawberry.field(description="Size of the original in bytes.")
    sha256: str = strawberry.field(description="SHA-256 of the original in hexadecimal digits.")
    source: str = strawberry.field(description="Where it comes from, in words; may be empty.")
    is_made_up: bool = strawberry.field(description="Whether it was made for demonstration and tells of nothing real.")
    created_on: date = strawberry.field(description="Day on which it was made.")
    added_at: datetime = strawberry.field(description="When it came into the archive.")
    download_url: str = strawberry.field(
        description="Where to load the original for some hours, with the same right to see."
    )
    embargo_until: date | None = strawberry.field(
        description="First day on which others than its unit's contributors see it; null: from the beginning."
    )
    lease_until: date | None = strawberry.field(description="First day on which they no longer do; null: no end.")
    hidden: str | None = strawberry.field(
        description="Why only editors see it: `consent_withdrawn`, `consent_expired` or `rights_expired`; else null."
    )
    licence: str = strawberry.field(description="Code of the licence under which it may be used, see `assetLicences`.")
    rights_holder: str = strawberry.field(description="Whose the rights are; may be empty.")
    rights_until: date | None = strawberry.field(description="First day without the right to use it; null: no end.")
    unit: Unit = strawberry.field(description="The unit it belongs to.")

    @strawberry.field(
        description="Whether the caller may say anew what it is, and add versions and captions: contributors of its "
        "unit, of what is public its editors."
    )
    def may_describe(self, info: Info) -> bool:
        return info.context.caller.may(role_for(self.visibility), self.unit_path)

    @strawberry.field(
        description="Whether the caller, an editor of its unit, may publish it, share it with others, set its rights "
        "and consents, and delete it."
    )
    def may_manage(self, info: Info) -> bool:
        return info.context.caller.may("editor", self.unit_path)

    @strawberry.field(description="Pictures derived from it, the small one first.")
    async def renditions(self, info: Info) -> list[AssetRendition]:
        return await info.context.loaders.renditions.load(self.id)

    @strawberry.field(description="Texts found in it.")
    async def texts(self, info: Info) -> list[AssetText]:
        return await info.context.loaders.texts.load(self.id)

    @classmethod
    def of(cls, row: Record) -> Self:
        """Show an asset."""
        return cls(
            id=strawberry.ID(str(row["id"])),
            title=row["title"],
            description=row["description"],
            kind=row["kind"],
            language=row["language"],
            topics=row["topics"],
            visibility=row["visibility"],
            media_type=row["media_type"],
            file_name=row["file_name"],
            file_size=float(row["size"]),
            sha256=row["sha256"].hex(),
            source=row["source"],
            is_made_up=row["is_made_up"],
            created_on=row["created_on"],
            added_at=row["added_at"],
            version=row["version"],
            is_held=row["is_held"],
            is_damaged=row["damage"] is not None,
            unit_path=row["unit_path"],
            download_url=_address(row, ORIGINAL, row["file_name"]),
            embargo_until=row["embargo_until"],
            lease_until=row["lease_until"],
            hidden=row["hidden"],
            licence=row["licence"],
            rights_holder=row["rights_holder"],
            rights_until=row["rights_until"],
            unit=Unit(id=strawberry.ID(str(row["unit_id"]))),
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> "Asset | None":
        """Return the asset if the caller may see it."""
        row = await info.context.loaders.assets.load((info.context.caller, parse_id(id, "asset")))
        return cls.of(row) if row is not None else None

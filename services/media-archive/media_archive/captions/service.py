"""Attaching, correcting and removing captions; what is said in them is found by searching."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from kit import db
from kit.db import Record
from kit.errors import DomainError, InvalidInput, NotFound, none_of
from kit.identity import Caller
from media_archive.assets import description
from media_archive.assets.changes import record_changes
from media_archive.assets.service import asset
from media_archive.audit.service import tell_of_asset
from media_archive.captions.webvtt import Track, read_captions

KINDS = {"captions": ("phụ đề", "captions"), "transcript": ("bản chép lời", "transcript")}
"""What a track may be, and what people call it."""

_COLUMNS = "asset_id, language, kind, content, cues, revision, is_automatic, changed_at"
_PLAYED = ("audio/", "video/")


class CaptionsChanged(DomainError):
    """Somebody else changed the captions meanwhile."""

    code = "CAPTIONS_CHANGED"
    vi = "Người khác vừa sửa phụ đề này. Hãy mở lại để xem bản mới."
    en = "Somebody else has just changed these captions. Open them again to see what is new."


@dataclass(frozen=True, slots=True)
class NewTrack:
    """Captions as they came: `revision` is that of those they replace, 0 for none, None for whichever there are."""

    language: str
    kind: str
    content: str
    revision: int | None = None
    is_automatic: bool = False


async def replace_captions(caller: Caller, asset_id: UUID, new: NewTrack) -> Record:
    """Put a track of captions in the place of the one of this language and kind; return it.

    Contributors of the asset's unit may, for a public asset editors. CaptionsInvalid tells the line that is wrong,
    CaptionsChanged that there is another revision now; InvalidInput when the asset is no film and no sound.
    """
    caller.require_someone()
    language, kind = description.checked_language(new.language), _checked_kind(new.kind)
    async with db.transaction():
        await _held(caller, asset_id)
        track = read_captions(new.content)
        found = await _revision(asset_id, language, kind)
        if new.revision is not None and new.revision != found:
            raise CaptionsChanged()
        kept = await _put(asset_id, language, kind, track, new.is_automatic)
        await _settle(caller, asset_id, "captions.replaced", {"language": language, "kind": kind, "cues": kept["cues"]})
        return kept


async def remove_captions(caller: Caller, asset_id: UUID, language: str, kind: str) -> None:
    """Remove a track; NotFound when there is none. Who may: as for replacing."""
    caller.require_someone()
    async with db.transaction():
        await _held(caller, asset_id)
        removed = await db.rows(
            "DELETE FROM caption_track WHERE asset_id = $1 AND language = $2 AND kind = $3 RETURNING kind",
            asset_id,
            description.checked_language(language),
            _checked_kind(kind),
        )
        if not removed:
            raise NotFound("captions", f"{kind}-{language}")
        await _settle(caller, asset_id, "captions.removed", {"language": language, "kind": kind})


async def tracks_of(asset_ids: Sequence[UUID]) -> list[Record]:
    """Return the tracks of assets that were shown to the caller already, captions before transcripts."""
    return await db.rows(
        f"SELECT {_COLUMNS} FROM caption_track WHERE asset_id = ANY($1::uuid[]) ORDER BY kind, language",
        list(asset_ids),
    )


async def _held(caller: Caller, asset_id: UUID) -> None:
    """Hold an asset until the end of the transaction, if the caller may change what is said about it."""
    await db.execute("SELECT FROM asset WHERE id = $1 FOR UPDATE", asset_id)
    held = await asset(caller, asset_id)
    caller.require(description.role_for(held["visibility"]), held["unit_path"])
    if not held["media_type"].startswith(_PLAYED):
        raise InvalidInput("assetId", "chỉ phim và âm thanh có phụ đề", "only films and sounds have captions")


def _checked_kind(kind: str) -> str:
    if kind not in KINDS:
        raise none_of("kind", KINDS)
    return kind


async def _revision(asset_id: UUID, language: str, kind: str) -> int:
    found = await db.value(
        "SELECT revision FROM caption_track WHERE asset_id = $1 AND language = $2 AND kind = $3",
        asset_id,
        language,
        kind,
    )
    return found or 0


async def _put(asset_id: UUID, language: str, kind: str, track: Track, is_automatic: bool) -> Record:
    kept = await db.row(
        f"""INSERT INTO caption_track (asset_id, language, kind, content, cues, is_automatic)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (asset_id, language, kind) DO UPDATE
            SET content = excluded.content, cues = excluded.cues, is_automatic = excluded.is_automatic,
                revision = caption_track.revision + 1, changed_at = now()
            RETURNING {_COLUMNS}""",
        asset_id,
        language,
        kind,
        track.content,
        len(track.cues),
        is_automatic,
    )
    assert kept is not None
    return kept


async def _settle(caller: Caller, asset_id: UUID, action: str, told: dict[str, object]) -> None:
    """Have what is said now be found, and write down who did it."""
    tracks = await tracks_of([asset_id])
    said = "\n".join(read_captions(track["content"]).text for track in tracks)
    await db.execute("DELETE FROM asset_text WHERE asset_id = $1 AND source = 'captions'", asset_id)
    if tracks:
        await db.execute(
            "INSERT INTO asset_text (asset_id, source, state, text) VALUES ($1, 'captions', 'done', $2)",
            asset_id,
            said,
        )
    await tell_of_asset(caller, action, asset_id, None, told)
    await record_changes([asset_id])

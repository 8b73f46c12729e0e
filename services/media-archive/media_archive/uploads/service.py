"""Taking a file into the archive: checked, kept under its hash, and known to the database in one transaction."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO
from uuid import UUID, uuid4

from kit import db
from kit.calendar import today
from kit.errors import DomainError, InvalidInput, NotFound
from kit.identity import Caller
from kit.jobs import enqueue
from kit.texts import nfc
from media_archive.assets import description
from media_archive.assets.changes import record_changes
from media_archive.audit.service import tell_of_asset
from media_archive.keeping import quarantine, scanning
from media_archive.metadata.embedded import NOTHING_SAID, Embedded
from media_archive.metadata.reading import read_embedded
from media_archive.metadata.service import keep_embedded
from media_archive.renditions import plans
from media_archive.renditions.jobs import make_renditions
from media_archive.renditions.text_jobs import read_text
from media_archive.reuse.derivations import set_sources
from media_archive.settings import current
from media_archive.similarity import plans as near_duplicates
from media_archive.units import service as units
from media_archive.uploads import keeping
from media_archive.uploads.inspection import FileTooLarge, inspect
from media_archive.uploads.limits import FileTypeNotForRole, Limits, count_file, limits_at
from media_archive.uploads.media_types import MediaType

_LONGEST_FILE_NAME = 200
_LONGEST_NOTE = 1_000
# What is older is a slip of the keys, such as the year 26; the index orders days from September 1677 on.
_EARLIEST = date(1700, 1, 1)
# Each byte may become three letters of an address.
_MOST_FILE_NAME_BYTES = 600
# What looks percent-encoded already: addresses with such a name would be read differently by one server and another.
_ENCODED = re.compile(r"%(?=[%0-9A-Fa-f])")
_USUAL_KIND = {
    "image": "photo",
    "pdf": "document",
    "office": "document",
    "text": "article",
    "audio": "audio_bulletin",
    "video": "video",
}


@dataclass(frozen=True, slots=True)
class NewAsset:
    """What is said about a file when it is uploaded. Without a `kind` the usual one for the type is taken.

    With `version_of` it shall be the next version of that asset, and of all the rest only `note` and the name count.
    """

    unit_id: UUID
    title: str
    file_name: str
    kind: str | None = None
    description: str = ""
    language: str = "vi"
    topics: tuple[str, ...] = ()
    visibility: str = "unit"
    created_on: date | None = None
    source: str = ""
    is_made_up: bool = False
    version_of: UUID | None = None
    note: str = ""
    left_open: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Examined:
    """A whole file of a known type whose object is in the store."""

    kept: keeping.KeptFile
    media_type: MediaType
    embedded: Embedded = NOTHING_SAID


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent a file, for which unit and under which name: what is told of a file that is held apart."""

    caller: Caller
    unit_id: UUID
    file_name: str


async def add_asset(caller: Caller, new: NewAsset, file: Path, sources: Sequence[UUID] = ()) -> UUID:
    """Take a local file in as an asset of a unit and return the asset's id; the file itself stays where it is.

    With `sources`, the assets from which it was adapted are noted with it, see `derivations.set_sources`, or none is
    made: its refusals are of this, too.

    Contributors of the unit may, as far as the limits of their role go; making it public at once takes an editor.
    Refused with FILE_EMPTY, FILE_TOO_LARGE, FILE_TYPE_NOT_ALLOWED, FILE_TYPE_NOT_FOR_ROLE, FILE_BROKEN,
    FILE_EXPANDS_TOO_MUCH, VIRUS_FOUND, FILE_NOT_SCANNABLE, SCANNER_UNAVAILABLE or TOO_MANY_UPLOADS, no asset is made.
    Nor when the unit came under others meanwhile, for whom the caller may not act: FORBIDDEN.
    """
    limits = await require_uploader(caller, new)
    said = await checked(new)
    size = file.stat().st_size
    check_size(size)
    limits.check_size(size)
    examined = await examine(file, limits.families, Sender(caller, new.unit_id, said.file_name))
    async with db.transaction():
        path = await held_path(new.unit_id)
        caller.require(description.role_for(new.visibility), path)
        await count_file(caller, limits)
        asset_id = await admit(caller, path, said, examined)
        if sources:
            await set_sources(caller, asset_id, sources)
        return asset_id


async def require_uploader(caller: Caller, new: NewAsset) -> Limits:
    """Return what the caller may upload to the unit; SignInRequired, Forbidden or NotFound when nothing."""
    caller.require_someone()
    path = (await units.find_unit(new.unit_id)).path
    caller.require(description.role_for(new.visibility), path)
    return await limits_at(caller, path)


async def examine(file: Path, families: Collection[str], sender: Sender) -> Examined:
    """Look into a file and put it into the store; to be followed by `admit`. Refusals as of `add_asset`.

    What policy wants kept as evidence of a refusal is held apart.
    """
    try:
        await scanning.require_harmless(file)
        media_type = await inspect(file)
    except DomainError as refusal:
        await quarantine.hold(sender.caller, sender.unit_id, file, sender.file_name, refusal)
        raise
    if media_type.family not in families:
        raise FileTypeNotForRole()
    embedded = await read_embedded(file, media_type)
    return Examined(await keeping.keep(file, media_type.name), media_type, embedded)


async def admit(caller: Caller, path: str, said: NewAsset, examined: Examined) -> UUID:
    """Make an asset of an examined file, inside a transaction that holds the unit's `path`; return its id.

    Whether the caller may, the transaction has made sure of.
    """
    await keeping.settle(examined.kept)
    asset_id = await _insert(caller, path, _completed(said, examined.embedded), examined)
    await keep_embedded(asset_id, examined.embedded)
    await plans.plan(asset_id, examined.media_type)
    await make_what_was_planned(asset_id)
    told = {"kind": said.kind, "visibility": said.visibility, "sha256": examined.kept.sha256.hex()}
    await tell_of_asset(caller, "asset.added", asset_id, None, told)
    await record_changes([asset_id])
    return asset_id


def _completed(said: NewAsset, embedded: Embedded) -> NewAsset:
    """Return what is said with what was left open filled by what the file says of itself."""
    title = embedded.title if "title" in said.left_open else ""
    made_on = embedded.made_on if "created_on" in said.left_open else None
    return replace(said, title=title or said.title, created_on=made_on or said.created_on)


async def make_what_was_planned(asset_id: UUID) -> None:
    """Have the renditions and texts of an asset's new file made, and its like looked for, after the commit."""
    await near_duplicates.plan(asset_id)
    await enqueue(make_renditions, str(asset_id))
    await enqueue(read_text, str(asset_id))


def check_size(size: int) -> None:
    """Raise FileTooLarge beyond what the settings allow."""
    most = current().upload_most_megabytes
    if size > most * 1_000_000:
        raise FileTooLarge(most_megabytes=most)


@asynccontextmanager
async def local_copy(upload: BinaryIO) -> AsyncIterator[Path]:
    """Give an uploaded file a place on the disk for as long as it is looked at."""
    with TemporaryDirectory(prefix="loa-upload-") as folder:
        path = Path(folder, "upload")
        await asyncio.to_thread(_copy, upload, path)
        yield path


def _copy(upload: BinaryIO, path: Path) -> None:
    upload.seek(0)
    with path.open("wb") as file:
        shutil.copyfileobj(upload, file, 1 << 20)


async def checked(new: NewAsset) -> NewAsset:
    """Return what is said with its texts cleaned; InvalidInput or UnknownCode for what can't be said."""
    return NewAsset(
        unit_id=new.unit_id,
        title=description.checked_title(new.title),
        file_name=checked_file_name(new.file_name),
        kind=await description.checked_kind(new.kind) if new.kind else None,
        description=description.checked_description(new.description),
        language=description.checked_language(new.language),
        topics=await description.checked_topics(new.topics),
        visibility=description.checked_visibility(new.visibility),
        created_on=_checked_day(new.created_on),
        source=description.checked_description(new.source),
        is_made_up=new.is_made_up,
        version_of=new.version_of,
        note=checked_note(new.note),
        left_open=(*new.left_open, *(("created_on",) if new.created_on is None else ())),
    )


def checked_note(note: str) -> str:
    """Return what is said of a version; InvalidInput beyond 1,000 characters."""
    clean = note.replace("\0", "").strip()
    if len(clean) > _LONGEST_NOTE:
        raise InvalidInput("note", f"nhiều nhất {_LONGEST_NOTE} ký tự", f"at most {_LONGEST_NOTE} characters")
    return clean


def _checked_day(day: date | None) -> date:
    if day is not None and day > today():
        raise InvalidInput("created_on", "ngày chưa đến", "is in the future")
    if day is not None and day < _EARLIEST:
        raise InvalidInput("created_on", f"sớm nhất là năm {_EARLIEST.year}", f"is before the year {_EARLIEST.year}")
    return day or today()


def checked_file_name(name: str) -> str:
    """Return of a name what a person would recognise and no path, header or terminal could trip over."""
    last = nfc(name).replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(letter for letter in _ENCODED.sub("", last) if letter.isprintable() and letter not in '"<>|:*?')
    short = clean.strip(" .")[-_LONGEST_FILE_NAME:].encode()[-_MOST_FILE_NAME_BYTES:].decode(errors="ignore")
    return short.strip(" .") or "file"


async def held_path(unit_id: UUID) -> str:
    """Return where a unit stands, which stays so until the end of the transaction.

    A large file takes its time, and its unit may be moved or merged meanwhile. News of that, if it came first, is
    waited for here; if it comes later, it waits for this asset and takes it along like the others.
    """
    path = await db.value("SELECT path FROM unit WHERE id = $1 FOR SHARE", unit_id)
    if path is None:
        raise NotFound("unit", unit_id)
    return path


async def _insert(caller: Caller, path: str, new: NewAsset, examined: Examined) -> UUID:
    asset_id = uuid4()
    await db.execute(
        """INSERT INTO asset (id, unit_id, unit_path, kind, title, description, language, topics, visibility, sha256,
                              file_name, source, is_made_up, created_on)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)""",
        asset_id,
        new.unit_id,
        path,
        new.kind or _USUAL_KIND[examined.media_type.family],
        new.title,
        new.description,
        new.language,
        list(new.topics),
        new.visibility,
        examined.kept.sha256,
        new.file_name,
        new.source,
        new.is_made_up,
        new.created_on,
    )
    await db.execute(
        "INSERT INTO asset_version (asset_id, number, sha256, file_name, added_by) VALUES ($1, 1, $2, $3, $4)",
        asset_id,
        examined.kept.sha256,
        new.file_name,
        caller.subject,
    )
    return asset_id

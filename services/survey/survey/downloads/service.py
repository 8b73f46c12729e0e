"""Asking for a file of a release, seeing how far it is, and fetching it: each person their own files only."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID, uuid4

from kit import db
from kit.errors import DomainError, InvalidInput, Language, NotFound
from kit.identity import Caller
from kit.storage import storage
from survey.audit.service import tell_of_wave
from survey.calendar import now
from survey.downloads.kinds import FORMATS, Kind, ending
from survey.questionnaires.definition import Text
from survey.results import reading
from survey.results.reading import Release

# Files that one person has waiting, and that they have altogether until they expire.
MOST_WAITING = 3
MOST_KEPT = 30
KEPT = timedelta(hours=24)
# Who is told of a worker that was not heard of for so long takes its file up.
STALE = timedelta(seconds=60)
PREFIX = "downloads/"


class DownloadLimitReached(DomainError):
    """The caller has too many files waiting, or too many that have not expired."""

    code = "DOWNLOAD_LIMIT_REACHED"
    vi = "Anh/chị đang có quá nhiều tệp: nhiều nhất {waiting} tệp chờ và {kept} tệp trong 24 giờ."
    en = "You have too many files: at most {waiting} waiting, and {kept} within 24 hours."


class WaveNotOver(DomainError):
    """An extract holds all answers of a wave that is over, as its newest release does; this is not so here."""

    code = "WAVE_NOT_OVER"
    vi = "Chỉ trích xuất được khi đợt khảo sát đã kết thúc và lần công bố này gồm mọi phiếu trả lời."
    en = "An extract exists only of a wave that is over, from a release that holds all of its answers."


@dataclass(frozen=True)
class Download:
    """A file that somebody asked for. `state`: `waiting`, `ready`, `refused` (with a problem's code) or `expired`."""

    id: UUID
    release_id: UUID
    unit_id: UUID
    kind: Kind
    format: str
    language: Language
    asked_by: str
    asked_at: datetime
    state: str
    done: int
    """In percent."""
    problem: str | None
    attempts: int
    finished_at: datetime | None
    bytes: int | None
    sha256: str | None

    @property
    def expires_at(self) -> datetime:
        """When it is removed."""
        return self.asked_at + KEPT

    @property
    def key(self) -> str:
        """Where the file is kept; each worker that takes it up has a place of its own."""
        return f"{PREFIX}{self.id}/{self.attempts}"

    @property
    def url(self) -> str | None:
        """Where it can be fetched, by who asked for it."""
        return f"/results/downloads/{self.id}/file" if self.state == "ready" else None


@dataclass(frozen=True)
class Subject:
    """What a file is of: a release of a wave, and a unit; None where that is not known any more."""

    programme_code: str
    programme_title: Text
    wave_number: int
    release_number: int
    unit: Text | None


COLUMNS = ", ".join(Download.__dataclass_fields__)


def download_of(row: db.Record) -> Download:
    """Return the download in a row of COLUMNS."""
    return Download(**row)


async def ask_download(
    caller: Caller, release_id: UUID, *, kind: str, format: str, language: str, unit_id: UUID | None = None
) -> Download:
    """Ask for a file; whoever calls enqueues its making. What is asked for twice while it waits is one file.

    Tables and reports are for whoever may see the release and, below the target, the unit; an extract needs an analyst
    of the programme's owner unit. Raises NotFound, InvalidInput, DownloadLimitReached and, of extracts, WaveNotOver.
    """
    caller.require_someone()
    _check(kind, format, language)
    release = await reading.release_of(caller, release_id)
    wanted = unit_id or release.target_id
    await _require(caller, release, cast(Kind, kind), wanted)
    async with db.transaction():
        # Two files at once must not both find the last place.
        await db.execute("SELECT pg_advisory_xact_lock(hashtextextended('download:' || $1, 0))", caller.subject)
        asked = (caller.subject, release_id, wanted, kind, format, language)
        same = await _waiting(*asked)
        if same:
            return same
        await _require_room(caller)
        created = await db.row(
            f"""INSERT INTO download (id, asked_by, release_id, unit_id, kind, format, language, asked_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING {COLUMNS}""",
            uuid4(),
            *asked,
            now(),
        )
        assert created is not None
        after = {"download_id": created["id"], "release": release.number, "kind": kind, "format": format}
        await tell_of_wave(caller, f"{kind}.requested", release.wave_id, after={**after, "unit_id": wanted})
        return download_of(created)


async def download(caller: Caller, download_id: UUID) -> Download:
    """Return one's own download; NotFound for that of another."""
    found = await db.row(f"SELECT {COLUMNS} FROM download WHERE id = $1 AND asked_by = $2", download_id, caller.subject)
    if found is None:
        raise NotFound("download", download_id)
    return download_of(found)


async def downloads(caller: Caller, limit: int, after: tuple[str, str] | None = None) -> list[Download]:
    """Return up to `limit` of one's own downloads, the newest first, after (moment, id)."""
    try:
        at, last = (datetime.fromisoformat(after[0]).astimezone(UTC), UUID(after[1])) if after else (None, None)
    except (ValueError, OverflowError) as error:
        raise InvalidInput("after", "không phải con trỏ của danh sách này.", "is not a cursor of this list.") from error
    found = await db.rows(
        f"""SELECT {COLUMNS} FROM download
            WHERE asked_by = $1 AND ($2::timestamptz IS NULL OR (asked_at, id) < ($2, $3::uuid))
            ORDER BY asked_at DESC, id DESC LIMIT $4""",
        caller.subject,
        at,
        last,
        limit,
    )
    return [download_of(row) for row in found]


async def subjects_of(found: Sequence[Download]) -> dict[UUID, Subject]:
    """Return, by their ids, what one's downloads are of."""
    rows = await db.rows(
        """
        SELECT download.id, programme.code, programme.title_vi, programme.title_en, wave.number AS wave_number,
               release.number AS release_number, unit.name_vi, unit.name_en
        FROM download
        JOIN release ON release.id = download.release_id
        JOIN wave ON wave.id = release.wave_id
        JOIN programme ON programme.id = wave.programme_id
        LEFT JOIN unit ON unit.id = download.unit_id
        WHERE download.id = ANY($1)
        """,
        [each.id for each in found],
    )
    return {
        row["id"]: Subject(
            row["code"],
            Text({"vi": row["title_vi"], "en": row["title_en"]}),
            row["wave_number"],
            row["release_number"],
            Text({"vi": row["name_vi"], "en": row["name_en"]}) if row["name_vi"] is not None else None,
        )
        for row in rows
    }


async def fetch(caller: Caller, download_id: UUID) -> tuple[str, Download, AsyncIterator[bytes]]:
    """Return the name and the content of one's own file; NotFound when it isn't there, or may no longer be seen.

    Each time somebody fetches an extract is in the audit trail.
    """
    caller.require_someone()
    found = await download(caller, download_id)
    if found.state != "ready" or found.bytes is None or found.expires_at <= now():
        raise NotFound("download", download_id)
    release = await reading.release_of(caller, found.release_id)
    await _require(caller, release, found.kind, found.unit_id)
    if await storage().size(found.key) != found.bytes:
        raise NotFound("download", download_id)
    if found.kind == "extract":
        after = {"download_id": found.id, "release": release.number, "format": found.format}
        await tell_of_wave(caller, "extract.fetched", release.wave_id, after=after)
    return _name(release, found), found, storage().stream(found.key, 0, found.bytes)


async def require_extractable(release: Release) -> None:
    """Raise WaveNotOver unless a release holds all answers that its wave will ever have."""
    if not await is_extractable(release):
        raise WaveNotOver()


async def is_extractable(release: Release) -> bool:
    """Whether a release holds all answers that its wave will ever have."""
    return await db.value(
        """
        SELECT wave.state = 'closed' AND NOT EXISTS (SELECT FROM inbox WHERE inbox.wave_id = wave.id)
           AND release.answers_used = (SELECT count(*) FROM answer WHERE answer.wave_id = wave.id)
        FROM release JOIN wave ON wave.id = release.wave_id WHERE release.id = $1
        """,
        release.id,
    )


def is_owner(caller: Caller, release: Release) -> bool:
    """Whether the caller is an analyst of the unit that owns the programme."""
    return release.owner_path is not None and caller.may("analyst", release.owner_path)


def _check(kind: str, format: str, language: str) -> None:
    formats = next((formats for name, formats in FORMATS.items() if name == kind), None)
    if formats is None:
        known = ", ".join(FORMATS)
        raise InvalidInput("kind", f"là một trong {known}.", f"is one of {known}.")
    if format not in formats:
        known = ", ".join(formats)
        raise InvalidInput("format", f"với loại này là một trong {known}.", f"is one of {known} for this kind.")
    if language not in ("vi", "en"):
        raise InvalidInput("language", "là vi hoặc en.", "is vi or en.")


async def _require(caller: Caller, release: Release, kind: Kind, unit_id: UUID) -> None:
    if kind != "extract":
        await reading.require_unit(caller, release, unit_id)
        return
    require_owner(caller, release)
    if unit_id != release.target_id:
        raise InvalidInput("unitId", "không dùng cho bản trích xuất.", "does not go with an extract.")
    await require_extractable(release)


def require_owner(caller: Caller, release: Release) -> None:
    """Raise Forbidden unless the caller is an analyst of the unit that owns the programme."""
    if release.owner_path is None:
        raise NotFound("release", release.id)
    caller.require("analyst", release.owner_path)


async def _waiting(*asked: object) -> Download | None:
    found = await db.row(
        f"""SELECT {COLUMNS} FROM download WHERE state = 'waiting' AND asked_by = $1 AND release_id = $2
            AND unit_id = $3 AND kind = $4 AND format = $5 AND language = $6""",
        *asked,
    )
    return download_of(found) if found else None


async def _require_room(caller: Caller) -> None:
    counts = await db.row(
        """SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting, count(*) AS kept FROM download
           WHERE asked_by = $1 AND asked_at > $2""",
        caller.subject,
        now() - KEPT,
    )
    assert counts is not None
    if counts["waiting"] >= MOST_WAITING or counts["kept"] >= MOST_KEPT:
        raise DownloadLimitReached(waiting=MOST_WAITING, kept=MOST_KEPT)


def _name(release: Release, found: Download) -> str:
    of = f"{release.programme_code}-{release.wave_number}-{release.number}"
    return f"{of}-{found.kind}.{ending(found.kind, found.format)}"

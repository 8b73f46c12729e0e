"""How much each role may upload: how large, of which types, how many at once and in a day."""

from collections.abc import Sequence
from dataclasses import dataclass

from kit import db
from kit.calendar import today
from kit.errors import DomainError, Forbidden
from kit.identity import SYSTEM, Caller, Role
from kit.paths import WIDTH, parents
from media_archive.uploads.inspection import FileTooLarge

ROLES: tuple[Role, ...] = ("admin", "editor", "contributor")
"""Who may upload, the highest role first."""


class TooManyUploads(DomainError):
    """So many uploads of this person are unfinished, or came today, as their role allows."""

    code = "TOO_MANY_UPLOADS"
    vi = "Đã đạt số tệp tải lên tối đa: {most}. Hãy hoàn tất các tệp dang dở hoặc thử lại vào ngày mai."
    en = "You have reached the most files that you may upload: {most}. Finish what is begun, or try again tomorrow."
    extra = {"most": int}


class FileTypeNotForRole(DomainError):
    """The archive keeps such files, but not from this person."""

    code = "FILE_TYPE_NOT_FOR_ROLE"
    vi = "Quyền của anh/chị không cho phép tải lên loại tệp này."
    en = "Your role does not allow you to upload this type of file."


@dataclass(frozen=True, slots=True)
class Limits:
    """What one role may upload: megabytes of a file, unfinished uploads, files a day, families of types."""

    most_megabytes: int
    most_open: int
    most_a_day: int
    families: tuple[str, ...]

    def bounded(self, other: "Limits") -> "Limits":
        """Return what both allow."""
        return Limits(
            min(self.most_megabytes, other.most_megabytes),
            min(self.most_open, other.most_open),
            min(self.most_a_day, other.most_a_day),
            tuple(family for family in self.families if family in other.families),
        )

    def check_size(self, size: int) -> None:
        """Raise FileTooLarge for a file of more bytes."""
        if size > self.most_megabytes * 1_000_000:
            raise FileTooLarge(most_megabytes=self.most_megabytes)


async def limits_at(caller: Caller, path: str) -> Limits:
    """Return the limits of the highest role that a caller holds on a unit; Forbidden below contributor."""
    role = next((role for role in ROLES if caller.may(role, path)), None)
    if role is None:
        raise Forbidden()
    return (await limits_of([role], path))[role]


async def limits_of(roles: Sequence[str], path: str) -> dict[str, Limits]:
    """Return the limits of roles on a unit: what the top of its branch says, or else the archive, bounded on the way.

    No unit allows more than those above it, also when they came to allow less after it had said so.
    """
    top = path[:WIDTH]
    found = await db.rows(
        """SELECT role, most_megabytes, most_open, most_a_day, families, '' AS path FROM upload_limit
           WHERE role = ANY($1::text[])
           UNION ALL
           SELECT role, most_megabytes, most_open, most_a_day, families, unit.path
           FROM unit_upload_limit JOIN unit ON unit.id = unit_upload_limit.unit_id
           WHERE role = ANY($1::text[]) AND unit.path = ANY($2::text[])
           ORDER BY path""",
        list(roles),
        [*parents(path), path],
    )
    limits: dict[str, Limits] = {}
    for row in found:
        said = Limits(row["most_megabytes"], row["most_open"], row["most_a_day"], tuple(row["families"]))
        limits[row["role"]] = said if row["path"] in ("", top) else limits[row["role"]].bounded(said)
    return limits


async def largest_size() -> int:
    """Return the most bytes that anybody may upload as one file."""
    return 1_000_000 * await db.value(
        """SELECT greatest((SELECT max(most_megabytes) FROM upload_limit),
                           (SELECT max(most_megabytes) FROM unit_upload_limit))"""
    )


async def count_file(caller: Caller, limits: Limits) -> None:
    """Count one more file of today, in the transaction that takes it in; TooManyUploads beyond the day's limit."""
    if caller == SYSTEM or caller.subject is None:
        return
    files = await db.value(
        """INSERT INTO upload_count (subject, day, files) VALUES ($1, $2, 1)
           ON CONFLICT (subject, day) DO UPDATE SET files = upload_count.files + 1 RETURNING files""",
        caller.subject,
        today(),
    )
    if files > limits.most_a_day:
        raise TooManyUploads(most=limits.most_a_day)


async def forget_old_counts() -> None:
    """Forget what the limits need no more."""
    await db.execute("DELETE FROM upload_count WHERE day < $1", today())

"""How much each role may upload: how large, of which types, how many at once and in a day."""

from dataclasses import dataclass

from kit import db
from kit.calendar import today
from kit.errors import DomainError, Forbidden
from kit.identity import SYSTEM, Caller, Role
from media_archive.uploads.inspection import FileTooLarge

_ROLES: tuple[Role, ...] = ("admin", "editor", "contributor")


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

    def check_size(self, size: int) -> None:
        """Raise FileTooLarge for a file of more bytes."""
        if size > self.most_megabytes * 1_000_000:
            raise FileTooLarge(most_megabytes=self.most_megabytes)


async def limits_at(caller: Caller, path: str) -> Limits:
    """Return the limits of the highest role that a caller holds on a unit; Forbidden below contributor."""
    role = next((role for role in _ROLES if caller.may(role, path)), None)
    if role is None:
        raise Forbidden()
    found = await db.row(
        "SELECT most_megabytes, most_open, most_a_day, families FROM upload_limit WHERE role = $1", role
    )
    assert found is not None
    return Limits(found["most_megabytes"], found["most_open"], found["most_a_day"], tuple(found["families"]))


async def largest_size() -> int:
    """Return the most bytes that anybody may upload as one file."""
    return 1_000_000 * await db.value("SELECT max(most_megabytes) FROM upload_limit")


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

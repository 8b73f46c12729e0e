"""What the makers of files say while they work: how far they are, that they live, and that a file grows too large."""

from dataclasses import dataclass

from kit import db
from kit.errors import DomainError
from survey.calendar import now
from survey.downloads.service import Download


class FileTooLarge(DomainError):
    """The file would be larger than what is made here."""

    code = "FILE_TOO_LARGE"
    vi = "Tệp quá lớn để tạo."
    en = "The file is too large to be made."


@dataclass
class Progress:
    """How far a file is, in percent."""

    found: Download
    percent: int = 0

    async def reach(self, part: float) -> None:
        """Say that a part (0 to 1) of the work is behind; the row says so at once, and that the worker lives."""
        percent = min(99, int(part * 100))
        if percent > self.percent:
            self.percent = percent
            await hold(self.found, percent)


async def hold(found: Download, percent: int | None = None) -> None:
    """Say that the worker of a file is alive, and how far it is."""
    await db.execute(
        """UPDATE download SET claimed_at = $3, done = coalesce($4, done)
           WHERE id = $1 AND attempts = $2 AND state = 'waiting'""",
        found.id,
        found.attempts,
        now(),
        percent,
    )

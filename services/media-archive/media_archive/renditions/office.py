"""Reading office documents in a process of its own: what strangers packed may want all of a machine."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from media_archive import processes

_SECONDS = 60


class OfficeUnreadable(Exception):
    """The file can't be opened as an office document, or not within the limits of time and memory."""


@dataclass(frozen=True, slots=True)
class OfficeText:
    """What a document says; cut when there was more than is read."""

    text: str
    is_cut: bool


async def read_text(path: Path, ending: str, most_characters: int) -> OfficeText:
    """Return the text of a `docx`, `pptx` or `xlsx` file, at most so many characters."""
    module = "media_archive.renditions.office_process"
    command = [sys.executable, "-m", module, ending, str(path), str(most_characters)]
    try:
        done = await processes.run(command, seconds=_SECONDS)
    except TimeoutError as error:
        raise OfficeUnreadable("took too long") from error
    if done.status != 0:
        raise OfficeUnreadable(f"the reader ended with {done.status}")
    return OfficeText(**json.loads(done.output))

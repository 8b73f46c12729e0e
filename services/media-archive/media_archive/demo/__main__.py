"""`python -m media_archive.demo`: puts some fifty made-up materials into the archive; may be run again."""

import asyncio
import sys

from media_archive.app import service
from media_archive.demo.filling import NoUnits, fill_archive
from media_archive.demo.using import use_archive

_WIDTH = 30


def _show(done: int, total: int, title: str) -> None:
    bar = "█" * (_WIDTH * done // total)
    if sys.stdout.isatty():
        sys.stdout.write(f"\r{bar:░<{_WIDTH}} {done}/{total}  {title[:44]:<44}")
        if done == total:
            sys.stdout.write("\n")
    elif done % 10 == 0 or done == total:
        sys.stdout.write(f"{done}/{total}\n")
    sys.stdout.flush()


async def _main() -> int:
    try:
        async with service.connected():
            added = await fill_archive(_show)
            uses = await use_archive()
    except NoUnits:
        sys.stderr.write(
            "The archive knows no unit yet: fill org's demo and let the archive's worker hear of it first.\n"
        )
        return 1
    sys.stdout.write(f"{added} materials added; the worker makes their pictures and reads their texts.\n")
    sys.stdout.write(f"{uses} made-up uses of them recorded.\n")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))

"""`python -m org.places FILE…`: load the statistics office's tables of communes; a second time changes nothing."""

import asyncio
import sys
from pathlib import Path

from kit.errors import DomainError
from kit.identity import SYSTEM
from org.app import service
from org.places.files import read_places
from org.places.service import load_places


async def main(paths: list[Path]) -> None:
    """Load each file, and say how much of it was new."""
    async with service.connected():
        for path in paths:
            found = read_places(path.read_bytes())
            loaded = await load_places(SYSTEM, found.places, found.successions)
            sys.stdout.write(f"{path.name}: {loaded.places} places and {loaded.successions} successions changed\n")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python -m org.places FILE...")
    try:
        asyncio.run(main([Path(argument) for argument in sys.argv[1:]]))
    except OSError as error:
        sys.exit(f"{error.filename}: {error.strerror}")
    except DomainError as error:
        sys.exit(error.message("en"))

"""`python -m org.demo`: fill this service's database with the demo; what is there already stays as it is."""

import asyncio
import sys

from kit import db
from org.app import service
from org.demo import fill


def say(line: str) -> None:
    """Tell on standard output what was done, as it is done."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def main() -> None:
    """Connect, fill, and let go."""
    await db.connect(service.database())
    try:
        await fill(say)
    finally:
        await db.disconnect()


if __name__ == "__main__":
    asyncio.run(main())

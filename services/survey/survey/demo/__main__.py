"""`python -m survey.demo`: fill this service's database with the demo; what is there already stays as it is."""

import asyncio
import sys

from kit import db
from survey.app import service
from survey.demo.load import load


def say(line: str) -> None:
    """Tell on standard output what is being done."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def main() -> None:
    """Connect, load, and let go."""
    await db.connect(service.database())
    try:
        await load(service.consumes["org"], say)
    finally:
        await db.disconnect()


if __name__ == "__main__":
    asyncio.run(main())

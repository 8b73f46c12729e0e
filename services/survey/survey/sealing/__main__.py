"""`python -m survey.sealing`: tells whether answers wait that nobody can read, and deletes those when asked to.

There are such answers when a database was set back to a day whose key is destroyed, or when the folder of keys was
lost. Run it where the worker runs: it needs the folder of keys.
"""

import argparse
import asyncio

from survey.app import service as survey
from survey.sealing import service


def main() -> None:
    """Run the command."""
    options = argparse.ArgumentParser(prog="python -m survey.sealing")
    options.add_argument("--drop-lost", action="store_true", help="delete the answers that nobody can read, for good")
    print(asyncio.run(_told(drop=options.parse_args().drop_lost)))  # noqa: T201  # a command tells its result


async def _told(*, drop: bool) -> str:
    async with survey.connected():
        if drop:
            return f"{await service.drop_lost()} answers that nobody could read are deleted."
        lost = await service.lost()
        if not lost:
            return "Every answer in the inbox can be read by its key."
        count = sum(lost.values())
        return f"{count} answers are sealed to {len(lost)} keys that are not here. --drop-lost deletes them for good."


if __name__ == "__main__":
    main()

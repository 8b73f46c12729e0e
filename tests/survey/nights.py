"""A worker for whom every moment is midnight: mixes a wave, seals the rest anew and destroys keys, night after night."""

import asyncio
import sys
from datetime import timedelta
from uuid import UUID

from kit import db
from survey.answers import mixing
from survey.app import service
from survey.sealing import service as sealing

mixing.LARGEST_BATCH = 60


async def main(wave_id: UUID) -> None:
    """Go on until killed."""
    async with service.connected():
        day = await db.value("SELECT max(day) FROM sealing_key")
        while True:
            day += timedelta(days=1)
            await sealing.provide_keys(day)
            await mixing.mix(wave_id, day)
            await sealing.retire_keys(day, grace=0)
            sys.stdout.write(f"{day}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(UUID(sys.argv[1])))

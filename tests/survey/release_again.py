"""A process of its own that makes a release: computed and undone (`again SEED`), or to be killed while it does (`make`)."""

import asyncio
import json
import sys
from contextlib import suppress
from uuid import UUID

from kit import db
from kit.identity import SYSTEM
from survey.app import service
from survey.results.making import make_release
from survey.results.service import request_release


class Undone(Exception):
    """What was made was only to be looked at."""


async def made(wave_id: UUID, seed: int) -> str:
    """Make a release and return what its row says and all of its tables, as JSON, without what is new each time."""
    request = await request_release(SYSTEM, wave_id, is_public=True, seed=seed)
    await make_release(request.id)
    release = await db.row(
        "SELECT sha256, method::text, axes::text, answers_used, people, shown_cells, hidden_cells FROM release"
    )
    tables = await db.rows("SELECT * FROM release_table ORDER BY question_code, unit_id, region NULLS FIRST")
    kept = await db.rows("SELECT question_code, nodes::text, base, hidden FROM release_base ORDER BY question_code")
    assert release
    told = {
        "release": dict(release),
        "tables": [{name: value for name, value in row.items() if name != "release_id"} for row in tables],
        "kept": [[value.hex() if isinstance(value, bytes) else value for value in row] for row in kept],
    }
    return json.dumps(told, default=str)


async def main(task: str, id: str, *seed: str) -> None:
    """Do one or the other."""
    async with service.connected():
        if task == "make":
            await make_release(UUID(id))
            return
        with suppress(Undone):
            async with db.transaction():
                sys.stdout.write(await made(UUID(id), *map(int, seed)))
                raise Undone


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

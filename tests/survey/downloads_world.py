"""A released survey whose people also wrote something, and what it takes to get a file of it."""

from uuid import UUID

import orjson
from results_world import ANSWERS, OWNER_PATH, STRANGER_PATH, UNITS, World, make_world

from kit import db
from kit.jobs import MemoryQueue
from kit.storage import storage
from kit.testing import caller_as
from survey.downloads import service

OWNER = caller_as("analyst", OWNER_PATH, "owner")
OTHER_OWNER = caller_as("analyst", OWNER_PATH, "other-owner")
BELOW = caller_as("analyst", UNITS["southeast"], "below")
WORKER = caller_as("worker", UNITS["southeast"], "worker")
STRANGER = caller_as("analyst", STRANGER_PATH, "stranger")

REQUEST = """mutation ($input: RequestSurveyDownloadInput!) { requestSurveyDownload(input: $input) {
    ... on RequestSurveyDownloadSuccess { download { id state done url kind format } }
    ... on Problem { code message } } }"""
STATUS = "query ($id: ID!) { surveyDownload(id: $id) { state done url problem fileSize sha256 } }"


async def released_world(
    *, is_public: bool = True, texts: tuple[str, ...] = (), state: str = "closed"
) -> tuple[World, UUID]:
    """The small world with one release; some of its people wrote a comment."""
    world = await make_world(state=state)
    await world.add_answers(ANSWERS)
    await write(world, texts)
    return world, await world.publish(is_public=is_public)


async def write(world: World, texts: tuple[str, ...]) -> None:
    """Give as many of the answers a comment."""
    rows = await db.rows("SELECT ctid::text AS place FROM answer WHERE wave_id = $1 ORDER BY ctid", world.wave_id)
    for row, text in zip(rows, texts, strict=False):
        await db.execute(
            "UPDATE answer SET values = values || $2::text::jsonb WHERE ctid = $1::text::tid AND wave_id = $3",
            row["place"],
            orjson.dumps({"comment": text}).decode(),
            world.wave_id,
        )


async def made(
    queue: MemoryQueue, release_id: UUID, kind: str, format: str, *, caller=OWNER, language="vi", unit_id=None
) -> tuple[service.Download, bytes]:
    """Ask for a file, have it made, and return it with its content."""
    from survey.downloads.jobs import download_requested

    asked = await service.ask_download(caller, release_id, kind=kind, format=format, language=language, unit_id=unit_id)
    await download_requested(str(asked.id))
    found = await service.download(caller, asked.id)
    assert (found.state, found.problem, found.done) == ("ready", None, 100)
    return found, await storage().get(found.key)

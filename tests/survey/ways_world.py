"""Waves that offer every way to answer, and what it takes to answer in one."""

from uuid import UUID

from survey_world import PATHS, World, unit_id

from kit import db
from kit.identity import Caller, Grant
from kit.testing import caller_as
from survey.answers import service as answers
from survey.answers.receipts import Receipt
from survey.collection.admission import Proof
from survey.programmes.models import Wave

ANSWERS = {"reached": ["no"]}
# Who answers, and who fetches what lets answers in, is told nowhere.
UNTOLD = frozenset({"submitSurveyAnswers", "issueSurveyCredential"})


async def offering(world: World, *ways: str) -> None:
    """Have the programme's next waves offer these ways."""
    await db.execute("UPDATE programme SET ways = $2 WHERE id = $1", world.programme.id, list(ways))


async def code_for(wave: Wave, way: str) -> str:
    """The address of one of a wave's ways."""
    return await db.value(
        "SELECT code FROM collector WHERE wave_id = $1 AND kind = $2 AND response_group_id IS NULL", wave.id, way
    )


async def submit(code: str, key: str, *, slip: str | None = None, credential: str | None = None) -> Receipt:
    """Send a form with few answers; the key is made long enough."""
    return await answers.submit(code, Proof(key.ljust(22, "-"), slip, credential), ANSWERS)


async def spent() -> int:
    return await db.value("SELECT count(*) FROM spent_key")


async def groups_in_inbox() -> list[UUID | None]:
    return [row["response_group_id"] for row in await db.rows("SELECT response_group_id FROM inbox")]


async def group_named(wave: Wave, name: str) -> UUID | None:
    return await db.value("SELECT id FROM response_group WHERE wave_id = $1 AND name_en LIKE $2 || '%'", wave.id, name)


def contributor(path: str):
    return caller_as("contributor", path)


def member(unit: int, subject: str = "member-1", role: str = "worker") -> Caller:
    return Caller(subject, (Grant(role, str(unit_id(unit)), PATHS[unit]),), 1)  # pyright: ignore[reportArgumentType]

"""Fills this service with the demo: a questionnaire, a programme twice a year, one closed wave and one open.

Everything has a fixed id, and what is there stays as it is: a second run adds nothing. The closed wave is frozen on the
tree and headcounts of today, then dated back: no one took part in it, its answers are made up (see `simulate`).
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from importlib.resources import files
from uuid import UUID, uuid5

import orjson
from dateutil.relativedelta import relativedelta
from redis.asyncio import Redis

from kit import db, events, settings
from kit.calendar import VIETNAM, today
from kit.identity import SYSTEM
from survey.calendar import now, start_of
from survey.collection.service import Way
from survey.demo.simulate import simulate
from survey.programmes.models import Programme, Wave
from survey.programmes.service.cadence import TWICE_A_YEAR
from survey.programmes.service.participation import snapshot
from survey.programmes.service.planning import plan_ahead
from survey.programmes.service.waves import close_wave, open_wave
from survey.questionnaires import definition as definitions
from survey.questionnaires.checking import checked
from survey.questionnaires.models import Questionnaire, QuestionnaireVersion
from survey.questionnaires.service import publish_version

Say = Callable[[str], None]

NAMESPACE = UUID("5d0c3b0e-7a43-4f0e-8a53-4c1a5cde2f10")
WAVE_DAYS = 45
CLOSED_CODE, OPEN_CODE = "kythu2", "nhucau"
GROUP_CODES = ("nhucau2", "nhucau3", "nhucau4")
# The open wave is answered in every way; these are its addresses besides the open links.
WAYS: tuple[Way, ...] = ("open_link", "slip", "credential", "paper")
WAY_CODES: dict[Way, str] = {"slip": "maphat", "credential": "thedv", "paper": "bangay"}

# How long to wait for org's first events, and how long silence must last to mean that all have come.
PATIENCE_SECONDS = 120
QUIET_SECONDS = 2


class OrgIsSilent(Exception):
    """No unit has arrived from org: its demo was not loaded, or its worker does not run."""


def demo_id(name: str) -> UUID:
    """Return the id of a thing of the demo, the same on every machine."""
    return uuid5(NAMESPACE, name)


async def load(handlers: events.Handlers, say: Say) -> None:
    """Fill this service's database with what is missing of the demo."""
    say("Waiting for the units that org tells of")
    await _follow_org(handlers)
    root = await db.row("SELECT id, name_vi FROM unit WHERE parent_id IS NULL ORDER BY path LIMIT 1")
    assert root is not None
    say(f"{await db.value('SELECT count(*) FROM unit')} units below {root['name_vi']}")
    await _questionnaire(root["id"])
    programme = await _programme(root["id"])
    closed = await _closed_wave(programme)
    opened = await _open_wave(programme)
    await plan_ahead()
    say("Making up the answers of the closed wave and publishing its release")
    added = await simulate(closed.id)
    yesterday = timedelta(days=1)
    await snapshot(closed.id, closed.closes_at.astimezone(VIETNAM).date() - yesterday)
    await snapshot(opened.id, today() - yesterday)
    public = settings.current().public_url
    say(f"Slips for the open wave are printed at {public}/results/slips and used at {public}/f/{WAY_CODES['slip']}")
    say(f"{added} made-up answers added; the open wave's form is {public}/f/{OPEN_CODE}")


async def _follow_org(handlers: events.Handlers) -> None:
    """Apply org's events until the tree and its headcounts are here and nothing new comes."""
    async with Redis.from_url(settings.current().redis_url) as redis:
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        quiet = 0.0
        while quiet < QUIET_SECONDS or not await _has_people():
            if asyncio.get_running_loop().time() > deadline:
                raise OrgIsSilent("org has told of no units: load its demo first, and let its worker run")
            if await events.consume_once(redis, "org", handlers):
                quiet = 0.0
            else:
                quiet += 0.2
                await asyncio.sleep(0.2)


async def _has_people() -> bool:
    return await db.value("SELECT EXISTS (SELECT FROM headcount_cell) AND EXISTS (SELECT FROM term)")


async def _questionnaire(owner_unit_id: UUID) -> None:
    questionnaire_id, version_id = demo_id("questionnaire"), demo_id("questionnaire version 1")
    if await QuestionnaireVersion.filter(id=version_id).exists():
        return
    document = orjson.loads(files("survey.demo").joinpath("questionnaire.json").read_bytes())
    checked(document)
    async with db.transaction():
        await Questionnaire.create(id=questionnaire_id, code="information_needs", owner_unit_id=owner_unit_id)
        await QuestionnaireVersion.create(
            id=version_id,
            questionnaire_id=questionnaire_id,
            number=1,
            definition=document,
            sha256=definitions.digest(document),
        )
        await publish_version(SYSTEM, version_id)


async def _programme(owner_unit_id: UUID) -> Programme:
    starts_on = today().replace(day=1) - relativedelta(months=6)
    programme, _ = await Programme.get_or_create(
        id=demo_id("programme"),
        defaults={
            "code": "information_needs",
            "title_vi": "Khảo sát nhu cầu thông tin của người lao động",
            "title_en": "Survey of workers' information needs",
            "owner_unit_id": owner_unit_id,
            "target_unit_id": owner_unit_id,
            "questionnaire_id": demo_id("questionnaire"),
            "recurrence": TWICE_A_YEAR.rule(starts_on),
            "starts_on": starts_on,
            "wave_days": WAVE_DAYS,
            "minimum_base": 10,
            "ways": list(WAYS),
        },
    )
    return programme


async def _closed_wave(programme: Programme) -> Wave:
    wave = await Wave.filter(id=demo_id("wave 1")).first()
    if wave is not None:
        return wave
    opens_at, closes_at = _times(programme.starts_on)
    # One transaction: no clock may see it while it is open.
    async with db.transaction():
        await _plan(programme, 1, CLOSED_CODE, programme.starts_on)
        await Wave.filter(id=demo_id("wave 1")).update(closes_at=now() + timedelta(minutes=1))
        await open_wave(SYSTEM, demo_id("wave 1"))
        wave = await close_wave(SYSTEM, demo_id("wave 1"))
        wave.opens_at, wave.frozen_at, wave.closes_at = opens_at, opens_at, closes_at
        await wave.save(update_fields=["opens_at", "frozen_at", "closes_at"])
    return wave


async def _open_wave(programme: Programme) -> Wave:
    wave = await Wave.filter(id=demo_id("wave 2")).first()
    if wave is not None:
        return wave
    async with db.transaction():
        await _plan(programme, 2, OPEN_CODE, programme.starts_on + relativedelta(months=6), WAYS)
        wave = await open_wave(SYSTEM, demo_id("wave 2"))
        largest = await db.rows(
            "SELECT c.code FROM collector c JOIN response_group g ON g.id = c.response_group_id"
            " WHERE c.wave_id = $1 ORDER BY g.people DESC, g.path LIMIT $2",
            wave.id,
            len(GROUP_CODES),
        )
        renamed = [(row["code"], code) for row, code in zip(largest, GROUP_CODES, strict=False)]
        await db.execute_many("UPDATE collector SET code = $2 WHERE code = $1", renamed)
    return wave


async def _plan(programme: Programme, number: int, code: str, day: date, ways: Sequence[Way] = ("open_link",)) -> None:
    opens_at, closes_at = _times(day)
    wave_id = demo_id(f"wave {number}")
    await Wave.create(
        id=wave_id,
        programme_id=programme.id,
        number=number,
        opens_at=opens_at,
        closes_at=closes_at,
        ways=list(ways),
    )
    addresses = [(WAY_CODES.get(way, code), wave_id, way) for way in ways]
    await db.execute_many("INSERT INTO collector (code, wave_id, kind) VALUES ($1, $2, $3)", addresses)


def _times(day: date) -> tuple[datetime, datetime]:
    return start_of(day), start_of(day + timedelta(days=WAVE_DAYS))

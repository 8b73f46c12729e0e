"""The demo: a closed wave with a release and an open one, the same however often it is loaded."""

import re

import orjson
import pytest
from redis.asyncio import Redis
from survey_world import MILL, union_events, unit_id, vocabulary

from kit import db, events
from kit.identity import SYSTEM
from survey.app import service
from survey.collection.slips.service import make_slips
from survey.demo.load import OPEN_CODE, WAY_CODES, OrgIsSilent, demo_id, load

pytestmark = pytest.mark.committed


async def tell(url: str) -> None:
    """What org's demo would tell: a union of a few thousand, and the vocabularies."""
    vocabularies = [
        vocabulary("age_band", "under_25", "25_34", "35_44", "45_plus"),
        vocabulary("gender", "female", "male", "other"),
        vocabulary(
            "region",
            "red_river_delta",
            "northern_midlands",
            "north_central",
            "south_central",
            "central_highlands",
            "southeast",
            "mekong_delta",
        ),
        vocabulary(
            "education",
            "below_secondary",
            "lower_secondary",
            "upper_secondary",
            "vocational",
            "college",
            "university",
            "postgraduate",
        ),
        vocabulary("field", *FIELDS),
    ]
    told = [each for each in union_events() if each.type != "vocabulary.changed"]
    for each in told:
        for cell in each.payload.get("cells", ()):
            cell["workers"] *= 40
    async with Redis.from_url(url) as redis:
        for number, each in enumerate([*vocabularies, *told], 1):
            fields = {"type": each.type, "payload": orjson.dumps(each.payload), "at": each.at.isoformat()}
            await redis.xadd(events.stream_of("org"), fields, id=f"{number}-0")


FIELDS = [
    "electricity",
    "mining",
    "textile_footwear",
    "electronics",
    "food_processing",
    "mechanical",
    "construction",
    "transport",
    "trade_services",
    "agriculture",
    "oil_gas",
    "finance",
    "information",
    "education",
    "health",
    "administration",
]


@pytest.fixture
def redis_settings(valkey, monkeypatch):
    from kit import settings

    monkeypatch.setenv("LOA_REDIS_URL", valkey)
    settings.current.cache_clear()
    yield valkey
    settings.current.cache_clear()


async def counts() -> dict[str, int]:
    tables = (
        "questionnaire_version",
        "programme",
        "wave",
        "collector",
        "response_group",
        "answer",
        "inbox",
        "release",
        "participation_snapshot",
    )
    return {table: await db.value(f"SELECT count(*) FROM {table}") for table in tables}


async def test_loading_twice_gives_what_loading_once_gives(client, redis_settings):
    await tell(redis_settings)
    said: list[str] = []
    await load(service.consumes["org"], said.append)
    first = await counts()
    assert first == {
        "questionnaire_version": 1,
        "programme": 1,
        "wave": 4,
        "collector": 21,
        "response_group": 8,
        "answer": 5000,
        "inbox": 0,
        "release": 1,
        "participation_snapshot": 8,
    }
    waves = await db.rows(
        "SELECT number, state, opens_at < now() AS begun, closes_at > now() AS goes_on FROM wave ORDER BY 1"
    )
    assert [tuple(row.values()) for row in waves] == [
        (1, "closed", True, False),
        (2, "open", True, True),
        (3, "planned", False, True),
        (4, "planned", False, True),
    ]
    ways = await db.rows(
        "SELECT kind, code FROM collector c JOIN wave w ON w.id = c.wave_id"
        " WHERE w.state = 'open' AND response_group_id IS NULL"
    )
    assert {row["kind"]: row["code"] for row in ways} == {"open_link": OPEN_CODE, **WAY_CODES}
    # A slip that is printed today answers today.
    made = await make_slips(SYSTEM, wave_id=demo_id("wave 2"), unit_id=unit_id(MILL), amount=1)
    form = await client.get(f"/f/{made.collector}")
    assert (made.collector, form.status_code, 'name="_slip"' in form.text) == (WAY_CODES["slip"], 200, True)
    page = await client.get(f"/f/{OPEN_CODE}")
    assert page.status_code == 200
    assert len(re.findall(r"<legend>|<label for", page.text)) == 33
    await load(service.consumes["org"], said.append)
    assert await counts() == first
    assert said[-1].startswith("0 made-up answers added")


async def test_says_so_when_org_has_told_nothing(redis_settings, monkeypatch):
    monkeypatch.setattr("survey.demo.load.PATIENCE_SECONDS", 0.5)
    with pytest.raises(OrgIsSilent):
        await load(service.consumes["org"], lambda line: None)
    assert await db.value("SELECT count(*) FROM wave") == 0

"""A small union, as org's events would tell of it, with a questionnaire and a programme that asks all its people."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5

import orjson
from redis.asyncio import Redis

from kit import db
from kit.calendar import VIETNAM, today
from kit.events import Event, stream_of
from kit.identity import SYSTEM
from kit.paths import label
from survey.audit import service as audit
from survey.programmes.models import Programme, Wave
from survey.programmes.service import authoring, waves
from survey.questionnaires import service as questionnaires
from survey.sealing import service as sealing
from survey.sealing.boxes import Place, open_all
from survey.units import service as units

NAMESPACE = UUID("6f1d4a52-0b1e-4d6a-9a53-6c7e27f8a001")
HANDLERS = {
    "unit.created": units.apply_created,
    "unit.renamed": units.apply_renamed,
    "unit.moved": units.apply_moved,
    "units.rewritten": units.apply_rewritten,
    "headcount.published": units.apply_headcount,
    "vocabulary.changed": units.apply_vocabulary,
    "account.forgotten": audit.apply_forgotten,
}


def both(vi: str, en: str) -> dict[str, str]:
    return {"vi": vi, "en": en}


def choice(code: str, vi: str, en: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "text": both(vi, en), **more}


def question(code: str, kind: str, vi: str, en: str, **more: Any) -> dict[str, Any]:
    privacy = "free_text" if kind.endswith("_text") else "segment" if "role" in more else "plain"
    return {"code": code, "concept": code, "kind": kind, "text": both(vi, en), "privacy": privacy, **more}


def definition() -> dict[str, Any]:
    """One question of each kind, with a condition, an exclusive choice and the three segments."""
    yes_no = [choice("yes", "Có", "Yes"), choice("no", "Không", "No")]
    return {
        "schema": "loa.questionnaire/1",
        "languages": ["vi", "en"],
        "title": both("Tin tức và anh/chị", "News and you"),
        "introduction": both("Vài câu hỏi ngắn.", "A few short questions."),
        "sections": [
            {
                "code": "news",
                "title": both("Tin tức", "News"),
                "questions": [
                    question(
                        "reached", "single", "Tin có đến không?", "Did news reach you?", choices=yes_no, required=True
                    ),
                    question(
                        "channels",
                        "multiple",
                        "Qua đâu?",
                        "How?",
                        choices=[
                            choice("zalo", "Zalo", "Zalo"),
                            choice("board", "Bảng tin", "Notice board"),
                            choice("none", "Không kênh nào", "None", exclusive=True),
                        ],
                        shown_if={"question": "reached", "is": ["yes"]},
                        hint=both("Chọn nhiều câu.", "Choose several."),
                    ),
                    question("useful", "scale", "Có ích không?", "Was it useful?", minimum=1, maximum=5),
                    question("hours", "number", "Tuần rồi làm mấy giờ?", "Hours last week?", minimum=0, maximum=112),
                    question("missing", "short_text", "Thiếu gì?", "What is missing?", maximum_length=20),
                    question("comment", "long_text", "Nhắn thêm?", "Anything else?", maximum_length=100),
                ],
            },
            {
                "code": "you",
                "title": both("Về anh/chị", "About you"),
                "questions": [
                    question(
                        "age",
                        "single",
                        "Tuổi?",
                        "Age?",
                        role="age_band",
                        choices=[
                            choice("under_25", "Dưới 25", "Under 25"),
                            choice("45_plus", "Từ 45", "45 and over"),
                            choice("not_said", "Không nói", "Rather not say"),
                        ],
                    ),
                    question(
                        "gender",
                        "single",
                        "Giới tính?",
                        "Gender?",
                        role="gender",
                        choices=[choice("female", "Nữ", "Female"), choice("male", "Nam", "Male")],
                    ),
                    question(
                        "region",
                        "single",
                        "Vùng?",
                        "Region?",
                        role="region",
                        choices=[
                            choice("southeast", "Đông Nam Bộ", "Southeast"),
                            choice("red_river_delta", "Đồng bằng sông Hồng", "Red River Delta"),
                        ],
                    ),
                ],
            },
        ],
    }


def unit_id(number: int) -> UUID:
    return uuid5(NAMESPACE, str(number))


_NUMBERS = iter(range(1, 1_000_000))


def event(type: str, payload: dict[str, Any], number: int | None = None) -> Event:
    return Event(number=number or next(_NUMBERS), type=type, at=datetime.now(UTC), payload=payload)


def created(number: int, parent_path: str, name: str, level: str, region: str | None = None) -> Event:
    parent = str(unit_id(int(parent_path[-5:], 36))) if parent_path else None
    return event(
        "unit.created",
        {
            "id": str(unit_id(number)),
            "number": number,
            "path": parent_path + label(number),
            "parent_id": parent,
            "name_vi": f"Công đoàn {name}",
            "name_en": f"{name} Union",
            "short_name": None,
            "code": f"u{number}",
            "level": level,
            "kind": "enterprise",
            "region": region,
            "valid_from": "2020-01-01",
            "tree_version": number,
        },
    )


def headcount(number: int, cells: list[tuple[str, str, int]], day: str = "2026-01-01") -> Event:
    return event(
        "headcount.published",
        {
            "unit_id": str(unit_id(number)),
            "day": day,
            "cells": [{"age_band": a, "gender": g, "members": w, "workers": w} for a, g, w in cells],
            "tree_version": number,
        },
    )


def vocabulary(name: str, *codes: str) -> Event:
    terms = [
        {"code": code, "vi": code, "en": code, "position": position, "valid_from": None, "valid_to": None}
        for position, code in enumerate(codes)
    ]
    return event("vocabulary.changed", {"vocabulary": name, "terms": terms})


ROOT, NORTH, SOUTH, MINE, SMALL, TINY, MILL = 1, 2, 3, 4, 5, 6, 7
PATHS = {
    ROOT: label(1),
    NORTH: label(1) + label(2),
    SOUTH: label(1) + label(3),
    MINE: label(1) + label(2) + label(4),
    SMALL: label(1) + label(2) + label(5),
    TINY: label(1) + label(2) + label(6),
    MILL: label(1) + label(3) + label(7),
}


def union_events() -> list[Event]:
    """A confederation; a north with a mine of 120, a small unit of 30 and a tiny one of 25; a south with a mill of 200."""
    return [
        vocabulary("age_band", "under_25", "25_34", "35_44", "45_plus"),
        vocabulary("gender", "female", "male", "other"),
        vocabulary("region", "southeast", "red_river_delta"),
        created(ROOT, "", "Confederation", "confederation"),
        created(NORTH, PATHS[ROOT], "North", "province_or_industry", "red_river_delta"),
        created(SOUTH, PATHS[ROOT], "South", "province_or_industry", "southeast"),
        created(MINE, PATHS[NORTH], "Mine", "grassroots"),
        created(SMALL, PATHS[NORTH], "Small", "grassroots"),
        created(TINY, PATHS[NORTH], "Tiny", "grassroots"),
        created(MILL, PATHS[SOUTH], "Mill", "grassroots"),
        headcount(MINE, [("under_25", "male", 80), ("45_plus", "female", 40)]),
        headcount(SMALL, [("under_25", "male", 30)]),
        headcount(TINY, [("under_25", "male", 5), ("45_plus", "female", 20)]),
        headcount(MILL, [("under_25", "female", 150), ("45_plus", "male", 50)]),
    ]


def moved(number: int, new_parent: int, day: str) -> Event:
    return event(
        "unit.moved",
        {
            "id": str(unit_id(number)),
            "parent_id": str(unit_id(new_parent)),
            "old_path": PATHS[number],
            "new_path": PATHS[new_parent] + PATHS[number][-5:],
            "valid_from": day,
            "tree_version": 50,
        },
    )


def rewritten(*told: dict[str, Any], version: int = 60) -> Event:
    return event("units.rewritten", {"units": list(told), "tree_version": version})


def state(number: int, path: str, *scopes: tuple[str, str, str | None], parent: int, closed_on: str | None = None):
    """Everything that org tells of a unit; its scopes are paths with their first day and the first one after."""
    return {
        "id": str(unit_id(number)),
        "number": number,
        "path": path,
        "parent_id": str(unit_id(parent)),
        "name_vi": f"Đơn vị {number}",
        "name_en": f"Unit {number}",
        "short_name": f"Đ{number}",
        "code": f"v{number}",
        "level": "upper_direct",
        "kind": "federation",
        "region": "southeast",
        "created_on": scopes[0][1],
        "closed_on": closed_on,
        "scopes": [{"path": path, "since": since, "until": until} for path, since, until in scopes],
    }


# The mine was merged into the mill, which keeps its records.
MERGED = PATHS[MILL] + PATHS[MINE][-5:]


def merged(on: str) -> Event:
    return rewritten(state(MINE, MERGED, (PATHS[MINE], "2020-01-01", on), parent=NORTH, closed_on=on))


async def tell(redis: Redis, told: list[Event], first_number: int = 1) -> None:
    """Put events on org's stream, as its relay does."""
    for number, each in enumerate(told, first_number):
        fields = {"type": each.type, "payload": orjson.dumps(each.payload), "at": each.at.isoformat()}
        await redis.xadd(stream_of("org"), fields, id=f"{number}-0")


@dataclass(frozen=True)
class World:
    """The ids that tests need."""

    questionnaire_id: UUID
    version_id: UUID
    programme: Programme

    async def planned_wave(self) -> Wave:
        """A wave that is to open now."""
        now = datetime.now(UTC)
        return await waves.plan_wave(SYSTEM, self.programme.id, opens_at=now, closes_at=now + timedelta(days=10))

    async def open_wave(self) -> Wave:
        """A wave that takes answers."""
        return await waves.open_wave(SYSTEM, (await self.planned_wave()).id)


def noon() -> datetime:
    """Tomorrow at twelve: a time at which the clock may open waves, whenever the tests run."""
    return datetime.combine(today() + timedelta(days=1), time(12), VIETNAM)


async def code_of(wave: Wave) -> str:
    """The code of a wave's open link."""
    return await db.value("SELECT code FROM collector WHERE wave_id = $1 AND response_group_id IS NULL", wave.id)


async def waiting() -> list[dict[str, Any]]:
    """The answers in the inbox, opened."""
    found = await db.rows("SELECT * FROM inbox")
    boxes = [(row["sealing_key_id"], Place(row["wave_id"], row["response_group_id"]), row["sealed"]) for row in found]
    return [orjson.loads(content) for content in open_all(await sealing.private_keys(), boxes)]


async def apply(events: list[Event]) -> None:
    """Do with events what the consumer does."""
    for each in events:
        await HANDLERS[each.type](each)


async def build_world() -> World:
    """Make the union, publish its questionnaire, start its programme, and what the worker makes: a sealing key."""
    await sealing.provide_keys(today())
    return await build_keyless_world()


async def build_keyless_world() -> World:
    """Make the same without the key, half of which is a file: whoever keeps this world makes one for each test."""
    await apply(union_events())
    draft = await questionnaires.create_questionnaire(
        SYSTEM, code="news", owner_unit_id=unit_id(ROOT), definition=definition()
    )
    version = await questionnaires.publish_version(SYSTEM, draft.id)
    programme = await authoring.create_programme(
        SYSTEM,
        code="news",
        title_vi="Khảo sát tin tức",
        title_en="News survey",
        owner_unit_id=unit_id(ROOT),
        target_unit_id=unit_id(ROOT),
        questionnaire_id=version.questionnaire_id,
        starts_on=date(2026, 1, 1),
    )
    return World(version.questionnaire_id, version.id, programme)

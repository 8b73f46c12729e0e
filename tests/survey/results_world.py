"""A small survey with answers that can be counted by hand, for the tests of results."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from uuid import UUID, uuid4

import orjson

from kit import db
from kit.identity import SYSTEM
from survey.questionnaires.definition import digest
from survey.results.making import make_release
from survey.results.service import request_release

OWNER_PATH = "0000100002"
STRANGER_PATH = "0000100003"


def both(vi: str, en: str) -> dict[str, str]:
    return {"vi": vi, "en": en}


def choices(*codes: str) -> list[dict[str, object]]:
    return [{"code": code, "text": both(f"{code} (vi)", f"{code} (en)")} for code in codes]


DEFINITION = {
    "schema": "loa.questionnaire/1",
    "languages": ["vi", "en"],
    "title": both("Thông tin", "Information"),
    "sections": [
        {
            "code": "all",
            "title": both("Chung", "General"),
            "questions": [
                {
                    "code": "channel",
                    "concept": "information_channel",
                    "kind": "single",
                    "text": both("Anh/chị biết tin qua đâu?", "Where do you get news?"),
                    "privacy": "plain",
                    "choices": choices("zalo", "board"),
                },
                {
                    "code": "zalo_often",
                    "concept": "zalo_frequency",
                    "kind": "single",
                    "text": both("Xem Zalo hằng ngày?", "Zalo every day?"),
                    "privacy": "plain",
                    "choices": choices("yes", "no"),
                    "shown_if": {"question": "channel", "is": ["zalo"]},
                },
                {
                    "code": "trust",
                    "concept": "trust",
                    "kind": "scale",
                    "minimum": 1,
                    "maximum": 3,
                    "text": both("Tin tưởng?", "Trust?"),
                    "privacy": "plain",
                },
                {
                    "code": "comment",
                    "concept": "comment",
                    "kind": "long_text",
                    "text": both("Ý kiến khác", "Anything else"),
                    "privacy": "free_text",
                },
                *(
                    {
                        "code": role,
                        "concept": role,
                        "kind": "single",
                        "role": role,
                        "text": both(role, role),
                        "privacy": "segment",
                        "choices": choices(*codes),
                    }
                    for role, codes in {
                        "age_band": ("under_25", "25_34"),
                        "gender": ("female", "male", "other"),
                        "region": ("southeast", "mekong_delta"),
                    }.items()
                ),
            ],
        }
    ],
}

TERMS = {
    "age_band": {"under_25": ("Dưới 25 tuổi", "Under 25"), "25_34": ("25–34 tuổi", "25–34")},
    "gender": {"female": ("Nữ", "Female"), "male": ("Nam", "Male"), "other": ("Khác", "Other")},
    "region": {"southeast": ("Đông Nam Bộ", "Southeast"), "mekong_delta": ("Đồng bằng sông Cửu Long", "Mekong delta")},
}

# (age band, gender, region): how many chose Zalo, how many the notice board.
ANSWERS: dict[tuple[str, str, str], tuple[int, int]] = {
    ("under_25", "female", "southeast"): (1, 3),
    ("under_25", "male", "southeast"): (10, 20),
    ("25_34", "female", "southeast"): (30, 10),
    ("25_34", "male", "southeast"): (25, 25),
    ("under_25", "female", "mekong_delta"): (15, 5),
    ("under_25", "male", "mekong_delta"): (5, 15),
    ("25_34", "female", "mekong_delta"): (15, 15),
    ("25_34", "male", "mekong_delta"): (45, 15),
}

# The people of the frame by the same cells: 1,000 altogether, so each answer stands for another number of them.
PEOPLE: dict[tuple[str, str, str], int] = {
    ("under_25", "female", "southeast"): 100,
    ("under_25", "male", "southeast"): 150,
    ("25_34", "female", "southeast"): 120,
    ("25_34", "male", "southeast"): 130,
    ("under_25", "female", "mekong_delta"): 140,
    ("under_25", "male", "mekong_delta"): 110,
    ("25_34", "female", "mekong_delta"): 120,
    ("25_34", "male", "mekong_delta"): 130,
}
# A unit below the target in each region, with one response group.
UNITS = {"southeast": OWNER_PATH + "00001", "mekong_delta": OWNER_PATH + "00002"}


def step_of(base: int) -> float:
    """Of what shares of so many answers are multiples; a tenth of it for standard errors."""
    return next(
        step
        for least, step in ((1_000, 0.001), (500, 0.002), (200, 0.005), (100, 0.01), (50, 0.02), (0, 0.05))
        if base >= least
    )


def told(value: float, base: int, part: float = 1) -> float:
    """A number as it is released of so many answers; an error with `part` 0.1."""
    step = part * step_of(base)
    return round(round(value / step) * step, 4)


@dataclass(frozen=True)
class World:
    """The ids of what `make_world` made."""

    wave_id: UUID
    programme_code: str
    groups: Mapping[str, UUID]
    """The response group of each region."""
    version_id: UUID

    async def add_answers(self, answers: Mapping[tuple[str, str, str], tuple[int, int]]) -> None:
        """Add mixed answers; whoever chose Zalo sees it every day, and everyone's trust is 2."""
        rows = [
            (age_band, gender, region, values)
            for (age_band, gender, region), (zalo, board) in answers.items()
            for values, count in (
                ({"channel": "zalo", "zalo_often": "yes", "trust": 2}, zalo),
                ({"channel": "board", "trust": 2}, board),
            )
            for _ in range(count)
        ]
        await db.execute_many(
            'INSERT INTO answer (wave_id, response_group_id, questionnaire_version_id, age_band, gender, region, "values")'
            " VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb)",
            [
                (self.wave_id, self.groups[row[2]], self.version_id, *row[:3], orjson.dumps(row[3]).decode())
                for row in rows
            ],
        )

    async def mix_opinions(self) -> None:
        """Let every third of each segment's answers trust more, and look less often if at all."""
        await db.execute(
            """
            UPDATE answer SET "values" = jsonb_set("values", '{trust}', '3')
                || CASE WHEN "values" ? 'zalo_often' THEN '{"zalo_often": "no"}'::jsonb ELSE '{}'::jsonb END
            WHERE wave_id = $1 AND ctid IN (
                SELECT ctid FROM (
                    SELECT ctid, row_number() OVER (PARTITION BY age_band, gender, region, "values" ORDER BY ctid) AS place
                    FROM answer WHERE wave_id = $1) AS numbered
                WHERE place % 3 = 1)
            """,
            self.wave_id,
        )

    async def publish(self, *, is_public: bool = True, seed: int = 1) -> UUID:
        """Publish a release as the product itself and return its id; the seed says which of like cells are hidden."""
        request = await request_release(SYSTEM, self.wave_id, is_public=is_public, seed=seed)
        await make_release(request.id)
        # The test's transaction never commits: check now what a commit would.
        await db.execute("SET CONSTRAINTS ALL IMMEDIATE")
        await db.execute("SET CONSTRAINTS ALL DEFERRED")
        return await db.value("SELECT release_id FROM release_request WHERE id = $1", request.id)


async def make_world(*, state: str = "closed", code: str = "needs", frame: bool = True) -> World:
    """Make the owner unit, its programme and one wave with a frame of 1,000 people and no answers."""
    await _make_units_and_terms()
    owner_id = await db.value("SELECT id FROM unit WHERE path = $1", OWNER_PATH)
    questionnaire_id, version_id, programme_id, wave_id = (uuid4() for _ in range(4))
    groups = {region: uuid4() for region in UNITS}
    await db.execute("INSERT INTO questionnaire VALUES ($1, $2, $3)", questionnaire_id, code, owner_id)
    await db.execute(
        "INSERT INTO questionnaire_version VALUES ($1, $2, 1, $3::text::jsonb, $4, now())",
        version_id,
        questionnaire_id,
        orjson.dumps(DEFINITION).decode(),
        digest(DEFINITION),
    )
    await db.execute(
        "INSERT INTO programme (id, code, title_vi, title_en, owner_unit_id, target_unit_id, questionnaire_id, starts_on)"
        " VALUES ($1, $2, 'Nhu cầu thông tin', 'Information needs', $3, $3, $4, '2026-01-01')",
        programme_id,
        code,
        owner_id,
        questionnaire_id,
    )
    await db.execute(
        "INSERT INTO wave (id, programme_id, number, questionnaire_version_id, opens_at, closes_at, state, tree_version,"
        " frozen_at) VALUES ($1, $2, 1, $3, '2026-03-01Z', '2026-03-31Z', $4, 1, '2026-03-01Z')",
        wave_id,
        programme_id,
        version_id,
        state,
    )
    await _freeze(wave_id, owner_id, groups)
    if not frame:
        await db.execute("DELETE FROM frame_cell WHERE wave_id = $1", wave_id)
    return World(wave_id, code, groups, version_id)


async def add_wave(world: World, definition: Mapping[str, object] | None = None) -> World:
    """Add the programme's next wave, half a year later, of the same people; with another version if one is given."""
    before = await db.row(
        "SELECT programme_id, number, target_unit_id FROM wave JOIN programme ON programme.id = programme_id"
        " WHERE wave.id = $1",
        world.wave_id,
    )
    assert before is not None
    version_id, wave_id = world.version_id, uuid4()
    if definition is not None:
        version_id = uuid4()
        await db.execute(
            "INSERT INTO questionnaire_version SELECT $1, questionnaire_id, number + 1, $2::text::jsonb, $3, now()"
            " FROM questionnaire_version WHERE id = $4",
            version_id,
            orjson.dumps(definition).decode(),
            digest(definition),
            world.version_id,
        )
    await db.execute(
        "INSERT INTO wave (id, programme_id, number, questionnaire_version_id, opens_at, closes_at, state, tree_version,"
        " frozen_at) SELECT $1, programme_id, number + 1, $2, opens_at + interval '6 months',"
        " closes_at + interval '6 months', 'closed', 1, frozen_at + interval '6 months' FROM wave WHERE id = $3",
        wave_id,
        version_id,
        world.wave_id,
    )
    groups = {region: uuid4() for region in UNITS}
    await _freeze(wave_id, before["target_unit_id"], groups)
    return World(wave_id, world.programme_code, groups, version_id)


async def _freeze(wave_id: UUID, owner_id: UUID, groups: Mapping[str, UUID]) -> None:
    await db.execute_many(
        "INSERT INTO response_group (id, wave_id, name_vi, name_en, path, region, people)"
        " VALUES ($1, $2, 'Nhóm', 'Group', $3, $4, 500)",
        [(group_id, wave_id, UNITS[region], region) for region, group_id in groups.items()],
    )
    await db.execute_many(
        "INSERT INTO frame_cell VALUES ($1, $2, $3, $4, $5)",
        [(wave_id, groups[region], age_band, gender, people) for (age_band, gender, region), people in PEOPLE.items()],
    )
    below = await db.rows("SELECT id, path FROM unit WHERE path = ANY ($1)", list(UNITS.values()))
    of_region = {path: groups[region] for region, path in UNITS.items()}
    await db.execute_many(
        "INSERT INTO frame_unit (wave_id, unit_id, path, response_group_id) VALUES ($1, $2, $3, $4)",
        [
            (wave_id, owner_id, OWNER_PATH, None),
            *((wave_id, row["id"], row["path"], of_region[row["path"]]) for row in below),
        ],
    )


async def make_released_world(*, is_public: bool = True, mixed: bool = False) -> tuple[World, UUID]:
    """Make the world with its answers and one release; mixed: not all trust alike, nor see Zalo every day."""
    world = await make_world()
    await world.add_answers(ANSWERS)
    if mixed:
        await world.mix_opinions()
    return world, await world.publish(is_public=is_public)


async def make_demo_world(groups: int = 120) -> World:
    """Make a closed wave that asks the demo's questionnaire of some 55,000 people in 32 provinces, without answers."""
    world = await make_world(frame=False)
    definition = orjson.loads(files("survey.demo").joinpath("questionnaire.json").read_bytes())
    version_id = uuid4()
    await db.execute(
        "INSERT INTO questionnaire_version SELECT $1, questionnaire_id, 2, $2::text::jsonb, $3, now()"
        " FROM questionnaire_version WHERE id = $4",
        version_id,
        orjson.dumps(definition).decode(),
        digest(definition),
        world.version_id,
    )
    await db.execute("UPDATE wave SET questionnaire_version_id = $2 WHERE id = $1", world.wave_id, version_id)
    await db.execute("DELETE FROM term")
    for question in (each for section in definition["sections"] for each in section["questions"]):
        if question.get("role") in TERMS:
            await _make_terms(
                question["role"],
                {
                    choice["code"]: (choice["text"]["vi"], choice["text"]["en"])
                    for choice in question["choices"]
                    if choice["code"] != "not_said"
                },
            )
    await db.execute("DELETE FROM frame_unit WHERE response_group_id IS NOT NULL")
    await db.execute("DELETE FROM response_group")
    await _make_frame(world.wave_id, groups)
    return replace(world, version_id=version_id)


# How the regions' and the ages' shares of the frame differ, so that some cells are small.
REGIONS = (
    ("red_river_delta",) * 8
    + ("northern_midlands",) * 2
    + ("north_central",) * 4
    + ("south_central",) * 4
    + ("central_highlands",)
    + ("southeast",) * 8
    + ("mekong_delta",) * 5
)
AGES = {"under_25": 0.15, "25_34": 0.4, "35_44": 0.3, "45_plus": 0.15}


async def _make_frame(wave_id: UUID, groups: int) -> None:
    for number in range(groups):
        group_id, province = uuid4(), number % len(REGIONS)
        region = REGIONS[province]
        above, path = f"{OWNER_PATH}{province:05d}", f"{OWNER_PATH}{province:05d}{number:05d}"
        people = 230 if region == "central_highlands" else 100 + 37 * number % 811
        await db.execute(
            "INSERT INTO response_group (id, wave_id, name_vi, name_en, path, region, people)"
            " VALUES ($1, $2, 'Nhóm', 'Group', $3, $4, $5)",
            group_id,
            wave_id,
            path,
            region,
            people,
        )
        await db.execute_many(
            "INSERT INTO frame_unit (wave_id, unit_id, path, response_group_id) VALUES ($1, $2, $3, $4)",
            [(wave_id, uuid4(), path, group_id), *([(wave_id, uuid4(), above, None)] if number < len(REGIONS) else [])],
        )
        await db.execute_many(
            "INSERT INTO frame_cell VALUES ($1, $2, $3, $4, $5)",
            [
                (wave_id, group_id, age_band, gender, int(people * share * part))
                for age_band, share in AGES.items()
                for gender, part in (("female", 0.55), ("male", 0.45))
            ],
        )


async def _make_units_and_terms() -> None:
    if await db.value("SELECT count(*) FROM unit"):
        return
    for number, path in enumerate(("00001", OWNER_PATH, STRANGER_PATH, *UNITS.values()), start=1):
        await db.execute(
            "INSERT INTO unit (id, number, path, name_vi, name_en, code, level, kind, tree_version)"
            " VALUES ($1, $2, $3, 'Đơn vị', 'Unit', $4, 'confederation', 'union', 1)",
            uuid4(),
            number,
            path,
            f"U{number}",
        )
    for vocabulary, terms in TERMS.items():
        await _make_terms(vocabulary, terms)


async def _make_terms(vocabulary: str, terms: Mapping[str, tuple[str, str]]) -> None:
    await db.execute_many(
        "INSERT INTO term (vocabulary, code, vi, en, position, valid)"
        " VALUES ($1, $2, $3, $4, $5, daterange('2020-01-01', NULL))",
        [(vocabulary, code, vi, en, position) for position, (code, (vi, en)) in enumerate(terms.items())],
    )
